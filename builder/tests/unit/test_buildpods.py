from __future__ import annotations

import dataclasses
import json

import pytest

from builder.buildpods import (
    BuildJob,
    build_docker_args,
    build_owner_patch,
    build_pod,
    build_pod_name,
    build_secret,
)
from builder.settings import PodSettings
from kit.names import is_dns_label
from kit.settings import Secret

SETTINGS = PodSettings(builder="deis-builder-1", lifetime=1800.0)
SLUG = BuildJob(
    kind="slugbuild",
    pod_name="slugbuild-demo-12345678-abcdefab",
    app="demo",
    short="12345678",
    image="registry/slugbuilder:1",
    pull_policy="Always",
)
DOCKER = dataclasses.replace(SLUG, kind="dockerbuild", pod_name="dockerbuild-demo-12345678-abcdefab")
STRICT = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
URLS = {"name": "urls", "mountPath": "/var/run/secrets/deis/urls", "readOnly": True}


def container(step, *, env, mounts):
    return {
        "name": step,
        "image": "registry/slugbuilder:1",
        "imagePullPolicy": "Always",
        "args": ["python3", "-m", "slugbuilder", step],
        "env": env,
        "securityContext": STRICT,
        "volumeMounts": [
            {"name": "workspace", "mountPath": "/workspace"},
            {"name": "tmp", "mountPath": "/tmp", "subPath": step},
            *mounts,
        ],
    }


def test_the_simplest_slug_build():
    assert build_pod(SLUG, SETTINGS) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "slugbuild-demo-12345678-abcdefab",
            "namespace": "deis-builds",
            "labels": {
                "heritage": "slugbuild-demo-12345678-abcdefab",
                "app": "demo",
                "component": "build",
                "type": "slugbuild",
                "version": "git-12345678",
                "builder": "deis-builder-1",
            },
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "activeDeadlineSeconds": 1800,
            "terminationGracePeriodSeconds": 5,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 2000,
                "runAsGroup": 2000,
                "fsGroup": 2000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "initContainers": [
                container("fetch", env=[], mounts=[URLS]),
                container(
                    "build",
                    env=[{"name": "SOURCE_VERSION", "value": "12345678"}],
                    mounts=[
                        {"name": "config", "mountPath": "/workspace-env", "readOnly": True},
                        {"name": "scratch", "mountPath": "/app"},
                    ],
                ),
            ],
            "containers": [container("push", env=[], mounts=[URLS])],
            "volumes": [
                {"name": "workspace", "emptyDir": {}},
                {"name": "tmp", "emptyDir": {}},
                {"name": "scratch", "emptyDir": {}},
                {
                    "name": "urls",
                    "secret": {"secretName": "slugbuild-demo-12345678-abcdefab-urls", "defaultMode": 0o440},
                },
                {
                    "name": "config",
                    "secret": {"secretName": "slugbuild-demo-12345678-abcdefab-config", "defaultMode": 0o440},
                },
            ],
        },
    }


def find_container(pod, step):
    everything = [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]
    return next(entry for entry in everything if entry["name"] == step)


def env_of(pod, step):
    return {entry["name"]: entry["value"] for entry in find_container(pod, step)["env"]}


def test_addresses_and_credentials_are_out_of_reach_of_the_users_code():
    for job in (SLUG, DOCKER):
        pod = build_pod(job, SETTINGS)
        mounts = {
            step: [m["name"] for m in find_container(pod, step)["volumeMounts"]]
            for step in ("fetch", "build", "push")
        }
        assert "urls" not in mounts["build"]
        assert "config" not in mounts["fetch"] + mounts["push"]


def test_a_docker_build_may_map_users_and_nothing_else_of_it_may():
    pod = build_pod(DOCKER, SETTINGS)
    assert pod["spec"]["securityContext"]["runAsUser"] == 1000
    assert find_container(pod, "build")["securityContext"] == {
        "allowPrivilegeEscalation": True,
        "seccompProfile": {"type": "Unconfined"},
    }
    assert find_container(pod, "fetch")["securityContext"] == STRICT
    assert find_container(pod, "push")["securityContext"] == STRICT
    assert "privileged" not in json.dumps(pod)
    assert "hostPath" not in json.dumps(pod)


def test_what_only_some_builds_have():
    job = dataclasses.replace(
        DOCKER, build_env={"BUILDPACK_URL": "u"}, push_env={"IMG_NAME": "demo:git-12345678"}
    )
    pod = build_pod(job, SETTINGS)
    assert env_of(pod, "build")["BUILDPACK_URL"] == "u"
    assert env_of(pod, "push") == {"IMG_NAME": "demo:git-12345678"}


def test_proxies_mirrors_debugging_and_trust():
    settings = dataclasses.replace(
        SETTINGS,
        proxies={"HTTPS_PROXY": "http://proxy:3128"},
        mirrors='{"pypi":"https://m"}',
        debug=True,
        trusted_ca_configmap="deis-trusted-ca",
    )
    pod = build_pod(SLUG, settings)
    for step in ("fetch", "build", "push"):
        assert env_of(pod, step)["HTTPS_PROXY"] == "http://proxy:3128"
        assert find_container(pod, step)["volumeMounts"][-1]["mountPath"] == "/etc/deis/trusted-ca"
    assert env_of(pod, "build")["DEIS_MIRRORS"] == '{"pypi":"https://m"}'
    assert env_of(pod, "build")["DEIS_DEBUG"] == "1"
    assert pod["spec"]["volumes"][-1] == {
        "name": "trusted-ca",
        "configMap": {"name": "deis-trusted-ca", "optional": True},
    }


def test_placement_and_amounts():
    settings = dataclasses.replace(
        SETTINGS,
        tolerations=({"operator": "Exists"},),
        image_pull_secrets=("pull",),
        host_users=False,
        limits={"memory": "2Gi"},
        requests={"cpu": "500m"},
    )
    pod = build_pod(dataclasses.replace(SLUG, node_selector={"pool": "worker"}), settings)
    spec = pod["spec"]
    assert spec["nodeSelector"] == {"pool": "worker"}
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert spec["imagePullSecrets"] == [{"name": "pull"}]
    assert spec["hostUsers"] is False
    amounts = {"limits": {"memory": "2Gi"}, "requests": {"cpu": "500m"}}
    assert find_container(pod, "build")["resources"] == amounts
    assert "resources" not in find_container(pod, "push")


@pytest.mark.parametrize(("kind", "length"), [("slugbuild", 35), ("dockerbuild", 33)])
def test_pod_names(kind, length):
    assert (
        build_pod_name(kind, app="demo", short="12345678", uid="abcdefabcdef")
        == f"{kind}-demo-12345678-abcdefab"
    )
    long = build_pod_name(kind, app="a" * 63, short="12345678", uid="abcdefabcdef")
    assert long == f"{kind}-{'a' * length}-12345678-abcdefab"
    assert is_dns_label(long)


def test_a_secret_vanishes_with_its_pod():
    manifest = build_secret("n", {"K": Secret("v")}, job=SLUG, settings=SETTINGS)
    assert manifest["stringData"] == {"K": "v"}
    assert manifest["metadata"]["labels"]["component"] == "build"
    pod = {"metadata": {"name": "p", "uid": "u"}}
    assert build_owner_patch(pod) == {
        "metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}]}
    }


def test_build_args_are_opted_in_to():
    assert build_docker_args({"KEY": "VALUE"}) is None
    assert (
        build_docker_args({"KEY": "VALUE", "DEIS_DOCKER_BUILD_ARGS_ENABLED": "1"})
        == '{"DEIS_DOCKER_BUILD_ARGS_ENABLED":"1","KEY":"VALUE"}'
    )
