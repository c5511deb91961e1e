"""Every link of the documents leads somewhere, and every test they name exists."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.conftest import ROOT

PAGES = sorted(
    str(p.relative_to(ROOT))
    for p in [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "knowledge").rglob("README.md"),
        *(ROOT / "policies").rglob("*.md"),
    ]
)
FILES = (".cedar", ".md", ".py", ".db")
_CODE = re.compile(r"^`{3,}.*?^`{3,}\s*$|`[^`\n]+`", re.M | re.S)
_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^()\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|\b(?:src|href|srcset)=\"([^\"\s]+)\"")
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def prose(page: str) -> str:
    return _CODE.sub("", (ROOT / page).read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} +(.+?) *#*$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_resolve(page: str) -> None:
    broken = []
    for match in _LINK.finditer(prose(page)):
        target = match[1] or match[2]
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        path = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        if not path.exists() or not path.is_relative_to(ROOT) or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_named_tests_exist(page: str) -> None:
    """A safety promise that names its test keeps it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = []
    for file, name in _TEST.findall(text):
        path = ROOT / file
        if not path.is_file() or (name and not re.search(rf"^\s*(?:async )?def {name}\b", path.read_text(encoding="utf-8"), re.M)):
            missing.append(f"{file}::{name}" if name else file)
    assert missing == []


def test_every_page_can_be_found_from_the_readme() -> None:
    seen: set[Path] = set()
    queue = [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        for match in _LINK.finditer(prose(str(page.relative_to(ROOT)))):
            target = (match[1] or match[2]).partition("#")[0]
            if target and not re.match(r"[a-z][a-z0-9+.-]*:", target):
                path = (page.parent / unquote(target)).resolve()
                queue += sorted(path.glob("*.md")) if path.is_dir() else [path]
    pages = {ROOT / p for p in PAGES}
    assert sorted(str(p.relative_to(ROOT)) for p in pages - seen) == []


def test_images_are_small() -> None:
    heavy = [p.name for p in (ROOT / "docs" / "images").glob("*") if p.stat().st_size > 400_000]
    assert heavy == []


def test_every_setting_command_and_action_named_in_prose_exists() -> None:
    """`BELLHOP_X`, `bellhop x` and `family.action` in backticks are not invented."""
    from bot.desk.registry import load
    from bot.settings import Settings

    registry = load()
    families = {name.partition(".")[0] for name in registry.actions}
    settings = {f"BELLHOP_{n.upper()}" for n in Settings.model_fields}
    commands = set(re.findall(r"^## `bellhop (\w+)", (ROOT / "docs" / "commands.md").read_text(), re.M))
    wrong = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        wrong += [f"{page}: {s}" for s in set(re.findall(r"\bBELLHOP_[A-Z_]+\b", text)) if s not in settings and not s.endswith("_")]
        wrong += [f"{page}: bellhop {c}" for c in set(re.findall(r"`bellhop ([a-z]+)\b", text)) if c not in commands]
        named = {
            a for a in re.findall(r"`([a-z]+\.[a-z]+)`", text) if a.partition(".")[0] in families and f".{a.partition('.')[2]}" not in FILES
        }
        wrong += [f"{page}: {a}" for a in named if a not in registry.actions]
    assert sorted(wrong) == []
