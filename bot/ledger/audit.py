"""The audit ledger in the database: appending, reading, proving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.tickets import Entry
from bot.ledger.chain import Line, Verified, check, entry, make
from bot.ledger.columns import clean, plain
from bot.ledger.database import Database
from bot.ledger.tables import ENTRIES, HEAD

_COLUMNS = tuple(c.name for c in ENTRIES.columns)
_HEAD = select(HEAD.c.number, HEAD.c.hash)
_LOCKED_HEAD = _HEAD.with_for_update()
_INSERT = insert(ENTRIES)
_MOVE_HEAD = update(HEAD)
BATCH = 5000
"""Entries held in memory at once while streaming."""


class Audit:
    """The ledger's part that appends and proves."""

    db: Database

    async def append(self, kind: str, actor: str, ticket: str = "", *, at: datetime, **data: Any) -> Entry:
        """Adds a line to the audit ledger."""
        return await self.db.write(lambda c: append(c, kind, actor, ticket, at, data))

    async def entries(self, ticket: str | None = None, after: int = 0, limit: int = 1000) -> Sequence[Entry]:
        """The first `limit` entries with a number beyond `after`, oldest first."""
        query = select(ENTRIES).where(ENTRIES.c.number > after).order_by(ENTRIES.c.number).limit(limit)
        if ticket is not None:
            query = query.where(ENTRIES.c.ticket == ticket)
        return await self.db.read(lambda c: [entry(tuple(r)) for r in c.execute(query)])

    async def verify(self, kept: tuple[int, str] | None = None) -> Verified:
        """Proves that no entry was changed, moved, put in or taken away, or names the first bad one; memory stays flat.

        `kept` is the number and hash of an entry that somebody noted outside this database.
        """
        return await self.db.stream(lambda c: check(lines(c), head(c), kept))


def append(connection: Connection, kind: str, actor: str, ticket: str, at: datetime, data: dict[str, Any]) -> Entry:
    """Adds a line within a transaction that has more to do."""
    number, last = connection.execute(_LOCKED_HEAD).one()
    line = make(number + 1, at, clean(kind), clean(actor), clean(ticket), plain(data), last)
    connection.execute(_INSERT, dict(zip(_COLUMNS, line, strict=True)))
    connection.execute(_MOVE_HEAD, {"number": line[0], "hash": line[7]})
    return entry(line)


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry, as the record notes them; (0, "") where the note itself is gone."""
    row = connection.execute(_HEAD).first()
    return (row.number, row.hash) if row else (0, "")


def lines(connection: Connection, first: int = 0) -> Iterator[Line]:
    """Every entry from a number on, in order, as stored."""
    query = select(ENTRIES).where(ENTRIES.c.number >= first) if first > 0 else select(ENTRIES)
    for rows in connection.execute(query.order_by(ENTRIES.c.number).execution_options(yield_per=BATCH)).partitions():
        yield from (tuple(r) for r in rows)
