"""What must hold between the rows of an import, and between them and what is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.ledger.rows import Problems, Read, Rows

NO_ROW = "the record"


def cross_check(rows: Rows, recorded: Directory, problems: Problems) -> list[str]:
    """Notes every duplicate, dangling reference and circle; returns warnings about what was let pass."""
    _unique(rows, problems)
    _addresses_free(rows.people, recorded, problems)
    kept = _kept(rows.people, recorded)
    people = kept | {r.value.email: r.value for r in rows.people}
    _devices_unique(rows.people, problems)
    _dates(rows, problems)
    _references(rows, recorded, people.keys(), problems)
    _no_circles(rows.people, people, problems)
    return _warnings(rows.people, people)


def _kept(given: Sequence[Read[Person]], recorded: Directory) -> dict[str, Person]:
    """The recorded people who keep their address: somebody whom the file gives a new one is not found under the old one."""
    renamed = {r.value.id: r.value.email for r in given}
    return {e: p for e, p in recorded.people.items() if renamed.get(p.id, e) == e}


def _unique(rows: Rows, problems: Problems) -> None:
    _once(((r.where, r.value.id) for r in rows.people), "id", problems)
    _once(((r.where, r.value.email) for r in rows.people), "email", problems)
    _once(((r.where, r.value.id) for r in rows.systems), "id", problems)
    _once(((r.where, r.value.id) for r in rows.groups), "id", problems)
    _once(((r.where, f"{r.value.system} for {r.value.person}") for r in rows.grants), "grant of", problems)


def _once(pairs: Iterable[tuple[str, str]], what: str, problems: Problems) -> None:
    seen: dict[str, str] = {}
    for where, value in pairs:
        if value in seen:
            problems.add(where, f"{what} {value!r} is given already in {seen[value]}")
        else:
            seen[value] = where


def _addresses_free(given: Sequence[Read[Person]], recorded: Directory, problems: Problems) -> None:
    """An address that the desk itself added (its id is the address) may take on the personnel system's id."""
    ids = {p.id for p in recorded.people.values()}
    for r in given:
        holder = recorded.people.get(r.value.email)
        if holder and holder.id != r.value.id and (holder.id != holder.email or r.value.id in ids):
            problems.add(r.where, f"email {r.value.email!r} belongs to {holder.name} (id {holder.id!r}) in the record")


def _devices_unique(given: Sequence[Read[Person]], problems: Problems) -> None:
    pairs = ((r.where, device.serial.casefold()) for r in given for device in r.value.devices)
    _once(pairs, "device", problems)


def _dates(rows: Rows, problems: Problems) -> None:
    for r in rows.people:
        if r.value.start_date and r.value.end_date and r.value.end_date < r.value.start_date:
            problems.add(r.where, f"end_date {r.value.end_date} is before start_date {r.value.start_date}")
    for g in rows.grants:
        if g.value.since and g.value.until and g.value.until < g.value.since:
            problems.add(g.where, f"until {g.value.until:%Y-%m-%d} is before since {g.value.since:%Y-%m-%d}")


def _references(rows: Rows, recorded: Directory, people: Iterable[str], problems: Problems) -> None:
    known = set(people)
    systems = {*recorded.systems, *(r.value.id for r in rows.systems)}

    def person(where: str, name: str, email: str | None) -> None:
        if email and email not in known:
            problems.add(where, f"{name} {email!r} is not in the directory")

    for p in rows.people:
        person(p.where, "manager", p.value.manager)
    for s in rows.systems:
        person(s.where, "owner", s.value.owner)
    for g in rows.groups:
        person(g.where, "owner", g.value.owner)
        for member in g.value.members:
            person(g.where, "member", member)
    for a in rows.grants:
        person(a.where, "person", a.value.person)
        if a.value.system not in systems:
            problems.add(a.where, f"system {a.value.system!r} is not in the catalogue")


def _no_circles(given: Sequence[Read[Person]], people: Mapping[str, Person], problems: Problems) -> None:
    """Two people who manage each other would approve each other's requests in a circle, so that is refused."""
    where = {r.value.email: r.where for r in given}
    cleared: set[str] = set()
    for start in where:
        path: dict[str, None] = {}
        at: str | None = start
        while at and at in people and at not in cleared and at not in path:
            path[at] = None
            above = people[at].manager
            at = None if above == at else above
        if at in path:
            circle = list(path)[list(path).index(at or "") :]
            row = next((where[e] for e in circle if e in where), NO_ROW)
            problems.add(row, f"manager: {' → '.join([*circle, circle[0]])} is a circle")
        cleared |= path.keys()


def _warnings(given: Sequence[Read[Person]], people: Mapping[str, Any]) -> list[str]:
    own = [f"{r.where}: {r.value.email} is their own manager; taken as having none" for r in given if r.value.manager == r.value.email]
    nobody = "nobody is left without a manager, so nobody is at the top" if people and all(p.manager for p in people.values()) else ""
    return own + ([nobody] if nobody and not own else [])
