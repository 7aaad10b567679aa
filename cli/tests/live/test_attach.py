"""An interactive run that is left and come back to, as somebody does it: ``run``, ``~d``, ``runs``, ``attach``, ``stop``."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .clustered import IMAGE

SHELL = "PS1='ready''> ' bash --norc --noprofile"
PROMPT = "ready> "
IDLE = "trap 'exit 0' TERM; sleep 1000 & wait"
PATIENCE = 45

pytestmark = pytest.mark.timeout(200)


class Screen:
    """`deis` in a terminal of its own."""

    def __init__(self, program: Any, *words: str) -> None:
        self.leader, follower = pty.openpty()
        self.before = termios.tcgetattr(self.leader)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-m", "deis", *words],
            cwd=program.directory,
            env=program.env,
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)
        self.said = ""

    def type(self, keys: str) -> None:
        os.write(self.leader, keys.encode())

    def expect(self, text: str) -> str:
        """What was shown up to and with the text; it is forgotten."""
        until = time.monotonic() + PATIENCE
        while text not in self.said:
            ready, _, _ = select.select([self.leader], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"nothing is seen any more after {self.said!r}"
            self.said += self._read()
        before, _, self.said = self.said.partition(text)
        return before + text

    def _read(self) -> str:
        try:
            return os.read(self.leader, 65536).decode(errors="replace")
        except OSError:  # the program at the other end is gone
            raise AssertionError(f"it ended, code {self.process.wait()}, after {self.said!r}") from None

    def end(self) -> int:
        """The exit code; the terminal must be as it was."""
        code = self.process.wait(PATIENCE)
        assert termios.tcgetattr(self.leader) == self.before
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.leader)


@pytest.fixture
def open_screen(owner: Any) -> Iterator[Callable[..., Screen]]:
    opened: list[Screen] = []

    def open_one(*words: str) -> Screen:
        opened.append(Screen(owner, *words))
        return opened[-1]

    yield open_one
    for screen in opened:
        screen.close()


@pytest.fixture
def shop(owner: Any, app: str) -> str:
    """An app with a release, whose one process only waits."""
    assert owner("routing:disable", "-a", app).code == 0
    built = owner("builds:create", IMAGE, "-p", json.dumps({"web": IDLE}), "-a", app)
    assert built.code == 0, built.err
    return app


def test_a_run_goes_on_without_its_user_who_comes_back(owner, shop, open_screen):
    screen = open_screen("run", "-a", shop, "--", SHELL)
    screen.expect(PROMPT)
    screen.type("kept=treasure\r")
    screen.expect(PROMPT)
    screen.type("~d")
    told = screen.expect(f" -a {shop}' comes back to it")
    (name,) = re.findall(rf"'deis apps:attach ({shop}-run-\w+) -a", told)
    assert screen.end() == 0

    lines = owner("apps:runs", "-a", shop).out.splitlines()
    assert lines[0] == f"=== {shop} Runs"
    assert re.split(r" {2,}", lines[1]) == ["NAME", "BY", "CREATED", "UNTIL", "COMMAND"]
    assert lines[2].startswith(f"{name}  ")
    assert lines[2].endswith(f"Z  {SHELL}")
    (found,) = json.loads(owner("apps:runs", "-a", shop, "-o", "json").out)["results"]
    assert (found["name"], found["started"], found["detached"]) == (name, True, True)
    assert name in [pod["name"] for pod in json.loads(owner("top", "-a", shop, "-o", "json").out)["results"]]

    again = open_screen("apps:attach", "-a", shop)
    again.type("\r")
    again.expect(PROMPT)
    again.type("~d")
    again.expect(f"'deis apps:attach {name} -a {shop}' comes back to it")
    assert again.end() == 0

    last = open_screen("apps:attach", name, "-a", shop)
    last.type("echo found:$kept; exit 4\r")
    last.expect("found:treasure")
    assert last.end() == 4
    assert owner("apps:runs", "-a", shop).out == f"=== {shop} Runs\n"
    gone = open_screen("apps:attach", "-a", shop)
    gone.expect(f"Error: {shop} has 0 interactive runs: no interactive run goes on\r\n")
    assert gone.end() == 1


def test_which_run_is_meant_and_its_end(owner, shop, open_screen):
    screens = [open_screen("run", "-a", shop, "--", SHELL) for _ in range(2)]
    for screen in screens:
        screen.expect(PROMPT)
        screen.type("\r")
        screen.expect(PROMPT)
    screens[0].type("~d")
    told = screens[0].expect(" comes back to it")
    (left,) = re.findall(r"deis apps:attach (\S+)", told)
    unclear = open_screen("apps:attach", "-a", shop)
    unclear.expect(f"Error: {shop} has 2 interactive runs: name one of them, see 'deis apps:runs'\r\n")
    assert unclear.end() == 1
    piped = owner("apps:attach", left, "-a", shop)
    assert (piped.code, piped.err) == (1, "Error: a run is attached to a terminal, and this is none\n")

    watching = open_screen("apps:attach", left, "-a", shop)
    watching.type("echo here:$((6*7))\r")
    watching.expect("here:42")
    assert owner("apps:stop", left, "-a", shop).out == f"Stopping {left}... done\n"
    watching.expect("The run was removed\r\n")
    assert watching.end() == 137
    screens[1].type("exit 3\r")
    assert screens[1].end() == 3
