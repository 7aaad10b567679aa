"""The reflector against a real API server."""

import threading

import pytest

from kit.errors import Timeout
from kit.kube import CONFIGMAPS, NAMESPACES, Kube, Reflector
from kit.waiting import wait_for


def build_map(name, **data):
    return {"metadata": {"name": name, "labels": {"app": name}}, "data": data}


def names(reflector):
    return sorted(name for _, name in reflector.snapshot())


def test_it_follows_what_happens(kube, namespace):
    kube.create(CONFIGMAPS, build_map("one", a="1"), namespace=namespace)
    changed = threading.Event()
    with Reflector(kube, CONFIGMAPS, namespace=namespace, labels="app", on_change=changed.set) as reflector:
        reflector.wait_synced(10)
        assert reflector.synced
        assert names(reflector) == ["one"]
        kube.create(CONFIGMAPS, build_map("two"), namespace=namespace)
        kube.patch(CONFIGMAPS, "one", {"data": {"a": "2"}}, namespace=namespace)
        wait_for(lambda: data(reflector, "one", namespace) == {"a": "2"}, what="the change", timeout=10)
        assert names(reflector) == ["one", "two"]
        changed.clear()
        kube.delete(CONFIGMAPS, "one", namespace=namespace)
        assert changed.wait(10)
        assert names(reflector) == ["two"]


def data(reflector, name, namespace):
    found = reflector.get(name, namespace=namespace)
    return found and found["data"]


def test_bookkeeping_is_left_out(kube, namespace):
    with Reflector(kube, NAMESPACES, fields=f"metadata.name={namespace}") as reflector:
        reflector.wait_synced(10)
        assert "managedFields" not in reflector.snapshot()["", namespace]["metadata"]


def test_it_lists_again_after_a_while(kube, namespace):
    with Reflector(kube, CONFIGMAPS, namespace=namespace, labels="app", resync=1.0) as reflector:
        reflector.wait_synced(10)
        reflector._items["x", "never-was"] = {}
        wait_for(lambda: names(reflector) == [], what="the fresh list", timeout=10)


def test_a_failing_listener_does_not_end_it(kube, namespace):
    def fail() -> None:
        raise RuntimeError("a listener's bug")

    with Reflector(kube, CONFIGMAPS, namespace=namespace, labels="app", on_change=fail) as reflector:
        reflector.wait_synced(10)
        kube.create(CONFIGMAPS, build_map("one"), namespace=namespace)
        wait_for(lambda: names(reflector) == ["one"], what="the object", timeout=10)


def test_stopping_ends_the_thread_at_once(kube, namespace):
    reflector = Reflector(kube, CONFIGMAPS, namespace=namespace)
    reflector.start()
    reflector.wait_synced(10)
    reflector.stop()
    reflector.stop()
    assert not reflector._thread.is_alive()


def test_an_unreachable_server_is_tried_again_and_the_wait_ends_in_time():
    kube = Kube("http://127.0.0.1:9", timeout=1)
    with Reflector(kube, CONFIGMAPS) as reflector, pytest.raises(Timeout, match="the list of configmaps"):
        reflector.wait_synced(0.5)
