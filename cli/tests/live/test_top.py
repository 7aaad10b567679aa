"""``deis top``: what real processes use, as the cluster's metrics-server measures it."""

from __future__ import annotations

import json

import pytest

from deis.waiting import wait_for

from .clustered import IMAGE

BUSY = "trap 'exit 0' TERM; while :; do :; done"
IDLE = "trap 'exit 0' TERM; sleep 1000 & wait"

pytestmark = pytest.mark.timeout(240)


def test_a_busy_and_an_idle_process(owner, app):
    a = ("-a", app)
    assert owner("routing:disable", *a).code == 0
    assert owner("limits:set", "--cpu", "web=50m", *a).code == 0
    assert owner("limits:set", "worker=64M", *a).code == 0
    assert owner("top", *a).out == f"=== {app} Usage\nNothing runs\n"
    built = owner("builds:create", IMAGE, "-p", json.dumps({"web": BUSY, "worker": IDLE}), *a)
    assert built.code == 0, built.err
    scaled = owner("scale", "worker=1", *a)
    assert scaled.code == 0, scaled.err

    def read_table():
        done = owner("top", *a)
        assert done.code == 0, done.err
        lines = done.out.splitlines()
        return None if len(lines) > 4 else [line.split() for line in lines]

    header, titles, web, worker = wait_for(read_table, seconds=90)
    assert header == ["===", app, "Usage"]
    assert titles == ["TYPE", "POD", "CPU", "OF", "LIMIT", "MEMORY", "OF", "LIMIT"]
    names = {pod["type"]: pod["name"] for pod in json.loads(owner("ps", *a, "-o", "json").out)["results"]}
    kind, name, cpu, share, of, limit, memory, none = web
    assert (kind, name, of, limit, none) == ("web", names["web"], "of", "50m", "-")
    assert 25 < int(cpu.removesuffix("m")) < 100
    assert 50 < int(share.removesuffix("%")) < 200
    assert int(memory.removesuffix("M")) > 0
    kind, name, cpu, none, memory, share, of, limit = worker
    assert (kind, name, none, of, limit) == ("worker", names["worker"], "-", "of", "64M")
    assert int(cpu.removesuffix("m")) < 10
    (found,) = json.loads(owner("top", "worker", "--sort=memory", *a, "-o", "json").out)["results"]
    assert (found["name"], found["cpu_limit"], found["memory_limit"]) == (names["worker"], None, 64 * 2**20)
    assert found["memory"] * 100 / found["memory_limit"] == pytest.approx(
        int(share.removesuffix("%")), abs=20
    )
