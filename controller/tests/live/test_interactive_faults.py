"""Clients that vanish, controllers that die, and terminals that nobody uses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from kit.kube import PODS
from kit.waiting import wait_for

from .conftest import Client, Controller, Postgres, build_controller_env
from .listeners import Listener
from .terminals import PROMPT, SHELL, attach, begin, deploy_shop, play, wait_until_gone

pytestmark = pytest.mark.timeout(150)


@pytest.fixture(scope="module")
def shop(create_app: Callable[..., str], alice: Client) -> str:
    app = create_app(alice)
    deploy_shop(app, alice)
    return app


@pytest.fixture
def second(
    controller: Controller, postgres: Postgres, router: Listener, tmp_path: Path
) -> Iterator[Controller]:
    """Another controller on the same database: two threads for requests, and clients that are soon missed."""
    env = build_controller_env(postgres, "controller", router=router)
    few = {"WEB_THREADS": "2", "WEBSOCKET_PING": "0.5"}
    server = Controller({**env, **few}, log=tmp_path / "log")
    try:
        yield server.start()
    finally:
        server.stop()
        print((tmp_path / "log").read_text()[-20000:])


def test_a_client_that_vanishes_takes_the_run_with_it(shop, alice, kube):
    run = begin(alice, shop, SHELL)

    async def part(terminal):
        await terminal.expect(PROMPT)
        terminal.socket.transport.abort()

    play(run, alice, part)
    wait_until_gone(kube, run)
    wait_for(lambda: alice.get(run["url"]).status == 404, what="its end", timeout=10)


def test_a_client_that_falls_silent_is_missed(shop, alice, kube, second):
    """It has gone to sleep with its machine: the connection stands, and nobody answers pings."""
    run = begin(alice, shop, "yes")
    client = second.client(token=alice.token)

    async def part(terminal):
        await terminal.expect("y\r\ny\r\n")
        terminal.socket.transport.pause_reading()
        await asyncio.to_thread(wait_until_gone, kube, run)
        terminal.socket.transport.abort()

    play(run, client, part)


def test_a_run_nobody_comes_to_is_removed(shop, alice, kube, postgres):
    run = begin(alice, shop, SHELL)
    with postgres.connect("controller") as connection:
        command = (
            "UPDATE deis_run SET held_until = now() WHERE name = %s AND held_until > now() + interval '40 s'"
        )
        assert connection.execute(command, [run["name"]]).rowcount == 1
    wait_until_gone(kube, run, timeout=45)
    assert alice.get(run["url"]).status == 404


def test_a_permission_taken_back_ends_what_it_allowed(shop, alice, controller, kube):
    friend = controller.register("lodger")
    assert alice.post(f"/v2/apps/{shop}/perms", {"username": "lodger"}).status == 201
    run, mine = begin(friend, shop, SHELL), begin(alice, shop, SHELL)

    async def part(terminal):
        await terminal.expect(PROMPT)
        assert (await asyncio.to_thread(alice.delete, f"/v2/apps/{shop}/perms/lodger")).status == 204
        return await terminal.finish()

    assert play(run, friend, part)["reason"] == "deleted"
    wait_until_gone(kube, run)
    assert alice.get(mine["url"]).status == 200
    assert alice.post(f"{mine['url']}/stop").status == 204


def test_kubernetes_keeps_the_deadline_when_no_controller_does(shop, alice, kube, second):
    run = begin(second.client(token=alice.token), shop, SHELL, timeout=7)

    async def part(terminal):
        await terminal.expect(PROMPT)
        await asyncio.to_thread(second.kill)
        with pytest.raises(ConnectionClosed):
            await terminal.finish()

    play(run, second.client(token=alice.token), part)

    def has_ended():
        pod = kube.find(PODS, run["name"], namespace=shop)
        return pod is None or pod["status"].get("reason") == "DeadlineExceeded" or None

    wait_for(has_ended, what="its deadline", timeout=20)


def test_a_controller_dies_and_the_client_goes_on_at_another(shop, alice, second):
    run = begin(second.client(token=alice.token), shop, SHELL)

    async def part(terminal):
        await terminal.expect(PROMPT)
        await terminal.type("word=kept\r")
        await terminal.expect(PROMPT)
        await asyncio.to_thread(second.kill)
        with pytest.raises(ConnectionClosed):
            await terminal.finish()

    async def go_on(terminal):
        await terminal.wait_until("running")
        await terminal.type("echo it was $word; exit\r")
        await terminal.expect("it was kept")
        return await terminal.finish()

    play(run, second.client(token=alice.token), part)
    assert play(run, alice, go_on)["exit_code"] == 0


def test_a_controller_that_restarts_says_so(shop, alice, second):
    run = begin(alice, shop, SHELL)

    async def part(terminal):
        await terminal.expect(PROMPT)
        await asyncio.to_thread(second.stop)
        with pytest.raises(ConnectionClosed):
            await terminal.finish()
        assert terminal.socket.close_code == 1012

    async def go_on(terminal):
        await terminal.wait_until("running")
        await terminal.type("exit 5\r")
        return await terminal.finish()

    play(run, second.client(token=alice.token), part)
    assert play(run, alice, go_on)["exit_code"] == 5


def test_idle_terminals_keep_nobody_waiting(shop, alice, second):
    """More of them than there are threads for requests."""
    client = second.client(token=alice.token)
    runs = [begin(client, shop, SHELL) for _ in range(4)]

    async def scene():
        async with asyncio.TaskGroup() as group:
            ready = asyncio.Barrier(len(runs) + 1)
            for run in runs:
                group.create_task(idle(run, ready))
            await ready.wait()
            started = time.monotonic()
            for _ in range(10):
                answer = await asyncio.to_thread(client.get, f"/v2/apps/{shop}/run")
                assert answer.json["count"] >= len(runs)
            assert time.monotonic() - started < 5
            await ready.wait()

    async def idle(run, ready):
        async with attach(client, run["attach"]) as terminal:
            await terminal.expect(PROMPT)
            await ready.wait()
            await ready.wait()
            await terminal.type("exit\r")
            assert (await terminal.finish())["exit_code"] == 0

    asyncio.run(scene())
