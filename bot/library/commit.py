"""Which commit a folder stands at, read from git's own files: no program is run."""

from __future__ import annotations

import re
from pathlib import Path

STAMP = ".commit"
"""A file of this name in a folder that was copied out of a repository says which commit it was."""

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def commit_of(folder: Path) -> str:
    """The commit that `folder` was copied from, or that the repository around it has checked out; "" if there is none or it cannot be
    read."""
    stamp = folder / STAMP
    if stamp.is_file() and stamp.stat().st_size < 100:
        found = stamp.read_text("utf-8", "replace").strip()
        return found if _HASH.fullmatch(found) else ""
    for place in (folder.resolve(), *folder.resolve().parents):
        git = place / ".git"
        if git.exists():
            try:
                return _head(_git_dir(git))
            except (OSError, UnicodeDecodeError):
                return ""
    return ""


def repository_of(folder: Path) -> tuple[Path | None, str]:
    """The git directory of the repository around `folder`, and the folder's path inside; None where there is none."""
    for place in (folder.resolve(), *folder.resolve().parents):
        if (place / ".git").exists():
            return _git_dir(place / ".git"), folder.resolve().relative_to(place).as_posix().removeprefix(".")
    return None, ""


def _git_dir(git: Path) -> Path:
    """The directory itself; a worktree or submodule has a file that points to it."""
    if git.is_dir():
        return git
    return git.parent / git.read_text("utf-8").removeprefix("gitdir:").strip()


def _head(git: Path) -> str:
    head = (git / "HEAD").read_text("utf-8").strip()
    if not head.startswith("ref: "):
        return head if _HASH.fullmatch(head) else ""
    name = head.removeprefix("ref: ")
    shared = git / (git / "commondir").read_text("utf-8").strip() if (git / "commondir").is_file() else git
    for base in (git, shared):
        if (base / name).is_file():
            return (base / name).read_text("utf-8").strip()
    packed = shared / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")
