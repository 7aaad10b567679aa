"""Two controllers side by side on one database and one cluster: nothing is lost, nothing is done twice."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from kit.waiting import wait_for

from .conftest import Controller, build_controller_env
from .states import Rows, wait_until_running, write_code
from .test_slice import IDLE, IMAGE

pytestmark = pytest.mark.timeout(200)

DATABASE = "pair"
HISTORY = """
    SELECT r.version, r.state, r.uuid::text, c.values, coalesce(b.procfile->>'web', '')
    FROM deis_release r JOIN deis_config c ON c.uuid = r.config_id LEFT JOIN deis_build b ON b.uuid = r.build_id
    WHERE r.app_id = %s ORDER BY r.version
"""
MAKERS = """
    SELECT release_id::text FROM deis_operation
    WHERE app_id = %s AND kind IN ('build', 'config', 'rollback') AND release_id IS NOT NULL
"""
STRAY = """
    SELECT (SELECT count(*) FROM deis_config c WHERE app_id = %s
              AND NOT EXISTS (SELECT 1 FROM deis_release r WHERE r.config_id = c.uuid))
         + (SELECT count(*) FROM deis_build b WHERE app_id = %s
              AND NOT EXISTS (SELECT 1 FROM deis_release r WHERE r.build_id = b.uuid))
"""
"""Configs and builds that no release has."""
WINNING = """
    SELECT extract(epoch FROM old.finished - new.created)::float, extract(epoch FROM new.started - new.created)::float,
      old.owner, new.owner
    FROM deis_operation new JOIN deis_operation old ON old.superseded_by = new.uuid
    WHERE new.app_id = %s AND new.kind = 'rollback' AND old.kind = 'build'
"""
ROLLING = "SELECT 1 FROM deis_operation WHERE app_id = %s AND state = 'running' AND phase = 'rolling out'"


@pytest.fixture(scope="module")
def pair(postgres, router, tmp_path_factory, kubeconfig):
    """They start, and migrate their database, at the same time."""
    postgres.create_database(DATABASE)
    env = build_controller_env(postgres, DATABASE, router=router)
    logs = [tmp_path_factory.mktemp(DATABASE) / "log" for _ in range(2)]
    servers = [Controller(env, log=log) for log in logs]
    try:
        with ThreadPoolExecutor(2) as pool:
            yield list(pool.map(Controller.start, servers))
    finally:
        for server in servers:
            server.stop()
            print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def clients(pair):
    """The same user at both."""
    first = pair[0].register("twin")
    return [first, pair[1].client(token=first.token, username="twin")]


@pytest.fixture(scope="module")
def rows(pair, postgres):
    rows = Rows(postgres, DATABASE)
    yield rows
    rows.close()


@pytest.fixture(scope="module")
def app(clients, namespaces):
    name = f"ct-{uuid.uuid4().hex[:8]}"
    namespaces.append(name)
    assert clients[0].post("/v2/apps", {"id": name}).status == 201
    values = {"PORT": "5000", "DEIS_DEPLOY_TIMEOUT": "90"}
    assert clients[1].post(f"/v2/apps/{name}/config", {"values": values}).status == 201
    assert clients[0].post(f"/v2/apps/{name}/builds", write_code(0)).status == 201
    return name


def test_nothing_is_lost_under_concurrent_requests(clients, rows, app, kube):
    """Each is done as if it were alone, or refused and then nowhere to be found."""
    path = f"/v2/apps/{app}"
    wanted = [
        *((f"{path}/config", {"values": {f"KEY{number}": "x"}}) for number in range(4)),
        (f"{path}/builds", write_code(1)),
        (f"{path}/scale", {"web": 2}),
        (f"{path}/config", {"tags": {"no-such-label": "anywhere"}}),
        (f"{path}/releases/rollback", {"version": 77}),
        (f"{path}/scale", {"nobody": 1}),
    ]
    with ThreadPoolExecutor(len(wanted)) as pool:
        asked = [
            pool.submit(partial(clients[number % 2].post, address, data, timeout=120))
            for number, (address, data) in enumerate(wanted)
        ]
        answers = [each.result() for each in asked]
    statuses = [answer.status for answer in answers]
    assert statuses[6:] == [400, 400, 404]
    assert statuses[5] == 204
    accepted = {f"KEY{number}" for number in range(4) if statuses[number] == 201}
    assert {*statuses[:5]} <= {201, 400, 409}, [answer.body for answer in answers]
    assert statuses[:5].count(201) >= 4, "only what ran when the scale came may have made way"

    history = rows.ask(HISTORY, app)
    assert [version for version, *_ in history] == list(range(1, len(history) + 1))
    known: set[str] = set()
    for version, state, _, values, _ in history:
        assert state in ("good", "failed")
        if state == "good":
            assert known <= set(values), f"v{version} has lost something"
            known = set(values)
    assert known == {"PORT", "DEIS_DEPLOY_TIMEOUT", *accepted}
    assert sorted(release for (release,) in rows.ask(MAKERS, app)) == sorted(
        uuid for _, _, uuid, *_ in history[1:]
    )
    assert rows.ask(STRAY, app, app) == [(0,)]

    assert clients[1].get(f"{path}/config").json["values"].keys() == known
    assert clients[1].get(path).json["structure"]["web"] == 2
    running = wait_until_running(kube, app)
    good = [(version, uuid) for version, state, uuid, *_ in history if state == "good"]
    assert (running.version, running.release) == good[-1]
    assert (running.count, running.code) == (2, "1" if statuses[4] == 201 else "0")


def test_a_rollback_wins_over_a_stuck_deploy_within_a_second(clients, rows, app, kube):
    """The deploy is one controller's, the rollback is asked of the other."""
    path = f"/v2/apps/{app}"
    good = rows.ask(HISTORY, app)[-1][0]
    stuck = {"image": IMAGE, "procfile": {"web": IDLE}}
    with ThreadPoolExecutor(1) as pool:
        deploy = pool.submit(partial(clients[0].post, f"{path}/builds", stuck, timeout=120))
        wait_for(lambda: rows.ask(ROLLING, app), what="the roll-out", timeout=20)
        began = time.monotonic()
        answer = clients[1].post(f"{path}/releases/rollback", {"version": good})
        print(f"the rollback has taken {time.monotonic() - began:.2f} s, until its pods serve")
        assert (answer.status, answer.json) == (201, {"version": good + 2})
        told = deploy.result()
    assert told.status == 400, told.body
    ((ended, started, *owners),) = rows.ask(WINNING, app)
    print(
        f"the deploy has ended {ended:.3f} s after the request, the rollback begun after {started:.3f} s: {owners}"
    )
    assert max(ended, started) < 1
    running = wait_until_running(kube, app)
    assert (running.version, running.count) == (good + 2, 2)
