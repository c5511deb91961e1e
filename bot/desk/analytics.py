"""What happened to the questions that were asked: counted from the audit ledger in one pass, with no name and no question in it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from bot.desk.ports import Clock, History
from bot.domain.figures import FEW, Arm, Figures, Line, Lot, Row
from bot.domain.resolution import MEANING, TO_DESK, TO_HUMAN, WORDS, Ending, Event, Question, questions, words
from bot.domain.shares import ENOUGH, difference, median_difference, share_of

LISTED = 20
"""Articles with a line of their own, at most."""
KEPT = timedelta(minutes=1)
"""How long figures are good for: whoever looks twice does not have them counted twice."""


@dataclass
class _Heap:
    """Questions counted together."""

    endings: Counter[Ending] = field(default_factory=Counter)
    confirmed: int = 0
    people: set[str] = field(default_factory=set)

    def add(self, question: Question) -> None:
        self.endings[question.ending()] += 1
        self.confirmed += question.confirmed
        self.people.add(question.asker)

    def row(self, name: str, merged: int = 0) -> Row:
        asked = self.endings.total()
        return Row(name=name, asked=asked, confirmed=share_of(self.confirmed, asked), endings=dict(self.endings), merged=merged)


class Analytics:
    """The figures of a period, as of now."""

    def __init__(self, history: History, days: int, clock: Clock) -> None:
        self._history = history
        self._days = days
        self._clock = clock
        self._turn = asyncio.Lock()
        self._last: dict[int, Figures] = {}

    async def figures(self, since: datetime) -> Figures:
        """Of the questions asked from this moment on."""
        now = self._clock()

        def count(events: Iterable[Event]) -> Figures:
            return figures(questions(events, self._days), since, now, self._days)

        return await self._history.happened(since, count)

    async def latest(self, days: int) -> Figures:
        """Of the last so many days, counted anew once a minute."""
        async with self._turn:
            kept = self._last.get(days)
            if kept is None or self._clock() - kept.made > KEPT:
                start = (self._clock() - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
                kept = self._last[days] = await self.figures(start)
            return kept


def figures(asked: Iterable[Question], since: datetime, now: datetime, days: int) -> Figures:
    """Counts questions. A week begins on Monday, and days change at midnight UTC."""
    within = [q for q in asked if since <= q.asked <= now]
    put = [q for q in within if not q.drawn]
    judged = [q for q in put if q.until <= now]
    whole = _heap(judged)
    return Figures(
        since=since,
        made=now,
        days=days,
        enough=ENOUGH,
        meaning={name: words(name, days, ENOUGH) for name in WORDS},
        asked=len(within),
        drawn=len(within) - len(put),
        early=len(put) - len(judged),
        judged=len(judged),
        confirmed=share_of(whole.confirmed, len(judged)),
        answered=share_of([q.shown for q in judged].count(True), len(judged)),
        minutes=_median([q.minutes for q in judged if q.confirmed]),
        endings=tuple(Line(ending=o, meaning=MEANING[o], share=share_of(whole.endings[o], len(judged))) for o in Ending),
        channels=_rows(judged, lambda q: q.channel),
        weeks=tuple(sorted(_rows(judged, _monday), key=lambda r: r.name)),
        articles=_articles(judged),
        lot=_lot(within, now),
    )


def _heap(asked: Iterable[Question]) -> _Heap:
    heap = _Heap()
    for question in asked:
        heap.add(question)
    return heap


def _heaps(asked: Iterable[Question], name: Callable[[Question], str]) -> dict[str, _Heap]:
    heaps: dict[str, _Heap] = defaultdict(_Heap)
    for question in asked:
        heaps[name(question)].add(question)
    return heaps


def _rows(asked: Iterable[Question], name: Callable[[Question], str]) -> tuple[Row, ...]:
    """The most frequent first."""
    rows = [heap.row(name) for name, heap in _heaps(asked, name).items()]
    return tuple(sorted(rows, key=lambda r: (-r.asked, r.name)))


def _monday(question: Question) -> str:
    return (question.asked.date() - timedelta(days=question.asked.weekday())).isoformat()


def _articles(judged: Iterable[Question]) -> tuple[Row, ...]:
    """By the article that the latest answer was found in first; those of few people and those beyond LISTED share one line."""
    heaps = _heaps((q for q in judged if q.shown and q.found), lambda q: q.found[0])
    frequent = sorted((n for n, heap in heaps.items() if len(heap.people) >= FEW), key=lambda n: (-heaps[n].endings.total(), n))
    named = tuple(heaps[n].row(n) for n in frequent[:LISTED])
    return merge((*named, *(heap.row(n) for n, heap in heaps.items() if n not in set(frequent[:LISTED]))), set(frequent[:LISTED]))


def merge(rows: Iterable[Row], named: set[str]) -> tuple[Row, ...]:
    """The rows in `named` as they are, all others as one without a name."""
    keep: list[Row] = []
    rest: list[Row] = []
    for row in rows:
        (keep if row.name in named else rest).append(row)
    if not rest:
        return tuple(keep)
    endings: Counter[Ending] = Counter()
    for row in rest:
        endings.update(row.endings)
    asked, confirmed = sum(r.asked for r in rest), sum(r.confirmed.count for r in rest)
    together = Row(
        name="", asked=asked, confirmed=share_of(confirmed, asked), endings=dict(endings), merged=sum(r.merged or 1 for r in rest)
    )
    return (*keep, together)


def _median(minutes: Sequence[float]) -> float | None:
    return median(minutes) if len(minutes) >= ENOUGH else None


def _lot(within: Sequence[Question], now: datetime) -> Lot | None:
    """Compares what the lot gave to the desk with what it gave to humans; None where none was drawn."""
    desk, human = ([q for q in within if q.arm == arm] for arm in (TO_DESK, TO_HUMAN))
    if not human:
        return None
    (one, times), (other, others) = _arm(desk, now), _arm(human, now)
    return Lot(desk=one, human=other, confirmed=difference(one.confirmed, other.confirmed), minutes=median_difference(times, others))


def _arm(drawn: Sequence[Question], now: datetime) -> tuple[Arm, list[float]]:
    judged = [q for q in drawn if q.until <= now]
    times = [q.minutes for q in judged if q.confirmed]
    return Arm(
        asked=len(drawn),
        early=len(drawn) - len(judged),
        confirmed=share_of(len(times), len(judged)),
        minutes=_median(times),
        timed=len(times),
    ), times
