"""The shipper over real files and inotify, with a real logger behind it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.waiting import wait_for
from log_shipper.containers import Container
from log_shipper.forward import ForwardClient
from log_shipper.shipper import Shipper
from loopback import find_port

ROOT = Path(__file__).resolve().parents[3]
TIME = "2026-01-02T03:04:05.123456789Z"


class Logger:
    """A logger process that can be stopped and started on the same ports."""

    def __init__(self) -> None:
        self.http, self.forward = find_port(), find_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = os.environ | {
            "HTTP_PORT": str(self.http),
            "FORWARD_PORT": str(self.forward),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "logger"), str(ROOT / "kit")]),
        }
        self.process = subprocess.Popen((sys.executable, "-m", "logger"), env=env)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def read(self) -> list[str]:
        """Messages of the app, without time and tag."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/logs/foo?log_lines=999") as answer:
                return [line.split(": ", 1)[1] for line in answer.read().decode().splitlines()]
        except OSError:
            return []


@pytest.fixture
def logger() -> Iterator[Logger]:
    logger = Logger()
    logger.start()
    yield logger
    logger.stop()


@pytest.fixture
def container(tmp_path: Path) -> Container:
    directory = tmp_path / "pods" / "foo_foo-web-1-a_uid" / "foo-web"
    directory.mkdir(parents=True)
    labels = {"app": "foo", "type": "web", "version": "v2"}
    metadata = {"container_name": "foo-web", "pod_name": "foo-web-1-a", "labels": labels}
    return Container(directory, "uid/foo-web", metadata)


def write(container: Container, *texts: str, name: str = "0.log") -> None:
    with (container.directory / name).open("a") as file:
        file.writelines(f"{TIME} stdout F {text}\n" for text in texts)


def ship(
    container: Container, logger: Logger, tmp_path: Path, until: list[str], act: list[object]
) -> list[str]:
    """Run a shipper, do each act in turn, and stop once the logger has what is expected."""

    async def main() -> None:
        shipper = Shipper(
            ForwardClient("127.0.0.1", logger.forward),
            offsets=tmp_path / "offsets.json",
            list_containers=lambda: [container],
        )
        shipper.pods_changed()
        running = asyncio.create_task(shipper.run())
        for step in act:
            await asyncio.to_thread(step)  # type: ignore[arg-type]
        await asyncio.to_thread(
            wait_for, lambda: logger.read() == until or None, what=f"{until} in the logger", timeout=30
        )
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())
    return logger.read()


def test_what_was_there_and_what_comes_is_shipped_once(
    container: Container, logger: Logger, tmp_path: Path
) -> None:
    write(container, "one", "two")
    read = ship(container, logger, tmp_path, ["one", "two", "three"], [lambda: write(container, "three")])
    assert read == ["one", "two", "three"]
    write(container, "four")
    assert ship(container, logger, tmp_path, [*read, "four"], []) == [*read, "four"]


def test_a_rotated_file_is_read_to_its_end(container: Container, logger: Logger, tmp_path: Path) -> None:
    write(container, "one")

    def rotate() -> None:
        (container.directory / "0.log").rename(container.directory / "0.log.20260102-030405")
        write(container, "two", name="0.log.20260102-030405")
        write(container, "three")

    ship(container, logger, tmp_path, ["one", "two", "three"], [rotate])


def test_lines_wait_in_their_files_while_the_logger_is_away(
    container: Container, logger: Logger, tmp_path: Path
) -> None:
    write(container, "one")
    ship(container, logger, tmp_path, ["one"], [])
    logger.stop()
    read = ship(container, logger, tmp_path, ["two"], [lambda: write(container, "two"), logger.start])
    assert read == ["two"], "a new logger starts empty and gets what was not acknowledged"


def test_a_new_file_with_the_number_of_a_deleted_one_is_read_from_its_beginning(
    container: Container, logger: Logger, tmp_path: Path
) -> None:
    """A file system may give a new file the inode of one just deleted: so may the next rotation's."""
    write(container, "one", "two")
    ship(container, logger, tmp_path, ["one", "two"], [])
    later = TIME.replace("2026", "2027")
    (container.directory / "0.log").write_text(f"{later} stdout F three\n")
    assert ship(container, logger, tmp_path, ["one", "two", "three"], [])
