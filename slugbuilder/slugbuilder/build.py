"""The second container: the user's code meets a buildpack. It has no address and no credential.

Source: build specification, 9.3; the texts are those of its steps.
"""

from __future__ import annotations

import base64
import binascii
import shutil
from collections.abc import Mapping
from pathlib import Path

from . import buildpacks, multi, processes, slugs
from .buildpacks import Buildpack
from .cache import compute_fingerprint, write_cache
from .errors import BuildError
from .fetch import RESTORED
from .output import Output
from .settings import Places, Settings

NO_PROCESS_TYPE = (
    "No process type: the app has no Procfile and its buildpack knows no default one. "
    "Add a Procfile, such as `web: <command that serves HTTP on $PORT>`."
)


def build(settings: Settings, places: Places, environ: Mapping[str, str], output: Output) -> None:
    """From source to results; raises ``BuildError`` where the build ends."""
    before = show_restored_cache(places, output)
    prepare(places)
    environ = {**environ, **read_stack(places)}
    buildpack = compile_source(settings, places, environ, output)
    release = buildpacks.read_release(buildpack, places, environ)
    (places.build_root / ".release").write_text(release)
    run_hook("post-compile", places, environ)
    defaults = show_process_types(buildpack, places, release, output)
    slugs.write_slug(places.build_root, places.results / "slug.tgz")
    write_procfile(places, defaults)
    keep_cache(places, before)


def show_restored_cache(places: Places, output: Output) -> str:
    """Tell what fetch brought; returns the fingerprint of the cache as it was."""
    if not (places.workspace / "cache-wanted").exists():
        return ""
    output.title("Restoring cache...")
    if not (places.workspace / RESTORED).exists():
        output.line("No cache file found. If this is the first deploy, it will be created now.")
        return ""
    output.line("Done!")
    return compute_fingerprint(places.cache)


def prepare(places: Places) -> None:
    """The build root with the source, the buildpack's environment directory, and the app's SSH key if it has one."""
    shutil.copytree(places.source, places.build_root, symlinks=True)
    (places.build_root / ".profile.d").mkdir(exist_ok=True)
    places.environment.mkdir()
    if places.config.is_dir():
        for path in places.config.iterdir():
            if path.is_file() and not path.name.startswith("."):
                shutil.copyfile(path, places.environment / path.name)
    key = places.environment / "SSH_KEY"
    if key.exists():
        write_ssh_key(key.read_text(), places.app / ".ssh")


def read_stack(places: Places) -> dict[str, str]:
    """``STACK`` of the app's config, for buildpacks that want to be told another one than ours."""
    file = places.environment / "STACK"
    return {"STACK": file.read_text().strip()} if file.is_file() else {}


def write_ssh_key(text: str, directory: Path) -> None:
    """The decoded key for git and ssh during the build; it is outside of the build root, so in no slug.

    Raises:
        BuildError: it is not base64.
    """
    try:
        key = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise BuildError(
            "SSH_KEY is not base64. Set it again with `deis config:set SSH_KEY=<file>`."
        ) from error
    directory.mkdir(mode=0o700, exist_ok=True)
    (directory / "id_rsa").write_bytes(key)
    (directory / "id_rsa").chmod(0o400)
    (directory / "config").write_text("StrictHostKeyChecking=no\n")
    (directory / "config").chmod(0o600)


def compile_source(
    settings: Settings, places: Places, environ: Mapping[str, str], output: Output
) -> Buildpack:
    """By one buildpack or several, after the app's own hook; returns the one whose release counts."""
    addresses = [] if settings.buildpack_url else multi.read_addresses(places.build_root)
    if addresses:
        output.title(f"{multi.NAME} app detected")
        run_hook("pre-compile", places, environ)
        return multi.compile_in_turn(addresses, places, environ, output)
    buildpack = choose_buildpack(settings, places, environ, output)
    run_hook("pre-compile", places, environ)
    buildpacks.compile_app(buildpack, places, environ, output)
    return buildpack


def choose_buildpack(
    settings: Settings, places: Places, environ: Mapping[str, str], output: Output
) -> Buildpack:
    """BUILDPACK_URL's buildpack, else the first that takes the source.

    Raises:
        BuildError: none takes it; the title has been printed.
    """
    if settings.buildpack_url:
        output.title("Fetching custom buildpack")
        buildpack = buildpacks.fetch_buildpack(
            settings.buildpack_url, places, environ, path=places.temporary / "buildpack"
        )
    else:
        buildpack = buildpacks.select_buildpack(places, environ)
    output.title(f"{buildpack.name} app detected")
    return buildpack


def run_hook(name: str, places: Places, environ: Mapping[str, str]) -> None:
    """The app's own ``bin/pre-compile`` or ``bin/post-compile``, with its output as it is."""
    program = places.build_root / "bin" / name
    if program.exists():
        buildpacks.must_run((str(program),), environ, cwd=places.build_root)


def show_process_types(buildpack: Buildpack, places: Places, release: str, output: Output) -> dict[str, str]:
    """Tell the process types; returns the buildpack's default ones.

    Raises:
        BuildError: there is none at all, so nothing could ever run.
    """
    output.title("Discovering process types")
    procfile = places.build_root / "Procfile"
    if procfile.is_file():
        declared = processes.parse_declared_types(procfile.read_text())
        output.line(f"Procfile declares types -> {', '.join(declared)}")
    defaults = processes.parse_default_types(release)
    if defaults:
        output.line(f"Default process types for {buildpack.name} -> {', '.join(defaults)}")
    if not procfile.is_file() and not defaults:
        raise BuildError(NO_PROCESS_TYPE)
    return defaults


def write_procfile(places: Places, defaults: dict[str, str]) -> None:
    """The result that the builder reads: the app's own Procfile, else one of the default types. Not in the slug."""
    procfile = places.build_root / "Procfile"
    text = procfile.read_text() if procfile.is_file() else processes.render_procfile(defaults)
    (places.results / "Procfile").write_text(text)


def keep_cache(places: Places, before: str) -> None:
    """Archive a changed cache; leave a word for push about it."""
    if not (places.workspace / "cache-wanted").exists():
        return
    after = compute_fingerprint(places.cache)
    state = "empty" if not after else "unchanged" if after == before else "changed"
    if state == "changed":
        write_cache(places.cache, places.results / "cache.tgz")
    (places.results / "cache-state").write_text(state)
