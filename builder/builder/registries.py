"""Where an image goes: its name for the controller, and what the push container needs.

Source: build specification, 11.1 and 11.2.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from builder.errors import ReceiveError, SignatureKeyError
from builder.settings import RegistrySettings
from kit.kube import KubeNotFound, Manifest
from kit.settings import Secret

DOCKER_HUB = "https://index.docker.io/v1/"
HUB_REGISTRY = "https://registry-1.docker.io"
GetSecret = Callable[[str], Manifest]


@dataclass(frozen=True, kw_only=True)
class Destination:
    url: str
    """The registry's root."""
    name: str
    """``repository:tag`` at that registry."""
    image: str
    """What the controller is told."""
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    """Files for the push container: ``registry-token``, or ``registry-username`` and ``registry-password``."""


class Signer(Protocol):
    def __call__(self, repository: str, *, lifetime: float) -> Secret:
        """Return a token that allows pushing to one repository."""


def resolve_destination(
    settings: RegistrySettings, *, app: str, short: str, lifetime: float, sign: Signer, get_secret: GetSecret
) -> Destination:
    """Return where the image of one build goes. At Amazon its repository is made unless it exists.

    Raises:
        ReceiveError: the registry's Secret is missing or malformed, or Amazon makes no repository.
    """
    tag = f"git-{short}"
    if settings.location == "on-cluster":
        token = sign(app, lifetime=lifetime)
        name = f"{app}:{tag}"
        return Destination(url=settings.url, name=name, image=app, credentials={"registry-token": token})
    try:
        values = decode_secret(get_secret("registry-secret"))
        if settings.location == "off-cluster":
            return build_off_cluster(values, app=app, tag=tag)
        pull = decode_secret(get_secret(f"{settings.secret_prefix}-{settings.location}"))
        account = parse_docker_config(pull.get(".dockerconfigjson", ""))
        destination = build_hosted(account, values, location=settings.location, app=app, tag=tag)
    except (KubeNotFound, ValueError) as error:
        raise ReceiveError(f"error getting private registry details {error}") from error
    if settings.location == "ecr":
        from builder.ecr import apply_repository  # heavy, and needed at Amazon only

        apply_repository(values, app)
    return destination


@dataclass(frozen=True, kw_only=True)
class DockerAccount:
    hostname: str
    """With its scheme, as it was."""
    username: str
    password: str


def parse_docker_config(text: str) -> DockerAccount:
    """Return the one account of a Docker configuration.

    Raises:
        ValueError: it is not of that form.
    """
    try:
        ((hostname, entry),) = json.loads(text)["auths"].items()
        token = base64.b64decode(entry["auth"]).decode()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"Invalid docker config secret ({error})") from error
    username, colon, password = token.partition(":")
    if not colon:
        raise ValueError("Invalid token in docker config secret")
    return DockerAccount(hostname=hostname, username=username, password=password)


def build_off_cluster(values: Mapping[str, str], *, app: str, tag: str) -> Destination:
    """Raise ``ValueError`` if the Docker Hub is meant but no organization is named."""
    hostname, organization = values.get("hostname", ""), values.get("organization", "")
    host = strip_scheme(hostname)
    if not host and not organization:
        raise ValueError("an organization is needed for the Docker Hub")
    repository = "/".join(part for part in (organization, app) if part)
    image = f"{host}/{repository}:{tag}" if host else f"{repository}:{tag}"
    return Destination(
        url=root_of(hostname),
        name=f"{repository}:{tag}",
        image=image,
        credentials=build_credentials(values.get("username", ""), values.get("password", "")),
    )


def build_hosted(
    account: DockerAccount, values: Mapping[str, str], *, location: str, app: str, tag: str
) -> Destination:
    """Return the place of an image at Amazon's or Google's registry."""
    repository = app
    if location == "gcr":
        project = str(json.loads(values.get("key.json", ""))["project_id"]).replace(":", "/")
        repository = f"{project}/{app}"
    return Destination(
        url=root_of(account.hostname),
        name=f"{repository}:{tag}",
        image=f"{strip_scheme(account.hostname)}/{repository}:{tag}",
        credentials=build_credentials(account.username, account.password),
    )


def root_of(hostname: str) -> str:
    """Return the address of a registry's API from a host that may come with a scheme."""
    if not hostname or hostname == DOCKER_HUB:
        return HUB_REGISTRY
    return hostname.rstrip("/") if "://" in hostname else f"https://{hostname}".rstrip("/")


def strip_scheme(hostname: str) -> str:
    return hostname.removeprefix("https://").removeprefix("http://").rstrip("/")


def build_credentials(username: str, password: str) -> dict[str, Secret]:
    return {"registry-username": Secret(username), "registry-password": Secret(password)}


def decode_secret(secret: Manifest) -> dict[str, str]:
    data: Mapping[str, str] = secret.get("data") or {}
    return {name: base64.b64decode(value).decode() for name, value in data.items()}


class TokenSigner:
    """Signs with the pair in ``directory``, read anew for each token."""

    def __init__(self, directory: Path, *, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._clock = clock

    def __call__(self, repository: str, *, lifetime: float) -> Secret:
        from kit.registrytoken import sign_token  # heavy, and needed for Dockerfiles only

        try:
            key = (self._directory / "tls.key").read_text()
            certificate = (self._directory / "tls.crt").read_text()
        except OSError as error:
            raise SignatureKeyError(f"the registry's signing key can't be read ({error})") from error
        token = sign_token(
            key,
            certificate,
            repository=repository,
            actions=["pull", "push"],
            now=self._clock(),
            lifetime=lifetime,
        )
        return Secret(token)
