"""Names of images: ``[host[:port]/]repository[:tag][@digest]``. Pure."""

import re
from dataclasses import dataclass

from controller.cluster.errors import ImageForbidden, RegistryError

DOCKER_HUB = "docker.io"
RESERVED = re.compile(
    r"deis/(builder|controller|database|dockerbuilder|etcd|minio|registry|router|slugbuilder|slugrunner"
    r"|workflow|workflow-manager)(/|$)"
)
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ImageReference:
    host: str
    """``docker.io`` when the image names none."""
    repository: str
    """As the registry knows it: official images of the Docker Hub are in ``library/``."""
    tag: str = "latest"
    digest: str = ""
    given: str = ""
    """The repository as the user wrote it, for messages."""

    @property
    def version(self) -> str:
        """What a manifest is asked for by."""
        return self.digest or self.tag

    def __str__(self) -> str:
        separator = "@" if self.digest else ":"
        return f"{self.given or self.repository}{separator}{self.version}"


def parse_image(image: str) -> ImageReference:
    """Take the name of an image apart.

    Raises:
        RegistryError: it is none.
    """
    rest, _, digest = image.strip().partition("@")
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    name = f"{head}{slash}{last}"
    host, repository = split_host(name)
    tag = tag if colon else "latest"
    valid = _HOST.fullmatch(host) and _REPOSITORY.fullmatch(repository) and _TAG.fullmatch(tag)
    if not valid or (digest and not _DIGEST.fullmatch(digest)):
        raise RegistryError(f"invalid reference format: {image}")
    return ImageReference(host=host, repository=repository, tag=tag, digest=digest, given=name)


def split_host(name: str) -> tuple[str, str]:
    """Host and repository; the Docker Hub's own rules for names without a host."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        hub = first in (DOCKER_HUB, "index.docker.io", "registry-1.docker.io")
        host, repository = (DOCKER_HUB if hub else first), rest
    else:
        host, repository = DOCKER_HUB, name
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return host, repository


def check_allowed(image: ImageReference) -> None:
    """Raise ``ImageForbidden`` for the platform's own images."""
    if RESERVED.search(image.given or image.repository):
        repository = image.given or image.repository
        raise ImageForbidden(f"Repository name {repository} is not allowed, as it is reserved by Deis")
