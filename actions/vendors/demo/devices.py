"""Devices under management, the stock, and the apps on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from actions.vendors.demo.client import changed, person, reading, row, writing
from bot.sdk import Devices, DeviceState, Refused, Software


class DemoDevices(Devices):
    """Devices in the demo file."""

    @reading
    def device(self, db: sqlite3.Connection, serial: str) -> DeviceState:
        return _state(db, _device(db, serial))

    @reading
    def owned(self, db: sqlite3.Connection, email: str) -> Sequence[DeviceState]:
        person(db, email)
        return tuple(_state(db, r) for r in db.execute("SELECT * FROM device WHERE owner = ? ORDER BY serial", (email,)).fetchall())

    @reading
    def stock(self, db: sqlite3.Connection, model: str = "") -> Sequence[DeviceState]:
        wanted = "SELECT * FROM device WHERE owner IS NULL AND NOT locked AND instr(lower(model), lower(?)) ORDER BY serial"
        return tuple(_state(db, r) for r in db.execute(wanted, (model,)).fetchall())

    @writing
    def assign(self, db: sqlite3.Connection, serial: str, email: str | None) -> bool:
        owner = _device(db, serial)["owner"]
        if email is not None:
            person(db, email)
            if owner not in (None, email):
                raise Refused(f"{serial} belongs to {owner}.")
        return changed(db, "UPDATE device SET owner = ? WHERE serial = ? AND owner IS NOT ?", email, serial, email)

    @writing
    def enroll(self, db: sqlite3.Connection, serial: str, profile: str | None, apps: Sequence[str]) -> bool:
        before = _state(db, _device(db, serial))
        if profile is not None and db.execute("SELECT 1 FROM profile WHERE name = ?", (profile,)).fetchone() is None:
            raise Refused(f"There is no management profile {profile!r}.")
        names = tuple(dict.fromkeys(_app(db, a) for a in apps))
        if (before.profile, set(before.software)) == (profile, set(names)):
            return False
        db.execute("UPDATE device SET profile = ? WHERE serial = ?", (profile, serial))
        db.execute("DELETE FROM device_app WHERE serial = ?", (serial,))
        db.executemany("INSERT INTO device_app VALUES (?, ?, ?)", [(serial, app, n) for n, app in enumerate(names)])
        return True

    @writing
    def lock(self, db: sqlite3.Connection, serial: str) -> bool:
        return _set(db, serial, "locked", 1)

    @writing
    def unlock(self, db: sqlite3.Connection, serial: str) -> bool:
        return _set(db, serial, "locked", 0)

    @writing
    def wipe(self, db: sqlite3.Connection, serial: str) -> bool:
        if not _set(db, serial, "wiped", 1):
            return False
        db.execute("UPDATE device SET profile = NULL WHERE serial = ?", (serial,))
        db.execute("DELETE FROM device_app WHERE serial = ?", (serial,))
        return True


class DemoSoftware(Software):
    """Apps on the devices in the demo file."""

    @reading
    def installed(self, db: sqlite3.Connection, serial: str) -> Sequence[str]:
        return _state(db, _device(db, serial)).software

    @writing
    def install(self, db: sqlite3.Connection, serial: str, app: str) -> bool:
        device, name = _device(db, serial), _app(db, app)
        if device["profile"] is None:
            raise Refused(f"{serial} is not under management, so nothing can be installed on it.")
        place = db.execute("SELECT coalesce(max(place), -1) + 1 FROM device_app WHERE serial = ?", (serial,)).fetchone()[0]
        return changed(db, "INSERT OR IGNORE INTO device_app VALUES (?, ?, ?)", serial, name, place)

    @writing
    def remove(self, db: sqlite3.Connection, serial: str, app: str) -> bool:
        _device(db, serial)
        return changed(db, "DELETE FROM device_app WHERE serial = ? AND app = ? COLLATE NOCASE", serial, app)


def _device(db: sqlite3.Connection, serial: str) -> sqlite3.Row:
    return row(db, "SELECT * FROM device WHERE serial = ?", serial, missing=f"The demo services know no device {serial}.")


def _app(db: sqlite3.Connection, app: str) -> str:
    """The app as the catalogue writes it."""
    found: str = row(db, "SELECT name FROM app WHERE name = ?", app, missing=f"The app catalogue has no {app!r}.")["name"]
    return found


def _state(db: sqlite3.Connection, device: sqlite3.Row) -> DeviceState:
    apps = db.execute("SELECT app FROM device_app WHERE serial = ? ORDER BY place, app", (device["serial"],))
    return DeviceState.model_validate({**dict(device), "software": tuple(r["app"] for r in apps)})


def _set(db: sqlite3.Connection, serial: str, column: str, value: int) -> bool:
    _device(db, serial)
    return changed(db, f"UPDATE device SET {column} = ? WHERE serial = ? AND {column} <> ?", value, serial, value)
