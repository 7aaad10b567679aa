"""Fetches a slug and unpacks it while it comes: no copy on disk, nothing kept in memory."""

from __future__ import annotations

import shutil
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ATTEMPTS = 8
FIRST_PAUSE = 0.5
TIMEOUT = 60.0
"""Seconds for one connection or read."""


class SlugError(Exception):
    """The slug cannot be had. The message is for the app's owner."""


def fetch_slug(url: str, target: Path, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Fill ``target`` with the slug behind ``url``; a broken download starts again from an empty directory.

    Raises:
        SlugError: refused (401, 403, 404), or still failing after the last attempt.
    """
    for attempt in range(ATTEMPTS):
        try:
            empty(target)
            unpack(url, target)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (401, 403, 404):
                raise SlugError(f"The slug was refused with status {error.code}.") from error
            problem: Exception = error
        except (OSError, tarfile.TarError, EOFError) as error:
            problem = error
        else:
            return
        if attempt + 1 < ATTEMPTS:
            pause(FIRST_PAUSE * 2**attempt)
    raise SlugError(f"The slug could not be fetched in {ATTEMPTS} attempts: {problem}.") from problem


def unpack(url: str, target: Path) -> None:
    """One attempt. Nothing may be written outside of ``target``."""
    with (
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=TIMEOUT) as body,
        tarfile.open(fileobj=body, mode="r|*") as archive,
    ):
        archive.extractall(target, filter="tar")


def empty(target: Path) -> None:
    for path in target.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
