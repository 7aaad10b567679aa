"""Time until ``scale`` to 1,000 pods is answered, and until its operation can be read, with ``Prefer: respond-async``.

Budget: 1 s for every answer. The pods never run: the app is bound to a label that its node loses before, so they stay
pending, and go with the app's namespace in the end.
"""

from __future__ import annotations

import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from kit.kube import NAMESPACES, NODES, PODS, Kube
from kit.waiting import wait_for
from places import IMAGE, SERVER, Client, Listener, load_kube, serving_controller, serving_postgres

BUDGET = 1.0
PODS_WANTED = 1000
PENDING = 100
"""So many pods have to be there when answers are measured again."""
ROUNDS = 5
DATABASE = "scaling"
ASYNC = "respond-async"


@contextmanager
def labelled(kube: Kube, label: str) -> Iterator[None]:
    """One node has the label."""
    node = kube.list(NODES)[0]["metadata"]["name"]
    kube.patch(NODES, node, {"metadata": {"labels": {label: "yes"}}})
    try:
        yield
    finally:
        kube.patch(NODES, node, {"metadata": {"labels": {label: None}}})


def make_app(user: Client, kube: Kube, app: str) -> None:
    """Deployed, without a pod, for nodes that there are no more."""
    answer = user.post("/v2/apps", {"id": app})
    assert answer.status == 201, answer.body
    with labelled(kube, app):
        answer = user.post(f"/v2/apps/{app}/config", {"values": {"PORT": 5000}, "tags": {app: "yes"}})
        assert answer.status == 201, answer.body
        body = {"image": IMAGE, "procfile": {"web": SERVER}}
        answer = user.call("POST", f"/v2/apps/{app}/builds", body, timeout=300)
        assert answer.status == 201, answer.body
        answer = user.call("POST", f"/v2/apps/{app}/scale", {"web": 0}, timeout=300)
        assert answer.status == 204, answer.body


def scale(user: Client, app: str, count: int) -> tuple[float, float]:
    """Seconds until the scale is answered, and until its operation is."""
    began = time.monotonic()
    answer = user.post(f"/v2/apps/{app}/scale", {"web": count}, Prefer=ASYNC)
    accepted = time.monotonic()
    assert answer.status == 202, answer.body
    shown = user.get(answer.headers["Location"])
    assert shown.status == 200, shown.body
    return accepted - began, time.monotonic() - accepted


def count_pods(kube: Kube, app: str) -> int:
    return len(kube.list(PODS, namespace=app))


def measure(user: Client, kube: Kube, app: str) -> list[tuple[float, float]]:
    """First with no pod, then with pods that wait."""
    found = [scale(user, app, PODS_WANTED)]
    wait_for(lambda: count_pods(kube, app) >= PENDING, what=f"{PENDING} pods", timeout=120)
    found += [scale(user, app, PODS_WANTED - number) for number in range(1, ROUNDS)]
    print(f"{count_pods(kube, app)} pods were there in the end, all of them pending")
    return found


def main() -> int:
    router, kube, app = Listener(), load_kube(), f"ct-{uuid.uuid4().hex[:8]}"
    try:
        with (
            serving_postgres(DATABASE) as postgres,
            serving_controller(
                postgres, DATABASE, router=router, DEIS_IGNORE_SCHEDULING_FAILURE="1"
            ) as controller,
        ):
            user = controller.register("bench")
            try:
                make_app(user, kube, app)
                found = measure(user, kube, app)
            finally:
                kube.delete(NAMESPACES, app)
    finally:
        router.stop()
    for name, seconds in zip(("scale to 1,000", "its operation"), zip(*found, strict=True), strict=True):
        median, longest = statistics.median(seconds), max(seconds)
        print(f"{name:<16} median {median * 1000:.0f} ms, longest {longest * 1000:.0f} ms; ", end="")
        print(f"budget {BUDGET * 1000:.0f} ms, ratio {longest / BUDGET:.2f}")
    return 0 if max(max(pair) for pair in found) < BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
