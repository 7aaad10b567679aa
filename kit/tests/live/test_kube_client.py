"""The client against a real API server."""

import queue
import threading

import pytest

from kit.kube import (
    CONFIGMAPS,
    DEPLOYMENTS,
    NAMESPACES,
    POD_METRICS,
    SERVICEACCOUNTS,
    Kube,
    KubeConflict,
    KubeForbidden,
    KubeInvalid,
    KubeNotFound,
    KubeUnauthorized,
)
from kit.kube.credentials import Credentials
from kit.kube.transport import Transport
from kit.waiting import wait_for


def build_map(name, **data):
    return {"metadata": {"name": name, "labels": {"app": name}}, "data": data}


def build_deployment(name, replicas=0):
    labels = {"app": name}
    container = {"name": "web", "image": "none.invalid/none"}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def test_the_version_is_known(kube):
    assert kube.version()["major"] == "1"


def test_an_object_is_created_read_and_deleted(kube, namespace):
    created = kube.create(CONFIGMAPS, build_map("one", a="1"), namespace=namespace)
    assert created["kind"] == "ConfigMap"
    assert kube.get(CONFIGMAPS, "one", namespace=namespace)["data"] == {"a": "1"}
    assert kube.delete(CONFIGMAPS, "one", namespace=namespace) is True
    assert kube.delete(CONFIGMAPS, "one", namespace=namespace) is False
    assert kube.find(CONFIGMAPS, "one", namespace=namespace) is None


def test_a_missing_object_is_not_found(kube, namespace):
    with pytest.raises(KubeNotFound) as caught:
        kube.get(CONFIGMAPS, "none", namespace=namespace)
    assert (caught.value.status, caught.value.reason) == (404, "NotFound")
    assert caught.value.message == 'configmaps "none" not found'


def test_creating_twice_is_a_conflict(kube, namespace):
    kube.create(CONFIGMAPS, build_map("one"), namespace=namespace)
    with pytest.raises(KubeConflict) as caught:
        kube.create(CONFIGMAPS, build_map("one"), namespace=namespace)
    assert caught.value.already_exists


def test_a_malformed_object_is_invalid(kube, namespace):
    with pytest.raises(KubeInvalid):
        kube.create(CONFIGMAPS, build_map("Not A Name"), namespace=namespace)


def test_a_name_can_not_leave_its_path(kube, namespace):
    with pytest.raises(KubeNotFound):
        kube.get(CONFIGMAPS, "../../../namespaces/default", namespace=namespace)


def test_apply_creates_and_then_changes_its_own_fields_only(kube, namespace):
    kube.apply(CONFIGMAPS, build_map("one", a="1"), manager="test", namespace=namespace)
    kube.patch(CONFIGMAPS, "one", {"data": {"b": "2"}}, namespace=namespace)
    manifest = build_map("one", a="3") | {"kind": "ConfigMap", "apiVersion": "v1"}
    applied = kube.apply(CONFIGMAPS, manifest, manager="test", namespace=namespace)
    assert applied["data"] == {"a": "3", "b": "2"}


def test_apply_without_force_respects_another_manager(kube, namespace):
    kube.apply(CONFIGMAPS, build_map("one", a="1"), manager="first", namespace=namespace)
    with pytest.raises(KubeConflict) as caught:
        kube.apply(CONFIGMAPS, build_map("one", a="2"), manager="second", force=False, namespace=namespace)
    assert not caught.value.already_exists
    assert kube.apply(CONFIGMAPS, build_map("one", a="2"), manager="second", namespace=namespace)


def test_replace_refuses_an_old_version(kube, namespace):
    first = kube.create(CONFIGMAPS, build_map("one", a="1"), namespace=namespace)
    kube.replace(CONFIGMAPS, {**first, "data": {"a": "2"}})
    with pytest.raises(KubeConflict):
        kube.replace(CONFIGMAPS, {**first, "data": {"a": "3"}})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("merge", {"data": {"a": "2"}}),
        ("strategic", {"data": {"a": "2"}}),
        ("json", [{"op": "replace", "path": "/data/a", "value": "2"}]),
    ],
)
def test_each_kind_of_patch(kube, namespace, kind, body):
    kube.create(CONFIGMAPS, build_map("one", a="1", b="1"), namespace=namespace)
    assert kube.patch(CONFIGMAPS, "one", body, namespace=namespace, kind=kind)["data"] == {"a": "2", "b": "1"}


def test_delete_spares_another_object_of_the_name(kube, namespace):
    created = kube.create(CONFIGMAPS, build_map("one"), namespace=namespace)
    assert kube.delete(CONFIGMAPS, "one", namespace=namespace, uid="0" * 36) is False
    assert kube.delete(CONFIGMAPS, "one", namespace=namespace, uid=created["metadata"]["uid"]) is True


def test_scale_is_a_subresource(kube, namespace):
    kube.create(DEPLOYMENTS, build_deployment("shop"), namespace=namespace)

    def replace():
        scale = kube.get_subresource(DEPLOYMENTS, "shop", "scale", namespace=namespace)
        scale["spec"]["replicas"] = 2
        try:
            return kube.replace_subresource(DEPLOYMENTS, "shop", "scale", scale, namespace=namespace)
        except KubeConflict:  # the cluster's own controller has written in between
            return None

    assert wait_for(replace, what="a scale that nobody changes", timeout=10)["spec"]["replicas"] == 2
    body = {"spec": {"replicas": 0}}
    kube.patch(DEPLOYMENTS, "shop", body, namespace=namespace, subresource="scale")
    assert kube.get(DEPLOYMENTS, "shop", namespace=namespace)["spec"]["replicas"] == 0


def test_a_list_is_read_page_by_page(kube, namespace, monkeypatch):
    monkeypatch.setattr("kit.kube.client.PAGE_SIZE", 3)
    for number in range(7):
        kube.create(CONFIGMAPS, build_map(f"m{number}"), namespace=namespace)
    items, version = kube.list_page(CONFIGMAPS, namespace=namespace, fields="metadata.name!=kube-root-ca.crt")
    assert [item["metadata"]["name"] for item in items] == [f"m{number}" for number in range(7)]
    assert int(version) > 0


def test_a_list_of_what_can_not_be_watched_has_no_version(kube, namespace):
    """metrics-server's: a cluster without it has no such list."""
    assert kube.list_page(POD_METRICS, namespace=namespace) == ([], "")


def test_selectors_limit_a_list_and_a_deletion(kube, namespace):
    for name in ("one", "two", "three"):
        kube.create(CONFIGMAPS, build_map(name), namespace=namespace)
    assert len(kube.list(CONFIGMAPS, namespace=namespace, labels="app in (one,two)")) == 2
    assert len(kube.list(CONFIGMAPS, labels="app=one", fields=f"metadata.namespace={namespace}")) == 1
    kube.delete_collection(CONFIGMAPS, namespace=namespace, labels="app=one")
    assert kube.find(CONFIGMAPS, "one", namespace=namespace) is None
    assert len(kube.list(CONFIGMAPS, namespace=namespace, labels="app")) == 2


def test_a_namespaced_object_needs_a_namespace(kube):
    with pytest.raises(ValueError, match="a namespace is needed"):
        kube.get(CONFIGMAPS, "one")
    with pytest.raises(ValueError, match="a namespace is needed"):
        kube.create(CONFIGMAPS, build_map("one"))


def test_a_watch_begins_with_what_is_there_and_goes_on(kube, namespace):
    kube.create(CONFIGMAPS, build_map("one"), namespace=namespace)
    with kube.watch(CONFIGMAPS, namespace=namespace, labels="app", timeout=30) as watch:
        assert next(watch).object["metadata"]["name"] == "one"
        kube.create(CONFIGMAPS, build_map("two"), namespace=namespace)
        kube.delete(CONFIGMAPS, "two", namespace=namespace)
        assert [next(watch).type, next(watch).type] == ["ADDED", "DELETED"]
        seen = watch.resource_version
    kube.create(CONFIGMAPS, build_map("three"), namespace=namespace)
    with kube.watch(
        CONFIGMAPS, namespace=namespace, labels="app", resource_version=seen, timeout=30
    ) as watch:
        assert next(watch).object["metadata"]["name"] == "three"


def test_a_watch_ends_by_itself(kube, namespace):
    assert list(kube.watch(CONFIGMAPS, namespace=namespace, labels="none", timeout=1)) == []


def test_a_waiting_watch_can_be_closed_by_another_thread(kube, namespace):
    watch = kube.watch(CONFIGMAPS, namespace=namespace, labels="none", timeout=300)
    ends: queue.Queue[object] = queue.Queue()
    reader = threading.Thread(target=lambda: ends.put(list(watch)))
    reader.start()
    watch.close()
    assert ends.get(timeout=5) == []
    reader.join(5)


def test_a_service_account_token_is_told_apart_from_none(kube, namespace):
    kube.create(SERVICEACCOUNTS, {"metadata": {"name": "nobody"}}, namespace=namespace)
    answer = kube.create_subresource(
        SERVICEACCOUNTS, "nobody", "token", {"spec": {"expirationSeconds": 600}}, namespace=namespace
    )
    with pytest.raises(KubeForbidden) as caught:
        with_token(kube, answer["status"]["token"]).list(CONFIGMAPS, namespace=namespace)
    assert "nobody" in caught.value.message
    with pytest.raises(KubeUnauthorized):
        with_token(kube, "wrong").list(NAMESPACES)


def with_token(kube: Kube, token: str) -> Kube:
    """The same cluster, seen by another: without the client certificate, by ``token``."""
    known = kube.transport.credentials
    assert known.ssl_context is not None
    other = Kube(known.server, authorization=lambda: f"Bearer {token}")
    context = type(known.ssl_context)(known.ssl_context.protocol)
    for certificate in known.ssl_context.get_ca_certs(binary_form=True):
        context.load_verify_locations(cadata=certificate)
    other.transport = Transport(
        Credentials(server=known.server, ssl_context=context, authorization=lambda: f"Bearer {token}"),
        timeout=30,
    )
    return other
