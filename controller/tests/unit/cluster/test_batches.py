import pytest

from controller.cluster.batches import (
    compute_deploy_seconds,
    compute_process_seconds,
    compute_step_size,
    compute_surge,
    count_batches,
)
from controller.cluster.desired import Process


@pytest.mark.parametrize(
    ("step", "replicas", "batches"), [(1, 4, 4), (3, 7, 3), (3, 2, 1), (5, 11, 3), (4, 0, 1)]
)
def test_batches(step, replicas, batches):
    assert count_batches(replicas=replicas, step=step) == batches


def test_a_step_is_the_setting_else_the_nodes_else_one():
    assert compute_step_size(batches=2, nodes=5) == 2
    assert compute_step_size(batches=0, nodes=5) == 5
    assert compute_step_size(batches=0, nodes=0) == 1


def test_the_surge_is_never_more_than_the_pods_and_never_nothing():
    assert [compute_surge(replicas=n, step=3) for n in (0, 1, 2, 3, 9)] == [3, 1, 2, 3, 3]


def test_time_for_a_rollout(make_desired):
    desired = make_desired(deploy_timeout=100)
    check = {"livenessProbe": {"initialDelaySeconds": 20}}
    slow = Process(type="worker", replicas=4, health_check=check)
    assert compute_process_seconds(desired, slow, nodes=2) == 240
    assert compute_process_seconds(desired, Process(type="web", replicas=0), nodes=2) == 0
    types = tuple(Process(type=f"w{n}", replicas=1) for n in range(6))
    assert compute_deploy_seconds(make_desired(processes=types, deploy_timeout=100), nodes=1) == 200
    assert compute_deploy_seconds(make_desired(processes=(), deploy_timeout=100), nodes=1) == 100
