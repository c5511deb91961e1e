"""Draws what was said on channels that must not be hurried: in order, paced, the newest version only, until it stands there.

The record is what counts: a post waits there until `take_up`, and whatever is left undrawn when the process ends is drawn by the next.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.desk.lanes import Lane, Waiting, backoff
from bot.desk.parts import Parts
from bot.desk.ports import Channel
from bot.domain.messages import Post
from bot.domain.people import DESK
from bot.errors import BellhopError, Busy, TryLater, Unknown

log = logging.getLogger(__name__)
T = TypeVar("T")

FAULTS = 5
"""How often drawing a post is tried again after an error that nobody foresaw."""
DRAWING = 60.0
"""Seconds after which a channel that neither draws nor fails is given up on."""
GRACE = 5.0
"""Seconds that what is being drawn has to finish, when the process ends."""
UNFORESEEN = "Something went wrong on my side."


@dataclass
class _Line:
    """A conversation's lane and the task that empties it."""

    channel: Channel
    lane: Lane
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    drawing: bool = False


class Delivery:
    """`unreachable` is called with a post that its channel will never show, and why.

    Posts may be handed over on any event loop; they are drawn on the one that called `take_up`.
    """

    def __init__(self, parts: Parts, unreachable: Callable[[Post, str], Awaitable[None]]) -> None:
        self._parts = parts
        self._unreachable = unreachable
        self._home: asyncio.AbstractEventLoop | None = None
        self._lines: dict[tuple[str, str], _Line] = {}
        self._caught_up = asyncio.Event()
        self._closed = True

    async def deliver(self, post: Post) -> None:
        """Shows a post: at once where the channel's pace is 0, else soon. A channel that fails must not undo what was decided."""
        channel = self._parts.channels.get(post.place.channel)
        if channel is None:
            log.warning("post %s waits: the channel %s is not configured", post.id, post.place.channel)
        elif not channel.pace:
            await self._at_once(channel, post)
        elif post.place.conversation == DESK.email:  # nobody reads the threads of the desk's own requests
            await self._parts.ledger.drawn(post.id, post.ref, post.version)
        else:
            self._hand_over(post)

    async def remind(self, post: Post) -> None:
        """Draws what was said before, if its channel is slow and does not show it yet: whoever was to draw it may be gone."""
        channel = self._parts.channels.get(post.place.channel)
        if channel is not None and channel.pace and post.drawn < post.version:
            await self.deliver(post)

    async def _at_once(self, channel: Channel, post: Post) -> None:
        try:
            ref = await channel.show(post)
        except Exception:  # whatever a channel raises, the desk goes on; the post is in the record
            log.exception("could not show post %s of ticket %s", post.id, post.ticket)
            return
        await self._parts.ledger.drawn(post.id, ref or post.ref, post.version)

    async def take_up(self, channels: Iterable[str] | None = None) -> None:
        """Begins to draw on these channels (None: on all), what was left undrawn first. May be called again: nothing is drawn twice."""
        loop = asyncio.get_running_loop()
        if loop is not self._home:
            self._home, self._lines, self._caught_up = loop, {}, asyncio.Event()
        self._closed = False
        try:
            for name in self._parts.channels if channels is None else channels:
                if self._parts.channels[name].pace:
                    for post in await self._parts.ledger.undrawn(name):
                        await self.deliver(post)
        finally:
            self._caught_up.set()

    async def close(self) -> None:
        """Stops drawing; what is being drawn has GRACE seconds to finish. To be awaited where `take_up` was."""
        self._closed = True
        lines, self._lines = list(self._lines.values()), {}
        drawing = [one.task for one in lines if one.task and one.drawing]
        for one in lines:
            if one.task and not one.drawing:
                one.task.cancel()
        if drawing:
            await asyncio.wait(drawing, timeout=GRACE)
        for task in drawing:
            task.cancel()
        await asyncio.gather(*(one.task for one in lines if one.task), return_exceptions=True)

    def _hand_over(self, post: Post) -> None:
        home = self._home
        if home is None or self._closed:
            return  # it waits in the record
        if asyncio.get_running_loop() is home:
            self._put(post)
            return
        with suppress(RuntimeError):  # that loop was closed meanwhile: it waits in the record
            home.call_soon_threadsafe(self._put, post, context=Context())

    def _put(self, post: Post) -> None:
        channel = self._parts.channels.get(post.place.channel)
        if self._closed or channel is None:
            return
        where = (post.place.channel, post.place.conversation)
        line = self._lines.setdefault(where, _Line(channel, Lane(channel.pace)))
        line.lane.put(post, self._now())
        line.changed.set()
        if line.task is None or line.task.done():
            # An empty context: whoever spoke first in a conversation must not lend the task what it knows, such as a workflow.
            line.task = asyncio.get_running_loop().create_task(self._work(where, line), context=Context())

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _work(self, where: tuple[str, str], line: _Line) -> None:
        """Draws what is due, waits for what is not, and ends when the conversation has come to rest."""
        await self._caught_up.wait()
        while not self._closed:
            due, wait = line.lane.next(self._now())
            if due is not None:
                line.drawing = True
                try:
                    await self._draw(line, due)
                finally:
                    line.drawing = False
                continue
            if math.isinf(wait):
                wait = line.lane.rest(self._now())
                if not wait:
                    self._lines.pop(where, None)
                    return
            line.changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await line.changed.wait()

    async def _draw(self, line: _Line, due: Waiting) -> None:
        post = await self._recorded(self._newest, due.post)
        if post is None or post.drawn >= post.version:
            line.lane.settle(due, due.post.version)  # gone, or another process was quicker
            return
        try:
            await self._show(line, due, post)
        except TryLater as error:
            wait = line.lane.pause(due, error.after, self._now())
            log.info("%s asks to wait %.1f s before post %s is shown: %s", line.channel.name, wait, post.id, error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await self._fault(line, due, post)  # something within the channel was cancelled, not we
        except Exception as error:  # whatever a channel raises, the other posts of this conversation are shown
            if _final(error):
                await self._give_up(line, due, post, str(error))
            else:
                await self._fault(line, due, post)

    async def _show(self, line: _Line, due: Waiting, post: Post) -> None:
        """Draws this version; and again, where another process drew a newer one meanwhile and ours may now stand over it."""
        while True:
            async with asyncio.timeout(DRAWING):
                ref = await line.channel.show(post) or post.ref
            await self._recorded(self._parts.ledger.drawn, post.id, ref, post.version)
            line.lane.drew(due, post, ref, self._now())
            newest = await self._recorded(self._newest, post)
            if newest is None or newest.drawn <= post.version:
                return
            post = newest

    async def _fault(self, line: _Line, due: Waiting, post: Post) -> None:
        log.exception("could not show post %s of ticket %s", post.id, post.ticket)
        if line.lane.fault(due, self._now()) > FAULTS:
            await self._give_up(line, due, post, UNFORESEEN)

    async def _give_up(self, line: _Line, due: Waiting, post: Post, why: str) -> None:
        """Counts as drawn, so that it is not tried again at every start; a newer version is."""
        log.warning("%s will not show post %s of ticket %s: %s", line.channel.name, post.id, post.ticket, why)
        await self._recorded(self._parts.ledger.drawn, post.id, post.ref, post.version)
        line.lane.settle(due, post.version)
        try:
            await self._unreachable(post, why)
        except Exception:  # that nobody hears of it must not keep others from hearing what they are told
            log.exception("could not tell that post %s was not shown", post.id)

    async def _newest(self, post: Post) -> Post | None:
        """The post as the record has it now."""
        found = await self._parts.ledger.posts(ticket=post.ticket, place=post.place, key=post.key, limit=1)
        return found[0] if found else None

    async def _recorded(self, work: Callable[..., Awaitable[T]], *args: Any) -> T | None:
        """What the record answers, as soon as it does: a post that is drawn must be noted, or it would be drawn twice."""
        tries = 0
        while True:
            try:
                return await work(*args)
            except Unknown:
                return None
            except Exception:  # whatever the database raises, giving up here would say things twice
                log.warning("the record does not answer", exc_info=True)
                await asyncio.sleep(backoff(tries))
                tries += 1


def _final(error: Exception) -> bool:
    """Whether the channel said that it never will. The two left out are the record's own troubles, which pass."""
    return isinstance(error, BellhopError) and type(error) not in (BellhopError, Busy)
