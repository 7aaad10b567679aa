"""The live Ingress or routes of an app, in a cluster without our router (section 4.5)."""

from controller.cluster.answers import action
from controller.cluster.apply import apply_object
from controller.cluster.desired import NativeIngress, ServiceState
from controller.cluster.manifests.ingress import build_ingresses, get_ingress_resource
from controller.cluster.names import build_app_labels, render_selector
from kit.kube import Kube
from kit.logs import app_logger

log = app_logger(__name__)


def apply_ingresses(kube: Kube, app: str, *, state: ServiceState, native: NativeIngress) -> None:
    """Bring them to ``state``; what is ours and leads to the app no longer is deleted.

    Raises:
        ClusterError: in Kubernetes' words.
    """
    resource = get_ingress_resource(native)
    with action(f"get {resource.plural} in Namespace {app}"):
        labels = render_selector(build_app_labels(app))
        live = {item["metadata"]["name"]: item for item in kube.list(resource, namespace=app, labels=labels)}
    for manifest in build_ingresses(app, state=state, native=native):
        name = manifest["metadata"]["name"]
        found = live.pop(name, None)
        if found is None:
            log.info(app, "creating %s %s", resource.kind, name)
        if found is None or found.get("spec") != manifest["spec"]:
            apply_object(kube, resource, manifest, words=f"create {resource.kind} {name}")
    for name in live:
        with action(f'delete {resource.kind} "{name}"'):
            kube.delete(resource, name, namespace=app)
