"""Operations that are told to stop."""

import pytest

from controller.cluster.desired import Progress
from controller.model.models import Operation
from controller.operations.control import Leash
from controller.operations.errors import Cancelled
from controller.operations.rows import KEPT_EVENTS
from controller.operations.sessions import session
from kit.errors import Conflict


def read(operation):
    with session():
        return Operation.objects.get(uuid=operation.uuid)


def cancel(engine, operation):
    with session():
        return engine.cancel(operation, by="bob")


def test_what_runs_stops_and_puts_back_what_it_changed(engine, trial):
    operation = engine.submit("build", trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line("begin x")
    assert cancel(engine, operation).state == "running"
    with pytest.raises(Conflict, match="It was cancelled by bob"):
        engine.wait_for_end(operation.uuid, timeout=5)
    assert trial.lines()[-2:] == ["stop x", "fail x"]
    row = read(operation)
    assert (row.state, row.cancelled_by) == ("cancelled", "bob")
    assert [event["phase"] for event in row.events] == ["cancelling", "cancelled"]
    assert row.updated >= row.started


def test_another_process_stops_too(start_process, make_engine, trial):
    process = start_process()
    with session():
        from controller.operations import rows

        operation = rows.submit(build_label(), trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line(f"begin x 1 {process.pid}")
    engine = make_engine()
    cancel(engine, operation)
    assert engine.wait(operation.uuid, timeout=3)
    assert read(operation).state == "cancelled"


def build_label():
    from controller.operations.kinds import Label

    return Label(name="build")


def test_what_waits_for_its_turn_never_begins(engine, trial):
    first = engine.submit("build", trial.request(go=str(trial.sign()), name="1"))
    trial.wait_for_line("begin 1")
    second = engine.submit("build", trial.request(name="2"))
    assert cancel(engine, second).state == "cancelled"
    trial.sign().touch()
    engine.wait_for_end(first.uuid, timeout=10)
    with pytest.raises(Conflict, match="cancelled by bob"):
        engine.wait_for_end(second.uuid, timeout=10)
    assert [line.split()[1] for line in trial.lines()] == ["1", "1"]


def test_what_is_over_or_goes_on_to_its_end_is_not_cancelled(engine, trial):
    done = engine.submit("build", trial.request(name="1"))
    engine.wait_for_end(done.uuid, timeout=10)
    with pytest.raises(Conflict, match="The operation is over: it has succeeded"):
        cancel(engine, done)
    running = engine.submit("rollback", trial.request(go=str(trial.sign()), name="2"))
    trial.wait_for_line("begin 2")
    with pytest.raises(Conflict, match="can't be cancelled: a rollback goes on to its end"):
        cancel(engine, running)
    trial.sign().touch()
    assert engine.wait_for_end(running.uuid, timeout=10).state == "succeeded"


def test_the_end_tells_of_a_cancellation_as_of_a_conflict(engine, trial):
    from controller.errors import dump_error

    assert dump_error(Cancelled("bob")) == {"kind": "Conflict", "detail": "It was cancelled by bob"}


def test_steps_of_the_owner_and_of_others_are_all_told(engine, trial):
    operation = engine.submit("build", trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line("begin x")
    row = read(operation)
    leash = Leash(row, lease=10)
    leash.report(Progress(phase="preparing", message="0"))
    cancel(engine, operation)
    leash.report(Progress(phase="preparing", message="0"))
    leash.report(Progress(phase="rolling out", message="1"))
    phases = [event["phase"] for event in read(operation).events]
    assert phases[:3] in (
        ["preparing", "cancelling", "rolling out"],
        ["preparing", "cancelling", "cancelled"],
    )


def test_of_many_steps_the_first_and_the_newest_are_kept(engine, trial):
    operation = engine.submit("build", trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line("begin x")
    leash = Leash(read(operation), lease=10)
    for number in range(120):
        leash.report(Progress(phase="rolling out", message=str(number)))
    events = [int(event["message"]) for event in read(operation).events]
    assert len(events) == KEPT_EVENTS
    assert (events[:25], events[-25:]) == (list(range(25)), list(range(95, 120)))
    trial.sign().touch()
    assert engine.wait_for_end(operation.uuid, timeout=10).events[-1]["phase"] == "succeeded"
