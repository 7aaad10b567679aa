"""A client for one repository of a registry: what pushing an image takes, streamed.

Source: the OCI distribution specification.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from dockerbuilder.errors import PushFailed
from kit.settings import Secret

TIMEOUT = urllib3.Timeout(connect=10.0, read=300.0)
ATTEMPTS = 5
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class Registry:
    """``token`` is sent as it is; a user's name and password are exchanged for one if the registry says so."""

    def __init__(
        self,
        url: str,
        repository: str,
        *,
        token: Secret | None = None,
        username: str = "",
        password: Secret | None = None,
        proxy: str | None = None,
    ) -> None:
        self._root = f"{url}/v2/{repository}/"
        self._basic = encode_basic(username, password) if password else None
        self._authorization = f"Bearer {token.reveal()}" if token else self._basic
        retries = urllib3.Retry(
            total=ATTEMPTS,
            backoff_factor=0.3,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,
            raise_on_status=False,
            redirect=0,
        )
        options = {"retries": retries, "timeout": TIMEOUT, "maxsize": 4}
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)  # type: ignore[arg-type]
        )

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.clear()

    def has_blob(self, digest: str) -> bool:
        return self._request("HEAD", f"blobs/{digest}", expected=(200, 404)).status == 200

    def put_blob(self, digest: str, path: Path) -> None:
        """Upload a file unless the repository has it already."""
        if self.has_blob(digest):
            return
        start = self._request("POST", "blobs/uploads/", expected=(202,))
        location = urljoin(self._root, start.headers.get("Location", ""))
        mark = "&" if urlsplit(location).query else "?"
        with path.open("rb") as body:
            self._request(
                "PUT",
                f"{location}{mark}{urlencode({'digest': digest})}",
                expected=(201,),
                body=body,
                headers={
                    "Content-Type": "application/octet-stream",
                    "Content-Length": str(path.stat().st_size),
                },
            )

    def put_manifest(self, tag: str, manifest: bytes, *, media_type: str) -> None:
        self._request(
            "PUT", f"manifests/{tag}", expected=(201,), body=manifest, headers={"Content-Type": media_type}
        )

    def _request(
        self,
        method: str,
        target: str,
        *,
        expected: tuple[int, ...],
        body: bytes | BinaryIO | None = None,
        headers: dict[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        try:
            answer = self._send(method, target, body=body, headers=headers)
            if answer.status == 401 and self._log_in(answer.headers.get("WWW-Authenticate", "")):
                if body is not None and not isinstance(body, bytes):
                    body.seek(0)
                answer = self._send(method, target, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise PushFailed(f"The registry does not answer: {error}.") from error
        if answer.status not in expected:
            raise PushFailed(f"The registry refused the image: {describe(answer)}.")
        return answer

    def _send(
        self, method: str, target: str, *, body: bytes | BinaryIO | None, headers: dict[str, str] | None
    ) -> urllib3.BaseHTTPResponse:
        sent = dict(headers or {})
        if self._authorization:
            sent["Authorization"] = self._authorization
        return self._pool.request(method, urljoin(self._root, target), body=body, headers=sent)

    def _log_in(self, challenge: str) -> bool:
        """Get the token that a challenge names, with our name and password; False if there is no such way."""
        values = dict(_CHALLENGE.findall(challenge))
        if not self._basic or not challenge.lower().startswith("bearer") or "realm" not in values:
            return False
        query = urlencode({name: values[name] for name in ("service", "scope") if name in values})
        answer = self._pool.request(
            "GET", f"{values['realm']}?{query}", headers={"Authorization": self._basic}
        )
        if answer.status != 200:
            return False
        content = answer.json()
        self._authorization = f"Bearer {content.get('token') or content.get('access_token')}"
        return True


def encode_basic(username: str, password: Secret) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password.reveal()}".encode()).decode()


def describe(answer: urllib3.BaseHTTPResponse) -> str:
    """The status and the registry's own words, if it has any."""
    try:
        errors = answer.json().get("errors") or []
        words = "; ".join(str(error.get("message") or error.get("code")) for error in errors)
    except (ValueError, AttributeError):
        words = ""
    return f"status {answer.status}" + (f", {words}" if words else "")
