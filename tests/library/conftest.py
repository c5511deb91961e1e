"""A knowledge folder to write into."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.app import open_app
from bot.channels.console.channel import ConsoleChannel
from bot.library.search import FolderLibrary, open_library
from bot.settings import Settings
from tests.library.vain import Clock, Vain, pages

FRONT = """---
title: {title}
owner: mei.lin@brightwater.example
audience: [{audience}]
reviewed: {reviewed}
review_every: 6 months
actions: [{actions}]
asked_as:
  - {asked}
---

{body}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes an article in our schema and returns its file."""

    def one(
        path: str, title: str, body: str, audience: str = "everyone", asked: str = "", reviewed: str = "2026-06-01", actions: str = ""
    ) -> Path:
        file = tmp_path / "kb" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        values = {"title": title, "audience": audience, "reviewed": reviewed, "actions": actions, "asked": asked or title.lower()}
        file.write_text(FRONT.format(body=body, **values))
        return file

    (tmp_path / "kb").mkdir()
    return one


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., FolderLibrary]:
    """Opens the library over the folder as it is now."""
    return lambda **options: open_library(tmp_path / "kb", **options)


@pytest.fixture
async def vain(tmp_path: Path) -> AsyncIterator[Vain]:
    """A desk whose small knowledge base answers little; searched by words."""
    clock, channel = Clock(), ConsoleChannel()
    settings = Settings(data_dir=tmp_path / "data", knowledge_dir=pages(tmp_path / "kb"), embedding="off")
    app = await open_app(settings, [channel], clock=clock)
    yield Vain(app, channel, tmp_path / "kb", clock)
    await app.close()
