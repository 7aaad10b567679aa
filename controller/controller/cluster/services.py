"""The live Service of an app: what the router is told, and where the Service points."""

from controller.cluster.answers import action
from controller.cluster.apply import apply_object, patch_service
from controller.cluster.desired import ClusterOptions, DesiredApp, ServiceState
from controller.cluster.errors import ClusterError
from controller.cluster.manifests.routerrights import build_router_binding, build_router_role
from controller.cluster.manifests.services import choose_target, plan_state_patch, plan_target_patch
from kit.kube import ROLEBINDINGS, ROLES, SERVICES, Kube, Manifest


def update_service(kube: Kube, app: str, *, state: ServiceState, options: ClusterOptions) -> None:
    """Bring annotations and label to ``state``.

    The router may read the named certificates before it is told.
    """
    try:
        live = get_service(kube, app)
    except ClusterError as error:
        raise ClusterError(f"Could not fetch Kubernetes Service {app}") from error
    patch = plan_state_patch(live, state)
    if patch is None:
        return
    try:
        if state.certificates:
            _let_router_read(kube, app, state=state, options=options)
        patch_service(kube, app, patch, strategic=False)
    except ClusterError as error:
        raise ClusterError(f"Could not update Kubernetes Service {app}") from error


def point_service(kube: Kube, desired: DesiredApp) -> None:
    """Send the Service's requests to the pods of the process type that serves, on the port they listen on."""
    patch = plan_target_patch(get_service(kube, desired.app), choose_target(desired))
    if patch is not None:
        patch_service(kube, desired.app, patch, strategic=True)


def get_service(kube: Kube, app: str) -> Manifest:
    with action(f'get Service "{app}" in Namespace "{app}"'):
        return kube.get(SERVICES, app, namespace=app)


def _let_router_read(kube: Kube, app: str, *, state: ServiceState, options: ClusterOptions) -> None:
    names = sorted({name for _, name in state.certificates})
    role = build_router_role(app, certificates=names)
    binding = build_router_binding(app, platform_namespace=options.platform_namespace)
    for resource, manifest in ((ROLES, role), (ROLEBINDINGS, binding)):
        words = f'update {resource.kind} "{manifest["metadata"]["name"]}" in Namespace "{app}"'
        apply_object(kube, resource, manifest, words=words)
