"""From what people write, edit, take back and mark with an emoji to the desk's ears."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from weakref import WeakValueDictionary

from bot.channels.slack import parse
from bot.channels.slack.client import answered
from bot.channels.slack.deliver import Delivery
from bot.channels.slack.once import Once, Unasked
from bot.channels.slack.parse import Heard, Reaction
from bot.channels.slack.parts import Parts, Speaker, patiently
from bot.channels.slack.signs import Signs
from bot.domain.messages import Click, Message
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.errors import NotAllowed

TICKET_EMOJI = {"ticket", "admission_tickets"}


class Said:
    """Words, and second thoughts about them. In one thread they are taken in the order in which they came."""

    def __init__(self, parts: Parts, delivery: Delivery, signs: Signs, once: Once) -> None:
        self._parts = parts
        self._delivery = delivery
        self._signs = signs
        self._once = once
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def heard(self, heard: Heard) -> None:
        """A message. The same one told twice is heard once here; of other processes the record knows."""
        await self._once.do(heard.id, _speaker(heard), lambda: self._heard(heard))

    async def edited(self, heard: Heard) -> None:
        message_id = f"{heard.id}:{heard.edited}"
        await self._once.do(message_id, _speaker(heard), lambda: self._second_thought(heard, message_id, "edit"))

    async def deleted(self, heard: Heard) -> None:
        message_id = f"{heard.id}:deleted"
        await self._once.do(message_id, _speaker(heard), lambda: self._second_thought(heard, message_id, "withdraw"))

    async def reacted(self, reaction: Reaction) -> None:
        """A ticket for the author of a post, if they or an analyst ask for one with an emoji."""
        if reaction.emoji in TICKET_EMOJI and reaction.author != self._parts.home.bot:
            speaker = Speaker(reaction.user, reaction.channel)
            await self._once.do(f"{reaction.channel}:{reaction.ts}:ticket:{reaction.user}", speaker, lambda: self._ticket(reaction))

    async def _heard(self, heard: Heard) -> None:
        async with AsyncExitStack() as signs:
            async with self._turn(heard):
                message = await self._wanted(heard)
                if message is None:
                    return
                self._parts.speakers.note(message.id, _speaker(heard))
                await signs.enter_async_context(self._signs.shown(heard))
                message = await self._complete(heard, message)
                await self._title(heard, message)
                hearing = asyncio.create_task(self._parts.hearing.hear(message))
                await asyncio.sleep(0)  # what comes next in this thread finds this one under way
            await hearing

    async def _wanted(self, heard: Heard) -> Message | None:
        """The message, if the desk wants it. Unasked where it cannot be looked at and nobody expects an answer."""
        place = await self._parts.place(heard.channel, heard.thread)
        try:
            message = await self._message(heard, place)
            return message if message is not None and await self._parts.hearing.wants(message) else None
        except Exception as error:
            if _addressed(heard, place):
                raise
            raise Unasked from error

    async def _title(self, heard: Heard, message: Message) -> None:
        """Names an assistant thread after the first words in it."""
        if heard.direct and not heard.begins and await self._parts.ledger.ticket_at(message.place) is None:
            self._parts.work.begin(self._signs.title(heard, message.text))

    async def _message(self, heard: Heard, place: Place) -> Message | None:
        """The message without its files; None where it is from somebody who is nobody here, who is told so."""
        addressed = _addressed(heard, place)
        person = await self._person(heard, addressed)
        if person is None:
            return None
        return Message(
            id=heard.id,
            person=person.email,
            place=place,
            text=parse.readable(heard.text, self._parts.home.bot, {}),
            addressed=addressed,
            named=heard.named,
            begins=heard.begins,
            loose=heard.direct and heard.begins,
            at=self._parts.clock(),
        )

    async def _complete(self, heard: Heard, message: Message) -> Message:
        """The message with its files, and with the addresses of those it mentions in place of their ids."""
        text = await self._parts.words(heard.text)
        if not heard.files:
            return message.model_copy(update={"text": text})
        handed = await self._parts.files.fetch(heard.files)
        for problem in handed.problems:
            await self._delivery.tell(_speaker(heard), problem)
        return message.model_copy(update={"text": text, "files": handed.files})

    async def _person(self, heard: Heard, addressed: bool) -> Person | None:
        """Who wrote it. Somebody who is nobody here hears why, once, if they spoke to the desk; else nothing at all happens."""
        try:
            if heard.team and heard.team != self._parts.home.team:
                raise NotAllowed("I work for this company's employees only, and your account belongs to another workspace.")
            return await patiently(lambda: self._parts.people.who(heard.user))
        except NotAllowed as why:
            if addressed:
                await self._delivery.tell(_speaker(heard), str(why))
            return None

    async def _second_thought(self, heard: Heard, message_id: str, verb: str) -> None:
        async with self._turn(heard):
            place = await self._parts.place(heard.channel, heard.thread)
            message = await self._quietly(heard, place)
            if message is None:
                return
            values = {"text": await self._parts.words(heard.text)} if verb == "edit" else {}
            click = Click(verb=verb, ref=heard.id, values=values)
            message = message.model_copy(update={"id": message_id, "click": click, "text": ""})
            for known in (message_id, heard.id):
                self._parts.speakers.note(known, _speaker(heard))
        await self._parts.hearing.hear(message)

    async def _quietly(self, heard: Heard, place: Place) -> Message | None:
        """As `_message`; whoever is nobody here was told so when they wrote."""
        try:
            await patiently(lambda: self._parts.people.who(heard.user))
        except NotAllowed:
            return None
        return await self._message(heard, place)

    async def _ticket(self, reaction: Reaction) -> None:
        people = self._parts.people
        try:
            asking = await patiently(lambda: people.who(reaction.user, fresh=True))
        except NotAllowed:
            return
        analyst = (await self._parts.ledger.directory()).is_analyst(asking.email)
        if not analyst and reaction.user != reaction.author:
            return
        try:
            author = await patiently(lambda: people.who(reaction.author, fresh=True))
        except NotAllowed:
            raise NotAllowed("I can only open tickets for this company's employees, and this post is by somebody else.") from None
        post = await self._post(reaction)
        if post is None:
            return
        summary = await self._parts.words(post.text)
        click = Click(verb="ticket", ref="", values={"summary": summary})
        place = await self._parts.place(post.channel, post.thread)
        message_id = f"{post.id}:ticket"
        self._parts.speakers.note(message_id, Speaker(reaction.user, reaction.channel))
        await self._parts.hearing.hear(
            Message(id=message_id, person=author.email, place=place, click=click, begins=post.begins, at=self._parts.clock())
        )

    async def _post(self, reaction: Reaction) -> Heard | None:
        """The post that an emoji stands on, as Slack has it now."""
        where: dict[str, Any] = {"channel": reaction.channel, "latest": reaction.ts, "oldest": reaction.ts, "inclusive": True, "limit": 1}
        told = await patiently(lambda: answered(self._parts.web.conversations_replies(ts=reaction.ts, **where)))
        for post in told.get("messages") or ():
            if post.get("ts") == reaction.ts:
                return parse.heard({**post, "channel": reaction.channel}, self._parts.home.bot)
        return None

    def _turn(self, heard: Heard) -> asyncio.Lock:
        """One at a time in a thread; beside all threads of a direct conversation, one at a time in the whole of it."""
        thread = "" if heard.direct and heard.begins else heard.thread
        return self._turns.setdefault(f"{heard.channel}:{thread}", asyncio.Lock())


def _speaker(heard: Heard) -> Speaker:
    return Speaker(heard.user, heard.channel, "" if heard.begins else heard.thread)


def _addressed(heard: Heard, place: Place) -> bool:
    """Whether it was said to the desk: in a direct conversation, by name, or in a thread that the desk began."""
    return heard.direct or heard.named or place.conversation != heard.channel
