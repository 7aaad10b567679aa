"""The first container: the pushed source onto the shared volume, streamed."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import urllib3

from dockerbuilder.errors import SourceMissing
from dockerbuilder.settings import Places

TIMEOUT = urllib3.Timeout(connect=10.0, read=60.0)
ATTEMPTS = urllib3.Retry(total=5, backoff_factor=0.3, status_forcelist=(500, 502, 503, 504))
CHUNK = 1 << 18


def fetch_source(places: Places) -> None:
    """Unpack the archive behind the presigned address of this build.

    Raises:
        SourceMissing: object storage refused it, or it is no archive.
    """
    url = (places.secrets / "tar-get").read_text().strip()
    try:
        with urllib3.PoolManager(retries=ATTEMPTS, timeout=TIMEOUT) as pool:
            answer = pool.request("GET", url, preload_content=False)
            if answer.status != 200:
                raise SourceMissing(f"Object storage did not give the pushed source: status {answer.status}.")
            unpack(answer, places)
            answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise SourceMissing(f"Object storage did not give the pushed source: {error}.") from error


def unpack(answer: urllib3.BaseHTTPResponse, places: Places) -> None:
    """Feed the archive to tar, which refuses names that lead out of the directory."""
    places.source.mkdir(parents=True, exist_ok=True)
    argv = ["tar", "--extract", "--gzip", "--no-same-owner", "--directory", str(places.source)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as tar:
        if tar.stdin is None:
            raise AssertionError("asked for a pipe")
        with suppress(BrokenPipeError), tar.stdin:  # tar says why by its status
            for chunk in answer.stream(CHUNK, decode_content=False):
                tar.stdin.write(chunk)
    if tar.returncode != 0:
        raise SourceMissing("The pushed source could not be unpacked.")
