"""Two event loops and the way between them.

DBOS gets a thread and a loop of its own: it replaces the default executor of any loop it is used on, its launch blocks for as long as
its migrations take, and it restarts recovered workflows on whichever loop it was launched from. The desk, its channels' live streams and
the vendors' clients belong to the app's loop, so every piece of a fulfilment's work is carried over there and its result carried back.
Neither side sees the other's context variables: DBOS would take a plan that is started from inside a step for a child of that workflow.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from bot.errors import TryLater

T = TypeVar("T")

INTERRUPTED = 1.0
"""Seconds after which an interrupted piece of work is taken up again, if the app is still there."""


def submit(coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> Future[T]:
    """Runs the coroutine on `loop`, in an empty context."""
    return contextvars.Context().run(asyncio.run_coroutine_threadsafe, coroutine, loop)


class LoopThread:
    """An event loop on a daemon thread."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    async def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs the coroutine there and awaits it here."""
        return await asyncio.wrap_future(submit(coroutine, self.loop))

    async def cancel_all(self) -> None:
        """To be run there: cancels every other task and waits until they have ended."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=10)


class Ferry:
    """Carries work from the workflows' loop to the app's, and lets none start once it is closing."""

    def __init__(self, home: asyncio.AbstractEventLoop) -> None:
        self.home = home
        self._closing = False
        self._under_way: set[Future[Any]] = set()

    async def carry(self, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Awaits `work(*args)` on the app's loop. Never returns once the app is closing: the next process will do it."""
        if self._closing or self.home.is_closed():
            await asyncio.get_running_loop().create_future()
        future = submit(_run(work, args), self.home)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Cancelled over there. An app that goes down without closing us cancels all its tasks: that is not the work's failure.
            await asyncio.sleep(INTERRUPTED)
            if self.home.is_closed():
                await asyncio.get_running_loop().create_future()
            raise TryLater("This was interrupted before it was through.") from None

    async def drain(self, grace: float) -> None:
        """Stops taking on work and gives what is under way up to `grace` seconds to finish; to be run on the app's loop."""
        self._closing = True
        pending = [asyncio.wrap_future(f) for f in list(self._under_way)]
        if pending:
            await asyncio.wait(pending, timeout=grace)


async def _run(work: Callable[..., Awaitable[T]], args: tuple[Any, ...]) -> T:
    return await work(*args)
