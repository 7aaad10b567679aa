"""A running cluster does what a cluster does. Nothing here disturbs what else runs in it."""

import json
import socket
import time
import urllib.request
from functools import partial
from urllib.error import URLError

import pytest

from devcluster.kube import Kube
from devcluster.waiting import wait_for

IMAGE = "debian:trixie-slim"
NODE_PORT = 18080
SERVER = (
    "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 9, ReuseAddr => 1);"
    'print "listening\\n"; while (my $c = $s->accept) { <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello"; close $c }'
)


def build_web(namespace):
    labels = {"app": "web"}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "web", "namespace": namespace, "labels": labels},
                "spec": {
                    "terminationGracePeriodSeconds": 0,
                    "containers": [
                        {
                            "name": "web",
                            "image": IMAGE,
                            "command": ["perl", "-e", f"$| = 1; {SERVER}"],
                            "resources": {"limits": {"memory": "64Mi"}},
                            "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
                        }
                    ],
                },
            },
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "front", "namespace": namespace},
                "spec": {
                    "type": "NodePort",
                    "selector": labels,
                    "ports": [{"port": 80, "targetPort": 8080, "nodePort": NODE_PORT}],
                },
            },
        ],
    }


@pytest.fixture(scope="module")
def web(cluster, namespace):
    """A pod that serves HTTP, behind a Service."""
    cluster("apply", "-f", "-", stdin=json.dumps(build_web(namespace)))
    cluster("wait", "--namespace", namespace, "--for=condition=Ready", "--timeout=60s", "pod/web")
    return "web"


def test_a_second_up_takes_a_second_or_two(cluster, devcluster):
    begun = time.monotonic()
    devcluster("up")
    assert time.monotonic() - begun < 3


def test_status_knows_every_part(cluster, devcluster):
    answer = json.loads(devcluster("status", "--json").stdout)
    assert answer["ready"] is True
    assert {part["state"] for part in answer["parts"]} == {"running", "ready"}


def test_metrics_are_told_once_they_are_asked_for(cluster, devcluster):
    devcluster("metrics")
    (line,) = cluster("top", "nodes", "--no-headers").splitlines()
    assert line.startswith("node1 ")
    parts = json.loads(devcluster("status", "--json").stdout)["parts"]
    assert {"name": "metrics are told", "state": "ready", "pid": None} in parts
    begun = time.monotonic()
    devcluster("metrics")
    assert time.monotonic() - begun < 3


def test_a_connection_that_the_server_has_closed_is_made_again(cluster, settings):
    """It does so after 90 idle seconds, and a compile takes longer."""
    kube = Kube(settings)
    assert kube.is_ready()
    kube._connection.sock.shutdown(socket.SHUT_RDWR)  # as after those seconds
    assert kube.get("/api/v1/namespaces/default")["kind"] == "Namespace"
    kube._connection.close()


def test_a_pod_is_logged_and_entered(cluster, namespace, web):
    assert cluster("logs", "--namespace", namespace, web) == "listening\n"
    assert cluster("exec", "--namespace", namespace, web, "--", "cat", "/etc/hostname") == "web\n"


def test_a_pod_reaches_services_and_the_outside_by_name(cluster, namespace, web):
    def call(*argv):
        return cluster("exec", "--namespace", namespace, web, "--", *argv)

    (mirror, *_) = call("sed", "-n", r"s|^deb [^/]*//\([^/ ]*\).*|\1|p", "/etc/apt/sources.list").split()
    for name in ("front", "kubernetes.default.svc.cluster.local", mirror):
        assert call("getent", "hosts", name)
    connect = 'use IO::Socket::INET; print IO::Socket::INET->new("$ARGV[0]:80") ? "open" : ""'
    for name in ("front", mirror):
        wait_for(partial(call, "perl", "-e", connect, name), what=f"a connection to {name}", timeout=10)


NO_SERVICE = "198.19.127.254"
"""The last address of the range for Services, which is given away last."""


def test_a_service_that_kube_proxy_does_not_know_is_refused_to_the_machine(cluster):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((NO_SERVICE, 80), timeout=5)


def test_a_service_that_kube_proxy_does_not_know_is_refused_to_a_pod(cluster, namespace, web):
    connect = f'use IO::Socket::INET; IO::Socket::INET->new("{NO_SERVICE}:80"); print $!'
    said = cluster("exec", "--namespace", namespace, web, "--", "perl", "-e", connect)
    assert said == "Connection refused"


@pytest.mark.parametrize("address", ["127.0.0.1", "198.19.255.1"])
def test_a_node_port_answers_on_loopback_and_on_the_node(web, address):
    with urllib.request.urlopen(f"http://{address}:{NODE_PORT}/", timeout=5) as response:
        assert response.read() == b"hello"


def test_a_node_port_does_not_answer_on_the_machines_own_addresses(web, machine_address):
    with pytest.raises(URLError):
        urllib.request.urlopen(f"http://{machine_address}:{NODE_PORT}/", timeout=2)


def test_the_registrys_port_is_never_given_away(cluster, namespace):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "thief", "namespace": namespace},
        "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 5000}]},
    }
    with pytest.raises(AssertionError, match="provided port is already allocated"):
        cluster("create", "-f", "-", stdin=json.dumps(service))


def test_a_volume_obeys_the_pods_group_and_can_be_claimed_again(cluster, namespace, devcluster):
    cluster("apply", "-f", "-", stdin=json.dumps(build_writer(namespace)))
    pod = ("--namespace", namespace, "pod/writer")
    cluster("wait", *pod, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
    claim = ("--namespace", namespace, "persistentvolumeclaim/data")
    volume = cluster("get", *claim, "-o", "jsonpath={.spec.volumeName}")
    cluster("delete", *pod)
    cluster("delete", *claim)
    cluster("wait", f"persistentvolume/{volume}", "--for=jsonpath={.status.phase}=Released", "--timeout=30s")
    devcluster("up")
    cluster("wait", f"persistentvolume/{volume}", "--for=jsonpath={.status.phase}=Available", "--timeout=30s")


def build_writer(namespace):
    """A claim, and a pod that writes to its volume without being root."""
    resources = {"requests": {"storage": "1Gi"}}
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": resources},
    }
    container = {
        "name": "writer",
        "image": IMAGE,
        "command": ["touch", "/data/file"],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "writer", "namespace": namespace},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"runAsUser": 1001, "runAsGroup": 1001, "fsGroup": 1001},
            "containers": [container],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        },
    }
    return {"apiVersion": "v1", "kind": "List", "items": [claim, pod]}
