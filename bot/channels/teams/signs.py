"""Signs of life: that somebody is writing, until what was heard is through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.channels.teams.connector import Connector
from bot.channels.teams.parse import Event
from bot.errors import BellhopError

log = logging.getLogger(__name__)

EVERY = 3.0
"""Seconds after which Teams' sign has all but faded."""
MOST = 20
MANY = 4
AHEAD = 0.5
"""Where more than `MANY` are heard at once, each waits this many seconds for its own sign, so that nobody's waits for others' answers."""


class Signs:
    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._open = 0

    @asynccontextmanager
    async def typing(self, event: Event) -> AsyncIterator[None]:
        """Shows at once that somebody is writing, and goes on showing it for as long as it takes, a minute at most."""
        shown = asyncio.Event()
        task = asyncio.create_task(self._keep(event, shown))
        self._open += 1
        try:
            if self._open > MANY:
                with suppress(TimeoutError):
                    await asyncio.wait_for(shown.wait(), AHEAD)
            yield
        finally:
            self._open -= 1
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep(self, event: Event, shown: asyncio.Event) -> None:
        """A sign that cannot be given is no reason to say nothing: the first failure ends it quietly."""
        try:
            for _ in range(MOST):
                await self._connector.typing(event.connector, event.target, event.bot)
                shown.set()
                await asyncio.sleep(EVERY)
        except BellhopError as error:
            log.debug("no sign of life could be given: %s", type(error).__name__)
        finally:
            shown.set()
