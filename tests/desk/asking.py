"""Tells in a few words what befell a ticket, as the record would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bot.domain.resolution import Ending, Event, Question, questions

T = TypeVar("T")

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
DAYS = 7
ANN, BOB, IDA = "ann@corp.example", "bob@corp.example", "ida.analyst@corp.example"
MIC, VPN, WIFI, DISK = "teams/mic.md", "vpn/vpn.md", "net/wifi.md", "pc/disk.md"


@dataclass
class Past:
    """Events in the order of the record; it serves as `ports.History` too."""

    events: list[Event] = field(default_factory=list)

    def tell(
        self, ticket: str, kind: str, day: float = 0, *, by: str = ANN, of: str = ANN, about: tuple[str, ...] = (), arm: str = ""
    ) -> Past:
        """`day` counts from MONDAY, `of` is who asked in this ticket, `by` who did it."""
        self.events.append(Event(ticket, of, "slack", by, kind, MONDAY + timedelta(days=day), about, arm))
        return self

    def ask(self, ticket: str, *about: str, day: float = 0, by: str = ANN, kind: str = "answer", arm: str = "") -> Past:
        return self.tell(ticket, kind, day, by=by, of=by, about=about, arm=arm)

    def questions(self) -> list[Question]:
        return questions(self.events, DAYS)

    def endings(self) -> list[Ending]:
        return [q.ending() for q in self.questions()]

    async def happened(self, since: datetime, fold: Callable[[Iterable[Event]], T]) -> T:
        return fold(self.events)
