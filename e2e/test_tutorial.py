"""The client's tutorial, followed to the letter: each command is typed at a shell, and says what the page says."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from drive import CHECKOUT, Platform, User

PAGE = CHECKOUT / "docs/cli/tutorial.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PROMPT = re.compile(r"ready (\d+)> \Z")
ASKS = re.compile(r"^(username|password|password \(confirm\)|email): ?(.*)$")
PASSWORD = "a-Tutorial-1"
UNSEEN = re.compile("[.o]{3}\b{3}|remote: (\x1b\\[0;32m---> \x1b\\[0m)?\x1b\\[1G|\x1b\\[[0-9;?]*[a-zA-Z]|\r")
"""What a terminal shows for a moment only: an animation, git's own word for a line, colours."""
PATIENCE = 300.0
"""Seconds for one command."""
DRAINING = 5.0


class Step(NamedTuple):
    """A command, and the lines that the page shows below it."""

    command: str
    lines: tuple[str, ...]

    @property
    def answers(self) -> list[str]:
        """What is typed when the command asks; the page shows no password."""
        asked = filter(None, map(ASKS.match, self.lines))
        return [PASSWORD if found[1].startswith("password") else found[2] for found in asked]

    @property
    def pattern(self) -> str:
        """``…`` stands for anything, on a line of its own for any number of lines; what is typed is not echoed."""
        parts = []
        for line in self.lines:
            if found := ASKS.match(line):
                parts.append(re.escape(f"{found[1]}: ") + ("\n" if found[1].startswith("password") else ""))
            elif line == "…":
                parts.append("(?:.*\n)*?")
            else:
                parts.append(re.escape(line).replace("…", ".*?") + "\n")
        return "".join(parts)

    def is_fulfilled(self, said: str) -> bool:
        return re.fullmatch(self.pattern, said) is not None


def read_steps(text: str) -> list[Step]:
    steps: list[Step] = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line.removeprefix("$ "), ()))
            else:
                steps[-1] = steps[-1]._replace(lines=(*steps[-1].lines, line))
    return steps


class Shell:
    """An interactive bash at a terminal."""

    def __init__(self, env: dict[str, str], directory: Path) -> None:
        self._leader, follower = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "bash", "--norc", "--noediting", "-i"],
            env=env,
            cwd=directory,
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)
        self._type("stty -echo; PS1='ready $?> '")
        self._read_until(re.compile(r"ready 0> \Z"))

    def run(self, step: Step) -> tuple[str, int]:
        """What comes out, and the exit status."""
        self._type(step.command)
        said = ""
        for answer in step.answers:
            said += self._read_until(re.compile(r": \Z"))
            self._type(answer)
        said += self._read_until(PROMPT)
        prompt = PROMPT.search(said)
        assert prompt
        return said[: prompt.start()], int(prompt[1])

    def _type(self, text: str) -> None:
        os.write(self._leader, f"{text}\n".encode())

    def _read_until(self, pattern: re.Pattern[str]) -> str:
        said, until = b"", time.monotonic() + PATIENCE
        while not pattern.search(text := UNSEEN.sub("", said.decode(errors="replace"))):
            ready, _, _ = select.select([self._leader], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{pattern.pattern!r} does not come after {text!r}"
            said += os.read(self._leader, 65536)
        return text

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._leader)


def run_step(shell: Shell, step: Step) -> tuple[str, int]:
    """The same request again for a moment: pods of the release before may still get one."""
    said, status = shell.run(step)
    until = time.monotonic() + DRAINING
    while step.command.startswith("curl ") and not step.is_fulfilled(said) and time.monotonic() < until:
        said, status = shell.run(step)
    return said, status


@pytest.fixture
def newcomer(administrator: User, platform: Platform, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has nothing yet but a copy of this repository."""
    shutil.copytree(CHECKOUT / "examples", tmp_path / "workflow/examples")
    inherited = {name: value for name, value in platform.env.items() if not name.startswith("DEIS_")}
    return inherited | {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "NO_COLOR": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ann",
        "GIT_AUTHOR_EMAIL": "ann@example.com",
        "GIT_COMMITTER_NAME": "Ann",
        "GIT_COMMITTER_EMAIL": "ann@example.com",
        "GIT_SSH_COMMAND": (
            f"ssh -F none -i {tmp_path}/.ssh/id_ed25519 -o IdentitiesOnly=yes -o BatchMode=yes "
            f"-o UserKnownHostsFile={tmp_path}/.ssh/known_hosts -o StrictHostKeyChecking=accept-new"
        ),
    }


@pytest.fixture
def shell(newcomer: dict[str, str], tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(newcomer, tmp_path)
    yield shell
    shell.close()


def test_every_command_of_the_tutorial(shell: Shell, platform: Platform, tmp_path: Path) -> None:
    subprocess.run(("make", "cli"), cwd=CHECKOUT, check=True, capture_output=True)
    shutil.copytree(CHECKOUT / "dist", tmp_path / "workflow/dist")
    names = {
        "http://deis.example.com": platform.controller,
        "example.com": platform.domain,
        "/home/ann": str(tmp_path),
        "shop": platform.name("shop"),
        "ann": platform.name("ann"),
    }
    text = re.sub("|".join(map(re.escape, names)), lambda found: names[found[0]], PAGE.read_text())
    steps = read_steps(text)
    assert len(steps) > 20
    for step in steps:
        said, status = run_step(shell, step)
        assert status == 0, f"{step.command}: status {status}\n{said}"
        assert step.is_fulfilled(said), f"{step.command} says\n{said}\nand not\n{step.pattern}"
