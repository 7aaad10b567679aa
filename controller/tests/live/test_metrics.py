"""What Prometheus reads, of all workers together. Source: the manual, "Metrics"."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kit.waiting import wait_for
from loopback import find_port

from .conftest import Controller, build_controller_env

WORKERS = 2


@pytest.fixture(scope="module")
def port():
    return find_port()


@pytest.fixture(scope="module")
def own(postgres, router, tmp_path_factory, port):
    """A controller whose counts are its own, with two workers."""
    postgres.create_database("metrics")
    env = build_controller_env(postgres, "metrics", router=router)
    env |= {"GUNICORN_WORKERS": str(WORKERS), "METRICS_PORT": str(port)}
    server = Controller(env, log=tmp_path_factory.mktemp("metrics") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def client(own):
    return own.register("tallier")


def fetch(port, path="/metrics"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def read(port):
    """Every sample: its name with its labels, and its value."""
    _, text = fetch(port)
    return {
        (sample.name.removeprefix("deis_controller_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def get(samples, name, **labels):
    return samples.get((name, frozenset(labels.items())), 0)


def add_up(samples, name, **labels):
    """Over all labels that are not given."""
    return sum(
        value for (key, found), value in samples.items() if key == name and labels.items() <= set(found)
    )


def test_requests_of_every_worker_are_counted_by_route_and_status(own, client, port):
    before = read(port)
    for _ in range(20):
        assert client.get("/v2/apps").status == 200
    assert client.get("/v2/users").status == 200
    assert own.client().get("/v2/apps").status == 401
    assert client.get(f"/v2/made-up-{uuid.uuid4()}").status == 404
    assert client.call("BREW", "/v2/apps").status == 405

    def find_counts():
        """A request is counted just after its answer."""
        samples = read(port)
        return samples if add_up(samples, "requests_total") - add_up(before, "requests_total") >= 24 else None

    after = wait_for(find_counts, what="the last count", timeout=5)

    def count(route, method, status):
        labels = {"route": route, "method": method, "status": status}
        return get(after, "requests_total", **labels) - get(before, "requests_total", **labels)

    assert count("apps", "GET", "200") == 20
    assert count("users", "GET", "200") == 1
    assert count("apps", "GET", "401") == 1
    assert count("none", "GET", "404") == 1
    assert count("apps", "other", "405") == 1
    timed = add_up(after, "request_duration_seconds_count", route="apps", method="GET")
    assert timed - add_up(before, "request_duration_seconds_count", route="apps", method="GET") == 21


def test_operations_are_counted_by_kind_and_outcome(own, client, port):
    name = f"ct-{uuid.uuid4().hex[:8]}"
    assert client.post("/v2/apps", {"id": name}).status == 201
    try:
        assert client.post(f"/v2/apps/{name}/config", {"values": {"A": "1"}}).status == 201
        assert client.post(f"/v2/apps/{name}/config", {"values": {"A": "1"}}).status == 409
        samples = wait_for(lambda: find_operations(port, config=2), what="the counts", timeout=5)
    finally:
        assert client.delete(f"/v2/apps/{name}").status == 204
    for kind in ("create", "config"):
        labels = {"kind": kind, "outcome": "succeeded"}
        assert get(samples, "operations_total", **labels) == 1
        assert get(samples, "operation_duration_seconds_count", **labels) == 1
        assert 0 < get(samples, "operation_duration_seconds_sum", **labels) < 60
        assert get(samples, "operation_wait_seconds_count", kind=kind) == 1
    refused = {"kind": "config", "outcome": "failed"}
    assert get(samples, "operations_total", **refused) == 1
    assert get(samples, "operation_duration_seconds_count", **refused) == 0
    for method, resource in (("POST", "namespaces"), ("POST", "services")):
        assert get(samples, "cluster_requests_total", method=method, resource=resource, outcome="ok") >= 1
        assert get(samples, "cluster_request_duration_seconds_sum", method=method, resource=resource) > 0


def find_operations(port, *, config):
    """A count follows its answer by a moment."""
    samples = read(port)
    return samples if add_up(samples, "operations_total", kind="config") == config else None


HOLD = """
    INSERT INTO deis_operation (uuid, app_id, kind, state, phase, message, cause, requested_by, priority, input,
      facts, owner, attempt, lease_until, created)
    VALUES (gen_random_uuid(), 'held', 'scale', %s, '', '', '', '', 0, '{}', '{}', %s, 0, %s,
      now() - make_interval(secs => %s))
"""


def test_what_waits_is_told_as_it_is_in_the_database(own, port, postgres):
    """Two wait for one that somebody else is at."""
    with postgres.connect("metrics") as connection:
        for state, owner, lease, age in (
            ("running", "somebody", "infinity", 100),
            ("queued", "", None, 90),
            ("queued", "", None, 30),
        ):
            connection.execute(HOLD, [state, owner, lease, age])
        try:
            samples = read(port)
        finally:
            connection.execute("DELETE FROM deis_operation WHERE app_id = 'held'")
    assert get(samples, "operations_pending", state="queued") == 2
    assert get(samples, "operations_pending", state="running") == 1
    assert 90 <= get(samples, "operations_oldest_queued_seconds") < 200
    assert get(samples, "database_up") == 1


def test_the_counts_are_nowhere_else(own, client, port):
    content_type, _ = fetch(port)
    assert content_type.startswith("text/plain; version=")
    assert client.get("/metrics").status == 404
    for path in ("/", "/v2/", "/healthz", "/v2/apps"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(port, path)


def test_no_name_of_an_app_or_a_user_is_in_them(own, client, port):
    client.get("/v2/apps/some-app-of-mine")
    _, text = fetch(port)
    for word in ("some-app-of-mine", "tallier", client.token):
        assert word not in text


def test_a_worker_that_dies_takes_no_count_with_it(own, client, port):
    before = read(port)
    children = Path(f"/proc/{own.process.pid}/task/{own.process.pid}/children").read_text().split()
    assert len(children) == WORKERS
    os.kill(int(children[0]), signal.SIGKILL)
    after = wait_for(lambda: try_to_read(port), what="the other worker", timeout=20)
    lost = [
        key for key, value in before.items() if key[0].endswith(("_total", "_count")) and after[key] < value
    ]
    assert lost == []


def try_to_read(port):
    """A request that the dead worker had accepted gets no answer."""
    try:
        return read(port)
    except OSError:
        return None
