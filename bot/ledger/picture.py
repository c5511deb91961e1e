"""Reads the company's rows into a Directory, again only those that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select, update

from bot.domain.directory import Directory
from bot.domain.people import Device, Grant, Group, Person, System
from bot.ledger.tables import COUNTERS, DEVICES, GRANTS, GROUPS, MEMBERSHIPS, PEOPLE, SYSTEMS


class Picture:
    """What was read so far, and of which version of the company it is."""

    def __init__(self) -> None:
        self.version = 0
        self._people: dict[str, Person] = {}
        self._systems: dict[str, System] = {}
        self._groups: dict[str, Group] = {}
        self._grants: dict[int, Grant] = {}
        self._directory = Directory()

    def bring_up_to(self, newest: int, connection: Connection) -> Directory:
        """The directory of this version, reading what changed since the last one. An older snapshot is read as it is, not kept."""
        if newest == self.version:
            return self._directory
        if newest < self.version:
            return Picture().bring_up_to(newest, connection)
        self._people |= {p.email: p for p in _people(connection, self.version)}
        self._systems |= {s.id: s for s in _systems(connection, self.version)}
        self._groups |= {g.id: g for g in _groups(connection, self.version)}
        for row in connection.execute(_newer(GRANTS, self.version).order_by(GRANTS.c.id)):
            if row.ended is None:
                self._grants[row.id] = grant_of(row)
            else:
                self._grants.pop(row.id, None)
        self.version = newest
        self._directory = Directory(self._people.values(), self._systems.values(), self._groups.values(), self._grants.values(), newest)
        return self._directory


def versions(connection: Connection) -> tuple[int, int]:
    """The company's version, and the version from which it must be read anew as a whole."""
    rows = connection.execute(_VERSIONS).all()
    return rows[0].value, rows[1].value


_VERSIONS = select(COUNTERS.c.value).where(COUNTERS.c.name.in_(["company", "company.whole"])).order_by(COUNTERS.c.name)
_COUNT_UP = update(COUNTERS).where(COUNTERS.c.name == "company").values(value=COUNTERS.c.value + 1).returning(COUNTERS.c.value)


def lock_company(connection: Connection) -> None:
    """Lets one transaction at a time change the company, so that what it looked up still holds when it writes."""
    connection.execute(select(COUNTERS.c.value).where(COUNTERS.c.name == "company").with_for_update())


def next_version(connection: Connection) -> int:
    """Counts the company's version up; call it under `lock_company`, so that versions come in the order of what they show."""
    return int(connection.execute(_COUNT_UP).scalar_one())


def read_anew(connection: Connection, version: int) -> None:
    """Makes everybody read the company as a whole from this version on: something was renamed or taken away."""
    connection.execute(update(COUNTERS).where(COUNTERS.c.name == "company.whole").values(value=version))


def _newer(table: Table, version: int) -> Select[Any]:
    return select(table) if version == 0 else select(table).where(table.c.changed > version)


def person_of(row: Row[Any], devices: Iterable[Device] = ()) -> Person:
    """A row of `people` as a Person."""
    fields = row._asdict()
    del fields["changed"]
    return Person.model_validate({**fields, "devices": tuple(devices)})


def _people(connection: Connection, version: int) -> list[Person]:
    devices: dict[str, list[Device]] = defaultdict(list)
    whose = select(DEVICES).where(DEVICES.c.person.is_not(None)).order_by(DEVICES.c.position, DEVICES.c.key)
    if version:
        whose = whose.join(PEOPLE, PEOPLE.c.email == DEVICES.c.person).where(PEOPLE.c.changed > version)
    for row in connection.execute(whose):
        devices[row.person].append(Device(kind=row.kind, serial=row.serial, model=row.model))
    rows = connection.execute(_newer(PEOPLE, version).order_by(PEOPLE.c.id))
    return [person_of(row, devices.get(row.email, ())) for row in rows]


def _systems(connection: Connection, version: int) -> list[System]:
    return [system_of(row) for row in connection.execute(_newer(SYSTEMS, version).order_by(SYSTEMS.c.id))]


def system_of(row: Row[Any]) -> System:
    """A row of `systems` as a System."""
    fields = row._asdict()
    del fields["changed"]
    return System.model_validate(fields)


def _groups(connection: Connection, version: int) -> list[Group]:
    members: dict[str, list[str]] = defaultdict(list)
    who = select(MEMBERSHIPS).order_by(MEMBERSHIPS.c.group_id, MEMBERSHIPS.c.person)
    if version:
        who = who.join(GROUPS, GROUPS.c.id == MEMBERSHIPS.c.group_id).where(GROUPS.c.changed > version)
    for row in connection.execute(who):
        members[row.group_id].append(row.person)
    return [group_of(row, members.get(row.id, ())) for row in connection.execute(_newer(GROUPS, version).order_by(GROUPS.c.id))]


def group_of(row: Row[Any], members: Iterable[str] = ()) -> Group:
    """A row of `groups` as a Group."""
    fields = row._asdict()
    del fields["changed"]
    return Group.model_validate({**fields, "members": tuple(members)})


def grant_of(row: Row[Any]) -> Grant:
    """A row of `grants` as a Grant."""
    return Grant(person=row.person, system=row.system, level=row.level, since=row.since, until=row.until, ended=row.ended)
