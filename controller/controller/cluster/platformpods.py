"""The pods of the platform itself."""

from controller.cluster.answers import action
from kit.kube import PODS, Kube


def has_pod(kube: Kube, name: str, *, namespace: str) -> bool:
    """Whether the pod is there, alive or on its way out.

    A node lets a pod go only when its containers have ended.
    """
    with action(f'get Pod "{name}" in Namespace "{namespace}"'):
        return kube.find(PODS, name, namespace=namespace) is not None
