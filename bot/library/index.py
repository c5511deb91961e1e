"""The words of all articles as arrays, searchable per audience.

Two levels are indexed: passages, to find what to quote, and whole articles, to find which page it is. An entry is (document, term,
weight): how often the term occurs there, where a title or heading counts more than body text (BM25F's weighted frequencies,
Robertson, Zaragoza, Taylor 2004). Everything that ranking uses, down to document frequencies, is computed among visible articles only.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.library.articles import Article
from bot.library.words import terms

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Places = NDArray[np.int64]

TITLE, ASKED, HEADING, ABOUT, PATH = 4.0, 3.0, 1.5, 1.5, 1.0
"""How much a word in these counts for its article; a word of the body counts 1."""
PASSAGE_TITLE, PASSAGE_HEADING = 1.0, 2.0
PAIR = " "
"""Joins two neighbouring terms of a title, heading or asked_as line into a term of its own."""


@dataclass(frozen=True)
class Weights:
    """Entries, in any order: `docs` counts documents from 0, `terms` are vocabulary ids, `counts` weighted frequencies. `size` is how
    many documents there are."""

    docs: Ints
    terms: Ints
    counts: Floats
    size: int


class Vocabulary(dict[str, int]):
    """Terms and their ids; asking for a term gives it one."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


@dataclass(frozen=True)
class Part:
    """Articles, and the entries of their passages and of themselves, numbered as they stand here."""

    articles: tuple[Article, ...]
    passages: Weights
    whole: Weights

    def spelled(self, ids: Ints) -> Part:
        """For another vocabulary, where a term's id is what `ids` holds in its place."""
        passages, whole = (replace(weights, terms=ids[weights.terms]) for weights in (self.passages, self.whole))
        return Part(self.articles, passages, whole)


def joined(parts: Sequence[Part]) -> Part:
    """All of them, one after the other."""
    articles = tuple(article for part in parts for article in part.articles)
    return Part(articles, _joined([part.passages for part in parts]), _joined([part.whole for part in parts]))


def _joined(parts: Sequence[Weights]) -> Weights:
    offsets = np.cumsum([0, *(part.size for part in parts)]).astype(np.int32)
    docs = np.concatenate([part.docs + offset for part, offset in zip(parts, offsets, strict=False)])
    return Weights(docs, np.concatenate([p.terms for p in parts]), np.concatenate([p.counts for p in parts]), int(offsets[-1]))


class _Entries:
    """Entries as they are found, in four bytes each."""

    def __init__(self) -> None:
        self._docs, self._terms, self._counts = array("i"), array("i"), array("f")
        self._size = 0

    def add(self, document: dict[int, float]) -> None:
        self._docs.extend(array("i", [self._size]) * len(document))
        self._terms.extend(document)
        self._counts.extend(document.values())
        self._size += 1

    def weights(self) -> Weights:
        docs, terms = (np.array(found, np.int32) for found in (self._docs, self._terms))
        return Weights(docs, terms, np.array(self._counts, np.float32), self._size)


class Counting:
    """Counts the words of one article after the other."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._articles: list[Article] = []
        self._passages, self._whole = _Entries(), _Entries()

    def part(self) -> Part:
        """The articles counted so far."""
        return Part(tuple(self._articles), self._passages.weights(), self._whole.weights())

    def add(self, article: Article) -> None:
        whole: dict[int, float] = defaultdict(float)
        self._count(article.title, TITLE, whole, pairs=True)
        self._count(article.description, ABOUT, whole, pairs=True)
        self._count(article.path.rsplit(".", 1)[0].replace("/", " "), PATH, whole)
        for line in article.asked_as:
            self._count(line, ASKED, whole, pairs=True)
        for number, passage in enumerate(article.passages):
            document: dict[int, float] = defaultdict(float)
            self._count(passage.text, 1.0, document)
            for term, count in document.items():
                whole[term] += count
            if number == 0 or article.passages[number - 1].heading != passage.heading:
                self._count(passage.heading, HEADING, whole, pairs=True)
            self._count(passage.heading, PASSAGE_HEADING, document, pairs=True)
            self._count(" . ".join((article.title, *passage.trail)), PASSAGE_TITLE, document)
            self._passages.add(document)
        self._whole.add(whole)
        self._articles.append(article)

    def _count(self, text: str, weight: float, into: dict[int, float], pairs: bool = False) -> None:
        found = terms(text)
        for term, times in Counter(found).items():
            into[self._vocabulary[term]] += weight * times
        if pairs:
            for one, two in pairwise(found):
                into[self._vocabulary[one + PAIR + two]] += weight


class Level:
    """Documents of one level, with BM25 over any subset of them. `docs` are the documents that hold a term, rising, and `counts` how
    often, from `starts[id]` to `starts[id + 1]`."""

    def __init__(self, docs: Ints, counts: Floats, starts: Places, size: int) -> None:
        self.docs, self.counts, self.starts, self.size = docs, counts, starts, size
        self.lengths = np.bincount(docs, counts, minlength=size).astype(np.float32)

    @classmethod
    def empty(cls) -> Level:
        return cls(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(1, np.int64), 0)

    def weights(self) -> Weights:
        """Its entries."""
        return Weights(self.docs, self._terms(), self.counts, self.size)

    def _terms(self) -> Ints:
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    def changed(self, numbers: Ints, fresh: Weights, vocabulary: int) -> Level:
        """`numbers` are the new numbers of its documents, -1 for those that go; `fresh` the entries of those that come, by their new
        numbers, and the size of all. What stays is in order already, so only what comes is sorted."""
        docs, terms, counts = numbers[self.docs] if len(numbers) else self.docs, self._terms(), self.counts
        if len(numbers) and numbers.min() < 0:
            stays = docs >= 0
            docs, terms, counts = docs[stays], terms[stays], counts[stays]
        keys = _keys(fresh.terms, fresh.docs, fresh.size)
        order = np.argsort(keys)
        if len(docs):
            places = np.searchsorted(_keys(terms, docs, fresh.size), keys[order])
            docs = np.insert(docs, places, fresh.docs[order])
            counts = np.insert(counts, places, fresh.counts[order])
        else:
            docs, counts = fresh.docs[order], fresh.counts[order]
        held = np.bincount(terms, minlength=vocabulary) + np.bincount(fresh.terms, minlength=vocabulary)
        return Level(docs, counts, np.concatenate([[0], np.cumsum(held)]), fresh.size)

    def frequencies(self, visible: NDArray[np.bool_]) -> Ints:
        """In how many visible documents each term occurs."""
        if visible.all():
            return np.diff(self.starts).astype(np.int32)
        seen = np.concatenate([[0], np.cumsum(visible[self.docs], dtype=np.int32)])
        found: Ints = (seen[self.starts[1:]] - seen[self.starts[:-1]]).astype(np.int32)
        return found


def _keys(terms: Ints, docs: Ints, size: int) -> Places:
    """Numbers that sort as (term, document) does."""
    return terms * np.int64(max(size, 1)) + docs


@dataclass
class LevelView:
    """A level as one audience sees it."""

    level: Level
    visible: NDArray[np.bool_]
    k1: float
    b: float
    frequency: Ints = field(init=False)
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.frequency = self.level.frequencies(self.visible)
        self.count = int(self.visible.sum())
        lengths = self.level.lengths
        average = float(lengths[self.visible].mean()) if self.count else 1.0
        self._norm = (self.k1 * (1 - self.b + self.b * lengths / max(average, 1e-6))).astype(np.float32)

    def idf(self, term: int) -> float:
        """BM25's inverse document frequency; a term nobody may see is as rare as can be."""
        df = int(self.frequency[term]) if 0 <= term < len(self.frequency) else 0
        return math.log(1 + (self.count - df + 0.5) / (df + 0.5))

    def holds(self, term: int, documents: Ints) -> NDArray[np.bool_]:
        """Which of these documents hold the term."""
        docs = self.level.docs[self.level.starts[term] : self.level.starts[term + 1]]
        if not len(docs):
            return np.zeros(len(documents), bool)
        found: NDArray[np.bool_] = docs[np.minimum(np.searchsorted(docs, documents), len(docs) - 1)] == documents
        return found

    def postings(self, term: int) -> tuple[Ints, Floats]:
        """The visible documents that hold the term, and BM25's score of it in each."""
        start, end = self.level.starts[term], self.level.starts[term + 1]
        docs, counts = self.level.docs[start:end], self.level.counts[start:end]
        if self.count < self.level.size:
            keep = self.visible[docs]
            docs, counts = docs[keep], counts[keep]
        return docs, (self.idf(term) * counts * (self.k1 + 1) / (counts + self._norm[docs])).astype(np.float32)


class Index:
    """All articles of a folder, in order of path."""

    def __init__(
        self, vocabulary: Vocabulary, articles: Sequence[Article] = (), passages: Level | None = None, whole: Level | None = None
    ) -> None:
        self.vocabulary = vocabulary
        self.articles = list(articles)
        self.by_path = {article.path: article for article in articles}
        self.passages, self.whole = passages or Level.empty(), whole or Level.empty()
        self.first = _firsts(articles)
        """The first passage number of each article; one more at the end."""
        self.owner: Ints = np.repeat(np.arange(len(articles), dtype=np.int32), np.diff(self.first))
        """The article number of each passage."""
        self.audiences = frozenset[str]().union(*(a.audience for a in articles))
        self._views: dict[frozenset[str], Any] = {}

    def forget_views(self) -> None:
        """For an index that another took the place of: views hold it, and it would hold them until memory is searched for such rings."""
        self._views.clear()

    def part(self) -> Part:
        """What it holds."""
        return Part(tuple(self.articles), self.passages.weights(), self.whole.weights())

    def changed(self, gone: Collection[str], part: Part) -> Index:
        """As this one without the articles at the paths `gone`, and with those of `part`, in place of what was at theirs. `part` has to
        be counted with this vocabulary."""
        away = {*gone, *(article.path for article in part.articles)}
        stay = (article for article in self.articles if article.path not in away)
        articles = sorted((*stay, *part.articles), key=lambda article: article.path.split("/"))
        at = {article.path: number for number, article in enumerate(articles)}
        old = np.array([-1 if a.path in away else at[a.path] for a in self.articles], np.int32)
        new = np.array([at[a.path] for a in part.articles], np.int32)
        whole = replace(part.whole, docs=new[part.whole.docs], size=len(articles))
        first = _firsts(articles)
        numbers = _spread(new, first, _firsts(part.articles))
        passages = replace(part.passages, docs=numbers[part.passages.docs], size=int(first[-1]))
        return Index(
            self.vocabulary,
            articles,
            self.passages.changed(_spread(old, first, self.first), passages, len(self.vocabulary)),
            self.whole.changed(old, whole, len(self.vocabulary)),
        )

    def view(self, audiences: frozenset[str]) -> View:
        """The index as somebody of these audiences sees it. "everyone" is always among them."""
        key = (audiences | {"everyone"}) & self.audiences
        if key not in self._views:
            if len(self._views) >= 32:
                self._views.clear()
            self._views[key] = View(self, key)
        view: View = self._views[key]
        return view


def _firsts(articles: Sequence[Article]) -> Ints:
    return np.cumsum([0, *(len(a.passages) for a in articles)]).astype(np.int32)


def _spread(numbers: Ints, first: Ints, before: Ints) -> Ints:
    """The new numbers of all passages of articles that get these numbers (-1: they go), where their first passages are at `first` by
    their new numbers and were at `before` by their old ones."""
    owner = np.repeat(np.arange(len(numbers), dtype=np.int32), np.diff(before))
    shift = np.where(numbers < 0, 0, first[numbers]) - before[:-1]
    moved: Ints = np.where(numbers[owner] < 0, -1, np.arange(len(owner), dtype=np.int32) + shift[owner]).astype(np.int32)
    return moved


class View:
    """What one set of audiences may read: nothing else has any influence on what it answers."""

    def __init__(self, index: Index, audiences: frozenset[str]) -> None:
        self.index = index
        self.audiences = audiences
        self.readable = frozenset(a.audience for a in index.articles if a.audience & audiences)
        """The audiences of articles that these may read."""
        articles = np.array([bool(a.audience & audiences) for a in index.articles], dtype=bool)
        self.whole = LevelView(index.whole, articles, k1=1.2, b=0.5)
        self.passages = LevelView(index.passages, articles[index.owner], k1=1.2, b=0.6)

    def id(self, term: str) -> int:
        """The term's id; -1 if no visible article has it."""
        number = self.index.vocabulary.get(term, -1)
        return number if 0 <= number < len(self.whole.frequency) and self.whole.frequency[number] else -1

    @cached_property
    def spellings(self) -> list[str]:
        """Visible single-word terms that a typo may be corrected to."""
        return [t for t in list(self.index.vocabulary) if len(t) > 3 and t.isalpha() and self.id(t) >= 0]
