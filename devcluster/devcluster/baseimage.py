"""``debian:trixie-slim``, made from packages, for machines that have no image hub.

It is called what the hub's image is called, so the same Dockerfiles build here and elsewhere.
Nothing of this machine gets into it: no proxy, no certificate authority, no mirror.
"""

import hashlib
import os
from pathlib import Path

from devcluster.commands import run
from devcluster.errors import CommandFailed, NetworkUnreachable
from devcluster.files import delete_tree
from devcluster.images import build_from_scratch, get_local_image, load_image
from devcluster.progress import step
from devcluster.registry import is_registry_answering
from devcluster.settings import Settings

SUITE = "trixie"
NAME = "docker.io/library/debian:trixie-slim"
RECIPE_LABEL = "devcluster.recipe"
LEFT_OUT = ("doc/*", "man/*", "groff/*", "info/*", "lintian/*", "linda/*", "locale/*")
KEPT = "doc/*/copyright"
APT_OPTIONS = (
    'Acquire::Languages "none"',
    'Acquire::GzipIndexes "true"',
    'APT::AutoRemove::SuggestsImportant "false"',
    'DPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true";}',
)


def build_recipe() -> list[str]:
    """The command that makes the file tree, but for its output."""
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{pattern}" for pattern in LEFT_OUT]
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        *(f"--aptopt={option}" for option in APT_OPTIONS),
        *excluded,
        f"--dpkgopt=path-include=/usr/share/{KEPT}",
        "--customize-hook=rm -rf $1/var/lib/apt/lists/* $1/var/cache/* $1/var/log/*",
        "--customize-hook=: > $1/etc/resolv.conf; : > $1/etc/machine-id",
        "--customize-hook=echo localhost > $1/etc/hostname",
        SUITE,
    ]


def get_recipe_digest() -> str:
    """Changes with the recipe."""
    return hashlib.sha256(repr(build_recipe()).encode()).hexdigest()[:12]


def get_archive(settings: Settings) -> Path:
    """Where the file tree lies, packed."""
    return settings.cache_dir / f"debian-{SUITE}-slim-{get_recipe_digest()}" / "debian.tar"


def apply_archive(settings: Settings) -> Path:
    """Make the file tree once."""
    archive = get_archive(settings)
    if archive.exists():
        return archive
    temporary = archive.parent.with_name(f".{archive.parent.name}.{os.getpid()}")
    temporary.mkdir(parents=True)
    try:
        with step(f"making debian:{SUITE}-slim from packages", note="about 30 seconds, once"):
            run([*build_recipe(), str(temporary / archive.name)], env={"SOURCE_DATE_EPOCH": "0"})
        delete_tree(archive.parent)
        temporary.rename(archive.parent)
    except CommandFailed as error:
        raise NetworkUnreachable(f"The base image can't be made. {error}") from error
    finally:
        delete_tree(temporary)
    return archive


def has_image() -> bool:
    """Whether buildah's store has the image, made from this recipe."""
    image = get_local_image(NAME)
    return image is not None and image.labels.get(RECIPE_LABEL) == get_recipe_digest()


def apply_base_image(settings: Settings) -> None:
    """Have the image in buildah's store and, when it runs, in the registry."""
    if not has_image():
        archive = apply_archive(settings)
        label = f"LABEL {RECIPE_LABEL}={get_recipe_digest()}"
        instructions = f'ADD {archive.name} /\n{label}\nCMD ["bash"]'
        with step("importing the base image"):
            build_from_scratch(NAME, files=[archive], instructions=instructions)
    if is_registry_answering(settings):
        load_image(NAME, settings)
