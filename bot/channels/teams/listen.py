"""What happens in Teams, taken in: messages are acknowledged at once and heard in the background, once each; invokes are answered."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from bot.channels.teams.actions import Pressed, pressed
from bot.channels.teams.adapter import Answer
from bot.channels.teams.cards import shortened
from bot.channels.teams.deliver import Delivery
from bot.channels.teams.files import Files
from bot.channels.teams.heard import Translator
from bot.channels.teams.invokes import Invokes
from bot.channels.teams.lull import Lull
from bot.channels.teams.parse import Event, event, is_bot
from bot.channels.teams.people import Nobody, People
from bot.channels.teams.reach import Reach
from bot.channels.teams.render import drawn
from bot.channels.teams.signs import Signs
from bot.desk.ports import Hearing
from bot.domain.markup import verbatim
from bot.domain.messages import Message, Status, Text
from bot.domain.people import Person
from bot.errors import BadInput, BellhopError, TryLater, traced

log = logging.getLogger(__name__)
_CALLED = re.compile(r"<at>.*?</at>", re.S)

SORRY = "Something went wrong on our side, and it has been logged. Please try again, or ask a human."
UNREADABLE = "I can only read text, pictures and PDF files. Please tell me in words what you need."
PATIENCE = (0.5, 2.0, 5.0)
"""Seconds between the tries to find out who somebody is while Teams does not answer."""
MOST = 5_000
"""Messages that are remembered as heard."""

_Work = Callable[[Event], Awaitable[None]]


class Listener:
    """One task per message, each of which is waited for when the channel stops."""

    def __init__(
        self,
        hearing: Hearing,
        people: People,
        translator: Translator,
        files: Files,
        delivery: Delivery,
        reach: Reach,
        signs: Signs,
        invokes: Invokes,
        lull: Lull,
        company: str,
    ) -> None:
        self._hearing = hearing
        self._people = people
        self._translator = translator
        self._files = files
        self._delivery = delivery
        self._reach = reach
        self._signs = signs
        self._invokes = invokes
        self._lull = lull
        self._company = company
        self._running: dict[str, asyncio.Task[None]] = {}
        self._through: dict[str, None] = {}
        self._order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def turn(self, payload: dict[str, Any]) -> Answer | None:
        """Takes one activity; returns what answers an invoke. Bots, ourselves among them, are not listened to."""
        if payload["type"] == "invoke":
            return await self._invokes.answer(event(payload))
        if is_bot(payload) and payload["type"] in ("message", "messageUpdate", "messageDelete"):
            return None
        happened = event(payload)
        if happened.kind == "message":
            self._start(happened.ref, happened, self._message)
        elif happened.kind in ("edit", "withdraw"):
            self._start(f"{happened.ref}|{happened.kind} {happened.stamp}", happened, self._changed)
        elif happened.kind in ("installed", "removed"):
            self._start(f"{happened.ref}|{happened.kind} {happened.stamp}", happened, self._installed)
        return None

    async def stop(self, seconds: float) -> None:
        """Waits for what is being heard; what takes longer is left to be taken up again."""
        running = [*self._running.values(), *self._invokes.running]
        if running:
            await asyncio.wait(running, timeout=seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _start(self, key: str, happened: Event, work: _Work) -> None:
        """Begins to hear something, unless the very same is being heard, or was: Teams may deliver it more than once."""
        if key in self._running or key in self._through:
            return
        task = asyncio.create_task(self._safely(happened, work))
        self._running[key] = task
        task.add_done_callback(lambda _: self._ended(key))

    def _ended(self, key: str) -> None:
        """The record knows what was heard too, and for good; this spares the look-ups, and those who are nobody a second answer."""
        self._running.pop(key, None)
        self._through[key] = None
        if len(self._through) > MOST:
            self._through.pop(next(iter(self._through)))

    async def _safely(self, happened: Event, work: _Work) -> None:
        try:
            await self._lull.wait()
            await work(happened)
        except BellhopError as error:
            await self._tell(happened, str(error))
        except Exception as error:  # nobody awaits this task: where it broke is logged, without its words, and the speaker told
            log.error("could not hear message %s: %s", happened.ref, traced(error))
            await self._tell(happened, SORRY)

    async def _message(self, happened: Event) -> None:
        message = await self._in_turn(happened, self._read)
        if message is None:
            return
        async with self._signs.typing(happened):
            if happened.handed:
                files, why = await self._files.fetch(happened.handed)
                if why:
                    await self._tell(happened, "\n".join(why))
                if not files and not message.text:
                    return
                message = self._translator.with_files(message, files)
            await self._hearing.hear(message)

    async def _changed(self, happened: Event) -> None:
        message = await self._in_turn(happened, self._change)
        if message is not None:
            await self._hearing.hear(message)

    async def _in_turn(self, happened: Event, read: Callable[[Event], Awaitable[Message | None]]) -> Message | None:
        """What the desk wants to hear of this; None for nothing. What is said in one thread is looked at in the order it came."""
        async with self._turn(happened):
            try:
                message = await read(happened)
            except BellhopError as error:
                if happened.addressed:
                    raise
                log.info("something not said to the desk could not be read: %s", type(error).__name__)
                return None
            return message if message is not None and await self._hearing.wants(message) else None

    def _turn(self, happened: Event) -> asyncio.Lock:
        return self._order.setdefault(happened.target, asyncio.Lock())

    async def _read(self, happened: Event) -> Message | None:
        """A message, or a button of a client that sends these as messages."""
        what = _button(happened)
        if what is None and not happened.text.strip() and not happened.handed:
            if happened.addressed:
                raise BadInput(UNREADABLE)
            return None
        person = await self._who(happened, fresh=what is not None)
        if person is None:
            return None
        return await (self._translator.pressed(happened, person, what) if what else self._translator.said(happened, person))

    async def _change(self, happened: Event) -> Message | None:
        person = await self._who(happened, fresh=False)
        return await self._translator.changed(happened, person) if person is not None else None

    async def _who(self, happened: Event, *, fresh: bool) -> Person | None:
        """Who did this; None for nobody, who is told why if they addressed the desk."""
        try:
            person = await self._patiently(happened, fresh)
        except Nobody as error:
            if happened.addressed and happened.kind == "message":
                await self._tell(happened, str(error))
            return None
        await self._reach.note(happened, person.email)
        return person

    async def _patiently(self, happened: Event, fresh: bool) -> Person:
        """A message is not lost because Teams could not say for a moment who wrote it."""
        for seconds in PATIENCE:
            try:
                return await self._people.who(happened, fresh=fresh)
            except TryLater as error:
                await asyncio.sleep(min(error.after if error.after is not None else seconds, 10.0))
        return await self._people.who(happened, fresh=fresh)

    async def _installed(self, happened: Event) -> None:
        """Somebody added or removed the bot, which Teams tells in two ways at once. Whoever adds it for themselves is greeted, once."""
        async with self._turn(happened):
            if happened.kind == "removed":
                await self._reach.closed(happened)
                return
            await self._reach.note_place(happened)
            if happened.scope == "personal":
                await self._greet(happened)

    async def _greet(self, happened: Event) -> None:
        try:
            person = await self._patiently(happened, fresh=False)
        except Nobody:
            return
        await self._reach.note(happened, person.email)
        if not await self._reach.greeted(person.email):
            await self._delivery.tell(person.email, drawn(Text(text=self._hello(person))))

    def _hello(self, person: Person) -> str:
        return (
            f"Hello {person.first_name}, I'm Bellhop, the IT help desk of {self._company}. "
            "Tell me what is wrong or what you need, for example “I'm locked out” or “I need access to Figma”."
        )

    async def _tell(self, happened: Event, sentence: str) -> None:
        """Says something to the one who acted and nobody else: in their own conversation with the bot. Nobody's silence is an answer, so
        where they have none, it is said where they asked, if they addressed the desk."""
        words = drawn(Status(text=sentence, tone="warning"))
        try:
            await self._delivery.say_privately(happened, drawn(Status(text=_about(happened) + sentence, tone="warning")))
        except BellhopError as error:
            if happened.scope != "personal" and happened.named:
                await self._aloud(happened, words)
            else:
                log.warning("could not tell somebody what went wrong: %s", type(error).__name__)

    async def _aloud(self, happened: Event, words: Any) -> None:
        try:
            await self._delivery.say_at(happened, words)
        except BellhopError as error:
            log.warning("could not tell somebody what went wrong: %s", type(error).__name__)


def _about(happened: Event) -> str:
    """Which of somebody's words are meant, where they were said elsewhere than the reply."""
    said = " ".join(_CALLED.sub(" ", happened.text).split())
    return f"About “{verbatim(shortened(said, 120))}”: " if said and happened.scope != "personal" else ""


def _button(happened: Event) -> Pressed | None:
    """What a message says was pressed; None where it was written."""
    if not isinstance(happened.value, dict) or not happened.value:
        return None
    try:
        return pressed(happened.value)
    except BadInput:
        if happened.text.strip():
            return None
        raise
