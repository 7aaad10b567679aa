"""What a config says about pods, as Kubernetes has it: limits, tags, health checks, autoscaling, numbers.

Source: API specification, sections 7.3 to 7.7 and 9.4; Kubernetes specification, sections 12 to 15.
"""

from __future__ import annotations

import pytest

from kit.kube import DEPLOYMENTS, HPAS

from .test_slice import IDLE, IMAGE, SERVER

pytestmark = pytest.mark.timeout(200)


@pytest.fixture(scope="module")
def path(create_app, alice):
    """A deployed app."""
    path = f"/v2/apps/{create_app(alice)}"
    assert alice.post(f"{path}/config", {"values": {"PORT": "5000"}}).status == 201
    build = {"image": IMAGE, "procfile": {"web": SERVER, "worker": IDLE}}
    answer = alice.call("POST", f"{path}/builds", build, timeout=150)
    assert answer.status == 201, answer.body
    assert alice.call("POST", f"{path}/scale", {"worker": 1}, timeout=100).status == 204
    return path


@pytest.fixture
def configure(path, alice):
    """Changes the config and waits for the deploy."""

    def configure(status=201, **maps):
        answer = alice.call("POST", f"{path}/config", maps, timeout=150)
        assert answer.status == status, answer.body
        return answer.json

    return configure


@pytest.fixture
def read(path, kube):
    """The pod template's spec and the container of the web process, or another's."""

    def read(process_type="web"):
        app = path.rpartition("/")[2]
        spec = kube.get(DEPLOYMENTS, f"{app}-{process_type}", namespace=app)["spec"]["template"]["spec"]
        return spec, spec["containers"][0]

    return read


def test_limits_tags_and_numbers_reach_the_pod(configure, read):
    maps = {
        "memory": {"web": "64M/128MB", "worker": "0/1G"},
        "cpu": {"web": "10m/500m"},
        "tags": {"kubernetes.io/os": "linux"},
        "values": {
            "KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS": "7",
            "IMAGE_PULL_POLICY": "Always",
            "DEIS_EXPOSE_POD_IP": "True",
        },
    }
    assert configure(**maps)["memory"] == maps["memory"]
    spec, container = read()
    assert container["resources"] == {
        "requests": {"memory": "64Mi", "cpu": "10m"},
        "limits": {"memory": "128Mi", "cpu": "500m"},
    }
    assert spec["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert spec["terminationGracePeriodSeconds"] == 7
    assert container["imagePullPolicy"] == "Always"
    assert container["env"][-1]["valueFrom"] == {
        "fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}
    }
    _, worker = read("worker")
    assert worker["resources"] == {"requests": {"memory": "0"}, "limits": {"memory": "1Gi"}}

    configure(memory={"web": None, "worker": None}, cpu={"web": None}, tags={"kubernetes.io/os": None})
    spec, container = read()
    assert (container["resources"], spec.get("nodeSelector")) == ({}, None)


def test_hooks_and_periods_to_stop_in_reach_the_pods_of_their_type(configure, read):
    """Source: API specification, section 15."""
    configure(
        lifecycle_post_start={"web": "true # warm"},
        lifecycle_pre_stop={"web": "sleep 1"},
        termination_grace_period={"web": "11"},
    )
    spec, container = read()
    assert container["lifecycle"] == {
        "postStart": {"exec": {"command": ["/bin/bash", "-c", "true # warm"]}},
        "preStop": {"exec": {"command": ["/bin/bash", "-c", "sleep 1"]}},
    }
    assert spec["terminationGracePeriodSeconds"] == 11
    spec, container = read("worker")
    assert spec["terminationGracePeriodSeconds"] != 11
    assert "lifecycle" not in container
    configure(
        lifecycle_post_start={"web": None},
        lifecycle_pre_stop={"web": None},
        termination_grace_period={"web": None},
    )
    assert read()[1]["lifecycle"] == {"preStop": {"sleep": {"seconds": 3}}}


def test_health_checks_reach_the_pod_with_the_apps_port(configure, read):
    ready = {"httpGet": {"port": 5000, "path": "/ready"}, "initialDelaySeconds": 1}
    configure(healthcheck={"web": {"readinessProbe": ready}})
    _, container = read()
    assert container["readinessProbe"]["httpGet"] == {"port": 5000, "path": "/ready", "scheme": "HTTP"}
    assert "livenessProbe" not in container
    configure(
        healthcheck={"web": None}, values={"HEALTHCHECK_URL": "/alive", "HEALTHCHECK_INITIAL_DELAY": "1"}
    )
    _, container = read()
    for probe in ("livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"port": 5000, "path": "/alive", "scheme": "HTTP"}
        assert container[probe]["failureThreshold"] == 3
    configure(healthcheck={"web/cmd": None})
    assert read()[1]["readinessProbe"]["tcpSocket"] == {"port": 5000}


def test_a_number_that_is_none_fails_the_deploy_and_the_next_goes_on(configure, path, alice):
    """Source: API specification, section 7.7."""
    for name, text, detail in (
        ("DEIS_DEPLOY_TIMEOUT", "soon", "invalid literal for int() with base 10: 'soon'"),
        ("DEIS_DEPLOY_TIMEOUT", "9" * 30, f"DEIS_DEPLOY_TIMEOUT is out of range: {'9' * 30}"),
    ):
        assert configure(400, values={name: text}) == {"detail": detail}
        newest = alice.get(f"{path}/releases?limit=1").json["results"][0]
        assert (newest["failed"], newest["summary"]) == (True, "alice deployed a config that failed")
    configure(values={"AFTERWARDS": "1"})
    assert "DEIS_DEPLOY_TIMEOUT" not in alice.get(f"{path}/config").json["values"]


def test_limits_that_make_no_sense_fail_the_deploy_with_the_clusters_words(configure):
    detail = configure(400, memory={"web": "2G/1G"})["detail"]
    assert "must be less than or equal to memory limit" in detail
    assert "Rolling back process types to release" in detail


def test_autoscalers_come_go_and_keep_their_count(configure, path, alice, kube):
    app = path.rpartition("/")[2]
    settings = f"{path}/settings"
    rules = {"web": {"min": 2, "max": 5, "cpu_percent": 45}}
    assert alice.post(settings, {"autoscale": rules}).json["autoscale"] == rules
    spec = kube.get(HPAS, f"{app}-web", namespace=app)["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"{app}-web"}
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 45}
    more = {"worker": {"min": 1, "max": 3, "cpu_percent": 10}}
    assert alice.post(settings, {"autoscale": more}).json["autoscale"] == rules | more
    rules["web"]["max"] = 6
    assert alice.post(settings, {"autoscale": rules}).json["autoscale"] == rules | more
    assert kube.get(HPAS, f"{app}-web", namespace=app)["spec"]["maxReplicas"] == 6
    # what the autoscaler decided outlives a deploy, and what it does not watch follows the structure
    scale = {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": f"{app}-web", "namespace": app},
        "spec": {"replicas": 2},
    }
    kube.replace_subresource(DEPLOYMENTS, f"{app}-web", "scale", scale, namespace=app)
    configure(values={"AUTOSCALED": "1"})
    counts = [
        kube.get(DEPLOYMENTS, f"{app}-{kind}", namespace=app)["spec"]["replicas"]
        for kind in ("web", "worker")
    ]
    assert counts == [2, 1]
    kube.delete(HPAS, f"{app}-worker", namespace=app)  # somebody else was faster
    assert alice.post(settings, {"autoscale": {"web": None, "worker": None}}).json["autoscale"] == {}
    assert kube.find(HPAS, f"{app}-web", namespace=app) is None
    answer = alice.post(settings, {"autoscale": {"web": None}})
    assert (answer.status, answer.json) == (422, {"detail": "web does not exist under autoscale"})


def test_autoscale_rules_that_kubernetes_could_not_hold(path, alice):
    rule = {"min": 1, "max": 2**31, "cpu_percent": 45}
    text = f"could not validate {rule}: {2**31} is greater than the maximum of {2**31 - 1}"
    answer = alice.post(f"{path}/settings", {"autoscale": {"web": rule}})
    assert (answer.status, answer.json) == (400, {"autoscale": [text]})
    answer = alice.post(f"{path}/settings", {"autoscale": {"We b": rule | {"max": 2}}})
    text = "Process types can only contain lowercase alphanumeric characters"
    assert (answer.status, answer.json) == (400, {"autoscale": [text]})
    answer = alice.post(f"{path}/scale", {"web": 2**31})
    assert answer.json == {"detail": "Invalid scaling format: ['Must be less than or equal to 2147483647']"}
