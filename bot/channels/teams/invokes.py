"""Invokes: pressed buttons, dialogs and the menu of a message. Teams wants an answer to each, within 15 seconds and better at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from bot.channels.teams.actions import FILL, MORE, Pressed, pressed
from bot.channels.teams.adapter import Answer, says, shows
from bot.channels.teams.deliver import Delivery
from bot.channels.teams.fields import meant
from bot.channels.teams.forms import form_dialog, full_dialog, ticket_dialog
from bot.channels.teams.heard import Translator
from bot.channels.teams.parse import CHANNEL, Event, from_html, ref, unref
from bot.channels.teams.people import People
from bot.channels.teams.reach import Reach
from bot.channels.teams.render import drawn
from bot.desk.ports import Hearing, Ledger
from bot.domain.messages import Form, Message, Post, Reply, Status
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.errors import BellhopError, NotFound, Unknown, traced

log = logging.getLogger(__name__)

SETTLE = 0.25
"""Seconds that a click waits for what comes of it, to answer with that rather than with "I am on it"."""
SORRY = "Something went wrong on our side, and it has been logged. Please try again, or ask a human."
ON_IT = "Got it. I'm on it."
MOST = 2_000


class Invokes:
    """Answers invokes. What takes longer goes on after the answer; if it fails then, the person is told in their own conversation."""

    def __init__(self, hearing: Hearing, people: People, translator: Translator, delivery: Delivery, reach: Reach, ledger: Ledger) -> None:
        self._hearing = hearing
        self._people = people
        self._translator = translator
        self._delivery = delivery
        self._reach = reach
        self._ledger = ledger
        self._asides: dict[str, str] = {}
        self._dialogs: dict[tuple[str, str], str] = {}
        self.running: set[asyncio.Task[str]] = set()

    async def answer(self, happened: Event) -> Answer:
        """What an invoke is answered with: never an error that Teams would show as "Something went wrong"."""
        asked = _HANDLERS.get(happened.name)
        if asked is None:
            return Answer()
        dialog = happened.name != "adaptiveCard/action"
        try:
            return await asked(self, happened)
        except BellhopError as error:
            return _closing(str(error)) if dialog else says(str(error))
        except Exception as error:  # Teams would show no reason at all: the log says where it broke, without its words
            log.error("could not answer an invoke: %s", traced(error))
            return _closing(SORRY) if dialog else says(SORRY)

    def aside(self, message: Message, sentence: str) -> bool:
        """Answers the click that is waiting for its answer with this sentence; False where none is."""
        if self._asides.get(message.id) != "":
            return False
        self._asides[message.id] = sentence
        return True

    async def _act(self, happened: Event) -> Answer:
        """Action.Execute."""
        what = pressed(happened.value)
        person = await self._who(happened)
        message = await self._translator.pressed(happened, person, what)
        sentence = await self._settled(happened, message)
        if sentence is not None:
            return says(sentence or ON_IT)
        card = await self._delivery.card_at(happened.answered_ref) if happened.answered_ref else None
        return shows(card) if card is not None else says("Done.")

    async def _open(self, happened: Event) -> Answer:
        """task/fetch: a form to fill in, or the whole of what a card had no room for."""
        what = pressed(happened.value)
        await self._who(happened)
        post = await self._post(happened, happened.answered_ref)
        if what.verb == MORE:
            return _dialog(full_dialog(post.reply, post.ref))
        form = _form(post, what)
        self._remember(happened, form, post)
        return _dialog(form_dialog(form))

    async def _send(self, happened: Event) -> Answer:
        """task/submit: what was filled in, checked before the dialog closes."""
        what = pressed(happened.value)
        person = await self._who(happened)
        if what.verb == MORE:
            post = await self._post(happened, what.ref)
            page = what.values.get("page", 0)
            return _dialog(full_dialog(post.reply, post.ref, int(page) if str(page).isdecimal() else 0))
        if what.verb == "ticket":
            return await self._ticket(happened)
        post = await self._post(happened, happened.answered_ref or self._dialogs.get((happened.sender, what.ref), ""))
        if isinstance(post.reply, Form):
            what = replace(what, values=meant(post.reply, what.values))
        message = await self._translator.pressed(happened, person, what, post.place)
        errors = await self._hearing.errors(message)
        if errors:
            return _dialog(form_dialog(_form(post, what), errors, what.values))
        sentence = await self._settled(happened, message)
        return _closing(sentence) if sentence else Answer()

    async def _draft(self, happened: Event) -> Answer:
        """composeExtension/fetchTask: "Create a ticket" was chosen in a message's menu."""
        await self._who(happened)
        given = happened.value.get("messagePayload") if isinstance(happened.value, dict) else None
        body = given.get("body") if isinstance(given, dict) else None
        content = body.get("content") if isinstance(body, dict) else None
        return _dialog(ticket_dialog(from_html(content[:50_000])[:MOST] if isinstance(content, str) else ""))

    async def _ticket(self, happened: Event) -> Answer:
        """composeExtension/submitAction: a ticket of the person's own, in their own conversation with the bot."""
        what = pressed(happened.value)
        person = await self._who(happened)
        if what.verb != "ticket":
            raise Unknown("I can't find what this button belongs to; nothing was changed.")
        own = await self._delivery.own(person.email)
        place = Place(channel=CHANNEL, conversation=own.conversation, thread=f"ticket-{happened.id or happened.stamp}")
        sentence = await self._settled(happened, await self._translator.pressed(happened, person, what, place))
        return _closing(sentence or "Your ticket is on its way to the help desk. You'll hear from them in our chat.")

    async def _who(self, happened: Event) -> Person:
        person = await self._people.who(happened, fresh=True)
        await self._reach.note(happened, person.email)
        return person

    async def _settled(self, happened: Event, message: Message) -> str | None:
        """Hears a click. What went wrong with it, or what the desk whispers, where that is known in time; "" where it takes longer;
        None where all went well."""
        self._asides[message.id] = ""
        task = asyncio.create_task(self._heard(message))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        await asyncio.wait({task}, timeout=SETTLE)
        aside = self._asides.pop(message.id, "")
        if task.done():
            return (task.result() or aside) or None
        self._follow(happened, task)
        return aside

    async def _heard(self, message: Message) -> str:
        """What went wrong, "" if nothing did."""
        try:
            if await self._hearing.wants(message):
                await self._hearing.hear(message)
        except BellhopError as error:
            return str(error)
        except Exception as error:  # Teams would show no reason at all: the log says where it broke, without its words
            log.error("could not hear click %s: %s", message.id, traced(error))
            return SORRY
        return ""

    def _follow(self, happened: Event, task: asyncio.Task[str]) -> None:
        """Tells the person what went wrong after their click was answered."""

        async def tell() -> str:
            sentence = await task
            if sentence:
                await self._late(happened, sentence)
            return ""

        follower = asyncio.create_task(tell())
        self.running.add(follower)
        follower.add_done_callback(self.running.discard)

    async def _late(self, happened: Event, sentence: str) -> None:
        try:
            await self._delivery.say_privately(happened, drawn(Status(text=sentence, tone="warning")))
        except BellhopError as error:
            log.warning("could not tell somebody what went wrong: %s", type(error).__name__)

    async def _post(self, happened: Event, at: str) -> Post:
        """The post of ours with this ref, of this very conversation; Unknown for any other."""
        post = await self._ledger.post_at(CHANNEL, at) if at else None
        if post is None or unref(post.ref or at)[0] != happened.conversation:
            raise Unknown("I can't find what this belongs to any more; nothing was changed.")
        return post

    def _remember(self, happened: Event, form: Form, post: Post) -> None:
        """Where a dialog was opened from, for clients that do not say so when it is sent."""
        self._dialogs[happened.sender, form.id] = post.ref or ref(happened.conversation, happened.answered)
        if len(self._dialogs) > MOST:
            self._dialogs.pop(next(iter(self._dialogs)))


def _form(post: Post, what: Pressed) -> Form:
    """The form that a post shows, still open."""
    reply: Reply = post.reply
    if not isinstance(reply, Form) or reply.id != what.ref or what.verb not in (FILL, "form"):
        raise NotFound("This form is no longer there; nothing was changed.")
    if reply.settled:
        raise NotFound(reply.settled)
    return reply


def _dialog(info: dict[str, Any]) -> Answer:
    return Answer({"task": {"type": "continue", "value": info}})


def _closing(sentence: str) -> Answer:
    """A sentence in place of the dialog, or in a new one."""
    return Answer({"task": {"type": "message", "value": sentence}})


_HANDLERS: dict[str, Callable[[Invokes, Event], Coroutine[Any, Any, Answer]]] = {
    "adaptiveCard/action": Invokes._act,
    "task/fetch": Invokes._open,
    "task/submit": Invokes._send,
    "composeExtension/fetchTask": Invokes._draft,
    "composeExtension/submitAction": Invokes._ticket,
}
