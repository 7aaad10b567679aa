"""Interactive runs: a command in a pod of its own with a client at its terminal.

A row says who holds the run. Whoever has the client's connection renews the hold; when a client vanishes, its
controller removes the run, and when a controller does, whoever sees the hold run out. A client that left on
purpose (``detach``) may come back until the deadline. Kubernetes ends the pod then, whatever becomes of us.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from controller.cluster.errors import ClusterError, RunFailed
from controller.cluster.manifests.terminals import Terminal
from controller.cluster.names import build_run_pod_name
from controller.errors import NoMatch
from controller.model.models import App, Run, User
from controller.operations.sessions import release_connection
from controller.services import processes
from controller.services.access import list_users_of
from controller.services.tools import Tools
from kit.errors import InvalidInput
from kit.logs import app_logger

log = app_logger(__name__)

DEFAULT_SECONDS = 3600
HOLD = timedelta(seconds=30)
"""How long a run outlives the last word of the controller that has its client."""
PATIENCE = timedelta(seconds=60)
"""How long a run waits for its first client, or for one that its controller had to let go."""
ALIVE = Q(detached=True) | Q(held_until__gte=Now())
"""One that is not is taken over by nobody, for it may be removed at this moment."""
NO_TIME = "timeout must be a number of seconds from 1 to {limit}"
DEFAULT_TERM = "xterm"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the client asks for."""

    command: str
    tty: bool = True
    term: str = DEFAULT_TERM
    seconds: int = DEFAULT_SECONDS


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A client's claim to a run: what its connection needs to know."""

    uuid: UUID
    app: str
    name: str
    requested_by: str
    tty: bool
    started: bool
    holder: str
    start_by: datetime
    deadline_at: datetime


def start(app: App, wish: Wish, *, by: User, tools: Tools, on_checked: Callable[[], None]) -> Run:
    """Make the pod; its program begins when the first client is there. ``on_checked``: called before it is made.

    Raises:
        InvalidInput: no command, no code to run it with, or too much time.
        RunFailed: Kubernetes refused.
    """
    limit = tools.settings.process.run_limit_seconds
    if not 0 < wish.seconds <= limit:
        raise InvalidInput(NO_TIME.format(limit=limit))
    wanted = processes.prepare_run(app, wish.command, tools=tools)
    on_checked()
    name = build_run_pod_name(app.id, tools.random)
    log.info(app.id, "%s on %s runs '%s'", by.username, name, wish.command)
    now = timezone.now()
    run = Run.objects.create(
        app=app,
        name=name,
        requested_by=by.username,
        command=wish.command,
        tty=wish.tty,
        held_until=Now() + PATIENCE,
        start_by=now,
        deadline_at=now + timedelta(seconds=wish.seconds),
    )
    release_connection()
    terminal = Terminal(tty=wish.tty, term=wish.term, seconds=wish.seconds)
    try:
        seconds = tools.cluster.terminals.start(wanted, wish.command, pod_name=name, terminal=terminal)
    except ClusterError as error:
        remove(run.uuid, tools=tools)
        raise RunFailed(f"{name} (run): {error}") from error
    run.start_by = now + timedelta(seconds=seconds)
    run.save(update_fields=["start_by"])
    return run


def list_runs(app: App, *, by: User) -> QuerySet[Run]:
    """The user's own, newest first; an administrator sees everybody's."""
    mine = Q() if by.is_superuser else Q(requested_by=by.username)
    return Run.objects.filter(mine, app=app).order_by("-created")


def get_run(app: App, name: str, *, by: User) -> Run:
    """
    Raises:
        NoMatch: there is none, or it is somebody else's.
    """
    run = list_runs(app, by=by).filter(name=name).first()
    if run is None:
        raise NoMatch("Run")
    return run


def take(app: App, name: str, *, by: User) -> Ticket:
    """Become the holder; a client that held it so far is told to go.

    Raises:
        NoMatch: there is none, it is about to be removed, or it is somebody else's: a terminal is its user's
            alone.
    """
    mine = Run.objects.filter(ALIVE, app=app, name=name, requested_by=by.username)
    with transaction.atomic():
        run = mine.select_for_update().first()
        if run is None:
            raise NoMatch("Run")
        holder = uuid4().hex
        Run.objects.filter(uuid=run.uuid).update(holder=holder, held_until=Now() + HOLD, detached=False)
    return Ticket(
        uuid=run.uuid,
        app=app.id,
        name=run.name,
        requested_by=run.requested_by,
        tty=run.tty,
        started=run.started,
        holder=holder,
        start_by=run.start_by,
        deadline_at=run.deadline_at,
    )


def mark_started(ticket: Ticket, *, started: bool = True) -> None:
    """Before the program is told to begin, for it must not be told twice; taken back if it was not heard."""
    Run.objects.filter(uuid=ticket.uuid).update(started=started)


def renew(holders: Collection[str]) -> set[str]:
    """Go on holding; return those that hold their run no longer."""
    Run.objects.filter(holder__in=holders).update(held_until=Now() + HOLD)
    return set(holders) - set(Run.objects.filter(holder__in=holders).values_list("holder", flat=True))


def is_known(ticket: Ticket) -> bool:
    """Whether the run is still there, whoever holds it."""
    return Run.objects.filter(uuid=ticket.uuid).exists()


def detach(ticket: Ticket) -> None:
    """The client leaves, and the run goes on."""
    _held(ticket).update(detached=True, holder="")


def let_go(ticket: Ticket) -> None:
    """The controller leaves: the client has a moment to connect to another one."""
    _held(ticket).update(holder="", held_until=Now() + PATIENCE)


def give_up(ticket: Ticket, *, tools: Tools) -> None:
    """The client is gone or the command has ended: remove the run, if it is still this client's."""
    if _held(ticket).update(held_until=Now()):
        remove(ticket.uuid, tools=tools)


def remove(uuid: UUID, *, tools: Tools) -> None:
    """Remove pod and row; if Kubernetes does not answer, the row stays for the next sweep."""
    run = Run.objects.filter(uuid=uuid).first()
    if run is None:
        return
    release_connection()
    try:
        tools.cluster.terminals.delete(run.app_id, run.name)
    except ClusterError as error:
        log.warning(run.app_id, "%s is not removed yet: %s", run.name, error)
        Run.objects.filter(uuid=uuid).update(held_until=Now(), detached=False)
        return
    Run.objects.filter(uuid=uuid).delete()


def sweep(*, tools: Tools) -> None:
    """Remove runs that nobody holds, those whose time is over, and those of users who may use the app no more."""
    over = Q(deadline_at__lt=Now() - HOLD)
    refused = ~Exists(
        list_users_of(app=OuterRef("app"), owner=OuterRef("app__owner")).filter(
            username=OuterRef("requested_by")
        )
    )
    for uuid in list(Run.objects.filter(~ALIVE | over | refused).values_list("uuid", flat=True)):
        remove(uuid, tools=tools)


def _held(ticket: Ticket) -> QuerySet[Run]:
    return Run.objects.filter(uuid=ticket.uuid, holder=ticket.holder)
