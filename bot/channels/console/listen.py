"""What the commands `chat` and `ask` use: one message, a script, or a chat in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.channels.console.channel import ConsoleChannel
from bot.channels.console.parse import Session, person_called
from bot.channels.console.render import lines
from bot.channels.console.script import check_transcript
from bot.channels.console.transcript import short
from bot.desk.ports import Clock, Hearing, Ledger
from bot.domain.messages import Post

QUIET = 0.4
"""Seconds without news after which the desk counts as having nothing more to do at once."""
LONGEST = 30.0


class Console:
    """The terminal, for one desk."""

    def __init__(self, hearing: Hearing, channel: ConsoleChannel, ledger: Ledger, clock: Clock, *, demo: bool = True) -> None:
        self._hearing = hearing
        self._channel = channel
        self._ledger = ledger
        self._clock = clock
        self._demo = demo

    async def once(self, who: str, text: str) -> list[Post]:
        """Says one message in a thread of its own and returns every post of its ticket, as they stand when the desk rests."""
        person = person_called(who, await self._ledger.directory())
        message = Session(self._clock).said(person.email, text)
        news = asyncio.Event()

        def watcher(_: Post) -> None:
            news.set()

        self._channel.watchers.append(watcher)
        try:
            await self._hearing.hear(message)
            await self._rest(news)
        finally:
            self._channel.watchers.remove(watcher)
        ticket = await self._ledger.ticket_at(message.place)
        return list(await self._ledger.posts(ticket=ticket.id)) if ticket else []

    @staticmethod
    async def _rest(news: asyncio.Event) -> None:
        end = asyncio.get_running_loop().time() + LONGEST
        while asyncio.get_running_loop().time() < end:
            news.clear()
            try:
                await asyncio.wait_for(news.wait(), QUIET)
            except TimeoutError:
                return

    def transcript(self, posts: Sequence[Post]) -> str:
        """Posts as a script would show them."""
        told = []
        for post in posts:
            first, *rest = lines(post.reply, now=self._clock()) or [""]
            told += [f"bellhop→{short(post.place.conversation)}: {first}", *(f"    {line}" for line in rest)]
        return "\n".join(told)

    async def run_script(self, path: Path, who: str = "") -> int:
        """Plays a script and prints what was said; 1 if an expectation in it does not hold."""
        checked = await check_transcript(path, self._hearing, self._channel, self._ledger, clock=self._clock, speaker=who)
        sys.stdout.write("\n".join(checked.transcript) + "\n")
        sys.stderr.write("".join(f"{path}: {problem}\n" for problem in checked.problems))
        return 0 if checked.ok else 1

    async def interactive(self, who: str) -> int:
        """Chats until /quit."""
        from bot.channels.console.chat import Chat

        await Chat(self._channel, self._hearing, self._ledger, self._clock, demo=self._demo).run(who)
        return 0
