"""Time of a deploy of one process by the controller, beside the same Deployment applied by hand, in turns.

Budget: the controller adds less than 300 ms. What it adds is seen in two ways: as the difference of the medians, in which
each pod's own start has its part (the kubelet probes once a second); and within each deploy, as the time from the
request to the Deployment plus that from the last pod's being available to the answer. Both have to be within it.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kit.kube import DEPLOYMENTS, NAMESPACES, SECRETS, SERVICEACCOUNTS, Kube, Manifest
from kit.waiting import wait_for
from places import IMAGE, SERVER, Listener, load_kube, serving_controller, serving_postgres
from places import Client as User

BUDGET = 0.3
ROUNDS = 9
DATABASE = "deploys"
NAMED = ("name", "labels", "annotations")
PATIENCE = 120


class Observer:
    """When a namespace's first Deployment appeared, and when all it wants was available."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        self._watch = kube.watch(DEPLOYMENTS, namespace=namespace, timeout=PATIENCE)
        self.appeared = self.available = 0.0
        self._done = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        with self._watch as events:
            for event in events:
                now = time.monotonic()
                self.appeared = self.appeared or now
                if is_available(event.object):
                    self.available = now
                    self._done.set()
                    return

    def wait(self) -> None:
        assert self._done.wait(PATIENCE), "the Deployment is not available"


def is_available(deployment: Manifest) -> bool:
    status = deployment.get("status", {})
    is_seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return bool(is_seen and status.get("availableReplicas") == deployment["spec"]["replicas"] == 1)


def deploy(user: User, kube: Kube, app: str) -> tuple[float, float]:
    """Seconds of a first deploy, and those of them that are the controller's own."""
    observer = Observer(kube, app)
    began = time.monotonic()
    body = {"image": IMAGE, "procfile": {"web": SERVER}}
    answer = user.call("POST", f"/v2/apps/{app}/builds", body, timeout=PATIENCE)
    ended = time.monotonic()
    assert answer.status == 201, answer.body
    observer.wait()
    return ended - began, (observer.appeared - began) + max(0.0, ended - observer.available)


def apply_by_hand(kube: Kube, app: str, copy: str) -> float:
    """Seconds from applying what the controller made for the app, in another namespace, to its being available."""
    wait_for(lambda: kube.find(SERVICEACCOUNTS, "default", namespace=copy), what="the account", timeout=20)
    observer = Observer(kube, copy)
    began = time.monotonic()
    for resource in (SECRETS, DEPLOYMENTS):
        for live in kube.list(resource, namespace=app, labels="heritage=deis"):
            kube.apply(resource, strip(live), namespace=copy, manager="bench")
    observer.wait()
    return observer.available - began


def strip(live: Manifest) -> Manifest:
    """As somebody would have written it."""
    metadata = {key: value for key, value in live["metadata"].items() if key in NAMED}
    metadata.get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
    return {key: live[key] for key in ("data", "type", "spec") if key in live} | {"metadata": metadata}


@contextmanager
def making_pair(user: User, kube: Kube) -> Iterator[tuple[str, str]]:
    """An app, and an empty namespace beside it."""
    app = f"ct-{uuid.uuid4().hex[:8]}"
    answer = user.post("/v2/apps", {"id": app})
    assert answer.status == 201, answer.body
    namespace: dict[str, Any] = {"metadata": {"name": f"{app}-hand"}}
    kube.create(NAMESPACES, namespace)
    try:
        answer = user.post(f"/v2/apps/{app}/config", {"values": {"PORT": 5000}})
        assert answer.status == 201, answer.body
        yield app, f"{app}-hand"
    finally:
        kube.delete(NAMESPACES, f"{app}-hand")
        user.delete(f"/v2/apps/{app}")


def measure(user: User, kube: Kube) -> tuple[float, float, float]:
    """Seconds: a deploy, the same by hand, what of a deploy is the controller's."""
    with making_pair(user, kube) as (app, copy):
        total, own = deploy(user, kube, app)
        by_hand = apply_by_hand(kube, app, copy)
    print(
        f"a deploy {total:.3f} s, of which the controller's {own:.3f} s; by hand {by_hand:.3f} s", flush=True
    )
    return total, by_hand, own


def main() -> int:
    router, kube = Listener(), load_kube()
    try:
        with (
            serving_postgres(DATABASE) as postgres,
            serving_controller(postgres, DATABASE, router=router) as controller,
        ):
            user = controller.register("bench")
            rounds = [measure(user, kube) for _ in range(ROUNDS + 1)][1:]  # the first brings caches up
    finally:
        router.stop()
    total, by_hand, own = (statistics.median(values) for values in zip(*rounds, strict=True))
    print(
        f"medians of {ROUNDS}: a deploy {total:.3f} s, by hand {by_hand:.3f} s; budget {BUDGET * 1000:.0f} ms"
    )
    print(f"difference {(total - by_hand) * 1000:.0f} ms, ratio {total / by_hand:.2f}")
    print(f"the controller's own time {own * 1000:.0f} ms")
    return 0 if total - by_hand < BUDGET and own < BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
