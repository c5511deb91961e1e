"""Meetings."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from actions.vendors.demo.client import changed, person, reading, row, writing
from bot.sdk import Calendar, Meeting


class DemoCalendar(Calendar):
    """Calendars in the demo file."""

    @reading
    def meetings(self, db: sqlite3.Connection, email: str, since: datetime, until: datetime) -> Sequence[Meeting]:
        person(db, email)
        wanted = "SELECT * FROM meeting WHERE organizer = ? AND ends > ? AND starts < ? ORDER BY starts, id"
        span = (since.astimezone(UTC).isoformat(), until.astimezone(UTC).isoformat())
        return tuple(Meeting.model_validate(dict(r)) for r in db.execute(wanted, (email, *span)))

    @writing
    def hand_over(self, db: sqlite3.Connection, meetings: Sequence[str], to: str) -> bool:
        person(db, to)
        for meeting in meetings:
            row(db, "SELECT id FROM meeting WHERE id = ?", meeting, missing=f"The demo calendar has no meeting {meeting}.")
        moved = [changed(db, "UPDATE meeting SET organizer = ? WHERE id = ? AND organizer <> ?", to, m, to) for m in meetings]
        return any(moved)
