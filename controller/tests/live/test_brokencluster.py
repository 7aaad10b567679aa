"""What the cluster's client makes of an API server that refuses or falls silent at an awkward moment."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from controller.cluster.actual import Actual, AppView
from controller.cluster.deploying import Deployer, apply_secrets, deploy
from controller.cluster.desired import ClusterOptions, DesiredApp, Process, ServiceState
from controller.cluster.errors import ClusterAnswerError, DeployFailed, ProcessFailed
from controller.cluster.plan import Plan, ScaleDeployment
from controller.cluster.waiting import Terms, drive
from controller.errors import Superseded, dump_error
from kit.kube import Kube

from .scripted import Reply, Script, serving

OPTIONS = ClusterOptions(slugrunner_image="deis/slugrunner:1")


def refuse(status: int, message: str = "no") -> Reply:
    body = {"kind": "Status", "status": "Failure", "message": message, "code": status}
    return Reply(status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


@contextmanager
def cluster_of(script: Script) -> Iterator[Kube]:
    with serving(script) as address:
        kube = Kube(f"http://{address}")
        try:
            yield kube
        finally:
            kube.close()


def build_desired(version: int) -> DesiredApp:
    return DesiredApp(
        app="shop",
        release_uuid=f"uuid-{version}",
        version=version,
        summary="bob deployed abc1234",
        kind="image",
        image="127.0.0.1:5555/shop:v3",
        env={"DEIS_APP": "shop"},
        processes=(Process(type="web", replicas=1, routable=True),),
        service=ServiceState(domains=("shop",)),
        port=8080,
    )


def build_terms(*, seconds: float = 10, fence: int = 3) -> Terms:
    return Terms(
        deadline=time.time() + seconds, should_stop=lambda: False, on_progress=lambda _: None, fence=fence
    )


def test_a_secret_that_is_refused_is_told_of_once():
    def script(method: str, _: str) -> Reply:
        return refuse(404) if method == "GET" else refuse(403, "quota")

    with cluster_of(script) as kube, pytest.raises(ClusterAnswerError) as told:
        apply_secrets(kube, build_desired(3))
    assert str(told.value) == 'failed to update Secret "shop-v3-env" in Namespace "shop": 403 Forbidden quota'


def test_going_back_has_time_of_its_own_from_its_first_step():
    """The API server is slow just when the deploy's time is up; it answers a moment later."""
    asked = []

    def script(_: str, path: str) -> Reply:
        asked.append(path)
        return refuse(503) if len(asked) == 1 else refuse(403, "quota")

    with cluster_of(script) as kube:
        deployer = Deployer(kube=kube, options=OPTIONS, terms=build_terms(seconds=-1))
        with pytest.raises(DeployFailed, match="no database") as told:
            deploy(deployer, build_desired(3), previous=build_desired(2), failed_with="no database")
    assert told.value.rolled_back_to is None
    assert len(asked) > 1


def test_a_deployment_that_can_not_be_read_again_fails_its_process():
    """It changed since the plan was made, and then Kubernetes refuses to show it."""

    def script(method: str, path: str) -> Reply:
        if method == "GET" and "/deployments/shop-web" in path:
            return refuse(403, "rights are gone")
        return (
            refuse(409)
            if method == "PUT"
            else Reply(body=b'{"metadata": {"resourceVersion": "1"}, "items": []}')
        )

    live = {"metadata": {"name": "shop-web", "resourceVersion": "1", "labels": {"type": "web"}}}
    changes = (ScaleDeployment(live=live, replicas=2),)
    with cluster_of(script) as kube, AppView(kube, "shop") as view, pytest.raises(ProcessFailed) as told:
        drive(
            kube,
            "shop",
            view=view,
            plan=lambda _: Plan(changes=changes),
            judge=lambda _: None,
            terms=build_terms(),
        )
    assert str(told.value) == (
        'failed to get Deployment "shop-web" in Namespace "shop": 403 Forbidden rights are gone'
    )


def test_who_was_overtaken_says_so_even_when_asked_later():
    template = {"spec": {"template": {"metadata": {"labels": {"version": "v9"}}}}}
    ahead = Actual(deployments={"shop-web": {"metadata": {"name": "shop-web"}, **template}})
    with pytest.raises(Superseded) as told:
        build_terms(fence=3).check(ahead)
    assert dump_error(told.value)["kind"] == "Superseded"
