"""Apps: made, handed on, destroyed.

Making one stores everything in one transaction and takes it back if the cluster refuses, so a name is never left
half used. Source: API specification, section 6.3; Kubernetes specification, sections 4 and 23.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from controller.cluster.desired import Progress
from controller.errors import InvalidFields, Superseded
from controller.model.models import (
    TLS,
    App,
    AppSettings,
    Build,
    Config,
    Domain,
    Operation,
    Release,
    ReleaseState,
    Service,
    Tombstone,
    User,
)
from controller.operations.engine import Engine
from controller.operations.kinds import Control, Facts, Kind, Result
from controller.operations.rows import Request
from controller.operations.sessions import session
from controller.services import deploys
from controller.services.access import get_user
from controller.services.appnames import generate_name, list_problems
from controller.services.audit import Origin
from controller.services.configmaps import describe_missing_nodes
from controller.services.leftovers import request_withdrawal
from controller.services.releases import NOTHING_TO_PUBLISH, describe
from controller.services.routing import build_service_state, lock_name
from controller.services.summaries import summarize_first
from controller.services.tools import Tools
from kit.errors import Conflict, InvalidInput, PlatformError
from kit.logs import app_logger

log = app_logger(__name__)
plain_log = logging.getLogger(__name__)

NAME_TAKEN = "Application with this id already exists."
DESTROY_SECONDS = 30.0


def choose_name(wanted: str | None, *, tools: Tools) -> str:
    """The new app's name.

    Raises:
        InvalidFields: it can't be one, or is taken.
        Conflict: the cluster has a namespace of that name.
    """
    if wanted is None:
        wanted = generate_name(tools.random, is_taken=is_name_taken)
    problems = list_problems(wanted, reserved=tools.settings.reserved_names)
    if is_name_taken(wanted):
        problems.append(NAME_TAKEN)
    if problems:
        raise InvalidFields({"id": problems})
    if tools.cluster.namespace_exists(wanted):
        raise Conflict(f"{wanted} already exists as a namespace in this kuberenetes setup")
    return wanted


def is_name_taken(name: str) -> bool:
    """By an app, or by the Service of another's process type, which answers at that name."""
    return App.objects.filter(id=name).exists() or Service.objects.filter(name=name).exists()


def request_creation(
    name: str,
    structure: Mapping[str, int],
    *,
    by: User,
    engine: Engine,
    origin: Origin,
    key: str | None = None,
    procfile: Mapping[str, Any] | None = None,
) -> Operation:
    request = Request(
        app_id=name,
        app_uuid=uuid.uuid4(),
        requested_by=by.username,
        input={"structure": dict(structure), "procfile_structure": dict(procfile or {})},
        idempotency_key=key,
        origin=origin.dump(),
    )
    return engine.submit("create", request)


def prepare_creation(_: Operation, *, tools: Tools) -> Facts:
    tags = tools.settings.deploy.default_tags
    if tags and not tools.cluster.count_nodes(tags):
        raise InvalidInput(describe_missing_nodes(tags, previous={}))
    return {}


def claim_creation(operation: Operation, _: Facts, *, tools: Tools) -> Result | None:
    """The app with everything that belongs to a new one."""
    name, owner = operation.app_id, operation.requested_by
    lock_name(name)
    if is_name_taken(name):
        raise InvalidFields({"id": [NAME_TAKEN]})
    app = App.objects.create(
        id=name,
        uuid=str(operation.app_uuid),
        owner_id=owner,
        structure=operation.input.get("structure", {}),
        procfile_structure=operation.input.get("procfile_structure", {}),
    )
    tags = dict(tools.settings.deploy.default_tags)
    config = Config.objects.create(app=app, owner_id=owner, tags=tags)
    log.info(name, "config %s-%s updated", name, str(config.uuid)[:7])
    summary = summarize_first(owner, describe(config, None))
    release = Release.objects.create(
        app=app, owner_id=owner, version=1, summary=summary, state=ReleaseState.GOOD, config=config
    )
    log.info(name, summary)
    log.info(name, NOTHING_TO_PUBLISH)
    deploys.announce(release, tools=tools)
    settings = AppSettings.objects.create(app=app, owner_id=owner)
    log.info(name, "appsettings %s-%s updated", name, str(settings.uuid)[:7])
    TLS.objects.create(app=app, owner_id=owner)
    if not Domain.objects.filter(domain=name).exists():
        Domain.objects.create(app=app, owner_id=owner, domain=name)
        log.info(name, "domain %s added", name)
    return None


def execute_creation(operation: Operation, control: Control, *, tools: Tools) -> Result:
    with session():
        app = _get_meant(operation)
        state = build_service_state(app)
    control.report(Progress(phase="creating", message=f"Making the namespace and Service of {app.id}"))
    tools.cluster.ensure_app_basics(app.id, service=state, quota=tools.settings.deploy.quota)
    return {"app": app.id}


def fail_creation(operation: Operation, error: PlatformError) -> PlatformError:
    """As if it had never been asked for."""
    App.objects.filter(id=operation.app_id, uuid=str(operation.app_uuid)).delete()
    request_withdrawal(operation)
    return error


def _get_meant(operation: Operation) -> App:
    app = App.objects.filter(id=operation.app_id, uuid=str(operation.app_uuid)).first()
    if app is None:
        raise Superseded("The app was destroyed")
    return app


def transfer(app: App, username: object) -> None:
    """Give the app, and what the old owner made in it, to another user."""
    new, old = get_user(username), app.owner_id
    with transaction.atomic():
        for model in (AppSettings, Build, Config, Domain, Release, Service, TLS):
            mine = model.objects.filter(app=app, owner_id=old)  # type: ignore[misc] # the user's name
            mine.update(owner_id=new.username)
        app.owner = new
        app.save(update_fields=["owner", "updated"])


def touch(app: App, *, tools: Tools) -> None:
    """Make again what the cluster lacks of the app's basics."""
    tools.cluster.ensure_app_basics(
        app.id, service=build_service_state(app), quota=tools.settings.deploy.quota
    )
    app.save(update_fields=["updated"])


def claim_destruction(operation: Operation, _: Facts) -> Result | None:
    app = deploys.require_app(operation)
    log.info(app.id, "deleting environment")
    Tombstone.objects.get_or_create(app_uuid=app.uuid, defaults={"app_id": app.id})
    return None


def execute_destruction(operation: Operation, control: Control, *, tools: Tools) -> Result:
    """The namespace first. Rows go even while it still is on its way out, as they always did."""
    if operation.deadline_at is None:
        control.set_deadline(time.time() + DESTROY_SECONDS)
    control.report(Progress(phase="destroying", message=f"Deleting the namespace of {operation.app_id}"))
    tools.cluster.destroy_app(operation.app_id, deadline=control.deadline, should_stop=control.should_stop)
    if control.should_stop():
        raise Superseded("The destruction goes on elsewhere")
    tools.logs.purge(operation.app_id)
    return {}


def succeed_destruction(operation: Operation, _: Result) -> Result:
    """With it goes all that was its own. The lines are not filed under it: its log is dropped, its name free."""
    for row in TLS.objects.filter(app__uuid=str(operation.app_uuid)):
        plain_log.info("tls %s-%s removed", operation.app_id, str(row.uuid)[:7])
    App.objects.filter(id=operation.app_id, uuid=str(operation.app_uuid)).delete()
    return {}


def fail_destruction(operation: Operation, error: PlatformError) -> PlatformError:
    """It lives on; whatever went is made again."""
    Tombstone.objects.filter(app_uuid=str(operation.app_uuid)).delete()
    deploys.request_republication(operation.app_id, operation.app_uuid)
    return error


def build_create_kind(tools: Tools) -> Kind:
    return Kind(
        name="create",
        prepare=partial(prepare_creation, tools=tools),
        claim=partial(claim_creation, tools=tools),
        execute=partial(execute_creation, tools=tools),
        fail=fail_creation,
    )


def build_destroy_kind(tools: Tools) -> Kind:
    return Kind(
        name="destroy",
        supersedes=deploys.OVERTAKEN,
        claim=claim_destruction,
        execute=partial(execute_destruction, tools=tools),
        succeed=succeed_destruction,
        fail=fail_destruction,
    )


def parse_structure(value: Any) -> dict[str, int]:
    """
    Raises:
        InvalidFields: it is no object of whole numbers.
    """
    if not isinstance(value, dict) or not all(
        isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in value.values()
    ):
        raise InvalidFields({"structure": ["Expected an object of whole numbers from zero up."]})
    return dict(value)
