"""Moves files between this pod and object storage by presigned addresses: streamed, never whole in memory."""

from __future__ import annotations

import http.client
import ssl
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from .errors import TransferFailed
from .settings import TRUSTED_CA

ATTEMPTS = 5
TIMEOUT = 60.0
"""Seconds for one connection, read or write."""
Pause = Callable[[float], None]


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
    context = build_context(trusted_ca)

    def attempt() -> bool:
        target.mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(url, timeout=TIMEOUT, context=context) as body,
            tarfile.open(fileobj=body, mode="r|*") as archive,
        ):
            archive.extractall(target, filter="tar")
        return True

    return retry(attempt, what="fetched", missing=False, pause=pause)


def put_file(url: str, path: Path, *, trusted_ca: Path = TRUSTED_CA, pause: Pause = time.sleep) -> None:
    """Send a file to an address.

    Raises:
        TransferFailed: refused, or still failing after the last attempt.
    """
    context = build_context(trusted_ca)

    def attempt() -> bool:
        with path.open("rb") as body:
            headers = {"Content-Length": str(path.stat().st_size), "Content-Type": "application/octet-stream"}
            request = urllib.request.Request(url, data=body, headers=headers, method="PUT")
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as answer:
                answer.read()
        return True

    retry(attempt, what="stored", missing=None, pause=pause)


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


def retry(attempt: Callable[[], bool], *, what: str, missing: bool | None, pause: Pause) -> bool:
    """Up to five attempts with growing pauses; an answer that will not change ends them at once."""
    problem: Exception | None = None
    for number in range(ATTEMPTS):
        if number:
            pause(0.5 * 2 ** (number - 1))
        try:
            return attempt()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404 and missing is not None:
                return missing
            if error.code < 500 and error.code != 429:
                raise TransferFailed(
                    f"Object storage refused: status {error.code}; nothing was {what}."
                ) from error
            problem = error
        except (OSError, http.client.HTTPException, tarfile.TarError, EOFError) as error:
            problem = error
    raise TransferFailed(
        f"Object storage failed {ATTEMPTS} times; nothing was {what}: {problem}"
    ) from problem
