from __future__ import annotations

import threading

import pytest

from kit.errors import Unavailable
from router.errors import NginxEnded
from router.loop import Loop


class Rounds:
    """Does what each of ``outcomes`` says, then ends the loop."""

    def __init__(self, *outcomes: float | Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.loop = Loop(self, debounce=0.01)

    def __call__(self) -> float | None:
        outcome = self.outcomes.pop(0)
        if not self.outcomes:
            self.loop.stop()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_changes_within_the_debounce_are_one_round():
    rounds = Rounds(None)
    for _ in range(10):
        rounds.loop.notify()
    rounds.loop.run()
    assert rounds.outcomes == []


def test_a_round_may_ask_for_another():
    rounds = Rounds(0.01, None)
    rounds.loop.notify()
    rounds.loop.run()
    assert rounds.outcomes == []


def test_a_failed_round_is_tried_again(monkeypatch):
    monkeypatch.setattr("router.loop.FIRST_RETRY", 0.01)
    rounds = Rounds(Unavailable("away"), Unavailable("away"), None)
    rounds.loop.notify()
    rounds.loop.run()
    assert rounds.outcomes == []


def test_without_nginx_there_is_nothing_to_do():
    rounds = Rounds(NginxEnded("gone"), None)
    rounds.loop.notify()
    with pytest.raises(NginxEnded):
        rounds.loop.run()


def test_it_stops_without_any_change():
    loop = Loop(lambda: None, debounce=0.01)
    thread = threading.Thread(target=loop.run)
    thread.start()
    loop.stop()
    thread.join(5)
    assert not thread.is_alive()
