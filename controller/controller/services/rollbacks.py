"""Rollbacks: an old release's build and config as a new release. A running deploy makes way.

Source: API specification, section 10.4.
"""

from __future__ import annotations

from functools import partial

from controller.model.models import App, Operation, Release
from controller.operations.kinds import Facts, Kind, Result
from controller.operations.sessions import session
from controller.services import deploys
from controller.services.access import get_app
from controller.services.releases import (
    choose_rollback,
    create_release,
    get_current,
    mark_failed,
    mark_good,
)
from controller.services.tools import Tools
from kit.errors import PlatformError


def check_rollback(app: App, wanted: object) -> None:
    """Refuse what can't be before anything makes way for it."""
    choose_rollback(app, wanted)


def prepare_rollback(operation: Operation, *, tools: Tools) -> Facts:
    with session():
        app = get_app(operation.app_id)
        current, target = get_current(app), choose_rollback(app, operation.input.get("version"))
    deploys.require_registry(current.build and target.build, tools=tools)
    return deploys.read_floor(operation, tools=tools)


def claim_rollback(operation: Operation, facts: Facts, *, tools: Tools) -> Result | None:
    app = deploys.require_app(operation)
    current, target = get_current(app), choose_rollback(app, operation.input.get("version"))
    is_deployed = current.build is not None and target.build is not None
    release = create_release(
        app,
        owner=operation.requested_by,
        config=target.config,
        build=target.build,
        floor=facts.get("floor", 0),
        summary=f"{operation.requested_by} rolled back to v{target.version}",
        is_deployed=is_deployed,
    )
    deploys.announce(release, tools=tools)
    operation.release_id = release.uuid
    deploys.store_structure(app, operation, release=release, previous=current, counts=app.structure)
    return None if is_deployed else {"version": release.version}


def succeed_rollback(operation: Operation, _: Result) -> Result:
    mark_good(operation.release_id)
    return {"version": Release.objects.get(uuid=str(operation.release_id)).version}


def fail_rollback(operation: Operation, error: PlatformError) -> PlatformError:
    release = Release.objects.filter(uuid=str(operation.release_id)).first()
    if release is not None:
        owner = get_current(release.app).owner_id
        summary = f"{owner} performed roll back to a release that failed"
        mark_failed(release.uuid, summary=summary, error=error)
    deploys.restore(operation, error)
    return deploys.as_refusal(error)


def build_kind(tools: Tools) -> Kind:
    return Kind(
        name="rollback",
        cancellable=True,
        supersedes=deploys.OVERTAKEN,
        prepare=partial(prepare_rollback, tools=tools),
        claim=partial(claim_rollback, tools=tools),
        execute=partial(deploys.execute_release, tools=tools),
        succeed=succeed_rollback,
        fail=fail_rollback,
    )
