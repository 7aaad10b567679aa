"""The client: one method a verb of the API. Safe to share between threads."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import orjson

from kit.kube.credentials import Credentials, load_credentials
from kit.kube.errors import KubeConflict, KubeGone, KubeNotFound
from kit.kube.resources import PODS, Manifest, Resource, build_path, complete, get_name, get_namespace
from kit.kube.streams import ByteStream, Watch
from kit.kube.transport import AGENT, APPLY, Transport

Items: TypeAlias = list[Manifest]  # the class below has a method of the builtin's name

REQUEST_TIMEOUT = 30.0
PAGE_SIZE = 500
WATCH_TIMEOUT = 300.0
# The server sends a bookmark about every minute; this long without one means that it is gone.
WATCH_SILENCE = 150.0

PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


class Kube:
    """``Kube.load(env)`` in a component; ``Kube("http://127.0.0.1:8001")`` against a proxy or in a test.

    Every method raises ``KubeError``; ``KubeUnreachable`` if there was no answer within ``timeout`` seconds.
    """

    def __init__(
        self,
        server: str,
        *,
        ssl_context: ssl.SSLContext | None = None,
        authorization: Callable[[], str | None] = lambda: None,
        timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        credentials = Credentials(server=server, ssl_context=ssl_context, authorization=authorization)
        self.transport = Transport(credentials, timeout=timeout)

    @classmethod
    def load(cls, env: Mapping[str, str], *, timeout: float = REQUEST_TIMEOUT, agent: str = AGENT) -> Kube:
        """Return a client with the pod's own credentials, or with those of the file in ``KUBECONFIG``."""
        kube = cls("", timeout=timeout)
        kube.transport = Transport(load_credentials(env), timeout=timeout, agent=agent)
        return kube

    def version(self) -> dict[str, str]:
        answer: dict[str, str] = orjson.loads(self.transport.send("GET", "/version"))
        return answer

    def get(self, resource: Resource, name: str, *, namespace: str | None = None) -> Manifest:
        return self._json("GET", build_path(resource, namespace=namespace, name=name))

    def find(self, resource: Resource, name: str, *, namespace: str | None = None) -> Manifest | None:
        """Return the object, or None if there is none."""
        try:
            return self.get(resource, name, namespace=namespace)
        except KubeNotFound:
            return None

    def list(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        labels: str | None = None,
        fields: str | None = None,
    ) -> Items:
        """Return every item, of all namespaces if none is given. Items lack ``apiVersion`` and ``kind``."""
        items, _ = self.list_page(resource, namespace=namespace, labels=labels, fields=fields)
        return items

    def list_page(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        labels: str | None = None,
        fields: str | None = None,
    ) -> tuple[Items, str]:
        """Return every item as ``list`` does, and the version of the list from which a watch goes on.

        The version is empty where nothing can be watched, as of what metrics-server measures.
        """
        path = build_path(resource, namespace=namespace)
        query = build_selectors(labels, fields)
        try:
            return self._read_pages(path, {**query, "limit": str(PAGE_SIZE)})
        except KubeGone:  # it took so long that the next page is no longer kept: all in one piece, then
            return self._read_pages(path, query)

    def create(self, resource: Resource, manifest: Manifest, *, namespace: str | None = None) -> Manifest:
        path = build_path(resource, namespace=require_namespace(resource, manifest, namespace))
        return self._json("POST", path, body=complete(resource, manifest))

    def apply(
        self,
        resource: Resource,
        manifest: Manifest,
        *,
        manager: str,
        force: bool = True,
        namespace: str | None = None,
    ) -> Manifest:
        """Make it so by server-side apply: create it, or change the fields that ``manager`` states."""
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        path = self._path(resource, manifest, namespace)
        body = complete(resource, manifest)
        return self._json("PATCH", path, query=query, body=body, content_type=APPLY, repeatable=True)

    def replace(self, resource: Resource, manifest: Manifest, *, namespace: str | None = None) -> Manifest:
        """Put the whole object; with ``metadata.resourceVersion`` in it only if it has not changed since."""
        return self._json("PUT", self._path(resource, manifest, namespace), body=complete(resource, manifest))

    def patch(
        self,
        resource: Resource,
        name: str,
        body: Any,
        *,
        namespace: str | None = None,
        kind: Literal["merge", "json", "strategic"] = "merge",
        subresource: str | None = None,
    ) -> Manifest:
        path = build_path(resource, namespace=namespace, name=name, subresource=subresource)
        return self._json("PATCH", path, body=body, content_type=PATCHES[kind])

    def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str | None = None,
        grace: int | None = None,
        uid: str | None = None,
        propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    ) -> bool:
        """Ask for its end; return False if it was not there, or if it is not the one with ``uid``."""
        options = build_delete_options(grace=grace, uid=uid, propagation=propagation)
        path = build_path(resource, namespace=namespace, name=name)
        try:
            self.transport.send("DELETE", path, body=options, repeatable=True)
        except KubeNotFound:
            return False
        except KubeConflict:
            if uid is None:
                raise
            return False
        return True

    def delete_collection(
        self,
        resource: Resource,
        *,
        namespace: str,
        labels: str | None = None,
        fields: str | None = None,
        grace: int | None = None,
        propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    ) -> None:
        """Ask for the end of all that match in one namespace."""
        options = build_delete_options(grace=grace, uid=None, propagation=propagation)
        path = build_path(resource, namespace=namespace)
        self.transport.send(
            "DELETE", path, query=build_selectors(labels, fields), body=options, repeatable=True
        )

    def get_subresource(
        self, resource: Resource, name: str, subresource: str, *, namespace: str | None = None
    ) -> Manifest:
        return self._json(
            "GET", build_path(resource, namespace=namespace, name=name, subresource=subresource)
        )

    def replace_subresource(
        self,
        resource: Resource,
        name: str,
        subresource: str,
        manifest: Manifest,
        *,
        namespace: str | None = None,
    ) -> Manifest:
        path = build_path(resource, namespace=namespace, name=name, subresource=subresource)
        return self._json("PUT", path, body=manifest)

    def create_subresource(
        self,
        resource: Resource,
        name: str,
        subresource: str,
        manifest: Manifest,
        *,
        namespace: str | None = None,
    ) -> Manifest:
        """Post to a subresource, such as ``eviction`` of a pod or ``token`` of a service account."""
        path = build_path(resource, namespace=namespace, name=name, subresource=subresource)
        return self._json("POST", path, body=manifest)

    def watch(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        labels: str | None = None,
        fields: str | None = None,
        resource_version: str | None = None,
        timeout: float = WATCH_TIMEOUT,
    ) -> Watch:
        """Return the changes after ``resource_version``; without one, first an ``ADDED`` for all there is.

        It ends by itself after ``timeout`` seconds. (What is there comes from a list: API servers on an older
        etcd refuse a watch that is to begin with it.)
        """
        present: Items = []
        if resource_version is None:
            present, resource_version = self.list_page(
                resource, namespace=namespace, labels=labels, fields=fields
            )
        query = {**build_selectors(labels, fields), "watch": "true", "allowWatchBookmarks": "true"}
        query["timeoutSeconds"] = str(max(1, round(timeout)))
        query["resourceVersion"] = resource_version
        silence = min(timeout + 10, WATCH_SILENCE)
        response = self.transport.open(
            build_path(resource, namespace=namespace), query=query, idle_timeout=silence
        )
        first = [complete(resource, item) for item in present]
        return Watch(ByteStream(response), first=first, resource_version=resource_version)

    def read_log(
        self,
        pod: str,
        *,
        namespace: str,
        container: str | None = None,
        tail: int | None = None,
        previous: bool = False,
    ) -> str:
        query = build_log_query(container=container, tail=tail)
        if previous:
            query["previous"] = "true"
        path = build_path(PODS, namespace=namespace, name=pod, subresource="log")
        return self.transport.send("GET", path, query=query).decode(errors="replace")

    def stream_log(
        self,
        pod: str,
        *,
        namespace: str,
        container: str | None = None,
        tail: int | None = None,
        idle_timeout: float | None = None,
    ) -> ByteStream:
        """Follow a container's log, in pieces as they come, until the container ends.

        A container that has not started yet is a ``KubeInvalid`` with the reason ``BadRequest``. Silence
        may last; a dead connection is noticed within a minute.
        """
        query = {**build_log_query(container=container, tail=tail), "follow": "true"}
        path = build_path(PODS, namespace=namespace, name=pod, subresource="log")
        return ByteStream(self.transport.open(path, query=query, idle_timeout=idle_timeout))

    def close(self) -> None:
        """Close idle connections; the client may be used again."""
        self.transport.close()

    def _path(self, resource: Resource, manifest: Manifest, namespace: str | None) -> str:
        return build_path(
            resource, namespace=require_namespace(resource, manifest, namespace), name=get_name(manifest)
        )

    def _json(self, method: str, path: str, **options: Any) -> Manifest:
        answer: Manifest = orjson.loads(self.transport.send(method, path, **options))
        return answer

    def _read_pages(self, path: str, query: dict[str, str]) -> tuple[Items, str]:
        items: Items = []
        position: dict[str, str] = {}
        while True:
            page = self._json("GET", path, query={**query, **position})
            items += page.get("items") or []
            following = page["metadata"].get("continue")
            if not following:
                return items, page["metadata"].get("resourceVersion", "")
            position = {"continue": following}


def require_namespace(resource: Resource, manifest: Manifest, given: str | None) -> str | None:
    namespace = get_namespace(manifest, given)
    if resource.namespaced and not namespace:
        raise ValueError(f"a namespace is needed for a {resource.kind}")
    return namespace


def build_selectors(labels: str | None, fields: str | None) -> dict[str, str]:
    selectors = {"labelSelector": labels, "fieldSelector": fields}
    return {name: value for name, value in selectors.items() if value}


def build_log_query(*, container: str | None, tail: int | None) -> dict[str, str]:
    query = {"container": container, "tailLines": None if tail is None else str(tail)}
    return {name: value for name, value in query.items() if value is not None}


def build_delete_options(*, grace: int | None, uid: str | None, propagation: str) -> Manifest:
    options: Manifest = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    if uid is not None:
        options["preconditions"] = {"uid": uid}
    return options
