"""Database connections that are cut: operations end once, and who has lost its lock writes nothing any more."""

from __future__ import annotations

import os
import random
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from kit.waiting import wait_for

from .conftest import Controller, build_controller_env
from .kills import Lane, draw_shares, render_table
from .states import Rows, State, read_marks, wait_until_running, write_code
from .test_slice import IDLE, IMAGE

CUTS = 2
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
CUT_ROLE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
STUCK = (
    "SELECT attempt, owner, state, phase FROM deis_operation WHERE app_id = %s AND idempotency_key = 'stuck'"
)
LOST = "is somebody else's now"


@pytest.fixture(scope="module")
def start(postgres, router, tmp_path_factory, kubeconfig):
    """Starts controllers, which end with the tests."""
    started = []

    def start(database, **env):
        values = build_controller_env(postgres, database, router=router) | env
        server = Controller(values, log=tmp_path_factory.mktemp(database) / "log")
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()
        print(server.log.read_text()[-20000:])


@pytest.mark.timeout(200)
def test_cut_connections_lose_nothing_and_double_nothing(start, postgres, kube, namespaces):
    """All backends of the database end in the middle of operations of every kind; their clients learn the true end."""
    postgres.create_database("cut")
    server, rows, chance = start("cut"), Rows(postgres, "cut"), random.Random(1)
    lane = Lane(
        server,
        rows=rows,
        kube=kube,
        chance=chance,
        made=namespaces,
        blow=lambda: rows.ask(CUT, "cut"),
    )
    lane.run(draw_shares(CUTS, chance))
    print(render_table(lane.outcomes, lane.list_lengths()))
    assert [each for each in lane.outcomes if each.end not in ("old", "new")] == []
    assert lane.list_missed() == set()
    assert {each.answer for each in lane.outcomes if each.found == "pending"} <= {201, 204}
    rows.close()


def block(postgres, server, role):
    """The holder's connections end, and it gets no new ones."""
    with postgres.connect() as connection:
        connection.execute(f"ALTER ROLE {role} NOLOGIN")
        connection.execute(CUT_ROLE, [role])


def unblock(postgres, server, role):
    with postgres.connect() as connection:
        connection.execute(f"ALTER ROLE {role} LOGIN")


def put_to_sleep(postgres, server, role):
    os.killpg(server.process.pid, signal.SIGSTOP)


def wake(postgres, server, role):
    os.killpg(server.process.pid, signal.SIGCONT)


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("lose", "come_back"), [(block, unblock), (put_to_sleep, wake)], ids=["cut off", "asleep"]
)
def test_who_has_lost_its_lock_changes_nothing_any_more(start, postgres, kube, namespaces, lose, come_back):
    """Its deploy is taken over and made way for by a rollback; then it is back."""
    database = f"lost_{lose.__name__}"
    postgres.create_database(database)
    role = f"holder_{database}"
    with postgres.connect() as connection:
        connection.execute(f"CREATE ROLE {role} SUPERUSER LOGIN")
    holder, rows = start(database, DEIS_DATABASE_USER=role), Rows(postgres, database)
    client, app = holder.register("loser"), f"ct-{uuid.uuid4().hex[:8]}"
    path = f"/v2/apps/{app}"
    namespaces.append(app)
    assert client.post("/v2/apps", {"id": app}).status == 201
    assert client.post(f"{path}/config", {"values": {"PORT": "5000"}}).status == 201
    assert client.post(f"{path}/builds", write_code(1)).status == 201
    stuck = {"image": IMAGE, "procfile": {"web": IDLE}}
    with ThreadPoolExecutor(1) as pool:
        deploy = pool.submit(
            partial(client.call, "POST", f"{path}/builds", stuck, timeout=100, Idempotency_Key="stuck")
        )
        wait_for(lambda: rows.ask(f"{STUCK} AND phase = 'rolling out'", app), what="the roll-out", timeout=20)
        ((attempt, first, *_),) = rows.ask(STUCK, app)
        other = start(database)
        lose(postgres, holder, role)
        wait_for(lambda: rows.ask(STUCK, app)[0][0] > attempt or None, what="the take-over", timeout=20)
        rescue = other.client(token=client.token, username="loser")
        answer = rescue.post(f"{path}/releases/rollback", {"version": 3})
        assert (answer.status, answer.json) == (201, {"version": 5})
        assert wait_until_running(kube, app) == State(version=5, code="1", count=1)
        marks, stored = read_marks(kube, app), rows.dump(app)
        come_back(postgres, holder, role)
        wait_for(lambda: LOST in holder.log.read_text() or None, what="the holder to notice", timeout=20)
        told = deploy.result()
    assert told.status == 400, told.body
    assert client.get(f"{path}/releases/v4").json["failed"] is True
    ((attempts, second, state, _),) = rows.ask(STUCK, app)
    assert (attempts > attempt, state) == (True, "superseded")
    assert first != second, "the holder took it again"
    assert read_marks(kube, app) == marks
    assert rows.dump(app) == stored
    rows.close()
