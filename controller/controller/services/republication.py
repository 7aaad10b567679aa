"""Making the cluster match the database: at every start of a controller, and by hand.

One controller does it, by lease. Apps that are as they should be are left alone; those that differ are queued at
low priority. Source: Kubernetes specification, section 26; design, section 3.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, Queue
from typing import Literal

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from controller.errors import Superseded
from controller.model.models import App, Lease, Operation, OperationState
from controller.operations.sessions import session
from controller.services.appsettings import apply_autoscale
from controller.services.certificates import list_attached, publish_certificate
from controller.services.configmaps import describe_missing_nodes
from controller.services.deploys import report_ahead, request_republication
from controller.services.desired import build_desired, read_parts
from controller.services.releases import find_deployed, get_current
from controller.services.routing import build_service_state, get_settings, publish, routing_lock
from controller.services.tools import Tools
from kit.errors import PlatformError
from kit.waiting import wait_for

log = logging.getLogger(__name__)

LEASE = "republication"
LEASE_SECONDS = 60
RENEW_SECONDS = 5.0
HANDS = 4
"""Apps that are looked at at the same time; more would keep requests waiting."""
PATIENCE = 3600.0
PAUSE = 2.0
DONE = "done"
Say = Callable[[str], None]


def take_lease(owner: str, *, since: datetime) -> Literal["taken", "done", ""]:
    """Whether it is ours to do, was done by somebody since then, or is being done (empty)."""
    until = Now() + timedelta(seconds=LEASE_SECONDS)
    if Lease.objects.filter(name=LEASE, owner=DONE, until__gt=since).exists():
        return "done"
    free = Q(until__lt=Now()) | Q(owner=owner)
    if Lease.objects.filter(free, name=LEASE).update(owner=owner, until=until):
        return "taken"
    try:
        with transaction.atomic():
            Lease.objects.create(name=LEASE, owner=owner, until=until)
    except IntegrityError:
        return ""
    return "taken"


def renew_lease(owner: str) -> bool:
    """Whether it was still ours."""
    until = Now() + timedelta(seconds=LEASE_SECONDS)
    return bool(Lease.objects.filter(name=LEASE, owner=owner).update(until=until))


def end_lease(owner: str) -> None:
    """Done: whoever started before this moment need not do it again."""
    Lease.objects.filter(name=LEASE, owner=owner).update(owner=DONE, until=Now())


def republish_in_background(tools: Tools, *, owner: str) -> None:
    """At start; nobody waits for it."""
    threading.Thread(target=_republish, args=(tools, owner), name="republication", daemon=True).start()


def _republish(tools: Tools, owner: str) -> None:
    began = datetime.now(UTC)
    publish = partial(publish_in_turn, tools, owner=owner, since=began)
    try:
        wait_for(publish, what="the turn to publish", timeout=PATIENCE, interval=PAUSE)
    except Exception:
        log.exception("publishing the state of the database")


def publish_in_turn(tools: Tools, *, owner: str, since: datetime) -> bool:
    """Whether it is done, by us or by somebody else; False: try again, as another is at it or the database failed."""
    try:
        with session():
            turn = take_lease(owner, since=since)
        if turn == "taken":
            publish_all(tools, say=log.info, owner=owner)
            with session():
                end_lease(owner)
    except (DatabaseError, Superseded) as error:
        log.warning("publishing the state of the database: %s; trying again", error)
        return False
    return turn != ""


def publish_all(tools: Tools, *, say: Say, owner: str = "") -> None:
    """Every app's basics and annotations, then releases that differ."""
    say("Publishing DB state to kubernetes...")
    with session():
        apps = list(App.objects.order_by("id"))
    _visit(apps, partial(_publish_state, tools=tools, say=say), owner=owner)
    say("Deploying available applications")
    _visit(apps, partial(_publish_deployment, tools=tools, say=say), owner=owner)
    say("Done Publishing DB state to kubernetes.")


def _publish_state(app: App, *, tools: Tools, say: Say) -> None:
    try:
        publish_basics(app, tools=tools)
        check_tags(app, tools=tools, say=say)
    except ObjectDoesNotExist:
        log.debug("%s was destroyed meanwhile", app.id)
    except PlatformError as error:
        say(f"ERROR: Problem saving to model App for {app.id}due to {error}")


def _publish_deployment(app: App, *, tools: Tools, say: Say) -> None:
    try:
        publish_release(app, tools=tools, say=say)
    except ObjectDoesNotExist:
        log.debug("%s was destroyed meanwhile", app.id)
    except PlatformError as error:
        say(f"ERROR: There was a problem deploying {app.id} due to {error}")


def _visit(apps: Iterable[App], step: Callable[[App], None], *, owner: str) -> None:
    """Take the step for every app, for some at a time, as most of it is waiting for answers.

    ``owner`` holds the lease; nobody does where it is done by hand. The threads are daemons: a process that ends
    does not wait for the apps that are left.

    Raises:
        Superseded: another holds the lease.
        Exception: what a step raised; the apps that are left are not visited then.
    """
    left, stopped = Queue[App](), threading.Event()
    for app in apps:
        left.put(app)
    errors: list[Exception] = []

    def work() -> None:
        while not stopped.is_set():
            try:
                step(left.get_nowait())
            except Empty:
                return
            except Exception as error:  # noqa: BLE001 - whoever waits raises it again
                errors.append(error)
                stopped.set()

    threads = [threading.Thread(target=work, name=f"republication-{n}", daemon=True) for n in range(HANDS)]
    for thread in threads:
        thread.start()
    try:
        _keep_lease(owner, threads)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    for error in errors[1:]:
        log.error("publishing the state of the database", exc_info=error)
    if errors:
        raise errors[0]


def _keep_lease(owner: str, threads: Iterable[threading.Thread]) -> None:
    """Until they have ended; where it is done by hand there is none.

    Raises:
        Superseded: another has it.
    """
    for thread in threads:
        while thread.is_alive():
            with session():
                if owner and not renew_lease(owner):
                    raise Superseded("another controller is at it")
            thread.join(RENEW_SECONDS)


def publish_basics(app: App, *, tools: Tools) -> None:
    """What the router is told is read and written under its lock, so that nobody's change is undone by it."""
    if is_busy(app):
        return
    with session():
        state = build_service_state(app)
    tools.cluster.ensure_app_basics(app.id, service=state, quota=tools.settings.deploy.quota)
    with session(), routing_lock(app):
        for certificate in list_attached(app):
            publish_certificate(app, certificate, tools=tools)
        publish(app, tools=tools)
        apply_autoscale(app, old={}, new=get_settings(app).autoscale, tools=tools)


def check_tags(app: App, *, tools: Tools, say: Say) -> None:
    """Tell of an app that no node may run any more: its next release of any kind is going to fail."""
    with session():
        config = get_current(app).config
    if config.tags and not tools.cluster.count_nodes(config.tags):
        reason = describe_missing_nodes(config.tags, previous={})
        say(f"ERROR: Problem saving to model Config for {app.id}-{str(config.uuid)[:7]}due to {reason}")


def publish_release(app: App, *, tools: Tools, say: Say) -> None:
    with session():
        release = find_deployed(app)
        parts = read_parts(release) if release and get_current(app).build else None
    if parts is None:
        say(f"WARNING: {app.id} has no build associated with its latest release. Skipping deployment...")
        live = tools.cluster.get_live_release(app.id)
        report(app, max(live.version, live.fence) if live else 0)
        return
    if is_busy(app):
        say(f"WARNING: {app.id} has a deployment in progress. Skipping deployment...")
        return
    if tools.cluster.differs(build_desired(parts, tools=tools), on_ahead=partial(report, app)):
        with session():
            request_republication(app.id, app.uuid)


def report(app: App, version: int) -> None:
    """Tell of an app that is ahead of the database."""
    with session():
        report_ahead(app, version)


def is_busy(app: App) -> bool:
    with session():
        waiting = Operation.objects.filter(
            app_id=app.id, state__in=(OperationState.QUEUED, OperationState.RUNNING)
        )
        return waiting.exists()
