"""``deis run`` at a terminal, as somebody uses it: keys, the window, Ctrl-C, Ctrl-D, and the exit code."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.kube import Kube

from .conftest import ROOT, Client, Controller, Postgres, build_controller_env
from .listeners import Listener
from .terminals import PROMPT, SHELL, deploy_shop, wait_until_gone

pytestmark = pytest.mark.timeout(150)

PATIENCE = 45


@pytest.fixture(scope="module")
def shop(create_app: Callable[..., str], alice: Client) -> str:
    app = create_app(alice)
    deploy_shop(app, alice)
    return app


class Screen:
    """The program in a terminal of its own."""

    def __init__(self, command: list[str], *, env: dict[str, str]) -> None:
        self.leader, follower = pty.openpty()
        self.resize(columns=132, rows=43)
        self.before = termios.tcgetattr(self.leader)
        own = ["setsid", "--ctty", *command]  # or the program is not told of new sizes
        self.process = subprocess.Popen(own, stdin=follower, stdout=follower, stderr=follower, env=env)
        os.close(follower)
        self.said = ""

    def resize(self, *, columns: int, rows: int) -> None:
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self.leader, keys.encode())

    def expect(self, text: str) -> str:
        until = time.monotonic() + PATIENCE
        while text not in self.said:
            ready, _, _ = select.select([self.leader], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"nothing is seen any more after {self.said!r}"
            self.said += os.read(self.leader, 65536).decode(errors="replace")
        before, _, self.said = self.said.partition(text)
        return before + text

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.leader)


@pytest.fixture
def open_screen(shop: str, tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """Runs ``deis run`` as one user of a controller."""
    opened: list[Screen] = []

    def run(client: Client, command: str) -> Screen:
        profile = {"username": "alice", "ssl_verify": True, "controller": client.url, "token": client.token}
        (tmp_path / ".deis").mkdir(exist_ok=True)
        (tmp_path / ".deis/client.json").write_text(json.dumps({**profile, "response_limit": 0}))
        env = {
            "HOME": str(tmp_path),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "cli"),
            "TERM": "screen-256color",
        }
        screen = Screen([sys.executable, "-m", "deis", "run", "-a", shop, "--", command], env=env)
        opened.append(screen)
        return screen

    yield run
    for screen in opened:
        screen.close()


def find_run(client: Client, app: str) -> dict[str, str]:
    (run,) = client.get(f"/v2/apps/{app}/run").json["results"]
    return {"app": app, "name": run["name"]}


def test_a_shell_by_hand(open_screen, alice):
    screen = open_screen(alice, SHELL)
    assert screen.expect(PROMPT).startswith(f"Running '{SHELL}'...\r\n")
    screen.type("stty size; echo $TERM: größer\r")
    said = screen.expect("screen-256color: größer")
    assert "43 132" in said
    screen.resize(columns=90, rows=30)
    screen.type("until [ \"$(stty size)\" = '30 90' ]; do :; done; echo resi''zed\r")
    screen.expect("resized")
    screen.type("bash -c 'echo slee''ping; exec sleep 1000'\r")
    screen.expect("sleeping")
    screen.type("\x03")
    screen.expect(PROMPT)
    screen.type("(exit 7)\r")
    screen.expect(PROMPT)  # the end of input means nothing to a shell that does not read yet
    screen.type("\x04")
    assert screen.process.wait(PATIENCE) == 7
    assert termios.tcgetattr(screen.leader) == screen.before


def test_what_is_typed_before_the_pod_is_there_is_not_lost(open_screen, alice):
    screen = open_screen(alice, "read -r line; echo got:$line; exit 5")
    screen.expect("Running")
    screen.type("early\r")
    screen.expect("got:early")
    assert screen.process.wait(PATIENCE) == 5


def test_a_program_that_is_killed_leaves_the_terminal_usable_and_no_pod(open_screen, alice, shop, kubeconfig):
    screen = open_screen(alice, SHELL)
    screen.expect(PROMPT)
    run = find_run(alice, shop)
    screen.process.send_signal(signal.SIGTERM)
    assert screen.process.wait(PATIENCE) == 128 + signal.SIGTERM
    assert termios.tcgetattr(screen.leader) == screen.before
    wait_until_gone(Kube.load({"KUBECONFIG": str(kubeconfig)}), run)


def test_a_controller_that_restarts_is_hardly_noticed(
    open_screen, alice: Client, postgres: Postgres, router: Listener, tmp_path: Path
) -> None:
    env = build_controller_env(postgres, "controller", router=router)
    second = Controller(env, log=tmp_path / "log").start()
    try:
        screen = open_screen(second.client(token=alice.token), SHELL)
        screen.expect(PROMPT)
        screen.type("word=kept\r")
        screen.expect(PROMPT)
        second.kill()
        second.start()
        screen.type("echo it was $word\r")
        screen.expect("it was kept")
        screen.type("exit 4\r")
        assert screen.process.wait(PATIENCE) == 4
    finally:
        second.stop()
        print((tmp_path / "log").read_text()[-20000:])


def test_why_it_ended_is_told(open_screen, alice, shop):
    screen = open_screen(alice, SHELL)
    screen.expect(PROMPT)
    run = find_run(alice, shop)
    assert alice.post(f"/v2/apps/{shop}/run/{run['name']}/stop").status == 204
    screen.expect(" was ")
    assert screen.process.wait(PATIENCE) > 0


def test_input_that_is_no_terminal_is_answered_in_the_end(open_screen, alice, shop, tmp_path):
    screen = open_screen(alice, "exit 0")
    screen.process.wait(PATIENCE)
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "cli")}
    command = [sys.executable, "-m", "deis", "run", "-a", shop, "echo plain; tty; exit 3"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    expected = "Running 'echo plain; tty; exit 3'...\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, expected, "plain\nnot a tty\n")
