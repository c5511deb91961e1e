"""Does each asked_as line find its article? Tried twice: as it stands, and with that very line left out, as if nobody had foreseen it."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from bot.library.index import ASKED, PAIR, Level, LevelView, View
from bot.library.rank import Ranked
from bot.library.search import FolderLibrary
from bot.library.words import terms

WITHIN = 3
"""A line has to find its article among the first so many."""


@dataclass(frozen=True)
class Lost:
    """A line that does not find its article: the paths that it finds instead, and whether it does once it is there itself."""

    path: str
    line: str
    found: tuple[str, ...]
    itself: bool

    def __str__(self) -> str:
        found = ", ".join(self.found) or "nothing"
        if self.itself:
            return f"{self.path}:1: asked_as “{self.line}” finds the page by itself alone; without it one would find {found}"
        return f"{self.path}:1: asked_as “{self.line}” finds {found}"


def lost(library: FolderLibrary) -> Iterator[Lost]:
    """The lines that do not, asked by somebody who may read the article and no more."""
    articles = library.view(frozenset()).index.articles
    for number, article in enumerate(articles):
        view = library.view(article.audience)
        for line in article.asked_as:
            reduced = without(view, number, line)
            ranked = library.ranked(line, reduced)
            if _is_first(ranked, number):
                continue
            found = tuple(articles[hit.article].path for hit in ranked.hits[:WITHIN])
            yield Lost(article.path, line, found, _is_first(library.ranked(line, view), number))


def _is_first(ranked: Ranked, number: int) -> bool:
    return number in [hit.article for hit in ranked.hits[:WITHIN]]


def without(view: View, number: int, line: str) -> View:
    """The view as if article `number` had no such line. Only what counts words of whole articles changes."""
    article = view.index.articles[number]
    index = copy.copy(view.index)
    index.articles = list(index.articles)
    index.articles[number] = replace(article, asked_as=tuple(other for other in article.asked_as if other != line))
    said = terms(line)
    counted = Counter(said) + Counter(one + PAIR + two for one, two in pairwise(said))
    times = article.asked_as.count(line) * ASKED
    index.whole = _less(view.index.whole, number, {index.vocabulary[term]: times * count for term, count in counted.items()})
    reduced = copy.copy(view)
    reduced.__dict__.pop("spellings", None)  # what may be misspelled is what is visible
    reduced.index = index
    reduced.whole = LevelView(index.whole, view.whole.visible, view.whole.k1, view.whole.b)
    return reduced


def _less(level: Level, document: int, counts: dict[int, float]) -> Level:
    """The level with less of these terms in one document."""
    changed = copy.copy(level)
    changed.counts, changed.lengths = level.counts.copy(), level.lengths.copy()
    gone = []
    for term, count in counts.items():
        start, end = int(level.starts[term]), int(level.starts[term + 1])
        at = start + int(np.searchsorted(level.docs[start:end], document))
        changed.counts[at] -= count
        changed.lengths[document] -= count
        if changed.counts[at] < 0.01:
            gone.append(at)
    changed.docs, changed.counts = np.delete(level.docs, gone), np.delete(changed.counts, gone)
    changed.starts = level.starts - np.searchsorted(np.sort(np.array(gone, np.int64)), level.starts)
    return changed
