"""What analytics shows: counts, shares with their intervals, and nothing about any one person."""

from __future__ import annotations

from datetime import datetime

from bot.domain.base import Value
from bot.domain.resolution import Outcome
from bot.domain.shares import Difference, Share

FEW = 5
"""Different people whose questions an article needs before it gets a line of its own."""


class Line(Value):
    """How many questions ended in one way."""

    outcome: Outcome
    meaning: str
    share: Share


class Row(Value):
    """Questions of one channel, week (its Monday) or article (its path), and how they ended. `merged` says of how many articles a line
    tells that are not named, since fewer than FEW people asked about each or too many others are above; 0 for a line that is named."""

    name: str
    asked: int
    confirmed: Share
    outcomes: dict[Outcome, int]
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
    outcomes: tuple[Line, ...]
    channels: tuple[Row, ...]
    weeks: tuple[Row, ...]
    articles: tuple[Row, ...]
    lot: Lot | None = None
