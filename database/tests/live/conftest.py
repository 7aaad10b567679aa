"""A real PostgreSQL started as the image starts it, on loopback and a directory of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from kit.waiting import wait_for
from loopback import find_port

CHECKOUT = Path(__file__).resolve().parents[3]


def find_programs() -> str:
    """PATH with PostgreSQL's programs, the newest first."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    path = os.pathsep.join([*map(str, reversed(newest)), os.environ["PATH"]])
    if shutil.which("initdb", path=path) is None:
        pytest.fail(
            "initdb is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return path


def choose_user() -> pwd.struct_passwd | None:
    """PostgreSQL does not run as root: a privileged test run uses an ordinary user that exists."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def choose_python(user: pwd.struct_passwd | None) -> str:
    """An interpreter that the user may run; the starter needs nothing but the kit's own modules."""
    return sys.executable if user is None else "/usr/bin/python3"


@dataclass
class Database:
    """The container's start, and what it leaves on the volume."""

    directory: Path
    path: str
    port: int
    user: pwd.struct_passwd | None = field(default_factory=choose_user)
    process: subprocess.Popen[bytes] | None = None

    def write_credentials(self, *, user: str = "shopkeeper", password: str = "it's $ecret") -> None:
        for name, text in (("user", user), ("password", password)):
            (self.directory / "credentials" / name).write_text(text)

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it and return at once."""
        env = {
            "PATH": self.path,
            "PYTHONPATH": os.pathsep.join(str(CHECKOUT / name) for name in ("database", "kit")),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
            "CREDENTIALS_DIR": str(self.directory / "credentials"),
            "DATA_DIR": str(self.directory / "volume"),
            "RUN_DIR": str(self.directory / "run"),
            "LISTEN_ADDRESSES": "127.0.0.1",
            "PORT": str(self.port),
        }
        argv = [choose_python(self.user), "-m", "database", *arguments]
        with self.log.open("ab") as output:
            return subprocess.Popen(
                argv,
                env=env,
                cwd="/",
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=self.user and self.user.pw_uid,
                group=self.user and self.user.pw_gid,
            )

    def start(self) -> None:
        self.process = self.spawn()
        wait_for(self.is_ready, what="the database", timeout=40)

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the database ended"
        return self.spawn("ready").wait(20) == 0

    def stop(self) -> int:
        """End it as the image's STOPSIGNAL does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def kill(self) -> None:
        """End the whole container at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def connect(self, user: str = "shopkeeper", password: str = "it's $ecret") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=password,
            dbname="shopkeeper",
            connect_timeout=5,
        )

    @property
    def log(self) -> Path:
        return self.directory / "log"


@pytest.fixture
def database() -> Iterator[Database]:
    path = find_programs()
    directory = Path(tempfile.mkdtemp(prefix="deis-database-"))
    port = find_port()
    running = Database(directory, path, port)
    for name in ("volume", "credentials"):
        (directory / name).mkdir()
    if running.user:
        for owned in (directory, directory / "volume"):
            shutil.chown(owned, running.user.pw_uid, running.user.pw_gid)
    running.write_credentials()
    try:
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.kill()
        print(running.log.read_text(errors="replace")[-6000:])
        shutil.rmtree(directory)
