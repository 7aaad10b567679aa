"""The object storage as its image starts it, on a directory and a port of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from kit.objectstore import ObjectStore, open_store
from kit.waiting import wait_for
from loopback import find_port

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass
class Storage:
    """A start of the container, again and again on the same volume."""

    directory: Path
    address: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def volume(self) -> Path:
        return self.directory / "volume"

    def start(self) -> None:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
            "PYTHONPATH": os.pathsep.join(str(CHECKOUT / name) for name in ("objectstorage", "kit")),
            "CREDENTIALS_DIR": str(self.directory / "credentials"),
            "DATA_DIR": str(self.volume),
            "LISTEN": self.address,
        }
        with (self.directory / "log").open("ab") as output:
            argv = [sys.executable, "-m", "objectstorage"]
            self.process = subprocess.Popen(argv, env=env, stdout=output, stderr=output)
        wait_for(self.is_healthy, what="the object storage", timeout=30)

    def is_healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the object storage ended"
        try:
            return (
                urllib3.request("GET", f"http://{self.address}/healthz", timeout=2, retries=False).status
                == 200
            )
        except urllib3.exceptions.HTTPError:
            return False

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(10)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def open(self, container: str = "builder") -> ObjectStore:
        return open_store(
            storage="in-cluster",
            credentials=self.directory / "credentials",
            container=container,  # type: ignore[arg-type]
            endpoint=f"http://{self.address}",
        )


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    if shutil.which("versitygw") is None:
        pytest.fail(
            "versitygw is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    port = find_port()
    (tmp_path / "credentials").mkdir()
    for name, text in (("accesskey", "TESTKEY"), ("secretkey", "test/secret+=")):
        (tmp_path / "credentials" / name).write_text(text)
    running = Storage(tmp_path, f"127.0.0.1:{port}")
    yield running
    if running.process is not None:
        running.kill()
    print((tmp_path / "log").read_text())
