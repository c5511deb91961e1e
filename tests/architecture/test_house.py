"""What lies where, and that the docs know every setting and command."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT, Module

TOP = {
    ".ci", ".dockerignore", ".github", ".gitignore", "Dockerfile", "LICENSE", "Makefile", "README.md", "actions", "bot", "docs",
    "knowledge", "policies", "pyproject.toml", "requirements-dev.lock", "requirements-model.lock", "requirements.lock", "tests",
}  # fmt: skip


def committed() -> list[Path]:
    """The files git knows, or would after ``git add``; every file where this is no git clone."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        return [p for p in ROOT.rglob("*") if p.is_file() and p.relative_to(ROOT).parts[0] in TOP and "__pycache__" not in p.parts]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Path and text of every committed text file."""
    found = []
    for path in committed():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text()))
        except UnicodeDecodeError:
            continue
    return found


def test_nothing_unusual_at_the_top() -> None:
    assert {p.relative_to(ROOT).parts[0] for p in committed()} - TOP == set()


@pytest.mark.parametrize("folder", ["policies", "knowledge"])
def test_content_holds_no_code(folder: str) -> None:
    assert [p for p in (ROOT / folder).rglob("*") if p.suffix in (".py", ".pyc", ".so", ".sh", ".js")] == []


def test_no_paths_of_one_machine_and_no_index_addresses() -> None:
    machine = re.compile(r"(?<![\w.])/(?:work|farm|root|home/\w+)/\w|/tmp/[a-z]")
    index = re.compile(r"--(?:extra-)?index-url[ =]\S*:/|--find-links[ =]/|https?://[\w.:@-]+/simple\b")
    wrong = [
        f"{where}: {match.group()}"
        for where, text in texts()
        for pattern in (machine, index)
        for match in pattern.finditer(text)
        if not where.startswith("tests/architecture/")
    ]
    assert wrong == []


def test_requirements_are_pinned_by_hash() -> None:
    for name, least in (("requirements.lock", 100), ("requirements-dev.lock", 100), ("requirements-model.lock", 1)):
        text = (ROOT / name).read_text()
        entries = re.findall(r"^[a-zA-Z0-9].*(?:\n[ \t].*)*", text, re.MULTILINE)
        assert len(entries) >= least
        assert [e for e in entries if not re.match(r"[\w.\[\]-]+==\S+", e) or "--hash=sha256:" not in e] == []


def settings(modules: list[Module]) -> dict[str, str]:
    """Name and help sentence of each setting."""
    tree = next(m for m in modules if m.name == "bot.settings").tree
    body = next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == "Settings").body
    fields = [n for n in body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    return {f.target.id: _help(f) for f in fields if isinstance(f.target, ast.Name)}


def _help(field: ast.AnnAssign) -> str:
    keywords = field.value.keywords if isinstance(field.value, ast.Call) else []
    return next((str(ast.literal_eval(k.value)) for k in keywords if k.arg == "description"), "")


def test_every_setting_is_documented(modules: list[Module]) -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    found = settings(modules)
    assert len(found) >= 10
    assert [name for name, sentence in found.items() if not sentence] == []
    assert [n for n, sentence in found.items() if f"`BELLHOP_{n.upper()}`" not in page or sentence not in page] == []


def test_no_setting_is_documented_that_does_not_exist(modules: list[Module]) -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    known = {f"BELLHOP_{name.upper()}" for name in settings(modules)}
    assert set(re.findall(r"`(BELLHOP_[A-Z_]+?)(?:__[A-Z_]+)?`", page)) - known == set()


def test_every_door_of_the_makefile_is_in_the_readme() -> None:
    doors = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert {"help", "run", "test", "check", "bench"} <= set(doors)
    assert [door for door in ("run", "test", "check", "bench", "help") if f"make {door}" not in readme] == []
