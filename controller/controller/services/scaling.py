"""How many of each process type run. A running deploy makes way.

Source: API specification, section 8.3; Kubernetes specification, section 18.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from controller.errors import Superseded
from controller.model.models import App, Operation, Release
from controller.operations.kinds import Control, Facts, Kind, Result
from controller.operations.sessions import session
from controller.services import deploys
from controller.services.desired import NO_BUILD, Parts, build_desired, read_parts
from controller.services.releases import get_current
from controller.services.structures import check_types, parse_counts
from controller.services.tools import Tools
from kit.errors import PlatformError, Unavailable
from kit.logs import app_logger

log = app_logger(__name__)


def check_scale(app: App, data: Mapping[str, Any]) -> dict[str, int]:
    """The wanted counts; empty when they are what they were.

    Raises:
        InvalidInput: there is nothing to scale, or the counts are none.
        NotFound: the app has no such type.
    """
    current = deploys.require_deployed(app, NO_BUILD)
    counts = parse_counts(data)
    check_types(counts, procfile=current.build.procfile if current.build else {})
    return {} if {**app.structure, **counts} == app.structure else counts


def claim_scale(operation: Operation, _: Facts) -> Result | None:
    app = deploys.require_app(operation)
    counts = check_scale(app, operation.input["counts"])
    made_way = Operation.objects.filter(superseded_by=operation.uuid).exists()
    if not counts and not made_way:
        return {}
    current = get_current(app)
    operation.release_id = current.uuid
    app.procfile_structure = current.build.procfile if current.build else {}
    operation.facts |= {"counts": counts, "old_structure": dict(app.structure), "has_fallback": True}
    operation.facts |= {"repair": made_way}
    app.structure = {**app.structure, **counts}
    app.save(update_fields=["structure", "procfile_structure", "updated"])
    return None


def execute_scale(operation: Operation, control: Control, *, tools: Tools) -> Result:
    with session():
        parts = _read(operation)
    desired = build_desired(parts, tools=tools)
    if operation.deadline_at is None:
        control.set_deadline(time.time() + tools.cluster.get_deploy_seconds(desired))
    if operation.facts["repair"]:  # what made way may have left anything behind
        tools.cluster.deploy(
            desired,
            previous=desired,
            deadline=control.deadline,
            on_progress=control.report,
            should_stop=control.should_stop,
        )
    counts = operation.facts["counts"]
    old = operation.facts["old_structure"]
    tools.cluster.scale(
        desired,
        counts=counts,
        previous_counts={name: old.get(name, 0) for name in counts},
        deadline=control.deadline,
        on_progress=control.report,
        should_stop=control.should_stop,
    )
    return {}


def _read(operation: Operation) -> Parts:
    release = Release.objects.select_related("config", "build").filter(uuid=str(operation.release_id)).first()
    if release is None:
        raise Superseded("The app was destroyed")
    return read_parts(release)


def succeed_scale(operation: Operation, _: Result) -> Result:
    counts = operation.input["counts"]
    described = " ".join(f"{name}={int(count)}" for name, count in counts.items())
    log.info(operation.app_id, "%s scaled pods %s", operation.requested_by, described)
    return {}


def fail_scale(operation: Operation, error: PlatformError) -> PlatformError:
    """The old counts again: the cluster was asked for them too."""
    deploys.restore(operation, error)
    return error if isinstance(error, Unavailable) else deploys.as_refusal(error)


def build_kind(tools: Tools) -> Kind:
    return Kind(
        name="scale",
        cancellable=True,
        supersedes=deploys.OVERTAKEN,
        claim=claim_scale,
        execute=partial(execute_scale, tools=tools),
        succeed=succeed_scale,
        fail=fail_scale,
    )
