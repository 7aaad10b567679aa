"""Carrying out a release, whatever made it: a build, a config change, a rollback, or the start of a controller."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from controller.cluster.desired import DesiredApp, Progress
from controller.cluster.errors import ClusterUnreachable, DeployFailed
from controller.cluster.images import ON_CLUSTER
from controller.errors import Superseded, Unprocessable
from controller.model.models import App, Build, Operation, OperationState, Release, Tombstone
from controller.operations.kinds import BACKGROUND, Control, Facts, Kind, Label, Result
from controller.operations.rows import Request, submit
from controller.operations.sessions import session
from controller.services.desired import Parts, build_desired, publish_image, read_parts
from controller.services.releases import find_deployed, get_build_kind, get_current, get_highest_version
from controller.services.routing import build_service_state, publish, routing_lock
from controller.services.structures import get_kind, plan_structure
from controller.services.tools import Tools
from kit.errors import Conflict, InvalidInput, NotFound, PlatformError
from kit.logs import app_logger

log = app_logger(__name__)

OVERTAKEN = frozenset({"build", "config", "rollback", "scale", "restart", "republish"})
"""Kinds that make way for what people need when an app is stuck: rollback, scale, destroy."""
REPUBLISH = Label(name="republish", priority=BACKGROUND)


def read_floor(operation: Operation, *, tools: Tools) -> Facts:
    """The version the cluster runs, which may be ahead of a database that was restored from a backup."""
    live = tools.cluster.get_live_release(operation.app_id)
    return {"floor": max(live.version, live.fence) if live else 0}


def require_registry(build: Build | None, *, tools: Tools) -> None:
    """Before anything is stored: an image of ours is read there, and anybody else's is copied to it.

    Raises:
        RegistryAway: the platform's registry does not answer.
    """
    if build is None or tools.settings.registry.location != ON_CLUSTER:
        return
    if get_kind(sha=build.sha, dockerfile=build.dockerfile) != "buildpack":
        tools.images.require_own()


def require_app(operation: Operation) -> App:
    """The app the operation was meant for, locked.

    Raises:
        NotFound: it was destroyed in the meantime, even if there is a new one of the same name.
    """
    app = App.objects.select_for_update().filter(id=operation.app_id, uuid=str(operation.app_uuid)).first()
    if app is None or Tombstone.objects.filter(app_uuid=str(operation.app_uuid)).exists():
        raise NotFound(f"{operation.app_id} was destroyed")
    return app


def announce(release: Release, *, tools: Tools) -> None:
    """Tell the operator's URLs of a new release once it is stored."""
    parameters = {
        "app": release.app_id,
        "release": f"v{release.version}",
        "release_summary": release.summary,
        "sha": release.build.sha if release.build else "",
        "user": release.owner_id,
    }
    transaction.on_commit(partial(tools.send_hooks, parameters))


def store_structure(
    app: App, operation: Operation, *, release: Release, previous: Release, counts: Mapping[str, int]
) -> None:
    """Store the counts the release starts with; the old ones stay in the row, to go back to.

    Source: Kubernetes specification, section 7.2.
    """
    build = release.build
    if build is None:
        return
    old, old_procfile = dict(app.structure), dict(app.procfile_structure)
    app.procfile_structure = build.procfile
    app.structure = plan_structure(
        counts,
        kind=get_kind(sha=build.sha, dockerfile=build.dockerfile),
        sha=build.sha,
        procfile=build.procfile,
        previous_kind=get_build_kind(previous),
    )
    app.save(update_fields=["structure", "procfile_structure", "updated"])
    operation.facts |= {
        "structure": app.structure,
        "old_structure": old,
        "old_procfile": old_procfile,
        "has_fallback": find_deployed(app, besides=release) is not None,
    }


def execute_release(operation: Operation, control: Control, *, tools: Tools) -> Result:
    """Publish and deploy the operation's own release; go back to the last good one if that fails."""
    with session():
        parts, previous = _read(operation)
    control.report(
        Progress(phase="publishing", message=f"Making the image of v{parts.release.version} available")
    )
    publish_image(parts, tools=tools)
    desired = build_desired(parts, tools=tools, counts=operation.facts.get("structure"))
    fallback = _build_fallback(previous, operation, tools=tools)
    if operation.deadline_at is None:
        control.set_deadline(time.time() + tools.cluster.get_deploy_seconds(desired))
    tools.cluster.deploy(
        desired,
        previous=fallback,
        deadline=control.deadline,
        on_progress=control.report,
        should_stop=control.should_stop,
        failed_with=operation.cause,
    )
    return {}


def _read(operation: Operation) -> tuple[Parts, Parts | None]:
    if Tombstone.objects.filter(app_uuid=str(operation.app_uuid)).exists():
        raise Superseded("The app was destroyed")
    release = Release.objects.select_related("config", "build").get(uuid=str(operation.release_id))
    deployed = find_deployed(release.app, besides=release)
    return read_parts(release), read_parts(deployed) if deployed else None


def _build_fallback(previous: Parts | None, operation: Operation, *, tools: Tools) -> DesiredApp | None:
    """What to go back to. If it can't be described any more, there is nothing to go back to."""
    if previous is None:
        return None
    try:
        return build_desired(previous, tools=tools, counts=operation.facts.get("old_structure"))
    except PlatformError as error:
        log.warning(operation.app_id, "v%d can't be gone back to: %s", previous.release.version, error)
        return None


def as_refusal(error: PlatformError) -> PlatformError:
    """Build, config and rollback answer 400 to whatever went wrong; only what is in the way is a conflict."""
    if isinstance(error, (Conflict, Unprocessable)):
        return error
    return InvalidInput(str(error))


def restore(operation: Operation, error: PlatformError) -> None:
    """After a failure: the old counts and Procfile, if the old release runs again, and the cluster made to match."""
    old = operation.facts.get("old_structure")
    if old is not None and operation.facts.get("has_fallback"):
        then: dict[str, Any] = {"structure": old}
        if "old_procfile" in operation.facts:
            then["procfile_structure"] = operation.facts["old_procfile"]
        App.objects.filter(id=operation.app_id, uuid=str(operation.app_uuid)).update(**then)
    is_between = isinstance(error, DeployFailed) and error.rolled_back_to is None
    if is_between or not isinstance(error, (DeployFailed, InvalidInput, Superseded)):
        request_republication(operation.app_id, operation.app_uuid)


def request_republication(app_id: str, app_uuid: UUID | None) -> None:
    """Have the cluster made to match the database, when nothing else is to be done."""
    waiting = Operation.objects.filter(app_id=app_id, kind=REPUBLISH.name, state=OperationState.QUEUED)
    if not waiting.exists():
        submit(REPUBLISH, Request(app_id=app_id, app_uuid=app_uuid, requested_by=""))


def claim_republication(operation: Operation, _: Facts) -> Result | None:
    app = require_app(operation)
    release = find_deployed(app)
    operation.release_id = release.uuid if release else None
    return None


def execute_republication(operation: Operation, control: Control, *, tools: Tools) -> Result:
    """What the router reads, then the current release if the cluster differs from it.

    A newer one in the cluster is left alone.
    """
    with session():
        app = App.objects.get(uuid=str(operation.app_uuid))
        state = build_service_state(app)
    tools.cluster.ensure_app_basics(app.id, service=state, quota=tools.settings.deploy.quota)
    with session(), routing_lock(app):
        publish(app, tools=tools)
    if operation.release_id is None:
        return {}
    with session():
        release = Release.objects.select_related("config", "build").get(uuid=str(operation.release_id))
        parts = read_parts(release)
    live = tools.cluster.get_live_release(operation.app_id)
    if live and max(live.version, live.fence) > parts.fence:
        ahead = max(live.version, live.fence)
        with session():
            report_ahead(parts.app, ahead)
        return {"ahead": live.version}
    desired = build_desired(parts, tools=tools)
    if operation.deadline_at is None:
        control.set_deadline(time.time() + tools.cluster.get_deploy_seconds(desired))
    tools.cluster.deploy(
        desired,
        previous=desired,
        deadline=control.deadline,
        on_progress=control.report,
        should_stop=control.should_stop,
    )
    return {}


def report_ahead(app: App, version: int) -> None:
    """Tell of an app of which the cluster has a newer version: the database was restored to before that.

    Reads again what the database knows, for somebody may have made a release meanwhile.
    """
    known = get_highest_version(app)
    if version > known:
        text = (
            "the cluster is at v%d, the database knows no release after v%d: "
            "the app is left as it is, its next release will be v%d"
        )
        log.warning(app.id, text, version, known, version + 1)


def fail_republication(operation: Operation, error: PlatformError) -> PlatformError:
    """While Kubernetes is away it is asked for again, and what people want has its turn in between."""
    if isinstance(error, ClusterUnreachable):
        request_republication(operation.app_id, operation.app_uuid)
    return error


def build_republish_kind(tools: Tools) -> Kind:
    return Kind(
        name=REPUBLISH.name,
        priority=REPUBLISH.priority,
        claim=claim_republication,
        fail=fail_republication,
        execute=partial(execute_republication, tools=tools),
    )


def require_deployed(app: App, text: str) -> Release:
    """The current release, which must have a build.

    Raises:
        InvalidInput: with the given text.
    """
    current = get_current(app)
    if current.build is None:
        raise InvalidInput(text)
    return current
