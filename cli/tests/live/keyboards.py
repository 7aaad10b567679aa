"""Somebody at the keyboard of bash, zsh or fish: keys go into a real terminal, and what the shell runs comes out."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SHELLS = ("bash", "zsh", "fish")
PATIENCE = 20.0
START = {
    "bash": ("bash", "--noprofile", "--rcfile", "{rc}", "-i"),
    "zsh": ("zsh", "-d", "-i"),
    "fish": ("fish", "-i"),
}
SETUP = {
    "bash": "PS1='ready''> '\nbind 'set bell-style none'\n",
    "zsh": "PS1='ready''> '\nunsetopt beep\nunset zle_bracketed_paste\n",
    "fish": "function fish_prompt; echo -n 'ready''> '; end\nset fish_greeting\nset -g fish_autosuggestion_enabled 0\n",
}
RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
ENDED = "ran:"
RECORDER = """#!/bin/sh
[ "$1" = completion ] && exec {python} -m deis "$@"
printf 'ran:'
printf '[%s]' "$@"
echo .
"""
"""What `deis` is for the shell: completion is the program's own, any other command is shown and not run."""
QUESTION = re.compile(rb"\x1b\[0?c")
"""What a shell asks the terminal: of what kind it is."""


class Keyboard:
    """One interactive shell that has sourced the completion script."""

    def __init__(self, shell: str, program: Any, *, setup: str = "") -> None:
        found = shutil.which(shell)
        if found is None:
            pytest.fail(f"{shell} is not here; the live tests run in the test image, python3 scripts/live.py")
        home: Path = program.home
        programs, rc = home / "programs", home / RC[shell]
        programs.mkdir(exist_ok=True)
        (programs / "deis").write_text(RECORDER.format(python=sys.executable))
        (programs / "deis").chmod(0o755)
        rc.parent.mkdir(parents=True, exist_ok=True)
        script = home / f"completion.{shell}"
        script.write_text(program("completion", shell).out)
        rc.write_text(f"{SETUP[shell]}{setup}\nsource {script}\n")
        env = {
            **program.env,
            "PATH": f"{programs}:{program.env['PATH']}",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        self._leader, follower = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *(word.format(rc=rc) for word in START[shell])],
            cwd=program.directory,
            env=env,
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)
        self.said = ""
        self.expect("ready> ")

    def press(self, keys: str) -> None:
        os.write(self._leader, keys.encode())

    def expect(self, text: str) -> str:
        """What the terminal got up to the text, and the text; it is forgotten."""
        until = time.monotonic() + PATIENCE
        while text not in self.said:
            ready, _, _ = select.select([self._leader], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{text!r} does not come after {self.said!r}"
            self.said += self._read()
        before, _, self.said = self.said.partition(text)
        return before + text

    def _read(self) -> str:
        data = os.read(self._leader, 65536)
        if QUESTION.search(data):
            os.write(self._leader, b"\x1b[?62;22c")
        return data.decode(errors="replace")

    def run(self, keys: str) -> list[str]:
        """Press the keys, then Enter: the words that `deis` is then run with."""
        self.press(f"{keys}\r")
        self.expect(ENDED)
        words = self.expect("].\r\n").removesuffix("].\r\n").removeprefix("[")
        self.expect("ready> ")
        return words.split("][")

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._leader)
