"""A deploy that dies at any instant is finished by the next one, without help."""

import contextlib
import threading
import time

import pytest

from controller.cluster.desired import ClusterOptions
from controller.cluster.errors import DeployFailed
from controller.cluster.facade import Cluster
from kit.kube import DEPLOYMENTS, Kube

pytestmark = pytest.mark.timeout(300)

WRITES = 8
"""So many does a first deploy of two types make."""


class Died(BaseException):
    """The process is gone: no handler of ours runs."""


class DyingKube(Kube):
    """A client that dies with the process at its n-th write, before or after the server has it."""

    def __init__(self, kube: Kube, *, at: int, after: bool) -> None:
        super().__init__("")
        self.transport = kube.transport
        self._left, self._after, self._lock = at, after, threading.Lock()

    def _json(self, method, path, **options):
        if method == "GET":
            return super()._json(method, path, **options)
        with self._lock:
            self._left -= 1
            dying = self._left < 0
        if dying and not self._after:
            raise Died
        answer = super()._json(method, path, **options)
        if dying:
            raise Died
        return answer


@pytest.mark.parametrize("instant", range(WRITES))
def test_a_first_deploy_is_finished_after_a_crash_at_any_write(
    controller_kube, options: ClusterOptions, cluster, make, app, server, worker, fetch, soon, instant
):
    desired = make(2, counts={"web": 1, "worker": 1}, web=server, worker=worker)
    dying = Cluster(DyingKube(controller_kube, at=instant, after=instant % 2 == 0), options)
    with contextlib.suppress(Died):
        dying.deploy(desired, previous=None, deadline=soon)
    cluster.deploy(desired, previous=None, deadline=time.time() + 60)
    assert fetch(app) == "v2"
    assert not cluster.differs(desired)


def test_going_back_is_finished_after_a_crash(cluster, make, app, server, soon, fetch, list_running, kube):
    good, bad = make(2, web=server), make(3, web="exit 4")
    cluster.deploy(good, previous=None, deadline=soon)
    pods = list_running(version="v2")

    def die_when_back(progress):
        if progress.phase == "rolling back":
            assert "exit code 4" in progress.cause
            raise Died

    with pytest.raises(Died):
        cluster.deploy(bad, previous=good, deadline=soon, on_progress=die_when_back)
    assert kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)["metadata"]["annotations"][
        "deis.io/release"
    ] == str(bad.release_uuid)
    with pytest.raises(DeployFailed, match="Rolling back process types to release v2") as failed:
        cluster.deploy(bad, previous=good, deadline=soon, failed_with="exit code 4")
    assert failed.value.rolled_back_to == 2
    assert list_running() == pods
    assert fetch(app) == "v2"
