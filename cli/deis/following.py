"""``logs --follow``: lines as they come, over connections that may break.

After a break the log is followed again from a few seconds before the last line; lines that were shown already are
known by their text and left out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

from deis.api import Client
from deis.errors import ApiError, CliError
from deis.logtext import parse_line
from deis.waiting import TimeIsUp, wait_for

HEARTBEAT = 30
"""Seconds after which the controller sends an empty line if there is nothing else."""
SILENCE = 75.0
"""Seconds without a word after which the connection counts as broken."""
OVERLAP = timedelta(seconds=5)
"""Lines of different nodes come a little out of order."""
AWAY_SECONDS = 600.0
PLATFORM = "logs"
GONE = "the app is gone"
LEAVING = "this controller is about to end; follow again"


class Recent:
    """The lines of the last seconds, so that a repeated one is not shown twice."""

    def __init__(self) -> None:
        self._newest: datetime | None = None
        self._lines: Counter[str] = Counter()
        self._repeats: Counter[str] = Counter()

    @property
    def since(self) -> str | None:
        """From when on to ask for lines; None before the first."""
        return None if self._newest is None else (self._newest - OVERLAP).isoformat()

    def begin(self) -> None:
        """A new connection: what it says first may be known."""
        self._repeats = self._lines.copy()

    def take(self, line: str) -> bool:
        """Whether the line is new."""
        if self._repeats[line] > 0:
            self._repeats[line] -= 1
            return False
        moment = parse_moment(line)
        if moment is not None:
            self._remember(line, moment)
        return True

    def _remember(self, line: str, moment: datetime) -> None:
        if self._newest is None or moment > self._newest:
            self._newest = moment
            oldest = moment - OVERLAP
            old = [known for known in self._lines if (parse_moment(known) or oldest) < oldest]
            for known in old:
                del self._lines[known]
        if moment >= self._newest - OVERLAP:
            self._lines[line] += 1


def parse_moment(line: str) -> datetime | None:
    """When the line was written; None if it does not say."""
    try:
        moment = datetime.fromisoformat((parse_line(line).time or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def follow(client: Client, path: str, query: dict[str, str], *, tell: Callable[[str], None]) -> Iterator[str]:
    """Every line once, until the app is gone. ``tell`` is told of connections that break and come back.

    Raises:
        ApiError: the log may not be read, or not any more.
        CliError: the controller is not reached.
    """
    recent, query = Recent(), {**query, "follow": "1", "heartbeat": str(HEARTBEAT)}
    lines = client.stream(f"{path}?{urlencode(query)}", silence=SILENCE)
    while True:
        recent.begin()
        try:
            for line in lines:
                if line and is_last(line):
                    yield line
                    return
                if line and not is_leaving(line) and recent.take(line):
                    yield line
        except ApiError:
            raise
        except CliError as error:
            tell(f"the connection is lost: {error}; trying again\n")
        if recent.since:
            query = {name: value for name, value in query.items() if name != "log_lines"}
            query["since"] = recent.since
        lines = reconnect(client, f"{path}?{urlencode(query)}")


def is_last(line: str) -> bool:
    return parse_line(line)[1:] == (PLATFORM, GONE)


def is_leaving(line: str) -> bool:
    return parse_line(line)[1:] == (PLATFORM, LEAVING)


def reconnect(client: Client, url: str) -> Iterator[str]:
    """Follow again as soon as a controller answers, but not in the very moment in which it closed."""
    failures: list[CliError] = []
    asked = 0

    def attempt() -> Iterator[str] | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            return None
        try:
            return client.stream(url, silence=SILENCE)
        except ApiError as error:
            if error.status < 500:
                raise
            failures.append(error)
        except CliError as error:
            failures.append(error)
        return None

    try:
        return wait_for(attempt, seconds=AWAY_SECONDS, clock=time.monotonic)
    except TimeIsUp:
        raise failures[-1] from None
