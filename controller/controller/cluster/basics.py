"""An app's place in the cluster.

Namespace, the controller's rights in it, trusted certificates, quota, Service, Ingress (section 4.3).
"""

import logging
from collections.abc import Mapping
from typing import Any

from controller.cluster.answers import action
from controller.cluster.desired import ClusterOptions, NativeIngress, ServiceState
from controller.cluster.errors import ClusterChanged, ClusterError, ClusterUnreachable, Missing
from controller.cluster.ingress import apply_ingresses
from controller.cluster.manifests.namespaces import build_namespace, build_quota, build_role_binding
from controller.cluster.manifests.services import build_service
from controller.cluster.names import build_quota_name
from controller.cluster.trustedca import apply_trusted_ca
from kit.errors import Timeout
from kit.kube import (
    NAMESPACES,
    RESOURCEQUOTAS,
    ROLEBINDINGS,
    SERVICES,
    Kube,
    KubeError,
    KubeForbidden,
    KubeNotFound,
    Manifest,
    Resource,
)
from kit.logs import app_logger
from kit.waiting import wait_for

log = app_logger(__name__)
plain_log = logging.getLogger(__name__)

RIGHTS_TIMEOUT = 15.0


def namespace_exists(kube: Kube, app: str) -> bool:
    with action(f'get Namespace "{app}"'):
        return kube.find(NAMESPACES, app) is not None


def ensure_app_basics(
    kube: Kube,
    app: str,
    *,
    service: ServiceState,
    quota: Mapping[str, Any] | None,
    options: ClusterOptions,
) -> None:
    """Create what is missing. A namespace that this call made goes again when the rest of it fails."""
    made = _ensure_namespace(kube, app)
    try:
        ensure_rights(kube, app, options=options)
        apply_trusted_ca(kube, app, certificates=options.trusted_ca)
        if quota:
            ensure(kube, RESOURCEQUOTAS, build_quota(app, setting=quota), words=get_quota_words(app))
        words = f'Service "{app}" in Namespace "{app}"'
        ensure(kube, SERVICES, build_service(app, state=service), words=words)
    except ClusterUnreachable:
        raise
    except ClusterError as error:
        if made:
            _undo_namespace(kube, app)
        raise _refuse(app, "Kubernetes resources could not be created", error) from error
    if options.native_ingress:
        _ensure_ingress(kube, app, service=service, native=options.native_ingress)


def ensure(kube: Kube, resource: Resource, manifest: Manifest, *, words: str) -> None:
    """Create an object if there is none of that name; ``words`` complete "failed to create"."""
    metadata = manifest["metadata"]
    with action(f"get {words}"):
        if kube.find(resource, metadata["name"], namespace=metadata.get("namespace")) is not None:
            return
    try:
        with action(f"create {words}"):
            kube.create(resource, manifest)
    except ClusterChanged:  # somebody else was faster
        return


def get_quota_words(app: str) -> str:
    return f"quota {build_quota_name(app)} for namespace {app}"


def _ensure_namespace(kube: Kube, app: str) -> bool:
    """Whether it had to be made."""
    try:
        with action(f'get Namespace "{app}"'):
            kube.get(NAMESPACES, app)
        return False
    except Missing:
        pass
    try:
        with action(f"create Namespace {app}"):
            kube.create(NAMESPACES, build_namespace(app))
    except ClusterChanged:
        return False
    except ClusterUnreachable:
        raise
    except ClusterError as error:
        raise _refuse(app, "Could not create the Namespace in Kubernetes", error) from error
    return True


def ensure_rights(kube: Kube, app: str, *, options: ClusterOptions) -> None:
    """Bind the controller to its role in this namespace, and wait until the API server knows of it."""
    binding = build_role_binding(
        app,
        role=options.app_role,
        account=options.service_account,
        account_namespace=options.platform_namespace,
    )
    try:
        with action(f'create RoleBinding "{binding["metadata"]["name"]}" in Namespace "{app}"'):
            kube.create(ROLEBINDINGS, binding)
    except ClusterChanged:
        return
    try:
        wait_for(lambda: _may_read(kube, app), what=f"rights in namespace {app}", timeout=RIGHTS_TIMEOUT)
    except Timeout as error:
        raise ClusterError(str(error)) from error


def _may_read(kube: Kube, app: str) -> bool:
    try:
        kube.get(SERVICES, app, namespace=app)
    except KubeForbidden:
        return False
    except KubeNotFound:
        return True
    except KubeError as error:
        log.debug(app, "asking for rights: %s", error)
        return False
    return True


def _undo_namespace(kube: Kube, app: str) -> None:
    try:
        with action(f'delete Namespace "{app}"'):
            kube.delete(NAMESPACES, app)
    except ClusterError as error:
        raise _refuse(app, "Could not delete the Namespace in Kubernetes", error) from error


def _ensure_ingress(kube: Kube, app: str, *, service: ServiceState, native: NativeIngress) -> None:
    try:
        apply_ingresses(kube, app, state=service, native=native)
    except ClusterUnreachable:
        raise
    except ClusterError as error:
        raise _refuse(app, "Could not create Ingress in Kubernetes", error) from error


def _refuse(app: str, text: str, cause: ClusterError) -> ClusterError:
    """The specification's text for the client; what Kubernetes said is for the operator, in the controller's log."""
    plain_log.error("%s: %s: %s", app, text, cause)
    return ClusterError(text)
