"""Programs that Debian has not got, compiled once from pinned Go modules.

A compiled program lies in a directory named by its version and a hash of its sources, so that a
changed source or version is compiled anew and any checkout finds what another has compiled.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from devcluster.commands import run
from devcluster.errors import CommandFailed, NetworkUnreachable
from devcluster.files import delete_tree, link
from devcluster.progress import step
from devcluster.settings import Settings
from devcluster.toolchain import Toolchain, apply_toolchain

COMPONENT_VERSION = "k8s.io/component-base/version"
KUBERNETES_PARTS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "kubectl",
)


@dataclass(frozen=True, kw_only=True)
class Program:
    """One Go program; its module lies in ``programs/<name>``."""

    name: str
    package: str = "."
    module: str = ""
    """The module whose version is the program's; our own programs have none."""
    variables: tuple[str, ...] = ()
    """``package.name=value`` for the linker; ``{version}`` stands for the module's version."""
    duration: str = "a few seconds"
    """How long compiling takes on two cores."""


KUBERNETES = Program(
    name="kubernetes",
    module="k8s.io/kubernetes",
    variables=(
        f"{COMPONENT_VERSION}.gitVersion={{version}}",
        f"{COMPONENT_VERSION}.gitMajor=1",
        f"{COMPONENT_VERSION}.gitMinor=34",
    ),
    duration="about 6 minutes",
)
COREDNS = Program(name="coredns", module="github.com/coredns/coredns", duration="about a minute")
HELM = Program(
    name="helm",
    package="helm.sh/helm/v3/cmd/helm",
    module="helm.sh/helm/v3",
    variables=(
        "helm.sh/helm/v3/internal/version.version={version}",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=34",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34",
    ),
    duration="about a minute",
)
REGISTRY = Program(
    name="registry",
    package="github.com/distribution/distribution/v3/cmd/registry",
    module="github.com/distribution/distribution/v3",
    variables=("github.com/distribution/distribution/v3/version.version={version}",),
    duration="about a minute",
)
METRICS_SERVER = Program(
    name="metrics-server",
    package="sigs.k8s.io/metrics-server/cmd/metrics-server",
    module="sigs.k8s.io/metrics-server",
    variables=(f"{COMPONENT_VERSION}.gitVersion={{version}}",),
    duration="about 3 minutes",
)
PAUSE = Program(name="pause")


def get_path(program: Program, settings: Settings) -> Path:
    """Where the compiled program lies, or will."""
    sources = settings.sources_dir / program.name
    version = parse_module_version((sources / "go.mod").read_text(), program.module)
    digest = build_digest(program, sources)
    return settings.cache_dir / f"{program.name}-{version}-{digest}" / program.name


def parse_module_version(go_mod: str, module: str) -> str:
    """The version that a ``go.mod`` asks for of a module; ``v0`` for our own programs."""
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    return found[1] if module and found else "v0"


def build_digest(program: Program, sources: Path) -> str:
    """Changes with anything that the compiled program depends on, the toolchain excepted."""
    digest = hashlib.sha256(repr(program).encode())
    for file in sorted(path for path in sources.iterdir() if path.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def apply_program(program: Program, settings: Settings) -> Path:
    """Compile the program unless the cache has it; return where it lies."""
    path = get_path(program, settings)
    if not path.exists():
        compile_program(program, settings, toolchain=apply_toolchain(settings))
    return path


def compile_program(program: Program, settings: Settings, *, toolchain: Toolchain) -> None:
    """Fetch the modules, compile, and put the result into the cache by a rename."""
    path = get_path(program, settings)
    sources = settings.sources_dir / program.name
    temporary = path.parent.with_name(f".{path.parent.name}.{os.getpid()}")
    version = parse_module_version((sources / "go.mod").read_text(), program.module)
    flags = build_linker_flags(program, version)
    shown = program.name if version == "v0" else f"{program.name} {version}"
    try:
        argv = [toolchain.program, "build", "-trimpath", "-ldflags", flags]
        argv += ["-o", str(temporary / program.name), program.package]
        with step(f"compiling {shown}", note=f"{program.duration}, once"):
            fetch_modules(program, sources, toolchain=toolchain)
            run(argv, cwd=sources, env=toolchain.env(), timeout=3600)
        delete_tree(path.parent)
        temporary.rename(path.parent)
    finally:
        delete_tree(temporary)


def fetch_modules(program: Program, sources: Path, *, toolchain: Toolchain) -> None:
    """Download what the program is compiled from.

    Raises:
        NetworkUnreachable: the Go module proxy does not give it.
    """
    argv = [toolchain.program, "mod", "download"]
    try:
        run(argv, cwd=sources, env=toolchain.env(), timeout=1800)
    except CommandFailed as error:
        raise NetworkUnreachable(f"The sources of {program.name} can't be fetched. {error}") from error


def build_linker_flags(program: Program, version: str) -> str:
    """Flags for a small program that knows its version."""
    values = [f"-X {variable.format(version=version)}" for variable in program.variables]
    return " ".join(["-s", "-w", *values])


def apply_links(settings: Settings) -> None:
    """Put the programs, under the names they are called by, into one directory."""
    kubernetes = get_path(KUBERNETES, settings)
    for part in KUBERNETES_PARTS:
        link(settings.bin_dir / part, kubernetes)
    link(settings.bin_dir / "helm", get_path(HELM, settings))
