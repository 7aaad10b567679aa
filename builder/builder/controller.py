"""A client for the controller's hooks.

Source: build specification, sections 3.3, 6 and 13.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from builder.apps import App
from builder.errors import ControllerError, ControllerUnreachable, ReceiveError
from builder.operations import Identity
from kit.errors import Timeout
from kit.names import AppName
from kit.waiting import wait_for

log = logging.getLogger(__name__)

API_VERSION = "2.3"
CONNECT_TIMEOUT = 1.0
"""Seconds. Beside a Service without pods a node refuses only one connection a second; it lets others hang, and those
are found to be possible again after 3 or 7 seconds, a new one at once."""
SHORT_READ = 15.0
BUILD_READ = 300.0
"""Seconds of silence after which a build's request is sent again; the controller knows it by its key."""
PAUSE = 0.3
AWAY = frozenset({502, 503, 504})
NO_PERMISSION = "You do not have permission to perform this action."


@dataclass(frozen=True, kw_only=True)
class BuildReport:
    """What the controller needs to know of a finished build."""

    sha: str
    user: str
    app: App
    image: str
    procfile: Mapping[str, str]
    is_dockerfile: bool

    def as_json(self) -> bytes:
        """The fields in the order of the specification, ours after them."""
        body = {
            "sha": self.sha,
            "receive_user": self.user,
            "receive_repo": self.app.name,
            "image": self.image,
            "procfile": dict(self.procfile),
            "dockerfile": "true" if self.is_dockerfile else "",
            "receive_uuid": self.app.uuid,
        }
        return json.dumps(body, separators=(",", ":")).encode()


class ControllerClient:
    """Safe to share between threads. The key is read anew for each request, so it may be replaced."""

    def __init__(self, url: str, key_file: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._key_file = key_file
        self._clock = clock
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)

    def get_identity(self, fingerprint: str, *, patience: float) -> Identity:
        """Return whose key this is.

        Raises:
            ControllerError: nobody's.
            ControllerUnreachable: no answer within ``patience`` seconds.
        """
        answer = self._call("GET", f"/v2/hooks/key/{fingerprint}", patience=patience)
        return parse_identity(answer, fingerprint=fingerprint)

    def get_config(self, app: App, user: str, *, patience: float) -> dict[str, str]:
        """Return the app's config values, if ``user`` may use the app.

        Raises:
            ControllerError: the user may not, there is no such app, or another one has its name by now.
        """
        fields = {"receive_user": user, "receive_repo": app.name, "receive_uuid": app.uuid}
        body = json.dumps(fields, separators=(",", ":")).encode()
        answer = self._call("POST", "/v2/hooks/config/", body=body, patience=patience)
        values: Mapping[str, Any] = answer.get("values") or {}
        return {name: str(value) for name, value in values.items() if value is not None}

    def create_build(self, report: BuildReport, *, key: str, patience: float) -> int:
        """Have the build released and deployed; return the release's version.

        The call lasts as long as the deploy. If the connection breaks it is sent again with the same ``key``, and the
        controller answers with the end of what the first one began.

        Raises:
            ControllerError: it was refused, or the deploy failed.
        """
        answer = self._call(
            "POST",
            "/v2/hooks/build/",
            body=report.as_json(),
            headers={"Idempotency-Key": key},
            patience=patience,
            read=BUILD_READ,
        )
        return int(answer["release"]["version"])

    def has_app(self, app: str) -> bool:
        """Say if the controller knows an app of this name; raise if it can't tell."""
        try:
            self._call("GET", f"/v2/hooks/keys/{app}/", patience=SHORT_READ)
        except ControllerError as error:
            if error.status != 404:
                raise
            return False
        return True

    def is_healthy(self, timeout: float) -> bool:
        try:
            answer = self._pool.request("GET", f"{self._url}/healthz", timeout=timeout, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            log.warning("health: the controller does not answer: %s", error)
            return False
        return 200 <= answer.status < 400

    def _call(
        self,
        method: str,
        path: str,
        *,
        patience: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        read: float = SHORT_READ,
    ) -> dict[str, Any]:
        """Ask until there is an answer that is the controller's own, at the longest ``patience`` seconds."""
        sent = {**self._headers(), **(headers or {})}
        deadline = self._clock() + patience

        def attempt() -> urllib3.BaseHTTPResponse | None:
            left = max(1.0, deadline - self._clock())
            timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=min(read, left))
            try:
                answer = self._pool.request(
                    method, self._url + path, body=body, headers=sent, timeout=timeout, redirect=False
                )
            except urllib3.exceptions.HTTPError as error:
                log.debug("%s %s: %s", method, path, error)
                return None
            return None if answer.status in AWAY else answer

        try:
            answer = wait_for(
                attempt, what="the controller", timeout=patience, interval=PAUSE, clock=self._clock
            )
        except Timeout as error:
            raise ControllerUnreachable(f"the controller does not answer ({error})") from error
        return parse_answer(answer)

    def _headers(self) -> dict[str, str]:
        try:
            key = self._key_file.read_text().strip("\r\n")
        except OSError as error:
            raise ReceiveError(
                f"couldn't get builder key from {self._key_file} ({error.strerror})"
            ) from error
        return {
            "Content-Type": "application/json",
            "User-Agent": "deis-builder",
            "X-Deis-Builder-Auth": key,
        }


def parse_identity(answer: Mapping[str, Any], *, fingerprint: str) -> Identity:
    """Return whom a key belongs to.

    Raises:
        ControllerError: the answer is not one of a controller of this version.
    """
    try:
        apps = frozenset(
            App(name=AppName(name), uuid=str(uuid.UUID(answer["app_uuids"][name]))) for name in answer["apps"]
        )
        return Identity(user=str(answer["username"]), fingerprint=fingerprint, apps=apps)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ControllerError(
            f"the controller's answer about a key makes no sense ({error!r}); is it as new as this builder?",
            status=200,
        ) from error


def parse_answer(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """Return the body of a good answer.

    Raises:
        ControllerError: the status says that it is none; the message is what the pusher reads.
    """
    warn_of_version(answer.headers.get("DEIS_API_VERSION", ""))
    body = answer.data.decode(errors="replace")
    if not 200 <= answer.status < 400:
        raise ControllerError(describe_failure(answer.status, body), status=answer.status)
    try:
        parsed = json.loads(body) if body else {}
    except ValueError:
        raise ControllerError(describe_failure(answer.status, body), status=answer.status) from None
    return parsed if isinstance(parsed, dict) else {}


def describe_failure(status: int, body: str) -> str:
    """Return an error answer in the words of the specification, section 13."""
    if status == 401:
        return "Unauthorized: Missing or Invalid Token"
    if status == 403:
        return NO_PERMISSION
    if status == 404:
        return body or "Not Found"
    if status == 405:
        return "Method Not Allowed"
    if status == 422:
        return f"Unable to process your request: {find_detail(body)}"
    if status == 500:
        return "Internal Server Error"
    known = describe_known(body) if status == 400 else None
    return known or f"Unknown Error ({status}): {body}".replace("\\n", "\n")


def describe_known(body: str) -> str | None:
    """Return the short text for a refusal that the original client knew."""
    if "does not exist in application" in body:
        return "Pod not found in application"
    if "No nodes matched the provided labels" in body:
        return "No nodes matched the provided labels"
    try:
        fields = json.loads(body)
    except ValueError:
        return None
    blank = isinstance(fields, dict) and fields.get("image") == ["This field may not be blank."]
    return "The given image is invalid" if blank else None


def find_detail(body: str) -> str:
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    return str(parsed.get("detail", body)) if isinstance(parsed, dict) else body


def warn_of_version(version: str) -> None:
    """Log if the controller's API is not one that we know; nothing fails over it."""
    if not version:
        return
    if not is_compatible(version):
        log.warning(
            "SDK and Controller API versions do not match. SDK: %s Controller: %s", API_VERSION, version
        )


def is_compatible(version: str) -> bool:
    try:
        major, minor = (int(part) for part in version.split(".")[:2])
    except ValueError:
        return False
    ours = tuple(int(part) for part in API_VERSION.split("."))
    return major == ours[0] and minor >= ours[1]
