"""Copies a commit's files into a folder, by reading git's objects: nothing is checked out, so no filter, link or submodule acts.

Only regular files with harmless names are written, each with a time made from its content: the same content has the same time in every
copy, so whoever watches the folder sees what changed and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.library.articles import LARGEST
from bot.library.commit import STAMP
from bot.library.git import GitFailed, git, words

MOST_FILES, MOST_BYTES = 100_000, 1_000_000_000
LOT = 2_000
"""Files read in one go."""


@dataclass(frozen=True)
class File:
    """A file of a commit; `blob` is git's name of its content, `size` in bytes."""

    path: str
    blob: str
    size: int

    @property
    def time(self) -> int:
        """Nanoseconds since 1970 that stand for the content."""
        return int(self.blob[:14], 16)


@dataclass
class Tree:
    """What a commit holds, by path, and what of it is left out: a sentence each that begins with the path."""

    files: dict[str, File] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def resolve(repository: Path, revision: str) -> str:
    """The commit that a revision names. GitFailed where there is none."""
    return git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}", repository=repository).decode().strip()


def tree(repository: Path, commit: str, subfolder: str = "") -> Tree:
    """The files below `subfolder` at a commit; GitFailed where it is not there."""
    where = f"{commit}:{subfolder.strip('/')}"
    listed = git("ls-tree", "-r", "-z", "-l", "--full-tree", where, repository=repository)
    found = Tree()
    total = 0
    for line in words(listed):
        about, _, path = line.partition("\t")
        mode, kind, blob, size = about.split()
        why = _unfit(path, mode, kind, size)
        if why:
            found.left_out.append(f"{_shown(path)}: {why}")
        elif why is None:
            found.files[path] = File(path, blob, int(size))
            total += int(size)
    if len(found.files) > MOST_FILES or total > MOST_BYTES:
        raise GitFailed(f"The folder holds {len(found.files):,} files of {total / 1e6:,.0f} MB; that is more than is taken.")
    return found


def _unfit(path: str, mode: str, kind: str, size: str) -> str | None:
    """Why this is no file for us: "" where nobody needs to be told, None where it is one."""
    if mode == "120000":
        return "is a link, and links are not followed"
    if kind != "blob":
        return "is another repository (a submodule), and these are not fetched"
    parts = path.split("/")
    if any(part.startswith(".") and part not in ("", ".", "..") and part.casefold() != ".git" for part in parts):
        return ""
    if any(part in ("", ".", "..") or part.casefold() == ".git" or len(part.encode()) > 240 for part in parts) or not path.isprintable():
        return "has a name that no file should have"
    if "\\" in path or "\ufffd" in path or len(path) > 1000:
        return "has a name that no file should have"
    return f"is {int(size) / 1e6:.1f} MB, too large to be read" if int(size) > LARGEST else None


def _shown(path: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in path)[:200]


def copy(repository: Path, commit: str, wanted: Tree, target: Path, before: Path | None = None) -> None:
    """Writes the files into `target`, a new folder. What the copy `before` has alike is linked, not written."""
    target.mkdir(parents=True)
    fresh = [file for file in wanted.files.values() if not (before and _linked(before / file.path, target / file.path, file))]
    for start in range(0, len(fresh), LOT):
        lot = fresh[start : start + LOT]
        for file, content in zip(lot, _contents(repository, lot), strict=True):
            path = target / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                out.write(content)
            path.chmod(0o644)
            os.utime(path, ns=(file.time, file.time))
    (target / STAMP).write_text(commit + "\n", "utf-8")


def _linked(old: Path, new: Path, file: File) -> bool:
    try:
        about = old.lstat()
        if (about.st_mtime_ns, about.st_size) != (file.time, file.size):
            return False
        new.parent.mkdir(parents=True, exist_ok=True)
        os.link(old, new)
    except OSError:
        return False
    return True


def _contents(repository: Path, files: list[File]) -> Iterator[bytes]:
    raw = git("cat-file", "--batch", repository=repository, given="".join(f"{f.blob}\n" for f in files).encode())
    at = 0
    for file in files:
        end = raw.index(b"\n", at)
        if raw[at:end].split()[1:] != [b"blob", str(file.size).encode()]:
            raise GitFailed(f"{file.path} could not be read from the repository.")
        yield raw[end + 1 : end + 1 + file.size]
        at = end + 2 + file.size
