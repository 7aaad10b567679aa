"""Operations of every kind at once, the death of every process of their controller, and what comes of them.

Each round has one app a kind. The requests begin so that the kill finds each of them at an instant of its own, drawn
evenly from that kind's measured length. What had been stored by then must end as new, what had not must have left
nothing; half of the clients ask again with their key, as the builder does, the others never come back.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

from kit.kube import Kube
from kit.waiting import wait_for

from .conftest import Answer, Controller
from .states import (
    CONFIG,
    Odd,
    Rows,
    State,
    plan_running,
    read_running,
    read_told,
    wait_until_settled,
    write_code,
)

KINDS = ("create", "deploy", "scale", "config", "rollback", "destroy")
PATIENCE = 90.0
"""Seconds for an operation to end after a kill."""
MORE = 4
"""Kills more than asked for, if need be."""
SETTLING = 40.0
"""Seconds for pods and namespaces to follow."""
APART = 0.4
"""Seconds between requests that are measured, so that each has the controller to itself when it begins."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One request, and both ends that it may come to."""

    kind: str
    app: str
    verb: str
    path: str
    data: Any
    old: State | None
    new: State | None
    key: str
    pace: str = ""
    """What takes as long as this does: its kind, but that fewer pods come quicker than more."""
    returns: bool = False
    """Whether its client asks again until there is an answer."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    kind: str
    found: str
    """Where the kill found it: ``not stored``, ``pending`` or ``over``."""
    end: str
    """``old``, ``new``, or what it is instead."""
    seconds: float = 0.0
    """From the kill to the end."""


class Lane:
    """One controller with a database of its own, and its apps."""

    def __init__(
        self, controller: Controller, *, rows: Rows, kube: Kube, chance: random.Random, made: list[str]
    ) -> None:
        self._controller = controller
        self._client = controller.register("killer")
        self._rows = rows
        self._kube = kube
        self._chance = chance
        self._made = made
        self._apps: dict[str, str] = {}
        self._editions = iter(range(1, 1_000_000))
        self._lengths: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=3))
        self.outcomes: list[Outcome] = []

    def run(self, shares: Sequence[Mapping[str, float]]) -> None:
        """A kill for each of these; ``shares`` of its length, by kind, is how far each operation is then.

        Afterwards some more, if the first ones came too early or too late for every operation of some kind.
        """
        self.measure()
        for share in shares:
            self.kill(share)
        for share in draw_shares(MORE, self._chance):
            if self.list_missed():
                self.kill(share)

    def list_missed(self) -> set[str]:
        """Kinds of which no operation was pending when it was killed."""
        return set(KINDS) - {each.kind for each in self.outcomes if each.found == "pending"}

    # rounds

    def measure(self) -> None:
        """One round that nobody disturbs."""
        acts = self._prepare()
        with ThreadPoolExecutor(len(acts)) as pool:
            starts = [number * APART for number in range(len(acts))]
            answers = list(pool.map(self._ask, acts, starts))
            assert all(answers), dict(zip(KINDS, answers, strict=True))
            ends = list(pool.map(self._look, acts))
        assert ends == ["new"] * len(acts), dict(zip(KINDS, ends, strict=True))
        self._go_on(acts)

    def kill(self, share: Mapping[str, float]) -> None:
        acts = self._prepare()
        leads = {act.kind: share[act.kind] * self._get_length(act) for act in acts}
        instant = max(leads.values())
        with ThreadPoolExecutor(len(acts)) as pool:
            asked = [pool.submit(self._ask, act, instant - leads[act.kind]) for act in acts]
            threading.Event().wait(instant)
            self._controller.kill()
            killed = time.time()
            found = [self._find(act) for act in acts]
            self._controller.start()
            answers = [each.result() for each in asked]
            ends = pool.map(self._judge, acts, found, answers)
        self._note(acts, found, list(ends), killed=killed)
        self._go_on(acts)

    def _note(self, acts: Sequence[Act], found: Sequence[str], ends: Sequence[str], *, killed: float) -> None:
        for act, was, end in zip(acts, found, ends, strict=True):
            ended = self._rows.find_operation(act.key)
            seconds = ended[1] - killed if ended and was == "pending" else 0.0
            self.outcomes.append(Outcome(kind=act.kind, found=was, end=end, seconds=seconds))
            if end not in ("old", "new"):
                self._apps.pop(act.kind, None)
        told = (f"{act.kind} {was}, {end}" for act, was, end in zip(acts, found, ends, strict=True))
        print(f"killed {len(self.outcomes) // len(KINDS)} times: {'; '.join(told)}", flush=True)

    def _go_on(self, acts: Iterable[Act]) -> None:
        """What was created is what is destroyed in the next round; what was destroyed is forgotten."""
        exists = {act.kind: self._rows.list_releases(act.app) for act in acts}
        created = next(act.app for act in acts if act.kind == "create")
        if not exists["destroy"]:
            self._apps.pop("destroy", None)
        if exists["create"] and "destroy" not in self._apps:
            self._apps["destroy"] = created

    # requests

    def _prepare(self) -> list[Act]:
        with ThreadPoolExecutor(len(KINDS)) as pool:
            acts = list(pool.map(self._plan, KINDS))
        return [replace(act, returns=self._chance.random() < 0.5) for act in acts]

    def _plan(self, kind: str) -> Act:
        if kind == "create":
            name = self._invent_name()
            new = State(version=1)
            return self._act(kind, name, "POST", "/v2/apps", {"id": name}, old=None, new=new)
        app = self._apps.get(kind) or self._create(kind)
        old = self._provide(kind, app)
        path, edition = f"/v2/apps/{app}", str(next(self._editions))
        later = replace(old, version=old.version + 1)
        if kind == "deploy":
            new = replace(later, code=edition)
            return self._act(kind, app, "POST", f"{path}/builds", write_code(edition), old=old, new=new)
        if kind == "config":
            values = {"values": {CONFIG: edition}}
            new = replace(later, config=edition)
            return self._act(kind, app, "POST", f"{path}/config", values, old=old, new=new)
        if kind == "scale":
            counts = {"web": 3 - old.count}
            new = replace(old, count=counts["web"])
            act = self._act(kind, app, "POST", f"{path}/scale", counts, old=old, new=new)
            return act if new.count > old.count else replace(act, pace="scale down")
        if kind == "rollback":
            target = self._rows.list_releases(app)[-2]
            new = replace(later, config=target.config, code=target.code)
            wanted = {"version": target.version}
            return self._act(kind, app, "POST", f"{path}/releases/rollback", wanted, old=old, new=new)
        return self._act(kind, app, "DELETE", path, None, old=old, new=None)

    def _act(
        self, kind: str, app: str, verb: str, path: str, data: Any, *, old: State | None, new: State | None
    ) -> Act:
        key = uuid.uuid4().hex
        return Act(kind=kind, app=app, verb=verb, path=path, data=data, old=old, new=new, key=key, pace=kind)

    def _get_length(self, act: Act) -> float:
        """The longest it took of the last times that nobody was in its way."""
        return max(self._lengths.get(act.pace) or self._lengths[act.kind])

    def list_lengths(self) -> dict[str, float]:
        return {pace: max(lengths) for pace, lengths in self._lengths.items()}

    def _invent_name(self) -> str:
        name = f"ct-{uuid.uuid4().hex[:8]}"
        self._made.append(name)
        return name

    def _create(self, kind: str) -> str:
        name = self._invent_name()
        self._must("POST", "/v2/apps", {"id": name})
        self._apps[kind] = name
        return name

    def _provide(self, kind: str, app: str) -> State:
        """Give the app what a request of this kind needs; its state then."""
        if not self._rows.list_releases(app)[-1].code:
            self._must("POST", f"/v2/apps/{app}/config", {"values": {"PORT": "5000", CONFIG: "0"}})
            self._must("POST", f"/v2/apps/{app}/builds", write_code(0))
            if kind == "rollback":
                self._must("POST", f"/v2/apps/{app}/config", {"values": {CONFIG: "other"}})
        told = read_told(self._client, self._rows, app)
        assert told is not None
        return told

    def _must(self, verb: str, path: str, data: Any) -> None:
        answer = self._client.call(verb, path, data, timeout=PATIENCE)
        assert answer.status in (200, 201, 204), (path, answer.status, answer.body)

    def _ask(self, act: Act, after: float) -> Answer | None:
        """The answer, and how long it took if the first request has one."""
        threading.Event().wait(after)
        began = time.monotonic()
        answer = self._ask_once(act)
        if answer is not None:
            self._lengths[act.pace].append(time.monotonic() - began)
            return answer
        if not act.returns:
            return None
        return wait_for(
            lambda: self._ask_once(act), what=f"an answer to {act}", timeout=PATIENCE, interval=0.2
        )

    def _ask_once(self, act: Act) -> Answer | None:
        try:
            return self._client.call(act.verb, act.path, act.data, timeout=PATIENCE, Idempotency_Key=act.key)
        except (OSError, HTTPException):  # its other end is dead
            return None

    # ends

    def _find(self, act: Act) -> str:
        operation = self._rows.find_operation(act.key)
        if operation is None:
            return "not stored"
        return "pending" if operation[0] in ("queued", "running") else "over"

    def _judge(self, act: Act, found: str, answer: Answer | None) -> str:
        """``old``, ``new`` or what is wrong: the end must be what was stored, and what the client was told."""
        end = self._look(act)
        if end not in ("old", "new"):
            return end
        stored = self._rows.find_operation(act.key)
        if end == "old" and (stored or answer is not None):
            return f"as before, though it was accepted: {stored}, {answer}"
        if answer is not None and not is_fitting(act, answer):
            return f"{end}, and the client is told {answer.status} {answer.body!r}"
        if end == "new" and (stored is None or stored[0] != "succeeded"):
            return f"new, though its operation is {stored}"
        return end

    def _look(self, act: Act) -> str:
        try:
            wait_for(
                lambda: not self._rows.is_busy(act.app) or None,
                what=f"the end of what is done to {act.app}",
                timeout=PATIENCE,
                interval=0.1,
            )
            return wait_until_settled(lambda: self._compare(act), timeout=SETTLING)
        except (Odd, OSError, TimeoutError) as error:
            return f"{act.kind} of {act.app}: {error}"

    def _compare(self, act: Act) -> str:
        told = read_told(self._client, self._rows, act.app)
        running = read_running(self._kube, act.app)
        if told not in (act.old, act.new):
            raise Odd(f"neither {act.old} nor {act.new} is told, but {told}")
        if running != plan_running(told):
            raise Odd(f"{told} is told, {running} runs")
        if told and running and running.code and told.version == running.version != 0:
            self._compare_releases(act, told, running)
        return "new" if told == act.new else "old"

    def _compare_releases(self, act: Act, told: State, running: State) -> None:
        if told.release != running.release:
            raise Odd(f"{act.app} v{told.version} is {told.release}, {running.release} runs")


def is_fitting(act: Act, answer: Answer) -> bool:
    """Whoever asks again for the end of an app may find that it has no such app any more."""
    return answer.status in (201, 204) or (act.kind == "destroy" and act.returns and answer.status == 404)


def draw_shares(kills: int, chance: random.Random) -> list[dict[str, float]]:
    """For each kill, how far each kind is: even over the whole length, whatever the number of kills."""
    drawn = {kind: [(number + chance.random()) / kills for number in range(kills)] for kind in KINDS}
    for shares in drawn.values():
        chance.shuffle(shares)
    return [{kind: drawn[kind][number] for kind in KINDS} for number in range(kills)]


def render_table(outcomes: Sequence[Outcome], lengths: Mapping[str, float]) -> str:
    """The figures, a line a kind."""
    lines = [
        "kind      length  kills  pending  not stored  over  old  new  neither  until its end: median, longest"
    ]
    for kind in (*KINDS, "all"):
        of_kind = [each for each in outcomes if kind in (each.kind, "all")]
        found = [sum(each.found == word for each in of_kind) for word in ("pending", "not stored", "over")]
        ends = [sum(each.end == word for each in of_kind) for word in ("old", "new")]
        seconds = sorted(each.seconds for each in of_kind if each.found == "pending") or [0.0]
        length = f"{lengths[kind]:5.2f} s" if kind in lengths else ""
        lines.append(
            f"{kind:9} {length:>7} {len(of_kind):6} {found[0]:8} {found[1]:11} {found[2]:5} {ends[0]:4} {ends[1]:4} "
            f"{len(of_kind) - sum(ends):8}  {seconds[len(seconds) // 2]:6.1f} s {seconds[-1]:6.1f} s"
        )
    return "\n".join(lines)
