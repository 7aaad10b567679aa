"""Terminals of one-off pods, with a real client and real pods."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed

from kit.kube import PODS
from kit.waiting import wait_for

from .conftest import Client
from .terminals import (
    CLOSE,
    DETACH,
    ERRORS,
    INPUT,
    OUTPUT,
    PROMPT,
    RESIZE,
    SHELL,
    SIGNAL,
    attach,
    begin,
    deploy_shop,
    get_refusal,
    play,
    wait_until_gone,
)

pytestmark = pytest.mark.timeout(150)


@pytest.fixture(scope="module")
def shop(create_app: Callable[..., str], alice: Client) -> str:
    app = create_app(alice)
    deploy_shop(app, alice)
    return app


def test_a_shell_in_a_window(shop, alice, kube):
    run = begin(alice, shop, SHELL, term="xterm-256color")
    assert alice.get(f"/v2/apps/{shop}/run").json["results"] == [run]
    assert [pod["type"] for pod in alice.get(f"/v2/apps/{shop}/pods").json["results"]] == ["cmd"]

    async def part(terminal):
        await terminal.expect(PROMPT)
        await terminal.type("stty size; echo $TERM $DEIS_APP $COLOUR\r")
        said = await terminal.expect("rot>")
        assert "43 132" in said
        assert f"xterm-256color {shop} grün & <rot>" in said
        await terminal.send(RESIZE, b'{"columns": 90, "rows": 30}')
        await terminal.expect(PROMPT)
        await terminal.type("until [ \"$(stty size)\" = '30 90' ]; do :; done; echo resi''zed\r")
        await terminal.expect("resized")
        await terminal.type("bash -c 'echo slee''ping; exec sleep 1000'\r")
        await terminal.expect("sleeping")
        await terminal.type("\x03")
        await terminal.expect(PROMPT)
        await terminal.type("echo status $?\r")
        await terminal.expect("status 130")
        await terminal.expect(PROMPT)
        await terminal.type("(exit 3)\r")
        await terminal.expect(PROMPT)  # the end of input means nothing to a shell that does not read yet
        await terminal.type("\x04")
        return await terminal.finish()

    size = {**run, "attach": f"{run['attach']}?columns=132&rows=43"}
    ended = play(size, alice, part)
    assert ended == {"exit_code": 3, "reason": "exited", "message": "exit code 3"}
    wait_until_gone(kube, run)
    wait_for(lambda: not alice.get(f"/v2/apps/{shop}/run").json["count"], what="no run", timeout=10)
    assert alice.get(run["url"]).status == 404


def test_ctrl_c_ends_a_command_that_is_not_in_a_shell(shop, alice):
    async def part(terminal):
        await terminal.wait_until("running")
        await terminal.expect("here")
        await terminal.type("\x03")
        return await terminal.finish()

    ended = play(begin(alice, shop, "echo here; exec sleep 1000"), alice, part)
    assert (ended["exit_code"], ended["reason"]) == (130, "exited")


def test_nothing_of_a_quick_command_is_lost(shop, alice):
    async def part(terminal):
        ended = await terminal.finish()
        return ended["exit_code"], terminal.said[OUTPUT], terminal.said.get(ERRORS)

    assert play(begin(alice, shop, "echo first; no-such-program"), alice, part)[0] == 127
    # in long lines: containerd before 1.7 stops reading what it has not yet logged, line by line, when a program ends
    said = play(begin(alice, shop, "printf '%06000d\\n' $(seq 10)", tty=False), alice, part)
    assert said == (0, "".join(f"{n:06000}\n" for n in range(1, 11)).encode(), None)


def test_input_and_errors_apart_without_a_terminal(shop, alice):
    data = os.urandom(1024) * 3000

    async def part(terminal):
        piping = asyncio.create_task(terminal.send(INPUT, b"a line\n"))
        await piping
        await terminal.pipe(data)
        ended = await terminal.finish()
        return ended["exit_code"], terminal.said[OUTPUT], terminal.said[ERRORS]

    command = "read -r line; echo $line >&2; wc -c; exit 4"
    run = begin(alice, shop, command, tty=False)
    assert play(run, alice, part) == (4, f"{len(data)}\n".encode(), b"a line\n")


def test_signals_reach_what_is_in_the_foreground(shop, alice):
    async def trapped(terminal):
        await terminal.expect("waiting")
        await terminal.send(SIGNAL, b"USR1")
        await terminal.expect("caught")
        return await terminal.finish()

    command = "trap 'echo caught; exit 9' USR1; echo waiting; while :; do sleep 1; done"
    assert play(begin(alice, shop, command), alice, trapped)["exit_code"] == 9

    async def ended(terminal):
        await terminal.wait_until("running")
        await terminal.expect("waiting")
        await terminal.send(SIGNAL, b"SIGTERM")
        return await terminal.finish()

    run = begin(alice, shop, "echo waiting; exec sleep 1000", tty=False)
    end = play(run, alice, ended)
    assert (end["exit_code"], end["message"]) == (143, "killed by signal 15 (exit code 143)")


def test_detached_taken_over_and_stopped(shop, alice, kube):
    run = begin(alice, shop, SHELL)

    async def leave(terminal):
        await terminal.expect(PROMPT)
        await terminal.type("word=kept\r")
        await terminal.expect(PROMPT)
        await terminal.send(DETACH)
        await terminal.wait_until("detached")
        await terminal.socket.wait_closed()
        assert terminal.socket.close_code == 1000

    play(run, alice, leave)
    found = alice.get(run["url"]).json
    assert (found["detached"], found["started"]) == (True, True)

    async def come_back(terminal):
        await terminal.wait_until("running")
        await terminal.type("echo it was $word\r")
        await terminal.expect("it was kept")
        async with attach(alice, run["attach"]) as newer:
            with pytest.raises(ConnectionClosed):
                await terminal.finish()
            assert terminal.socket.close_code == 4001
            await newer.type("echo still $word\r")
            await newer.expect("still kept")
            answer = await asyncio.to_thread(alice.post, f"{run['url']}/stop")
            assert answer.status == 204
            return await newer.finish()

    assert play(run, alice, come_back)["reason"] == "deleted"
    wait_until_gone(kube, run)


def test_what_a_detached_run_said_is_still_told(shop, alice, kube):
    run = begin(alice, shop, "read -r x; echo done with $x; exit 6")

    async def leave(terminal):
        await terminal.wait_until("running")
        await terminal.type("this\r")
        await terminal.send(DETACH)
        await terminal.wait_until("detached")

    def has_ended():
        pod = kube.get(PODS, run["name"], namespace=shop)
        return pod["status"].get("phase") == "Failed" or None

    async def come_back(terminal):
        ended = await terminal.finish()
        return ended["exit_code"], terminal.said[OUTPUT]

    play(run, alice, leave)
    wait_for(has_ended, what="its end", timeout=30)
    code, said = play(run, alice, come_back)
    assert code == 6
    assert b"done with this\r\n" in said
    wait_until_gone(kube, run)


def test_the_deadline(shop, alice, kube):
    run = begin(alice, shop, SHELL, timeout=6)
    started = time.monotonic()
    ended = play(run, alice, lambda terminal: terminal.finish())
    assert (ended["exit_code"], ended["reason"]) == (124, "deadline")
    assert time.monotonic() - started < 12
    wait_until_gone(kube, run)


def test_a_deploy_leaves_terminals_alone(shop, alice):
    async def part(terminal):
        await terminal.expect(PROMPT)
        answer = await asyncio.to_thread(
            alice.call, "POST", f"/v2/apps/{shop}/config", {"values": {"A": "1"}}, timeout=100
        )
        assert answer.status == 201, answer.body
        await terminal.type("echo still he''re; exit\r")
        await terminal.expect("still here")
        return await terminal.finish()

    assert play(begin(alice, shop, SHELL), alice, part)["exit_code"] == 0


def test_nonsense_is_answered_with_a_sentence(shop, alice, kube):
    run = begin(alice, shop, SHELL)

    async def part(terminal):
        await terminal.send(RESIZE, b"wide")
        with pytest.raises(ConnectionClosed):
            await terminal.finish()
        return terminal.socket.close_code, terminal.socket.close_reason

    assert play(run, alice, part) == (1008, 'A window\'s size is {"columns": 80, "rows": 24}')
    wait_until_gone(kube, run)


def test_terminals_are_for_whom_they_were_begun(shop, alice, bob, admin, controller):
    run = begin(alice, shop, SHELL)
    nobody = controller.client()
    friend = controller.register("visitor")
    assert alice.post(f"/v2/apps/{shop}/perms", {"username": "visitor"}).status == 201
    statuses = {
        who: asyncio.run(get_refusal(client, run["attach"]))
        for who, client in {"nobody": nobody, "bob": bob, "friend": friend, "admin": admin}.items()
    }
    assert statuses == {"nobody": 401, "bob": 403, "friend": 404, "admin": 404}
    assert asyncio.run(get_refusal(alice, f"/v2/apps/{shop}/run/nothing/attach")) == 404
    assert asyncio.run(get_refusal(alice, f"/v2/apps/{shop}x/run/nothing/attach")) == 404
    assert asyncio.run(get_refusal(alice, "/nowhere")) == 404
    plain = alice.get(run["attach"])
    assert (plain.status, plain.headers["Upgrade"]) == (426, "websocket")
    assert [client.get(run["url"]).status for client in (bob, friend, admin)] == [403, 404, 200]
    assert [client.post(f"{run['url']}/stop").status for client in (bob, friend)] == [403, 404]
    assert friend.get(f"/v2/apps/{shop}/run").json["count"] == 0
    assert admin.post(f"{run['url']}/stop").status == 204


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"command": ""}, {"detail": "command is a required field"}),
        ({"timeout": 0}, {"detail": "timeout must be a number of seconds from 1 to 86400"}),
        ({"timeout": 86401}, {"detail": "timeout must be a number of seconds from 1 to 86400"}),
        ({"timeout": "soon"}, {"timeout": ["A valid integer is required."]}),
        ({"tty": "perhaps"}, {"tty": ["Must be a valid boolean."]}),
        ({"term": "$(id)"}, {"term": ["This value does not match the required pattern."]}),
        ({"interactive": "perhaps"}, {"interactive": ["Must be a valid boolean."]}),
    ],
)
def test_what_can_not_be_begun(shop, alice, fields, problem):
    body = {"command": "ls", "interactive": True, **fields}
    answer = alice.post(f"/v2/apps/{shop}/run", body)
    assert (answer.status, answer.json) == (400, problem)
    assert json.dumps(alice.get(f"/v2/apps/{shop}/run").json["results"]) == "[]"


def test_an_ordinary_run_is_as_it_was(shop, alice):
    for flag in (False, None):
        body = {"command": "tty; exit 2", "interactive": flag}
        answer = alice.call("POST", f"/v2/apps/{shop}/run", body, timeout=60)
        assert (answer.status, answer.json) == (200, {"exit_code": 2, "output": "not a tty\n"})


def test_without_a_build_there_is_nothing_to_run(app, alice):
    answer = alice.post(f"/v2/apps/{app}/run", {"command": "ls", "interactive": True})
    detail = "No build associated with this release to run this command"
    assert (answer.status, answer.json) == (400, {"detail": detail})


def test_the_end_of_input_is_ctrl_d_in_a_terminal(shop, alice):
    async def part(terminal):
        await terminal.wait_until("running")
        await terminal.send(CLOSE, b"\0")
        return await terminal.finish()

    assert play(begin(alice, shop, "cat; exit 8"), alice, part)["exit_code"] == 8
