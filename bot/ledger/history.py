"""What the audit ledger tells of questions, for counting. Of messages it yields which button was pressed and never their words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, Connection, Row, Select, and_, case, cast, literal, null, or_, select, type_coerce

from bot.domain.resolution import ASKED, HANDED, HELPFUL, REQUESTED, SOLVED, UNHELPFUL, Event
from bot.ledger.audit import BATCH
from bot.ledger.database import Database
from bot.ledger.tables import ENTRIES, TICKETS

T = TypeVar("T")

PRESSED = "message.heard"
OWN = "desk"
"""The vendor of steps that concern the desk's own record: a plan of these alone is no request."""


class History:
    """The ledger's part that reads the past in one pass."""

    db: Database

    async def happened(self, since: datetime, fold: Callable[[Iterable[Event]], T]) -> T:
        """What `fold` makes of everything that befell tickets in which something was asked at `since` or later, in order and from each
        ticket's beginning. It runs on a thread of its own, over one snapshot."""
        return await self.db.stream(lambda c: fold(_events(c, since)))


def _events(connection: Connection, since: datetime) -> Iterator[Event]:
    query = _query(since, connection.dialect.name == "sqlite").execution_options(yield_per=BATCH)
    for rows in connection.execute(query).partitions():
        for row in rows:
            if row.kind != REQUESTED or _asks_for_something(row.data):
                yield _event(row)


def _query(since: datetime, lite: bool) -> Select[Any]:
    """`since` is compared as text, by whole days and one day early: how a database sorts what follows the day does not matter then."""
    day = (since - timedelta(days=1)).date().isoformat()
    asked = select(ENTRIES.c.ticket).where(ENTRIES.c.kind.in_(ASKED), ENTRIES.c.at >= day)
    document = type_coerce(ENTRIES.c.data, JSON) if lite else cast(ENTRIES.c.data, JSON)
    verb: ColumnElement[str] = case((ENTRIES.c.kind == PRESSED, document["click"]["verb"].as_string()), else_=null())
    told = case((ENTRIES.c.kind.in_((*ASKED, REQUESTED)), ENTRIES.c.data), else_=literal(""))
    telling = or_(
        ENTRIES.c.kind.in_((*ASKED, *HANDED, SOLVED, REQUESTED)),
        and_(ENTRIES.c.kind == PRESSED, verb.in_((HELPFUL, UNHELPFUL))),
    )
    return (
        select(
            ENTRIES.c.kind, ENTRIES.c.at, ENTRIES.c.actor, ENTRIES.c.ticket, TICKETS.c.requester, TICKETS.c.channel,
            verb.label("verb"), told.label("data"),
        )
        .join(TICKETS, TICKETS.c.id == ENTRIES.c.ticket)
        .where(telling, ENTRIES.c.ticket.in_(asked))
        .order_by(ENTRIES.c.number)
    )  # fmt: skip


def _asks_for_something(data: str) -> bool:
    return any(step.get("vendor") != OWN for step in json.loads(data).get("steps", ()))


def _event(row: Row[Any]) -> Event:
    said = json.loads(row.data) if row.data and row.kind in ASKED else {}
    return Event(
        ticket=row.ticket,
        requester=row.requester,
        channel=row.channel,
        actor=row.actor,
        kind=row.verb or row.kind,
        at=datetime.fromisoformat(row.at),
        articles=tuple(said.get("articles") or said.get("nearest") or ()),
        arm=said.get("arm", ""),
    )
