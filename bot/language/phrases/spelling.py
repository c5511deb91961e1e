"""Slips of the pen in the words that carry a request ("acess", "remvoe", "pasword"), put right before anything is read.

Only words that no list, no wording and no name of the company knows are touched, and only where one wording alone is as near.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.phrases.rank import SMALL
from bot.language.phrases.text import fold
from bot.language.phrases.wording import Wording

SHORTEST = 4
"""Letters below which a slip cannot be told from another word."""
TWO_SLIPS = 8
"""Letters from which two slips are forgiven."""
_WORD = re.compile(r"(?<![\w@.\-/:'’])[A-Za-z]{3,20}(?![\w@/]|[.\-:]\w)")


def corrected(text: str, wording: Wording, known: Callable[[str], bool]) -> str:
    """`text` with such slips put right; `known` tells whether a folded word is a name here."""
    return _WORD.sub(lambda m: _word(m, text, wording, known), text)


def _word(match: re.Match[str], text: str, wording: Wording, known: Callable[[str], bool]) -> str:
    said = match.group()
    word = fold(said)
    if text[match.end() :][:1] == ":":
        return said  # "Fwd: …" says what kind of text follows
    inside = said[0].isupper() and not re.search(r"(?:^|[.!?:\n>*-])\s*$", text[: match.start()])
    if inside or not said[1:].islower() or word in wording.rare or _familiar(word, wording) or known(word):
        return said
    if word in wording.slips:
        return wording.slips[word]
    return _nearest(word, wording) or said if len(word) >= SHORTEST else said


def _familiar(word: str, wording: Wording) -> bool:
    return word in wording.plain or word in SMALL or word in wording.in_phrases


@lru_cache(maxsize=4096)
def _near(word: str, targets: tuple[str, ...]) -> str:
    hits = process.extract(word, targets, scorer=OSA.distance, score_cutoff=2 if len(word) >= TWO_SLIPS else 1, limit=4)
    hits = [h for h in hits if h[0][0] == word[0] and h[0] != f"{word}s"]
    best = [h[0] for h in hits if h[1] == min(x[1] for x in hits)]
    return best[0] if len(best) == 1 else ""


def _nearest(word: str, wording: Wording) -> str:
    return _near(word, wording.spellable)
