"""Reads people, systems, groups and grants from JSON or CSV. Every problem is collected, named by file, row and field."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from bot.domain.people import Grant, Group, Person, System
from bot.errors import BadInput
from bot.ledger.fields import FIELDS, NEEDED, attribute

KINDS = ("people", "systems", "groups", "grants")
LARGEST = 200 * 2**20
"""Bytes of one file."""
SHOWN = 100
"""Problems listed in one message."""

V = TypeVar("V")


@dataclass
class Problems:
    """What is wrong, one sentence each."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """Notes a problem."""
        self.found.append(f"{where}: {what}")

    def stop(self) -> None:
        """Raises BadInput with everything that was found, if anything was."""
        if self.found:
            more = [f"… and {len(self.found) - SHOWN} more."] if len(self.found) > SHOWN else []
            count = "1 problem" if len(self.found) == 1 else f"{len(self.found)} problems"
            raise BadInput("\n".join([f"Nothing was loaded: {count}.", *self.found[:SHOWN], *more]))


@dataclass(frozen=True)
class Read(Generic[V]):
    """A row as a value, where it stands ("people.json row 12"), and which fields it gave."""

    where: str
    value: V
    given: frozenset[str]


@dataclass
class Rows:
    """Everything that was given. A kind that was not given at all is not in `kinds`."""

    people: list[Read[Person]] = field(default_factory=list)
    systems: list[Read[System]] = field(default_factory=list)
    groups: list[Read[Group]] = field(default_factory=list)
    grants: list[Read[Grant]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)


def from_files(files: Mapping[str, str | Path | None], problems: Problems) -> Rows:
    """Reads files by kind ("people", "systems", "groups", "grants"); None is not given."""
    rows = Rows()
    for kind, path in files.items():
        if kind not in KINDS:
            raise BadInput(f"{kind!r} is none of {', '.join(KINDS)}.")
        if path is None:
            continue
        try:
            raw = list(_read(Path(path)))
        except (OSError, ValueError, RecursionError) as error:
            problems.add(str(Path(path).name), _reason(error))
            continue
        _take(rows, kind, raw, problems)
    return rows


def from_objects(given: Mapping[str, Sequence[Mapping[str, Any]]], problems: Problems) -> Rows:
    """The same from lists of objects by kind."""
    rows = Rows()
    for kind, objects in given.items():
        if kind not in KINDS:
            raise BadInput(f"{kind!r} is none of {', '.join(KINDS)}.")
        _take(rows, kind, [(f"{kind} row {n}", one) for n, one in enumerate(objects, 1)], problems)
    return rows


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 text (byte {error.start})"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    return "is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _read(path: Path) -> Iterable[tuple[str, Any]]:
    if path.suffix.lower() not in {".json", ".csv"}:
        raise ValueError("is neither .json nor .csv")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"is larger than {LARGEST >> 20} MB")
    content = path.read_bytes().decode("utf-8-sig")
    return _csv(path.name, content) if path.suffix.lower() == ".csv" else _json(path.name, content)


def _json(name: str, content: str) -> list[tuple[str, Any]]:
    data = json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant)
    if not isinstance(data, list):
        raise ValueError("should hold a list of objects")
    return [(f"{name} row {n}", row) for n, row in enumerate(data, 1)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [n for n, _ in pairs]
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"gives {twice!r} twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"is not JSON: {name} is no number")


def _csv(name: str, content: str) -> list[tuple[str, Any]]:
    """Rows are numbered as a spreadsheet shows them: the header is row 1."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        table = list(reader)
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}, line {reader.line_num}") from None
    header = [h.strip() for h in table[0]] if table else []
    if len(set(header)) < len(header) or "" in header:
        raise ValueError("needs a header row in which every column has a name of its own")
    rows: list[tuple[str, Any]] = []
    for number, cells in enumerate(table[1:], 2):
        if len(cells) > len(header):
            rows.append((f"{name} row {number}", ValueError(f"has {len(cells)} cells, but the header has {len(header)}")))
        elif any(c.strip() for c in cells):
            rows.append((f"{name} row {number}", {h: c for h, c in zip(header, cells, strict=False) if c.strip()}))
    return rows


def _take(rows: Rows, kind: str, raw: Iterable[tuple[str, Any]], problems: Problems) -> None:
    make = {"people": Person, "systems": System, "groups": Group, "grants": Grant}[kind]
    rows.kinds.add(kind)
    for where, one in raw:
        before = len(problems.found)
        fields = _fields(kind, where, one, problems)
        if len(problems.found) == before:
            getattr(rows, kind).append(Read(where, make(**fields), frozenset(fields)))


def _fields(kind: str, where: str, one: Any, problems: Problems) -> dict[str, Any]:
    if not isinstance(one, Mapping):
        problems.add(where, str(one) if isinstance(one, ValueError) else "is not an object with named fields")
        return {}
    parsers, fields, more = FIELDS[kind], {}, {}
    extra = one.get("attributes")
    given = {**one, **extra} if isinstance(extra, Mapping) else dict(one)
    for name, value in given.items():
        if value is None or value == "" or (name == "attributes" and value is extra):
            continue
        try:
            if name in parsers:
                fields[name] = parsers[name](value)
            else:
                more[_name(name)] = attribute(value)
        except ValueError as error:
            problems.add(where, f"{name} {error}")
    for name in NEEDED[kind]:
        if not given.get(name):
            problems.add(where, f"{name} is missing")
    if more and kind == "grants":
        problems.add(where, f"{', '.join(sorted(more))}: a grant has no such field")
    return {**fields, "attributes": more} if kind != "grants" else fields


def _name(name: str) -> str:
    if len(name) > 100 or not name.isprintable():
        raise ValueError("is no name for a field")
    return name
