"""The model may only point at words that were written: every name it gives is traced back to them, and what they say counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.language.phrases.text import fold

_WORD = re.compile(r"[a-z0-9]+|[^\W\da-z_]+")
MOST_WORDS = 40
"""Words of a name the model says that are looked for."""
_OWNING = ("s", "es", "ens", "n")
"""Endings that make a name a possessor ("Smiths Zugang")."""
_LITTLE = frozenset(("s", "the", "from", "in", "of", "and", "de", "del", "von", "aus", "du"))


@dataclass(frozen=True)
class Word:
    """A word of a text: folded, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Run:
    """Words of `source` that the model pointed at: as written, and where."""

    source: str
    start: int
    end: int
    weight: float

    @property
    def raw(self) -> str:
        return self.source[self.start : self.end]


@lru_cache(maxsize=64)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text; letters of another script are words of their own ("Smithさん" is two)."""
    return tuple(Word(m.group(), m.start(), m.end()) for m in _WORD.finditer(fold(text)))


def trace(said: str, sources: Sequence[str], most: int = MOST_WORDS) -> Run | None:
    """The longest run of `said`'s words that stands in one of the sources, the first source winning ties; None where nothing does."""
    wanted = words(said)[:most]
    best: Run | None = None
    for source in sources:
        run = _longest(wanted, source)
        if run and (best is None or run.weight > best.weight + 0.01):
            best = run
    return best


def _longest(wanted: Sequence[Word], source: str) -> Run | None:
    there = words(source)
    best: Run | None = None
    for i in range(len(there)):
        for j in range(len(wanted)):
            run = _extend(there[i:], wanted[j:], source)
            if run and (best is None or run.weight > best.weight + 0.01):
                best = run
    return best


def _extend(there: Sequence[Word], wanted: Sequence[Word], source: str) -> Run | None:
    weight, telling, start, end, last = 0.0, False, there[0].start, there[0].start, there[0].start
    for here, want in zip(there, wanted, strict=False):
        alike, begin, upto = _alike(here, want)
        if not alike or here.start - last > 3:
            break
        start = start if weight else begin
        weight += alike
        telling |= want.text not in _LITTLE
        end, last = upto, here.end
    return Run(source, start, end, weight) if telling else None


def _alike(here: Word, want: Word) -> tuple[float, int, int]:
    """How alike two words are, 1 for the same and 0 for others; and where the name begins and ends."""
    if here.text == want.text:
        return 1.0, here.start, here.end
    if here.text.startswith(want.text) and here.text[len(want.text) :] in _OWNING and len(want.text) > 2:
        return 0.95, here.start, here.start + len(want.text)
    if not want.text.isascii() and len(want.text) > 1 and want.text in here.text:
        at = here.start + here.text.index(want.text)
        return 0.95, at, at + len(want.text)
    return (0.8 if _slip(here.text, want.text) else 0.0), here.start, here.end


@lru_cache(maxsize=4096)
def _slip(one: str, other: str) -> bool:
    """Whether one word may be the other with a typing slip: in short words only two letters in the wrong order."""
    size = min(len(one), len(other))
    if size < 4 or not one.isalpha() or one[0] != other[0]:
        return False
    if size == 4 and sorted(one) != sorted(other):
        return False
    return OSA.distance(one, other) <= 1 + (size >= 8)


def all_there(said: str, source: str, enough: float = 0.8) -> bool:
    """Whether nearly all words of `said`, and every number in it, stand in the source."""
    wanted, there = [w.text for w in words(said)], {w.text for w in words(source)}
    joined = "".join(w.text for w in words(source))
    held = [w in there or (not w.isascii() and w in joined) for w in wanted]
    numbers = all(h for w, h in zip(wanted, held, strict=True) if w.isdigit())
    return bool(wanted) and numbers and sum(held) >= enough * len(wanted)


def place(quote: str, text: str) -> list[tuple[int, int]]:
    """Where a quotation stands in the text, by its letters and digits alone; or its longest run of words if that is half of it."""
    folded = fold(text)
    kept = [n for n, c in enumerate(folded) if c.isalnum()]
    letters, wanted = "".join(folded[n] for n in kept), "".join(c for c in fold(quote) if c.isalnum())
    if not wanted:
        return []
    found = [(kept[m.start()], kept[m.end() - 1] + 1) for m in re.finditer(re.escape(wanted), letters)]
    if found:
        return found
    run = trace(quote, [text])
    return [(run.start, run.end)] if run and run.weight * 2 >= len(words(quote)) else []
