"""What channels cannot do, counted here so that nobody adds to it in silence."""

from __future__ import annotations

import pytest

from tests.contracts.channels.console import ConsoleSeat
from tests.contracts.channels.seat import Seat
from tests.contracts.channels.slack import SlackOverHttp, SlackSeat
from tests.contracts.channels.teams import TeamsSeat
from tests.contracts.channels.web import WebSeat

SEATS: dict[str, type[Seat]] = {seat.name: seat for seat in (WebSeat, ConsoleSeat, SlackSeat, SlackOverHttp, TeamsSeat)}

KNOWN = {
    "web": {"edit", "mention", "be slow or away", "read along", "whisper", "cut"},
    "console": {
        "edit",
        "mention",
        "be slow or away",
        "read along",
        "whisper",
        "cut",
        "update in place",
        "link",
        "look again who somebody is",
    },
    "slack": set[str](),
    "slack over HTTP": set[str](),
    "teams": {"hand over a file in a form", "offer hundreds"},
}
"""By channel, each thing that it has not got. The sentences stand with the seats."""

met: set[tuple[str, str]] = set()
"""What tests met with in this run."""


def can(seat: Seat, ability: str) -> bool:
    """Whether the channel has got this."""
    assert ability in {a for gaps in KNOWN.values() for a in gaps}, f"no channel lacks {ability!r}, so nothing need be asked"
    if ability in seat.cannot:
        met.add((seat.name, ability))
    return ability not in seat.cannot


def needs(seat: Seat, ability: str) -> None:
    """Skips the test where the channel has not got this, with the sentence that says why."""
    if not can(seat, ability):
        pytest.skip(f"{seat.name}: {seat.cannot[ability]}")
