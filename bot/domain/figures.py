"""What analytics shows: counts, shares with their intervals, and nothing about any one person."""

from __future__ import annotations

from datetime import datetime

from bot.domain.base import Value
from bot.domain.resolution import Ending
from bot.domain.shares import ENOUGH, Difference, Share

FEW = 5
"""Different people whose questions an article needs before it gets a line of its own."""
CHANNELS = {"slack": "Slack", "teams": "Microsoft Teams", "web": "Web chat", "console": "Terminal"}
"""How channels are called, by their names in the record."""


class Line(Value):
    """How many questions ended in one way."""

    ending: Ending
    meaning: str
    share: Share


class Row(Value):
    """Questions of one channel, week (its Monday) or article (its path), and how they ended. `merged` says of how many articles a line
    tells that are not named, since fewer than FEW people asked about each or too many others are above; 0 for a line that is named."""

    name: str
    asked: int
    confirmed: Share
    endings: dict[Ending, int]
    merged: int = 0


class Arm(Value):
    """One side of the lot: how many were drawn, how many of them are too young, and how the others went. `minutes` is the median from
    asking to the press that confirmed it, `timed` how many were."""

    asked: int
    early: int
    confirmed: Share
    minutes: float | None
    timed: int


class Lot(Value):
    """The desk beside humans, on questions that a lot gave to one or the other. The differences are the desk's minus the humans'; None
    where there are too few to tell."""

    desk: Arm
    human: Arm
    confirmed: Difference | None
    minutes: Difference | None


class Figures(Value):
    """Questions asked from `since` to `made`. `asked` counts all, of which `drawn` went straight to a human by lot; of those put to the
    desk `early` are too early to say, and all shares are of the others, `judged`. `meaning` explains each word that the figures use."""

    since: datetime
    made: datetime
    days: int
    enough: int
    meaning: dict[str, str]
    asked: int
    drawn: int
    early: int
    judged: int
    confirmed: Share
    answered: Share
    minutes: float | None
    endings: tuple[Line, ...]
    channels: tuple[Row, ...]
    weeks: tuple[Row, ...]
    articles: tuple[Row, ...]
    lot: Lot | None = None


def span(minutes: float) -> str:
    """A stretch of time as people say it."""
    for size, unit in ((1440.0, "day"), (60.0, "hour"), (1.0, "minute")):
        if abs(minutes) >= size * 1.5 or unit == "minute":
            amount = (
                f"{minutes / size:.0f}" if abs(minutes) >= 10 * size or unit == "minute" else f"{minutes / size:.1f}".removesuffix(".0")
            )
            return f"{amount} {unit}{'' if amount in ('1', '-1') else 's'}"
    return ""


def compared(lot: Lot) -> tuple[str, str]:
    """What the differences between the desk and humans come to, in words."""
    return _compared_shares(lot.confirmed), _compared_times(lot.minutes)


def _compared_shares(found: Difference | None) -> str:
    if found is None:
        return f"Which side resolves more is too few to tell: each needs {ENOUGH} questions that are old enough."
    value, low, high = (100 * n for n in (found.value, found.low, found.high))
    apart = f"{_digits(value)} percentage points {_way(value)}"
    limits = f"{_digits(low)} {_way(low)} to {_digits(high)} {_way(high)}"
    return f"The desk's confirmed resolution is {apart} than that of humans (95 %: {limits}). {_verdict(found)}"


def _digits(points: float) -> str:
    return f"{abs(points):.{0 if abs(points) >= 1 else 1}f}"


def _way(points: float) -> str:
    return "higher" if points >= 0 else "lower"


def _compared_times(found: Difference | None) -> str:
    if found is None:
        return f"Which side is quicker is too few to tell: each needs {ENOUGH} confirmed questions."
    value, low, high = (f"{span(abs(n))} {'longer' if n >= 0 else 'shorter'}" for n in (found.value, found.low, found.high))
    return f"The median time to a confirmed resolution is {value} at the desk than with a human (95 %: {low} to {high}). {_verdict(found)}"


def _verdict(found: Difference) -> str:
    return "That may be chance." if found.low <= 0 <= found.high else "Chance alone does not explain that."
