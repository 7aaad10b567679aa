"""Builds: new code for an app, deployed as a release of its own.

Source: API specification, sections 8.1 and 8.2; Kubernetes specification, sections 7 and 16.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from controller.errors import NoMatch
from controller.model.models import App, Build, Operation, Release
from controller.operations.kinds import Facts, Kind, Result
from controller.services import deploys
from controller.services.releases import create_release, get_current, mark_failed, mark_good
from controller.services.structures import check_procfile, drop_missing
from controller.services.tools import Tools
from controller.settings import DeploySettings
from kit.errors import Conflict, InvalidInput, PlatformError
from kit.logs import app_logger

log = app_logger(__name__)

PROCFILE_MISSING = (
    "Last deployment had a Procfile but is missing in this deploy. "
    "For a successful deployment provide a Procfile."
)


def list_builds(app: App) -> QuerySet[Build]:
    return Build.objects.filter(app=app).order_by("-created")


def get_build(app: App, uuid: UUID | str) -> Build:
    build = Build.objects.filter(app=app, uuid=uuid).first()
    if build is None:
        raise NoMatch("Build")
    return build


def check_build(fields: Mapping[str, Any]) -> None:
    """
    Raises:
        InvalidFields: the Procfile can't be.
    """
    check_procfile(fields.get("procfile", {}))


def choose_procfile(
    given: Mapping[str, str], *, previous: Mapping[str, str], settings: DeploySettings
) -> Mapping[str, str]:
    """The Procfile of a new build.

    Raises:
        Conflict: it must not be missing.
    """
    if previous and not given:
        if settings.reject_if_procfile_missing:
            raise Conflict(PROCFILE_MISSING)
        if not settings.procfile_missing_remove:
            return previous
    return given


def prepare_build(operation: Operation, *, tools: Tools) -> Facts:
    code = Build(sha=operation.input["sha"], dockerfile=operation.input["dockerfile"])
    deploys.require_registry(code, tools=tools)
    return deploys.read_floor(operation, tools=tools)


def claim_build(operation: Operation, facts: Facts, *, tools: Tools) -> Result | None:
    """Store build, release and counts; the old counts stay in the row, to go back to."""
    app = deploys.require_app(operation)
    current = get_current(app)
    fields, previous = operation.input, current.build.procfile if current.build else {}
    procfile = choose_procfile(fields["procfile"], previous=previous, settings=tools.settings.deploy)
    build = Build.objects.create(
        app=app,
        owner_id=operation.requested_by,
        image=fields["image"],
        sha=fields["sha"],
        procfile=procfile,
        dockerfile=fields["dockerfile"],
    )
    log.info(app.id, "build %s-%s created", app.id, str(build.uuid)[:7])
    release = create_release(
        app,
        owner=operation.requested_by,
        config=current.config,
        build=build,
        floor=facts.get("floor", 0),
    )
    deploys.announce(release, tools=tools)
    counts = drop_missing(
        app.structure,
        old=previous,
        new=build.procfile,
        remove=tools.settings.deploy.procfile_missing_remove,
    )
    deploys.store_structure(app, operation, release=release, previous=current, counts=counts)
    operation.release_id = release.uuid
    operation.facts |= {"build": str(build.uuid)}
    return None


def succeed_build(operation: Operation, _: Result) -> Result:
    mark_good(operation.release_id)
    version = Release.objects.get(uuid=str(operation.release_id)).version
    return {"build": operation.facts["build"], "version": version}


def fail_build(operation: Operation, error: PlatformError) -> PlatformError:
    owner, uuid = operation.requested_by, operation.facts.get("build", "")
    mark_failed(operation.release_id, summary=f"{owner} deployed {uuid[:7]} which failed", error=error)
    deploys.restore(operation, error)
    return deploys.as_refusal(error)


def refuse_busy(operation: Operation) -> PlatformError:
    return InvalidInput(f"Deployment for {operation.app_id}-web is already in progress")


def build_kind(tools: Tools) -> Kind:
    return Kind(
        name="build",
        cancellable=True,
        prepare=partial(prepare_build, tools=tools),
        claim=partial(claim_build, tools=tools),
        execute=partial(deploys.execute_release, tools=tools),
        succeed=succeed_build,
        fail=fail_build,
        give_up=refuse_busy,
    )
