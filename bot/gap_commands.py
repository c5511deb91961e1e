"""What `bellhop knowledge gaps` does: lists what was asked in vain and, if asked to, drafts articles about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import app as house
from bot.app import Progress
from bot.commands import record
from bot.errors import BadInput, Busy
from bot.knowledge_commands import opened
from bot.library.articles import Article, read_bytes
from bot.library.commit import repository_of
from bot.library.gaps import branches, report
from bot.library.gaps.clusters import MOST
from bot.library.gaps.draft import Draft, House, draft
from bot.library.gaps.find import Gap, Means, find
from bot.library.gaps.heard import read
from bot.library.git import GitFailed
from bot.library.meaning import open_encoder
from bot.library.minilm import vocabulary, weights_folder
from bot.library.search import FolderLibrary
from bot.library.sync import NEXT, Sync
from bot.settings import Settings

_SPAN = re.compile(r"(\d{1,4}) ?(day|week|month|year)s?")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
PUSHED = "refs/bellhop/pushed"
"""Below it stands what was pushed last of each branch."""


@dataclass(frozen=True)
class Wanted:
    """What the command was asked for."""

    since: str = "90 days"
    least: int = 2
    branches: bool = False
    into: Path | None = None
    push: bool = False
    as_json: bool = False


def moment(text: str, now: datetime) -> datetime:
    """A day (2026-09-01) or a span back from now ("30 days"); BadInput where it is neither."""
    span = _SPAN.fullmatch(text.strip().lower())
    try:
        return now - timedelta(days=int(span[1]) * _DAYS[span[2]]) if span else datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"--since: {text!r} is neither a day such as 2026-09-01 nor a span such as “30 days”.") from None


async def gaps(settings: Settings, wanted: Wanted, out: Progress, progress: Progress) -> None:
    """Lists the gaps; makes branches or files of those that enough people asked about, where that is wanted."""
    if wanted.push and not settings.knowledge_url.get_secret_value():
        raise BadInput("--push: BELLHOP_KNOWLEDGE_URL is not set, so there is nowhere to push to. Use git push for the branches you want.")
    since = moment(wanted.since, house.now())
    ledger = record(settings)
    try:
        progress("Reading what was asked")
        heard = await read(ledger, since)
        directory = await ledger.directory()
    finally:
        ledger.close()
    if len(heard.questions) > MOST:
        progress(f"Of {len(heard.questions):,} questions the newest {MOST:,} are looked at: name a shorter time with --since.")
        heard = replace(heard, questions=heard.questions[-MOST:])
    with _library(settings, progress) as library, TemporaryDirectory(prefix="bellhop-") as place:
        model = house.embedding(settings)
        kept = settings.data_dir / "check"
        encoder = open_encoder(model, kept if kept.is_dir() else Path(place)) if model else None
        weights = weights_folder(settings.embedding_dir)
        general = vocabulary(weights) if weights else frozenset()
        found = find(heard, Means(library, directory, encoder, general, settings.knowledge_gap_people, progress))
        articles = {article.path: article for article in library.view(frozenset()).index.articles}
        _tell(found, wanted, since, articles, out)
        chosen = [gap for gap in found if gap.people >= max(wanted.least, settings.knowledge_gap_people)]
        if wanted.branches or wanted.push or wanted.into:
            for line in _drafted(settings, wanted, chosen, articles):
                out(line) if not wanted.as_json else progress(line)


@contextmanager
def _library(settings: Settings, progress: Progress) -> Iterator[FolderLibrary]:
    folder = house.knowledge_folder(settings)
    if not folder.is_dir():
        raise BadInput(f"There is no knowledge folder {folder}: see BELLHOP_KNOWLEDGE_DIR and `bellhop knowledge sync`.")
    with TemporaryDirectory(prefix="bellhop-") as made, opened(folder, settings, Path(made), progress) as library:
        yield library


def _tell(found: Sequence[Gap], wanted: Wanted, since: datetime, articles: dict[str, Article], out: Progress) -> None:
    if wanted.as_json:
        for gap in found:
            if gap.people >= wanted.least:
                out(json.dumps(report.as_json(gap, articles), ensure_ascii=False))
        return
    for line in report.text(found, wanted.least, since, articles):
        out(line)


def _drafted(settings: Settings, wanted: Wanted, chosen: Sequence[Gap], articles: dict[str, Article]) -> Iterator[str]:
    yield ""
    if not chosen:
        yield f"No drafts: nothing was asked in vain by {max(wanted.least, settings.knowledge_gap_people)} people."
        return
    if wanted.into:
        folder = house.knowledge_folder(settings).resolve()
        files = [file.relative_to(folder).as_posix() for file in folder.rglob("*")]
        drafts = _drafts(chosen, House(articles, files, lambda path: read_bytes(folder / path, path), house.now().date()))
        yield from report.drafted(branches.into(drafts, wanted.into))
        return
    with _store(settings) as (store, source):
        try:
            drafts = _drafts(chosen, House(articles, store.files(), store.content, house.now().date()))
            written = branches.write(drafts, [gap.name for gap in chosen], store)
            yield from report.drafted(written)
            if wanted.push and source:
                yield from _push(written, store, source)
        except GitFailed as error:
            raise BadInput(f"The branches could not be made. {error}") from None


def _drafts(chosen: Sequence[Gap], there: House) -> list[Draft]:
    taken: set[str] = set()
    return [draft(gap, there, taken) for gap in chosen]


@contextmanager
def _store(settings: Settings) -> Iterator[tuple[branches.Store, Sync | None]]:
    """The repository that holds the knowledge: the copy of the one that the settings name, or the one around the folder."""
    source = house.knowledge_source(settings)
    if source is None:
        repository, inside = repository_of(settings.knowledge_dir)
        if repository is None:
            raise BadInput(f"{settings.knowledge_dir} is in no git repository, so there can be no branches: use --into.")
        yield branches.store(repository, inside), None
        return
    with source.alone() as repository:
        yield branches.store(repository, settings.knowledge_subfolder, NEXT), source


def _push(written: Sequence[branches.Written], store: branches.Store, source: Sync) -> Iterator[str]:
    """Pushes what is ours: a branch that somebody changed or deleted there since is left alone."""
    there = source.branches(branches.PREFIX)
    for one in written:
        if one.state != "taken over":
            yield f"{one.name}: {_pushed(one, there.get(one.name, ''), store, source)}"


def _pushed(one: branches.Written, there: str, store: branches.Store, source: Sync) -> str:
    mark = f"{PUSHED}/{one.name}"
    before = store.git("for-each-ref", "--format=%(objectname)", mark).decode().strip()
    if there == one.tip:
        return "stands there already"
    if there != before and there:
        return "left alone, somebody has worked on it there"
    if not there and before == one.tip:
        return "left alone, it was deleted there"
    try:
        source.push(one.name, there)
    except (GitFailed, Busy) as error:
        return f"not pushed. {error}"
    store.git("update-ref", mark, one.tip)
    return "pushed"
