"""The company in the record: the cached directory, and what steps brought about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection, select

from bot.domain.directory import Directory
from bot.domain.outcomes import Effect
from bot.domain.people import Grant
from bot.ledger.database import Database
from bot.ledger.effects import Notes
from bot.ledger.picture import Picture, grant_of, versions
from bot.ledger.tables import GRANTS


class Company:
    """The ledger's part that knows people, systems, groups and grants."""

    db: Database

    def __init__(self, db: Database) -> None:
        self.db = db
        self._picture = Picture()
        self._looking = Lock()

    async def directory(self) -> Directory:
        """The company as of now; the same object as before while nothing changed, by whichever process."""
        return await self.db.read(self._look)

    def _look(self, connection: Connection) -> Directory:
        newest, whole = versions(connection)
        with self._looking:
            if self._picture.version < whole:
                self._picture = Picture()
            return self._picture.bring_up_to(newest, connection)

    async def ended_grants(self, now: datetime) -> Sequence[Grant]:
        """Grants whose `until` has passed but which have not ended, longest overdue first."""
        due = select(GRANTS).where(GRANTS.c.ended.is_(None), GRANTS.c.until <= now).order_by(GRANTS.c.until, GRANTS.c.id)
        return await self.db.read(lambda c: [grant_of(r) for r in c.execute(due)])

    async def apply(self, effects: Iterable[Effect], now: datetime) -> None:
        """Notes what steps brought about, all or nothing; repeating an effect changes nothing.

        Unknown where an effect names a person, system, group or device that is not in the record; BadInput where a changed field does
        not fit.
        """
        given = tuple(effects)

        def work(connection: Connection) -> None:
            notes = Notes(connection, now)
            for effect in given:
                notes.note(effect)

        if given:
            await self.db.write(work)
