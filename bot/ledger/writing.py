"""Writes imported rows. One Writer is one import, within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from bot.domain.people import Device, Grant, Group, Person, System
from bot.ledger.effects import person_columns
from bot.ledger.picture import next_version, read_anew
from bot.ledger.tables import DEVICES, GRANTS, GROUPS, MEMBERSHIPS, PEOPLE, SYSTEMS

_NAMES_A_PERSON = (
    DEVICES.c.person,
    MEMBERSHIPS.c.person,
    GRANTS.c.person,
    PEOPLE.c.manager,
    SYSTEMS.c.owner,
    GROUPS.c.owner,
)
"""Every column of the company that holds somebody's address."""


class Writer:
    """Adds and replaces rows; `finish` puts the devices where they belong, once nobody's old ones are in the way."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._renamed: dict[str, str] = {}
        self._devices: dict[str, tuple[Device, ...]] = {}
        self._new: dict[Table, list[dict[str, Any]]] = {table: [] for table in (PEOPLE, SYSTEMS, GROUPS, MEMBERSHIPS, GRANTS, DEVICES)}

    @cached_property
    def _version(self) -> int:
        return next_version(self._db)

    def now_called(self, emails: Iterable[str]) -> list[str]:
        """The addresses as they are after the renames of this import."""
        return [self._renamed.get(e, e) for e in emails]

    def person(self, old: Person | None, new: Person) -> None:
        """Adds a person, or replaces one, under another address if need be."""
        columns = person_columns(new) | {"changed": self._version}
        if old is None:
            self._new[PEOPLE].append(columns)
        elif old.email != new.email:
            self._rename(old, columns)
        else:
            self._db.execute(update(PEOPLE).where(PEOPLE.c.email == new.email).values(**columns))
        if new.devices != (old.devices if old else ()):
            self._devices[new.email] = new.devices

    def _rename(self, old: Person, columns: dict[str, Any]) -> None:
        """The old row makes room for the id, and goes once everything that names it names the new one."""
        self._db.execute(update(PEOPLE).where(PEOPLE.c.email == old.email).values(id=f"~{old.id}"))
        self._db.execute(insert(PEOPLE).values(**columns))
        for column in _NAMES_A_PERSON:
            self._db.execute(update(column.table).where(column == old.email).values({column: columns["email"]}))
        self._db.execute(delete(PEOPLE).where(PEOPLE.c.email == old.email))
        self._renamed[old.email] = columns["email"]

    def system(self, old: System | None, new: System) -> None:
        """Adds or replaces a system."""
        self._put(SYSTEMS, old is None, new.model_dump() | {"aliases": list(new.aliases), "approval": list(new.approval)})

    def group(self, old: Group | None, new: Group) -> None:
        """Adds or replaces a group and its members."""
        self._put(GROUPS, old is None, new.model_dump(exclude={"members"}))
        before = set(self.now_called(old.members)) if old else set()
        gone, come = before - set(new.members), set(new.members) - before
        for person in gone:
            self._db.execute(delete(MEMBERSHIPS).where(MEMBERSHIPS.c.group_id == new.id, MEMBERSHIPS.c.person == person))
        self._new[MEMBERSHIPS] += [{"group_id": new.id, "person": p} for p in sorted(come)]

    def grant(self, old: Grant | None, new: Grant) -> None:
        """Starts a grant, or changes the current one."""
        columns = new.model_dump(exclude={"ended"}) | {"changed": self._version}
        if old is None:
            self._new[GRANTS].append(columns)
        else:
            current = GRANTS.c.person == new.person, GRANTS.c.system == new.system, GRANTS.c.ended.is_(None)
            self._db.execute(update(GRANTS).where(*current).values(**columns))

    def _put(self, table: Table, new: bool, columns: dict[str, Any]) -> None:
        columns = columns | {"changed": self._version}
        if new:
            self._new[table].append(columns)
        else:
            self._db.execute(update(table).where(table.c.id == columns["id"]).values(**columns))

    def finish(self) -> None:
        """Adds all that is new, moves devices to whom the files give them, and makes everybody read anew where addresses changed."""
        self._move_devices()
        for table, rows in self._new.items():
            if rows:
                self._db.execute(insert(table), rows)
        if self._renamed:
            read_anew(self._db, self._version)

    def _move_devices(self) -> None:
        """Devices that are recorded already change hands once everybody new is there."""
        if not self._devices:
            return
        if self._new[PEOPLE]:
            self._db.execute(insert(PEOPLE), self._new.pop(PEOPLE))
        for email in self._devices:
            self._db.execute(update(DEVICES).where(DEVICES.c.person == email).values(person=None))
        holders = {row.key: row.person for row in self._db.execute(select(DEVICES.c.key, DEVICES.c.person))}
        for email, devices in self._devices.items():
            for position, device in enumerate(devices, 1):
                self._give(device, {"person": email, "position": position}, holders)

    def _give(self, device: Device, place: dict[str, Any], holders: Mapping[str, str | None]) -> None:
        key = device.serial.casefold()
        columns = {**device.model_dump(), **place}
        if key not in holders:
            self._new[DEVICES].append({"key": key, **columns})
            return
        if holders[key]:
            self._db.execute(update(PEOPLE).where(PEOPLE.c.email == holders[key]).values(changed=self._version))
        self._db.execute(update(DEVICES).where(DEVICES.c.key == key).values(**columns))
