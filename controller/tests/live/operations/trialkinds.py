"""Kinds of operations that do nothing but tell of it in a file, and a process that runs them."""

from __future__ import annotations

import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from controller.database import connect
from controller.errors import Superseded
from controller.operations.engine import Engine
from controller.operations.kinds import Control, Kind, Kinds
from controller.settings import DatabaseSettings
from kit.errors import Conflict, InvalidInput, PlatformError, Timeout
from kit.waiting import wait_for


def tell(operation: Any, text: str) -> None:
    """One line in the operation's file; lines of several processes do not mix."""
    log = operation.input.get("log")
    if log:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{text}\n".encode())
        os.close(descriptor)


def claim(operation: Any, _: Any) -> dict[str, Any] | None:
    if operation.input.get("refuse"):
        raise Conflict(operation.input["refuse"])
    operation.facts |= {"claimed": True}
    return {"at": "once"} if operation.input.get("at_once") else None


def execute(operation: Any, control: Control) -> dict[str, Any]:
    """Until the file ``go`` is there, if one is named."""
    tell(operation, f"begin {operation.input.get('name', '')} {operation.attempt} {os.getpid()}")
    if operation.deadline_at is None:
        control.set_deadline(time.time() + 100)
    if operation.input.get("break"):
        raise ZeroDivisionError(operation.input["break"])
    if operation.input.get("fail"):
        raise InvalidInput(operation.input["fail"])
    go = operation.input.get("go")

    def may_end() -> str | None:
        if control.should_stop():
            return "stop"
        return "go" if go is None or Path(go).exists() else None

    try:
        reason = wait_for(may_end, what="a sign", timeout=40, interval=0.02)
    except Timeout:
        reason = "stop"
    if reason == "stop":
        tell(operation, f"stop {operation.input.get('name', '')}")
        raise Superseded("told to stop")
    tell(operation, f"end {operation.input.get('name', '')}")
    return {"pid": os.getpid()}


def fail(operation: Any, error: PlatformError) -> PlatformError:
    tell(operation, f"fail {operation.input.get('name', '')}")
    if operation.input.get("break_end"):
        raise ZeroDivisionError(operation.input["break_end"])
    return error


def succeed(operation: Any, result: Any) -> Any:
    if operation.input.get("break_end"):
        raise ZeroDivisionError(operation.input["break_end"])
    return result


def build_kinds() -> Kinds:
    trial = partial(Kind, claim=claim, execute=execute, succeed=succeed, fail=fail)
    kinds = (
        trial(name="build", cancellable=True),
        trial(name="rollback", supersedes=frozenset({"build"})),
        trial(name="republish", priority=10),
    )
    return {kind.name: kind for kind in kinds}


def build_engine(database: DatabaseSettings, *, owner: str, **options: Any) -> Engine:
    values = {"threads": 4, "lease": 2.0, **options}
    return Engine(build_kinds(), owner=owner, connect=partial(connect, database), **values)


def main(arguments: list[str]) -> None:
    """``python -m trialkinds``: an engine until it is killed; configured by its caller's environment."""
    port, name, owner, lease = arguments
    database = DatabaseSettings(host="127.0.0.1", port=int(port), name=name)
    engine = build_engine(database, owner=owner, lease=float(lease))
    engine.start()
    print("running", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
