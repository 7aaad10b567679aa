"""Moves files between this pod and object storage by presigned addresses: streamed, never whole in memory.

A download that breaks goes on where it was. An upload is one request, which begins again: an address is good for no more.
"""

from __future__ import annotations

import http.client
import ssl
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, TypeVar, cast

from .errors import TransferFailed
from .settings import TRUSTED_CA

ATTEMPTS = 6
TIMEOUT = 30.0
"""Seconds for a connection, and without a byte on one."""
PUT_HEADERS = {"Content-Type": "application/octet-stream", "x-ms-blob-type": "BlockBlob"}
"""Azure takes no object without the second; the others do not mind."""
Pause = Callable[[float], None]
T = TypeVar("T")


class ObjectMissing(TransferFailed):
    """There is nothing behind the address."""


class Download:
    """A file of what is behind an address, read once; where a connection breaks, the next one goes on.

    Nothing is read of an object that has taken the place of the first. Every method raises ``TransferFailed``.
    """

    def __init__(self, url: str, *, context: ssl.SSLContext, pause: Pause) -> None:
        self._url = url
        self._context = context
        self._pause = pause
        self._position = 0
        self._left = 0
        self._etag = ""
        self._answer: http.client.HTTPResponse | None = None
        retry(self._open, what="fetched", pause=pause)

    def read(self, size: int) -> bytes:
        piece = retry(lambda: self._read(size), what="fetched", pause=self._pause)
        self._position += len(piece)
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        if self._answer:
            self._answer.close()
            self._answer = None

    def _open(self) -> http.client.HTTPResponse:
        headers = {"Range": f"bytes={self._position}-", "If-Match": self._etag} if self._position else {}
        request = urllib.request.Request(self._url, headers=headers)
        answer: http.client.HTTPResponse = urllib.request.urlopen(
            request, timeout=TIMEOUT, context=self._context
        )
        if self._position and answer.status != 206:
            answer.close()
            raise http.client.HTTPException(f"status {answer.status} in place of the rest")
        self._answer = answer
        self._left = int(answer.headers["Content-Length"])
        self._etag = answer.headers["ETag"]
        return answer

    def _read(self, size: int) -> bytes:
        answer = self._answer or self._open()
        try:
            piece = answer.read(min(size, self._left))
            if not piece and self._left:
                raise http.client.IncompleteRead(b"", self._left)
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return piece


def read_url(directory: Path, name: str) -> str | None:
    """The address kept in a file; None if this build has no such address."""
    path = directory / name
    return path.read_text().strip() if path.exists() else None


def fetch_archive(
    url: str, target: Path, *, trusted_ca: Path = TRUSTED_CA, pause: Pause = time.sleep
) -> bool:
    """Unpack the archive behind an address while it comes; False if there is none (404).

    Raises:
        TransferFailed: refused, or still failing after the last attempt.
    """
    target.mkdir(parents=True, exist_ok=True)
    try:
        with closing(Download(url, context=build_context(trusted_ca), pause=pause)) as body:
            unpack(body, target)
    except ObjectMissing:
        return False
    return True


def unpack(body: Download, target: Path) -> None:
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", body), mode="r|*") as archive:
            archive.extractall(target, filter="tar")
    except (OSError, tarfile.TarError, EOFError) as error:
        raise TransferFailed(f"What object storage has could not be unpacked: {error}") from error


def put_file(url: str, path: Path, *, trusted_ca: Path = TRUSTED_CA, pause: Pause = time.sleep) -> None:
    """Send a file to an address.

    Raises:
        TransferFailed: refused, or still failing after the last attempt.
    """
    context = build_context(trusted_ca)

    def attempt() -> None:
        with path.open("rb") as body:
            headers = PUT_HEADERS | {"Content-Length": str(path.stat().st_size)}
            request = urllib.request.Request(url, data=body, headers=headers, method="PUT")
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as answer:
                answer.read()

    retry(attempt, what="stored", pause=pause)


def build_context(trusted_ca: Path) -> ssl.SSLContext:
    """Trust the public authorities and those of the operator's file, if there is one.

    Raises:
        TransferFailed: the file holds no certificates.
    """
    context = ssl.create_default_context()
    if trusted_ca.exists():
        try:
            context.load_verify_locations(cafile=trusted_ca)
        except OSError as error:
            raise TransferFailed(
                f"The platform's trusted certificates, {trusted_ca}, can't be read: {error}."
            ) from error
    return context


def retry(attempt: Callable[[], T], *, what: str, pause: Pause) -> T:
    """Up to six attempts with growing pauses; an answer that will not change ends them at once."""
    problem: Exception | None = None
    for number in range(ATTEMPTS):
        if number:
            pause(0.5 * 2 ** (number - 1))
        try:
            return attempt()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < 500 and error.code != 429:
                kind = ObjectMissing if error.code == 404 else TransferFailed
                raise kind(f"Object storage refused: status {error.code}; nothing was {what}.") from error
            problem = error
        except (OSError, http.client.HTTPException) as error:
            problem = error
    raise TransferFailed(
        f"Object storage failed {ATTEMPTS} times; nothing was {what}: {problem}"
    ) from problem
