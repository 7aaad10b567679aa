"""Has the real API server refuse things in one namespace, as an operator's policies do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from kit.kube import Kube, KubeError, KubeNotFound, Manifest, Resource
from kit.kube.client import PATCHES
from kit.kube.resources import build_path
from kit.waiting import wait_for

GROUP = "admissionregistration.k8s.io/v1"
POLICIES = Resource(GROUP, "validatingadmissionpolicies", "ValidatingAdmissionPolicy", namespaced=False)
BINDINGS = Resource(
    GROUP, "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", namespaced=False
)
REASON = "the operator does not want it"

Probe = Callable[[], object]


def build_policy(name: str, *, verb: str, resource: Resource) -> Manifest:
    group, _, version = resource.api_version.rpartition("/")
    rule = {
        "apiGroups": [group],
        "apiVersions": [version],
        "resources": [resource.plural],
        "operations": [verb],
    }
    return {
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": "false", "message": REASON}],
        },
    }


def build_binding(name: str, *, namespaces: list[str]) -> Manifest:
    """To what is in these namespaces, and to themselves."""
    rule = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
    return {
        "metadata": {"name": name},
        "spec": {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchExpressions": [rule]}},
        },
    }


@contextmanager
def refusing(
    kube: Kube, verb: str, resource: Resource, *, namespaces: list[str], probe: Probe
) -> Iterator[None]:
    """``verb`` is CREATE, UPDATE or DELETE; ``probe`` tries it without effect in one of the namespaces.

    It is refused within, and is no longer afterwards.
    """
    name = f"{namespaces[0]}-{verb.lower()}-{resource.plural}"
    kube.create(POLICIES, build_policy(name, verb=verb, resource=resource))
    kube.create(BINDINGS, build_binding(name, namespaces=namespaces))
    try:
        wait_for(lambda: is_refused(probe), what=f"{name} to be in force", timeout=30)
        yield
    finally:
        kube.delete(BINDINGS, name)
        kube.delete(POLICIES, name)
        wait_for(lambda: not is_refused(probe), what=f"the end of {name}", timeout=30)


def is_refused(probe: Probe) -> bool:
    try:
        probe()
    except KubeNotFound:
        return False
    except KubeError as error:
        if REASON not in str(error):
            raise
        return True
    return False


def probe_creation(kube: Kube, resource: Resource, manifest: Manifest, *, namespace: str) -> Probe:
    body = {"apiVersion": resource.api_version, "kind": resource.kind, **manifest}
    path = build_path(resource, namespace=namespace)
    return partial(kube.transport.send, "POST", path, query={"dryRun": "All"}, body=body)


def probe_deletion(kube: Kube, resource: Resource, name: str, *, namespace: str | None = None) -> Probe:
    path = build_path(resource, namespace=namespace, name=name)
    return partial(kube.transport.send, "DELETE", path, query={"dryRun": "All"})


def probe_change(kube: Kube, resource: Resource, name: str, *, namespace: str) -> Probe:
    path = build_path(resource, namespace=namespace, name=name)
    body = {"metadata": {"annotations": {"probe": "x"}}}
    dry, merge = {"dryRun": "All"}, PATCHES["merge"]
    return partial(kube.transport.send, "PATCH", path, query=dry, body=body, content_type=merge)
