"""People, systems, groups and devices as Cedar entities: only those a decision can reach, each written once per directory."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from cedarpy import Entities

from bot.domain.directory import Directory
from bot.domain.people import DESK, Device, Person, System
from bot.judge.schema import moment

Uid = tuple[str, str]
"""An entity's type and id: ("Person", "ana@example.com")."""

REMEMBERED = 2048
"""Entity sets kept per directory; a set is a few kilobytes."""

RECENT = 4
"""Directories remembered at once."""


def uid_json(uid: Uid) -> dict[str, str]:
    return {"type": uid[0], "id": uid[1]}


def reference(uid: Uid) -> dict[str, Any]:
    """How an attribute or the context refers to an entity."""
    return {"__entity": uid_json(uid)}


class World:
    """One directory, seen as entities."""

    def __init__(self, directory: Directory) -> None:
        self._people: Mapping[str, Person] = ChainMap({DESK.email: DESK}, directory.people)
        self._systems = directory.systems
        self._groups = directory.groups
        self._above = directory.managers_of
        self._groups_of = directory.groups_of
        self._written: dict[Uid, tuple[str, tuple[Uid, ...]]] = {}
        self._sets: dict[frozenset[Uid], Entities] = {}
        self._writers: dict[str, Callable[[str], dict[str, Any]]] = {
            "Person": self._person,
            "System": self._system,
            "Group": self._group,
            "Device": self._device,
            "Action": _action,
        }

    def knows(self, uid: Uid) -> bool:
        """Whether a person, system or group is in the directory; devices in stock and tickets are known elsewhere."""
        known: Mapping[str, Mapping[str, Any]] = {"Person": self._people, "System": self._systems, "Group": self._groups}
        return uid[0] not in known or uid[1] in known[uid[0]]

    def groups_of(self, uid: Uid) -> frozenset[str]:
        return self._groups_of(uid[1])

    def entities(self, roots: frozenset[Uid]) -> Entities:
        """The roots and everyone that can be reached from them: managers, owners. ValueError where text cannot be encoded."""
        found = self._sets.get(roots)
        if found is None:
            if len(self._sets) >= REMEMBERED:
                self._sets.clear()
            found = self._sets[roots] = Entities.from_json_str(f"[{','.join(self._reach(roots))}]")
        return found

    def _reach(self, roots: Iterable[Uid]) -> Iterable[str]:
        queue, seen = sorted(roots), set(roots)
        while queue:
            text, refers = self._write(queue.pop())
            fresh = [uid for uid in refers if uid not in seen]
            seen.update(fresh)
            queue += fresh
            yield text

    def _write(self, uid: Uid) -> tuple[str, tuple[Uid, ...]]:
        if uid not in self._written:
            writer = self._writers.get(uid[0])
            body = writer(uid[1]) if writer and self.knows(uid) else {"attrs": {}}
            refers = tuple(body.pop("refers", ()))
            text = json.dumps({"uid": uid_json(uid), "parents": [], **body})
            self._written[uid] = text, refers
        return self._written[uid]

    def _person(self, email: str) -> dict[str, Any]:
        person = self._people[email]
        managers = [m.email for m in self._above(email)]
        groups = sorted(self._groups_of(email))
        attrs: dict[str, Any] = {name: str(getattr(person, name)) for name in ("name", "email", "title", "department", "location")}
        attrs |= {"type": person.type.value, "status": person.status.value, "flags": sorted(set(person.flags)), "groups": groups}
        attrs["managers"] = [reference(("Person", m)) for m in managers]
        attrs |= {"manager": attrs["managers"][0]} if managers else {}
        attrs |= _days(start_date=person.start_date, end_date=person.end_date)
        return {
            "attrs": attrs,
            "parents": [uid_json(("Group", g)) for g in groups],
            "tags": tags(person.attributes),
            "refers": [*(("Person", m) for m in managers), *(("Group", g) for g in groups)],
        }

    def _system(self, system_id: str) -> dict[str, Any]:
        system: System = self._systems[system_id]
        attrs: dict[str, Any] = {"name": system.name, "category": system.category, "sensitivity": system.sensitivity}
        attrs["approval"] = sorted(set(system.approval))
        attrs |= {n: v for n in ("seats", "seats_used", "vendor") if (v := getattr(system, n)) is not None}
        return self._owned(attrs, system.owner, system.attributes)

    def _group(self, group_id: str) -> dict[str, Any]:
        group = self._groups[group_id]
        return self._owned({"description": group.description, "join_policy": group.join_policy}, group.owner, group.attributes)

    @cached_property
    def _devices(self) -> dict[str, tuple[Device, str]]:
        """Every assigned device and who has it, by serial; the first of two people who claim the same one."""
        found: dict[str, tuple[Device, str]] = {}
        for person in self._people.values():
            for device in person.devices:
                found.setdefault(device.serial.casefold(), (device, person.email))
        return found

    def _device(self, serial: str) -> dict[str, Any]:
        device, owner = self._devices.get(serial.casefold(), (Device(kind="", serial=serial), None))
        return self._owned({"kind": device.kind, "model": device.model}, owner, {})

    def _owned(self, attrs: dict[str, Any], owner: str | None, attributes: Mapping[str, Any]) -> dict[str, Any]:
        owners = [("Person", owner)] if owner and owner in self._people else []
        if owners:
            attrs = {**attrs, "owner": reference(owners[0])}
        return {"attrs": attrs, "tags": tags(attributes), "refers": owners}


def _action(name: str) -> dict[str, Any]:
    return {"attrs": {}, "parents": [uid_json(("Action", name.partition(".")[0]))]}


def tags(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Imported fields as Cedar tags: text as it is, anything else as JSON."""
    return {str(k): v if isinstance(v, str) else json.dumps(v, default=str, sort_keys=True) for k, v in attributes.items() if v is not None}


def _days(**days: date | None) -> dict[str, Any]:
    return {name: moment(day) for name, day in days.items() if day}


class Worlds:
    """The worlds of the directories used last; an older one is forgotten."""

    def __init__(self) -> None:
        self._recent: list[tuple[Directory, World]] = []

    def of(self, directory: Directory) -> World:
        for known, world in self._recent:
            if known is directory:
                return world
        fresh = World(directory)
        self._recent = [(directory, fresh), *self._recent[: RECENT - 1]]
        return fresh
