import pytest

from devcluster.errors import DeadlineExceeded
from devcluster.waiting import wait_for


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_the_first_true_result_ends_the_wait():
    clock, results = Clock(), iter([None, None, "here"])
    found = wait_for(lambda: next(results), what="it", timeout=5, interval=1, clock=clock, sleep=clock.sleep)
    assert (found, clock.now) == ("here", 2)


def test_the_deadline_names_what_did_not_happen():
    clock = Clock()
    with pytest.raises(DeadlineExceeded, match="Gave up after 5 s of waiting for the DNS"):
        wait_for(lambda: None, what="the DNS", timeout=5, interval=1, clock=clock, sleep=clock.sleep)
    assert clock.now == 5
