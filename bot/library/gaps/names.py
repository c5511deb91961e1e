"""What a cluster is called: in its own words, those that several people used and that set it apart from the others."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.library.words import WEAK, WEAK_WEIGHT, folded, spoken, terms

LONGEST = 60
"""Characters of a name."""
SHARE = 0.3
"""A word belongs in the name if at least this share of the cluster's people used it."""
MOST_WORDS = 3

Said = tuple[str, str]
"""Who said what, redacted."""
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")


class Rarity:
    """How rare each term is among all questions: a term that every cluster has says nothing about any."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._seen = Counter(term for text in texts for term in set(terms(text)))
        self._count = len(texts)

    def __call__(self, term: str) -> float:
        weight = math.log(1 + self._count / max(1, self._seen[term]))
        return weight * (WEAK_WEIGHT**2 if term in WEAK else 1.0)


def name(said: Sequence[Said], middle: str, rarity: Rarity, least: int, spelled: Mapping[str, str] = MappingProxyType({})) -> str:
    """The words that at least `least` people used, in the order in which they put them; where there is at most one, which would say
    little, the question in the `middle` of the cluster, cut at a word. `spelled`: how some words are written here ("VPN")."""
    people = Counter(term for term, _ in {(term, who) for who, text in said for term in terms(text)})
    enough = max(least, math.ceil(SHARE * len({who for who, _ in said})))
    shared = {term: count * rarity(term) for term, count in people.items() if count >= enough and term not in WEAK and not term.isdigit()}
    chosen = sorted(shared, key=lambda term: (-shared[term], term))[:MOST_WORDS]
    chosen = [term for term in chosen if shared[term] >= 0.35 * shared[chosen[0]]]
    if len(chosen) < 2:
        return _capital(_cut(middle))
    words = _surfaces(said)
    found = (words.get(term, term) for term in _ordered(chosen, said))
    return _capital(_cut(" ".join(spelled.get(word.casefold(), word) for word in found)))


def spellings(titles: Sequence[str]) -> dict[str, str]:
    """Words that titles write with a capital letter elsewhere than at their beginning, by lower case."""
    found: dict[str, str] = {}
    for title in titles:
        for match in _WORD.finditer(title):
            if match[0][1:].lower() != match[0][1:] or (match.start() and match[0][:1].isupper()):
                found.setdefault(match[0].casefold(), match[0])
    return found


def keywords(said: Sequence[Said], rarity: Rarity, known: Sequence[str]) -> str:
    """For a cluster whose own words may not be shown: only those of its terms that are `known` anyhow."""
    counts = Counter(term for _, text in said for term in set(terms(text)) if term in set(known) and term not in WEAK)
    words = _surfaces(said)
    best = sorted(counts, key=lambda term: (-counts[term] * rarity(term), term))[:MOST_WORDS]
    return _capital(" ".join(words.get(term, term) for term in _ordered(best, said)))


def _surfaces(said: Sequence[Said]) -> dict[str, str]:
    """The most common way in which each term was written."""
    written: dict[str, Counter[str]] = {}
    for _, text in said:
        for token in _WORD.findall(text):
            for term, word in spoken(token)[:1]:
                if word == token.casefold():
                    written.setdefault(term, Counter())[token] += 1
    return {term: min(counts, key=lambda w: (-counts[w], w)) for term, counts in written.items()}


def _ordered(chosen: Sequence[str], said: Sequence[Said]) -> list[str]:
    """The terms in the order in which people mostly put them."""
    before: Counter[tuple[str, str]] = Counter()
    for _, text in said:
        own = [term for term in terms(text) if term in chosen]
        before.update({(one, other) for n, one in enumerate(own) for other in own[n + 1 :] if one != other})
    wins = {term: sum(before[term, other] > before[other, term] for other in chosen) for term in chosen}
    return sorted(chosen, key=lambda term: (-wins[term], chosen.index(term)))


def _cut(text: str) -> str:
    text = " ".join(text.split()).rstrip(" .?!,;:")
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def slug(text: str, most: int = 40) -> str:
    """For a file or a branch: lower-case ASCII letters and digits with hyphens between."""
    words = re.findall(r"[a-z0-9]+", folded(text).casefold().encode("ascii", "ignore").decode())
    out = ""
    for word in words:
        if len(out) + len(word) + 1 > most:
            break
        out += f"-{word}"
    return out.strip("-") or "questions"
