"""buildah: its command lines and its environment. Nothing here starts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockerbuilder.mirrors import CA_DIRECTORY
from dockerbuilder.settings import Places

IMAGE = "localhost/app"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """Everything that the command line of a build depends on. No secret is in it."""

    driver: str
    dockerfile: Path
    context: Path
    arg_file: Path
    environment_args: Sequence[str] = ()
    """Arguments whose values buildah takes from its environment."""
    run_environment: Mapping[str, str] = field(default_factory=dict)
    ca_directory: Path | None = None


def build_command(plan: BuildPlan) -> list[str]:
    """Return the build's command. The Docker format keeps what only Dockerfiles know: SHELL, HEALTHCHECK."""
    mount = [f"--volume={plan.ca_directory}:{CA_DIRECTORY}:ro"] if plan.ca_directory else []
    return [
        "buildah",
        f"--storage-driver={plan.driver}",
        "build",
        "--isolation=chroot",
        "--network=host",
        "--format=docker",
        "--layers=false",
        "--pull=always",
        f"--build-arg-file={plan.arg_file}",
        *(f"--build-arg={name}" for name in plan.environment_args),
        *(f"--env={name}={value}" for name, value in plan.run_environment.items()),
        *mount,
        f"--file={plan.dockerfile}",
        f"--tag={IMAGE}",
        str(plan.context),
    ]


def build_export_command(driver: str, target: Path) -> list[str]:
    """Return the command that writes the image as an OCI layout; zstd's first level is the fastest of all."""
    return [
        "buildah",
        f"--storage-driver={driver}",
        "push",
        "--quiet",
        "--format=oci",
        "--compression-format=zstd",
        "--compression-level=1",
        IMAGE,
        f"oci:{target}:app",
    ]


def build_environment(
    places: Places, *, registries: Path, proxies: Mapping[str, str], ca_bundle: Path | None
) -> dict[str, str]:
    """Return buildah's own environment: nothing of the container's gets in unnamed."""
    environment = {
        "PATH": PATH,
        "HOME": str(places.home),
        "TMPDIR": str(places.temporary),
        "XDG_RUNTIME_DIR": str(places.temporary / "run"),
        "BUILDAH_ISOLATION": "chroot",
        "CONTAINERS_REGISTRIES_CONF": str(registries),
    }
    for name, value in proxies.items():
        environment[name] = environment[name.lower()] = value
    if ca_bundle is not None:
        environment["SSL_CERT_FILE"] = str(ca_bundle)
    return environment
