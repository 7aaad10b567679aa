"""Removes from the cluster what live tests left that were interrupted: whatever they make there is called ``ct-...``.

What is young may be of tests that somebody runs at this moment without the test image.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube, Manifest, Resource

PREFIX = "ct-"
YOUNG = timedelta(minutes=10)
RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
KINDS = (
    Resource(
        ADMISSION,
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        namespaced=False,
    ),
    Resource(ADMISSION, "validatingadmissionpolicies", "ValidatingAdmissionPolicy", namespaced=False),
    NAMESPACES,
    Resource(RBAC, "clusterroles", "ClusterRole", namespaced=False),
    Resource(RBAC, "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
)


def is_leftover(item: Manifest, *, now: datetime) -> bool:
    """Whether a test made it a while ago, and nobody is deleting it."""
    metadata = item["metadata"]
    age = now - datetime.fromisoformat(metadata["creationTimestamp"])
    return metadata["name"].startswith(PREFIX) and age > YOUNG and "deletionTimestamp" not in metadata


def remove_leftovers(kube: Kube, *, now: datetime) -> list[str]:
    """Delete them; return what they are called. Nobody waits for a namespace's end."""
    removed = []
    for kind in KINDS:
        for item in kube.list(kind):
            if is_leftover(item, now=now):
                kube.delete(kind, item["metadata"]["name"], uid=item["metadata"]["uid"])
                removed.append(f"{kind.kind} {item['metadata']['name']}")
    return removed


def main() -> int:
    try:
        kube = Kube.load(os.environ)
        removed = remove_leftovers(kube, now=datetime.now(UTC))
        kube.close()
    except PlatformError as error:
        print(f"leftovers: {error}", file=sys.stderr)
        return 1
    for name in removed:
        print(f"left by an earlier run, removed: {name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
