"""A channel with a real record behind it and ears that only note what they hear."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.app import demo_rows
from bot.domain.home import Home
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place, Ticket
from bot.errors import BellhopError
from bot.ledger.importer import import_rows
from bot.ledger.store import SqlLedger
from tests.contracts.channels.seat import SAM, Seat, Seen, until


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Ears:
    """Implements ports.Hearing: notes what is heard and does nothing about it. `wrong` is what is wrong with the next sent form,
    `refusal` what the next message meets, `deaf`: nothing is wanted."""

    messages: list[Message] = field(default_factory=list)
    looked: list[Message] = field(default_factory=list)
    wrong: Mapping[str, str] = field(default_factory=dict)
    refusal: BellhopError | None = None
    deaf: bool = False

    async def wants(self, message: Message) -> bool:
        return not self.deaf

    async def hear(self, message: Message) -> None:
        self.messages.append(message)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal

    async def errors(self, message: Message) -> Mapping[str, str]:
        self.looked.append(message)
        return self.wrong

    async def home(self, email: str) -> Home:
        return Home(name=email)


@dataclass
class Stage:
    """What tests use: posts are kept and shown as the desk's own delivery does it."""

    seat: Seat
    ledger: SqlLedger
    ears: Ears
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    at: Place | None = None
    ticket: Ticket | None = None

    async def thread(self, who: str = SAM) -> Place:
        """The place of a need that this person has begun, as the channel itself names it; with a ticket."""
        if self.at is None:
            await self.seat.begin(who, "Good morning")
            self.at = (await self.heard()).place
            await self.need(self.at)
        return self.at

    async def need(self, place: Place) -> Ticket:
        if self.ticket is None:
            self.ticket = await self.ledger.open_ticket(SAM, place, "Good morning", now())
        return self.ticket

    async def post(self, reply: Reply, place: Place | None = None, key: str = "") -> Post:
        """Says something at a place, the requester's thread unless told; the same key again updates it."""
        where = place or await self.thread()
        ticket = await self.need(where)
        saved = await self.ledger.save_post(
            Post(ticket=ticket.id, audience="requester", key=key or f"k{next(self.numbers)}", place=where, reply=reply, at=now())
        )
        ref = await self.seat.channel.show(saved)
        await self.ledger.drawn(saved.id, ref, saved.version)
        return saved.model_copy(update={"ref": ref, "drawn": saved.version})

    async def leaves(self, who: str) -> None:
        """Somebody's last day is over: the company's directory says so."""
        rows = [row | {"status": "offboarded"} for row in demo_rows(now())["people"] if row["email"] == who]
        await import_rows(self.ledger, {"people": rows})

    async def seen(self, reply: Reply, who: str = SAM) -> Seen:
        """A reply, as its reader sees it in their own thread."""
        return await self.seat.look(who, await self.post(reply))

    async def heard(self, count: int = 1) -> Message:
        """Waits until so many messages were heard since the last look, no more, and returns the last."""
        await until(lambda: len(self.ears.messages) >= count, f"{count} to be heard; there are {self.ears.messages}")
        assert len(self.ears.messages) == count, self.ears.messages
        *_, last = self.ears.messages
        self.ears.messages.clear()
        return last

    async def silence(self) -> None:
        """Nothing was heard: what the same person says next is the first."""
        who = SAM
        await self.seat.begin(who, "The end")
        last = await self.heard()
        assert last.text == "The end", last
