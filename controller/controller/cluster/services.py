"""The live Service of an app: what the router is told, and where the Service points."""

from controller.cluster.answers import action
from controller.cluster.apply import apply_object, patch_service
from controller.cluster.desired import ClusterOptions, DesiredApp, ServiceState
from controller.cluster.errors import ClusterError, reword
from controller.cluster.ingress import apply_ingresses
from controller.cluster.manifests.containers import PORT_NAME
from controller.cluster.manifests.routerrights import build_router_binding, build_router_role
from controller.cluster.manifests.services import (
    Target,
    choose_target,
    get_port,
    names_certificates,
    plan_state_patch,
    plan_target_patch,
)
from controller.cluster.typeservices import apply_type_services, point_type_services
from kit.kube import ROLEBINDINGS, ROLES, SERVICES, Kube, Manifest


def update_service(kube: Kube, app: str, *, state: ServiceState, options: ClusterOptions) -> None:
    """Bring annotations and label to ``state``, and what leads to the app in a cluster without our router.

    The router may read the named certificates before it is told.
    """
    try:
        live = get_service(kube, app)
    except ClusterError as error:
        raise reword(error, f"Could not fetch Kubernetes Service {app}") from error
    patch = plan_state_patch(live, state)
    try:
        if options.native_ingress:
            apply_ingresses(kube, app, state=state, native=options.native_ingress)
        elif state.certificates or names_certificates(live):
            _let_router_read(kube, app, state=state, options=options)
        if patch is not None:
            patch_service(kube, app, patch, strategic=False)
        apply_type_services(kube, app, state=state, port=get_port(live))
    except ClusterError as error:
        raise reword(error, f"Could not update Kubernetes Service {app}") from error


def point_service(kube: Kube, desired: DesiredApp) -> None:
    """Send the Service's requests to the pods of the process type that serves, on the port they listen on."""
    patch = plan_target_patch(get_service(kube, desired.app), choose_target(desired))
    if patch is not None:
        patch_service(kube, desired.app, patch, strategic=True)
    point_type_services(kube, desired)


def prepare_service(kube: Kube, desired: DesiredApp, *, first: bool) -> None:
    """Make the Service ready for a rollout.

    Before an app's first release nothing is served, so it may point where the release will listen. Later, if
    the port changes, it goes by the port's name until the rollout is over: each pod is then asked on its own
    port.
    """
    if first:
        point_service(kube, desired)
        return
    live, target = get_service(kube, desired.app), choose_target(desired)
    same_type = (live["spec"].get("selector") or {}).get("type") == target.process_type
    if same_type and target.port is not None and plan_target_patch(live, target) is not None:
        by_name = Target(process_type=target.process_type, port=PORT_NAME)
        patch = plan_target_patch(live, by_name)
        if patch is not None:
            patch_service(kube, desired.app, patch, strategic=True)


def get_service(kube: Kube, app: str) -> Manifest:
    with action(f'get Service "{app}" in Namespace "{app}"'):
        return kube.get(SERVICES, app, namespace=app)


def _let_router_read(kube: Kube, app: str, *, state: ServiceState, options: ClusterOptions) -> None:
    """Exactly the Secrets that the app's domains need, by name."""
    names = sorted({name for _, name in state.certificates})
    role = build_router_role(app, certificates=names)
    binding = build_router_binding(app, platform_namespace=options.platform_namespace)
    for resource, manifest, part in ((ROLES, role, "rules"), (ROLEBINDINGS, binding, "roleRef")):
        words = f'{resource.kind} "{manifest["metadata"]["name"]}" in Namespace "{app}"'
        with action(f"get {words}"):
            live = kube.find(resource, manifest["metadata"]["name"], namespace=app)
        if live is None or live.get(part) != manifest[part]:
            apply_object(kube, resource, manifest, words=f"update {words}")
