"""Tickets, what people said in them, and whether an answer helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, true, union_all, update

from bot.domain.base import canonical
from bot.domain.messages import Click, Message
from bot.domain.tickets import NewEntry, Place, Ticket, TicketStatus
from bot.errors import Unknown
from bot.ledger.audit import append_beside
from bot.ledger.columns import clean, plain
from bot.ledger.database import Database
from bot.ledger.places import at, place_columns, place_of, upsert
from bot.ledger.tables import COUNTERS, FEEDBACK, MESSAGES, POSTS, TICKETS

_NEXT = update(COUNTERS).where(COUNTERS.c.name == "ticket").values(value=COUNTERS.c.value + 1).returning(COUNTERS.c.value)
GONE = timedelta(minutes=2)
"""A process that has been at a message for so long is gone: hearing one takes seconds."""


class Conversations:
    """The ledger's part that knows tickets and what was said in them."""

    db: Database
    token: str
    """Of this process: what it hears is claimed by it."""

    async def open_ticket(self, requester: str, place: Place, summary: str, now: datetime) -> Ticket:
        """A new ticket with the next number; the one there is, where this person's thread has one already."""

        def work(connection: Connection) -> Ticket:
            if connection.dialect.name != "sqlite":  # of two processes that hear of a new thread at once, one opens its ticket
                connection.execute(
                    select(func.pg_advisory_xact_lock(func.hashtextextended(clean("\n".join(place_columns(place).values())), 0)))
                )
            there = connection.execute(select(TICKETS).where(*at(TICKETS, place), TICKETS.c.requester == requester)).first()
            if there is not None:
                return _ticket(there)
            number = int(connection.execute(_NEXT).scalar_one())
            ticket = Ticket(id=f"BH-{number}", requester=requester, place=place, summary=summary, created=now, updated=now)
            connection.execute(insert(TICKETS).values(number=number, **_ticket_columns(ticket)))
            return ticket

        return await self.db.write(work)

    async def ticket(self, ticket_id: str) -> Ticket:
        """The ticket with this id; Unknown if there is none."""
        row = await self.db.read(lambda c: c.execute(select(TICKETS).where(TICKETS.c.id == ticket_id)).first())
        if row is None:
            raise Unknown(f"There is no ticket {ticket_id}.")
        return _ticket(row)

    async def ticket_at(self, place: Place) -> Ticket | None:
        """The newest ticket whose requester's thread, analysts' thread or direct message this place is; None where it is new."""
        own = select(TICKETS.c.number).where(*at(TICKETS, place))
        told = select(TICKETS.c.number).join(POSTS, POSTS.c.ticket == TICKETS.c.id).where(*at(POSTS, place))
        numbers = union_all(own, told).subquery()
        newest = select(func.max(numbers.c.number)).scalar_subquery()
        row = await self.db.read(lambda c: c.execute(select(TICKETS).where(TICKETS.c.number == newest)).first())
        return None if row is None else _ticket(row)

    async def save_ticket(self, ticket: Ticket) -> None:
        """Replaces what a ticket says; Unknown if there is none with this id."""
        change = update(TICKETS).where(TICKETS.c.id == ticket.id).values(**_ticket_columns(ticket))
        if not await self.db.write(lambda c: c.execute(change).rowcount):
            raise Unknown(f"There is no ticket {ticket.id}.")

    async def tickets(self, *, requester: str | None = None, status: Sequence[TicketStatus] = (), limit: int = 50) -> Sequence[Ticket]:
        """Newest first."""
        query = select(TICKETS).order_by(TICKETS.c.number.desc()).limit(limit)
        if requester is not None:
            query = query.where(TICKETS.c.requester == requester)
        if status:
            query = query.where(TICKETS.c.status.in_(list(status)))
        return await self.db.read(lambda c: [_ticket(r) for r in c.execute(query)])

    async def heard(self, message: Message, ticket: str, text: str, entry: NewEntry | None = None) -> bool:
        """Notes a message with its masked text, never its files, and claims it; False if its channel brought this id before."""
        fields = {
            "id": message.id,
            "ticket": ticket,
            "person": message.person,
            **place_columns(message.place),
            "text": text,
            "click": plain(message.click.model_dump()) if message.click else None,
            "at": message.at,
            "handled": False,
            **self._claim(),
        }

        def work(connection: Connection) -> bool:
            note = upsert(connection, MESSAGES).values(**fields).on_conflict_do_nothing().returning(MESSAGES.c.seq)
            if connection.execute(note).first() is None:
                return False
            append_beside(connection, entry)
            return True

        return await self.db.write(work)

    async def handled(self, message: Message) -> None:
        """Notes that something has come of a message."""
        await self.db.write(lambda c: c.execute(update(MESSAGES).where(*_is(message)).values(handled=True)))

    async def claim(self, message: Message) -> bool:
        """Takes over a message that was heard but not handled, from a process that is gone; False where it was handled, is not known,
        or another process is at it. Of two that try, one gets it.

        One process holds an SQLite record, so there any other is gone; on PostgreSQL one that claimed it more than GONE ago.
        """
        free = or_(
            true() if self.db.lite else MESSAGES.c.claimed < func.now() - GONE,
            MESSAGES.c.claimed_by.is_(None),
            MESSAGES.c.claimed_by == self.token,
        )
        change = update(MESSAGES).where(*_is(message), MESSAGES.c.handled.is_(False), free).values(**self._claim())
        return bool(await self.db.write(lambda c: c.execute(change).rowcount))

    def _claim(self) -> dict[str, Any]:
        """By the database's clock, which all processes share."""
        return {"claimed_by": self.token, "claimed": func.now()}

    async def unhandled(self) -> Sequence[Message]:
        """Messages of which nothing has come yet, oldest first; as noted, so masked and without files."""
        query = select(MESSAGES).where(MESSAGES.c.handled.is_(False)).order_by(MESSAGES.c.seq)
        return await self.db.read(lambda c: [_said(r) for r in c.execute(query)])

    async def said(self, message: Message, message_id: str) -> Mapping[str, Any] | None:
        """What was heard under this id in the same channel as `message`: as `messages` tells it, with its `ticket`."""
        query = select(MESSAGES).where(MESSAGES.c.channel == message.place.channel, MESSAGES.c.id == message_id)
        row = await self.db.read(lambda c: c.execute(query).first())
        return None if row is None else {**_message(row), "ticket": row.ticket}

    async def messages(self, ticket: str) -> Sequence[Mapping[str, Any]]:
        """What people said in a ticket, oldest first: id, person, place (Place), text, click (Click or None), at."""
        query = select(MESSAGES).where(MESSAGES.c.ticket == ticket).order_by(MESSAGES.c.at, MESSAGES.c.seq)
        return await self.db.read(lambda c: [_message(r) for r in c.execute(query)])

    async def count_feedback(self, ticket: str, person: str, helpful: bool, paths: Sequence[str], now: datetime) -> None:
        """Notes whether an answer helped; who thinks again about the same answer is counted once, as they think now."""
        named = {"ticket": ticket, "person": person, "paths": canonical(list(paths))}
        said = {"helpful": helpful, "at": now}

        def work(connection: Connection) -> None:
            change = upsert(connection, FEEDBACK).values(**named, **said)
            connection.execute(change.on_conflict_do_update(index_elements=list(named), set_=said))

        await self.db.write(work)


def _ticket_columns(ticket: Ticket) -> dict[str, Any]:
    fields = ticket.model_dump(exclude={"place"})
    return {**fields, "draft": plain(ticket.draft), **place_columns(ticket.place)}


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id,
        requester=row.requester,
        place=place_of(row),
        summary=row.summary,
        status=TicketStatus(row.status),
        assignee=row.assignee,
        draft=row.draft,
        created=row.created,
        updated=row.updated,
    )


def _message(row: Row[Any]) -> Mapping[str, Any]:
    click = Click.model_validate(row.click) if row.click else None
    return {"id": row.id, "person": row.person, "place": place_of(row), "text": row.text, "click": click, "at": row.at}


def _is(message: Message) -> tuple[ColumnElement[bool], ...]:
    return MESSAGES.c.channel == message.place.channel, MESSAGES.c.id == message.id


def _said(row: Row[Any]) -> Message:
    click = Click.model_validate(row.click) if row.click else None
    return Message(id=row.id, person=row.person, place=place_of(row), text=row.text, click=click, at=row.at)
