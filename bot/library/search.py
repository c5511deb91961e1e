"""The library over a folder of markdown: reads it, watches it, answers from it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bot.desk.ports import Found, Page
from bot.errors import BadInput
from bot.library.answer import age, answer
from bot.library.confidence import ASKS, CLOSEST, confidence, enough
from bot.library.index import View
from bot.library.options import options
from bot.library.query import Query, understand
from bot.library.rank import Meaning, Ranked, just, rank
from bot.library.shelf import Progress, Shelf
from bot.library.words import Group

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
        self._today, self._meaning = today, meaning
        self._lock = threading.Lock()
        self._shelf = Shelf(self.folder, cache_dir, progress, checked=checked)
        if meaning:
            meaning.follow(self._shelf.index)

    @property
    def problems(self) -> tuple[str, ...]:
        """The files that were left out, and why."""
        return self._shelf.problems

    @property
    def commit(self) -> str:
        """The commit that the folder stands at; "" where there is none."""
        return self._shelf.commit

    @property
    def size(self) -> int:
        """How many articles there are."""
        return len(self._shelf.index.articles)

    @property
    def synonyms(self) -> tuple[Group, ...]:
        """Expressions that mean the same here."""
        return self._shelf.synonyms

    def refresh(self) -> bool:
        """Reads what changed in the folder since the last look; True if anything did. Searches go on meanwhile on the old index."""
        with self._lock:
            before = self._shelf.index
            changed = self._shelf.refresh()
            if self._meaning and self._shelf.index is not before:
                self._meaning.follow(self._shelf.index)
            return changed

    async def search(self, question: str, audiences: frozenset[str], only: str = "") -> Found:
        """What the articles that `audiences` may read say to the question; with `only`, what that one says. "everyone" is always among
        the audiences."""
        if self._shelf.due:
            await asyncio.to_thread(self.refresh)
        return await asyncio.to_thread(self.find, question, audiences, only)  # a model or a store elsewhere may take seconds to answer

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
        asked = options(question, ranked.hits, view) if score >= ASKS else ()
        said, quoted = answer(ranked, view, closest=score < enough(ranked.hits), today=self._today())
        public = all("everyone" in view.index.by_path[c.path].audience for c in said.citations)
        offers = articles[ranked.hits[0].article].actions
        return Found(said, score, ranking, self._quoted(ranked, view, quoted), offers, commit, public, asked)

    async def page(self, path: str, audiences: frozenset[str]) -> Page | None:
        """The whole article at this path; None where there is none, or none that these audiences may read."""
        article = self._shelf.index.by_path.get(path)
        if article is None or not article.audience & (audiences | {"everyone"}):
            return None
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
        self._shelf.close()
        if self._meaning:
            self._meaning.close()

    def understand(self, question: str, view: View) -> Query:
        """The question in the view's terms."""
        knows = (self._meaning.knows,) if self._meaning else ()
        return understand(question, view, self._shelf.synonyms, *knows)

    def ranked(self, question: str, view: View) -> Ranked:
        """The view's articles ranked for the question."""
        query = self.understand(question, view)
        dense = self._meaning.scores(query.read, view) if self._meaning else None
        return rank(query, view, dense)

    def view(self, audiences: frozenset[str]) -> View:
        """The index as these audiences see it."""
        return self._shelf.index.view(audiences)

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
