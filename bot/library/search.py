"""The library over a folder of markdown: reads it, watches it, answers from it."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bot.desk.ports import Found, Page
from bot.errors import BadInput
from bot.library import cache
from bot.library.answer import age, answer
from bot.library.articles import BadArticle, article_files, parse, read_bytes
from bot.library.commit import commit_of
from bot.library.confidence import ANSWER, CLOSEST, confidence
from bot.library.index import Index, Indexed, View, Vocabulary, index_article
from bot.library.options import options
from bot.library.query import Query, understand
from bot.library.rank import Meaning, Ranked, just, rank
from bot.library.words import COMPANY_SYNONYMS, SYNONYMS, Group, read_synonyms

Progress = Callable[[str], None]
LOOK_EVERY, LOOK_SHARE = 0.5, 3
"""Seconds between looks at the folder for changed files; and no less than this many times what the last look took."""
RANKING, PASSAGES = 10, 5


def _silent(_: str) -> None:
    return None


def _today() -> date:
    return datetime.now(UTC).date()


class FolderLibrary:
    """Answers from the markdown in `folder`. `problems` names the files that were left out, and why.

    `checked` holds every article to our schema; otherwise only those that use it. `meaning`, where there is one, adds dense scores.
    """

    def __init__(
        self,
        folder: Path,
        cache_dir: Path | None = None,
        progress: Progress = _silent,
        *,
        checked: bool = False,
        today: Callable[[], date] = _today,
        meaning: Meaning | None = None,
    ) -> None:
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder} to read articles from.")
        self.folder = folder.absolute()
        self.problems: tuple[str, ...] = ()
        self.commit = ""
        self._file = cache.cache_file(cache_dir, folder) if cache_dir else None
        self._progress, self._checked, self._today, self._meaning = progress, checked, today, meaning
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[int, int]] = {}
        self._refused: dict[str, str] = {}
        self._looked, self._pause = 0.0, LOOK_EVERY
        kept, vocabulary = cache.load(self._file) if self._file else ([], Vocabulary())
        self._index = Index(kept, vocabulary)
        self._saving = ThreadPoolExecutor(1, thread_name_prefix="library-cache")
        self._synonyms = read_synonyms(SYNONYMS, self.folder / COMPANY_SYNONYMS)
        self.refresh()

    @property
    def size(self) -> int:
        """How many articles there are."""
        return len(self._index.articles)

    @property
    def synonyms(self) -> tuple[Group, ...]:
        """Expressions that mean the same here."""
        return self._synonyms

    def refresh(self) -> bool:
        """Reads what changed in the folder since the last look; True if anything did. Searches go on meanwhile on the old index."""
        with self._lock:
            self._looked = time.monotonic()
            root = self.folder.resolve()  # may be a link that leads to another tree by now
            files = {f.relative_to(root).as_posix(): f for f in article_files(root)}
            seen = {name: _stamp(f) for name, f in (*files.items(), (COMPANY_SYNONYMS, root / COMPANY_SYNONYMS))}
            self._pause = max(LOOK_EVERY, LOOK_SHARE * (time.monotonic() - self._looked))
            changed = seen != self._seen
            if changed:
                self._synonyms = read_synonyms(SYNONYMS, root / COMPANY_SYNONYMS)
                self._read(files, [name for name in files if seen[name] != self._seen.get(name)], commit_of(root))
                self._seen = seen
            self.commit = commit_of(root)
            return changed

    def _read(self, names: dict[str, Path], changed: list[str], commit: str) -> None:
        vocabulary, old = self._index.vocabulary, self._index.indexed
        now = {name: old[name] for name in names if name in old}
        self._refused = {name: why for name, why in self._refused.items() if name in names}
        fresh = 0
        for done, name in enumerate(changed, 1):
            fresh += self._read_one(names[name], name, now, vocabulary)
            if done % 500 == 0 or done == len(changed):
                self._progress(f"Reading articles: {done:,} of {len(changed):,}")
        self._index, self.commit = Index((now[name] for name in names if name in now), vocabulary), commit
        if self._meaning:
            self._meaning.follow(self._index)
        self.problems = tuple(line for why in self._refused.values() for line in why.splitlines())
        if self._file and (fresh or now.keys() != old.keys()):
            saved = self._saving.submit(self._save, self._file, self._index)
            if not old:
                saved.result()

    def _save(self, file: Path, index: Index) -> None:
        """Keeps the index for the next start; not one that a newer took the place of, which is saved after it."""
        if index is self._index:
            cache.save(file, index.indexed.values(), index.vocabulary)

    def _read_one(self, file: Path, name: str, now: dict[str, Indexed], vocabulary: Vocabulary) -> bool:
        """Takes the file in; True if it had to be read anew."""
        self._refused.pop(name, None)
        try:
            raw = read_bytes(file, name)
            if name in now and now[name].article.digest == hashlib.sha256(raw).hexdigest() and not self._checked:
                return False
            now[name] = index_article(parse(raw, name, checked=self._checked), vocabulary)
        except BadArticle as problem:
            now.pop(name, None)
            self._refused[name] = str(problem)
        return True

    async def search(self, question: str, audiences: frozenset[str], only: str = "") -> Found:
        """What the articles that `audiences` may read say to the question; with `only`, what that one says. "everyone" is always among
        the audiences."""
        if time.monotonic() - self._looked >= self._pause:
            self._looked = time.monotonic()
            await asyncio.to_thread(self.refresh)
        return self.find(question, audiences, only)

    def find(self, question: str, audiences: frozenset[str], only: str = "") -> Found:
        """As search(), without looking for changed files."""
        view, commit = self.view(audiences), self.commit
        ranked = self.ranked(question, view)
        if only:
            ranked = just(ranked, only, view)
        score = 1.0 if only and ranked.hits else confidence(ranked.hits)
        articles = view.index.articles
        ranking = tuple(articles[hit.article].path for hit in ranked.hits[:RANKING])
        if score < CLOSEST:
            return Found(None, score, ranking, self._quoted(ranked, view, ()), commit=commit)
        asked = options(question, ranked.hits, view)
        said, quoted = answer(ranked, view, closest=score < ANSWER, today=self._today())
        public = all("everyone" in view.index.indexed[c.path].article.audience for c in said.citations)
        offers = articles[ranked.hits[0].article].actions
        return Found(said, score, ranking, self._quoted(ranked, view, quoted), offers, commit, public, asked)

    async def page(self, path: str, audiences: frozenset[str]) -> Page | None:
        """The whole article at this path; None where there is none, or none that these audiences may read."""
        indexed = self._index.indexed.get(path)
        if indexed is None or not indexed.article.audience & (audiences | {"everyone"}):
            return None
        article = indexed.article
        parts: list[str] = []
        heading = ""
        for passage in article.passages:
            if passage.heading and passage.heading != heading:
                parts.append(f"## {passage.heading}")
                heading = passage.heading
            parts.append(passage.text)
        return Page(title=article.title, path=path, text="\n\n".join(parts), note=age(article, self._today()))

    def wait(self) -> bool:
        """Waits until questions are answered by meaning too; False where they are not going to be."""
        return self._meaning is not None and self._meaning.wait()

    def close(self) -> None:
        """Stops what goes on in the background, once the index is kept."""
        self._saving.shutdown()
        if self._meaning:
            self._meaning.close()

    def understand(self, question: str, view: View) -> Query:
        """The question in the view's terms."""
        knows = (self._meaning.knows,) if self._meaning else ()
        return understand(question, view, self._synonyms, *knows)

    def ranked(self, question: str, view: View) -> Ranked:
        """The view's articles ranked for the question."""
        query = self.understand(question, view)
        dense = self._meaning.scores(query.read, view) if self._meaning else None
        return rank(query, view, dense)

    def view(self, audiences: frozenset[str]) -> View:
        """The index as these audiences see it."""
        return self._index.view(audiences)

    def _quoted(self, ranked: Ranked, view: View, quoted: tuple[int, ...]) -> tuple[dict[str, Any], ...]:
        """The passages that were quoted, then the best of the others, at most PASSAGES."""
        index = view.index
        order = [int(i) for i in np.argsort(-ranked.passages, kind="stable")[: PASSAGES * 2] if ranked.passages[i] > 0]
        chosen = [*quoted, *(i for i in order if i not in quoted)][: max(PASSAGES, len(quoted))]
        out = []
        for number in chosen:
            article = index.articles[int(index.owner[number])]
            passage = article.passages[number - int(index.first[index.owner[number]])]
            score = round(float(ranked.passages[number]), 4)
            out.append({"path": article.path, "section": passage.heading, "text": passage.text, "score": score})
        return tuple(out)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)


def open_library(
    folder: Path, cache_dir: Path | None = None, progress: Progress = _silent, *, checked: bool = False, meaning: Meaning | None = None
) -> FolderLibrary:
    """The library over `folder`. With a `cache_dir` the next start only reads what changed. `progress` is given sentences."""
    return FolderLibrary(folder, cache_dir, progress, checked=checked, meaning=meaning)
