"""Loads a company into the record: all of it or, if anything is wrong, nothing.

A row replaces what is recorded under its id; a field that it leaves out is emptied, except for `members`, `devices` and `seats_used`, which
then stay as they are. Nobody and nothing is removed because a file does not mention it: that is only reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from bot.domain.base import Value
from bot.domain.directory import Directory
from bot.domain.people import DESK, Grant, Group, Person, System
from bot.ledger.audit import append_all
from bot.ledger.chain import say
from bot.ledger.crosschecks import cross_check
from bot.ledger.database import Database
from bot.ledger.picture import Picture, lock_company, versions
from bot.ledger.rows import KINDS, Problems, Read, Rows, from_files, from_objects
from bot.ledger.writing import Writer

V = TypeVar("V", bound=Value)
Objects = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass
class Tally:
    """What an import did to one kind: ids added, fields changed by id, how many stayed, and ids recorded but not given."""

    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    unchanged: int = 0
    absent: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        words = f"{len(self.added)} added, {len(self.changed)} changed, {self.unchanged} unchanged"
        return f"{words}, {len(self.absent)} recorded but not in the file" if self.absent else words


@dataclass
class Report:
    """What an import did, by kind, and what it let pass with a warning."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the record is another than before."""
        return any(t.added or t.changed for t in self.kinds.values())

    def __str__(self) -> str:
        lines = []
        for kind, tally in self.kinds.items():
            lines.append(f"{kind}: {tally}")
            lines += [f"  + {one}" for one in tally.added[:_LISTED]] + _rest(tally.added)
            lines += [f"  ~ {one}: {', '.join(what)}" for one, what in list(tally.changed.items())[:_LISTED]] + _rest(tally.changed)
            lines += [f"  ? {one} is not in the file; left as it is" for one in tally.absent[:_LISTED]] + _rest(tally.absent)
        return "\n".join(lines + [f"Warning: {w}" for w in self.warnings])


_LISTED = 20


def _rest(items: Sequence[str] | Mapping[str, Any]) -> list[str]:
    return [f"  … and {len(items) - _LISTED} more"] if len(items) > _LISTED else []


class Recording(Protocol):
    """What an import needs of a ledger."""

    @property
    def db(self) -> Database: ...


async def import_company(
    ledger: Recording,
    *,
    people: str | Path | None = None,
    systems: str | Path | None = None,
    groups: str | Path | None = None,
    grants: str | Path | None = None,
    now: datetime | None = None,
    actor: str = DESK.email,
) -> Report:
    """Loads JSON or CSV files; the same files again change nothing. BadInput lists every problem by file, row and field."""
    files = {"people": people, "systems": systems, "groups": groups, "grants": grants}
    return await _load(ledger, lambda problems: from_files(files, problems), now, actor)


async def import_rows(ledger: Recording, rows: Objects, *, now: datetime | None = None, actor: str = DESK.email) -> Report:
    """The same from lists of objects by kind ("people", "systems", "groups", "grants")."""
    return await _load(ledger, lambda problems: from_objects(rows, problems), now, actor)


async def _load(ledger: Recording, read: Callable[[Problems], Rows], now: datetime | None, actor: str) -> Report:
    problems = Problems()
    rows = await asyncio.to_thread(read, problems)
    when = now or datetime.now(UTC)
    return await ledger.db.write(lambda connection: _import(connection, rows, problems, when, actor))


def company_files(folder: str | Path) -> dict[str, Path]:
    """The files of a company in a folder, by kind: people.json or people.csv, and so on."""
    found = {}
    for kind in KINDS:
        candidates = (Path(folder) / f"{kind}{suffix}" for suffix in (".json", ".csv"))
        path = next((p for p in candidates if p.is_file()), None)
        if path:
            found[kind] = path
    return found


def read_files(files: Mapping[str, str | Path]) -> Directory:
    """The company in these files, checked as an import checks it; nothing is written."""
    problems = Problems()
    return _directory(from_files(files, problems), problems)


def directory_of(rows: Objects) -> Directory:
    """The company in these rows, checked as an import checks it; nothing is written."""
    problems = Problems()
    return _directory(from_objects(rows, problems), problems)


def _directory(rows: Rows, problems: Problems) -> Directory:
    cross_check(rows, Directory(), problems)
    problems.stop()
    people = [_without_self(r.value) for r in rows.people]
    groups = [r.value.model_copy(update={"members": tuple(sorted(r.value.members))}) for r in rows.groups]
    return Directory(people, [r.value for r in rows.systems], groups, [r.value for r in rows.grants], version=1)


def _without_self(person: Person) -> Person:
    return person.model_copy(update={"manager": None}) if person.manager == person.email else person


def _import(connection: Connection, rows: Rows, problems: Problems, now: datetime, actor: str) -> Report:
    lock_company(connection)
    recorded = Picture().bring_up_to(versions(connection)[0], connection)
    report = Report(warnings=cross_check(rows, recorded, problems))
    problems.stop()
    writer = Writer(connection)
    steps: dict[str, Callable[[], Tally]] = {
        "people": lambda: _people(rows.people, recorded, writer),
        "systems": lambda: _systems(rows.systems, recorded, writer),
        "groups": lambda: _groups(rows.groups, recorded, writer),
        "grants": lambda: _grants(rows.grants, recorded, writer),
    }
    report.kinds = {kind: step() for kind, step in steps.items() if kind in rows.kinds}
    if report.changed:
        writer.finish()
        counts = {k: {"added": len(t.added), "changed": len(t.changed), "unchanged": t.unchanged} for k, t in report.kinds.items()}
        append_all(connection, [say("company.imported", actor, "", now, counts)])
    return report


def _people(given: Sequence[Read[Person]], recorded: Directory, writer: Writer) -> Tally:
    tally, by_id = Tally(), {p.id: p for p in recorded.people.values()}
    for r in given:
        new = _without_self(r.value)
        old = by_id.get(new.id) or recorded.people.get(new.email)
        if old and "devices" not in r.given:
            new = new.model_copy(update={"devices": old.devices})
        _note(tally, new.email, old, new, writer.person)
    seen = {r.value.id for r in given} | {r.value.email for r in given}
    tally.absent = [p.email for p in recorded.people.values() if p.id not in seen and p.email not in seen]
    return tally


def _systems(given: Sequence[Read[System]], recorded: Directory, writer: Writer) -> Tally:
    tally = Tally()
    for r in given:
        new, old = r.value, recorded.systems.get(r.value.id)
        if old and "seats_used" not in r.given:
            new = new.model_copy(update={"seats_used": old.seats_used})
        _note(tally, new.id, old, new, writer.system)
    tally.absent = sorted(recorded.systems.keys() - {r.value.id for r in given})
    return tally


def _groups(given: Sequence[Read[Group]], recorded: Directory, writer: Writer) -> Tally:
    tally = Tally()
    for r in given:
        old = recorded.groups.get(r.value.id)
        members = r.value.members if "members" in r.given else (writer.now_called(old.members) if old else ())
        new = r.value.model_copy(update={"members": tuple(sorted(members))})
        _note(tally, new.id, old, new, writer.group)
    tally.absent = sorted(recorded.groups.keys() - {r.value.id for r in given})
    return tally


def _grants(given: Sequence[Read[Grant]], recorded: Directory, writer: Writer) -> Tally:
    tally = Tally()
    current = {(writer.now_called([g.person])[0], g.system): g for held in recorded.people for g in recorded.grants_of(held)}
    for r in given:
        key = (r.value.person, r.value.system)
        old, new = current.get(key), r.value
        if old:
            old = old.model_copy(update={"person": new.person})
            new = new.model_copy(update={"since": new.since or old.since})
        _note(tally, f"{key[1]} for {key[0]}", old, new, writer.grant)
    seen = {(r.value.person, r.value.system) for r in given}
    tally.absent = [f"{system} for {person}" for person, system in current if (person, system) not in seen]
    return tally


def _note(tally: Tally, name: str, old: V | None, new: V, write: Callable[[V | None, V], None]) -> None:
    if old is None:
        tally.added.append(name)
        write(old, new)
    elif fields := [f for f in type(new).model_fields if getattr(old, f) != getattr(new, f)]:
        tally.changed[name] = fields
        write(old, new)
    else:
        tally.unchanged += 1
