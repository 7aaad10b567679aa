"""From what is wanted and what is there to what must be done."""

import copy

import pytest

from controller.cluster.actual import Actual
from controller.cluster.desired import Process
from controller.cluster.manifests.deployments import build_deployment
from controller.cluster.plan import (
    AdoptDeployment,
    ApplyDeployment,
    Plan,
    ScaleDeployment,
    is_rolled_out,
    plan_retirement,
    plan_rollout,
    plan_scale,
)

WEB = Process(type="web", replicas=2, routable=True)
WORKER = Process(type="worker", replicas=1)


@pytest.fixture
def deployed(options):
    """Builds the Deployment of a process as the API server shows it, rolled out unless told otherwise."""

    def build(desired, process, *, replicas=None, done=True, **metadata):
        count = process.replicas if replicas is None else replicas
        live = build_deployment(desired, process, replicas=count, nodes=1, options=options)
        live["metadata"] |= {"uid": f"uid-{process.type}", "generation": 4, "resourceVersion": "7"} | metadata
        if done:
            counts = {"replicas": count, "updatedReplicas": count, "availableReplicas": count}
            live["status"] = {"observedGeneration": 4, **counts}
        return live

    return build


def picture(*deployments, replica_sets=()):
    named = {item["metadata"]["name"]: item for item in deployments}
    return Actual(deployments=named, replica_sets=tuple(replica_sets))


@pytest.fixture
def rollout(options):
    def plan(desired, actual):
        return plan_rollout(desired, actual, nodes=1, options=options)

    return plan


def names(plan):
    return [change.manifest["metadata"]["name"] for change in plan.changes]


def test_an_empty_namespace_gets_every_type_that_runs_the_routable_last(make_desired, rollout):
    desired = make_desired(processes=(WEB, WORKER, Process(type="clock", replicas=0)))
    plan = rollout(desired, picture())
    assert names(plan) == ["shop-worker", "shop-web"]
    assert plan.waiting == ("shop-worker", "shop-web")


def test_a_release_that_is_there_and_ready_needs_nothing(make_desired, rollout, deployed):
    desired = make_desired(processes=(WEB,))
    assert rollout(desired, picture(deployed(desired, WEB))) == Plan()
    waiting = rollout(desired, picture(deployed(desired, WEB, done=False)))
    assert (waiting.changes, waiting.waiting, waiting.done) == ((), ("shop-web",), False)


def test_the_template_of_a_release_is_frozen(make_desired, rollout, deployed):
    desired = make_desired(processes=(WEB,))
    live = deployed(desired, WEB)
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "an older platform's idea"
    assert rollout(desired, picture(live)).done


def test_another_release_is_applied_over_it(make_desired, rollout, deployed):
    old, new = make_desired(2, processes=(WEB,)), make_desired(3, processes=(WEB,))
    live = deployed(old, WEB)
    (change,) = rollout(new, picture(live)).changes
    assert isinstance(change, ApplyDeployment)
    assert change.live is live
    assert change.manifest["metadata"]["annotations"]["deis.io/release"] == "uuid-3"


def test_drifted_replicas_are_repaired_by_scaling(make_desired, rollout, deployed):
    desired = make_desired(processes=(WEB,))
    live = deployed(desired, WEB, replicas=5)
    assert rollout(desired, picture(live)).changes == (ScaleDeployment(live=live, replicas=2),)


def test_an_autoscaler_keeps_its_count_over_releases_but_not_over_a_stop(make_desired, rollout, deployed):
    scaled = Process(type="web", replicas=2, routable=True, autoscaled=True)
    old, new = make_desired(2, processes=(scaled,)), make_desired(3, processes=(scaled,))
    assert rollout(old, picture(deployed(old, scaled, replicas=7))).done
    (change,) = rollout(new, picture(deployed(old, scaled, replicas=7))).changes
    assert change.manifest["spec"]["replicas"] == 7
    (change,) = rollout(new, picture(deployed(old, scaled, replicas=0))).changes
    assert change.manifest["spec"]["replicas"] == 2


def test_going_back_takes_the_template_that_ran_before_as_it_was(make_desired, rollout, deployed):
    old, new = make_desired(2, processes=(WEB,)), make_desired(3, processes=(WEB,))
    template = copy.deepcopy(deployed(old, WEB)["spec"]["template"])
    template["metadata"]["labels"]["pod-template-hash"] = "6b7f"
    template["spec"]["containers"][0]["image"] = "as it was"
    history = {"metadata": {"labels": template["metadata"]["labels"]}, "spec": {"template": template}}
    (change,) = rollout(old, picture(deployed(new, WEB), replica_sets=[history])).changes
    used = change.manifest["spec"]["template"]
    assert used["spec"]["containers"][0]["image"] == "as it was"
    assert "pod-template-hash" not in used["metadata"]["labels"]
    assert "pod-template-hash" in template["metadata"]["labels"]


def test_a_deployment_of_an_older_installation_is_adopted_without_a_restart(make_desired, rollout, deployed):
    desired = make_desired(processes=(WEB,))
    live = deployed(desired, WEB, annotations={"kubernetes.io/change-cause": "x"})
    del live["spec"]["template"]["metadata"]["annotations"]
    (change,) = rollout(desired, picture(live)).changes
    assert change == AdoptDeployment(
        name="shop-web", annotations={"deis.io/release": "uuid-3", "deis.io/fence": "3"}
    )
    live["metadata"]["annotations"] |= change.annotations
    assert rollout(desired, picture(live)).done


def test_a_handful_of_types_is_under_way_at_a_time(make_desired, rollout, deployed):
    types = tuple(Process(type=f"w{n}", replicas=1) for n in range(7))
    desired = make_desired(processes=types)
    assert len(rollout(desired, picture()).changes) == 5
    started = picture(*(deployed(desired, process, done=False) for process in types[:5]))
    assert rollout(desired, started).changes == ()
    one_ready = picture(*(deployed(desired, process, done=process.type == "w0") for process in types[:5]))
    assert names(rollout(desired, one_ready)) == ["shop-w5"]


def test_what_is_no_longer_wanted_goes_to_zero_at_the_end(make_desired, rollout, deployed, options):
    stopped = Process(type="web", replicas=0, routable=True)
    old = make_desired(2, processes=(WEB, WORKER))
    new = make_desired(3, processes=(stopped, Process(type="cmd", replicas=1)))
    live = picture(deployed(old, WEB), deployed(old, WORKER))
    assert names(rollout(new, live)) == ["shop-cmd"]
    applied, scaled = plan_retirement(new, live, nodes=1, options=options).changes
    assert isinstance(applied, ApplyDeployment)
    assert (applied.manifest["metadata"]["name"], applied.manifest["spec"]["replicas"]) == ("shop-web", 0)
    assert isinstance(scaled, ScaleDeployment)
    assert (scaled.live["metadata"]["name"], scaled.replicas) == ("shop-worker", 0)


def test_an_operators_annotations_of_the_template_survive_a_release(make_desired, rollout, deployed):
    """Source: Kubernetes specification, section 28."""
    live = deployed(make_desired(version=2, processes=(WEB,)), WEB)
    annotations = live["spec"]["template"]["metadata"]["annotations"]
    annotations |= {"iam.example.com/role": "shop", "sidecar.example.com/inject": "true"}
    (change,) = rollout(make_desired(processes=(WEB,)), picture(live)).changes
    assert change.manifest["spec"]["template"]["metadata"]["annotations"] == {
        "iam.example.com/role": "shop",
        "sidecar.example.com/inject": "true",
        "deis.io/release": "uuid-3",
    }
    live["spec"]["template"]["metadata"] |= {"annotations": None}
    (change,) = rollout(make_desired(processes=(WEB,)), picture(live)).changes
    found = change.manifest["spec"]["template"]["metadata"]["annotations"]
    assert found == {"deis.io/release": "uuid-3"}


def test_scaling_touches_the_named_types_only_and_never_a_template(make_desired, deployed, options):
    desired = make_desired(processes=(WEB, WORKER))
    old = make_desired(2, processes=(WEB,))
    live = deployed(old, WEB)

    def plan(counts, *deployments):
        return plan_scale(desired, counts, picture(*deployments), nodes=1, options=options)

    assert plan({"web": 4}, live).changes == (ScaleDeployment(live=live, replicas=4),)
    assert plan({"web": 2}, live).done
    nothing = Plan(changes=(ScaleDeployment(live=live, replicas=0),), waiting=("shop-web",))
    assert plan({"web": 0}, live) == nothing
    assert names(plan({"worker": 3}, live)) == ["shop-worker"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, False),
        ({"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, False),
        ({"observedGeneration": 4, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}, False),
        ({"observedGeneration": 4, "replicas": 2, "updatedReplicas": 2, "unavailableReplicas": 2}, False),
        ({"observedGeneration": 4, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, True),
    ],
)
def test_when_a_deployment_is_rolled_out(status, expected):
    live = {"metadata": {"generation": 4}, "spec": {"replicas": 2}, "status": status}
    assert is_rolled_out(live) is expected


def test_the_fence_is_the_highest_version_any_operation_knew(make_desired, deployed):
    desired = make_desired(3, fence=9, processes=(WEB,))
    assert picture(deployed(desired, WEB), deployed(make_desired(5), WORKER)).fence == 9
    assert picture().fence == 0
