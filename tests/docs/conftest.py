"""Reads the documents as a newcomer would: their links, and the examples that they ask to be tried.

A fenced block whose first line says ```` ```python file:actions/leave.py ```` is a file to write; ```` ```sh run ```` is a command to run
after that; ```` ```sh door ```` is a command with a ```` ```json in ```` and a ```` ```json out ```` block after it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=fence)\s*$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands after it, its text."""

    language: str
    note: str
    text: str

    @property
    def file(self) -> str:
        return self.note.removeprefix("file:") if self.note.startswith("file:") else ""


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order; `page` is relative to the project."""
    found = _FENCE.finditer((ROOT / page).read_text(encoding="utf-8"))
    parts = [(m["info"].strip().partition(" "), m["text"]) for m in found]
    return [Block(language, note.strip(), text) for (language, _, note), text in parts]


@dataclass
class Tree:
    """A copy of what a company edits, with the machine beside it."""

    folder: Path

    def write(self, page: str) -> list[str]:
        """Writes the files that the page gives; their paths."""
        given = [b for b in blocks(page) if b.file]
        for block in given:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            if path.suffix == ".py":
                (path.parent / "__init__.py").touch()
        return [b.file for b in given]

    def run(self, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        """`bellhop …` with this tree's actions, policies and knowledge."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BELLHOP_") and k != "PYTHONPATH"}
        own = {
            "BELLHOP_KNOWLEDGE_DIR": str(self.folder / "knowledge"),
            "BELLHOP_POLICIES_DIR": str(self.folder / "policies"),
            "BELLHOP_DATA_DIR": str(self.folder / "data"),
        }
        command = [sys.executable, "-m", "bot", *arguments]
        env = inherited | own | settings
        return subprocess.run(
            command, cwd=self.folder, env=env, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A fresh copy."""
    for name in ("actions", "policies", "knowledge"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    return Tree(tmp_path)


def documents(text: str) -> list[Any]:
    """The JSON documents in a text, one after another; each may be broken into lines."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        one, at = decoder.raw_decode(text, at)
        found.append(one)
    return found


ANY = "…"


def differences(shown: Any, real: Any, where: str = "") -> list[str]:
    """Where the page says otherwise than what came out. "…" on a page stands for anything: a value, the rest of a list, more keys."""
    if shown == ANY:
        return []
    if isinstance(shown, dict) and isinstance(real, dict):
        extra = [] if ANY in shown else sorted(real.keys() - shown.keys())
        wrong = [f"{where}.{k} is missing from the page" for k in extra]
        for key, value in shown.items():
            if key != ANY:
                wrong += differences(value, real[key], f"{where}.{key}") if key in real else [f"{where}.{key} is not there"]
        return wrong
    if isinstance(shown, list) and isinstance(real, list):
        wanted = shown[:-1] if shown[-1:] == [ANY] else shown
        if len(real) < len(wanted) or (wanted is shown and len(real) > len(wanted)):
            return [f"{where} has {len(real)} entries, the page shows {len(wanted)}"]
        return [d for n, one in enumerate(wanted) for d in differences(one, real[n], f"{where}[{n}]")]
    if isinstance(shown, str) and isinstance(real, str) and ANY in shown:
        pattern = ".*".join(re.escape(part) for part in shown.split(ANY))
        return [] if re.fullmatch(pattern, real, re.S) else [f"{where} is {real!r}, the page says {shown!r}"]
    return [] if shown == real else [f"{where} is {real!r}, the page says {shown!r}"]


@pytest.fixture
def compare() -> Callable[[Any, Any], list[str]]:
    return differences
