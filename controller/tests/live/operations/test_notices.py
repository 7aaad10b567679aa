"""The pulse goes on whatever happens, and waiting takes the time it was given."""

import time
import uuid
from functools import partial

import pytest

from controller.database import connect
from controller.operations.notices import Notices, Pulse
from kit.waiting import wait_for


@pytest.mark.parametrize("listen", [True, False])
def test_a_bug_in_a_beat_does_not_end_the_pulse(database, listen):
    beats = []

    def beat(connection):
        beats.append(connection)
        if len(beats) == 1:
            raise ZeroDivisionError("boom")

    notices = Notices()
    pulse = Pulse(partial(connect, database), notices, beat=beat, listen=listen)
    pulse.start()
    try:
        wait_for(lambda: len(beats) > 1, what="another beat", timeout=5)
        assert notices.listening is listen
    finally:
        pulse.stop()


def test_being_woken_does_not_shorten_the_wait():
    notices, operation = Notices(), uuid.uuid4()
    began = time.monotonic()

    def is_over():
        notices.hear(f"ended {operation}")
        return False

    assert notices.wait(operation, is_over=is_over, timeout=0.3) is False
    assert time.monotonic() - began >= 0.3
