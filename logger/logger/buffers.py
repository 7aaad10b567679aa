"""The newest lines of each app, in memory, and who follows them."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .journal import Journal, Place
from .lines import Line

SOURCES = 10_000
"""Files whose last offset is remembered; the longest unused are forgotten first."""
FOLLOWED_LINES = 20_000
"""Lines kept of an app that somebody follows, so that a burst is longer than a follower's pause but not lost."""
PIECE = 2_000
"""Lines that a follower is given at once."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which of an app's lines are meant."""

    processes: frozenset[str] = frozenset()
    """Empty: all, the controller's too."""
    since: datetime | None = None

    def wants(self, line: Line) -> bool:
        return not self.processes or line.process in self.processes

    def is_recent(self, line: Line) -> bool:
        return self.since is None or line.moment >= self.since


EVERYTHING = Selection()


@dataclass
class Ring:
    """One app's lines. ``totals`` counts by process what there ever was, so that whoever was away knows what is gone."""

    lines: deque[Line] = field(default_factory=deque)
    totals: Counter[str] = field(default_factory=Counter)
    followers: set[Follower] = field(default_factory=set)

    def count(self, selection: Selection) -> int:
        """How many such lines there ever were."""
        if selection.processes:
            return sum(self.totals[process] for process in selection.processes)
        return self.totals.total()

    def add(self, line: Line, *, limit: int) -> None:
        self.lines.append(line)
        self.totals[line.process] += 1
        limit = max(limit, FOLLOWED_LINES) if self.followers else limit
        while len(self.lines) > limit:
            self.lines.popleft()
        for follower in self.followers:
            follower.wake.set()

    def read_newest(self, count: int, selection: Selection) -> list[Line]:
        """Oldest first."""
        found: list[Line] = []
        for line in reversed(self.lines):
            if len(found) >= count:
                break
            if selection.wants(line) and selection.is_recent(line):
                found.append(line)
        return found[::-1]


class Follower:
    """A place in the sequence of an app's selected lines. ``wake`` is set when there may be more."""

    def __init__(self, ring: Ring, selection: Selection, *, position: int) -> None:
        self.ring = ring
        self.selection = selection
        self.position = position
        """How many such lines were before."""
        self.purged = False
        self.wake = asyncio.Event()

    def read(self) -> tuple[int, list[Line]]:
        """How many lines were lost at this place, and those after them, oldest first, a piece at a time."""
        missing = self.ring.count(self.selection) - self.position
        if missing <= 0:
            return 0, []
        found: list[Line] = []
        for line in reversed(self.ring.lines):
            if self.selection.wants(line):
                found.append(line)
                if len(found) == missing:
                    break
        lost, piece = missing - len(found), found[::-1][:PIECE]
        self.position += lost + len(piece)
        return lost, piece


class Buffers:
    """One ring a app. A line that came before (same file, same place) is not kept again. Safe between threads,
    but for followers, who live on one event loop with the writer."""

    def __init__(self, lines: int, *, journal: Journal | None = None) -> None:
        self._lines = lines
        self._rings: dict[str, Ring] = {}
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()
        self._journal = journal or Journal(None)
        self._restore(self._journal.read())

    @property
    def store(self) -> str:
        """Another one counts lines from the start again."""
        return self._journal.store

    def write(self, line: Line) -> bool:
        """Keep a line; False if it was a repeat."""
        with self._lock:
            if not self._keep(line):
                return False
            self._journal.add(line)
            return True

    def flush(self) -> None:
        """What was written is kept even if this process is killed now."""
        self._journal.flush()
        if self._journal.is_long:
            with self._lock:
                self._journal.rewrite(self._dump())

    def read(self, app: str, count: int, selection: Selection = EVERYTHING) -> list[str] | None:
        """The newest ``count`` lines, oldest first; None if there are none."""
        with self._lock:
            ring = self._rings.get(app)
            if ring is None or count <= 0:
                return None
            return [line.text for line in ring.read_newest(min(count, self._lines), selection)] or None

    def delete(self, app: str) -> None:
        """Forget an app; its followers have come to the end."""
        with self._lock:
            ring = self._rings.pop(app, None)
            self._journal.delete(app)
            self._journal.flush()
        for follower in ring.followers if ring else ():
            follower.purged = True
            follower.wake.set()

    def follow(self, app: str, selection: Selection, *, position: int | None = None) -> Follower:
        """Someone who is woken by the app's next lines; ``position`` of None: after those that are there."""
        with self._lock:
            ring = self._rings.setdefault(app, Ring())
            start = ring.count(selection) if position is None else position
            follower = Follower(ring, selection, position=start)
            ring.followers.add(follower)
            return follower

    def read_before(self, follower: Follower, count: int) -> list[Line]:
        """What was there when it began to follow: the newest ``count`` lines, oldest first."""
        with self._lock:
            return follower.ring.read_newest(min(count, self._lines), follower.selection)

    def leave(self, follower: Follower) -> None:
        follower.ring.followers.discard(follower)

    def _keep(self, line: Line) -> bool:
        if line.source and not self._is_new(line.source.file, line.source.offset):
            return False
        ring = self._rings.get(line.app)
        if ring is None:
            ring = self._rings[line.app] = Ring()
        ring.add(line, limit=self._lines)
        return True

    def _is_new(self, file: str, offset: int) -> bool:
        if offset <= self._seen.get(file, -1):
            return False
        self._seen[file] = offset
        self._seen.move_to_end(file)
        if len(self._seen) > SOURCES:
            self._seen.popitem(last=False)
        return True

    # the journal

    def _restore(self, entries: Iterable[Line | Place | str]) -> None:
        """Lines, what came before them, and names of apps that were forgotten."""
        for entry in entries:
            if isinstance(entry, Line):
                self._keep(entry)
            elif isinstance(entry, str):
                self._rings.pop(entry, None)
            elif entry.app:
                self._rings.setdefault(entry.app, Ring()).totals[entry.name] = entry.number
            else:
                self._seen[entry.name] = entry.number

    def _dump(self) -> Iterator[Line | Place]:
        """Everything, so that ``_restore`` ends with the same."""
        for app, ring in self._rings.items():
            kept = Counter(line.process for line in ring.lines)
            for process, total in ring.totals.items():
                yield Place(app=app, name=process, number=total - kept[process])
            for line in ring.lines:
                yield Line(line.app, line.text, None, line.process)
        for file, offset in self._seen.items():
            yield Place(app="", name=file, number=offset)
