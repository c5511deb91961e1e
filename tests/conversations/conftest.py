"""A fresh demo company per transcript, in the terminal channel, with a clock that the script moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.channels.console import Checked, ConsoleChannel, check_transcript
from bot.settings import Settings

DOMAIN = "brightwater.example"


@dataclass
class Clock:
    """The present, moved forward by as much as the script said."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass
class Stage:
    """The whole desk, and what a conversation does with it."""

    app: App
    channel: ConsoleChannel
    clock: Clock
    before: dict[str, object] = field(default_factory=dict)

    async def play(self, path: Path, patience: float = 12.0) -> Checked:
        """Plays a transcript; what was not as it says is in `problems`."""
        return await check_transcript(
            path,
            self.app.desk.hearing,
            self.channel,
            self.app.ledger,
            clock=self.clock,
            quiet=0.12,
            patience=patience,
            advance=self.later,
        )

    async def later(self, by: timedelta) -> None:
        """Time passes: what waits for its day or its answer looks at the clock again."""
        self.clock.moved += by
        await self.app.desk.fulfilment.expire()
        for run in await self.app.engine.list():
            await self.app.engine.signal(run.plan)

    def services(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything the demo services know."""
        found: dict[str, list[tuple[object, ...]]] = self.app.vendors.client("demo").snapshot()
        return found


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    clock, channel = Clock(), ConsoleChannel()
    app = await open_app(Settings(data_dir=tmp_path, retries=2, retry_seconds=0.05), [channel], clock=clock)
    opened = Stage(app, channel, clock)
    opened.before = dict(opened.services())
    yield opened
    await app.close()
