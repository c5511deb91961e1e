"""A card that is too long for one message: as much of it as fits, and the rest behind a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.teams.actions import MORE, opens
from bot.channels.teams.cards import ROOM, Element, card, fits, says, size


@dataclass(frozen=True)
class Sheet:
    """What a card shows: `head` and `foot` always, of `body` as much as fits."""

    head: Sequence[Element] = ()
    body: Sequence[Element] = ()
    foot: Sequence[Element] = ()

    @property
    def all(self) -> list[Element]:
        return [*self.head, *self.body, *self.foot]


def fitted(
    sheet: Sheet, actions: Sequence[Element], more: str = "", warning: str = "There is more than fits here.", *, cut: bool = False
) -> Element:
    """The sheet as a card. Where it is cut, here or (`cut`) in what it holds, `warning` stands, and a button that shows everything if
    `more` is its ref."""
    rest = [says(warning, weight="Bolder"), *([_everything(more)] if more else [])]
    whole = card([*sheet.head, *sheet.body, *(rest if cut else []), *sheet.foot], actions)
    if size(whole) <= ROOM:
        return whole
    room = ROOM - size(card([*sheet.head, *rest, *sheet.foot], actions))
    return card([*sheet.head, *sheet.body[: fits(sheet.body, room)], *rest, *sheet.foot], actions)


def _everything(ref: str) -> Element:
    return {"type": "ActionSet", "actions": [opens(MORE, ref, "Show everything")]}


def pages(body: Sequence[Element], room: int) -> list[list[Element]]:
    """The elements in as many pages as they need, each of at most `room` bytes unless a single element is larger."""
    told: list[list[Element]] = []
    left = list(body)
    while left:
        n = max(fits(left, room), 1)
        told.append(left[:n])
        left = left[n:]
    return told or [[]]
