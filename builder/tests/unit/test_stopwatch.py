"""Where a push's time went, in words."""

from __future__ import annotations

from builder.stopwatch import Stopwatch


def test_phases_in_order_without_those_that_took_no_time():
    times = iter([10.0, 11.2, 11.5, 20.0, 23.4])
    stopwatch = Stopwatch(clock=lambda: next(times))
    for phase in ("storing the source", "waiting for the build pod", "building", "launching"):
        stopwatch.begin(phase)
    assert stopwatch.render() == "Took 13 s: 1 s storing the source, 8 s building, 3 s launching"


def test_nothing_that_took_time():
    assert Stopwatch(clock=lambda: 1.0).render() == "Took 0 s"
    stopwatch = Stopwatch(clock=lambda: 1.0)
    stopwatch.begin("building")
    assert stopwatch.render() == "Took 0 s"
