"""The figures as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from bot.domain.figures import CHANNELS, Arm, Figures, Row, compared, span
from bot.domain.resolution import Ending

WIDTH = 110
_ENDS = (Ending.CAME_BACK, Ending.ESCALATED, Ending.UNHELPFUL)
_HEAD = ("asked", "confirmed", "came back", "to human", "unhelpful")


def report(figures: Figures) -> str:
    """All that the page shows."""
    return "\n".join(_lines(figures))


def _lines(figures: Figures) -> Iterator[str]:
    yield f"Confirmed resolution: {figures.confirmed}"
    yield from _prose(figures.meaning["formula"])
    yield from _prose(figures.meaning["why"])
    drawn = f", {figures.drawn:,} went straight to a human by lot" if figures.drawn else ""
    yield ""
    yield (
        f"Since {figures.since:%Y-%m-%d}, {figures.asked:,} questions were asked: {figures.early:,} are too early to say{drawn}, "
        f"{figures.judged:,} are judged."
    )
    if figures.judged:
        yield f"An answer was shown to {figures.answered}."
        yield from _judged(figures)
    if figures.lot:
        yield from ("", "Beside humans, drawn by lot", _arm("the desk", figures.lot.desk), _arm("a human", figures.lot.human))
        yield from (line for said in compared(figures.lot) for line in _prose(said))
    yield ""
    for name in ("question", "topic", "judged", "interval"):
        yield from _prose(figures.meaning[name])


def _judged(figures: Figures) -> Iterator[str]:
    if figures.minutes is not None:
        yield f"Half of the confirmed ones were confirmed within {span(figures.minutes)} of asking."
    yield from ("", "How they ended")
    yield from (f"  {line.ending:<22}{line.share}" for line in figures.endings)
    yield from _table("Week of", figures.weeks, lambda r: r.name)
    yield from _table("Channel", figures.channels, lambda r: CHANNELS.get(r.name, r.name))
    yield from _table("Article that the answer came from", figures.articles, lambda r: r.name or f"({r.merged:,} others)")


def _table(title: str, rows: Iterable[Row], label: Callable[[Row], str]) -> Iterator[str]:
    yield ""
    yield f"{title:<44}" + "".join(f"{name:>11}" for name in _HEAD) + "  confirmed resolution"
    for row in rows:
        counts = (row.asked, row.confirmed.count, *(row.endings.get(o, 0) for o in _ENDS))
        yield f"{textwrap.shorten(label(row), 43, placeholder='…'):<44}" + "".join(f"{n:>11,}" for n in counts) + f"  {row.confirmed}"


def _arm(name: str, arm: Arm) -> str:
    within = f", half of them within {span(arm.minutes)}" if arm.minutes is not None else ""
    return f"  {name:<10}{arm.asked:,} drawn, {arm.early:,} too early; confirmed resolution {arm.confirmed}{within}"


def _prose(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
