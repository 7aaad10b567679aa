from __future__ import annotations

import contextlib
import threading

import pytest

from builder.errors import RepositoryBusy
from builder.locks import ProcessLocks


def never() -> None:
    raise AssertionError("expired")


@pytest.fixture
def locks() -> ProcessLocks:
    return ProcessLocks()


def test_a_held_lock_is_refused_at_once(locks):
    lease = locks.acquire("shop", seconds=60, on_expiry=never)
    with pytest.raises(RepositoryBusy, match="Another git push is ongoing"):
        locks.acquire("shop", seconds=60, on_expiry=never)
    lease.release()
    locks.acquire("shop", seconds=60, on_expiry=never).release()


def test_locks_of_different_repositories_do_not_meet(locks):
    one = locks.acquire("one", seconds=60, on_expiry=never)
    locks.acquire("two", seconds=60, on_expiry=never).release()
    one.release()


def test_an_expired_lock_is_free_and_tells_its_holder(locks):
    expired = threading.Event()
    lease = locks.acquire("shop", seconds=0.01, on_expiry=expired.set)
    assert expired.wait(10)
    other = locks.acquire("shop", seconds=60, on_expiry=never)
    lease.release()
    with pytest.raises(RepositoryBusy):
        locks.acquire("shop", seconds=60, on_expiry=never)
    other.release()
    other.release()


def test_a_brief_holder_is_waited_for(locks):
    brief = locks.acquire("shop", seconds=60, on_expiry=never, brief=True)
    got = threading.Event()

    def push() -> None:
        lease = locks.acquire("shop", seconds=60, on_expiry=never)
        got.set()
        lease.release()

    pusher = threading.Thread(target=push)
    pusher.start()
    assert not got.wait(0.1)
    brief.release()
    pusher.join(10)
    assert got.is_set()


def test_who_takes_it_briefly_waits_for_nobody(locks):
    lease = locks.acquire("shop", seconds=60, on_expiry=never)
    with pytest.raises(RepositoryBusy):
        locks.acquire("shop", seconds=60, on_expiry=never, brief=True)
    lease.release()


def test_of_many_at_once_exactly_one_gets_it(locks):
    together = threading.Barrier(8)
    got = []

    def work() -> None:
        together.wait(10)
        with contextlib.suppress(RepositoryBusy):
            got.append(locks.acquire("shop", seconds=60, on_expiry=never))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    got[0].release()
