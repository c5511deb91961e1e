"""Writes into the company what steps brought about. Every effect may come twice, and the second time changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, func, insert, select, update

from bot.domain.outcomes import (
    DeviceAssigned,
    DeviceReturned,
    Effect,
    GrantEnded,
    GrantStarted,
    MemberAdded,
    MemberRemoved,
    PersonChanged,
)
from bot.domain.people import Person
from bot.errors import BadInput, Unknown
from bot.ledger.columns import plain
from bot.ledger.picture import lock_company, next_version, person_of
from bot.ledger.tables import DEVICES, GRANTS, GROUPS, MEMBERSHIPS, PEOPLE, SYSTEMS

PROFILE = tuple(c.name for c in PEOPLE.columns if c.name not in {"email", "id", "changed", "attributes"})
"""The fields of a person that a step may change."""


class Notes:
    """The effects of one transaction. The company's version counts up once, and only if something changed."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._db = connection
        self._now = now
        lock_company(connection)

    @cached_property
    def _version(self) -> int:
        return next_version(self._db)

    def note(self, effect: Effect) -> None:
        """Writes one effect, if it is not so already."""
        _NOTERS[type(effect)](self, effect)

    def grant_started(self, effect: GrantStarted) -> None:
        """Starts a grant; a current one takes on the level and the end, and keeps its beginning."""
        person = self._person(effect.person)
        system = self._known(SYSTEMS.c.id, effect.system, "system")
        current = GRANTS.c.person == person, GRANTS.c.system == system, GRANTS.c.ended.is_(None)
        row = self._db.execute(select(GRANTS).where(*current)).first()
        if row is None:
            fields = {"person": person, "system": system, "level": effect.level, "since": self._now, "until": effect.until}
            self._db.execute(insert(GRANTS).values(**fields, changed=self._version))
        elif (row.level, row.until) != (effect.level, effect.until):
            self._db.execute(update(GRANTS).where(*current).values(level=effect.level, until=effect.until, changed=self._version))

    def grant_ended(self, effect: GrantEnded) -> None:
        """Ends the current grant, if there is one."""
        current = GRANTS.c.person == effect.person.lower(), GRANTS.c.system == effect.system, GRANTS.c.ended.is_(None)
        if self._db.execute(select(GRANTS.c.id).where(*current)).first():
            self._db.execute(update(GRANTS).where(*current).values(ended=self._now, changed=self._version))

    def member_added(self, effect: MemberAdded) -> None:
        """Puts the person into the group."""
        person, group = self._person(effect.person), self._known(GROUPS.c.id, effect.group, "group")
        there = select(MEMBERSHIPS).where(MEMBERSHIPS.c.group_id == group, MEMBERSHIPS.c.person == person)
        if self._db.execute(there).first() is None:
            self._db.execute(insert(MEMBERSHIPS).values(group_id=group, person=person))
            self._touch_group(group)

    def member_removed(self, effect: MemberRemoved) -> None:
        """Takes the person out of the group."""
        gone = delete(MEMBERSHIPS).where(MEMBERSHIPS.c.group_id == effect.group, MEMBERSHIPS.c.person == effect.person.lower())
        if self._db.execute(gone).rowcount:
            self._touch_group(effect.group)

    def person_changed(self, effect: PersonChanged) -> None:
        """Changes fields of a person; those we have no name for become attributes. A new e-mail address adds the person."""
        email = effect.person.strip().lower()
        row = self._db.execute(select(PEOPLE).where(PEOPLE.c.email == email)).first()
        before = person_of(row) if row else Person(id=email, name=email.split("@")[0], email=email)
        after = _changed(before, effect.fields)
        if row is None:
            self._db.execute(insert(PEOPLE).values(**person_columns(after), changed=self._version))
        elif after != before:
            self._db.execute(update(PEOPLE).where(PEOPLE.c.email == email).values(**person_columns(after), changed=self._version))

    def device_assigned(self, effect: DeviceAssigned) -> None:
        """Gives the device to the person; whoever had it has it no more."""
        person, key = self._person(effect.person), effect.serial.casefold()
        row = self._db.execute(select(DEVICES).where(DEVICES.c.key == key)).first()
        if row and row.person == person:
            return
        if row and row.person:
            self._touch_person(row.person)
        last = self._db.execute(select(func.max(DEVICES.c.position)).where(DEVICES.c.person == person)).scalar()
        fields = {"person": person, "position": (last or 0) + 1}
        if row:
            named = {"model": effect.model} if effect.model else {}
            self._db.execute(update(DEVICES).where(DEVICES.c.key == key).values(**fields, **named))
        else:
            self._db.execute(insert(DEVICES).values(key=key, serial=effect.serial, kind=effect.device, model=effect.model, **fields))
        self._touch_person(person)

    def device_returned(self, effect: DeviceReturned) -> None:
        """Takes the device from whoever has it."""
        key = effect.serial.casefold()
        row = self._db.execute(select(DEVICES.c.person).where(DEVICES.c.key == key)).first()
        if row and row.person:
            self._db.execute(update(DEVICES).where(DEVICES.c.key == key).values(person=None))
            self._touch_person(row.person)

    def _touch_group(self, group: str) -> None:
        self._db.execute(update(GROUPS).where(GROUPS.c.id == group).values(changed=self._version))

    def _touch_person(self, email: str) -> None:
        self._db.execute(update(PEOPLE).where(PEOPLE.c.email == email).values(changed=self._version))

    def _person(self, email: str) -> str:
        return self._known(PEOPLE.c.email, email.strip().lower(), "person")

    def _known(self, column: Any, value: str, what: str) -> str:
        if self._db.execute(select(column).where(column == value)).first() is None:
            raise Unknown(f"There is no {what} {value!r} in the record.")
        return value


_NOTERS: dict[type[Any], Callable[[Notes, Any], None]] = {
    GrantStarted: Notes.grant_started,
    GrantEnded: Notes.grant_ended,
    MemberAdded: Notes.member_added,
    MemberRemoved: Notes.member_removed,
    PersonChanged: Notes.person_changed,
    DeviceAssigned: Notes.device_assigned,
    DeviceReturned: Notes.device_returned,
}


def person_columns(person: Person) -> dict[str, Any]:
    """The columns of `people` for this person, without `changed`."""
    fields = person.model_dump(exclude={"devices"})
    return fields | {"flags": list(person.flags), "attributes": plain(person.attributes)}


def _changed(before: Person, fields: dict[str, Any]) -> Person:
    if refused := {"email", "id", "devices"} & fields.keys():
        raise BadInput(f"{', '.join(sorted(refused))} of {before.email} cannot be changed this way.")
    named = {k: v for k, v in fields.items() if k in PROFILE}
    more = plain({k: v for k, v in fields.items() if k not in PROFILE})
    if isinstance(named.get("manager"), str):
        named["manager"] = named["manager"].strip().lower() or None
    try:
        return Person.model_validate({**before.model_dump(), **named, "attributes": {**before.attributes, **more}})
    except ValidationError as error:
        what = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadInput(f"{before.email} cannot be changed so: {what}") from None
