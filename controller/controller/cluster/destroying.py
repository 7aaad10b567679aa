"""The end of an app in the cluster: its namespace goes, with everything in it (section 23)."""

import logging
import threading

from controller.cluster.actual import get_labels
from controller.cluster.answers import action
from controller.cluster.errors import ClusterError, ClusterUnreachable
from controller.cluster.manifests.services import ROUTABLE
from controller.cluster.waiting import TICK, Terms, persist
from kit.errors import Timeout
from kit.kube import NAMESPACES, PODS, SERVICES, Kube, KubeError, Manifest, Reflector

log = logging.getLogger(__name__)

LAST_GRACE = 1
"""Seconds the pods of a destroyed app get to end: nobody waits for what they are doing.

Kubernetes looks at a namespace's content five seconds after it was told to delete it; what still is there then is
looked at again five seconds later. A node never gives a container less than two seconds, one more if it drains.
"""
SYNC_TIMEOUT = 10.0
HERITAGE = "deis"


def destroy_app(kube: Kube, app: str, *, terms: Terms) -> bool:
    """Delete the namespace and wait for its end; whether it is gone.

    Raises:
        ClusterError: Kubernetes did not accept it.
    """
    _unroute(kube, app)
    try:
        with action(f'delete Namespace "{app}"'):
            if not kube.delete(NAMESPACES, app):
                return True
    except ClusterUnreachable:
        raise  # it may be going all the same
    except ClusterError as error:
        text = f"Could not delete Kubernetes Namespace {app} within 30 seconds"
        log.error("%s: %s", text, error)
        raise ClusterError(text) from error
    _hurry_pods(kube, app)
    return _wait_until_gone(kube, app, terms=terms)


def withdraw_namespace(kube: Kube, app: str, *, terms: Terms) -> None:
    """Delete a namespace that a creation left, and no other; patient while the API server is silent."""
    namespace = persist(app, lambda: _find_namespace(kube, app), terms=terms)
    if namespace is not None and get_labels(namespace).get("heritage") == HERITAGE:
        persist(app, lambda: _delete_namespace(kube, app, uid=namespace["metadata"]["uid"]), terms=terms)


def _find_namespace(kube: Kube, app: str) -> Manifest | None:
    with action(f'get Namespace "{app}"'):
        return kube.find(NAMESPACES, app)


def _delete_namespace(kube: Kube, app: str, *, uid: str) -> None:
    with action(f'delete Namespace "{app}"'):
        kube.delete(NAMESPACES, app, uid=uid)


def _unroute(kube: Kube, app: str) -> None:
    """Take the app off the router while its Service still answers. If it lives on it is published again.

    The Service is among the last things to go with the namespace. A request that the router sent to its
    address just after that would get no answer at all, not even a refusal.
    """
    try:
        kube.patch(SERVICES, app, {"metadata": {"labels": {ROUTABLE: None}}}, namespace=app)
    except KubeError as error:
        log.debug("%s stays routed until its Service goes: %s", app, error)


def _hurry_pods(kube: Kube, app: str) -> None:
    """Our rights go with the namespace, perhaps before this: then it takes the pods' own grace period."""
    try:
        kube.delete_collection(PODS, namespace=app, grace=LAST_GRACE)
    except KubeError as error:
        log.debug("pods of %s end in their own time: %s", app, error)


def _wait_until_gone(kube: Kube, app: str, *, terms: Terms) -> bool:
    changed = threading.Event()
    fields = f"metadata.name={app}"
    with Reflector(kube, NAMESPACES, fields=fields, on_change=changed.set) as namespaces:
        try:
            namespaces.wait_synced(SYNC_TIMEOUT)
        except Timeout:
            return False
        while namespaces.get(app) is not None:
            if terms.expired or terms.should_stop():
                return False
            changed.wait(TICK)
            changed.clear()
    return True
