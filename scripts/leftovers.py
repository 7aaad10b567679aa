"""Removes from the cluster what live tests left that were interrupted: whatever they make there is called ``ct-...``."""

from __future__ import annotations

import os
import sys

from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube, Resource

PREFIX = "ct-"
RBAC = "rbac.authorization.k8s.io/v1"
KINDS = (
    NAMESPACES,
    Resource(RBAC, "clusterroles", "ClusterRole", namespaced=False),
    Resource(RBAC, "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
)


def remove_leftovers(kube: Kube) -> list[str]:
    """Delete them; return what they are called. Nobody waits for a namespace's end."""
    removed = []
    for kind in KINDS:
        for item in kube.list(kind):
            metadata = item["metadata"]
            if metadata["name"].startswith(PREFIX) and "deletionTimestamp" not in metadata:
                kube.delete(kind, metadata["name"], uid=metadata["uid"])
                removed.append(f"{kind.kind} {metadata['name']}")
    return removed


def main() -> int:
    try:
        kube = Kube.load(os.environ)
        removed = remove_leftovers(kube)
        kube.close()
    except PlatformError as error:
        print(f"leftovers: {error}", file=sys.stderr)
        return 1
    for name in removed:
        print(f"left by an earlier run, removed: {name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
