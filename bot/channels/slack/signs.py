"""The first sign of life: a status in direct conversations, a pair of eyes elsewhere. Never in the way of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from bot.channels.slack.client import answered
from bot.channels.slack.parse import Heard
from bot.channels.slack.parts import Parts
from bot.errors import BellhopError

STATUS = "status under the message box"
REACTION = "reactions"
TITLE = "thread titles"
EYES = "eyes"
SAYS = "is looking into it…"
GRACE = 3.0
"""How long after a message was heard a status may stand without an answer; an answer takes it away by itself."""
LONGEST_TITLE = 60
MANY = 4
HEAD_START = 0.5
"""Where many messages are heard at once, how many seconds one waits for its own sign, so that nobody's sign waits for others' answers."""


class Signs:
    """Shows that a message was seen. Whatever Slack says to it, the message is heard all the same."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._open = 0

    @asynccontextmanager
    async def shown(self, heard: Heard) -> AsyncIterator[None]:
        """While something is being heard."""
        began = asyncio.get_running_loop().time()
        sign = asyncio.ensure_future(self._show(heard))
        self._open += 1
        try:
            if self._open > MANY:
                await asyncio.wait({sign}, timeout=HEAD_START)
            yield
        finally:
            self._open -= 1
            self._parts.work.begin(self._end(heard, sign, began))

    async def _show(self, heard: Heard) -> str:
        """Which sign stands now."""
        if heard.direct and await self._try(STATUS, self._status(heard, SAYS)):
            return STATUS
        if await self._try(REACTION, self._parts.web.reactions_add(channel=heard.channel, timestamp=heard.ts, name=EYES)):
            return REACTION
        return ""

    async def _end(self, heard: Heard, sign: asyncio.Future[str], began: float) -> None:
        shown = await sign
        if shown == REACTION:
            await self._try(REACTION, self._parts.web.reactions_remove(channel=heard.channel, timestamp=heard.ts, name=EYES))
        elif shown == STATUS:
            await self._parts.work.rest(GRACE)
            if self._parts.posted.get(f"{heard.channel}:{heard.thread}", 0.0) < began:
                await self._try(STATUS, self._status(heard, ""))

    def _status(self, heard: Heard, says: str) -> Awaitable[Any]:
        return self._parts.web.assistant_threads_setStatus(channel_id=heard.channel, thread_ts=heard.thread, status=says)

    async def title(self, heard: Heard, text: str) -> None:
        """Names an assistant thread after its first words."""
        words = " ".join(text.split())
        if words:
            title = words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1].rstrip()}…"
            call = self._parts.web.assistant_threads_setTitle(channel_id=heard.channel, thread_ts=heard.thread, title=title)
            await self._try(TITLE, call)

    async def _try(self, feature: str, call: Awaitable[Any]) -> bool:
        if not self._parts.features.has(feature):
            getattr(call, "close", lambda: None)()
            return False
        try:
            await answered(call)
        except BellhopError as error:
            self._parts.features.lacks(feature, error)
            return False
        return True
