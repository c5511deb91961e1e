"""The pages that say what is declared say what is declared."""

from __future__ import annotations

import pytest
import typer

from bot.__main__ import cli
from bot.desk.registry import load
from bot.settings import Settings
from tests.docs.conftest import ROOT
from tests.docs.generate import PAGES, commands_of


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), f"docs/{name} is behind: run .venv/bin/python -m tests.docs.generate"


def test_nothing_declared_is_left_out() -> None:
    """Against a generator that forgets something."""
    registry = load()
    pages = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES}
    arguments = {f"`{n}" for a in registry.actions.values() for n in a.declared}
    commands = [path for path, _ in commands_of(typer.main.get_command(cli))]
    assert len(registry.actions) >= 20
    assert len(registry.facts) >= 20
    assert len(commands) >= 10
    assert [n for n in registry.actions if f"`{n}`" not in pages["actions.md"]] == []
    assert [n for n in arguments if n not in pages["actions.md"]] == []
    assert [n for n in registry.facts if f"| `{n}` |" not in pages["facts.md"]] == []
    assert [n for n in Settings.model_fields if f"| `BELLHOP_{n.upper()}` |" not in pages["settings.md"]] == []
    assert [path for path in commands if f"## `{path}`" not in pages["commands.md"]] == []


def test_everything_has_its_sentence() -> None:
    """What the pages print was written for a reader."""
    registry = load()
    assert [a.name for a in registry.actions.values() if len(a.sentence.split()) < 2 or not a.title] == []
    assert [f.name for f in registry.facts.values() if len(f.sentence.split()) < 3] == []
    assert [path for path, c in commands_of(typer.main.get_command(cli)) if not c.help] == []
