"""Forwarding and delegation of mailboxes."""

from __future__ import annotations

import sqlite3

from actions.vendors.demo.client import changed, person, reading, writing
from bot.sdk import Mailbox, MailboxState, Refused


class DemoMailbox(Mailbox):
    """Mailboxes in the demo file. Everybody with an account has one."""

    @reading
    def state(self, db: sqlite3.Connection, email: str) -> MailboxState:
        person(db, email)
        box = db.execute("SELECT * FROM mailbox WHERE email = ?", (email,)).fetchone()
        readers = tuple(r["to"] for r in db.execute('SELECT "to" FROM delegate WHERE email = ? ORDER BY "to"', (email,)))
        if box is None:
            return MailboxState(email=email, delegates=readers)
        return MailboxState(email=email, forward_to=box["forward_to"], delegates=readers, legal_hold=box["legal_hold"])

    @writing
    def forward(self, db: sqlite3.Connection, email: str, to: str | None) -> bool:
        person(db, email)
        if to == email:
            raise Refused("A mailbox cannot forward to itself.")
        return changed(db, "UPDATE mailbox SET forward_to = ? WHERE email = ? AND forward_to IS NOT ?", to, email, to)

    @writing
    def delegate(self, db: sqlite3.Connection, email: str, to: str) -> bool:
        person(db, email)
        person(db, to)
        if to == email:
            raise Refused("Nobody needs to be let into their own mailbox.")
        return changed(db, "INSERT OR IGNORE INTO delegate VALUES (?, ?)", email, to)

    @writing
    def undelegate(self, db: sqlite3.Connection, email: str, to: str) -> bool:
        person(db, email)
        return changed(db, 'DELETE FROM delegate WHERE email = ? AND "to" = ?', email, to)
