"""One repository of one registry, by the distribution API: manifests, blobs, and how to be let in.

Only what copying and looking at images needs. Tokens are asked for where a registry says so; what it is told
is the user's own credential for this registry, and that goes to no other host.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.util import Retry, Timeout

from controller.cluster.imagemanifests import parse_object
from controller.cluster.registryanswers import RegistryRefused, RegistrySilent
from controller.cluster.registrypools import Pools

CHUNK = 1024 * 1024
DOCUMENT_LIMIT = 4 * 1024 * 1024
"""Bytes of a manifest or an image config."""
MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
RETRIES = Retry(
    total=3,
    redirect=0,
    status_forcelist=[429, 500, 502, 503, 504],
    allowed_methods=None,
    backoff_factor=0.5,
    raise_on_status=False,
)
NO_RETRIES = Retry(total=0, redirect=0, raise_on_status=False)
REDIRECTS = 5
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Document:
    """A manifest as the registry gave it: its bytes are what its digest is of."""

    body: bytes
    media_type: str

    @property
    def content(self) -> dict[str, Any]:
        return parse_object(self.body)


class Repository:
    """Not for several threads at once."""

    def __init__(
        self,
        pools: Pools,
        base_url: str,
        name: str,
        *,
        timeout: float,
        authorization: str = "",
        login: tuple[str, str] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.name = name
        self._pools = pools
        self._timeout = Timeout(connect=10.0, read=timeout)
        self._authorization = authorization
        self._settled = bool(authorization)
        self._login = login

    def get_manifest(self, version: str) -> Document:
        """The manifest or index of a tag or digest."""
        response = self._ask("GET", f"manifests/{version}", headers={"Accept": ", ".join(MANIFEST_TYPES)})
        body = self._read(response)
        media_type = response.headers.get("Content-Type", "").split(";")[0].strip()
        return Document(body=body, media_type=str(parse_object(body).get("mediaType") or media_type))

    def put_manifest(self, version: str, document: Document) -> None:
        headers = {"Content-Type": document.media_type}
        self._ask("PUT", f"manifests/{version}", headers=headers, body=document.body).close()

    def get_document(self, digest: str) -> dict[str, Any]:
        """A small blob that is JSON, such as an image's config."""
        return parse_object(self._read(self._ask("GET", f"blobs/{digest}")))

    def has_blob(self, digest: str) -> bool:
        try:
            self._ask("HEAD", f"blobs/{digest}").close()
        except RegistryRefused as error:
            if error.status == 404:
                return False
            raise
        return True

    def open_blob(self, digest: str) -> Iterator[bytes]:
        """The bytes of a blob as they come."""
        response = self._ask("GET", f"blobs/{digest}")
        try:
            yield from response.stream(CHUNK)
        except urllib3.exceptions.HTTPError as error:
            raise RegistrySilent.of(error) from error
        finally:
            response.release_conn()

    def put_blob(self, digest: str, chunks: Iterator[bytes], *, size: int) -> None:
        started = self._ask("POST", "blobs/uploads/", headers={"Content-Length": "0"})
        started.close()
        location = find_location(started, base=f"{self.base_url}/v2/")
        separator = "&" if urlsplit(location).query else "?"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        url = f"{location}{separator}{urlencode({'digest': digest})}"
        self._send(
            "PUT", url, headers=headers | self._get_access(url), body=chunks, retries=NO_RETRIES
        ).close()

    def _ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Send a request; if the registry wants to know who asks, find out how to tell it, once."""
        url = f"{self.base_url}/v2/{self.name}/{path}"
        given = dict(headers or {})
        try:
            return self._follow(method, url, headers=given, body=body)
        except RegistryRefused as error:
            if error.status != 401 or not error.challenge or self._settled:
                raise
            self._authorization, self._settled = self._answer(error.challenge), True
        return self._follow(method, url, headers=given, body=body)

    def _follow(
        self, method: str, url: str, *, headers: dict[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        """Go where the registry sends us for a blob; our credential stays with the registry."""
        for _ in range(REDIRECTS):
            response = self._send(method, url, headers=headers | self._get_access(url), body=body)
            if response.status not in (301, 302, 303, 307, 308):
                return response
            response.close()
            url = find_location(response, base=url)
        raise RegistryRefused("too many redirects", status=response.status)

    def _get_access(self, url: str) -> dict[str, str]:
        own = urlsplit(url)[:2] == urlsplit(self.base_url)[:2]
        return {"Authorization": self._authorization} if own and self._authorization else {}

    def _answer(self, challenge: str) -> str:
        """The Authorization that a ``WWW-Authenticate`` asks for."""
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "basic":
            if self._login is None:
                raise RegistryRefused("authentication required", status=401)
            return build_basic(self._login)
        parameters = dict(_PARAMETER.findall(rest))
        wanted = {"service": parameters.get("service", ""), "scope": parameters.get("scope", "")}
        query = urlencode({key: value for key, value in wanted.items() if value})
        headers = {"Authorization": build_basic(self._login)} if self._login else {}
        url = join_address("", f"{parameters.get('realm', '')}?{query}")
        answer = parse_object(self._read(self._send("GET", url, headers=headers, asking=True)))
        return f"Bearer {answer.get('token') or answer.get('access_token', '')}"

    def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | Iterator[bytes] | None = None,
        retries: Retry = RETRIES,
        asking: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        try:
            response = self._pools.choose(url).request(
                method,
                url,
                headers=dict(headers),
                body=body,
                retries=retries,
                redirect=False,
                preload_content=False,
                timeout=self._timeout,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise RegistrySilent.of(error) from error
        if response.status >= 400:
            text = response.read(amt=DOCUMENT_LIMIT)
            response.release_conn()
            challenge = response.headers.get("WWW-Authenticate", "")
            raise RegistryRefused.parse(response.status, text, challenge=challenge, login=asking)
        return response

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        try:
            body = response.read(amt=DOCUMENT_LIMIT + 1)
        except urllib3.exceptions.HTTPError as error:
            raise RegistrySilent.of(error) from error
        finally:
            response.release_conn()
        if len(body) > DOCUMENT_LIMIT:
            raise RegistryRefused("a manifest of more than 4 MiB", status=response.status)
        return body


def find_location(response: urllib3.BaseHTTPResponse, *, base: str) -> str:
    """Where an answer sends us.

    Raises:
        RegistryRefused: it does not say.
    """
    location = response.headers.get("Location", "")
    if not location:
        raise RegistryRefused("the registry's answer lacks an address", status=response.status)
    return join_address(base, location)


def join_address(base: str, address: str) -> str:
    """
    Raises:
        RegistryRefused: it is no address.
    """
    try:
        joined = urljoin(base, address)
        if urlsplit(joined).hostname is None:
            raise ValueError("no host")
    except ValueError as error:
        raise RegistryRefused(f"{address!r} is no address", status=200) from error
    return joined


def build_basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()
