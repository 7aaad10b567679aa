"""Operations of every kind at once, a blow to their controller such as the death of every process, and what comes of it.

Each round has one app a kind. The requests begin so that the blow finds each of them at an instant of its own, drawn
evenly from that kind's measured length. What had been stored by then must end as new, what had not must have left
nothing; half of the clients ask again with their key, as the builder does, the others never come back.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

from kit.errors import Timeout
from kit.kube import Kube
from kit.waiting import wait_for

from .acts import KINDS, PATIENCE, Act, Acts
from .conftest import Answer, Controller
from .states import Odd, Rows, State, plan_running, read_running, read_told, wait_until_settled

UNAVAILABLE = 503
MORE = 4
"""Blows at one kind more than asked for, if need be."""
SETTLING = 40.0
"""Seconds for pods and namespaces to follow."""
APART = 0.4
"""Seconds between requests that are measured, so that each has the controller to itself when it begins."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    kind: str
    found: str
    """Where the blow found it: ``not stored``, ``pending`` or ``over``."""
    answer: int
    """What its client was told; 0: nothing."""
    end: str
    """``old``, ``new``, or what it is instead."""
    seconds: float = 0.0
    """From the blow to the end."""


def do_nothing() -> None: ...


class Lane:
    """One controller with a database of its own, and its apps; ``blow`` is what happens to it, before it is mended."""

    def __init__(
        self,
        controller: Controller,
        *,
        rows: Rows,
        kube: Kube,
        chance: random.Random,
        made: list[str],
        blow: Callable[[], Any],
        mend: Callable[[], Any] = do_nothing,
    ) -> None:
        self._blow, self._mend = blow, mend
        self._client = controller.register("killer")
        self._acts = Acts(self._client, rows=rows, made=made)
        self._rows = rows
        self._kube = kube
        self._chance = chance
        self._lengths: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=3))
        self.outcomes: list[Outcome] = []

    def run(self, shares: Sequence[Mapping[str, float]]) -> None:
        """A blow for each of these; ``shares`` of its length, by kind, is how far each operation is then.

        A few may come too early or too late for every operation of some kind: such a kind is then aimed at.
        """
        self.measure()
        for share in shares:
            self.strike(share)
        for kind in KINDS:
            for share in draw_shares(MORE, self._chance):
                if kind in self.list_missed():
                    self.strike(share, target=kind)

    def list_missed(self) -> set[str]:
        """Kinds of which no operation was pending when it was struck."""
        return set(KINDS) - {each.kind for each in self.outcomes if each.found == "pending"}

    # rounds

    def measure(self) -> None:
        """One round that nobody disturbs."""
        acts = self._acts.prepare()
        with ThreadPoolExecutor(len(acts)) as pool:
            starts = [number * APART for number in range(len(acts))]
            answers = list(pool.map(self._ask, acts, starts))
            assert all(answers), dict(zip(KINDS, answers, strict=True))
            ends = list(pool.map(self._look, acts))
        assert ends == ["new"] * len(acts), dict(zip(KINDS, ends, strict=True))
        self._acts.go_on(acts)

    def strike(self, share: Mapping[str, float], *, target: str = "") -> None:
        """One round that is disturbed; ``target`` is the kind that is asked last, and struck when it is stored."""
        acts = [replace(act, returns=self._chance.random() < 0.5) for act in self._acts.prepare()]
        leads = {act.kind: share[act.kind] * self._get_length(act) for act in acts}
        leads |= {target: 0.0} if target else {}
        instant = max(leads.values())
        with ThreadPoolExecutor(len(acts)) as pool:
            asked = [pool.submit(self._ask, act, instant - leads[act.kind]) for act in acts]
            time.sleep(instant)
            if target:
                self._wait_until_stored(next(act for act in acts if act.kind == target))
            self._blow()
            struck = time.time()
            found = [self._find(act) for act in acts]
            self._mend()
            answers = [each.result() for each in asked]
            ends = pool.map(self._judge, acts, found, answers)
        statuses = [answer.status if answer else 0 for answer in answers]
        for act, was, status, end in zip(acts, found, statuses, ends, strict=True):
            self._note(act, was, status, end, struck=struck)
        print(f"struck {len(self.outcomes) // len(KINDS)} times: {self.outcomes[-len(KINDS) :]}", flush=True)
        self._acts.go_on(acts)

    def _note(self, act: Act, found: str, answer: int, end: str, *, struck: float) -> None:
        ended = self._rows.find_operation(act.key)
        seconds = ended[1] - struck if ended and found == "pending" else 0.0
        self.outcomes.append(Outcome(kind=act.kind, found=found, answer=answer, end=end, seconds=seconds))
        if end not in ("old", "new"):
            self._acts.drop(act.kind)

    # requests

    def _get_length(self, act: Act) -> float:
        """The longest it took of the last times that nobody was in its way."""
        return max(self._lengths.get(act.pace) or self._lengths[act.kind])

    def list_lengths(self) -> dict[str, float]:
        return {pace: max(lengths) for pace, lengths in self._lengths.items()}

    def _ask(self, act: Act, after: float) -> Answer | None:
        """The answer, and how long it took if the first request has one."""
        time.sleep(after)
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
        """The answer; None when the other end is dead, or would rather be asked again by somebody who does."""
        try:
            answer = self._client.call(
                act.verb, act.path, act.data, timeout=PATIENCE, Idempotency_Key=act.key
            )
        except (OSError, HTTPException):
            return None
        return None if act.returns and answer.status == UNAVAILABLE else answer

    def _wait_until_stored(self, act: Act) -> None:
        wait_for(
            lambda: self._find(act) != "not stored",
            what=f"{act} to be stored",
            timeout=PATIENCE,
            interval=0.001,
        )

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
        if end == "old" and not stored and (answer is None or answer.status == UNAVAILABLE):
            return end
        if end == "old":
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
        except (Odd, OSError, Timeout) as error:
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


def draw_shares(blows: int, chance: random.Random) -> list[dict[str, float]]:
    """For each blow, how far each kind is: even over the whole length, whatever the number of blows."""
    drawn = {kind: [(number + chance.random()) / blows for number in range(blows)] for kind in KINDS}
    for shares in drawn.values():
        chance.shuffle(shares)
    return [{kind: drawn[kind][number] for kind in KINDS} for number in range(blows)]


def render_table(outcomes: Sequence[Outcome], lengths: Mapping[str, float]) -> str:
    """The figures, a line a kind."""
    lines = [
        "kind      length  blows  pending  not stored  over  old  new  neither  until its end: median, longest"
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
