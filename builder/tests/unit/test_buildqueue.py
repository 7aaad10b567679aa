"""Builds that wait for a place: their order, what they are told, and how they give up."""

from __future__ import annotations

import os
import select
import threading

import pytest

from builder.buildqueue import BuildQueue, render_wait
from builder.errors import Cancelled
from builder.operations import Cancellation
from builder.output import PusherOutput


class Pusher:
    """One push at the queue, in a thread of its own."""

    def __init__(self, queue: BuildQueue) -> None:
        self.inside, self.leave, self.cancellation = threading.Event(), threading.Event(), Cancellation()
        self.error: Exception | None = None
        self.told = ""
        self._reader, writer = os.pipe()
        self._queue, self._output = queue, PusherOutput(writer)
        self._thread = threading.Thread(target=self._push)
        self._thread.start()

    def _push(self) -> None:
        try:
            with self._queue.place(output=self._output, cancellation=self.cancellation):
                self.inside.set()
                assert self.leave.wait(20)
        except Cancelled as error:
            self.error = error
        finally:
            self._output.close()

    def wait_for(self, text: str) -> None:
        """Read what the pusher is told until ``text`` is among it."""
        while text not in self.told:
            ready, _, _ = select.select([self._reader], [], [], 20)
            assert ready, f"{text!r} is not in {self.told!r}"
            self.told += os.read(self._reader, 4096).decode()

    def end(self) -> str:
        """Let it go on to its end; returns all that the pusher was told."""
        self.leave.set()
        self._thread.join(20)
        with open(self._reader, encoding="utf-8") as reader:
            self.told += reader.read()
        return self.told


def come(queue: BuildQueue, waiting: list[Pusher], *, inside: bool) -> Pusher:
    """One more push; returns once it has a place, or stands behind the others."""
    pusher = Pusher(queue)
    if inside:
        assert pusher.inside.wait(20)
    else:
        pusher.wait_for("Waiting for a place to build")
    waiting.append(pusher)
    return pusher


def test_without_a_limit_nobody_waits():
    queue = BuildQueue(0, idle_interval=60)
    all_of_them: list[Pusher] = []
    for _ in range(5):
        come(queue, all_of_them, inside=True)
    assert [pusher.end() for pusher in all_of_them] == [""] * 5


def test_further_builds_wait_in_their_order_and_are_told_their_place():
    queue = BuildQueue(2, idle_interval=60)
    pushers: list[Pusher] = []
    first, second = (come(queue, pushers, inside=True) for _ in range(2))
    third, fourth = (come(queue, pushers, inside=False) for _ in range(2))
    fourth.wait_for(render_wait(2))
    assert second.end() == ""
    assert third.inside.wait(20)
    fourth.wait_for(render_wait(1))
    assert not fourth.inside.is_set()
    assert first.end() == ""
    assert fourth.inside.wait(20)
    assert third.end().count("Waiting for a place to build") == 1
    fourth.end()


def test_who_gives_up_makes_way():
    queue = BuildQueue(1, idle_interval=60)
    pushers: list[Pusher] = []
    first = come(queue, pushers, inside=True)
    second, third = (come(queue, pushers, inside=False) for _ in range(2))
    second.cancellation.cancel("the lock expired")
    second.end()
    assert isinstance(second.error, Cancelled)
    first.end()
    assert third.inside.wait(20)
    third.end()


@pytest.mark.parametrize(("before", "words"), [(1, "1 other build has"), (3, "3 other builds have")])
def test_words(before, words):
    assert render_wait(before) == f"Waiting for a place to build: {words} to end first"
