from __future__ import annotations

import uuid

import pytest

from builder.apps import App
from builder.cleaner import plan_cleaning
from builder.errors import Cancelled
from builder.operations import Cancellation, Identity, Operation, Operations
from builder.sweeping import is_orphan
from kit.names import AppName

SHOP = App(name=AppName("shop"), uuid=str(uuid.UUID(int=1)))


def make_operation() -> Operation:
    identity = Identity(user="ada", fingerprint="f", apps=frozenset({SHOP}))
    return Operation(identity=identity, app=SHOP, verb="git-receive-pack", connection="", deadline=100.0)


def test_only_an_app_of_exactly_this_name_is_found():
    identity = make_operation().identity
    assert identity.find_app(AppName("shop")) is SHOP
    for name in ("sho", "hop", "shop2", "Shop", ""):
        assert identity.find_app(AppName(name)) is None


def test_a_cancellation_wakes_who_waits_and_who_comes_late():
    cancellation, woken = Cancellation(), []
    cancellation.check()
    with cancellation.waking(lambda: woken.append("waiting")):
        cancellation.cancel("enough")
        cancellation.cancel("again")
    with cancellation.waking(lambda: woken.append("late")):
        pass
    assert woken == ["waiting", "late"]
    with pytest.raises(Cancelled, match=r"^enough$"):
        cancellation.check()


def test_operations_are_known_by_token_while_they_run():
    operations, operation = Operations(), make_operation()
    with operations.running(operation):
        assert operations.find(operation.token) is operation
        assert not operations.wait_idle(0)
        operations.cancel_all("stop")
    assert operation.cancellation.cancelled
    assert operations.find(operation.token) is None
    assert operations.wait_idle(0)


def test_time_that_is_left():
    operation = make_operation()
    assert operation.seconds_left(lambda: 90.0) == 10.0
    assert operation.seconds_left(lambda: 200.0) == 0.0


def test_apps_without_a_namespace_are_cleaned():
    assert plan_cleaning(["app1", "app3"], frozenset({"app1", "app2"})) == ["app3"]
    assert plan_cleaning(["App1"], frozenset({"app1"})) == []


def test_pods_of_living_builders_stay():
    assert is_orphan({"metadata": {"labels": {"builder": "gone"}}}, {"here"})
    assert is_orphan({"metadata": {}}, {"here"})
    assert not is_orphan({"metadata": {"labels": {"builder": "here"}}}, {"here"})
