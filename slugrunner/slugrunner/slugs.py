"""Fetches a slug and unpacks it while it comes: no copy on disk, nothing kept in memory.

The controller's answer leads to object storage, which may be outside of the cluster: behind the operator's proxy, with
a certificate from the operator's own authority. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are followed as everywhere, and
that authority is trusted beside the public ones; the app's container is given neither.
"""

from __future__ import annotations

import http.client
import shutil
import ssl
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

ATTEMPTS = 34
FIRST_PAUSE = 0.5
LAST_PAUSE = 2.0
"""Seconds between attempts: a controller that is replaced is back after four, and nobody should wait much longer."""
CONNECT_TIMEOUT = 5.0
"""Seconds. An attempt that meets a Service between two pods may hang; its kernel asks again after 1, 3, 7, 15, 31."""
READ_TIMEOUT = 60.0
"""Seconds."""
TRUSTED_CA = Path("/etc/deis/trusted-ca/ca.crt")
"""The operator's certificates; missing if there are none."""


class Connection(http.client.HTTPConnection):
    """Waits less for a connection than for what comes over it."""

    def connect(self) -> None:
        self.timeout = CONNECT_TIMEOUT
        super().connect()
        self.sock.settimeout(READ_TIMEOUT)


class SecureConnection(Connection, http.client.HTTPSConnection): ...


class Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._secure = partial(SecureConnection, context=context)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(Connection, req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._secure, req)


class SlugError(Exception):
    """The slug cannot be had. The message is for the app's owner."""


def fetch_slug(
    url: str,
    target: Path,
    *,
    trusted_ca: Path = TRUSTED_CA,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Fill ``target`` with the slug behind ``url``; a broken download starts again from an empty directory.

    Raises:
        SlugError: refused (401, 403, 404), or still failing after the last attempt.
    """
    opener = build_opener(trusted_ca)
    for attempt in range(ATTEMPTS):
        try:
            empty(target)
            unpack(url, target, opener=opener)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (401, 403, 404):
                raise SlugError(f"The slug was refused with status {error.code}.") from error
            problem: Exception = error
        except (OSError, http.client.HTTPException, tarfile.TarError, EOFError) as error:
            problem = error
        else:
            return
        if attempt + 1 < ATTEMPTS:
            pause(min(FIRST_PAUSE * 2**attempt, LAST_PAUSE))
    raise SlugError(f"The slug could not be fetched in {ATTEMPTS} attempts: {problem}.") from problem


def build_opener(trusted_ca: Path) -> urllib.request.OpenerDirector:
    """Return what opens addresses: by the environment's proxies, trusting the public authorities and the operator's own.

    Raises:
        SlugError: the operator's certificates are none.
    """
    context = ssl.create_default_context()
    if trusted_ca.exists():
        try:
            context.load_verify_locations(cafile=trusted_ca)
        except OSError as error:
            raise SlugError(
                f"The platform's trusted certificates, {trusted_ca}, can't be read: {error}."
            ) from error
    return urllib.request.build_opener(Handler(context))


def unpack(url: str, target: Path, *, opener: urllib.request.OpenerDirector) -> None:
    """One attempt. Nothing may be written outside of ``target``."""
    with (
        opener.open(url) as body,
        tarfile.open(fileobj=body, mode="r|*") as archive,
    ):
        archive.extractall(target, filter="tar")


def empty(target: Path) -> None:
    for path in target.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
