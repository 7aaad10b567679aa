"""What a deploy leaves behind goes.

Env secrets nobody can start from any more, pods of other releases (section 21).
"""

from collections.abc import Callable

from controller.cluster.actual import get_labels
from controller.cluster.answers import action
from controller.cluster.errors import ClusterError
from controller.cluster.names import INTERACTIVE, build_app_labels, render_selector
from kit.kube import PODS, REPLICASETS, SECRETS, Kube
from kit.logs import app_logger

log = app_logger(__name__)


def cleanup(kube: Kube, app: str, *, version: int) -> None:
    """Errors are logged: the deploy itself has succeeded."""
    for step in (delete_old_env_secrets, delete_old_pods):
        _try(step, kube, app, version=version)


def delete_old_env_secrets(kube: Kube, app: str, *, version: int) -> None:
    """Keep the present release's and those of every ReplicaSet in the history."""
    selector = render_selector(build_app_labels(app))
    with action(f'get ReplicaSets in Namespace "{app}"'):
        replica_sets = kube.list(REPLICASETS, namespace=app, labels=selector)
    kept = sorted({f"v{version}"} | {get_labels(item).get("version", "") for item in replica_sets})
    old = f"{selector},type=env,version notin({','.join(filter(None, kept))})"
    with action(f'get Secrets in Namespace "{app}"'):
        secrets = kube.list(SECRETS, namespace=app, labels=old)
    for secret in secrets:
        name = secret["metadata"]["name"]
        with action(f'delete Secret "{name}" in Namespace "{app}"'):
            kube.delete(SECRETS, name, namespace=app)


def delete_old_pods(kube: Kube, app: str, *, version: int) -> None:
    """Pods of other versions, one-off pods included, but not somebody's terminal. Nobody waits for their end."""
    selector = f"{render_selector(build_app_labels(app))},version!=v{version},!{INTERACTIVE}"
    with action(f'get Pods in Namespace "{app}"'):
        pods = kube.list(PODS, namespace=app, labels=selector)
    for pod in pods:
        metadata = pod["metadata"]
        if metadata.get("deletionTimestamp") is None:
            with action(f'delete Pod "{metadata["name"]}" in Namespace "{app}"'):
                kube.delete(PODS, metadata["name"], namespace=app, uid=metadata["uid"])


def _try(step: Callable[..., None], kube: Kube, app: str, *, version: int) -> None:
    try:
        step(kube, app, version=version)
    except ClusterError as error:
        log.warning(app, "clean-up after v%d is not complete: %s", version, error)
