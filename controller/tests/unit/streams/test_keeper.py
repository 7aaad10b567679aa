"""Holds are renewed, lost ones told, and a database that was away delays the sweep."""

import threading

from controller.streams.keeper import SWEEP_EVERY, Keeper
from kit.waiting import wait_for


class Holds:
    def __init__(self):
        self.renewed = []
        self.lost = set()
        self.fails = 0
        self.swept = threading.Event()

    def renew(self, holders):
        self.renewed.append(set(holders))
        if self.fails:
            self.fails -= 1
            raise OSError("the database is away")
        return self.lost & set(holders)


def test_a_client_that_lost_its_run_is_told_once():
    holds, told = Holds(), []
    keeper = Keeper(holds.renew, holds.swept.set, interval=0.01)
    keeper.hold("one", lambda: told.append("one"))
    keeper.hold("two", lambda: told.append("two"))
    holds.lost = {"two"}
    keeper.start()
    wait_for(lambda: {"one"} in holds.renewed, what="a beat without the lost one", timeout=5)
    keeper.drop("one")
    keeper.stop()
    assert told == ["two"]
    assert holds.renewed[0] == {"one", "two"}


def test_nothing_is_swept_before_others_could_speak_again():
    holds = Holds()
    holds.fails = 4
    keeper = Keeper(holds.renew, holds.swept.set, interval=0.01)
    keeper.hold("one", list)
    keeper.start()
    assert holds.swept.wait(5)
    keeper.stop()
    assert len(holds.renewed) >= 4 + SWEEP_EVERY
