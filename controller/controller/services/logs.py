"""An app's log, as the logger keeps it. Source: API specification, section 8.6."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import urllib3
from urllib3.exceptions import HTTPError

from kit.errors import InvalidInput, Unavailable
from kit.logs import app_logger

log = app_logger(__name__)

TRIES = 3
PAUSE = 0.5
EMPTY = (204, 404)
FOUND = 200
DEFAULT_LINES = "100"
PROCESSES = re.compile(r"[a-zA-Z0-9][-_.a-zA-Z0-9]*(,[a-zA-Z0-9][-_.a-zA-Z0-9]*)*")
PERIOD = re.compile(r"(\d{1,9})([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WRONG_PROCESS = "process must name process types, with commas between them"
WRONG_SINCE = "since must be a time such as 2026-01-02T03:04:05Z, or how long ago, such as 90s, 10m, 2h or 1d"
SHORTEST_HEARTBEAT = 1
FOLLOWED = "deis.followed"
"""Where the ASGI scope gets the query of a caller who may follow; no header can be called so."""


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """Which lines of an app are asked for."""

    app: str
    lines: str | None = DEFAULT_LINES
    """How many of the newest; None: all that are kept."""
    processes: str = ""
    since: datetime | None = None
    heartbeat: int = 0
    """Seconds after which a follower gets an empty line when there is nothing else; 0: never."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """In the logger's terms."""
        given = {"log_lines": self.lines, "process": self.processes}
        if self.since is not None:
            given["since"] = str(int(self.since.timestamp()))
        return {name: value for name, value in given.items() if value}


def parse_log_query(app: str, given: Mapping[str, str], *, now: datetime) -> LogQuery:
    """``log_lines`` goes through as it is, as it always did.

    Raises:
        InvalidInput: of the others, one can't be.
    """
    processes, since = given.get("process", ""), given.get("since", "")
    if processes and not PROCESSES.fullmatch(processes):
        raise InvalidInput(WRONG_PROCESS)
    return LogQuery(
        app=app,
        lines=given.get("log_lines", None if since else DEFAULT_LINES),
        processes=processes,
        since=parse_since(since, now=now) if since else None,
        heartbeat=parse_heartbeat(given.get("heartbeat", "")),
    )


def parse_since(text: str, *, now: datetime) -> datetime:
    """A time, in UTC unless it says otherwise, or how long ago.

    Raises:
        InvalidInput: it is neither.
    """
    period = PERIOD.fullmatch(text)
    try:
        if period:
            return now - timedelta(seconds=int(period[1]) * SECONDS[period[2]])
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(WRONG_SINCE) from error


def parse_heartbeat(text: str) -> int:
    """
    Raises:
        InvalidInput: it is no number of seconds.
    """
    if not text:
        return 0
    if not text.isdecimal() or not SHORTEST_HEARTBEAT <= int(text) <= SECONDS["d"]:
        raise InvalidInput("heartbeat must be a number of seconds")
    return int(text)


class LoggerAway(Unavailable):
    """The logger does not answer at all."""


class Logger:
    """The logger component, over HTTP."""

    def __init__(self, url: str, *, pause: float = PAUSE) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=16, timeout=urllib3.Timeout(connect=2.0, read=10.0))
        self._retries = urllib3.Retry(
            total=TRIES - 1,
            backoff_factor=pause,
            status_forcelist=[code for code in range(300, 600) if code not in EMPTY],
            raise_on_status=False,
            redirect=0,
        )

    def read(self, query: LogQuery) -> str | None:
        """The newest lines, oldest first; None when there are none.

        Raises:
            LoggerAway: it does not answer.
            Unavailable: it answers with an error.
        """
        try:
            answer = self._pool.request(
                "GET", f"{self._url}/logs/{query.app}", fields=query.parameters, retries=self._retries
            )
        except HTTPError as error:
            text = f"Error accessing logs for {query.app}: the logger does not answer"
            raise LoggerAway(text) from error
        if answer.status in EMPTY:
            return None
        if answer.status != FOUND:
            raise Unavailable(f"Error accessing logs for {query.app}")
        return answer.data.decode(errors="replace")

    def purge(self, app: str) -> None:
        """Drop an app's lines; errors are only logged."""
        try:
            self._pool.request("DELETE", f"{self._url}/logs/{quote(app)}", retries=False)
        except HTTPError as error:
            log.warning(app, "Error deleting existing application logs: %s", error)
