"""Passages by meaning: embeds what is new in the background, and says how near each passage is to a question."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.errors import BellhopError
from bot.library.articles import Article
from bot.library.elsewhere import give_back
from bot.library.encoder import Encoder, Matrix, MiniLM, Remote
from bot.library.index import Floats, Index, View
from bot.library.minilm import weights_folder
from bot.library.passages import Passage
from bot.library.vectors import Audience, Vectors, open_client

log = logging.getLogger(__name__)
NEAREST = 200
"""How many passages of each audience the store is asked for; the others are as far away as the last of these."""
LOT = 128
AGAIN = 30.0
"""Seconds until a store or an address that failed is tried again."""
KEPT = 512
"""Questions whose vectors are kept: a question is often asked again in other words right after."""


def embedded(article: Article, passage: Passage) -> str:
    """What is embedded of a passage: its page's title and its headings go in front, for what they say is left out of the text."""
    return "\n".join(part for part in (article.title, " › ".join((*passage.trail, passage.heading)).strip(" ›"), passage.text) if part)


@dataclass(frozen=True)
class Model:
    """Which model gives passages a meaning: an OpenAI-compatible address, or a folder of weights (None: the installed ones); and
    the Chroma server that holds the vectors ("": none, they are kept in a folder)."""

    url: str = ""
    name: str = ""
    key: str = field(default="", repr=False)
    seconds: float = 8.0
    folder: Path | None = None
    chroma: str = ""


class DenseMeaning:
    """Implements rank.Meaning over an encoder and a store. `follow` is told of each new index; what changed is embedded on a thread
    of its own. Until everything was embedded once, `scores` is None and the words decide."""

    def __init__(self, opened: Callable[[], tuple[Encoder, Vectors]], progress: Callable[[str], None]) -> None:
        """`opened` gives the model and the store; it is called on the thread, since loading them takes seconds."""
        self._opened, self._progress = opened, progress
        self._encoder: Encoder
        self._vectors: Vectors
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed")
        self._asking = threading.Lock()
        self._keys: dict[tuple[str, str], tuple[str, ...]] = {}
        self._there: dict[Audience, set[str]] = {}
        self._numbers: dict[str, int] = {}
        self._numbered: Index | None = None
        self._followed: Index | None = None
        self._stop = threading.Event()
        self._tried = 0.0
        self._seen: OrderedDict[str, Matrix] = OrderedDict()
        self.ready = threading.Event()
        self.failed = threading.Event()

    def follow(self, index: Index) -> None:
        """Takes a new index: only what is not in the store yet is embedded. One that comes while another is embedded is next."""
        self._followed = index
        self._thread.submit(self._embed, index)

    def wait(self) -> bool:
        """Waits until all was embedded; False where it could not be."""
        while not self.ready.wait(0.05):
            if self.failed.is_set() or self._stop.is_set():
                return False
        return True

    def close(self) -> None:
        """Stops embedding after the lot under way; the rest is embedded at the next start."""
        self._stop.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _embed(self, index: Index, anew: bool = False) -> None:
        """Brings the store up to date; `anew`: whatever it was known to hold."""
        if index is not self._followed or self._stop.is_set():
            return
        if anew:
            self._there.clear()
        try:
            if not hasattr(self, "_vectors"):
                self._encoder, self._vectors = self._opened()
            done = self._catch_up(index)
        except Exception as error:  # a store or an address that fails must not end retrieval: the words go on deciding
            self.failed.set()
            self._there.clear()
            self._tried = time.monotonic()
            if not self._stop.is_set():
                log.warning("could not embed the articles, so the words decide: %s", error, exc_info=not isinstance(error, BellhopError))
            return
        if done:
            self.failed.clear()
            self.ready.set()
            give_back()

    def _catch_up(self, index: Index) -> bool:
        """Embeds what is not in the store and drops what is no longer in the index; False where there is a newer index by now."""
        wanted: dict[Audience, dict[str, tuple[Article, Passage]]] = {}
        for article in index.articles:
            own = wanted.setdefault(article.audience, {})
            own.update(zip(self._of(article), ((article, p) for p in article.passages), strict=True))
        for audience in {*wanted, *self._vectors.audiences()} - self._there.keys():
            self._there[audience] = self._vectors.ids(audience)
        missing = [(a, key) for a, passages in wanted.items() for key in passages if key not in self._there[a]]
        if len(missing) * 2 > sum(map(len, wanted.values())):
            self.ready.clear()  # the store has lost what it had: until it is there again the words decide
        missing.sort(key=lambda one: hash(embedded(*wanted[one[0]][one[1]])))  # the same text is embedded once
        for start in range(0, len(missing), LOT):
            if self._stop.is_set() or index is not self._followed:
                return False
            self._embed_lot(missing[start : start + LOT], wanted)
            if len(missing) > 4 * LOT:
                self._progress(f"Embedding passages: {min(start + LOT, len(missing)):,} of {len(missing):,}")
        for audience, ids in self._there.items():
            gone = ids - wanted.get(audience, {}).keys()
            self._vectors.drop(audience, gone)
            ids.difference_update(gone)
        self._vectors.forget_others()
        return True

    def _embed_lot(self, lot: list[tuple[Audience, str]], wanted: dict[Audience, dict[str, tuple[Article, Passage]]]) -> None:
        texts = [embedded(*wanted[a][key]) for a, key in lot]
        rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        made = self._encoder.embed(list(rows))
        for audience in {a for a, _ in lot}:
            own = [(key, rows[text]) for (a, key), text in zip(lot, texts, strict=True) if a == audience]
            self._vectors.put(audience, [key for key, _ in own], made[[row for _, row in own]])
            self._there[audience].update(key for key, _ in own)

    def scores(self, question: str, view: View) -> Floats | None:
        """Each passage's similarity to the question; of those that the view may not see, 0. None while nothing can be said."""
        if self.failed.is_set():
            self._again()
        if not self.ready.is_set():
            return None
        try:
            found = self._nearest(question, view)
        except BellhopError as error:
            log.warning("answering by words: %s", error)
            self._give_up()
            return None
        out = np.zeros(view.index.passages.size, np.float32)
        visible = view.passages.visible
        if not found:
            return None
        out[visible] = min(found.values())
        for number, score in found.items():
            if visible[number]:
                out[number] = score
        return out

    def _give_up(self) -> None:
        """Until the store and the model have been tried again, questions do not wait for them."""
        self.ready.clear()
        self._tried = time.monotonic()
        self.failed.set()

    def _again(self) -> None:
        """Once in a while: what failed may be back, and may have lost what it had."""
        if time.monotonic() - self._tried >= AGAIN and self._followed is not None:
            self._tried = time.monotonic()
            self._thread.submit(self._embed, self._followed, anew=True)

    def knows(self, word: str) -> bool:
        """Whether the model has met this word as such; False until it is loaded."""
        return self.ready.is_set() and self._encoder.knows(word)

    def _nearest(self, question: str, view: View) -> dict[int, float]:
        vector = self._vector(question)
        numbers = self._of_index(view.index)
        found: dict[int, float] = {}
        for audience in view.readable:
            for key, score in self._vectors.nearest(audience, vector, NEAREST):
                if key in numbers:
                    found[numbers[key]] = score
        return found

    def _of(self, article: Article) -> tuple[str, ...]:
        """The ids of an article's passages: other words, another id."""
        name = (article.path, article.digest)
        if name not in self._keys:
            texts = (f"{article.path}\0{n}\0{embedded(article, p)}" for n, p in enumerate(article.passages))
            self._keys[name] = tuple(hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts)
        return self._keys[name]

    def _of_index(self, index: Index) -> dict[str, int]:
        """Each id's passage number in this index."""
        if self._numbered is not index:
            with self._asking:
                self._numbers = {key: n for n, key in enumerate(key for article in index.articles for key in self._of(article))}
                self._numbered = index
        return self._numbers

    def _vector(self, question: str) -> Matrix:
        with self._asking:
            if question not in self._seen:
                self._seen[question] = self._encoder.embed([question])[0]
                if len(self._seen) > KEPT:
                    self._seen.popitem(last=False)
            return self._seen[question]


def open_encoder(model: Model, cache_dir: Path) -> Encoder | None:
    """The model itself, for other texts than articles; None where there is none on this machine. It is built at `cache_dir` if need be."""
    if model.url:
        return Remote(model.url, model.name, model.key, model.seconds)
    folder = weights_folder(model.folder)
    return MiniLM(folder, cache_dir) if folder else None


def open_meaning(model: Model, cache_dir: Path, progress: Callable[[str], None]) -> DenseMeaning | None:
    """Search by meaning, with the model and the store that `model` names; None where there is no model on this machine."""
    folder = None if model.url else weights_folder(model.folder)
    if not model.url and folder is None:
        progress("There are no weights of an embedding model here, so questions are answered by words only.")
        return None

    def opened() -> tuple[Encoder, Vectors]:
        encoder = MiniLM(folder, cache_dir) if folder else Remote(model.url, model.name, model.key, model.seconds)
        return encoder, Vectors(open_client(cache_dir / "chroma", model.chroma), encoder.name)

    return DenseMeaning(opened, progress)
