import pytest

from kit.errors import Timeout, Unavailable
from kit.waiting import wait_for


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def test_a_true_value_is_returned_at_once():
    clock = Clock()
    assert wait_for(lambda: "up", what="it", timeout=30, clock=clock, sleep=clock.sleep) == "up"
    assert clock.sleeps == []


def test_the_check_is_repeated_until_it_gives_something():
    clock = Clock()
    answers = iter([None, None, 7])
    got = wait_for(lambda: next(answers), what="it", timeout=30, interval=2, clock=clock, sleep=clock.sleep)
    assert got == 7
    assert clock.sleeps == [2, 2]


def test_the_deadline_is_met_with_a_last_look():
    clock = Clock()
    looks: list[float] = []
    with pytest.raises(Timeout, match="timed out after 5 s waiting for the pod"):
        wait_for(
            lambda: looks.append(clock.now),
            what="the pod",
            timeout=5,
            interval=2,
            clock=clock,
            sleep=clock.sleep,
        )
    assert looks == [100, 102, 104, 105]


def test_a_timeout_counts_as_unavailable():
    clock = Clock()
    with pytest.raises(Unavailable, match=r"after 0\.5 s"):
        wait_for(lambda: False, what="x", timeout=0.5, interval=9, clock=clock, sleep=clock.sleep)
