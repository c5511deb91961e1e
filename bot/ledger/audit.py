"""The audit ledger in the database: appending, reading, proving."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.tickets import Entry, NewEntry
from bot.ledger.chain import Line, Said, Verified, check, entry, follow, say
from bot.ledger.database import Database
from bot.ledger.tables import ENTRIES, HEAD

_COLUMNS = tuple(c.name for c in ENTRIES.columns)
_HEAD = select(HEAD.c.number, HEAD.c.hash)
_LOCKED_HEAD = _HEAD.with_for_update()
_INSERT = insert(ENTRIES)
_MOVE_HEAD = update(HEAD)
BATCH = 5000
"""Entries held in memory at once while streaming."""


class Queue:
    """Entries that wait to be written. Whoever comes first writes for all who wait: one transaction, one write to the disk."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = Lock()
        self._waiting: list[tuple[Said, Future[Entry]]] = []

    def put(self, said: Said) -> Future[Entry]:
        """Joins the queue; the future holds the entry once it is safe."""
        future: Future[Entry] = Future()
        with self._lock:
            self._waiting.append((said, future))
        return future

    def write(self) -> None:
        """Writes all that waits, in this thread; nothing where another thread took it already."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        taken = [(said, future) for said, future in taken if future.set_running_or_notify_cancel()]
        if not taken:
            return
        try:
            entries = self._db.write_now(lambda c: append_all(c, [said for said, _ in taken]))
        except Exception as error:  # whatever it was, everyone who waits must hear of it
            for _, future in taken:
                future.set_exception(error)
        else:
            for (_, future), one in zip(taken, entries, strict=True):
                future.set_result(one)


class Audit:
    """The ledger's part that appends and proves."""

    db: Database
    queue: Queue

    async def append(self, kind: str, actor: str, ticket: str = "", *, at: datetime, **data: Any) -> Entry:
        """Adds a line to the audit ledger."""
        written = self.queue.put(say(kind, actor, ticket, at, data))
        await self.db.run(self.queue.write)
        return await asyncio.wrap_future(written)

    async def entries(self, ticket: str | None = None, after: int = 0, limit: int = 1000, kinds: Sequence[str] = ()) -> Sequence[Entry]:
        """The first `limit` entries with a number beyond `after`, oldest first; of these kinds alone, where some are named."""
        query = select(ENTRIES).where(ENTRIES.c.number > after).order_by(ENTRIES.c.number).limit(limit)
        if ticket is not None:
            query = query.where(ENTRIES.c.ticket == ticket)
        if kinds:
            query = query.where(ENTRIES.c.kind.in_(list(kinds)))
        return await self.db.read(lambda c: [entry(tuple(r)) for r in c.execute(query)])

    async def verify(self, kept: tuple[int, str] | None = None) -> Verified:
        """Proves that no entry was changed, moved, put in or taken away, or names the first bad one; memory stays flat.

        `kept` is the number and hash of an entry that somebody noted outside this database.
        """
        return await self.db.stream(lambda c: check(lines(c), head(c), kept))


def append_beside(connection: Connection, told: NewEntry | None) -> None:
    """Adds the entry, if there is one, to the transaction of the change that it tells of."""
    if told is not None:
        append_all(connection, [say(told.kind, told.actor, told.ticket, told.at, told.data)])


def append_all(connection: Connection, entries: Sequence[Said]) -> list[Entry]:
    """Adds lines within a transaction, which may have more to do."""
    number, last = connection.execute(_LOCKED_HEAD).one()
    made: list[Line] = []
    for said in entries:
        made.append(follow(number + len(made), last, said))
        last = made[-1][7]
    connection.execute(_INSERT, [dict(zip(_COLUMNS, line, strict=True)) for line in made])
    connection.execute(_MOVE_HEAD, {"number": number + len(made), "hash": last})
    return [entry(line) for line in made]


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry, as the record notes them; (0, "") where the note itself is gone."""
    row = connection.execute(_HEAD).first()
    return (row.number, row.hash) if row else (0, "")


def lines(connection: Connection, first: int = 0) -> Iterator[Line]:
    """Every entry from a number on, in order, as stored."""
    query = select(ENTRIES).where(ENTRIES.c.number >= first) if first > 0 else select(ENTRIES)
    for rows in connection.execute(query.order_by(ENTRIES.c.number).execution_options(yield_per=BATCH)).partitions():
        yield from (tuple(r) for r in rows)
