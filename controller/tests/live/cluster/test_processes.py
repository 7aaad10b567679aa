"""Scale, restart, run, ps and destroy against a real cluster."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from controller.cluster.desired import Autoscale, Process, ServiceState
from controller.cluster.errors import ClusterError, RunFailed, ScaleFailed
from kit.kube import HPAS, NAMESPACES, PODS, SECRETS, SERVICES
from kit.waiting import wait_for

pytestmark = pytest.mark.timeout(180)


def scale(cluster, desired, deadline, **counts):
    previous = {process.type: process.replicas for process in desired.processes}
    cluster.scale(desired, counts=counts, previous_counts=previous, deadline=deadline)


def test_scaling_up_down_and_to_nothing(cluster, make, app, server, soon, list_running):
    desired = make(2, web=server)
    cluster.deploy(desired, previous=None, deadline=soon)
    kept = list_running()
    scale(cluster, desired, soon, web=3)
    infos = cluster.list_pods(app, version=2)
    assert [info.state for info in infos] == ["up", "up", "up"]
    assert {(info.release, info.type) for info in infos} == {("v2", "web")}
    assert set(kept) < {info.name for info in infos}
    scale(cluster, desired, soon, web=1)
    assert len(list_running()) == 1
    scale(cluster, desired, soon, web=0)
    assert len(list_running()) == 0


def test_scaling_a_type_that_has_no_deployment_yet_makes_one(
    cluster, make, app, server, worker, soon, list_running
):
    desired = make(2, counts={"web": 1, "worker": 0}, web=server, worker=worker)
    first = replace(desired, processes=desired.processes[:1])
    cluster.deploy(first, previous=None, deadline=soon)
    scale(cluster, desired, soon, worker=2)
    assert len(list_running(type="worker")) == 2


def test_a_scale_beyond_the_quota_is_told_and_taken_back(
    cluster, make, app, server, soon, kube, list_running
):
    desired = replace(make(2, web=server), quota={"spec": {"hard": {"pods": "2"}}})
    cluster.deploy(desired, previous=None, deadline=soon)
    with pytest.raises(ScaleFailed) as failed:
        scale(cluster, desired, soon, web=5)
    assert str(failed.value).startswith("(scale): Message:")
    assert "exceeded quota" in str(failed.value)
    cluster.deploy(desired, previous=None, deadline=soon)
    assert len(list_running()) == 1


def test_restart_replaces_the_pods_that_are_meant(cluster, make, app, server, worker, soon, list_running):
    desired = make(2, counts={"web": 2, "worker": 1}, web=server, worker=worker)
    cluster.deploy(desired, previous=None, deadline=soon)
    web, worker_pods = list_running(type="web"), list_running(type="worker")

    one = cluster.restart(app, version=2, name=web[0].removeprefix(f"{app}-"), deadline=soon)
    assert [(info.type, info.state) for info in one] == [("web", "up")]
    assert one[0].name not in web
    now = list_running(type="web")
    assert web[1] in now
    assert web[0] not in now

    all_web = cluster.restart(app, version=2, process_type="web", deadline=soon)
    assert len([info for info in all_web if info.state == "up"]) == 2
    assert not set(now) & {info.name for info in all_web if info.state == "up"}
    assert list_running(type="worker") == worker_pods
    assert cluster.restart(app, version=2, name="no-such-pod", deadline=soon) == []
    assert cluster.list_pods(app, version=2, name="no-such-pod") == []


def test_run_returns_output_and_exit_code_and_leaves_nothing(cluster, make, app, server, soon, kube):
    desired = make(2, web=server)
    cluster.deploy(desired, previous=None, deadline=soon)
    run = replace(desired, processes=(Process(type="run", replicas=1, memory="64M"),))
    result = cluster.run(
        run, 'echo "$WORKFLOW_RELEASE $lower_Case ünï"; echo oops >&2; exit 7', pod_name=f"{app}-run-aaaaa"
    )
    assert result.exit_code == 7
    assert sorted(result.output.splitlines()) == ["oops", "v2 kept ünï"]
    assert cluster.run(run, "true", pod_name=f"{app}-run-bbbbb").exit_code == 0
    left = [
        p
        for p in kube.list(PODS, namespace=app, labels="type=run")
        if "deletionTimestamp" not in p["metadata"]
    ]
    assert left == []


def test_a_run_that_cannot_start_is_told_and_leaves_nothing(cluster, make, app, server, soon, kube):
    desired = replace(make(2, web=server), image="198.19.255.1:5000/library/no-such-image:1")
    cluster.ensure_app_basics(app, service=desired.service, quota=None)
    with pytest.raises(RunFailed) as failed:
        cluster.run(replace(desired, processes=()), "true", pod_name=f"{app}-run-ccccc")
    assert str(failed.value).startswith(
        f"{app}-run-ccccc (run): The image of process type run can't be pulled"
    )
    assert [p for p in kube.list(PODS, namespace=app) if "deletionTimestamp" not in p["metadata"]] == []


def test_a_run_that_takes_too_long_is_ended(cluster, make, app, server, soon):
    desired = make(2, web=server)
    cluster.ensure_app_basics(app, service=desired.service, quota=None)
    with pytest.raises(RunFailed, match="Timed out"):
        cluster.run(desired, "exec sleep 60", pod_name=f"{app}-run-ddddd", timeout=4)


def test_a_run_whose_pod_is_deleted_is_told_at_once(cluster, make, app, server, kube):
    desired, name = make(2, web=server), f"{app}-run-eeeee"
    cluster.ensure_app_basics(app, service=desired.service, quota=None)

    def delete_when_running():
        pod = kube.find(PODS, name, namespace=app) or {"status": {}}
        return pod["status"].get("phase") == "Running" and kube.delete(PODS, name, namespace=app, grace=0)

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(cluster.run, desired, "exec sleep 60", pod_name=name, timeout=50)
        wait_for(delete_when_running, what="the pod", timeout=30)
        with pytest.raises(RunFailed, match="was deleted before the command had ended"):
            run.result(timeout=10)


def test_the_service_belongs_to_the_router_and_to_operators(cluster, app, kube):
    cluster.ensure_app_basics(app, service=ServiceState(domains=(app,)), quota=None)
    kube.patch(
        SERVICES, app, {"metadata": {"annotations": {"router.deis.io/connectTimeout": "10"}}}, namespace=app
    )
    state = ServiceState(
        domains=(app, "shop.example.com"),
        certificates=(("shop.example.com", "shop"),),
        maintenance=True,
        whitelist=("10.0.0.0/8",),
    )
    cluster.update_service(app, service=state)
    annotations = kube.get(SERVICES, app, namespace=app)["metadata"]["annotations"]
    assert annotations == {
        "router.deis.io/connectTimeout": "10",
        "router.deis.io/domains": f"{app},shop.example.com",
        "router.deis.io/certificates": "shop.example.com:shop",
        "router.deis.io/maintenance": "true",
        "router.deis.io/ssl.enforce": "false",
        "router.deis.io/whitelist": "10.0.0.0/8",
    }
    before = kube.get(SERVICES, app, namespace=app)["metadata"]["resourceVersion"]
    cluster.update_service(app, service=state)
    assert kube.get(SERVICES, app, namespace=app)["metadata"]["resourceVersion"] == before
    cluster.update_service(app, service=ServiceState(routable=False))
    live = kube.get(SERVICES, app, namespace=app)["metadata"]
    assert "router.deis.io/domains" not in live["annotations"]
    assert "router.deis.io/certificates" not in live["annotations"]
    assert live["labels"]["router.deis.io/routable"] == "false"


def test_autoscalers_come_change_and_go(cluster, app, kube):
    cluster.ensure_app_basics(app, service=ServiceState(), quota=None)
    for maximum in (5, 7):
        cluster.apply_autoscale(
            app, process_type="web", autoscale=Autoscale(min=2, max=maximum, cpu_percent=45)
        )
        assert kube.get(HPAS, f"{app}-web", namespace=app)["spec"]["maxReplicas"] == maximum
    cluster.apply_autoscale(app, process_type="web", autoscale=None)
    assert kube.find(HPAS, f"{app}-web", namespace=app) is None
    with pytest.raises(ClusterError, match="max replicas can not be smaller than min replicas"):
        cluster.apply_autoscale(app, process_type="web", autoscale=Autoscale(min=2, max=1, cpu_percent=45))


def test_destroy_leaves_no_namespace(cluster, make, app, server, soon, kube):
    cluster.deploy(make(2, web=server), previous=None, deadline=soon)
    assert cluster.namespace_exists(app)
    assert cluster.destroy_app(app, deadline=time.time() + 30)
    assert kube.find(NAMESPACES, app) is None
    assert not cluster.namespace_exists(app)
    assert cluster.destroy_app(app, deadline=time.time() + 30)
    assert cluster.get_live_release(app) is None
    assert cluster.list_pods(app, version=2) == []


def test_the_namespace_is_ours_and_takes_no_privileged_pod(cluster, app, kube):
    cluster.ensure_app_basics(app, service=ServiceState(), quota=None)
    assert kube.get(NAMESPACES, app)["metadata"]["labels"]["heritage"] == "deis"
    container = {"name": "x", "image": "x", "securityContext": {"privileged": True}}
    with pytest.raises(Exception, match="violates PodSecurity"):
        kube.create(PODS, {"metadata": {"name": "x"}, "spec": {"containers": [container]}}, namespace=app)


def test_the_account_at_an_outside_registry(cluster, kube, platform):
    assert cluster.get_platform_registry() is None
    data = {"username": "Ym9i", "hostname": "ci5leGFtcGxlLmNvbQ=="}
    kube.create(SECRETS, {"metadata": {"name": "registry-secret", "namespace": platform}, "data": data})
    assert cluster.get_platform_registry() == {"username": "bob", "hostname": "r.example.com"}


def test_what_the_nodes_are(cluster):
    assert cluster.count_nodes({}) >= 1
    assert cluster.count_nodes({"rack": "nowhere"}) == 0
    assert {platform.partition("/")[0] for platform in cluster.list_platforms()} == {"linux"}


def test_certificates_come_change_and_go(cluster, app, kube):
    cluster.ensure_app_basics(app, service=ServiceState(), quota=None)
    for text in ("one", "two"):
        cluster.apply_certificate(app, name="shop", certificate=text, key="key")
    secret = kube.get(SECRETS, "shop-cert", namespace=app)
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["data"]["tls.crt"] == "dHdv"
    cluster.delete_certificate(app, name="shop")
    cluster.delete_certificate(app, name="shop")
    assert kube.find(SECRETS, "shop-cert", namespace=app) is None


def test_what_is_wrong_with_running_pods_is_told_on_demand(cluster, make, app, server, soon):
    desired = make(2, web=server)
    cluster.deploy(desired, previous=None, deadline=soon)
    assert cluster.get_diagnosis(app, version=2) == ""
