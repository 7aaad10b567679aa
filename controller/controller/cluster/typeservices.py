"""Services of process types, besides the one of the app (API specification, section 15)."""

from controller.cluster.answers import action
from controller.cluster.apply import apply_object
from controller.cluster.desired import DesiredApp, ServiceState
from controller.cluster.errors import ClusterError, reword
from controller.cluster.manifests.services import (
    FIRST_PORT,
    Target,
    build_type_service,
    get_port,
    plan_target_patch,
    states_all,
)
from controller.cluster.names import build_process_name
from kit.kube import SERVICES, Kube, Manifest


def apply_type_services(kube: Kube, app: str, *, state: ServiceState, port: int | None) -> None:
    """Make those that are missing, and change those that differ. Without a port they keep theirs."""
    for service in state.types:
        name = build_process_name(app, service.type)
        live = find_service(kube, app, name)
        known = port or (get_port(live) if live else None) or FIRST_PORT
        wanted = build_type_service(app, service, state=state, port=known)
        if not states_all(live, wanted):
            apply_object(kube, SERVICES, wanted, words=f'update Service "{name}" in Namespace "{app}"')


def point_type_services(kube: Kube, desired: DesiredApp) -> None:
    """Send their requests to the port that the release listens on; one that is gone stays gone."""
    for service in desired.service.types:
        name = build_process_name(desired.app, service.type)
        live = find_service(kube, desired.app, name)
        patch = live and plan_target_patch(live, Target(process_type=None, port=desired.port))
        if patch:
            with action(f'update Service "{name}" in Namespace "{desired.app}"'):
                kube.patch(SERVICES, name, patch, namespace=desired.app, kind="strategic")


def delete_type_service(kube: Kube, app: str, process_type: str) -> None:
    """A missing one is fine."""
    name = build_process_name(app, process_type)
    try:
        with action(f'delete Service "{name}" in Namespace "{app}"'):
            kube.delete(SERVICES, name, namespace=app)
    except ClusterError as error:
        raise reword(error, f"Could not delete Kubernetes Service {name}") from error


def find_service(kube: Kube, app: str, name: str) -> Manifest | None:
    with action(f'get Service "{name}" in Namespace "{app}"'):
        return kube.find(SERVICES, name, namespace=app)
