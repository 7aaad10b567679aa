"""The whole of the simplest objects, and of each option only what it changes."""

from dataclasses import replace

import pytest

from controller.cluster.desired import Autoscale, Process, PullSecret
from controller.cluster.manifests.deployments import build_autoscaler, build_deployment
from controller.cluster.manifests.namespaces import build_namespace, build_quota, build_role_binding
from controller.cluster.manifests.pods import build_run_pod, build_template
from controller.cluster.manifests.secrets import build_env_secret, build_pull_secret_manifest, encode
from controller.cluster.manifests.trustedca import build_trusted_ca
from kit.settings import Secret

WORKER = Process(type="worker", replicas=1)


def template(desired, options, process=None):
    return build_template(desired, process or desired.processes[0], options=options)


def container(desired, options, process=None):
    return template(desired, options, process)["spec"]["containers"][0]


def test_the_simplest_deployment(make_desired, options):
    desired = make_desired(processes=(WORKER,), port=None)
    assert build_deployment(desired, WORKER, replicas=1, nodes=2, options=options) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "shop-worker",
            "namespace": "shop",
            "labels": {"app": "shop", "type": "worker", "heritage": "deis"},
            "annotations": {
                "kubernetes.io/change-cause": "bob deployed abc1234",
                "deis.io/release": "uuid-3",
                "deis.io/fence": "3",
            },
        },
        "spec": {
            "replicas": 1,
            "minReadySeconds": 2,
            "selector": {"matchLabels": {"app": "shop", "type": "worker", "heritage": "deis"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {
                    "labels": {"app": "shop", "version": "v3", "type": "worker", "heritage": "deis"},
                    "annotations": {"deis.io/release": "uuid-3"},
                },
                "spec": {
                    "restartPolicy": "Always",
                    "nodeSelector": {},
                    "terminationGracePeriodSeconds": 30,
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [
                        {
                            "name": "shop-worker",
                            "image": "127.0.0.1:5555/shop:v3",
                            "imagePullPolicy": "IfNotPresent",
                            "env": [
                                {
                                    "name": "DEIS_APP",
                                    "valueFrom": {"secretKeyRef": {"name": "shop-v3-env", "key": "DEIS_APP"}},
                                }
                            ],
                        }
                    ],
                },
            },
        },
    }


def test_a_process_with_traffic_is_probed_drains_and_needs_no_settling(make_desired, options):
    desired = make_desired()
    made = build_deployment(desired, desired.processes[0], replicas=2, nodes=5, options=options)
    web = made["spec"]["template"]["spec"]["containers"][0]
    assert "minReadySeconds" not in made["spec"]
    assert made["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 2
    assert web["readinessProbe"]["tcpSocket"] == {"port": 8080}
    assert web["ports"] == [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    assert web["lifecycle"] == {"preStop": {"sleep": {"seconds": 3}}}


@pytest.mark.parametrize(("grace", "seconds"), [(30, 3), (3, 2), (1, None), (0, None)])
def test_draining_ends_within_the_grace_period(make_desired, options, grace, seconds):
    lifecycle = container(make_desired(grace_period=grace), options).get("lifecycle")
    assert lifecycle == (seconds and {"preStop": {"sleep": {"seconds": seconds}}})


def test_hooks_are_run_by_the_shell_and_a_pre_stop_takes_the_pauses_place(make_desired, options):
    process = Process(type="web", replicas=1, routable=True, post_start="./warm up", pre_stop="./drain; true")
    assert container(make_desired(), options, process)["lifecycle"] == {
        "postStart": {"exec": {"command": ["/bin/bash", "-c", "./warm up"]}},
        "preStop": {"exec": {"command": ["/bin/bash", "-c", "./drain; true"]}},
    }
    started = container(make_desired(), options, replace(process, pre_stop=""))["lifecycle"]
    assert started["preStop"] == {"sleep": {"seconds": 3}}
    worker = replace(WORKER, pre_stop="./drain")
    assert list(container(make_desired(), options, worker)["lifecycle"]) == ["preStop"]


def test_a_types_own_grace_period_goes_before_the_apps_and_bounds_its_pause(make_desired, options):
    desired = make_desired(grace_period=45)
    own = replace(desired.processes[0], grace_period=2)
    spec = template(desired, options, own)["spec"]
    assert spec["terminationGracePeriodSeconds"] == 2
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 1}}}
    assert template(desired, options, WORKER)["spec"]["terminationGracePeriodSeconds"] == 45
    none = template(desired, options, replace(own, grace_period=0))["spec"]
    assert none["terminationGracePeriodSeconds"] == 0


def test_a_slug_is_fetched_by_an_init_container_and_runs_without_privileges(make_desired, options, slug):
    spec = template(make_desired(kind="buildpack", image=slug.key, slug=slug), options)["spec"]
    no_privileges = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert spec["securityContext"] == {
        "seccompProfile": {"type": "RuntimeDefault"},
        "runAsNonRoot": True,
        "runAsUser": 2000,
        "runAsGroup": 2000,
        "fsGroup": 2000,
    }
    assert spec["volumes"] == [{"name": "app", "emptyDir": {}}]
    assert spec["initContainers"] == [
        {
            "name": "slug",
            "image": "deis/slugrunner:1",
            "imagePullPolicy": "IfNotPresent",
            "command": ["/runner/fetch"],
            "env": [
                {
                    "name": "SLUG_FETCH_URL",
                    "valueFrom": {"secretKeyRef": {"name": "shop-v3-env", "key": "slug-fetch-url"}},
                }
            ],
            "volumeMounts": [{"name": "app", "mountPath": "/app"}],
            "securityContext": no_privileges,
        }
    ]
    app = spec["containers"][0]
    assert app["image"] == "deis/slugrunner:1"
    assert app["volumeMounts"] == [{"name": "app", "mountPath": "/app"}]
    assert app["securityContext"] == no_privileges
    assert "SLUG_FETCH_URL" not in {entry["name"] for entry in app["env"]}


def test_trusted_certificates_are_for_the_container_that_fetches_the_slug_alone(make_desired, options, slug):
    desired = make_desired(kind="buildpack", image=slug.key, slug=slug)
    trusting = replace(options, trusted_ca="-----BEGIN CERTIFICATE-----")
    plain, spec = (template(desired, one)["spec"] for one in (options, trusting))
    mount = {"name": "trusted-ca", "mountPath": "/etc/deis/trusted-ca", "readOnly": True}
    volume = {"name": "trusted-ca", "configMap": {"name": "deis-trusted-ca", "optional": True}}
    assert spec["volumes"] == [*plain["volumes"], volume]
    assert spec["initContainers"][0]["volumeMounts"] == [*plain["initContainers"][0]["volumeMounts"], mount]
    assert spec["containers"] == plain["containers"]
    assert template(make_desired(), trusting) == template(make_desired(), options)
    run = Process(type="run", replicas=1, args=("ls",))
    pod = build_run_pod(desired, run, name="shop-run-x7k2p", seconds=1200, options=trusting)
    assert mount in pod["spec"]["initContainers"][0]["volumeMounts"]


def test_proxies_are_for_the_container_that_fetches_the_slug_alone(make_desired, options, slug):
    desired = make_desired(kind="buildpack", image=slug.key, slug=slug)
    proxies = {"http": "http://proxy:3128", "https": "http://proxy:3129", "no": ".svc,127.0.0.1"}
    proxied = replace(options, proxies=proxies)
    plain, spec = (template(desired, one)["spec"] for one in (options, proxied))
    given = [
        {"name": "HTTP_PROXY", "value": "http://proxy:3128"},
        {"name": "HTTPS_PROXY", "value": "http://proxy:3129"},
        {"name": "NO_PROXY", "value": ".svc,127.0.0.1"},
    ]
    assert spec["initContainers"][0]["env"] == [*plain["initContainers"][0]["env"], *given]
    assert spec["containers"] == plain["containers"]
    assert template(make_desired(), proxied) == template(make_desired(), options)


def test_the_trusted_certificates_of_a_namespace():
    made = build_trusted_ca("shop", certificates="PEM")
    labels = {"app": "shop", "heritage": "deis"}
    assert made["metadata"] == {"name": "deis-trusted-ca", "namespace": "shop", "labels": labels}
    assert made["data"] == {"ca.crt": "PEM"}


def test_options_of_a_release(make_desired, options):
    desired = make_desired(
        tags={"rack": "one"},
        pull_secret=PullSecret(name="private-registry", dockerconfig=None),
        pull_policy="Always",
        history_limit=3,
        batches=1,
        fence=7,
    )
    made = build_deployment(desired, desired.processes[0], replicas=2, nodes=5, options=options)
    spec = made["spec"]["template"]["spec"]
    assert made["metadata"]["annotations"]["deis.io/fence"] == "7"
    assert made["spec"]["revisionHistoryLimit"] == 3
    assert made["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 1
    assert spec["nodeSelector"] == {"rack": "one"}
    assert spec["imagePullSecrets"] == [{"name": "private-registry"}]
    assert spec["containers"][0]["imagePullPolicy"] == "Always"


def test_options_of_a_process(make_desired, options):
    process = Process(
        type="web", replicas=1, command=("/bin/bash", "-c"), args=("run",), memory="64M", cpu="1"
    )
    made = container(make_desired(), options, process)
    assert made["command"] == ["/bin/bash", "-c"]
    assert made["args"] == ["run"]
    assert made["resources"] == {"limits": {"memory": "64Mi", "cpu": "1"}}
    assert "readinessProbe" not in made


def test_debug_is_a_plain_variable_unless_the_app_has_its_own(make_desired, options):
    debug = replace(options, debug=True)
    assert container(make_desired(), debug)["env"][-1] == {"name": "DEIS_DEBUG", "value": "1"}
    own = make_desired(env={"DEIS_DEBUG": "0"})
    assert [entry["name"] for entry in container(own, debug)["env"]] == ["DEIS_DEBUG"]


@pytest.mark.parametrize(
    ("own", "everybodys", "told"),
    [
        (None, False, False),
        (None, True, True),
        ("True", False, True),
        ("False", True, False),
        ("yes", True, False),
    ],
)
def test_the_pods_address_is_told_where_app_or_operator_say_so(make_desired, options, own, everybodys, told):
    env = {} if own is None else {"DEIS_EXPOSE_POD_IP": own}
    made = container(make_desired(env=env), replace(options, expose_pod_ip=everybodys))
    assert ("POD_IP" in [entry["name"] for entry in made["env"]]) is told


def test_a_run_pod_ends_by_itself_and_is_not_probed(make_desired, options):
    check = {"livenessProbe": {"exec": {"command": ["true"]}}}
    process = Process(type="run", replicas=1, args=("ls",), health_check=check, routable=True)
    pod = build_run_pod(make_desired(), process, name="shop-run-x7k2p", seconds=1200, options=options)
    assert pod["metadata"]["name"] == "shop-run-x7k2p"
    assert pod["metadata"]["labels"] == {"app": "shop", "version": "v3", "type": "run", "heritage": "deis"}
    assert pod["spec"]["restartPolicy"] == "Never"
    assert pod["spec"]["activeDeadlineSeconds"] == 1200
    made = pod["spec"]["containers"][0]
    assert made["name"] == "shop-run"
    assert not {"livenessProbe", "readinessProbe", "lifecycle"} & made.keys()


def test_names_that_are_too_long_are_cut_and_stay_apart(make_desired, options):
    names = {
        container(make_desired(app="a" * 63), options, Process(type=kind, replicas=1))["name"]
        for kind in ("web", "worker")
    }
    assert len(names) == 2
    assert {len(name) for name in names} == {63}


def test_the_env_secret_has_the_exact_names_and_the_slugs_address(make_desired, slug):
    secret = build_env_secret(make_desired(env={"foo": "1", "FOO": "ü"}, slug=slug))
    assert secret["metadata"] == {
        "name": "shop-v3-env",
        "namespace": "shop",
        "labels": {"app": "shop", "heritage": "deis", "type": "env", "version": "v3"},
        "annotations": {"deis.io/release": "uuid-3"},
    }
    assert secret["data"] == encode({"FOO": "ü", "foo": "1", "slug-fetch-url": slug.fetch_url})


def test_nothing_secret_is_shown_by_repr(make_desired, slug):
    text = repr(make_desired(env={"KEY": "hunter2"}, slug=slug))
    assert "hunter2" not in text
    assert "token" not in text


def test_the_pull_secret_is_written_only_if_it_is_ours():
    ours = build_pull_secret_manifest("shop", PullSecret(name="private-registry", dockerconfig=Secret("{}")))
    assert ours is not None
    assert ours["type"] == "kubernetes.io/dockerconfigjson"
    assert ours["data"] == {".dockerconfigjson": "e30="}
    assert build_pull_secret_manifest("shop", PullSecret(name="x-ecr", dockerconfig=None)) is None


def test_the_namespace_and_the_rights_in_it():
    assert build_namespace("shop")["metadata"] == {
        "name": "shop",
        "labels": {"heritage": "deis", "pod-security.kubernetes.io/enforce": "baseline"},
    }
    binding = build_role_binding("shop", role="deis:app-operator", account="c", account_namespace="deis")
    assert binding["metadata"]["namespace"] == "shop"
    assert binding["roleRef"]["name"] == "deis:app-operator"
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "c", "namespace": "deis"}]


def test_the_quota_is_the_setting_laid_over_the_bare_object():
    setting = {"metadata": {"labels": {"team": "x"}}, "spec": {"hard": {"pods": "10"}}}
    quota = build_quota("shop", setting=setting)
    assert quota["metadata"]["name"] == "shop-quota"
    assert quota["metadata"]["labels"] == {"app": "shop", "heritage": "deis", "team": "x"}
    assert quota["spec"] == {"hard": {"pods": "10"}}


def test_an_autoscaler():
    made = build_autoscaler("shop", "web", autoscale=Autoscale(min=2, max=5, cpu_percent=45))
    assert made["metadata"]["name"] == "shop-web"
    assert made["spec"] == {
        "minReplicas": 2,
        "maxReplicas": 5,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop-web"},
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 45}},
            }
        ],
    }
