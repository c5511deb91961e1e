"""What somebody says next in a thread, in its pieces: what each names, and whether more of it, something else or none of it is wanted.

A piece counts only where each of its words is explained: by a name, a date or another value, or by words that say how a thing is changed.
So an aside ("Carla can tell you more") changes nothing, however many names it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.domain.calls import Kind
from bot.language.phrases import things
from bot.language.phrases.heard import Heard, covers, passage
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.moments import Moment, when
from bot.language.phrases.wording import patterns

_RE = patterns("followup")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""How long something lasts is told without a calendar."""


@dataclass(frozen=True)
class Piece:
    """A part of a follow-up without the words around its values. `out`: not that; `drop`: by a verb that may be a deed of its own."""

    start: int
    end: int
    out: bool = False
    drop: bool = False
    only: bool = False
    more: bool = False
    mend: bool = False
    other: bool = False
    fine: bool = False
    told: bool = False
    """Whether it says when, how long or how much."""
    known: bool = False


@dataclass(frozen=True)
class Followup:
    """A message taken for the next one in its thread."""

    heard: Heard
    pieces: tuple[Piece, ...]
    moments: tuple[Moment, ...]
    all_named: tuple[Mention, ...]
    """Also those of whom or which it says "not"."""
    sure: bool
    """Whether it neither asks nor leaves open what is wanted."""

    @property
    def more(self) -> bool:
        return any(p.more for p in self.pieces)

    @property
    def mend(self) -> bool:
        return any(p.mend for p in self.pieces)

    @property
    def asides(self) -> bool:
        """Whether something is said besides that no value explains."""
        return any(not p.known for p in self.pieces)

    def cued(self, mention: Mention, cue: str) -> bool:
        """Whether "only", "no" or "also" goes with a name: it stands in its piece, alone beside it, or before a list that goes on with it.
        In "Carla, make it two weeks" Carla is only called."""
        at = self._at(mention)
        beside = [p for p in (*self.pieces[max(0, at - 1) : at], *self.pieces[at + 1 : at + 2]) if p.start == p.end]
        if getattr(self.pieces[at], cue) or any(getattr(p, cue) for p in beside):
            return True
        listed = [m for m in self.named(mention.kind) if self._at(m) == at - 1]
        return bool(listed) and self.cued(listed[0], cue)

    def together(self, mentions: Iterable[Mention]) -> bool:
        """Whether these names stand in one piece."""
        return len({self._at(m) for m in mentions}) == 1

    def piece(self, mention: Mention) -> Piece:
        """The piece in which somebody or something is named."""
        return self.pieces[self._at(mention)]

    def within(self, span: tuple[int, int]) -> list[Mention]:
        """Who and what is named in a piece."""
        return [m for m in self.heard.mentions if span[0] <= self.heard.words[m.first].start < span[1] and m.role in ("", "self")]

    def _at(self, mention: Mention) -> int:
        start = self.heard.words[mention.first].start
        return next(n for n, p in enumerate(self.pieces) if p.start <= start < p.end)

    def spans(self, out: bool = False) -> list[tuple[int, int]]:
        return [(p.start, p.end) for p in self.pieces if p.known and p.out is out and p.start < p.end]

    def named(self, kind: Kind, out: bool = False) -> list[Mention]:
        """Who or what of this kind is named as wanted, or as not wanted."""
        said = self.all_named if out else self.heard.mentions
        fitting = (m for m in said if m.kind is kind and m.role in ("", "self", "unknown"))
        return [m for m in fitting if any(a <= self.heard.words[m.first].start < b for a, b in self.spans(out))]


def followup(heard: Heard) -> Followup:
    """The message in its pieces."""
    pieces: list[Piece] = []
    moments = list(heard.moments)
    place = things.address(heard.raw, heard.folded) or (0, 0)
    named = tuple(m for m in heard.lexicon.mentions(heard.words) if not (m.fuzzy and covers([place], heard.words[m.first].start)))
    explained = {w.start for m in (*heard.mentions, *named) for w in heard.words[m.first : m.last] if m.role != "nobody"}
    explained |= {w.start for w in heard.words if covers([place], w.start)}
    parts = list(_parts(heard, place))
    for start, end in parts:
        piece = _stripped(heard, start, end)
        moments += _lasting(heard, piece, moments)
        pieces.append(piece if piece.other else _judged(heard, piece, moments, explained))
    unsure = any(_RE["unsure"].search(heard.folded[p.start : p.end]) for p in pieces if not p.known) or _RE["longer"].search(heard.folded)
    question = heard.folded.rstrip().endswith("?") and not any(_asks(heard, a, b) for a, b in parts)
    return Followup(heard, tuple(pieces), tuple(moments), named, not unsure and not question)


def _asks(heard: Heard, start: int, end: int) -> bool:
    return bool(_RE["asks"].match(heard.folded[start:end].strip()))


def _parts(heard: Heard, place: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """From where to where the parts of the message go; names, dates and addresses are not parted."""
    whole = [(heard.words[m.first].start, heard.words[m.last - 1].end) for m in heard.mentions]
    whole += [(m.start, m.end) for m in heard.moments] + [place]
    prefix = _RE["prefix"].match(heard.folded)
    at = prefix.end() if prefix else 0
    for cut in _RE["parts"].finditer(heard.folded):
        if any(a < cut.end() and cut.start() < b for a, b in whole if b - a > 1):
            continue
        if heard.folded[at : cut.start()].strip():
            yield at, cut.start()
        at = cut.end()
    if heard.folded[at:].strip():
        yield at, len(heard.folded)


_LEADS = ("only", "mend", "more", "out", "drop", "lead")
_TAILS = ("dropped", "mends", "fine", "tail", "adds")


def _stripped(heard: Heard, start: int, end: int) -> Piece:
    """The part without the words at its edges that say how it is meant, and what these say."""
    said: set[str] = set()
    text = heard.folded
    while True:
        start += len(text[start:end]) - len(text[start:end].lstrip(" .!-"))
        end -= len(text[start:end]) - len(text[start:end].rstrip(" .!?-\"'"))
        now = text[start:end]
        if _RE["other"].match(now) or ((wrong := _RE["wrong"].match(now)) and heard.lexicon.people.find([wrong["name"]])):
            return Piece(start, end, other=True, known=True)
        name, edge = next(((n, m) for n in (*_LEADS, *_TAILS) if (m := _RE[n].search(now)) and m.group()), ("", None))
        if edge is None:
            break
        said.add(name)
        start, end = (start + edge.end(), end) if name in _LEADS else (start, start + edge.start())
    out = bool(said & {"out", "drop", "dropped"})
    more, mend = bool(said & {"more", "adds"}), bool(said & {"mend", "mends"})
    return Piece(start, end, out, "drop" in said, "only" in said, more, mend, fine="fine" in said)


def _lasting(heard: Heard, piece: Piece, known: Sequence[Moment]) -> list[Moment]:
    """ "Ten days": how long, though no "for" stands before it."""
    text = heard.folded[piece.start : piece.end]
    if not text or any(piece.start <= m.start < piece.end for m in known):
        return []
    found = when(f"for {text}", _ANY_DAY, heard.speaker)
    whole = len(found) == 1 and found[0].lasting and found[0].end == len(text) + 4
    return [Moment(found[0].value, piece.start, piece.end, True, "for")] if whole else []


def _judged(heard: Heard, piece: Piece, moments: Sequence[Moment], explained: AbstractSet[int]) -> Piece:
    """The piece, known where nothing in it is left unexplained."""
    own = passage(heard, [(piece.start, piece.end)])
    levels = own.wording.data["levels"]
    plain = {w for name, said in levels.items() for s in (name, *said) for w in re.split(r"[\s\-/]", s)} if things.level(own, ()) else set()
    model = things.model(own) or ""
    joining = own.wording.data["followup"]["joining"].split()
    loose = [
        w.text
        for w in own.words
        if not (
            w.start in explained
            or any(m.start <= w.start < m.end for m in moments)
            or w.text in joining
            or set(re.split(r"[\-/]", w.text)) <= plain
            or w.raw in model.split()
        )
    ]
    if loose and any(where.search(heard.folded[piece.start : piece.end]) for _, where in things.BARE_PLACES):
        loose = [w for w in loose if w not in ("home", "office", "house", "place", "flat") and not own.lexicon.knows(w)]
    if piece.out:
        nouns = {i.first for i in own.wording.ideas(loose) if i.form == "noun"}
        loose = [w for n, w in enumerate(loose) if n not in nouns]
    told = bool(plain or model) or any(piece.start <= m.start < piece.end for m in moments)
    return replace(piece, told=told, known=not loose)
