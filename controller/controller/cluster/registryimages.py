"""Looking at images and copying them into the platform's registry (section 10), by its HTTP API alone."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import urllib3

from controller.cluster.errors import ImageForbidden, RegistryAway, RegistryError
from controller.cluster.imagecopy import Copy, copy_image, get_plain_manifest
from controller.cluster.imagemanifests import parse_config_digest
from controller.cluster.imagereferences import DOCKER_HUB, ImageReference, check_allowed, parse_image
from controller.cluster.registryanswers import RegistryRefused, RegistrySilent
from controller.cluster.registryclient import Repository
from controller.cluster.registryhosts import parse_host
from controller.cluster.registrypools import Pools
from kit.registrytoken import sign_token
from kit.settings import Secret

HUB_URL = "https://registry-1.docker.io"
TOKEN_LIFETIME = 900.0
OWN_TIMEOUT = urllib3.Timeout(connect=2.0, read=5.0)
"""To see that the platform's registry is there."""
LOOPBACK = ("localhost", "127.0.0.1")

Operation = Literal["pull", "push"]


@dataclass(frozen=True, kw_only=True)
class RegistryOptions:
    """Where images are and how to get at them."""

    url: str
    """The platform's registry as this process reaches it: ``http://deis-registry.deis.svc.cluster.local``."""
    names: tuple[str, ...] = ("127.0.0.1:5555",)
    """What the nodes call it: the part of an image's name before the repository."""
    token_key: Secret | None = None
    token_certificate: str = ""
    """The PEM pair that signs tokens for it; without one nothing is signed."""
    mirrors: Mapping[str, str] = field(default_factory=dict)
    """DEIS_MIRRORS: a registry's host to the URL of what stands in for it."""
    platforms: frozenset[str] = frozenset({"linux/amd64"})
    """What the nodes run, such as ``linux/arm64``. See ``Cluster.list_platforms``."""
    timeout: float = 60.0
    """DOCKER_CLIENT_TIMEOUT: seconds without a byte."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    """``http`` and ``https`` to a proxy's URL, ``no`` to the hosts that need none (NO_PROXY)."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An app's own registry login."""

    username: str
    password: Secret


def parse_credentials(registry: Mapping[str, str]) -> Credentials | None:
    """The login in an app's registry config; None when it names no user.

    Raises:
        ImageForbidden: half of it is missing.
    """
    username, password = registry.get("username", ""), registry.get("password", "")
    if not username:
        return None
    if not password:
        raise ImageForbidden("Registry auth requires a username and a password")
    return Credentials(username=username, password=Secret(password))


class RegistryImages:
    """Thread-safe; one for the process."""

    def __init__(self, options: RegistryOptions, *, clock: Callable[[], float] = time.time) -> None:
        self._options = options
        self._pools = Pools(options.proxies)
        self._clock = clock

    def require_own(self) -> None:
        """Ask the platform's registry whether it is there; whatever it says will do.

        Raises:
            RegistryAway: it says nothing.
        """
        url = self._options.url
        if not url:
            return
        try:
            self._pools.choose(url).request(
                "GET", f"{url.rstrip('/')}/v2/", timeout=OWN_TIMEOUT, retries=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise RegistryAway(
                f"The platform's registry does not answer: {RegistrySilent.of(error)}"
            ) from error

    def get_exposed_ports(self, image: str, *, credentials: Credentials | None = None) -> tuple[int, ...]:
        """The TCP ports an image says it listens on, in ascending order.

        Raises:
            RegistryError: it can't be looked at, with the texts of section 10.
        """
        reference = parse_image(image)
        with in_words("pull", reference, credentials):
            repository = self._open(reference, credentials=credentials)
            manifest = get_plain_manifest(repository, reference.version, platforms=self._options.platforms)
            config = repository.get_document(parse_config_digest(manifest.content))
        return parse_exposed_ports(config)

    def publish(self, image: str, *, target: str, credentials: Credentials | None = None) -> None:
        """Copy an image to ``target``, a name in the platform's registry such as ``127.0.0.1:5555/shop:v3``.

        Raises:
            RegistryError: with the texts of section 10.
        """
        source, goal = parse_image(image), parse_image(target)
        check_allowed(source)
        copy = Copy(
            origin=self._open(source, credentials=credentials),
            destination=self._open(goal, push=True),
            pulling=partial(in_words, "pull", source, credentials),
            pushing=partial(in_words, "push", goal, None),
            platforms=self._options.platforms,
        )
        copy_image(copy, version=source.version, tag=goal.tag)

    def _open(
        self, image: ImageReference, *, credentials: Credentials | None = None, push: bool = False
    ) -> Repository:
        """The repository of an image, ours with a token of our own for it."""
        options = self._options
        if parse_host(image.host) in map(parse_host, options.names):
            token = self._sign(image.repository, push=push)
            return Repository(
                self._pools, options.url, image.repository, timeout=options.timeout, authorization=token
            )
        login = (credentials.username, credentials.password.reveal()) if credentials else None
        url = choose_url(image.host, mirrors=options.mirrors)
        return Repository(self._pools, url, image.repository, timeout=options.timeout, login=login)

    def _sign(self, repository: str, *, push: bool) -> str:
        key = self._options.token_key
        if key is None:
            return ""
        token = sign_token(
            key.reveal(),
            self._options.token_certificate,
            repository=repository,
            actions=("pull", "push") if push else ("pull",),
            now=self._clock(),
            lifetime=TOKEN_LIFETIME,
        )
        return f"Bearer {token}"


def choose_url(host: str, *, mirrors: Mapping[str, str]) -> str:
    """Where a registry answers: at its mirror, at the Docker Hub's own address, plainly on this machine, or by TLS."""
    if host in mirrors:
        return mirrors[host]
    if host == DOCKER_HUB:
        return HUB_URL
    scheme = "http" if host.partition(":")[0] in LOOPBACK else "https"
    return f"{scheme}://{host}"


def parse_exposed_ports(config: Mapping[str, Any]) -> tuple[int, ...]:
    """The TCP ports in an image's config, in ascending order."""
    inner = config.get("config")
    exposed = inner.get("ExposedPorts") if isinstance(inner, dict) else None
    parts = (text.partition("/") for text in (exposed if isinstance(exposed, dict) else ()))
    ports = {int(port) for port, _, protocol in parts if protocol in ("", "tcp") and port.isdecimal()}
    return tuple(sorted(ports))


@contextmanager
def in_words(operation: Operation, image: ImageReference, credentials: Credentials | None) -> Iterator[None]:
    """Put a registry's refusal or silence into the specification's words."""
    try:
        yield
    except RegistrySilent as error:
        if error.timed_out:
            raise RegistryError(f"Operation {operation} timed out for image {image}") from error
        raise RegistryError(f"The registry of image {image} does not answer: {error}") from error
    except RegistryRefused as error:
        raise describe_refusal(error, operation, image, credentials) from error


def describe_refusal(
    error: RegistryRefused, operation: Operation, image: ImageReference, credentials: Credentials | None
) -> RegistryError:
    """The Docker Hub answers 401 for what does not exist and for what is private.

    To us both are not found.
    """
    name = image.given or image.repository
    if credentials is not None and (error.login or error.status == 401):
        return ImageForbidden(f"Could not log into {name} with username {credentials.username}")
    unknown = error.status == 401 and image.host == DOCKER_HUB and operation == "pull"
    if error.status == 404 or unknown:
        return RegistryError(f"image {image} not found")
    if error.status in (401, 403):
        return ImageForbidden(f"Permission Denied attempting to {operation} image {image}")
    return RegistryError(f"image {image}: {error}")
