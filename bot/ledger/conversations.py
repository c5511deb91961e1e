"""Tickets, what people said, what the desk said, and whether it helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, Table, func, insert, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.base import canonical
from bot.domain.messages import Click, Message, Post, Reply
from bot.domain.tickets import NewEntry, Place, Ticket, TicketStatus
from bot.errors import Unknown
from bot.ledger.audit import append_beside
from bot.ledger.columns import plain
from bot.ledger.database import Database
from bot.ledger.tables import COUNTERS, FEEDBACK, MESSAGES, POSTS, TICKETS

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
_NEXT = update(COUNTERS).where(COUNTERS.c.name == "ticket").values(value=COUNTERS.c.value + 1).returning(COUNTERS.c.value)


class Conversations:
    """The ledger's part that knows tickets and what was said in them."""

    db: Database

    async def open_ticket(self, requester: str, place: Place, summary: str, now: datetime) -> Ticket:
        """A new ticket with the next number."""

        def work(connection: Connection) -> Ticket:
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
        own = select(TICKETS.c.number).where(*_at(TICKETS, place))
        told = select(TICKETS.c.number).join(POSTS, POSTS.c.ticket == TICKETS.c.id).where(*_at(POSTS, place))
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
        """Notes a message with its masked text, never its files; False if its channel brought this id before."""
        fields = {
            "id": message.id,
            "ticket": ticket,
            "person": message.person,
            **_place_columns(message.place),
            "text": text,
            "click": plain(message.click.model_dump()) if message.click else None,
            "at": message.at,
            "handled": False,
        }

        def work(connection: Connection) -> bool:
            note = _upsert(connection, MESSAGES).values(**fields).on_conflict_do_nothing().returning(MESSAGES.c.seq)
            if connection.execute(note).first() is None:
                return False
            append_beside(connection, entry)
            return True

        return await self.db.write(work)

    async def handled(self, message: Message) -> None:
        """Notes that something has come of a message."""
        await self.db.write(lambda c: c.execute(update(MESSAGES).where(*_is(message)).values(handled=True)))

    async def unhandled(self, message: Message | None = None) -> Sequence[Message]:
        """Messages of which nothing has come yet, oldest first, or this one if it is; as noted, so masked and without files."""
        query = select(MESSAGES).where(MESSAGES.c.handled.is_(False), *(_is(message) if message else ())).order_by(MESSAGES.c.seq)
        return await self.db.read(lambda c: [_said(r) for r in c.execute(query)])

    async def messages(self, ticket: str) -> Sequence[Mapping[str, Any]]:
        """What people said in a ticket, oldest first: id, person, place (Place), text, click (Click or None), at."""
        query = select(MESSAGES).where(MESSAGES.c.ticket == ticket).order_by(MESSAGES.c.at, MESSAGES.c.seq)
        return await self.db.read(lambda c: [_message(r) for r in c.execute(query)])

    async def save_post(self, post: Post) -> Post:
        """Inserts, or updates the post with the same ticket, place and key: `version` counts up; `id`, `ref` and `at` stay."""
        said: dict[str, Any] = {"audience": post.audience, "reply": post.reply.model_dump(mode="json")}
        named = {"ticket": post.ticket, "key": post.key, **_place_columns(post.place)}

        def work(connection: Connection) -> Post:
            change = _upsert(connection, POSTS).values(**named, **said, at=post.at, version=post.version, ref=post.ref)
            change = change.on_conflict_do_update(index_elements=list(named), set_={**said, "version": POSTS.c.version + 1})
            row = connection.execute(change.returning(POSTS.c.id, POSTS.c.version, POSTS.c.ref, POSTS.c.at)).one()
            return post.model_copy(update={"id": row.id, "version": row.version, "ref": row.ref, "at": row.at})

        return await self.db.write(work)

    async def set_ref(self, post_id: int, ref: str) -> None:
        """Notes the channel's own id of a post; Unknown if there is no such post."""
        change = update(POSTS).where(POSTS.c.id == post_id).values(ref=ref)
        if not await self.db.write(lambda c: c.execute(change).rowcount):
            raise Unknown(f"There is no post {post_id}.")

    async def posts(
        self, *, ticket: str | None = None, place: Place | None = None, key: str | None = None, limit: int = 500
    ) -> Sequence[Post]:
        """Oldest first, the newest `limit` of them; a place without a thread means all threads of the conversation."""
        query = select(POSTS).order_by(POSTS.c.id.desc()).limit(limit)
        if ticket is not None:
            query = query.where(POSTS.c.ticket == ticket)
        if place is not None:
            query = query.where(*(_at(POSTS, place) if place.thread else _at(POSTS, place)[:2]))
        if key is not None:
            query = query.where(POSTS.c.key == key)
        return await self.db.read(lambda c: [_post(r) for r in reversed(c.execute(query).all())])

    async def count_feedback(self, ticket: str, person: str, helpful: bool, paths: Sequence[str], now: datetime) -> None:
        """Notes whether an answer helped; who thinks again about the same answer is counted once, as they think now."""
        named = {"ticket": ticket, "person": person, "paths": canonical(list(paths))}
        said = {"helpful": helpful, "at": now}

        def work(connection: Connection) -> None:
            change = _upsert(connection, FEEDBACK).values(**named, **said)
            connection.execute(change.on_conflict_do_update(index_elements=list(named), set_=said))

        await self.db.write(work)


def _upsert(connection: Connection, table: Table) -> Any:
    """An INSERT that can say what to do on conflict: both databases can, by a construct of their own."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _at(table: Table, place: Place) -> tuple[ColumnElement[bool], ...]:
    return table.c.conversation == place.conversation, table.c.channel == place.channel, table.c.thread == place.thread


def _place_columns(place: Place) -> dict[str, str]:
    return {"channel": place.channel, "conversation": place.conversation, "thread": place.thread}


def _place(row: Row[Any]) -> Place:
    return Place(channel=row.channel, conversation=row.conversation, thread=row.thread)


def _ticket_columns(ticket: Ticket) -> dict[str, Any]:
    fields = ticket.model_dump(exclude={"place"})
    return {**fields, "draft": plain(ticket.draft), **_place_columns(ticket.place)}


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id,
        requester=row.requester,
        place=_place(row),
        summary=row.summary,
        status=TicketStatus(row.status),
        assignee=row.assignee,
        draft=row.draft,
        created=row.created,
        updated=row.updated,
    )


def _message(row: Row[Any]) -> Mapping[str, Any]:
    click = Click.model_validate(row.click) if row.click else None
    return {"id": row.id, "person": row.person, "place": _place(row), "text": row.text, "click": click, "at": row.at}


def _is(message: Message) -> tuple[ColumnElement[bool], ...]:
    return MESSAGES.c.channel == message.place.channel, MESSAGES.c.id == message.id


def _said(row: Row[Any]) -> Message:
    click = Click.model_validate(row.click) if row.click else None
    return Message(id=row.id, person=row.person, place=_place(row), text=row.text, click=click, at=row.at)


def _post(row: Row[Any]) -> Post:
    return Post(
        id=row.id,
        ticket=row.ticket,
        audience=row.audience,
        key=row.key,
        place=_place(row),
        reply=_REPLY.validate_python(row.reply),
        version=row.version,
        ref=row.ref,
        at=row.at,
    )
