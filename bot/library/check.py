"""Is the knowledge base right? Every problem as a sentence that begins with file and line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote

from bot.library.articles import Article, BadArticle, article_files, read
from bot.library.index import Index, Vocabulary, index_article
from bot.library.query import understand
from bot.library.rank import rank
from bot.library.words import COMPANY_SYNONYMS, SYNONYMS, read_synonyms, terms

WITHIN = 3
"""An asked_as line has to find its article among the first so many."""
SAME = 0.75
"""Articles that share this part of their three-word runs (Jaccard) say the same."""
WARNING = "warning: "

_TARGET = re.compile(r"(!?)\[[^\]\n]*\]\(\s*<?([^()\s>]+)")
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.S | re.M)


@dataclass(frozen=True)
class Report:
    """`errors` make a check fail; `warnings` (overdue reviews) only tell."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def check(folder: Path, actions: set[str], today: date | None = None) -> list[str]:
    """All problems of the articles in `folder`, errors first; a line that begins with "warning: " need not fail anything."""
    report = inspect(folder, actions, today or datetime.now(UTC).date())
    return [*report.errors, *(WARNING + line for line in report.warnings)]


def inspect(folder: Path, actions: set[str], today: date) -> Report:
    """As check(), errors and warnings apart. `actions` are the names that articles may offer."""
    if not folder.is_dir():
        return Report((f"{folder}: there is no such folder",), ())
    articles: list[Article] = []
    errors: list[str] = []
    for file in article_files(folder):
        try:
            article = read(file, folder, checked=True)
        except BadArticle as problem:
            errors += str(problem).splitlines()
            continue
        articles.append(article)
        errors += _broken_links(file, folder.resolve())
        errors += [f"{article.path}:1: offers the action {name}, which does not exist" for name in article.actions if name not in actions]
    if not articles and not errors:
        errors.append(f"{folder}: holds no articles")
    errors += [*_same_titles(articles), *_same_texts(articles), *_lost(articles, folder)]
    return Report(tuple(errors), tuple(_overdue(articles, today)))


def _broken_links(file: Path, root: Path) -> Iterator[str]:
    """Links and images that point to a file which is not there, or out of the folder."""
    text = _CODE.sub(lambda m: "\n" * m[0].count("\n"), file.read_text("utf-8"))
    for match in _TARGET.finditer(text):
        target = unquote(match[2].split("#")[0].split("?")[0])
        if not target or re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
            continue
        path = (root / target.lstrip("/") if target.startswith("/") else file.parent / target).resolve()
        if not path.is_relative_to(root) or not path.exists():
            line = text[: match.start()].count("\n") + 1
            kind = "image" if match[1] else "link"
            yield f"{file.relative_to(root).as_posix()}:{line}: the {kind} {match[2]} leads nowhere"


def _same_titles(articles: Sequence[Article]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for article in articles:
        first = seen.setdefault(article.title.casefold(), article.path)
        if first != article.path:
            yield f"{article.path}:1: has the same title as {first}: “{article.title}”"


def _runs(article: Article) -> set[tuple[str, ...]]:
    words = [word for passage in article.passages for word in terms(passage.text)]
    return set(zip(words, words[1:], words[2:], strict=False))


def _same_texts(articles: Sequence[Article]) -> Iterator[str]:
    """Pairs that share most of their text. Only articles with a run in common are compared."""
    runs = [_runs(article) for article in articles]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, own in enumerate(runs):
        shared: dict[int, int] = defaultdict(int)
        for run in own:
            for other in holders[run][:50]:
                shared[other] += 1
            holders[run].append(number)
        for other, common in shared.items():
            if common / (len(own) + len(runs[other]) - common) >= SAME:
                yield f"{articles[number].path}:1: says nearly the same as {articles[other].path}; keep one of them"


def _lost(articles: Sequence[Article], folder: Path) -> Iterator[str]:
    """asked_as lines that do not find their article, searched by somebody who may read it and no more."""
    vocabulary = Vocabulary()
    index = Index([index_article(article, vocabulary) for article in articles], vocabulary)
    synonyms = read_synonyms(SYNONYMS, folder / COMPANY_SYNONYMS)
    for number, article in enumerate(articles):
        view = index.view(article.audience)
        for line in article.asked_as:
            hits = rank(understand(line, view, synonyms), view).hits[:WITHIN]
            if number not in [hit.article for hit in hits]:
                found = ", ".join(articles[hit.article].path for hit in hits) or "nothing"
                yield f"{article.path}:1: asked_as “{line}” finds {found}"


def _overdue(articles: Sequence[Article], today: date) -> Iterator[str]:
    for article in articles:
        if article.due and article.due < today:
            yield f"{article.path}:1: its review was due on {article.due.isoformat()} ({article.owner})"
