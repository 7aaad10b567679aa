"""Images in buildah's store: which there are, and making one.

Build steps see one directory of this machine, at /mnt, an empty directory of every Debian image: nothing of the
mount stays behind. In it are the certificates to trust, settings of package managers, and their caches. The
variables that point there are the same on every machine; what differs lies in the files, so that no certificate,
mirror or proxy gets into a layer or into an image's history.
"""

import json
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from images.catalogue import Image, build_tag
from images.contexts import copy_inputs
from images.dockerfile import render_with_arguments
from images.errors import BuildFailed
from images.programs import run, run_logged
from images.settings import Settings

MOUNT = "/mnt"
CERTIFICATES = f"{MOUNT}/ca.crt"
ARGUMENTS = {
    **dict.fromkeys(
        (
            "SSL_CERT_FILE",
            "CARGO_HTTP_CAINFO",
            "CURL_CA_BUNDLE",
            "GIT_SSL_CAINFO",
            "NODE_EXTRA_CA_CERTS",
            "REQUESTS_CA_BUNDLE",
        ),
        CERTIFICATES,
    ),
    "DEBIAN_FRONTEND": "noninteractive",
    "GOENV": f"{MOUNT}/go.env",
    "NPM_CONFIG_USERCONFIG": f"{MOUNT}/npmrc",
    "PIP_CONFIG_FILE": f"{MOUNT}/pip.conf",
}
ENVIRONMENT = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "overlay"}
KEPT_PER_IMAGE = 3


def build_reference(name: str, tag: str) -> str:
    """What an image is called in buildah's store."""
    return f"localhost/deis/{name}:{tag}"


def list_references() -> list[str]:
    """Return the names in buildah's store, oldest first."""
    listed = json.loads(run(["buildah", "images", "--json"], env=build_environment()) or "[]") or []
    listed.sort(key=lambda image: str(image["createdatraw"]))
    return [name for image in listed for name in image.get("names") or ()]


def build_environment() -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT}


def apply_cache(settings: Settings) -> Path:
    """Make the directory that build steps see, with this machine's certificates and indexes."""
    directory = settings.cache_dir / MOUNT.strip("/")
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(settings.ca_bundle, directory / "ca.crt")
    for name, text in render_settings_files(settings).items():
        (directory / name).write_text(text)
    return directory


def render_settings_files(settings: Settings) -> dict[str, str]:
    """Return settings of the package managers, by file name."""
    pip = f"[global]\ncert = {CERTIFICATES}\ncache-dir = {MOUNT}/pip\ndisable-pip-version-check = true\n"
    npm = f"cafile={CERTIFICATES}\ncache={MOUNT}/npm\nupdate-notifier=false\n"
    go = f"GOMODCACHE={MOUNT}/go/modules\nGOCACHE={MOUNT}/go/build\n"
    return {
        "pip.conf": pip + (f"index-url = {settings.pypi}\n" if settings.pypi else ""),
        "npmrc": npm + (f"registry={settings.npm}\n" if settings.npm else ""),
        "go.env": go + (f"GOPROXY={settings.go}\n" if settings.go else ""),
    }


def build_image(image: Image, *, tags: dict[str, str], settings: Settings) -> None:
    """Build one image; those that it builds on exist.

    Raises:
        BuildFailed: a step of the Dockerfile failed, or files are not those any more that the tag tells of.
    """
    log = settings.cache_dir / "logs" / f"{image.name}.log"
    with TemporaryDirectory(prefix="deis-image-") as scratch:
        context = Path(scratch) / "context"
        context.mkdir()
        copied = copy_inputs(image.list_inputs(), context)
        if build_tag(image, copied, bases=tags) != tags[image.name]:
            raise BuildFailed(f"Files of {image.name} changed while images were being built; run it again.")
        recipe = Path(scratch) / "Dockerfile"
        recipe.write_text(render_with_arguments(image.dockerfile.text, ARGUMENTS))
        argv = build_command(image, tags=tags, cache=settings.cache_dir / MOUNT.strip("/"))
        argv += ["--file", str(recipe), str(context)]
        run_logged(argv, log, env=build_environment(), what=f"Building {image.name}")


def build_command(image: Image, *, tags: dict[str, str], cache: Path) -> list[str]:
    """Return buildah's command, without recipe and context."""
    argv = [
        "buildah",
        "build",
        "--layers=false",
        "--pull-never",
        "--network",
        "host",
        "--volume",
        f"{cache}:{MOUNT}",
    ]
    for argument, base in sorted(image.dockerfile.bases.items()):
        argv += ["--build-arg", f"{argument}={build_reference(base, tags[base])}"]
    return [*argv, "--tag", build_reference(image.name, tags[image.name])]


def plan_removals(references: list[str], *, tags: dict[str, str]) -> list[str]:
    """Return what may go of these names, oldest first: all but the present tag and the newest others of each image."""
    removals = []
    for name, tag in tags.items():
        others = [ref for ref in references if is_tag_of(ref, name) and ref != build_reference(name, tag)]
        removals += others[: -(KEPT_PER_IMAGE - 1)]
    return removals


def is_tag_of(reference: str, name: str) -> bool:
    return reference.rpartition(":")[0] == build_reference(name, "").removesuffix(":")


def delete_images(references: list[str]) -> None:
    """Forget old images; one in use stays until the next time."""
    for reference in references:
        try:
            run(["buildah", "rmi", reference], env=build_environment())
        except BuildFailed:
            continue
