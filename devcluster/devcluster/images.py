"""Images made on the machine, by buildah, and brought into the registry."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from devcluster.commands import run
from devcluster.errors import ClusterDown, CommandFailed, InvalidImageName
from devcluster.progress import say, step
from devcluster.registry import get_config_digest, is_registry_answering
from devcluster.settings import Settings

ISOLATION = {"BUILDAH_ISOLATION": "chroot"}
HOST = re.compile(r"localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9.-]+:\d+")
NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
TAG = re.compile(r"\w[\w.-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class ImageName:
    """What an image is called in a registry, whichever it is."""

    repository: str
    tag: str

    def at(self, registry_host: str) -> str:
        """The name by which it is pulled from a registry."""
        return f"{registry_host}/{self.repository}:{self.tag}"


def parse_image_name(text: str) -> ImageName:
    """The name without its registry: ``localhost/deis/router:1`` is ``deis/router:1``.

    Raises:
        InvalidImageName: it is none, or has a digest.
    """
    first, slash, rest = text.partition("/")
    has_host = bool(slash) and HOST.fullmatch(first) is not None
    name, _, tag = (rest if has_host else text).partition(":")
    if not NAME.fullmatch(name) or not TAG.fullmatch(tag or "latest"):
        raise InvalidImageName(f"{text!r} does not name an image; expected name:tag.")
    return ImageName(repository=name, tag=tag or "latest")


@dataclass(frozen=True, kw_only=True)
class LocalImage:
    """An image in buildah's store."""

    identity: str
    """The digest of its configuration."""
    name: str
    """In full, also if it was asked for by a short name."""
    labels: dict[str, str]


def get_local_image(name: str) -> LocalImage | None:
    """The image in buildah's store; ``None`` when it has none of that name."""
    try:
        inspected = json.loads(run(["buildah", "inspect", "--type", "image", name]))
    except CommandFailed:
        return None
    labels = inspected.get("OCIv1", {}).get("config", {}).get("Labels") or {}
    identity = f"sha256:{inspected['FromImageID']}"
    return LocalImage(identity=identity, name=inspected["FromImage"] or name, labels=labels)


def build_from_scratch(name: str, *, files: list[Path], instructions: str) -> None:
    """Build an image that holds nothing but these files; always the same from the same files."""
    beside = files[0].parent.parent  # a link can not lead to another file system
    with TemporaryDirectory(prefix=".image-", dir=beside) as folder:
        for file in files:
            (Path(folder) / file.name).hardlink_to(file)
        recipe = Path(folder) / "Dockerfile"
        recipe.write_text(f"FROM scratch\n{instructions}\n")
        argv = ["buildah", "bud", "--layers=false", "--timestamp=0", "--tag", name]
        run([*argv, "--file", str(recipe), folder], env=ISOLATION)


def load_image(name: str, settings: Settings) -> tuple[str, bool]:
    """Push an image unless the registry has it; return its name there and whether it had not.

    Layers are not compressed: packing and unpacking would take longer than copying.

    Raises:
        CommandFailed: buildah has no such image.
    """
    image = get_local_image(name)
    if image is None:
        raise CommandFailed(f"There is no image {name} on this machine; build it first.")
    target = parse_image_name(image.name)
    remote = target.at(settings.registry_host)
    if get_config_digest(settings, repository=target.repository, tag=target.tag) == image.identity:
        return remote, False
    argv = ["buildah", "push", "--quiet", "--disable-compression", "--tls-verify=false"]
    run([*argv, name, f"docker://{remote}"])
    return remote, True


def load_images(names: list[str], settings: Settings) -> None:
    """Push images, and say which.

    Raises:
        ClusterDown: the registry does not answer.
    """
    if not is_registry_answering(settings):
        raise ClusterDown("The registry does not answer; `devcluster up` starts it.")
    for name in names:
        parse_image_name(name)
    for name in names:
        remote, is_new = load_image(name, settings)
        say(f"{remote}: {'pushed' if is_new else 'already there'}")


def apply_program_image(program: Path, settings: Settings, *, user: str) -> str:
    """An image of one static program, in the registry; return its name there."""
    digest = hashlib.sha256(program.read_bytes() + user.encode()).hexdigest()[:12]
    name = ImageName(repository=f"devcluster/{program.name}", tag=digest)
    if get_config_digest(settings, repository=name.repository, tag=name.tag) is None:
        local = name.at("localhost")
        copy = f"COPY --chmod=0755 {program.name} /{program.name}"
        instructions = f'{copy}\nUSER {user}\nENTRYPOINT ["/{program.name}"]'
        with step(f"building the image of {program.name}"):
            build_from_scratch(local, files=[program], instructions=instructions)
            load_image(local, settings)
    return name.at(settings.registry_host)
