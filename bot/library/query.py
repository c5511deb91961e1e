"""A question as the index understands it: slots, each a thing asked about with every spelling and synonym that may stand for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.library.index import PAIR, View
from bot.library.stem import stem
from bot.library.words import WEAK, WEAK_WEIGHT, Group, spoken

MAX_CHARS, MAX_TERMS = 3000, 60
SYNONYM, TYPO, JOINED = 0.5, 0.85, 0.9
"""How much a match through a synonym, a corrected spelling, or words written together counts, where the word itself counts 1."""


@dataclass(frozen=True)
class Alternative:
    """Terms (vocabulary ids) that all have to be there, and how much finding them counts. `meant` is the term that a misspelt one
    was taken for."""

    ids: tuple[int, ...]
    weight: float
    meant: str = ""


@dataclass(frozen=True)
class Slot:
    """One thing asked about. Without alternatives nobody here ever wrote of it."""

    term: str
    weight: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Query:
    """`pairs` are neighbouring terms that also neighbour each other in a title, heading or asked_as line. `read` is the question with
    its misspellings put right."""

    slots: tuple[Slot, ...]
    pairs: tuple[int, ...]
    read: str = ""


def _nobody(_: str) -> bool:
    return False


def understand(question: str, view: View, synonyms: Sequence[Group], knows: Callable[[str], bool] = _nobody) -> Query:
    """The question's slots, from what this view's articles contain. A word that `knows` has heard of is not taken for a misspelling."""
    typed = spoken(question[:MAX_CHARS])[:MAX_TERMS]
    said = [term for term, _ in typed]
    alternatives: dict[str, list[Alternative]] = {}
    for index, (term, word) in enumerate(typed):
        if term not in alternatives:
            alternatives[term] = list(_spelled(term, word, view, knows)) or list(_joined(index, typed, view))
    for term, extra in _synonyms(said, view, synonyms):
        alternatives[term].append(extra)
    slots = tuple(Slot(t, WEAK_WEIGHT if t in WEAK else 1.0, tuple(a)) for t, a in alternatives.items())
    neighbours = (view.id(one + PAIR + two) for one, two in pairwise(said))
    right = {word: _righted(term, word, a.meant) for term, word in typed for a in alternatives[term][:1] if a.meant}
    return Query(slots, tuple(dict.fromkeys(n for n in neighbours if n >= 0)), _read(question[:MAX_CHARS], right))


def _righted(term: str, word: str, meant: str) -> str:
    """A misspelt word with the term that was meant in place of its own, and its own ending: “disconected” → “disconnected”."""
    same = next((i for i, (one, two) in enumerate(zip(term, word, strict=False)) if one != two), min(len(term), len(word)))
    return meant[: len(meant) - (len(term) - same)] + word[same:]


def _read(question: str, right: dict[str, str]) -> str:
    for word, instead in right.items():
        question = re.sub(rf"\b{re.escape(word)}\b", instead, question, flags=re.I)
    return question


def _spelled(term: str, word: str, view: View, knows: Callable[[str], bool]) -> Iterator[Alternative]:
    """The term itself; where nobody wrote it, the nearest spelling that somebody did, or the two words it is made of."""
    number = view.id(term)
    if number >= 0:
        yield Alternative((number,), 1.0)
        return
    if len(term) < 5 or not term.isalpha():
        return
    limit = 0 if knows(word) else 1 if len(term) < 9 else 2
    near = [
        hit
        for form in ({term, word} if limit else ())
        for hit in process.extract(form, view.spellings, scorer=OSA.distance, score_cutoff=limit, limit=8)
    ]
    ranked = sorted((distance, known[0] != term[0], -int(view.whole.frequency[view.id(known)]), known) for known, distance, _ in near)
    if ranked:
        yield Alternative((view.id(ranked[0][3]),), TYPO, ranked[0][3])
        return
    for cut in range(3, len(word) - 2):
        one, two = view.id(stem(word[:cut])), view.id(stem(word[cut:]))
        if one >= 0 and two >= 0:
            yield Alternative((one, two), JOINED)
            return


def _joined(index: int, typed: Sequence[tuple[str, str]], view: View) -> Iterator[Alternative]:
    """A term that is known only as one word with its neighbour: “one drive”."""
    for pair in (typed[index : index + 2], typed[max(0, index - 1) : index + 1]):
        number = view.id(stem("".join(word for _, word in pair))) if len(pair) == 2 else -1
        if number >= 0:
            yield Alternative((number,), JOINED)
            return


def _synonyms(said: Sequence[str], view: View, groups: Sequence[Group]) -> Iterator[tuple[str, Alternative]]:
    for group in groups:
        for expression in group:
            size = len(expression)
            if any(tuple(said[i : i + size]) == expression for i in range(len(said) - size + 1)):
                for other in group:
                    ids = tuple(view.id(term) for term in other)
                    if other != expression and min(ids) >= 0:
                        yield expression[0], Alternative(ids, SYNONYM)
                break
