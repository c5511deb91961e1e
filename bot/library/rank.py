"""Which articles, which passages, and how sure: BM25 on two levels, joined with titles, asked_as lines and, where there is one, meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.library.articles import Article
from bot.library.index import Floats, Index, Ints, LevelView, View
from bot.library.kinds import kinds, kinds_of
from bot.library.query import SYNONYM, Query, Slot
from bot.library.words import terms

CANDIDATES = 40
WHOLE, PASSAGE, LINES, COVERED = 0.45, 0.25, 0.35, 0.25
"""How much an article's own score, its best passage's, its closest title or asked_as line, and the share of the question
that it covers count for its rank."""
PAIRED = 0.25
"""How much a pair of neighbouring words counts, where a word counts 1."""
WORDS, MEANING = 0.4, 0.6
"""How much each counts once a model gives passages a meaning."""
NAMED = 0.1
"""How much it counts that an article's title or place names the platform, product or version that the question names."""


class Meaning(Protocol):
    """Dense retrieval. `scores` gives each passage (by number) its similarity to the question, for the passages that the view may
    see; others get 0. None while it cannot say (embedding still under way, server down). `knows`: whether the model has met this lower-case
    word as such. `follow` is told of each new index."""

    def follow(self, index: Index) -> None: ...
    def scores(self, question: str, view: View) -> Floats | None: ...
    def knows(self, word: str) -> bool: ...
    def wait(self) -> bool: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Hit:
    """An article found. `lines` is how close its title or an asked_as line is, `covered` the share of the question it has words for,
    `together` the share that one passage has, `strength` its BM25 against the most it could have, `substance` how much it has words
    for at all, where three plain words or one code are plenty, `named` the share of the platforms, products and versions named in the
    question that its title or place names: all 0–1. `meaning` is its nearest passage's similarity (cosine), 0 where
    nothing is known of it."""

    article: int
    score: float
    lines: float
    covered: float
    together: float
    strength: float
    substance: float = 0.0
    named: float = 0.0
    meaning: float = 0.0


@dataclass(frozen=True)
class Ranked:
    """What was found, best first, and every passage's score."""

    hits: tuple[Hit, ...]
    passages: Floats


def rank(query: Query, view: View, dense: Floats | None = None) -> Ranked:
    """Ranks the visible articles; those that share no word with the question (and no meaning, if asked for) are left out."""
    index = view.index
    if not index.articles or not (query.slots or dense is not None):
        return Ranked((), np.zeros(index.passages.size, np.float32))
    whole = _bm25(query, view.whole, PAIRED)
    passages = _bm25(query, view.passages, PAIRED)
    best = np.maximum.reduceat(passages, index.first[:-1])
    rough = WHOLE * _scaled(whole) + PASSAGE * _scaled(best)
    rough[~view.whole.visible] = 0
    chosen = {int(i) for i in np.argsort(-rough, kind="stable")[:CANDIDATES] if rough[i] > 0}
    nearest = None
    if dense is not None:
        passages = fuse(passages, dense, view.passages.visible)
        nearest = np.maximum.reduceat(dense, index.first[:-1])
        chosen |= {int(i) for i in np.argsort(-nearest, kind="stable")[:CANDIDATES] if view.whole.visible[i]}
    hits = _hits(np.array(sorted(chosen), np.int32), rough, whole, query, view, passages)
    if nearest is not None:
        hits = _joined(hits, nearest, float(dense[view.passages.visible].min()) if dense is not None else 0.0)
    hits = [replace(h, score=h.score + NAMED * h.named) for h in hits]
    return Ranked(tuple(sorted(hits, key=lambda h: -h.score)), passages)


def just(ranked: Ranked, path: str, view: View) -> Ranked:
    """One article of the view alone, whether or not it was found; nothing where the view has no such article."""
    index = view.index
    number = next((i for i, a in enumerate(index.articles) if a.path == path and view.whole.visible[i]), None)
    if number is None:
        return Ranked((), np.zeros_like(ranked.passages))
    hit = next((h for h in ranked.hits if h.article == number), Hit(number, 0.0, 0.0, 0.0, 0.0, 0.0))
    return Ranked((hit,), np.where(index.owner == number, ranked.passages, 0.0).astype(np.float32))


def _joined(hits: list[Hit], nearest: Floats, floor: float) -> list[Hit]:
    """The hits by words and by meaning, each stretched to 0–1 over what was found, weighed and added."""
    most = max((h.score for h in hits), default=0.0) or 1.0
    span = max(float(nearest.max()) - floor, 1e-6)
    return [
        replace(
            h,
            score=WORDS * h.score / most + MEANING * max(0.0, float(nearest[h.article]) - floor) / span,
            meaning=float(nearest[h.article]),
        )
        for h in hits
    ]


def fuse(words: Floats, meaning: Floats, visible: NDArray[np.bool_]) -> Floats:
    """Scores of both kinds, each stretched to 0–1 over what is visible, weighed and added."""
    out = np.zeros_like(words)
    if visible.any():
        low, high = float(meaning[visible].min()), float(meaning[visible].max())
        out[visible] = WORDS * _scaled(words)[visible] + MEANING * (meaning[visible] - low) / max(high - low, 1e-6)
    return out


def _scaled(scores: Floats) -> Floats:
    top = float(scores.max()) if len(scores) else 0.0
    return scores / top if top > 0 else scores


def _bm25(query: Query, level: LevelView, paired: float) -> Floats:
    """Every document's score: of each slot, the best of its alternatives."""
    total = np.zeros(level.level.size, np.float32)
    for slot in query.slots:
        total += slot.weight * _slot_scores(slot, level)
    for pair in query.pairs:
        docs, scores = level.postings(pair)
        total[docs] += paired * scores
    return total


def _slot_scores(slot: Slot, level: LevelView) -> Floats:
    """Each document's score for one slot. A synonym is worth no more than the word it stands for, however rare it is."""
    best = np.zeros(level.level.size, np.float32)
    for alternative in slot.alternatives:
        scores = np.zeros(level.level.size, np.float32)
        everywhere: Floats | None = None
        for term in alternative.ids:
            docs, found = level.postings(term)
            scores[docs] = found
            everywhere = scores.copy() if everywhere is None else np.minimum(everywhere, scores)
            scores[docs] = 0
        if everywhere is not None:
            np.maximum(best, alternative.weight * everywhere, out=best)
    return best


def _worth(slot: Slot, level: LevelView) -> float:
    """How much a slot says about the question: rare words most, words nobody here wrote as much as the rarest."""
    own = [level.idf(a.ids[0]) for a in slot.alternatives if a.weight > 0.6]
    any_ = [level.idf(i) for a in slot.alternatives for i in a.ids]
    return slot.weight * (max(own) if own else max(any_) if any_ else level.idf(-1))


def _hits(chosen: Ints, rough: Floats, whole: Floats, query: Query, view: View, passages: Floats) -> list[Hit]:
    """The chosen articles, with all that is known of each."""
    first = view.index.first
    best = np.array([first[i] + np.argmax(passages[first[i] : first[i + 1]]) for i in chosen], np.int32)
    worths = np.array([_worth(slot, view.whole) for slot in query.slots], np.float64)
    held, together = _held(query, view.whole, chosen), _held(query, view.passages, best)
    total = float(worths.sum()) or 1.0
    said = kinds(query.read)
    plenty = np.array([3.0 if _is_code(slot.term) else slot.weight for slot in query.slots])
    hits = []
    for n, i in enumerate(chosen.tolist()):
        lines = max(_likeness(query, worths, line, view) for line in _lines(view.index.articles[i]))
        covered = float(worths @ held[:, n]) / total
        strength = min(1.0, float(whole[i]) / (total * (view.whole.k1 + 1)))
        substance = min(1.0, float(plenty @ (held[:, n] > SYNONYM)) / 3)
        score = float(rough[i]) + LINES * lines + COVERED * covered
        named = len(said & kinds_of(view.index.articles[i])) / len(said) if said else 0.0
        hits.append(Hit(i, score, lines, covered, float(worths @ together[:, n]) / total, strength, substance, named))
    return hits


def _held(query: Query, level: LevelView, documents: Ints) -> Floats:
    """For each slot (row) and document (column), how much the best alternative counts that the document has all terms of."""
    out = np.zeros((len(query.slots), len(documents)), np.float32)
    for row, slot in zip(out, query.slots, strict=True):
        for alternative in slot.alternatives:
            has = np.ones(len(documents), bool)
            for term in alternative.ids:
                has &= level.holds(term, documents)
            np.maximum(row, alternative.weight * has, out=row)
    return out


def _is_code(term: str) -> bool:
    """Error codes, versions, file names: one of them alone says what is meant."""
    return (len(term) > 4 and any(c.isdigit() for c in term)) or "." in term or "_" in term


def _lines(article: Article) -> tuple[str, ...]:
    return (article.title, *article.asked_as)


@lru_cache(maxsize=20_000)
def _terms(line: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(terms(line)))


def _likeness(query: Query, worths: NDArray[np.float64], line: str, view: View) -> float:
    """How close the question is to a line: the worth of what both say, against the geometric mean of what each says (cosine)."""
    own = {number: view.whole.idf(number) for number in map(view.id, _terms(line))}
    both = 0.0
    for slot, worth in zip(query.slots, worths.tolist(), strict=True):
        both += worth * max((a.weight for a in slot.alternatives if all(i in own for i in a.ids)), default=0.0)
    asked, said = float(worths.sum()), sum(own.values())
    return min(1.0, both / (asked * said) ** 0.5) if asked and said else 0.0
