"""Configs: changed key by key, and deployed as a release if there is code to run.

Source: API specification, section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from controller.model.models import App, Config, Operation
from controller.operations.kinds import Facts, Kind, Result
from controller.operations.sessions import session
from controller.services import deploys
from controller.services.access import get_app
from controller.services.configmaps import describe_missing_nodes, merge_maps
from controller.services.releases import create_release, get_current, get_maps, mark_failed, mark_good
from controller.services.tools import Tools
from kit.errors import Conflict, InvalidInput, PlatformError
from kit.logs import app_logger

log = app_logger(__name__)

Maps = dict[str, dict[str, Any]]


def get_config(app: App) -> Config:
    """The config of the current release."""
    return get_current(app).config


def plan_maps(current: Config, given: Mapping[str, Any], *, tools: Tools) -> Maps:
    """The maps a change leads to, default tags included."""
    merged = merge_maps(get_maps(current), given)
    if not merged["tags"]:
        merged["tags"] = dict(tools.settings.deploy.default_tags)
    return merged


def prepare_config(operation: Operation, *, tools: Tools) -> Facts:
    """Look for nodes that the app may run on, while nothing can change it: the slot is ours.

    Raises:
        InvalidInput: there is none.
    """
    with session():
        current = get_current(get_app(operation.app_id))
        merged = plan_maps(current.config, operation.input, tools=tools)
    tags = merged["tags"]
    if tags and not tools.cluster.count_nodes(tags):
        raise InvalidInput(describe_missing_nodes(tags, previous=current.config.tags))
    deploys.require_registry(current.build, tools=tools)
    return deploys.read_floor(operation, tools=tools)


def claim_config(operation: Operation, facts: Facts, *, tools: Tools) -> Result | None:
    """Store config and release; without a build that is all."""
    app = deploys.require_app(operation)
    current = get_current(app)
    merged = plan_maps(current.config, operation.input, tools=tools)
    config = Config.objects.create(app=app, owner_id=operation.requested_by, **merged)
    release = create_release(
        app,
        owner=operation.requested_by,
        config=config,
        build=current.build,
        floor=facts.get("floor", 0),
        is_deployed=current.build is not None,
    )
    deploys.announce(release, tools=tools)
    log.info(app.id, "config %s-%s updated", app.id, str(config.uuid)[:7])
    operation.release_id = release.uuid
    operation.facts |= {"config": str(config.uuid)}
    deploys.store_structure(app, operation, release=release, previous=current, counts=app.structure)
    return None if current.build else {"config": str(config.uuid)}


def succeed_config(operation: Operation, _: Result) -> Result:
    mark_good(operation.release_id)
    return {"config": operation.facts["config"]}


def fail_config(operation: Operation, error: PlatformError) -> PlatformError:
    summary = f"{operation.requested_by} deployed a config that failed"
    mark_failed(operation.release_id, summary=summary, error=error)
    deploys.restore(operation, error)
    return deploys.as_refusal(error)


def refuse_busy(operation: Operation) -> PlatformError:
    return Conflict(f"Deployment for {operation.app_id}-web is already in progress")


def build_kind(tools: Tools) -> Kind:
    return Kind(
        name="config",
        cancellable=True,
        prepare=partial(prepare_config, tools=tools),
        claim=partial(claim_config, tools=tools),
        execute=partial(deploys.execute_release, tools=tools),
        succeed=succeed_config,
        fail=fail_config,
        give_up=refuse_busy,
    )
