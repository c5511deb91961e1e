"""Fills the demo services with the demo company, once, with meetings around today."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from actions.vendors.demo.client import Client

COMPANY = Path(__file__).with_name("company")
KINDS = ("people", "systems", "groups", "grants")
DATES = ("start_date", "end_date", "since", "until", "freeze_from", "freeze_until")
"""Fields of the company's rows that move with the calendar."""

Row = dict[str, Any]


def company_rows(kind: str, now: datetime) -> list[Row]:
    """The rows of people, systems, groups or grants, their dates moved so that the company is as if it had been written today."""
    return [_moved(row, _shift(now)) for row in _read(kind)]


def write_company(folder: Path, now: datetime) -> dict[str, Path]:
    """Writes the four import files of the company as of now into the folder; their paths by kind."""
    files = {kind: folder / f"{kind}.json" for kind in KINDS}
    for kind, file in files.items():
        file.write_text(json.dumps(company_rows(kind, now), ensure_ascii=False, indent=1), encoding="utf-8")
    return files


def seed(client: Client, now: datetime) -> bool:
    """Fills an empty client with the demo company; False where there is something in it already."""
    with client.transaction() as db:
        if db.execute("SELECT 1 FROM account LIMIT 1").fetchone():
            return False
        extra: Row = json.loads((COMPANY / "vendor.json").read_text(encoding="utf-8"))
        _people(db, extra)
        _access(db, extra, now)
        _calendars(db, extra, now)
        _hardware(db, extra, now)
    return True


def _read(kind: str) -> list[Row]:
    rows: list[Row] = json.loads((COMPANY / f"{kind}.json").read_text(encoding="utf-8"))
    return rows


def _shift(now: datetime) -> timedelta:
    written = json.loads((COMPANY / "vendor.json").read_text(encoding="utf-8"))["as_of"]
    return now.astimezone(UTC).date() - date.fromisoformat(written)


def _moved(row: Row, by: timedelta) -> Row:
    return {k: _moved_date(v, by) if k in DATES and isinstance(v, str) else v for k, v in row.items()}


def _moved_date(text: str, by: timedelta) -> str:
    return (date.fromisoformat(text[:10]) + by).isoformat() + text[10:]


def _people(db: sqlite3.Connection, extra: Row) -> None:
    admins, locked, without = set(extra["admins"]), set(extra["locked"]), set(extra["without_second_factor"])
    for p in _read("people"):
        email = p["email"]
        flags = (p["status"] != "offboarded", email in locked, email not in without, email in admins)
        db.execute("INSERT INTO account (email, name, enabled, locked, mfa, admin) VALUES (?, ?, ?, ?, ?, ?)", (email, p["name"], *flags))
        db.execute("INSERT INTO mailbox (email) VALUES (?)", (email,))
    for box in extra["mailboxes"]:
        statement = "UPDATE mailbox SET forward_to = ?, legal_hold = ? WHERE email = ?"
        db.execute(statement, (box.get("forward_to"), box.get("legal_hold", False), box["email"]))
        db.executemany("INSERT INTO delegate VALUES (?, ?)", [(box["email"], to) for to in box.get("delegates", ())])
    for group in _read("groups"):
        db.execute('INSERT INTO "group" VALUES (?)', (group["id"],))
        db.executemany("INSERT INTO member VALUES (?, ?)", [(group["id"], m) for m in group["members"]])
    db.executemany("INSERT INTO home VALUES (?, ?)", extra["homes"].items())
    db.executemany("INSERT INTO office VALUES (?, ?)", extra["offices"].items())


def _access(db: sqlite3.Connection, extra: Row, now: datetime) -> None:
    grants = company_rows("grants", now)
    for system in _read("systems"):
        if system.get("vendor") == "demo":
            held = sum(g["system"] == system["id"] for g in grants)
            elsewhere = max(0, system.get("seats_used", held) - held)
            db.execute("INSERT INTO system VALUES (?, ?, ?)", (system["id"], system.get("seats"), elsewhere))
    served = {r["id"] for r in db.execute("SELECT id FROM system")}
    idle = {(i["person"], i["system"]): i["days"] for i in extra["idle"]}
    for g in grants:
        if g["system"] in served:
            used = now - timedelta(days=idle.get((g["person"], g["system"]), 1))
            values = (g["person"], g["system"], g["level"], _iso(g.get("until")), used.astimezone(UTC).isoformat())
            db.execute("INSERT INTO holding (email, system, level, until, last_used) VALUES (?, ?, ?, ?, ?)", values)


def _iso(text: str | None) -> str | None:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat() if text else None


def _calendars(db: sqlite3.Connection, extra: Row, now: datetime) -> None:
    for n, m in enumerate(extra["meetings"], 1):
        starts = _starts(m, now)
        ends = starts + timedelta(minutes=m["minutes"])
        values = (f"meeting-{n:03d}", m["organizer"], m["title"], starts.isoformat(), ends.isoformat(), m.get("customer", False))
        db.execute("INSERT INTO meeting VALUES (?, ?, ?, ?, ?, ?)", values)


def _starts(meeting: Row, now: datetime) -> datetime:
    """A time of day some days from now, or some minutes from now."""
    today = now.astimezone(UTC)
    if "in_minutes" in meeting:
        return today.replace(second=0, microsecond=0) + timedelta(minutes=meeting["in_minutes"])
    at = time.fromisoformat(meeting["at"])
    return datetime.combine(today.date() + timedelta(days=meeting["in_days"]), at, UTC)


def _hardware(db: sqlite3.Connection, extra: Row, now: datetime) -> None:
    db.executemany("INSERT INTO app VALUES (?)", [(a,) for a in extra["apps"]])
    db.executemany("INSERT INTO profile VALUES (?)", [(p,) for p in extra["profiles"]])
    for d in extra["stock"]:
        db.execute("INSERT INTO device (serial, model, kind) VALUES (?, ?, ?)", (d["serial"], d["model"], d["kind"]))
    unseen = extra["devices"]["last_seen_days"]
    for p in _read("people"):
        for d in p["devices"]:
            seen = (now - timedelta(days=unseen.get(d["serial"], 0), hours=2)).astimezone(UTC).isoformat()
            values = (d["serial"], d["model"], d["kind"], p["email"], extra["profile_of_everyone"], seen)
            db.execute("INSERT INTO device (serial, model, kind, owner, profile, last_seen) VALUES (?, ?, ?, ?, ?, ?)", values)
            apps = extra["apps_of_everyone"] if d["kind"] == "laptop" else ()
            db.executemany("INSERT INTO device_app VALUES (?, ?, ?)", [(d["serial"], a, n) for n, a in enumerate(apps)])
