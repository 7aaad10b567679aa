"""A change of an app: ask for it, and wait for its end as the user wishes.

Off a terminal a request waits for its end, as it always did. At a terminal, and with ``--wait``, the controller
answers with an operation, which is followed and told about; with ``--no-wait`` nobody waits for its end.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from deis.api import Json, get_object, parse_array, parse_object
from deis.errors import ApiError, CliError, DeadlineOver, OperationAccepted
from deis.replies import build_error
from deis.waiting import TimeIsUp, wait_for

if TYPE_CHECKING:
    from deis.console import Progress
    from deis.session import Session

AT_ONCE = "respond-async"
SOON = "respond-async, wait=1"
"""What takes less than a second is answered without an operation."""
ACCEPTED = 202
SUCCEEDED = "succeeded"
UNDER_WAY = ("queued", "running")
LOST_SECONDS = 60.0
"""How long a controller may be away while an operation is followed: it may be replaced meanwhile."""
_ADVICE = {
    "Crashed": "'deis logs -a {app} --process={type}' shows what it said",
    "Unschedulable": "no node has room for it: lower 'deis limits', or add nodes",
    "ErrImagePull": "check the image's name, and 'deis registry' for its credentials",
    "ImagePullBackOff": "check the image's name, and 'deis registry' for its credentials",
    "Unhealthy": "its health check fails: see 'deis healthchecks -a {app}', and that it listens on $PORT",
}
"""What to do about a pod that does not get ready, by the controller's reason."""


class Patience(NamedTuple):
    """How long the user wants to wait for the end of a change."""

    wait: bool | None = None
    """None: nothing was said."""
    deadline: float | None = None
    """Seconds; None is no limit."""

    def find_preference(self, *, is_terminal: bool) -> str:
        """The ``Prefer`` header; empty for a request that simply waits."""
        if self.wait is False:
            return AT_ONCE
        return SOON if self.wait or self.deadline is not None or is_terminal else ""


def change(
    session: Session,
    method: str,
    path: str,
    body: Json | None = None,
    *,
    said: str | None = None,
    array: str = "",
) -> Json:
    """Have it done and return what the controller answers in the end. ``said`` is shown with a spinner behind it.

    ``array``: the answer is one, and is returned below this name, as an operation has it.

    Raises:
        ApiError: it is refused, or fails.
        OperationAccepted: nobody waits for the end.
        DeadlineOver: the end did not come in time; the operation goes on.
    """
    preference = session.patience.find_preference(is_terminal=session.console.is_watched())
    with _show(session, said) as progress:
        answer = session.client.request(method, path, body, prefer=preference)
        if answer.status != ACCEPTED:
            return {array: parse_array(answer.text)} if array else parse_body(answer.text)
        operation = parse_body(answer.text)
        if session.patience.wait is False:
            raise OperationAccepted(operation)
        return follow(session, operation, progress)


@contextlib.contextmanager
def _show(session: Session, said: str | None) -> Iterator[Progress]:
    if said is not None:
        with session.console.progress(said) as progress:
            yield progress
    else:
        with session.console.progress("", spins=False) as progress:
            yield progress


def parse_body(text: str) -> Json:
    """An answer without a body is an empty object."""
    return parse_object(text) if text else {}


def follow(session: Session, operation: Json, progress: Progress) -> Json:
    """Tell how an operation goes on until it ends, and return its result."""
    teller = Teller(progress, str(operation.get("app", "")))
    try:
        ended = wait_for(Look(session, operation, teller), seconds=session.patience.deadline)
    except TimeIsUp as error:
        raise DeadlineOver(operation) from error
    if ended.get("state") == SUCCEEDED:
        return get_object(ended, "result")
    raise build_failure(ended)


class Look:
    """Asks for the operation again; what it returns once the operation has ended is the operation."""

    def __init__(self, session: Session, operation: Json, teller: Teller) -> None:
        self._session = session
        self._operation: Json | None = operation
        self._url = str(operation["url"])
        self._teller = teller
        self._lost_at: float | None = None

    def __call__(self) -> Json | None:
        operation = self._operation or self._ask()
        self._operation = None
        if operation is None:
            return None
        self._teller.tell(operation)
        return None if operation.get("state") in UNDER_WAY else operation

    def _ask(self) -> Json | None:
        """None while the controller is away for a moment."""
        import time

        try:
            operation = self._session.client.get(self._url)
        except CliError as error:
            if isinstance(error, ApiError) and error.status < 502:
                raise
            self._lost_at = self._lost_at or time.monotonic()
            if time.monotonic() - self._lost_at > LOST_SECONDS:
                raise
            return None
        self._lost_at = None
        return operation


class Teller:
    """Says what is new about an operation, once."""

    def __init__(self, progress: Progress, app: str) -> None:
        self._progress = progress
        self._app = app
        self._said: set[str] = set()

    def tell(self, operation: Json) -> None:
        for line in describe(operation, app=self._app):
            if line not in self._said:
                self._said.add(line)
                self._progress.note(line)


def describe(operation: Json, *, app: str) -> list[str]:
    """What there is to know about it now: the phase, the pods that are ready, and why others are not."""
    state, phase = str(operation.get("state", "")), str(operation.get("phase") or "")
    if state not in UNDER_WAY:
        return []
    step = str(operation.get("message") or phase or state)
    progress = operation.get("progress") or {}
    wanted = progress.get("wanted")
    lines = [f"{step}, {progress.get('ready', 0)} of {wanted} ready" if wanted else step]
    for pod in operation.get("pods") or ():
        lines += describe_pod(pod, app=app)
    return lines


def describe_pod(pod: Json, *, app: str) -> list[str]:
    """Why this pod is not ready, and what to do; nothing while it is simply starting."""
    reason, message = str(pod.get("reason") or ""), str(pod.get("message") or "")
    if not reason:
        return []
    lines = [f"{pod.get('name')}: {reason}{f', {message}' if message else ''}"]
    if advice := _ADVICE.get(reason):
        lines.append(f"  {advice.format(app=app, type=pod.get('type', ''))}")
    return lines


def build_failure(operation: Json) -> CliError:
    """What a request that waits would have been answered."""
    error = operation.get("error") or {}
    status = error.get("status")
    if not isinstance(status, int):
        return CliError(f"the operation has {operation.get('state')}")
    return build_error(status, json.dumps(error.get("body"), ensure_ascii=False))
