"""kill -9 of the whole controller in the middle of everything it does: each end is wholly old or wholly new.

Here in a short form; ``make soak`` is the long one.
"""

from __future__ import annotations

import os
import random
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from kit.waiting import wait_for

from .acts import KINDS
from .conftest import Controller, build_controller_env
from .kills import Lane, draw_shares, render_table
from .states import Rows, write_code

KILLS = int(os.environ.get("SOAK_KILLS") or 2)
ENOUGH = 20
"""Kills from which on their spread over the operations' lengths can be judged."""
LANES = int(os.environ.get("SOAK_LANES") or 1)
"""Controllers that are killed side by side."""
SEED = os.environ.get("SOAK_SEED") or "20261125"


@pytest.fixture(scope="module")
def start(postgres, router, tmp_path_factory, kubeconfig):
    """Starts controllers that may be killed, with a database of their own each: a master and two workers."""

    @contextmanager
    def start(database):
        postgres.create_database(database)
        log = tmp_path_factory.mktemp(database) / "log"
        env = build_controller_env(postgres, database, router=router) | {"GUNICORN_WORKERS": "2"}
        server = Controller(env, log=log).start()
        rows = Rows(postgres, database)
        try:
            yield server, rows
        finally:
            rows.close()
            server.stop()
            print(log.read_text()[-20000:])

    return start


@pytest.mark.timeout(200 + 60 * KILLS)
def test_every_end_is_wholly_old_or_wholly_new(start, kube, namespaces):
    print(f"seed {SEED}: {KILLS} kills on {LANES} controllers, at {len(KINDS)} operations each")
    lanes = []

    def run(number):
        kills = KILLS // LANES + (number < KILLS % LANES)
        chance = random.Random(f"{SEED}-{number}")
        with start(f"killed{number}") as (server, rows):
            lane = Lane(
                server,
                rows=rows,
                kube=kube,
                chance=chance,
                made=namespaces,
                blow=server.kill,
                mend=server.start,
            )
            lanes.append(lane)
            lane.run(draw_shares(kills, chance))

    with ThreadPoolExecutor(LANES) as pool:
        runs = [pool.submit(run, number) for number in range(LANES)]
    outcomes = [outcome for lane in lanes for outcome in lane.outcomes]
    print(render_table(outcomes, lanes[0].list_lengths()))
    for each in runs:
        each.result()
    assert [each for each in outcomes if each.end not in ("old", "new")] == []
    assert len(outcomes) >= KILLS * len(KINDS)
    assert set.intersection(*(lane.list_missed() for lane in lanes)) == set()
    if KILLS >= ENOUGH:
        hits = sum(each.found == "pending" for each in outcomes)
        assert hits >= len(outcomes) * 0.5, hits


def list_workers(server):
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(child) for child in children.split()]


def push(client, app, key):
    """What the builder does: the same request with the same key until there is an answer."""

    def attempt():
        try:
            path = f"/v2/apps/{app}/builds"
            answer = client.call("POST", path, write_code(1), timeout=60, Idempotency_Key=key)
        except OSError:
            return None
        return answer if answer.status not in (502, 503, 504) else None

    return wait_for(attempt, what="an answer", timeout=60, interval=0.1)


@pytest.mark.timeout(120)
def test_dead_workers_hold_nobody_up(start, namespaces):
    """Their master knows that they are dead: what they were at goes on before any lease runs out."""
    with start("workers") as (server, rows), ThreadPoolExecutor(1) as pool:
        client = server.register("killer")
        name = f"ct-{uuid.uuid4().hex[:8]}"
        namespaces.append(name)
        assert client.post("/v2/apps", {"id": name}).status == 201
        assert client.post(f"/v2/apps/{name}/config", {"values": {"PORT": "5000"}}).status == 201
        answer = pool.submit(push, client, name, "worker")
        rolling = "SELECT 1 FROM deis_operation WHERE idempotency_key = 'worker' AND phase = 'rolling out'"
        wait_for(lambda: rows.ask(rolling), what="the roll-out", timeout=10)
        for worker in list_workers(server):
            os.kill(worker, signal.SIGKILL)
        assert answer.result().status == 201
        (release,) = rows.list_releases(name)[2:]
        assert release.code == "1"
        ((attempts,),) = rows.ask("SELECT attempt FROM deis_operation WHERE idempotency_key = 'worker'")
        assert attempts == 2
