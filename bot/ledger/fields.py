"""What each field of an imported row may hold. Every parser takes a JSON value or a CSV cell and raises ValueError with the rest of a
sentence that begins with the field's name."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from bot.domain.people import DESK, Device, Employment, Standing

Parser = Callable[[Any], Any]

LINE = 300
PARAGRAPH = 4000
IDENT = 100
MANY = 10_000
"""Entries of one list."""
ATTRIBUTE = 20_000
"""Characters of one attribute, as JSON."""

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"'\\]+@[^\s@,;:<>()\[\]\"'\\]+\.[^\s@,;:<>()\[\]\"'\\]+")
_IDENT = re.compile(r"\w[\w.@+/ -]*")
_SENSITIVITY = ("internal", "confidential", "restricted")
_APPROVERS = ("birthright", "manager", "owner", "security", "hr", "legal", "it")
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing: a name that holds them reads as another."""


def text(most: int = LINE, lines: bool = False) -> Parser:
    """Words without control characters; several lines only where said so."""

    def parse(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"should be text, not {_shown(value)}")
        words = str(value).strip()
        if len(words) > most:
            raise ValueError(f"is {len(words)} characters long; at most {most} are allowed")
        _refuse_controls(words, lines)
        return words

    return parse


def _refuse_controls(words: str, lines: bool) -> None:
    for letter in words:
        if (unicodedata.category(letter) in {"Cc", "Cs"} and not (lines and letter in "\n\r\t")) or letter in _STEERING:
            raise ValueError(f"holds a control or broken character (U+{ord(letter):04X})")


def ident(value: Any) -> str:
    """An id: letters, digits and . _ - + / @."""
    words = str(text(IDENT)(value))
    if not _IDENT.fullmatch(words):
        raise ValueError(f"{words!r} is not an id: use letters, digits and . _ - + / @")
    return words


def email(value: Any) -> str:
    """An e-mail address, in lower case."""
    words = str(text(254)(value)).lower()
    if not _EMAIL.fullmatch(words):
        raise ValueError(f"{words!r} is not an e-mail address")
    if words == DESK.email:
        raise ValueError(f"{words!r} is the desk's own address")
    return words


def one_of(kinds: type[StrEnum]) -> Parser:
    """One of an enumeration's words."""

    def parse(value: Any) -> StrEnum:
        try:
            return kinds(str(text()(value)).lower())
        except ValueError:
            raise ValueError(f"{_shown(value)} is none of {', '.join(kinds)}") from None

    return parse


def sensitivity(value: Any) -> str:
    """How sensitive a system is."""
    words = str(text()(value)).lower()
    if words not in _SENSITIVITY:
        raise ValueError(f"{words!r} is none of {', '.join(_SENSITIVITY)}")
    return words


def day(value: Any) -> date:
    """An ISO date."""
    words = str(text()(value))
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
            return date.fromisoformat(words)
    except ValueError:
        pass
    raise ValueError(f"{words!r} is not a date such as 2026-11-30")


def moment(at: time) -> Parser:
    """An ISO date and time, UTC where it names no zone; a date alone means this time of that day."""

    def parse(value: Any) -> datetime:
        words = str(text()(value))
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
                return datetime.combine(date.fromisoformat(words), at, UTC)
            when = datetime.fromisoformat(words)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"{words!r} is not a date or a moment such as 2026-11-30T17:00:00Z") from None

    return parse


def count(value: Any) -> int:
    """A whole number from 0 on."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return value
    raise ValueError(f"{_shown(value)} is not a whole number from 0 on")


def many(item: Parser) -> Parser:
    """A list, or text with ";" between its items; repeated items count once."""

    def parse(value: Any) -> tuple[Any, ...]:
        items = [p for p in value.split(";") if p.strip()] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValueError(f'should be a list (in CSV: text with ";" between the items), not {_shown(value)}')
        if len(items) > MANY:
            raise ValueError(f"has {len(items)} items; at most {MANY} are allowed")
        return tuple(dict.fromkeys(item(i) for i in items))

    return parse


def device(value: Any) -> Device:
    """``{"kind", "serial", "model"?}`` or "kind:serial" or "kind:serial:model"."""
    if isinstance(value, str):
        value = dict(zip(("kind", "serial", "model"), value.split(":", 2), strict=False))
    if not isinstance(value, dict) or not {"kind", "serial"} <= value.keys() <= {"kind", "serial", "model"}:
        raise ValueError("each device should have a kind, a serial and at most a model (in CSV: kind:serial)")
    found = Device(kind=text()(value["kind"]), serial=text(IDENT)(value["serial"]), model=text()(value.get("model") or ""))
    if not found.kind or not found.serial:
        raise ValueError("each device should have a kind and a serial")
    return found


def approval(value: Any) -> tuple[str, ...]:
    """Who must approve access: "manager+owner", or a list."""
    parts = value if isinstance(value, list) else str(text()(value)).split("+")
    kinds = tuple(dict.fromkeys(str(text()(p)) for p in parts if p != ""))
    for kind in kinds:
        if kind not in _APPROVERS and not re.fullmatch(r"group:\S+", kind):
            raise ValueError(f'{kind!r} is none of {", ".join(_APPROVERS)} or "group:ID", joined by "+"')
    if "birthright" in kinds and len(kinds) > 1:
        raise ValueError('"birthright" means that nobody needs to approve, so nothing can be joined to it')
    return kinds


def attribute(value: Any) -> Any:
    """A field that Bellhop has no name for: any JSON value; a CSV cell with ";" is a list ("payments;" has one item)."""
    if isinstance(value, str) and ";" in value:
        value = [p.strip() for p in value.split(";") if p.strip()]
    size = len(json.dumps(value, ensure_ascii=False))
    if size > ATTRIBUTE:
        raise ValueError(f"is {size} characters long; at most {ATTRIBUTE} are allowed")
    _check_texts(value)
    return value


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        _refuse_controls(value, lines=True)
    elif isinstance(value, dict | list):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_texts(part)


def _shown(value: Any) -> str:
    words = ascii(value)
    return words if len(words) <= 60 else words[:57] + "…"


FIELDS: dict[str, dict[str, Parser]] = {
    "people": {
        "id": ident,
        "name": text(),
        "email": email,
        "title": text(),
        "department": text(),
        "manager": email,
        "location": text(),
        "type": one_of(Employment),
        "status": one_of(Standing),
        "start_date": day,
        "end_date": day,
        "flags": many(text(IDENT)),
        "devices": many(device),
    },
    "systems": {
        "id": ident,
        "name": text(),
        "aliases": many(text()),
        "category": text(),
        "owner": email,
        "seats": count,
        "seats_used": count,
        "sensitivity": sensitivity,
        "approval": approval,
        "vendor": text(IDENT),
    },
    "groups": {"id": ident, "description": text(PARAGRAPH, lines=True), "owner": email, "join_policy": text(), "members": many(email)},
    "grants": {"person": email, "system": ident, "level": text(IDENT), "since": moment(time.min), "until": moment(time(23, 59, 59))},
}
"""The parsers of each kind of row, by field."""

NEEDED = {"people": ("id", "name", "email"), "systems": ("id", "name"), "groups": ("id",), "grants": ("person", "system")}
"""The fields that no row may lack."""
