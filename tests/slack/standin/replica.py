"""A desk in a process of its own, for tests of several at once: `python -m tests.slack.standin.replica` with its settings as JSON on
the first line of standard input. Says "ready", and ends when its input does."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import now, open_app
from bot.channels.slack.channel import SlackChannel
from bot.settings import Settings


async def run(told: dict[str, Any]) -> None:
    secrets = {n: SecretStr(told.pop(n)) for n in ("database_url", "slack_bot_token", "slack_app_token") if n in told}
    settings = Settings(**told, **secrets)
    channel = SlackChannel(settings, now)
    channel.pace = 0.01
    app = await open_app(settings, [channel])
    await app.start()
    print("ready", flush=True)
    try:
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await app.close()


class Replica:
    """Another process of the same house."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def open(self) -> None:
        """Returns once it listens."""
        names = ("home", "replica", "slack_analysts", "slack_api_url", "retry_seconds", "retries")
        told: dict[str, Any] = {name: getattr(self._settings, name) for name in names}
        told["data_dir"] = str(self._settings.data_dir)
        for name in ("database_url", "slack_bot_token", "slack_app_token"):
            told[name] = getattr(self._settings, name).get_secret_value()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        await self._process.stdin.drain()
        assert (await asyncio.wait_for(self._process.stdout.readline(), 40)) == b"ready\n"

    async def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await asyncio.wait_for(self._process.wait(), 20)

    def kill(self) -> None:
        """Ends it with no warning."""
        assert self._process is not None
        self._process.kill()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.stdin.readline())))
