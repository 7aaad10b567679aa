"""Pods of an app: shown, restarted, and run once for a command.

Source: API specification, sections 8.4 and 8.5; Kubernetes specification, sections 19, 20 and 22.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial

from controller.cluster.commands import build_run_command
from controller.cluster.desired import DesiredApp, PodInfo, PodUsage, RunResult
from controller.cluster.names import build_run_pod_name
from controller.model.models import App, Operation, User
from controller.operations.kinds import Control, Facts, Kind, Result
from controller.operations.sessions import release_connection
from controller.services import deploys
from controller.services.desired import build_desired, build_process, read_parts
from controller.services.releases import get_current
from controller.services.tools import Tools
from kit.errors import InvalidInput
from kit.logs import app_logger

log = app_logger(__name__)

RUN = "run"
RUN_NO_BUILD = "No build associated with this release to run this command"
RESTART_SECONDS = 300.0


def list_pods(
    app: App, *, tools: Tools, process_type: str | None = None, name: str | None = None
) -> list[PodInfo]:
    version = get_current(app).version
    release_connection()
    return tools.cluster.list_pods(app.id, version=version, process_type=process_type, name=name)


def list_usage(app: App, *, tools: Tools, process_type: str | None = None) -> list[PodUsage]:
    release_connection()
    return tools.cluster.list_usage(app.id, process_type=process_type)


def claim_restart(operation: Operation, _: Facts) -> Result | None:
    app = deploys.require_app(operation)
    operation.facts |= {"version": get_current(app).version}
    return None


def execute_restart(operation: Operation, control: Control, *, tools: Tools) -> Result:
    if operation.deadline_at is None:
        control.set_deadline(time.time() + RESTART_SECONDS)
    pods = tools.cluster.restart(
        operation.app_id,
        version=operation.facts["version"],
        process_type=operation.input["type"],
        name=operation.input["name"],
        deadline=control.deadline,
        on_progress=control.report,
        should_stop=control.should_stop,
    )
    return {"pods": [asdict(pod) for pod in pods]}


def build_restart_kind(tools: Tools) -> Kind:
    execute = partial(execute_restart, tools=tools)
    return Kind(name="restart", cancellable=True, claim=claim_restart, execute=execute)


def run(app: App, command: object, *, by: User, tools: Tools, on_checked: Callable[[], None]) -> RunResult:
    """Run one command in a pod of its own and wait for its end. ``on_checked``: called before it is made.

    Raises:
        InvalidInput: no command, or no code to run it with.
        RunFailed: the pod could not do it.
    """
    wanted = prepare_run(app, command, tools=tools)
    on_checked()
    release_connection()
    pod = build_run_pod_name(app.id, tools.random)
    log.info(app.id, "%s on %s runs '%s'", by.username, pod, command)
    return tools.cluster.run(wanted, str(command), pod_name=pod)


def prepare_run(app: App, command: object, *, tools: Tools) -> DesiredApp:
    """The app's current release with nothing in it but the one process of type ``run``.

    Raises:
        InvalidInput: no command, or no code to run it with.
    """
    if not command:
        raise InvalidInput("command is a required field")
    release = deploys.require_deployed(app, RUN_NO_BUILD)
    parts = read_parts(release)
    release_connection()
    wanted = build_desired(parts, tools=tools, counts={})
    runner, args = build_run_command(parts.kind, str(command))
    process = replace(
        build_process(parts, RUN, 1), command=runner, args=args, routable=False, autoscaled=False
    )
    return replace(wanted, processes=(process,))
