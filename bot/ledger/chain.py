"""The hash chain of the audit ledger: how an entry is hashed, and how a stream of entries is checked.

An entry's hash is ``sha256(previous + body)`` over the hexadecimal text of both, where `body` is the SHA-256 of the canonical JSON
(sorted keys, no spaces, UTF-8) of its fields actor, at, data, kind, number and ticket. Hashing in two steps lets an evidence pack prove
the whole chain with the bodies alone, without showing what other tickets say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.domain.base import canonical
from bot.domain.tickets import Entry
from bot.ledger.columns import clean, plain

GENESIS = "0" * 64
"""What the first entry follows."""

Line = tuple[int, str, str, str, str, str, str, str]
"""A stored entry: number, at, kind, actor, ticket, data, previous, hash; `at` and `data` as the text that was hashed."""

Said = tuple[str, str, str, str, str]
"""What an entry says: at, kind, actor, ticket, data."""

_quoted = json.JSONEncoder(ensure_ascii=False).encode


def body_of(number: int, at: str, kind: str, actor: str, ticket: str, data: str) -> str:
    """SHA-256, in hex, of everything an entry says; `data` is canonical JSON already."""
    text = (
        f'{{"actor":{_quoted(actor)},"at":{_quoted(at)},"data":{data},"kind":{_quoted(kind)},"number":{number},"ticket":{_quoted(ticket)}}}'
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def link(previous: str, body: str) -> str:
    """The hash of an entry with this body after the entry with that hash."""
    return hashlib.sha256((previous + body).encode("utf-8", "surrogatepass")).hexdigest()


def say(kind: str, actor: str, ticket: str, at: datetime, data: dict[str, Any]) -> Said:
    """What an entry is to say, as the text that will be hashed and stored; ValueError where the moment has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {at.isoformat()}")
    return at.astimezone(UTC).isoformat(), clean(kind), clean(actor), clean(ticket), canonical(plain(data))


def follow(number: int, last: str, said: Said) -> Line:
    """The line to store after the entry with this number and hash."""
    return number + 1, *said, last, link(last, body_of(number + 1, *said))


def entry(line: Line) -> Entry:
    """The line as the domain's value."""
    number, at, kind, actor, ticket, data, previous, hash_ = line
    return Entry(
        number=number,
        at=datetime.fromisoformat(at),
        kind=kind,
        actor=actor,
        ticket=ticket,
        data=json.loads(data),
        previous=previous,
        hash=hash_,
    )


@dataclass(frozen=True)
class Verified:
    """What came of checking the chain: how many entries are proven, the last one's hash, and the first bad entry with what is wrong."""

    count: int
    head: str
    bad: int | None = None
    problem: str = ""

    @property
    def whole(self) -> bool:
        return self.bad is None

    def __str__(self) -> str:
        if self.whole:
            return f"{self.count} entries, unbroken. Head: {self.count}:{self.head}"
        return f"Entry {self.bad} is bad: {self.problem} The {self.count} entries before it are whole."


def check(lines: Iterable[Line], head: tuple[int, str], kept: tuple[int, str] | None = None) -> Verified:
    """Walks the chain in order of number and stops at the first entry that cannot be what was written.

    `head` is the record's own note of its last entry, which shows a cut-off end. `kept` is the number and hash of an entry that somebody
    noted elsewhere: whoever rewrites the database can rewrite every hash in it, but not that note.
    """
    number, last = 0, GENESIS
    for line in lines:
        problem = _problem(line, number + 1, last)
        if problem:
            where = number if problem is _REPLACED else number + 1
            return Verified(max(where - 1, 0), last, max(where, 1), problem)
        number, last = line[0], line[7]
        if kept and number == kept[0] and last != kept[1]:
            return Verified(
                number - 1, line[6], number, "its hash is not the one that was noted elsewhere: it, or one before it, was rewritten."
            )
    return _check_end(number, last, head, kept)


_REWRITTEN = "its hash is not the one that was noted elsewhere: it, or one before it, was rewritten."
_REPLACED = "it was replaced: the entry after it follows another one."


def _problem(line: Line, number: int, last: str) -> str:
    found, at, kind, actor, ticket, data, previous, hash_ = line
    if found < number:
        return f"an entry numbered {found} was put before the beginning."
    if found > number:
        return f"it is missing; the next one is {found}."
    if link(previous, body_of(found, at, kind, actor, ticket, data)) != hash_:
        return "it was changed or moved: its hash does not fit what it says."
    if previous != last:
        return _REPLACED
    return ""


def _check_end(number: int, last: str, head: tuple[int, str], kept: tuple[int, str] | None) -> Verified:
    if not head[1]:
        return Verified(max(number - 1, 0), last, max(number, 1), "the record's own note of its last entry was taken away.")
    if head[0] > number or (kept and kept[0] > number):
        until = max(head[0], kept[0] if kept else 0)
        return Verified(number, last, number + 1, f"it is missing: the ledger once reached entry {until}, and its end was cut off.")
    if head[0] < number:
        return Verified(head[0], last, head[0] + 1, f"it was put in past the ledger: the record's own note ends at entry {head[0]}.")
    if head[1] != last:
        return Verified(max(number - 1, 0), last, max(number, 1), "it is not the entry that the record noted as its last.")
    return Verified(number, last)


class Provable(Protocol):
    """A ledger that can prove itself."""

    async def verify(self, kept: tuple[int, str] | None = None) -> Verified: ...


async def verify(ledger: Provable, kept: tuple[int, str] | None = None) -> Verified:
    """Proves a ledger, or names its first bad entry; see `check`."""
    return await ledger.verify(kept)
