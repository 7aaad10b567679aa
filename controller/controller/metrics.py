"""What the controller counts, in the form that Prometheus reads.

Every worker counts in files of its own in one directory, and whichever worker is asked adds them up. How much work
waits is read from the database at that moment: it is the platform's, not this container's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from kit.kube.client import Kube
from kit.kube.errors import KubeError
from kit.kube.transport import Transport

PREFIX = "deis_controller"
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 300, 1200)
OPERATION_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1200)
CLUSTER_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""Of what a client makes up there must not be one line each."""

QUEUE = """
    SELECT state, count(*), coalesce(extract(epoch FROM now() - min(created)), 0)::float8
    FROM deis_operation WHERE state IN ('queued', 'running') GROUP BY state
"""
OBJECT = re.compile(
    r"/(?:api/v1|apis/[^/]+/[^/]+)"
    r"(?:/namespaces/[^/]+(?=/[^/]))?"
    r"/(?P<resource>[a-z]+)"
    r"(?:/[^/]+(?:/(?P<subresource>[a-z]+))?)?\Z"
)
Connect = Callable[[], psycopg.Connection]


class EndedOperation(Protocol):
    """What is looked at of an operation that came to its end."""

    kind: str
    state: str
    created: datetime
    started: datetime | None


class Metrics:
    """The counters of one worker; made after the fork."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, port: int, *, connect: Connect) -> None:
        self.port = port
        self._connect = connect
        self._requests = Counter(
            f"{PREFIX}_requests", "Requests answered", ("route", "method", "status"), registry=None
        )
        self._request_seconds = Histogram(
            f"{PREFIX}_request_duration_seconds",
            "From a request's head to its answer's end, what it waited for included; no streams",
            ("route", "method"),
            registry=None,
            buckets=REQUEST_SECONDS,
        )
        self._operations = Counter(
            f"{PREFIX}_operations", "Operations that came to an end", ("kind", "outcome"), registry=None
        )
        self._operation_seconds = Histogram(
            f"{PREFIX}_operation_duration_seconds",
            "From an operation's claim to its end",
            ("kind", "outcome"),
            registry=None,
            buckets=OPERATION_SECONDS,
        )
        self._operation_wait = Histogram(
            f"{PREFIX}_operation_wait_seconds",
            "From an operation's arrival to its claim",
            ("kind",),
            registry=None,
            buckets=OPERATION_SECONDS,
        )
        self._calls = Counter(
            f"{PREFIX}_cluster_requests",
            "Calls of the Kubernetes API",
            ("method", "resource", "outcome"),
            registry=None,
        )
        self._call_seconds = Histogram(
            f"{PREFIX}_cluster_request_duration_seconds",
            "From a call of the Kubernetes API to its answer; to the beginning of it for watches and logs",
            ("method", "resource"),
            registry=None,
            buckets=CLUSTER_SECONDS,
        )

    def read(self) -> bytes:
        """All of it, of every worker."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # has no types
        registry.register(QueueCollector(self._connect))
        return generate_latest(registry)

    def count_request(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """``seconds`` is None for a stream, which takes as long as its client likes."""
        method = method if method in METHODS else OTHER
        self._requests.labels(route, method, str(status)).inc()
        if seconds is not None:
            self._request_seconds.labels(route, method).observe(seconds)

    def count_operation(self, operation: EndedOperation) -> None:
        """Right after its end was stored."""
        kind, outcome, started = operation.kind, str(operation.state), operation.started
        self._operations.labels(kind, outcome).inc()
        if started is not None:  # else it was refused
            seconds = (datetime.now(UTC) - started).total_seconds()
            self._operation_seconds.labels(kind, outcome).observe(max(0.0, seconds))
            waited = (started - operation.created).total_seconds()
            self._operation_wait.labels(kind).observe(max(0.0, waited))

    def count_call(self, method: str, path: str, outcome: str, seconds: float) -> None:
        resource = name_resource(path)
        self._calls.labels(method, resource, outcome).inc()
        self._call_seconds.labels(method, resource).observe(seconds)


def name_resource(path: str) -> str:
    """``pods`` or ``pods/log``, of an address of the Kubernetes API."""
    match = OBJECT.match(path)
    if match is None:
        return OTHER
    resource, subresource = match["resource"], match["subresource"]
    return f"{resource}/{subresource}" if subresource else resource


class CountedTransport(Transport):
    """Tells how long each call took and what came of it."""

    def __init__(self, transport: Transport, metrics: Metrics) -> None:
        super().__init__(transport.credentials, timeout=transport.timeout, agent=transport.agent)
        self._metrics = metrics

    def send(self, method: str, path: str, **options: Any) -> bytes:
        with self._count(method, path):
            return super().send(method, path, **options)

    def open(self, path: str, **options: Any) -> Any:
        with self._count("WATCH" if "watch" in (options.get("query") or {}) else "GET", path):
            return super().open(path, **options)

    @contextmanager
    def _count(self, method: str, path: str) -> Iterator[None]:
        began, outcome = time.perf_counter(), "ok"
        try:
            yield
        except KubeError as error:
            outcome = str(error.status) if error.status else "unreachable"
            raise
        finally:
            self._metrics.count_call(method, path, outcome, time.perf_counter() - began)


def count_calls(kube: Kube, metrics: Metrics) -> Kube:
    kube.transport = CountedTransport(kube.transport, metrics)
    return kube


class QueueCollector(Collector):
    """How many operations wait and run on the whole platform; nothing while the database is away."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily(f"{PREFIX}_database_up", "Whether the database answers")
        try:
            with self._connect() as connection:
                found = {state: (count, age) for state, count, age in connection.execute(QUEUE).fetchall()}
        except psycopg.Error:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from build_queue(found)


def build_queue(found: Mapping[str, tuple[int, float]]) -> Iterator[GaugeMetricFamily]:
    """From numbers and greatest ages by state."""
    numbers = GaugeMetricFamily(
        f"{PREFIX}_operations_pending", "Operations that wait or run, of the platform", labels=("state",)
    )
    for state in ("queued", "running"):
        numbers.add_metric((state,), found.get(state, (0, 0.0))[0])
    yield numbers
    yield GaugeMetricFamily(
        f"{PREFIX}_operations_oldest_queued_seconds",
        "How long the operation that waits longest has waited",
        value=found.get("queued", (0, 0.0))[1],
    )
