from typing import Any

from controller.cluster.desired import Process
from controller.cluster.probes import (
    build_probes,
    choose_health_check,
    compute_probe_delay,
    get_liveness_path,
)

HTTP: dict[str, Any] = {"livenessProbe": {"httpGet": {"path": "/healthz"}, "initialDelaySeconds": 20}}


def test_a_routable_process_is_ready_when_its_port_is_open_tried_from_the_start():
    probes = build_probes(Process(type="web", replicas=1, routable=True), port=5000)
    assert probes["readinessProbe"]["tcpSocket"] == {"port": 5000}
    assert probes["readinessProbe"]["initialDelaySeconds"] == 0
    assert probes["readinessProbe"]["periodSeconds"] == 1
    assert "livenessProbe" not in probes


def test_nothing_is_probed_without_traffic_or_without_a_port():
    assert build_probes(Process(type="worker", replicas=1), port=5000) == {}
    assert build_probes(Process(type="web", replicas=1, routable=True), port=None) == {}


def test_a_given_check_is_taken_as_it_is_but_for_a_missing_port_in_either_probe():
    check = HTTP | {"readinessProbe": {"httpGet": {"path": "/r", "port": 81}}}
    for routable in (True, False):
        process = Process(type="web", replicas=1, routable=routable, health_check=check)
        probes = build_probes(process, port=8080)
        assert probes["livenessProbe"] == {
            "httpGet": {"path": "/healthz", "port": 8080},
            "initialDelaySeconds": 20,
        }
        assert probes["readinessProbe"]["httpGet"]["port"] == 81
    assert "port" not in HTTP["livenessProbe"]["httpGet"]


def test_a_liveness_check_alone_brings_no_default_readiness():
    process = Process(type="web", replicas=1, routable=True, health_check=HTTP)
    assert list(build_probes(process, port=1)) == ["livenessProbe"]


def test_the_check_in_force_is_the_types_own_then_the_shared_one():
    stored = {"web/cmd": {"readinessProbe": {"a": 1}}, "worker": HTTP, "web": {}}
    assert choose_health_check(stored, "web") == {"readinessProbe": {"a": 1}}
    assert choose_health_check(stored, "cmd") == {"readinessProbe": {"a": 1}}
    assert choose_health_check(stored, "worker") == HTTP
    assert choose_health_check(stored, "clock") == {}
    assert choose_health_check(HTTP, "web") == HTTP
    assert choose_health_check(HTTP, "worker") == {}


def test_delays_and_paths():
    assert compute_probe_delay({}) == 0
    assert compute_probe_delay({"livenessProbe": {}, "readinessProbe": {"initialDelaySeconds": 5}}) == 50
    assert get_liveness_path(HTTP) == "/healthz"
    assert get_liveness_path({"livenessProbe": {"httpGet": {"port": 1}}}) == "/"
    assert get_liveness_path({}) is None
