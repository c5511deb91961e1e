"""By which words other languages speak of each action: those of the common forms that phrases know, as data, not as forms to match."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache

from bot.language.phrases.rank import Ranking
from bot.language.phrases.text import fold, tokens
from bot.language.phrases.wording import FOLDER

MOST_ACTIONS = 3
"""A word that stands in the forms of more actions tells nothing."""
PREFIX = 5
"""Letters by which a word is known again in another of its forms."""
LIKE = 0.2
"""How like an action's declared wordings a form's English must be to count as a form of it."""

_MARKS = re.compile(r"<\w+>|\{\w+\}|[\[\]()|?]")
_PART = re.compile(r"\{(\w+)\}")
_DEEPEST = 4
"""How far a form's parts are made of further parts."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_PIECE = re.compile(r"[\u30a0-\u30ff\u4e00-\u9fff]{2,}|[a-z]{2,}")


@lru_cache(maxsize=16)
def words_of(code: str, ranking: Ranking) -> dict[str, frozenset[str]]:
    """By action, the beginnings of the words that tell it in this language, folded. An action that no form is of is not there."""
    data = tomllib.loads((FOLDER / f"{code}.forms.toml").read_text("utf-8"))
    found: dict[str, set[str]] = defaultdict(set)
    for form in (f for f in data["forms"] if "means" in f):
        english = [t.text for t in tokens(_MARKS.sub(" ", form["means"]))]
        best = ranking.rank(ranking.features(english), {})[:1]
        if best and best[0].score >= LIKE:
            wordings = (_whole(said, data["parts"]) for said in form.get("said", ()))
            found[best[0].profile.action.name] |= {p for said in wordings for p in pieces(_MARKS.sub(" ", said), code)}
    spread = Counter(p for of_action in found.values() for p in of_action)
    return {name: frozenset(p for p in of_action if spread[p] <= MOST_ACTIONS) for name, of_action in found.items()}


def _whole(said: str, parts: Mapping[str, str]) -> str:
    """A form with its parts written out; what stands for any word at all stays out."""
    for _ in range(_DEEPEST):
        said = _PART.sub(lambda m: parts.get(m[1], "") if m[1] != "word" else "", said)
    return said


def pieces(text: str, code: str) -> set[str]:
    """What of a text's words is compared: in Japanese runs of one script, else how they begin."""
    if code == "ja":
        return set(_PIECE.findall(fold(text)))
    return {w[:PREFIX] for w in _WORD.findall(fold(text))}


def speaks_of(text: str, action: str, code: str, ranking: Ranking) -> bool:
    """Whether a text has a word that tells this action; also where no form tells which words do."""
    known = words_of(code, ranking)
    if action not in known:
        return True
    if code == "ja":
        folded = fold(text)
        return any(piece in folded for piece in known[action])
    return bool(known[action] & pieces(text, code))
