"""A reply before it is measured, and how it is cut to what Slack takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.channels.slack.actions import MORE, able, actions, button
from bot.channels.slack.text import Json, Unit, blocks, context, size
from bot.domain.messages import Button


@dataclass(frozen=True)
class Limits:
    """How much is drawn: blocks, characters of them as JSON, and characters that are read."""

    blocks: int
    characters: int
    read: int


MESSAGE: Final = Limits(48, 11_000, 9000)
"""Slack takes 50 blocks; their JSON may have about 13,000 characters together, which no reference says (slackapi/bolt-js#2509)."""
ANSWER: Final = Limits(48, 11_000, 3000)
"""What people read in a thread before they ask for the rest."""
VIEW: Final = Limits(96, 75_000, 75_000)
"""Slack takes 100 blocks and 250 KB, of which a character takes up to three bytes."""


LITTLE = 1.25
CUT = "This is shortened: there is more of it."
ENOUGH = "This is shortened: it is as much as fits here."


@dataclass
class Sheet:
    """`head`, `picks` and `foot` always stand; `units` are cut where they are too long."""

    head: list[Json] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    foot: list[Json] = field(default_factory=list)
    picks: list[Json] = field(default_factory=list)
    buttons: tuple[Button, ...] = ()
    limits: Limits = MESSAGE


@dataclass(frozen=True)
class Laid:
    blocks: list[Json]
    cut: bool


def lay(sheet: Sheet, limits: Limits | None = None, at: str = "", *, more: bool = True) -> Laid:
    """The sheet as blocks within its limits; where something is left out it says so, with a button for the rest if there is `more` to
    open. `at` is the post it belongs to, where it is drawn outside that post."""
    shown, cut = _fitting(sheet, limits or sheet.limits)
    note = [context(CUT if more else ENOUGH)] if cut else []
    return Laid([*sheet.head, *blocks(shown), *note, *sheet.foot, *_pressed(sheet, cut and more, at)], cut)


def _pressed(sheet: Sheet, more: bool, at: str) -> list[Json]:
    rest = Button(verb=MORE, ref=at, label="Show everything")
    drawn = [button(b, n) for n, b in enumerate(able(sheet.buttons))]
    if more:
        drawn.append(button(rest, len(drawn)))
    return [*actions(sheet.picks, at, 0), *actions(drawn, at, 1)]


def _fitting(sheet: Sheet, limits: Limits) -> tuple[Sequence[Unit], bool]:
    """As many units as there is room for, and whether any is left out. It never ends with a heading, nor with half a paragraph or step
    unless that is all there is. A little too long to read is still shown whole."""
    fixed = [*sheet.head, *sheet.foot, *_pressed(sheet, True, "")]
    room, places, read = limits.characters - _weight(fixed) - 300, limits.blocks - len(fixed) - 1, limits.read
    if _read(sheet.units) < limits.read * LITTLE:
        read = limits.characters
    taken = 0
    for unit in sheet.units:
        room -= _weight(unit.text) + 90
        places -= unit.opens or not taken
        read -= len(unit.text)
        if room < 0 or places < 0 or (read < 0 and taken):
            break
        taken += 1
    return sheet.units[: _boundary(sheet.units, taken)], taken < len(sheet.units)


def _boundary(units: Sequence[Unit], taken: int) -> int:
    """Back to the last place where nothing is torn, unless that is most of it: somebody's words may be one long paragraph."""
    at = taken
    while 0 < at < len(units) and (units[at].goes_on or units[at - 1].leads):
        at -= 1
    return at if 2 * _read(units[:at]) >= _read(units[:taken]) else taken


def _read(units: Sequence[Unit]) -> int:
    """How much there is to read."""
    return sum(len(u.text) for u in units)


def _weight(drawn: object) -> int:
    return size(json.dumps(drawn, ensure_ascii=False))
