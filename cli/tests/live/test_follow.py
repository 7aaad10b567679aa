"""`logs --follow` and what selects lines, against the real logger behind a real controller."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NOW = "2026-01-02T03:04:05Z"
pytestmark = pytest.mark.timeout(120)


@contextmanager
def following(
    program: Any, app: str, *words: str, stdout: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "deis", "logs", "-a", app, "--follow", *words]
    process = subprocess.Popen(
        command, cwd=program.directory, env=program.env, stdout=stdout, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def read(process: subprocess.Popen[str]) -> str:
    """The next line of this test's, without its time."""
    assert process.stdout is not None
    while line := process.stdout.readline():
        if "deis[controller]" not in line:
            return line.rstrip("\n").partition(" ")[2]
    raise AssertionError(process.stderr.read() if process.stderr else "")


def test_lines_come_as_they_are_written(owner, app, logger):
    logger.send(app, "one")
    with following(owner, app) as process:
        assert read(process) == f"{app}[web.v2.abcde]: one"
        logger.send(app, "two", process="worker")
        assert read(process) == f"{app}[worker.v2.abcde]: two"


def test_process_and_since_select(owner, app, logger):
    logger.send(app, "old", moment="2025-01-02T03:04:05Z")
    logger.send(app, "web one")
    logger.send(app, "worker one", process="worker")
    done = owner("logs", "-a", app, "--process=worker")
    assert done == (0, f"2026-01-02T03:04:05+00:00 {app}[worker.v2.abcde]: worker one\n", "")
    done = owner("logs", "-a", app, "-p", "web", "--since=2026-01-01T00:00:00Z")
    assert done.out == f"2026-01-02T03:04:05+00:00 {app}[web.v2.abcde]: web one\n"
    with following(owner, app, "-p", "web,worker", "-n", "1") as process:
        assert read(process).endswith(": worker one")
    wrong = owner("logs", "-a", app, "--since=yesterday")
    assert wrong.code == 1
    assert "since must be a time such as" in wrong.err


def test_a_controller_that_ends_and_comes_back_costs_no_line(gateway, owner, app, logger):
    """The connection breaks in the middle; a line that was written meanwhile comes, and none comes twice."""
    path = owner.home / ".deis/client.json"
    path.write_text(re.sub(r":\d+\"", f':{gateway.port}"', path.read_text(), count=1))
    logger.send(app, "before")
    with following(owner, app) as process:
        assert read(process).endswith(": before")
        gateway.cut()
        logger.send(app, "meanwhile", moment="2026-01-02T03:04:06Z")
        assert read(process).endswith(": meanwhile")
        logger.send(app, "after", moment="2026-01-02T03:04:07Z")
        assert read(process).endswith(": after")


def test_an_app_that_is_not_there(owner):
    done = owner("logs", "-a", "ct-not-there", "--follow")
    assert done == (1, "", 'Error: "No App matches the given query."\n')


def read_terminal(run: Callable[[int], None]) -> str:
    ours, theirs = pty.openpty()
    try:
        run(theirs)
        return os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_a_colour_a_process_and_nothing_that_moves_its_cursor(
    owner, app, logger, env, coloured
):
    logger.send(app, "clear \x1b[2J screen \x1b]0;title\x07 \x1b[31mred\x1b[0m")
    logger.send(app, "other", process="worker")
    words = [sys.executable, "-m", "deis", "logs", "-a", app, "--process=web,worker"]

    def run(terminal: int) -> None:
        subprocess.run(words, cwd=owner.directory, env=owner.env | env, stdout=terminal, check=True)

    web, worker = read_terminal(run).splitlines()
    assert "\x1b[2J" not in web
    assert "\x1b]0" not in web
    assert "\x1b[31mred" in web
    if coloured:
        colours = [re.match(r"\x1b\[(\d+)m", line) for line in (web, worker)]
        assert None not in colours
        assert len({found[1] for found in colours if found}) == 2
    else:
        assert worker.endswith(f" {app}[worker.v2.abcde]: other")


def test_no_color_also_means_pipes(owner, app, logger):
    logger.send(app, "hello")
    assert "\x1b[3" in owner("logs", "-a", app).out
    assert "\x1b" not in owner("logs", "-a", app, NO_COLOR="1").out
