from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.workflows.engine import DurableEngine, open_engine
from tests.workflows.world import World

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("world.py")


class Process:
    """The world's program, in a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(folder), *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self.lines.append(line.strip())
                self._more.notify_all()

    def until(self, line: str, times: int = 1) -> None:
        """Waits until the program has printed `line` so many times."""
        with self._more:
            assert self._more.wait_for(lambda: self.lines.count(line) >= times, 30), self.lines

    def ends(self) -> int:
        """The exit code; -9 if it was killed."""
        code = self._process.wait(60)
        self._reader.join(5)
        return code

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self.ends()


Open = Callable[..., DurableEngine]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
async def opened(world: World) -> AsyncIterator[Open]:
    """Opens engines on the world's folder; those still open are closed in the end."""
    engines: list[DurableEngine] = []

    def make(
        retries: int = 3, retry_seconds: float = 0.05, database: str | Path | None = None, poll_seconds: float = 0.05, **other: str
    ) -> DurableEngine:
        where = database or world.folder / "workflows.db"
        engine = open_engine(world, where, retries=retries, retry_seconds=retry_seconds, poll_seconds=poll_seconds, **other)
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        await engine.close()


@pytest.fixture
async def engine(opened: Open) -> DurableEngine:
    engine = opened()
    await engine.launch()
    return engine
