"""What the commands under `bellhop knowledge` do, and what `bellhop check` says of articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import app as house
from bot.app import Progress
from bot.desk.registry import Registry
from bot.desk.registry import load as load_registry
from bot.domain.people import Standing
from bot.errors import BadInput
from bot.library import golden
from bot.library.articles import BadArticle, article_files, read
from bot.library.check import Report, inspect
from bot.library.commit import repository_of
from bot.library.git import GitFailed
from bot.library.regression import Change, compare, failures, markdown
from bot.library.search import FolderLibrary
from bot.library.trees import copy, resolve, tree
from bot.settings import Settings


@dataclass(frozen=True)
class Checked:
    """What a check found: the articles' report, and each golden question."""

    report: Report
    changes: Sequence[Change]

    @property
    def bad(self) -> bool:
        """Whether a change has to be stopped."""
        return bool(self.report.errors or failures(self.changes))

    def lines(self, warn: bool = True) -> Iterator[str]:
        """Everything worth saying: problems first, then warnings, then golden questions that did not stay as they were."""
        yield from self.report.errors
        yield from (f"warning: {line}" for line in self.report.warnings if warn)
        yield from (str(change) for change in self.changes if change.kind != "as before" and (change.before or change.kind != "new"))


def check(settings: Settings, base: str, report: Path | None, say: Progress, progress: Progress) -> int:
    """Checks the knowledge folder; prints each problem, writes the markdown report where one is wanted, and returns 1 if there is one."""
    checked = inspected(settings, load_registry(), progress, base)
    for line in checked.lines():
        say(line)
    kinds = [change.kind for change in checked.changes]
    bad = sum(kind in ("fails now", "still fails") for kind in kinds)
    say(
        f"{'Not good' if checked.bad else 'All good'}: {len(checked.report.errors)} problems, {len(checked.report.warnings)} warnings; "
        f"{len([k for k in kinds if k != 'no longer asked'])} golden questions, {bad} of them fail"
        + (f", {kinds.count('fails now')} that did not at {base}." if base else ".")
    )
    if report:
        report.write_text(markdown(checked.changes, checked.report.errors, checked.report.warnings, base), "utf-8")
    return 1 if checked.bad else 0


def inspected(settings: Settings, registry: Registry, progress: Progress, base: str = "") -> Checked:
    """The knowledge folder, checked with the search that the settings choose; golden questions are compared with revision `base`."""
    folder = house.knowledge_folder(settings)
    if not folder.is_dir():
        return Checked(Report((f"{folder}: there is no such folder",), ()), ())
    with TemporaryDirectory(prefix="bellhop-") as made:
        place = Path(made)
        before = _asked_at(folder, base, settings, place, progress) if base else []
        with opened(folder, settings, place, progress) as library:
            offered = {name for name, action in registry.actions.items() if action.offered}
            report = inspect(folder, offered, house.now().date(), owners=_owners(settings), library=library)
            try:
                after = golden.ask(golden.read(folder), library)
            except BadArticle:
                after = []  # the report names what is wrong with the file
    return Checked(report, compare(before, after))


def _asked_at(folder: Path, base: str, settings: Settings, place: Path, progress: Progress) -> list[golden.Result]:
    """The golden questions of another revision, asked of its own articles."""
    repository, inside = repository_of(folder)
    if repository is None:
        raise BadInput(f"--base: {folder} is in no git repository, so there is no {base} to compare it with.")
    then = place / "base"
    try:
        commit = resolve(repository, base)
    except GitFailed:
        raise BadInput(f"--base: there is no revision {base!r} here. In a pipeline, fetch it first (git fetch origin main).") from None
    try:
        copy(repository, commit, tree(repository, commit, inside), then)
    except GitFailed:
        return []  # the folder is new
    with opened(then, settings, place, progress) as library:
        try:
            return golden.ask(golden.read(then), library)
        except BadArticle:
            return []


@contextmanager
def opened(folder: Path, settings: Settings, place: Path, progress: Progress) -> Iterator[FolderLibrary]:
    """The folder, searchable as people search it. Vectors are kept apart from those in use: a check must not disturb them."""
    kept = settings.data_dir / "check" if settings.data_dir.is_dir() else place
    library = FolderLibrary(folder, meaning=house.meaning(settings.model_copy(update={"chroma_url": ""}), kept, progress))
    try:
        library.wait()
        yield library
    finally:
        library.close()


def _owners(settings: Settings) -> frozenset[str] | None:
    """Who works here, where a company was loaded; None where there is none to ask."""
    if not settings.database_url.get_secret_value() and not (settings.data_dir / "bellhop.db").is_file():
        return None
    people = house.company(settings).people.values()
    return frozenset(person.email.casefold() for person in people if person.status is not Standing.OFFBOARDED)


def sync(settings: Settings, say: Progress) -> int:
    """Fetches the knowledge now and says what came; articles that cannot be read are named, and left out."""
    source = house.knowledge_source(settings)
    if source is None:
        raise BadInput("BELLHOP_KNOWLEDGE_URL is not set, so the knowledge is read from BELLHOP_KNOWLEDGE_DIR and never fetched.")
    pulled = source.pull()
    say(str(pulled))
    for line in (*source.state.left_out, *_unreadable(source.folder)):
        say(f"left out: {line}")
    return 0


def _unreadable(folder: Path) -> Iterator[str]:
    root = folder.resolve()
    for file in article_files(root):
        try:
            read(file, root)
        except BadArticle as problem:
            yield from str(problem).splitlines()
