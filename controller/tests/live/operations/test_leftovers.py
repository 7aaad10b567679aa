"""A creation that Kubernetes leaves in the dark keeps no name taken."""

import contextlib
import json
import uuid
from functools import partial

import pytest

from controller.database import connect
from controller.model.models import App
from controller.operations.engine import Engine
from controller.operations.sessions import session
from controller.services.apps import choose_name, request_creation
from controller.services.audit import Origin
from controller.services.kinds import build_kinds
from kit.errors import Conflict, Unavailable
from kit.kube import Kube
from kit.waiting import wait_for

from ..scripted import Reply, serving  # noqa: TID252 - of the other live tests, and tests are no package
from .platforms import build_tools, create_user


def answer(status, value):
    headers = {"Content-Type": "application/json"}
    return Reply(status=status, body=json.dumps(value).encode(), headers=headers)


def refuse(status):
    return answer(status, {"kind": "Status", "status": "Failure", "message": "no", "code": status})


class HalfCluster:
    """Has one namespace or none, and no answer to anything else."""

    def __init__(self, name, *, labels):
        self.made = False
        self.name = name
        self.namespace = {"metadata": {"name": name, "uid": "1", "labels": labels}}

    def __call__(self, method, path):
        if (method, path.partition("?")[0]) == ("POST", "/api/v1/namespaces"):
            self.made = True
            return answer(201, self.namespace)
        if path.partition("?")[0] != f"/api/v1/namespaces/{self.name}":
            return refuse(503)
        if not self.made:
            return refuse(404)
        self.made = method != "DELETE"
        return answer(200, self.namespace)


@pytest.fixture
def fail_to_create(database):
    """Asks for an app in such a cluster; what became of it, and the tools to go on with."""
    opened = contextlib.ExitStack()

    def attempt(cluster):
        kube = Kube(f"http://{opened.enter_context(serving(cluster))}")
        opened.callback(kube.close)
        tools = build_tools(kube)
        engine = Engine(build_kinds(tools), owner=uuid.uuid4().hex, connect=partial(connect, database))
        opened.callback(engine.stop)
        engine.start()
        with session():
            operation = request_creation(
                cluster.name, {}, by=create_user(), engine=engine, origin=Origin(address="127.0.0.1")
            )
        with pytest.raises(Unavailable):
            engine.wait_for_end(operation.uuid, timeout=30)
        return tools

    with opened:
        yield attempt


def test_the_name_is_free_again_once_kubernetes_answers(fail_to_create):
    name = f"left-{uuid.uuid4().hex[:6]}"
    cluster = HalfCluster(name, labels={"heritage": "deis"})
    tools = fail_to_create(cluster)
    wait_for(lambda: not cluster.made, what="the end of the namespace", timeout=10)
    with session():
        assert not App.objects.filter(id=name).exists()
        assert choose_name(name, tools=tools) == name


def test_a_namespace_that_is_not_ours_stays(fail_to_create, database):
    from controller.model.models import Operation

    name = f"left-{uuid.uuid4().hex[:6]}"
    cluster = HalfCluster(name, labels={})
    tools = fail_to_create(cluster)
    with session():
        ended = Operation.objects.filter(app_id=name, kind="withdraw", state="succeeded")
        wait_for(ended.exists, what="the withdrawal", timeout=10)
        assert cluster.made
        with pytest.raises(Conflict, match="already exists"):
            choose_name(name, tools=tools)
