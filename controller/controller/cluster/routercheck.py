"""Asking the router for a new app (section 16.6): the first deploy ends when the app's address answers.

It never fails a deploy. It asks by the app's own host name and stops at the first answer that comes from the
app.
"""

import http.client
import time
from dataclasses import dataclass

from controller.cluster.desired import ClusterOptions, DesiredApp, Process, ShouldStop
from controller.cluster.manifests.services import choose_target
from controller.cluster.probes import get_liveness_path
from kit.errors import Timeout
from kit.logs import app_logger
from kit.waiting import wait_for

log = app_logger(__name__)

TRIES = 10.0
INTERVAL = 0.2
"""Seconds between questions, and what one counts of a try: a router that refuses at once is given up after 10 s, one
that keeps silent after ten times a request's time limit."""
GATEWAY_ERRORS = (502, 503, 504)
GATEWAY_PATIENCE = 5.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request, and which answers will do."""

    host: str
    path: str
    timeout: float
    healthy_only: bool
    """The app has a liveness check on this path: only 200 is an answer of the app in order."""

    def accepts(self, status: int, *, waited: float) -> bool:
        """The app has answered; a gateway error may still be the router's own while it is new to it."""
        if self.healthy_only:
            return status == 200
        if status in GATEWAY_ERRORS and waited < GATEWAY_PATIENCE:
            return False
        return 200 <= status < 599 and status != 404


def build_question(desired: DesiredApp, process: Process, *, options: ClusterOptions) -> Question:
    path = get_liveness_path(process.health_check)
    domain = options.platform_domain or f"{options.router_host}.nip.io"
    return Question(
        host=f"{desired.app}.{domain}",
        path=path or "/",
        timeout=3.0 if path is None else 1.0,
        healthy_only=path is not None,
    )


def check_router(desired: DesiredApp, *, options: ClusterOptions, should_stop: ShouldStop) -> None:
    """Return when the router serves the app, or after ten tries: a second of quick answers or a silent request each."""
    target = choose_target(desired).process_type
    process = next((p for p in desired.processes if p.type == target and p.routable and p.replicas), None)
    if process is None or not options.router_host:
        return
    question = build_question(desired, process, options=options)
    started, tries = time.monotonic(), 0.0

    def check() -> bool:
        nonlocal tries
        if should_stop():
            return True
        began = time.monotonic()
        status = ask(question, host=options.router_host, port=options.router_port)
        if status is not None and question.accepts(status, waited=time.monotonic() - started):
            return True
        tries += max(INTERVAL, (time.monotonic() - began) / question.timeout)
        if tries >= TRIES:
            raise Timeout("the router was asked often enough")
        return False

    log.debug(desired.app, "Waiting for router to be ready to serve traffic to process type %s", target)
    try:
        wait_for(check, what="the router", timeout=TRIES * question.timeout, interval=INTERVAL)
    except Timeout:
        log.warning(
            desired.app,
            "Router was not ready to serve traffic to process type %s in time, waited %d seconds",
            target,
            time.monotonic() - started,
        )
        return
    log.debug(desired.app, "Router is ready to serve traffic to process type %s", target)


def ask(question: Question, *, host: str, port: int) -> int | None:
    """The status of the router's answer; None if there was none."""
    connection = http.client.HTTPConnection(host, port, timeout=question.timeout)
    try:
        connection.request("GET", question.path, headers={"Host": question.host, "User-Agent": "deis"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
