"""Amazon's API on loopback, as moto emulates it, for what only Amazon can be asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from kit.waiting import wait_for
from loopback import find_port


@contextmanager
def run_amazon(directory: Path) -> Iterator[str]:
    """The address of a server that knows no repository yet; what it says goes to a file in ``directory``."""
    port = find_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    log = directory / "amazon.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_for(lambda: is_answering(address, process), what="Amazon's emulator", timeout=30)
            yield address
        finally:
            process.terminate()
            process.wait(10)
            print(log.read_text(errors="replace")[-4000:])


def is_answering(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"{process.args!r} ended"
    try:
        return urllib3.request("GET", f"{address}/moto-api/", timeout=1, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def ask_for_credentials(address: str) -> None:
    """From now on Amazon refuses whom it does not know, which is everybody."""
    answer = urllib3.request("POST", f"{address}/moto-api/reset-auth", body=b"0")
    assert answer.status == 200


def forget(address: str) -> None:
    """Amazon is as it was when it was started."""
    for path, body in (("reset", b""), ("reset-auth", b"inf")):
        assert urllib3.request("POST", f"{address}/moto-api/{path}", body=body).status == 200
