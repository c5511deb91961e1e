"""Which language a text is in, and what the nets know of it; the words stand in tongues.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.language.phrases.text import fold


@dataclass(frozen=True)
class Tongue:
    """One language, as far as the nets know it; see tongues.toml."""

    name: str
    common: frozenset[str]
    never: tuple[re.Pattern[str], ...]
    self: frozenset[str]
    above: frozenset[str]


@lru_cache(maxsize=1)
def tongues() -> dict[str, Tongue]:
    """The languages by their two letters."""
    data = tomllib.loads((Path(__file__).parent / "tongues.toml").read_text("utf-8"))
    return {name: _tongue(name, d) for name, d in data.items()}


def _tongue(name: str, data: dict[str, object]) -> Tongue:
    common, own, above = (frozenset(str(data[k]).split()) for k in ("common", "self", "above"))
    never = data["never"]
    assert isinstance(never, list)
    return Tongue(name, common, tuple(re.compile(p) for p in never), own, above)


def tongue(text: str) -> Tongue:
    """The language a text is in, by its script and commonest words; English where nothing says otherwise."""
    known = tongues()
    if any("\u3040" <= c <= "\u30ff" for c in text):
        return known["ja"]
    words = re.findall(r"[\w']+", fold(text))
    counts = {name: sum(w in t.common for w in words) for name, t in known.items()}
    best = max(counts, key=lambda n: counts[n])
    return known[best] if counts[best] > counts["en"] else known["en"]
