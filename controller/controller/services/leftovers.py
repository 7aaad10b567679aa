"""What a creation that failed may have left: its namespace, which would keep the name taken for ever.

Whether Kubernetes made it is not known when it fell silent in the middle. So its deletion is an operation of its own,
which is patient, and looks first whether there is an app of that name again.
"""

from __future__ import annotations

import time
from functools import partial

from controller.model.models import App, Operation
from controller.operations.kinds import Control, Facts, Kind, Label, Result
from controller.operations.rows import Request, submit
from controller.services.tools import Tools

WITHDRAW = Label(name="withdraw")
PATIENCE = 900.0
"""Seconds that Kubernetes may be silent."""


def request_withdrawal(operation: Operation) -> None:
    """Have the cluster rid of what a failed creation made; within the transaction that forgets its rows."""
    submit(WITHDRAW, Request(app_id=operation.app_id, app_uuid=operation.app_uuid, requested_by=""))


def claim_withdrawal(operation: Operation, _: Facts) -> Result | None:
    return {} if App.objects.filter(id=operation.app_id).exists() else None


def execute_withdrawal(operation: Operation, control: Control, *, tools: Tools) -> Result:
    if operation.deadline_at is None:
        control.set_deadline(time.time() + PATIENCE)
    tools.cluster.withdraw_namespace(
        operation.app_id, deadline=control.deadline, should_stop=control.should_stop
    )
    return {}


def build_kind(tools: Tools) -> Kind:
    return Kind(name=WITHDRAW.name, claim=claim_withdrawal, execute=partial(execute_withdrawal, tools=tools))
