"""What the parts of this channel share while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack import parse
from bot.channels.slack.client import Features, answered
from bot.channels.slack.files import Files
from bot.channels.slack.people import People
from bot.desk.ports import Clock, Hearing, Ledger
from bot.domain.tickets import Place
from bot.errors import Misconfigured, Refused, TryLater, traced
from bot.settings import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")
CHANNEL = "slack"
KEPT = 4000
LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class Workspace:
    """The workspace that the app is installed in, and the app in it, as Slack's ``auth.test`` tells it."""

    team: str
    bot: str
    bot_id: str
    url: str

    def link(self, conversation: str, ts: str) -> str:
        """Where a post can be read; "" where the workspace's address is not known."""
        return f"{self.url}archives/{conversation}/p{ts.replace('.', '')}" if self.url and ts else ""


async def workspace(web: AsyncWebClient) -> Workspace:
    """Asks Slack which workspace a token belongs to. Misconfigured where it is refused."""
    try:
        told = await answered(web.auth_test())
    except Refused as error:
        raise Misconfigured(f"Slack refuses the bot token: {error}") from error
    return Workspace(str(told["team_id"]), str(told["user_id"]), str(told.get("bot_id") or ""), str(told.get("url") or ""))


@dataclass(frozen=True)
class Speaker:
    """Where somebody was when they said something, and which of Slack's users they are: whoever answers privately needs that."""

    user: str
    channel: str = ""
    thread: str = ""
    """The thread's root where they wrote in a thread; "" beside all threads, where a private word would not show in one."""


class Recent(OrderedDict[str, T]):
    """The newest entries, and no more of them than `KEPT`. What another process would need is kept in the record, not here."""

    def note(self, key: str, value: T) -> None:
        self[key] = value
        self.move_to_end(key)
        while len(self) > KEPT:
            self.popitem(last=False)


class Work:
    """What goes on after Slack was answered: nothing is lost when the process stops in good order."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    async def rest(self, seconds: float) -> None:
        """Waits; not when the process is about to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("something heard in Slack could not be handled\n%s", traced(error))

    async def finish(self, seconds: float) -> None:
        """Waits for what is under way, and cuts off what takes longer."""
        self._ending.set()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1)


@dataclass
class Parts:
    """Plugged together by channel.py when it starts."""

    settings: Settings
    clock: Clock
    hearing: Hearing
    ledger: Ledger
    web: AsyncWebClient
    session: aiohttp.ClientSession
    home: Workspace
    people: People
    files: Files
    features: Features
    work: Work = field(default_factory=Work)
    speakers: Recent[Speaker] = field(default_factory=Recent)
    """By message id, who said it."""
    posted: Recent[float] = field(default_factory=Recent)
    """By "channel:thread", when something was last posted there, by the loop's clock."""

    async def place(self, channel: str, thread: str, at: str = "") -> Place:
        """The place of a thread: that of the desk's own post which began it or, with `at`, of the post with this id; else its own."""
        post = await self.ledger.post_at(CHANNEL, at or f"{channel}:{thread}")
        if post is not None:
            return post.place
        conversation, _, root = at.partition(":") if at else (channel, ":", thread)
        return Place(channel=CHANNEL, conversation=conversation, thread=root)

    async def words(self, text: str) -> str:
        """What somebody wrote, readable, with the addresses of those it mentions."""
        others = [u for u in parse.users_in(text) if u != self.home.bot]
        addresses = await patiently(lambda: self.people.addresses(others)) if others else {}
        return parse.readable(text, self.home.bot, addresses)


async def patiently(call: Callable[[], Awaitable[T]], tries: int = 3) -> T:
    """The call's answer; where it is to be tried later, it is, twice, as long as nobody is kept waiting for more than half a minute."""
    for left in range(tries - 1, -1, -1):
        try:
            return await call()
        except TryLater as error:
            pause = 1.0 if error.after is None else error.after
            if not left or pause > LONGEST_WAIT:
                raise
            await asyncio.sleep(pause)
    raise AssertionError("unreachable")
