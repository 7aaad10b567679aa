"""Deploys against a real cluster, with the controller's own rights."""

import time
from dataclasses import replace

import pytest

from controller.cluster.desired import Slug
from controller.cluster.errors import DeployFailed
from controller.errors import Superseded
from kit.kube import DEPLOYMENTS, SECRETS, SERVICES

CRASH = "echo starting; echo 'no database at 10.0.0.9' >&2; exit 3"
pytestmark = pytest.mark.timeout(180)


def test_a_first_deploy_serves_and_the_next_one_fails_no_request(
    cluster, make, app, server, worker, fetch, answers, trickle, soon, steps, kube, list_running
):
    first = make(2, counts={"web": 1, "worker": 1}, web=server, worker=worker)
    cluster.deploy(first, previous=None, deadline=soon, on_progress=steps)
    assert fetch(app) == "v2"
    assert steps.phases == ["preparing", "rolling out", "switching", "cleaning up"]
    assert kube.get(SERVICES, app, namespace=app)["spec"]["selector"]["type"] == "web"

    second = make(3, counts={"web": 2, "worker": 1}, web=server, worker=worker)
    with trickle:
        cluster.deploy(second, previous=first, deadline=soon)
        assert answers(app, "v3")
    assert trickle.failures == []
    assert len(list_running(version="v3", type="web")) == 2
    assert list_running(version="v2") == []
    secrets = {item["metadata"]["name"] for item in kube.list(SECRETS, namespace=app)}
    assert secrets == {f"{app}-v2-env", f"{app}-v3-env"}  # v2's ReplicaSet is in the history


def test_the_same_release_again_changes_nothing(cluster, make, app, server, soon, kube):
    desired = make(2, web=server)
    cluster.deploy(desired, previous=None, deadline=soon)
    before = kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)
    assert not cluster.differs(desired)
    cluster.deploy(desired, previous=None, deadline=soon)
    after = kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


def test_a_crashing_release_is_told_with_its_log_and_the_old_one_serves_on(
    cluster, make, app, server, soon, fetch, trickle, steps, list_running
):
    good = make(2, web=server)
    cluster.deploy(good, previous=None, deadline=soon)
    assert fetch(app) == "v2"
    pods = list_running(version="v2")
    with trickle, pytest.raises(DeployFailed) as failed:
        cluster.deploy(make(3, web=CRASH), previous=good, deadline=soon, on_progress=steps)
    text = str(failed.value)
    assert text.startswith(
        "(app::deploy): There was a problem deploying v3. Rolling back process types to release v2.\n"
        f"There was a problem while deploying v3 of {app}-web. Additional information:\n"
        "Process type web crashes: exit code 3"
    )
    assert "no database at 10.0.0.9" in text
    assert failed.value.rolled_back_to == 2
    assert trickle.failures == []
    assert set(trickle.answers) == {"v2"}
    assert list_running() == pods  # the very same pods: nothing was restarted
    assert "rolling back" in steps.phases


def test_a_changed_port_fails_no_request(cluster, make, app, server, soon, fetch, answers, trickle, kube):
    first = make(2, web=server)
    cluster.deploy(first, previous=None, deadline=soon)
    assert fetch(app) == "v2"
    second = make(3, web=server)
    second = replace(second, port=8080, env={**second.env, "PORT": "8080"})
    with trickle:
        cluster.deploy(second, previous=first, deadline=soon)
        assert answers(app, "v3")
    assert trickle.failures == []
    assert kube.get(SERVICES, app, namespace=app)["spec"]["ports"][0]["targetPort"] == 8080


def test_an_image_that_does_not_exist_is_told_at_once(cluster, make, app, server, soon, list_running):
    good = make(2, web=server)
    cluster.deploy(good, previous=None, deadline=soon)
    pods = list_running(version="v2")
    bad = replace(make(3, web=server), image=good.image.replace("trixie-slim", "no-such-tag"))
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(bad, previous=good, deadline=soon)
    assert "The image of process type web can't be pulled: " in str(failed.value)
    assert "no-such-tag" in str(failed.value)
    assert list_running() == pods


def test_a_release_no_node_takes_is_told(cluster, make, app, server, soon):
    unplaced = replace(make(2, web=server), tags={"rack": "nowhere"})
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(unplaced, previous=None, deadline=soon)
    assert "No node takes a pod of process type web: 0/1 nodes are available" in str(failed.value)


def test_a_process_that_never_listens_fails_at_the_deadline(cluster, make, app, worker):
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(make(2, web=worker), previous=None, deadline=time.time() + 6)
    text = str(failed.value)
    assert "0 of 1 pods of the app were ready after 6 s" in text
    assert "connection refused" in text
    assert "working" in text


def test_what_the_api_server_refuses_goes_back(cluster, make, app, server, soon, fetch):
    good = make(2, web=server)
    cluster.deploy(good, previous=None, deadline=soon)
    bad = replace(make(3, web=server), pull_policy="Sometimes")
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(bad, previous=good, deadline=soon)
    assert f'failed to update Deployment "{app}-web": 422 Unprocessable Entity' in str(failed.value)
    assert fetch(app) == "v2"


def test_a_quota_that_is_used_up_is_told(cluster, make, app, server, soon):
    tight = replace(make(2, counts={"web": 3}, web=server), quota={"spec": {"hard": {"pods": "1"}}})
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(tight, previous=None, deadline=soon)
    assert "exceeded quota" in str(failed.value)
    assert "reason: FailedCreate" in str(failed.value)


def test_a_newer_operation_takes_over_within_a_second(cluster, make, app, worker):
    started = time.monotonic()
    with pytest.raises(Superseded):
        cluster.deploy(
            make(2, web=worker),
            previous=None,
            deadline=time.time() + 60,
            should_stop=lambda: time.monotonic() - started > 3,
        )
    assert time.monotonic() - started < 4.5


def test_an_operation_of_an_older_release_never_moves_the_app_back(cluster, make, app, server, soon, fetch):
    newer = make(5, web=server)
    cluster.deploy(newer, previous=None, deadline=soon)
    with pytest.raises(Superseded):
        cluster.deploy(make(4, web=server), previous=None, deadline=soon)
    assert fetch(app) == "v5"
    live = cluster.get_live_release(app)
    assert live is not None
    assert (live.version, live.release_uuid) == (5, newer.release_uuid)


def test_a_type_that_is_no_longer_wanted_goes_to_zero_after_the_switch(
    cluster, make, app, server, soon, fetch, answers, trickle, list_running
):
    first = make(2, counts={"web": 1}, web=server)
    cluster.deploy(first, previous=None, deadline=soon)
    assert fetch(app) == "v2"
    second = make(3, counts={"web": 0, "cmd": 1}, web=server, cmd=server)
    processes = tuple(replace(process, routable=True) for process in second.processes)
    processes = tuple(replace(process, command=("/bin/bash", "-c"), args=(server,)) for process in processes)
    with trickle:
        cluster.deploy(replace(second, processes=processes), previous=first, deadline=soon)
        assert answers(app, "v3")
    assert trickle.failures == []
    assert list_running(type="web") == []


def test_the_next_good_release_repairs_a_broken_first_one(cluster, make, app, server, soon, fetch):
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(make(2, web=CRASH), previous=None, deadline=soon)
    assert str(failed.value).startswith("(app::deploy): Process type web crashes: exit code 3")
    cluster.deploy(make(3, web=server), previous=None, deadline=soon)
    assert fetch(app) == "v3"


def test_a_slug_that_can_not_be_fetched_is_told(cluster, make, app, soon):
    slug = Slug(key="home/slug.tgz", fetch_url="http://127.0.0.1:1/slugs/token")
    desired = replace(make(2, web="unused"), kind="buildpack", slug=slug)
    with pytest.raises(DeployFailed) as failed:
        cluster.deploy(desired, previous=None, deadline=soon)
    assert "The slug of process type web can't be fetched" in str(failed.value)
    assert "/runner/fetch" in str(failed.value)


def test_an_older_installations_deployment_loses_what_the_next_release_lacks(
    cluster, make, app, server, soon, kube
):
    old, new = make(2, web=server), make(3, web=server)
    cluster.ensure_app_basics(app, service=old.service, quota=None)
    container = {"name": f"{app}-web", "image": old.image, "command": ["sleep", "60"]}
    container["env"] = [{"name": "LEFT_BEHIND", "value": "1"}, {"name": "PORT", "value": "1"}]
    labels = {"app": app, "type": "web", "heritage": "deis"}
    manifest = {
        "metadata": {"name": f"{app}-web", "namespace": app, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": {**labels, "version": "v2"}, "annotations": {"operator": "kept"}},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
            },
        },
    }
    kube.create(DEPLOYMENTS, manifest)
    kube.patch(DEPLOYMENTS, f"{app}-web", {"metadata": {"labels": {"team": "x"}}}, namespace=app)
    cluster.deploy(new, previous=old, deadline=soon)
    live = kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)
    env = {entry["name"] for entry in live["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env == set(new.env)
    assert live["spec"]["template"]["metadata"]["labels"]["version"] == "v3"
