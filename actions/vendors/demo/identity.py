"""Directory accounts and group membership."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from actions.vendors.demo.client import changed, person, reading, row, writing
from bot.sdk import Account, Groups, Identity, Person, Refused


class DemoIdentity(Identity):
    """Accounts in the demo file."""

    @reading
    def account(self, db: sqlite3.Connection, email: str) -> Account:
        a = person(db, email)
        return Account(email=email, enabled=a["enabled"], locked=a["locked"], mfa=a["mfa"], admin=a["admin"])

    @reading
    def admins(self, db: sqlite3.Connection) -> Sequence[str]:
        return tuple(r["email"] for r in db.execute("SELECT email FROM account WHERE admin AND enabled ORDER BY email"))

    @writing
    def create(self, db: sqlite3.Connection, person: Person) -> bool:
        statement = "INSERT OR IGNORE INTO account (email, name, mfa, must_change, made) VALUES (?, ?, 0, 1, 1)"
        db.execute("INSERT OR IGNORE INTO mailbox (email) VALUES (?)", (person.email,))
        return changed(db, statement, person.email, person.name)

    @writing
    def delete(self, db: sqlite3.Connection, email: str) -> bool:
        found = db.execute("SELECT made FROM account WHERE email = ?", (email,)).fetchone()
        if found is None:
            return False
        if not found["made"]:
            raise Refused(f"{email} is not a new account; it can be disabled, not deleted.")
        for table in ("member", "holding", "mailbox", "delegate"):
            db.execute(f"DELETE FROM {table} WHERE email = ?", (email,))
        return changed(db, "DELETE FROM account WHERE email = ?", email)

    @writing
    def enable(self, db: sqlite3.Connection, email: str) -> bool:
        return _set(db, email, "enabled", 1)

    @writing
    def disable(self, db: sqlite3.Connection, email: str) -> bool:
        return _set(db, email, "enabled", 0)

    @writing
    def unlock(self, db: sqlite3.Connection, email: str) -> bool:
        return _set(db, email, "locked", 0)

    @writing
    def reset_password(self, db: sqlite3.Connection, email: str) -> bool:
        return _set(db, email, "must_change", 1)

    @writing
    def reset_mfa(self, db: sqlite3.Connection, email: str) -> bool:
        return _set(db, email, "mfa", 0)


def _set(db: sqlite3.Connection, email: str, column: str, value: int) -> bool:
    person(db, email)
    return changed(db, f"UPDATE account SET {column} = ? WHERE email = ? AND {column} <> ?", value, email, value)


class DemoGroups(Groups):
    """Group membership in the demo file."""

    @reading
    def members(self, db: sqlite3.Connection, group: str) -> Sequence[str]:
        _group(db, group)
        return tuple(r["email"] for r in db.execute('SELECT email FROM member WHERE "group" = ? ORDER BY email', (group,)))

    @writing
    def add(self, db: sqlite3.Connection, email: str, group: str) -> bool:
        person(db, email)
        _group(db, group)
        return changed(db, "INSERT OR IGNORE INTO member VALUES (?, ?)", group, email)

    @writing
    def remove(self, db: sqlite3.Connection, email: str, group: str) -> bool:
        person(db, email)
        _group(db, group)
        return changed(db, 'DELETE FROM member WHERE "group" = ? AND email = ?', group, email)


def _group(db: sqlite3.Connection, group: str) -> None:
    row(db, 'SELECT id FROM "group" WHERE id = ?', group, missing=f"The demo services know no group {group}.")
