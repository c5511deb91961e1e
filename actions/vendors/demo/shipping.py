"""Parcels. Tracking numbers are made of the step's key, so that the same step books the same parcel."""

from __future__ import annotations

import hashlib
import sqlite3

from actions.vendors.demo.client import changed, person, reading, row, writing
from bot.sdk import Refused, Shipment, Shipping

CARRIER = "Demo Parcel"


class DemoShipping(Shipping):
    """Addresses and parcels in the demo file."""

    @reading
    def home_address(self, db: sqlite3.Connection, email: str) -> str | None:
        person(db, email)
        found = db.execute("SELECT address FROM home WHERE email = ?", (email,)).fetchone()
        return found["address"] if found else None

    @reading
    def office_address(self, db: sqlite3.Connection, location: str) -> str | None:
        found = db.execute("SELECT address FROM office WHERE location = ?", (location,)).fetchone()
        return found["address"] if found else None

    @reading
    def find(self, db: sqlite3.Connection, serial: str) -> Shipment | None:
        return _open(db, serial)

    @writing
    def ship(self, db: sqlite3.Connection, serial: str, recipient: str, address: str) -> Shipment:
        person(db, recipient)
        if not any(c.isdigit() for c in address):
            raise Refused(f"{address!r} is no postal address.")
        if (under_way := _open(db, serial)) is not None:
            raise Refused(f"{serial} is under way already: {under_way.tracking}.")
        booked = db.execute("SELECT count(*) FROM shipment").fetchone()[0]
        tracking = "DP" + hashlib.sha256(f"{self.key}|{serial}|{booked}".encode()).hexdigest()[:12].upper()
        shipment = Shipment(tracking=tracking, carrier=CARRIER)
        db.execute("INSERT INTO shipment VALUES (?, ?, ?, ?, ?, ?)", (tracking, CARRIER, shipment.status, serial, recipient, address))
        return shipment

    @writing
    def cancel(self, db: sqlite3.Connection, tracking: str) -> bool:
        status = row(db, "SELECT status FROM shipment WHERE tracking = ?", tracking, missing=f"There is no parcel {tracking}.")["status"]
        if status not in ("label created", "cancelled"):
            raise Refused(f"The parcel {tracking} is {status} and cannot be called back.")
        return changed(db, "UPDATE shipment SET status = 'cancelled' WHERE tracking = ? AND status <> 'cancelled'", tracking)


def _open(db: sqlite3.Connection, serial: str) -> Shipment | None:
    wanted = "SELECT tracking, carrier, status FROM shipment WHERE serial = ? AND status NOT IN ('cancelled', 'delivered')"
    found = db.execute(wanted, (serial,)).fetchone()
    return Shipment.model_validate(dict(found)) if found else None
