"""Access to systems, with their licences."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from actions.vendors.demo.client import changed, person, reading, row, writing
from bot.sdk import Access, Holding, Refused, Seats


class DemoAccess(Access):
    """Accounts at systems in the demo file."""

    @reading
    def holding(self, db: sqlite3.Connection, email: str, system: str) -> Holding | None:
        return _holding(db, email, system)

    @writing
    def grant(self, db: sqlite3.Connection, email: str, system: str, level: str, until: datetime | None) -> bool:
        held = _holding(db, email, system)
        if held is not None and (held.level, held.until) == (level, until):
            return False
        seats = _seats(db, system)
        if held is None and seats.total is not None and seats.used >= seats.total:
            raise Refused(f"All {seats.total} licences of {system} are in use.")
        statement = """
            INSERT INTO holding (email, system, level, until) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET level = excluded.level, until = excluded.until, enabled = 1"""
        return changed(db, statement, email, system, level, until.astimezone(UTC).isoformat() if until else None)

    @writing
    def revoke(self, db: sqlite3.Connection, email: str, system: str) -> bool:
        _holding(db, email, system)
        return changed(db, "UPDATE holding SET enabled = 0 WHERE email = ? AND system = ? AND enabled", email, system)

    @reading
    def seats(self, db: sqlite3.Connection, system: str) -> Seats:
        return _seats(db, system)


def _system(db: sqlite3.Connection, system: str) -> sqlite3.Row:
    return row(db, "SELECT * FROM system WHERE id = ?", system, missing=f"The demo services know no system {system}.")


def _holding(db: sqlite3.Connection, email: str, system: str) -> Holding | None:
    person(db, email)
    _system(db, system)
    held = db.execute("SELECT * FROM holding WHERE email = ? AND system = ? AND enabled", (email, system)).fetchone()
    return Holding(level=held["level"], until=held["until"], last_used=held["last_used"]) if held else None


def _seats(db: sqlite3.Connection, system: str) -> Seats:
    """Those that people here hold, and those in use elsewhere."""
    known = _system(db, system)
    held = db.execute("SELECT count(*) FROM holding WHERE system = ? AND enabled", (system,)).fetchone()[0]
    return Seats(total=known["seats"], used=held + known["elsewhere"])
