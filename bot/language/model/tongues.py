"""Which language a text is in, and what the nets know of it; the words stand in tongues.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.language.phrases.foreign import language_of
from bot.language.phrases.text import fold


@dataclass(frozen=True, eq=False)
class Tongue:
    """One language, as far as the nets know it; see tongues.toml."""

    name: str
    common: frozenset[str]
    never: tuple[re.Pattern[str], ...]
    self: frozenset[str]
    above: frozenset[str]
    refusal: re.Pattern[str]
    time: re.Pattern[str]
    dates: re.Pattern[str]
    months: dict[str, int]
    levels: dict[str, list[str]]
    doubt: str


@lru_cache(maxsize=1)
def tongues() -> dict[str, Tongue]:
    """The languages by their two letters."""
    data = tomllib.loads((Path(__file__).parent / "tongues.toml").read_text("utf-8"))
    return {name: _tongue(name, d) for name, d in data.items()}


def _tongue(name: str, data: dict[str, Any]) -> Tongue:
    return Tongue(
        name=name,
        common=frozenset(data["common"].split()),
        never=tuple(re.compile(p) for p in data["never"]),
        self=frozenset(data["self"].split()),
        above=frozenset(data["above"].split()),
        refusal=re.compile(data["refusal"]),
        time=re.compile(data["time"]),
        dates=re.compile(data["dates"]),
        months={month: n for n, month in enumerate(data["months"].split(), 1)},
        levels=data["levels"],
        doubt=data["doubt"],
    )


def tongue(text: str) -> Tongue:
    """The language a text is in, by its script and commonest words; English where nothing says otherwise."""
    known = tongues()
    if any("\u3040" <= c <= "\u30ff" for c in text):
        return known["ja"]
    if any(c in text for c in "¿¡"):
        return known["es"]
    words = re.findall(r"[\w']+", fold(text))
    counts = {name: sum(w in t.common for w in words) for name, t in known.items()}
    best = max(counts, key=lambda n: counts[n])
    return known[best if counts[best] > counts["en"] else language_of(text)]
