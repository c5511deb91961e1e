"""How likely it is that a message asks for something to be done, by its words alone: a second reader that only ever withholds.

The rules of this package say what a sentence asks for; they cannot know every way to speak of a request without making one. So
whatever they would propose is read once more by a logistic regression that has learnt from thousands of messages which of them ask. It
reads runs of words, with names masked; and beside them runs in which what the actions are about is masked too ("give me a laptop" is
"<do> me a <thing>"), so that how somebody speaks counts, whatever they speak of. Its weights are data, written by `make learn`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.calls import Call
from bot.language.phrases.clauses import clauses
from bot.language.phrases.heard import Heard
from bot.language.phrases.mood import orders
from bot.language.phrases.rank import SMALL, Ranking, stem
from bot.language.phrases.wording import FOLDER

LEARNT = FOLDER / "en.likely.json"
LEAST = 0.15
"""Likelihood (0–1) below which nothing is proposed; calibrated on tests/language/sets, each set read by weights that others taught."""
_LINE = "¶"
_MARKS = frozenset("?!:;,.\"'()-" + _LINE)
_ENDS = frozenset(".!?:;," + _LINE)
_SPEAKER = ("i", "mine", "self", "pronoun")
_FORMS = {"base": "<do>", "ed": "<done>", "ing": "<doing>", "s": "<does>", "noun": "<thing>", "state": "<state>"}
Spans = Mapping[int, tuple[int, str]]


def doubtful(calls: Sequence[Call], heard: Heard, ranking: Ranking) -> bool:
    """Whether a message for which these are proposed hardly asks for them. Of actions declared since it learnt it does not judge."""
    return all(c.action in learnt().actions for c in calls) and likelihood(heard, ranking) < LEAST


def likelihood(heard: Heard, ranking: Ranking) -> float:
    """The chance, 0–1, that the message asks for something to be done."""
    weights = learnt().weights
    total = learnt().bias + sum(weights.get(f, 0.0) for f in features(heard, ranking))
    return 1 / (1 + math.exp(-total))


def features(heard: Heard, ranking: Ranking) -> frozenset[str]:
    """Runs of up to two words, runs of up to three with the actions' own words masked ("#…"), and how the sentences begin."""
    named = [m for m in reversed(heard.mentions) if m.role not in _SPEAKER and not m.weak]
    names = {m.first: (m.last, f"<{m.kind.value}>") for m in named}
    plain = ["^", *_pieces(heard, names), "$"]
    masked = ["^", *_pieces(heard, {**_actions(heard, ranking), **names}), "$"]
    gapped = (f"{one} _ {other}" for one, other in zip(masked, masked[2:], strict=False))
    runs = (*_runs(plain, 2), *_openings(plain), *(f"#{f}" for f in (*_runs(masked, 3), *_openings(masked), *gapped)))
    return frozenset((*runs, *_orders(heard, ranking)))


def _orders(heard: Heard, ranking: Ranking) -> Iterator[str]:
    """Whether a clause orders something once its politeness is taken off, and whether it is the first or the last."""
    parts = clauses(heard.folded, ranking.wording, ranking.orders)
    for part in parts:
        if orders(heard.folded[part.start : part.end], ranking.wording):
            yield "@ order"
            yield from (f"@ order {place}" for place, at in (("first", 0), ("last", -1)) if part is parts[at])


def _runs(pieces: Sequence[str], longest: int) -> Iterator[str]:
    found = (" ".join(pieces[at : at + n]) for n in range(1, longest + 1) for at in range(len(pieces) - n + 1))
    return (f for f in found if f not in "^$")  # every message has these


def _openings(pieces: Sequence[str]) -> Iterator[str]:
    fresh = True
    for at, piece in enumerate(pieces[1:-1], 1):
        if fresh and piece not in _MARKS:
            yield f"> {piece}"
            yield f"> {piece} {pieces[at + 1]}"
            fresh = False
        fresh = fresh or piece in _ENDS


def _actions(heard: Heard, ranking: Ranking) -> dict[int, tuple[int, str]]:
    """The words that stand for what actions do and what they are about."""
    words = [w.text for w in heard.words]
    spans = {
        at: (at + 1, "<do>" if word in ranking.orders else "<thing>")
        for at, word in enumerate(words)
        if word in ranking.orders or (word not in SMALL and f"w:{stem(word)}" in ranking.vocabulary)
    }
    ideas = [i for i in ranking.wording.ideas(words) if i.name != "need"]
    spans |= {i.first: (i.last, _FORMS[i.form]) for i in reversed(ideas) if not i.parted}
    return spans | {i.last - 1: (i.last, _FORMS[i.form]) for i in ideas if i.parted and i.form == "state"}


def _pieces(heard: Heard, masked: Spans) -> list[str]:
    """Words and marks in order, with what stands for the masked spans, for dates and for numbers."""
    folded = heard.folded.replace("\n", _LINE)
    said: list[str] = []
    end = at = 0
    while at < len(heard.words):
        said += [c for c in folded[end : heard.words[at].start] if c in _MARKS]
        last, piece = masked.get(at) or (at + 1, _plain(heard, at))
        if piece != "<date>" or said[-1:] != ["<date>"]:
            said.append(piece)
        end, at = heard.words[last - 1].end, last
    return [*said, *(c for c in folded[end:] if c in _MARKS)]


def _plain(heard: Heard, at: int) -> str:
    word = heard.words[at]
    if any(m.value and m.start <= word.start < m.end for m in heard.moments):
        return "<date>"
    return "<number>" if any(c.isdigit() for c in word.text) else word.text


@dataclass(frozen=True)
class Learnt:
    """What was learnt: of which actions, the bias, and the weight of each feature."""

    actions: frozenset[str]
    bias: float
    weights: Mapping[str, float]


@lru_cache(maxsize=1)
def learnt() -> Learnt:
    """What `tests/language/learn.py` wrote down."""
    data = json.loads(LEARNT.read_text("utf-8"))
    return Learnt(frozenset(data["actions"]), data["bias"], data["weights"])
