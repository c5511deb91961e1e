"""The articles of a folder, indexed as they are now: looks for what changed, reads it, keeps it for the next start."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.library import cache
from bot.library.articles import BadArticle, Stamp, read_bytes, stamps
from bot.library.commit import commit_of
from bot.library.elsewhere import give_back
from bot.library.index import Index, Vocabulary
from bot.library.reading import MANY, Asked, helpers, read
from bot.library.words import COMPANY_SYNONYMS, SYNONYMS, Group, read_synonyms

Progress = Callable[[str], None]
LOOK_EVERY, LOOK_SHARE = 0.3, 3
"""Seconds between looks at the folder for changed files; and no less than this many times what the last look took."""
KEEP_EVERY = 20.0
"""Seconds after a change until the index is kept for the next start: changes seldom come alone."""


class Shelf:
    """`index` is replaced, never changed: who has begun with one ends with it. `problems` names the files that were left out, and why.
    `commit` is the one that the folder stands at."""

    def __init__(self, folder: Path, cache_dir: Path | None, progress: Progress, *, checked: bool) -> None:
        self.folder = folder.absolute()
        self.problems: tuple[str, ...] = ()
        self.commit = ""
        self.synonyms: tuple[Group, ...] = ()
        self._file = cache.cache_file(cache_dir, folder) if cache_dir else None
        self._progress, self._checked = progress, checked
        self._seen: dict[str, Stamp] = {}
        self._refused: dict[str, str] = {}
        self._looked, self._pause = 0.0, LOOK_EVERY
        self._saving = ThreadPoolExecutor(1, thread_name_prefix="library-cache")
        self._newer, self._closing = threading.Event(), threading.Event()
        self.index = cache.load(self._file) if self._file else Index(Vocabulary())
        self.refresh()

    @property
    def due(self) -> bool:
        """Whether it is time to look again; the next who asks is told no, for somebody is looking by then."""
        now = time.monotonic()
        if now - self._looked < self._pause:
            return False
        self._looked = now
        return True

    def refresh(self) -> bool:
        """Reads what changed in the folder since the last look; True if anything did. By one thread at a time."""
        self._looked = time.monotonic()
        root = self.folder.resolve()  # may be a link that leads to another tree by now
        seen = stamps(root)
        synonyms = root / COMPANY_SYNONYMS
        seen[COMPANY_SYNONYMS] = _stamp(synonyms)
        self._pause = max(LOOK_EVERY, LOOK_SHARE * (time.monotonic() - self._looked))
        changed = seen != self._seen
        if changed:
            self.synonyms = read_synonyms(SYNONYMS, synonyms)
            self._read(root, {name: stamp for name, stamp in seen.items() if name != COMPANY_SYNONYMS}, commit_of(root))
            self._seen = seen
        self.commit = commit_of(root)
        return changed

    def _read(self, root: Path, seen: dict[str, Stamp], commit: str) -> None:
        old, sizes = self.index, {name: size for name, (_, size) in seen.items()}
        names = sorted(self._other(root, [n for n, stamp in seen.items() if self._seen.get(n) != stamp]), key=lambda n: n.split("/"))
        asked = Asked(root, names, self._checked)
        found = read(asked, sizes, old.vocabulary, lambda done: self._tell(done, len(names)), helpers(len(names)))
        gone = {*(old.by_path.keys() - seen.keys()), *found.refused}
        stays = self._refused.keys() & seen.keys() - set(names)
        self._refused = {name: self._refused[name] for name in stays} | found.refused
        self.problems = tuple(line for name in sorted(self._refused) for line in self._refused[name].splitlines())
        if found.part.articles or gone & old.by_path.keys():
            self.index, self.commit = old.changed(gone, found.part), commit
            old.forget_views()
            if self._file:
                self._newer.set()
                self._saving.submit(self._save, self._file, KEEP_EVERY if old.articles else 0.0)

    def _other(self, root: Path, names: list[str]) -> Iterator[str]:
        """Those of these files that do not say what the index has of them."""
        for name in names:
            article = self.index.by_path.get(name)
            try:
                same = article and not self._checked and hashlib.sha256(read_bytes(root / name, name)).hexdigest() == article.digest
            except BadArticle:
                same = False
            if not same:
                yield name
            self._refused.pop(name, None)

    def _tell(self, done: int, of: int) -> None:
        if of:
            self._progress(f"Reading articles: {done:,} of {of:,}")

    def _save(self, file: Path, after: float) -> None:
        """Keeps the index for the next start, unless that was done since this was asked for."""
        self._closing.wait(after)
        if self._newer.is_set():
            self._newer.clear()
            cache.save(file, self.index)
            if len(self.index.articles) >= MANY:
                give_back()

    def close(self) -> None:
        """Returns once the index is kept."""
        self._closing.set()
        self._saving.shutdown()


def _stamp(file: Path) -> Stamp:
    try:
        about = file.stat()
    except OSError:
        return (0, 0)
    return about.st_mtime_ns, about.st_size
