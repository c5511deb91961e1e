"""What the check of a written answer knows of each language, read from claims.toml; and words reduced to what is compared."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.language.model.tongues import tongues
from bot.language.phrases.text import fold

_DIGITS = r"\d+(?:[.,]\d+)?"
_KANJI = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
_ENDINGS = (
    *("ations", "ation", "ings", "ing", "ments", "ment", "edly", "ies", "ied", "ions", "ion", "ers", "ed", "er", "es", "en", "ly"),
    *("s", "e", "y", "n"),
)
_SAID = """
    a about after again all also an and any are as at back be been before both but by can do does each either else first for from has
    have here how i if in into is it its just last let like make makes more most must need needs new next now of on once one only or
    other our own please same should so some still such sure than that the their them then there these they this those to too under
    until up us use used using very was way we were what when where which while who will with would you your yours
    not no none don doesn isn aren won didn wasn couldn shouldn hasn haven ll ve re"""
_LITTLE = frozenset(_SAID.split())


@dataclass(frozen=True, eq=False)
class Lore:
    """One language, as far as checking knows it; see claims.toml."""

    numbers: dict[str, str]
    units: dict[str, re.Pattern[str]]
    negated: re.Pattern[str]
    opposites: tuple[tuple[str, str], ...]
    hands: re.Pattern[str]
    secret: re.Pattern[str]
    free: frozenset[str]


@lru_cache(maxsize=1)
def lores() -> dict[str, Lore]:
    """The languages by their two letters."""
    data = tomllib.loads((Path(__file__).parent / "claims.toml").read_text("utf-8"))
    return {name: _lore(d) for name, d in data.items()}


def _lore(own: dict[str, Any]) -> Lore:
    numbers = dict(pair.split("=") for pair in own["number"].split())
    counted = "|".join([_DIGITS, *(w if _KANJI.match(w) else rf"\b{w}\b" for w in numbers)])
    units = {name: re.compile(rf"({counted})\s?-?\s?(?:{unit})(?![a-zà-ÿ])") for name, unit in own["unit"].items()}
    free = frozenset(own["free"].split())
    pairs = [(a, b) for a, _, b in (pair.partition("/") for pair in own["opposite"].split())]
    opposites = tuple(pairs + [(b, a) for a, b in pairs])
    return Lore(numbers, units, re.compile(own["not"]), opposites, re.compile(own["hand"]), re.compile(own["secret"]), free)


def even(text: str) -> str:
    """`text` in compatible form, without capitals, with plain spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A folded word without its commonest endings: rough, for comparing the words of a rewritten sentence."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return stem(word[: -len(ending)])
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def words(text: str) -> list[str]:
    """Its words, folded; numbers left out."""
    return [w.removesuffix("'s") for w in _WORD.findall(fold(text))]


def content(text: str, language: str) -> list[str]:
    """The stems of the words that say something, in order."""
    little = _LITTLE | tongues()[language].common if language != "en" else _LITTLE
    return [stem(w) for w in words(text) if w not in little and len(w) > 1]


@lru_cache(maxsize=512)
def counts(text: str, lore: Lore) -> frozenset[tuple[str, str]]:
    """What is counted: (number, unit) pairs, the same in every language. `lore` is that of the text's own."""
    found = even(text)
    pairs = {(lore.numbers.get(m[1], m[1].replace(",", ".")), unit) for unit, p in lore.units.items() for m in p.finditer(found)}
    return frozenset(pairs)


@lru_cache(maxsize=512)
def spelled(text: str, lore: Lore) -> frozenset[str]:
    """The numbers that stand in words, as digits."""
    return frozenset(lore.numbers[w] for w in _WORD.findall(even(text)) if w in lore.numbers)


@lru_cache(maxsize=512)
def figures(text: str) -> frozenset[str]:
    """The numbers that stand in digits."""
    return frozenset(m.replace(",", ".") for m in re.findall(_DIGITS, even(text)))
