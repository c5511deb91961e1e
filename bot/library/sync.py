"""The company's knowledge, copied from any git repository: what the library reads is swapped whole, or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import BellhopError, Busy
from bot.library.articles import article_files
from bot.library.commit import commit_of
from bot.library.git import SECONDS, GitFailed, git
from bot.library.trees import copy, resolve, tree

log = logging.getLogger(__name__)

NEXT = "refs/bellhop/next"
PROTOCOLS = ("https", "ssh", "file", "http")
"""Settings let plain http through on this machine only."""
KEPT = 3
"""Copies that are kept: whoever reads an old one may finish."""
_SCP = re.compile(r"[\w.-]+@[\w.-]+:.+")


class SyncFailed(BellhopError):
    """The knowledge could not be fetched; what was there stays."""


@dataclass(frozen=True)
class Source:
    """Where the knowledge comes from: a repository's address or path (with its credentials, so it is never shown), the branch
    ("": the repository's own choice) and the folder in it that holds the articles ("": all of it)."""

    url: str = field(repr=False)
    branch: str = ""
    subfolder: str = ""

    @property
    def address(self) -> str:
        """As git is given it: paths become absolute addresses."""
        if "://" in self.url or _SCP.fullmatch(self.url):
            return self.url
        return Path(self.url).expanduser().absolute().as_uri()

    @property
    def protocol(self) -> str:
        """The only one that git may speak: "none" where it is not one of ours."""
        scheme = self.address.split("://")[0] if "://" in self.address else "ssh"
        return scheme if scheme in PROTOCOLS else "none"

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}" if self.branch else "HEAD"

    @property
    def digest(self) -> str:
        return hashlib.sha256("\0".join((self.address, self.branch, self.subfolder)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class State:
    """How the last pulls went: when the source was last reached and last tried; why that failed ("": it did not). `left_out` names the
    files that were not taken, and why."""

    source: str = ""
    fetched: str = ""
    tried: str = ""
    failed: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pulled:
    """What a pull brought: the commits before and after ("" where there was none), and how many files are new, changed or gone."""

    before: str
    after: str
    changed: int = 0
    gone: int = 0
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.before == self.after:
            return f"Nothing new: the knowledge stands at {self.after[:12]}."
        return f"The knowledge stands at {self.after[:12]}: {self.changed} files new or changed, {self.gone} gone."


def _now() -> datetime:
    return datetime.now(UTC)


class Sync:
    """Keeps `folder` a copy of the source. One process at a time fetches; readers need not wait for it."""

    def __init__(self, source: Source, place: Path, now: Callable[[], datetime] = _now) -> None:
        self.source = source
        self.folder = place / "current"
        self._place, self._now = place, now
        self._repository = place / "repository.git"
        self._stop = threading.Event()

    @property
    def state(self) -> State:
        """As the last pull left it; empty where there was none from this source."""
        try:
            found = State(**json.loads((self._place / "state.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return State()
        return replace(found, left_out=tuple(found.left_out)) if found.source == self.source.digest else State()

    @property
    def commit(self) -> str:
        """The commit that is served; "" where there is none of this source."""
        root = self.folder.resolve()
        return commit_of(root) if root.is_dir() and root.name.endswith(self.source.digest) else ""

    def prepare(self) -> None:
        """Makes sure that there is a folder to read: what was fetched before, or else what a pull brings; an empty one where that fails."""
        if self.commit:
            return
        try:
            self.pull()
        except (SyncFailed, Busy) as error:
            log.warning("%s", error)
            if not self.commit:
                empty = self._place / "trees" / "none"
                empty.mkdir(parents=True, exist_ok=True)
                self._point_to(empty)

    def pull(self) -> Pulled:
        """Fetches and swaps. SyncFailed says why nothing was changed, Busy that another process is at it."""
        with self._alone():
            state = self.state
            try:
                pulled = self._pulled(self.commit)
            except (GitFailed, OSError) as error:
                why = str(error) if isinstance(error, GitFailed) else f"{error.strerror}: {error.filename}"
                self._note(replace(state, tried=self._now().isoformat(), failed=why))
                raise SyncFailed(f"The knowledge was not fetched. {why}") from None
            at = self._now().isoformat()
            left_out = pulled.left_out if pulled.before != pulled.after else state.left_out
            self._note(State(self.source.digest, at, at, "", left_out))
            self._tidy()
            return pulled

    def reach(self, seconds: float = 20.0) -> str:
        """The newest commit of the source, asked for without fetching it. GitFailed says why it cannot be asked."""
        found = self._remotely("ls-remote", "--exit-code", "origin", self.source.ref, seconds=seconds)
        return found.split()[0].decode()

    @contextmanager
    def alone(self) -> Iterator[Path]:
        """The repository behind the copy, while no pull touches it. Busy that one is under way, SyncFailed where nothing was fetched."""
        with self._alone():
            if not self.commit:
                raise SyncFailed("The knowledge was not fetched yet: run `bellhop knowledge sync`.")
            yield self._repository

    def branches(self, prefix: str) -> dict[str, str]:
        """The source's branches below a prefix, each with its commit; to be asked within `alone`. GitFailed says why it cannot be asked."""
        listed = self._remotely("ls-remote", "origin", f"refs/heads/{prefix}/*").decode("utf-8", "replace")
        return {name.removeprefix("refs/heads/"): tip for tip, name in (line.split("\t", 1) for line in listed.splitlines())}

    def push(self, branch: str, before: str) -> None:
        """Brings a branch to the source, if it is at `before` there ("": not there); within `alone`. GitFailed if not."""
        self._remotely(
            "push", "--quiet", f"--force-with-lease=refs/heads/{branch}:{before}", "origin", f"+refs/heads/{branch}:refs/heads/{branch}"
        )

    def stop(self) -> None:
        """Ends a pull that is under way on another thread."""
        self._stop.set()

    def _remotely(self, *arguments: str, seconds: float = SECONDS) -> bytes:
        """A git command that may speak to the source."""
        return git(
            *arguments,
            repository=self._repository,
            protocols=self.source.protocol,
            config={"remote.origin.url": self.source.address},
            seconds=seconds,
            watched=self._repository,
            stop=self._stop,
        )

    def _pulled(self, before: str) -> Pulled:
        commit = self._fetched()
        if commit == before:
            return Pulled(before, commit)
        try:
            wanted = tree(self._repository, commit, self.source.subfolder)
            old = self.folder.resolve() if before else None
            target = self._place / "trees" / f"{commit[:20]}-{self.source.digest}"
            part = self._place / "trees" / ".part"
            for leftover in (part, target):
                shutil.rmtree(leftover, ignore_errors=True)
            copy(self._repository, commit, wanted, part, old)
        except GitFailed:
            shutil.rmtree(self._repository, ignore_errors=True)  # may be damaged: the next pull begins anew
            raise
        if not article_files(part):
            raise GitFailed(f"At {commit[:12]} there is no article{f' in {self.source.subfolder}' if self.source.subfolder else ''}.")
        part.rename(target)
        self._point_to(target)
        was = dict(_times(old)) if old else {}
        now = {path: file.time for path, file in wanted.files.items()}
        changed = sum(was.get(path) != time for path, time in now.items())
        return Pulled(before, commit, changed, len(was.keys() - now.keys()), tuple(wanted.left_out))

    def _fetched(self) -> str:
        """The commit that the source is at now, fetched without its history."""
        repository = self._repository
        if not (repository / "HEAD").is_file():
            shutil.rmtree(repository, ignore_errors=True)
            git("init", "--bare", "--quiet", "--template=", repository=repository)
        for lock in repository.rglob("*.lock"):  # of a process that died: we are alone here
            lock.unlink(missing_ok=True)
        options = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--update-shallow", "--force")
        self._remotely("fetch", *options, "origin", f"+{self.source.ref}:{NEXT}")
        return resolve(repository, NEXT)

    def _point_to(self, target: Path) -> None:
        """Swaps what `folder` leads to, in one step."""
        link = self._place / ".next"
        link.unlink(missing_ok=True)
        link.symlink_to(target.relative_to(self._place))
        link.replace(self.folder)

    def _tidy(self) -> None:
        """Removes copies that nobody reads any more and objects that nothing needs."""
        current = self.folder.resolve()
        trees = sorted((self._place / "trees").iterdir(), key=lambda t: t.stat().st_ctime, reverse=True)
        for old in [t for t in trees if t != current][KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)
        try:
            git("gc", "--quiet", "--prune=now", repository=self._repository, stop=self._stop)
        except GitFailed as error:
            log.info("the copy of the repository could not be tidied: %s", error)

    def _note(self, state: State) -> None:
        part = self._place / ".state"
        part.write_text(json.dumps(asdict(replace(state, source=self.source.digest))), "utf-8")
        part.replace(self._place / "state.json")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._place / "lock").open("w")
        except OSError as error:
            raise SyncFailed(f"{self._place} cannot be written to ({error.strerror}).") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Busy("Another process is fetching the knowledge at this moment.") from None
            yield


def _times(folder: Path) -> Iterator[tuple[str, int]]:
    """Each file of a copy with its time; names that begin with a dot are ours."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if not name.startswith("."):
                yield path.relative_to(folder).as_posix(), path.lstat().st_mtime_ns
