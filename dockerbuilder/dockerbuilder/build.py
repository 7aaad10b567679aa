"""The second container: the user's Dockerfile, with nothing secret around it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dockerbuilder.buildah import BuildPlan, build_command, build_environment, build_export_command
from dockerbuilder.buildargs import list_multiline, read_build_args, render_arg_file, render_dockerfile
from dockerbuilder.errors import BuildError, StepFailed
from dockerbuilder.imageconfig import strip_image
from dockerbuilder.mirrors import CA_FILE, build_run_environment, render_registries
from dockerbuilder.output import filter_lines
from dockerbuilder.settings import BuildSettings, Places


def build(settings: BuildSettings, places: Places) -> None:
    """Build the image and leave it as an OCI layout on the shared volume.

    Raises:
        StepFailed: the build failed; buildah has said why.
        BuildError: it could not start.
    """
    prepare_storage(places)
    ca_bundle = places.ca_bundle if places.ca_bundle.exists() else None
    environment = build_environment(
        places,
        registries=write(places.temporary / "registries.conf", render_registries(settings.mirrors)),
        proxies=settings.proxies,
        ca_bundle=ca_bundle,
    )
    args = read_build_args(places.config)
    multiline = [name for name in list_multiline(args) if name not in environment]
    plan = BuildPlan(
        driver=choose_driver(environment),
        dockerfile=write(places.temporary / "Dockerfile", render_dockerfile(places.source, args)),
        context=places.source,
        arg_file=write(places.temporary / "build-args", render_arg_file(args)),
        environment_args=multiline,
        run_environment=build_run_environment(settings.mirrors, trusted_ca=ca_bundle is not None),
        ca_directory=copy_ca(ca_bundle, places) if ca_bundle else None,
    )
    secret = {name: args[name] for name in multiline}
    run(build_command(plan), {**environment, **secret}, hidden=frozenset(plan.run_environment))
    export(plan, places, environment)


def export(plan: BuildPlan, places: Places, environment: Mapping[str, str]) -> None:
    """Write the layout, and take out of its configuration what only the build was to see."""
    run(build_export_command(plan.driver, places.image), environment)
    if plan.run_environment:
        strip_image(places.image, plan.run_environment)


def prepare_storage(places: Places) -> None:
    """Make the directories buildah wants, without the set-group-id bit that a pod's volumes hand down.

    Otherwise every directory made in a build has it too.
    """
    storage = places.home / ".local/share/containers/storage"
    for directory in (storage, places.temporary / "run", places.home / ".config/containers"):
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)


def choose_driver(environment: Mapping[str, str]) -> str:
    """Overlay where the kernel lets a user namespace mount it, else plain copies."""
    argv = ["buildah", "--storage-driver=overlay", "info"]
    probe = subprocess.run(argv, env=dict(environment), capture_output=True)
    return "overlay" if probe.returncode == 0 else "vfs"


def copy_ca(bundle: Path, places: Places) -> Path:
    """A directory of its own: what is mounted leaves an empty directory in the image, but no file."""
    directory = places.temporary / "trusted-ca"
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)
    shutil.copyfile(bundle, directory / Path(CA_FILE).name)
    return directory


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def run(argv: Sequence[str], environment: Mapping[str, str], *, hidden: frozenset[str] = frozenset()) -> None:
    """Run buildah and print its output as it comes.

    Raises:
        StepFailed: it ended with another status than 0.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise BuildError(f"buildah could not be started: {error}.") from error
    with process:
        for line in filter_lines(process.stdout or (), injected=hidden):
            sys.stdout.write(line)
            sys.stdout.flush()
    if process.returncode != 0:
        raise StepFailed(f"buildah ended with status {process.returncode}")
