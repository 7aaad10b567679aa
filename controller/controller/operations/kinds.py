"""What the engine has to know about a kind of operation. The services make these; the engine only calls them.

``claim``, ``succeed`` and ``fail`` run inside a transaction of the engine's, with the operation's row locked and
the owner checked; they write rows and never touch the cluster. ``prepare`` and ``execute`` run outside of one.
``execute`` may be called again after a crash at any instant and must converge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from controller.cluster.desired import Progress
from controller.model.models import Operation
from kit.errors import Conflict, PlatformError

Result = Mapping[str, Any]
Facts = Mapping[str, Any]


class Control(Protocol):
    """What a running operation is told, and tells."""

    @property
    def deadline(self) -> float:
        """Seconds since the epoch."""

    def should_stop(self) -> bool: ...

    def report(self, progress: Progress) -> None:
        """Store where it is; written only while the operation is still ours."""

    def set_deadline(self, deadline: float) -> None: ...


def prepare_nothing(_: Operation) -> Facts:
    return {}


def pass_result(_: Operation, result: Result) -> Result:
    return result


def pass_error(_: Operation, error: PlatformError) -> PlatformError:
    return error


def refuse_waiting(operation: Operation) -> PlatformError:
    """The answer when its turn did not come in time."""
    return Conflict(f"Deployment for {operation.app_id} is already in progress")


@dataclass(frozen=True, kw_only=True)
class Label:
    """What is known of a kind without being able to do it."""

    name: str
    supersedes: frozenset[str] = frozenset()
    """Kinds it does not wait for: they stop within a second."""
    priority: int = 0
    cancellable: bool = False
    """It may be told to stop while it runs; ``fail`` then puts back what it changed."""


@dataclass(frozen=True, kw_only=True)
class Kind(Label):
    claim: Callable[[Operation, Facts], Result | None]
    """Validate, write the desired state; what ``fail`` needs goes into ``operation.facts``.

    A result ends the operation at once. A ``PlatformError`` refuses it; the transaction is undone.
    """
    execute: Callable[[Operation, Control], Result]
    prepare: Callable[[Operation], Facts] = prepare_nothing
    """Reads what ``claim`` needs from outside the database, once the slot is taken."""
    succeed: Callable[[Operation, Result], Result] = pass_result
    fail: Callable[[Operation, PlatformError], PlatformError] = pass_error
    """Undo or mark what ``claim`` wrote; the answer is what the client is told."""
    give_up: Callable[[Operation], PlatformError] = refuse_waiting


URGENT = -1
BACKGROUND = 10

Kinds = Mapping[str, Kind]
