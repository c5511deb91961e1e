"""Is the knowledge base right? Every problem as a sentence that begins with file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bot.library import golden
from bot.library.articles import Article, BadArticle, article_files, body_of, read, read_bytes
from bot.library.asked import lost
from bot.library.duplicates import same_lines, same_texts, same_titles
from bot.library.gaps.draft import unfinished
from bot.library.links import broken
from bot.library.search import FolderLibrary

WARNING = "warning: "


@dataclass(frozen=True)
class Report:
    """`errors` make a check fail; `warnings` only tell."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def check(folder: Path, actions: set[str], today: date | None = None) -> list[str]:
    """All problems of the articles in `folder`, errors first; a line that begins with "warning: " need not fail anything."""
    report = inspect(folder, actions, today or datetime.now(UTC).date())
    return [*report.errors, *(WARNING + line for line in report.warnings)]


def inspect(
    folder: Path, actions: set[str], today: date, *, owners: frozenset[str] | None = None, library: FolderLibrary | None = None
) -> Report:
    """As check(), errors and warnings apart. `actions` are the names that articles may offer, `owners` who may own one (None: anybody);
    `library` is this folder opened, with the search that people get (None: by words alone)."""
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
        errors += broken(file, folder.resolve())
        errors += _unfinished(file, article)
        errors += [f"{article.path}:1: offers the action {name}, which does not exist" for name in article.actions if name not in actions]
    if not articles and not errors:
        errors.append(f"{folder}: holds no articles")
    searched, alone = _searched(library or FolderLibrary(folder))
    same, alike = same_texts(articles)
    errors += [*_owners(articles, owners), *same_titles(articles), *same, *searched, *_golden(folder)]
    return Report(tuple(errors), (*alike, *same_lines(articles), *alone, *_overdue(articles, today)))


def _unfinished(file: Path, article: Article) -> Iterator[str]:
    """Where a draft that `bellhop knowledge gaps` made is not finished yet."""
    above, body = body_of(read_bytes(file, article.path), article.path)
    yield from (f"{article.path}:{above + line}: {why}" for line, why in unfinished(body))


def _owners(articles: Sequence[Article], owners: frozenset[str] | None) -> Iterator[str]:
    for article in articles:
        if owners is not None and article.owner.casefold() not in owners:
            yield f"{article.path}:1: its owner {article.owner} is nobody who works here"


def _searched(library: FolderLibrary) -> tuple[list[str], list[str]]:
    """asked_as lines that do not find their article. One that does so by itself alone is a warning; where most of an article's lines
    are like that, they are not about it."""
    found = list(lost(library))
    lines = {article.path: len(article.asked_as) for article in library.view(frozenset()).index.articles}
    alone = Counter(line.path for line in found)
    errors = [str(line) for line in found if not line.itself or alone[line.path] * 2 > lines[line.path]]
    return errors, [str(line) for line in found if str(line) not in errors]


def _golden(folder: Path) -> list[str]:
    """What is wrong with the golden questions themselves."""
    root = folder.resolve()
    try:
        return golden.unknown(golden.read(folder), frozenset(file.relative_to(root).as_posix() for file in article_files(folder)))
    except BadArticle as problem:
        return str(problem).splitlines()


def _overdue(articles: Sequence[Article], today: date) -> Iterator[str]:
    for article in articles:
        if article.due and article.due < today:
            yield f"{article.path}:1: its review was due on {article.due.isoformat()} ({article.owner})"
