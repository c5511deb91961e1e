"""A reply before it is measured, and how it is cut to what Slack takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.channels.slack.actions import MORE, actions, button, buttons
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
VIEW: Final = Limits(96, 180_000, 150_000)
"""Slack takes 100 blocks and 250 KB."""


@dataclass
class Sheet:
    """`head`, `picks` and `foot` always stand; `units` are cut where they are too long. `shortened`: head or foot left something out."""

    head: list[Json] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    foot: list[Json] = field(default_factory=list)
    picks: list[Json] = field(default_factory=list)
    buttons: tuple[Button, ...] = ()
    limits: Limits = MESSAGE
    shortened: bool = False


@dataclass(frozen=True)
class Laid:
    blocks: list[Json]
    cut: bool


def lay(sheet: Sheet, limits: Limits | None = None, at: str = "") -> Laid:
    """The sheet as blocks within its limits, with a button for the rest where there is one. `at` is the post it belongs to, where it is
    drawn outside that post."""
    shown, cut = _fitting(sheet, limits or sheet.limits)
    body = [*sheet.head, *blocks(shown)]
    if cut:
        body.append(context("This is shortened: there is more of it."))
    below = _pressed(sheet, cut or sheet.shortened, at)
    return Laid([*body, *sheet.foot, *below], cut or sheet.shortened)


def _pressed(sheet: Sheet, more: bool, at: str) -> list[Json]:
    rest = Button(verb=MORE, ref=at, label="Show everything")
    drawn = [e for block in buttons(sheet.buttons, at) for e in block["elements"]]
    if more:
        drawn.append(button(rest, len(drawn)))
    return [*actions(sheet.picks, at, 0), *actions(drawn, at, 1)]


def _fitting(sheet: Sheet, limits: Limits) -> tuple[Sequence[Unit], bool]:
    """As many units as there is room for, not ending with a heading, and whether any is left out."""
    fixed = [*sheet.head, *sheet.foot, *_pressed(sheet, True, "")]
    room, places, read = limits.characters - _weight(fixed) - 300, limits.blocks - len(fixed) - 1, limits.read
    taken = 0
    for unit in sheet.units:
        room -= _weight(unit.element) + 50
        places -= unit.opens or not taken
        read -= letters(unit.element)
        if room < 0 or places < 0 or (read < 0 and taken):
            break
        taken += 1
    cut = taken < len(sheet.units)
    while cut and taken and sheet.units[taken - 1].leads:
        taken -= 1
    return sheet.units[:taken], cut


def _weight(drawn: object) -> int:
    return size(json.dumps(drawn, ensure_ascii=False))


def letters(element: Json) -> int:
    """How much there is to read in a rich text element."""
    return len(element.get("text", "")) + sum(letters(e) for e in element.get("elements", ()))
