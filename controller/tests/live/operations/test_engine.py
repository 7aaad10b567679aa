"""The operation engine: claim, queue, make way, take over, say it once. Source: design, section 3."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from controller.database import release_leases
from controller.errors import OperationBroken, Superseded
from controller.model.models import Operation
from controller.operations.sessions import session
from kit.errors import Conflict, InvalidInput, Timeout
from kit.waiting import wait_for


def read(operation):
    with session():
        return Operation.objects.get(uuid=operation.uuid)


def test_it_runs_and_everybody_who_waits_learns_of_it(engine, make_engine, trial):
    other = make_engine()
    operation = engine.submit("build", trial.request())
    ends = [each.wait_for_end(operation.uuid, timeout=10) for each in (engine, other)]
    assert [end.result["pid"] for end in ends] == [os.getpid()] * 2
    assert read(operation).facts == {"claimed": True}


def test_the_answer_does_not_take_long(engine, trial):
    engine.wait_for_end(engine.submit("build", trial.request()).uuid, timeout=10)
    began = time.monotonic()
    engine.wait_for_end(engine.submit("build", trial.request()).uuid, timeout=10)
    assert time.monotonic() - began < 0.5


def test_what_is_refused_has_stored_nothing(engine, trial):
    operation = engine.submit("build", trial.request(refuse="not now"))
    with pytest.raises(Conflict, match="not now"):
        engine.wait_for_end(operation.uuid, timeout=10)
    assert read(operation).facts == {}
    assert trial.lines() == []


def test_a_claim_may_be_all_there_is(engine, trial):
    operation = engine.submit("build", trial.request(at_once=True))
    assert engine.wait_for_end(operation.uuid, timeout=10).result == {"at": "once"}
    assert trial.lines() == []


def test_a_failure_is_told_in_its_own_words(engine, trial):
    operation = engine.submit("build", trial.request(fail="no such image", name="x"))
    with pytest.raises(InvalidInput, match="no such image"):
        engine.wait_for_end(operation.uuid, timeout=10)
    assert trial.lines()[-1] == "fail x"


def test_operations_of_an_app_run_one_after_the_other_in_order(make_engine, trial):
    engines = [make_engine(), make_engine()]
    operations = [engines[number % 2].submit("build", trial.request(name=str(number))) for number in range(8)]
    for operation in operations:
        engines[0].wait_for_end(operation.uuid, timeout=20)
    kinds = [line.split()[:2] for line in trial.lines()]
    assert kinds == [[word, str(number)] for number in range(8) for word in ("begin", "end")]


def test_apps_do_not_wait_for_each_other(engine, trial):
    stuck = engine.submit("build", trial.request(go=str(trial.sign())))
    trial.wait_for_line("begin")
    engine.wait_for_end(engine.submit("build", trial.request(app=trial.app + "2")).uuid, timeout=5)
    trial.sign().touch()
    engine.wait_for_end(stuck.uuid, timeout=10)


def test_background_work_comes_last(engine, trial):
    go = str(trial.sign())
    first = engine.submit("build", trial.request(go=go, name="first"))
    trial.wait_for_line("begin first")
    late = engine.submit("republish", trial.request(name="late"))
    soon = engine.submit("build", trial.request(name="soon"))
    trial.sign().touch()
    for operation in (first, late, soon):
        engine.wait_for_end(operation.uuid, timeout=10)
    begun = [line.split()[1] for line in trial.lines() if line.startswith("begin")]
    assert begun == ["first", "soon", "late"]


def test_whose_turn_does_not_come_in_time_is_told_so(engine, trial):
    engine.submit("build", trial.request(go=str(trial.sign())))
    trial.wait_for_line("begin")
    waiting = engine.submit("build", trial.request(wait_seconds=0.5, name="second"))
    with pytest.raises(Conflict, match="already in progress"):
        engine.wait_for_end(waiting.uuid, timeout=10)
    trial.sign().touch()


@pytest.mark.parametrize("listen", [True, False])
def test_a_rollback_takes_the_place_of_a_deploy_within_a_second(make_engine, trial, listen):
    engine, other = make_engine(listen=listen), make_engine(listen=listen)
    build = engine.submit("build", trial.request(go=str(trial.sign()), name="stuck"))
    queued = engine.submit("build", trial.request(name="queued"))
    trial.wait_for_line("begin stuck")
    began = time.monotonic()
    rollback = other.submit("rollback", trial.request(name="rescue"))
    other.wait_for_end(rollback.uuid, timeout=10)
    assert time.monotonic() - began < (1.5 if listen else 5)
    with pytest.raises(Superseded):
        engine.wait_for_end(build.uuid, timeout=10)
    engine.wait_for_end(queued.uuid, timeout=10)
    words = [" ".join(line.split()[:2]) for line in trial.lines()]
    wanted = ["begin stuck", "stop stuck", "fail stuck", "begin rescue", "end rescue"]
    assert words == [*wanted, "begin queued", "end queued"]


def test_the_same_key_means_the_same_operation(make_engine, trial):
    engines = [make_engine(), make_engine()]
    found = []

    def submit(number):
        with session():
            request = trial.request(idempotency_key=trial.app)
            found.append(engines[number % 2].submit("build", request).uuid)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    engines[0].wait_for_end(found[0], timeout=10)
    assert [line.split()[0] for line in trial.lines()] == ["begin", "end"]


def test_a_key_can_not_mean_something_else(engine, trial):
    operation = engine.submit("build", trial.request(idempotency_key=trial.app))
    engine.wait_for_end(operation.uuid, timeout=10)
    with pytest.raises(Conflict):
        engine.submit("rollback", trial.request(idempotency_key=trial.app))


def test_a_bug_is_tried_three_times(engine, trial):
    operation = engine.submit("build", trial.request(**{"break": "boom", "name": "x"}))
    with pytest.raises(OperationBroken):
        engine.wait_for_end(operation.uuid, timeout=30)
    assert [line.split()[0] for line in trial.lines()] == ["begin", "begin", "begin", "fail"]


@pytest.mark.parametrize(
    ("values", "error"), [({"fail": "no such image"}, InvalidInput), ({}, OperationBroken)]
)
def test_an_operation_ends_although_its_kind_can_not_say_how(engine, trial, values, error):
    operation = engine.submit("build", trial.request(break_end="boom", **values))
    with pytest.raises(error):
        engine.wait_for_end(operation.uuid, timeout=10)
    assert read(operation).attempt == 1
    engine.wait_for_end(engine.submit("build", trial.request()).uuid, timeout=10)


def test_what_a_killed_process_left_is_taken_over(start_process, make_engine, trial):
    process = start_process()
    operation = submit_to(process, trial)
    process.kill()
    engine = make_engine()
    trial.wait_for_line("begin x 2")
    trial.sign().touch()
    end = engine.wait_for_end(operation.uuid, timeout=10)
    assert (end.attempt, end.result["pid"]) == (2, os.getpid())


class Questions:
    """Is told who is asked about, and answers always the same."""

    def __init__(self, *, answer):
        self.answer = answer
        self.asked = []

    def __call__(self, owner):
        self.asked.append(owner)
        return self.answer


def test_what_the_dead_left_is_taken_over_before_the_lease_ends(start_process, make_engine, trial):
    process = start_process(lease=30)
    operation = submit_to(process, trial)
    process.kill()
    process.wait()
    owner, questions = read(operation).owner, Questions(answer=True)
    engine = make_engine(lease=30, is_dead=questions)
    trial.wait_for_line("begin x 2", timeout=10)
    trial.sign().touch()
    end = engine.wait_for_end(operation.uuid, timeout=10)
    assert (end.state, end.attempt, end.result["pid"]) == ("succeeded", 2, os.getpid())
    assert questions.asked == [owner]


def test_who_is_silent_but_not_known_to_be_dead_keeps_the_lease(start_process, make_engine, trial):
    process = start_process(lease=10)
    operation = submit_to(process, trial)
    began = time.monotonic()
    process.send_signal(signal.SIGSTOP)
    questions = Questions(answer=False)
    engine = make_engine(lease=10, is_dead=questions)
    wait_for(lambda: questions.asked or None, what="a question", timeout=10, interval=0.02)
    process.send_signal(signal.SIGCONT)
    trial.sign().touch()
    end = engine.wait_for_end(operation.uuid, timeout=10)
    assert time.monotonic() - began < 9
    assert (end.attempt, end.result["pid"]) == (1, process.pid)


def test_nobody_who_beats_is_asked_about(start_process, make_engine, trial):
    process = start_process(lease=5)
    operation = submit_to(process, trial)
    questions = Questions(answer=True)
    engine = make_engine(lease=5, is_dead=questions)
    with pytest.raises(Timeout):
        engine.wait_for_end(operation.uuid, timeout=5)
    trial.sign().touch()
    assert engine.wait_for_end(operation.uuid, timeout=10).attempt == 1
    assert questions.asked == []


def test_time_in_which_nobody_worked_does_not_count(start_process, make_engine, trial):
    process = start_process()
    operation = submit_to(process, trial)
    wait_for(lambda: read(operation).deadline_at, what="a deadline", timeout=5)
    before = read(operation).deadline_at
    process.kill()
    process.wait()
    wait_for(is_abandoned(operation), what="the lease to run out a while ago", timeout=10)
    trial.sign().touch()
    end = make_engine().wait_for_end(operation.uuid, timeout=10)
    assert end.deadline_at - before > timedelta(seconds=1)


def is_abandoned(operation):
    return lambda: datetime.now(UTC) - read(operation).lease_until > timedelta(seconds=1) or None


def test_leases_of_the_dead_are_released(start_process, make_engine, database, trial):
    process = start_process()
    operation = submit_to(process, trial)
    process.kill()
    process.wait()
    release_leases(database, read(operation).owner[:10])
    engine = make_engine()
    trial.wait_for_line("begin x 2", timeout=1)
    trial.sign().touch()
    assert engine.wait_for_end(operation.uuid, timeout=10).attempt == 2


def test_a_process_that_was_asleep_writes_nothing_any_more(start_process, make_engine, trial):
    process = start_process()
    operation = submit_to(process, trial)
    process.send_signal(signal.SIGSTOP)
    engine = make_engine()
    trial.wait_for_line("begin x 2", timeout=15)
    process.send_signal(signal.SIGCONT)
    trial.wait_for_line("stop x", timeout=10)
    trial.sign().touch()
    end = engine.wait_for_end(operation.uuid, timeout=10)
    assert (end.state, end.attempt, end.result["pid"]) == ("succeeded", 2, os.getpid())


def submit_to(process, trial):
    """Store an operation while only that process looks for work."""
    from controller.operations import rows

    from .trialkinds import build_kinds

    with session():
        operation = rows.submit(build_kinds()["build"], trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line(f"begin x 1 {process.pid}")
    return operation


def test_who_leaves_hands_over_at_once(make_engine, trial):
    leaving = make_engine()
    operation = leaving.submit("build", trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line("begin x")
    staying = make_engine()
    began = time.monotonic()
    leaving.leave()
    wait_for(lambda: len(trial.lines()) > 2 or None, what="the other one", timeout=10, interval=0.02)
    assert time.monotonic() - began < 1.5
    trial.sign().touch()
    assert leaving.wait_for_end(operation.uuid, timeout=10).attempt == 1
    assert staying is not leaving


def test_the_database_may_go_away_for_a_moment(make_engine, postgres, trial):
    engine = make_engine(lease=6.0)
    operation = engine.submit("build", trial.request(go=str(trial.sign()), name="x"))
    trial.wait_for_line("begin x")
    postgres.stop("fast")
    postgres.start()
    trial.sign().touch()
    end = engine.wait_for_end(operation.uuid, timeout=30)
    assert end.state == "succeeded"
