"""Pulls the knowledge in the background: on a schedule, and when somebody rings."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from bot.errors import Busy
from bot.library.search import FolderLibrary
from bot.library.sync import Sync, SyncFailed

log = logging.getLogger(__name__)


class Pulling:
    """Begins with `start`. `minutes` lie between two pulls; 0: only when woken. What fails is logged and tried again in its time."""

    def __init__(self, sync: Sync, library: FolderLibrary, minutes: float) -> None:
        self._sync, self._library, self._minutes = sync, library, minutes
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._said: frozenset[str] = frozenset()

    def start(self) -> None:
        """Pulls now, then on schedule."""
        self.wake()
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Pulls as soon as can be; however often it is called meanwhile, once."""
        self._woken.set()

    async def stop(self) -> None:
        """Stops a pull under way: what is served stays as it is."""
        self._sync.stop()
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._minutes * 60 or None)
            self._woken.clear()
            await self._pull()

    async def _pull(self) -> None:
        try:
            pulled = await asyncio.to_thread(self._sync.pull)
        except (SyncFailed, Busy) as error:
            log.warning("%s Answers come from what was fetched before.", error)
            return
        if pulled.before != pulled.after:
            log.info("%s", pulled)
            await asyncio.to_thread(self._library.refresh)
        self._tell([*pulled.left_out, *self._library.problems])

    def _tell(self, problems: list[str]) -> None:
        """Logs what was left out, once for as long as it stays so."""
        for problem in problems:
            if problem not in self._said:
                log.warning("left out of the knowledge: %s", problem)
        self._said = frozenset(problems)
