from workflow_manager.components import build_component, build_health

DEPLOYMENT = {
    "metadata": {"name": "deis-router", "annotations": {"component.deis.io/version": "3.0.0"}},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "deis/router:abc"}]}}},
    "status": {"readyReplicas": 1},
}


def test_a_component_has_version_image_and_health() -> None:
    assert build_component(DEPLOYMENT, "Deployment") == {
        "component": {"name": "deis-router", "type": "Deployment"},
        "version": {"version": "3.0.0", "data": {"image": "deis/router:abc"}},
        "health": {"healthy": False, "ready": 1, "desired": 2},
    }


def test_a_daemon_set_counts_nodes() -> None:
    status = {"desiredNumberScheduled": 3, "numberReady": 3}
    assert build_health({}, status) == {"healthy": True, "ready": 3, "desired": 3}
