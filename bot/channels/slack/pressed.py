"""From buttons, dialogs, the shortcut and the slash command to the desk's ears."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.channels.slack import views
from bot.channels.slack.actions import FILL, MORE, Pressed, pressed
from bot.channels.slack.client import answered
from bot.channels.slack.deliver import Delivery
from bot.channels.slack.homes import Homes
from bot.channels.slack.once import Once
from bot.channels.slack.parse import Source, readable, source
from bot.channels.slack.parts import CHANNEL, Parts, Speaker, patiently
from bot.channels.slack.render import drawn
from bot.channels.slack.text import Json
from bot.domain.messages import Click, File, Form, Message, Post, Reply, Said, Text
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.errors import BadInput, BellhopError, NotFound, TryLater

CHECKING = 2.0
"""How many seconds a dialog waits for what is wrong with it; Slack gives up after three."""
Ack = Callable[..., Awaitable[Any]]


class Pressing:
    """What people press and send. Identity is looked up anew for each, and nothing but ids is believed."""

    def __init__(self, parts: Parts, delivery: Delivery, homes: Homes, once: Once) -> None:
        self._parts = parts
        self._delivery = delivery
        self._homes = homes
        self._once = once

    # Buttons

    async def button(self, body: Mapping[str, Any]) -> None:
        """A pressed button or a choice from a menu. Dialogs open before anything else is done: Slack allows three seconds for them."""
        at, action = source(body), dict((body.get("actions") or [{}])[0])
        if not str(action.get("action_id", "")).startswith("bellhop:"):
            return
        key = f"{at.user}:{action.get('action_ts')}"
        await self._once.do(key, _speaker(at), lambda: self._pressed(at, pressed(action), key))

    async def _pressed(self, at: Source, what: Pressed, key: str) -> None:
        origin = views.Origin(at.channel, at.message, at.thread, what.at)
        if what.verb == MORE:
            await self._open(at, views.full_view((await self._post(at, what.ref or what.at)).reply))
        elif what.verb == FILL:
            await self._open(at, self._form(await self._post(at, what.at), origin))
        elif what.ask_reason:
            await self._open(at, views.reason_view(what.label, what.verb, what.ref, what.ask_reason == "required", origin))
        elif what.ref or what.values:
            click = Click(verb=what.verb, ref=what.ref, values=what.values)
            await self._hear(key, at, origin, click)
            if at.view == "home":
                await self._homes.publish(at.user)

    async def _open(self, at: Source, view: Json) -> None:
        await answered(self._parts.web.views_open(trigger_id=at.trigger, view=view))

    async def _post(self, at: Source, ref: str) -> Post:
        post = await self._parts.ledger.post_at(CHANNEL, ref or at.ref)
        if post is None:
            raise NotFound("I can't find what this button belongs to; nothing was changed.")
        return post

    @staticmethod
    def _form(post: Post, origin: views.Origin) -> Json:
        if not isinstance(post.reply, Form) or post.reply.settled:
            raise BadInput("This question is answered already.")
        return views.form_view(post.reply, origin)

    async def _hear(self, key: str, at: Source, origin: views.Origin, click: Click, files: tuple[File, ...] = ()) -> None:
        person = await patiently(lambda: self._parts.people.who(at.user, fresh=True))
        await self._heard(key, person, await self._place(at, origin), click, _speaker(at), files)

    async def _heard(self, key: str, person: Person, place: Place, click: Click, speaker: Speaker, files: tuple[File, ...] = ()) -> None:
        self._parts.speakers.note(key, speaker)
        message = Message(id=key, person=person.email, place=place, click=click, files=files, at=self._parts.clock())
        await self._parts.hearing.hear(message)

    async def _place(self, at: Source, origin: views.Origin) -> Place:
        """Where something was pressed: the place of the desk's post that held the button, else its thread's."""
        if origin.at:
            return await self._parts.place("", "", origin.at)
        post = await self._parts.ledger.post_at(CHANNEL, f"{origin.channel}:{origin.ts}")
        return post.place if post else await self._parts.place(origin.channel, origin.thread or origin.ts)

    # Dialogs

    async def dialog(self, body: Mapping[str, Any], ack: Ack) -> None:
        """A sent dialog: checked while it still stands, so that what is wrong shows at its fields; then closed, then heard."""
        at, view = source(body), dict(body.get("view") or {})
        try:
            sent = views.read(view)
            async with asyncio.timeout(CHECKING):
                prepared = await self._check(at, sent)
        except (TimeoutError, TryLater):
            prepared = None
        except BellhopError as error:
            await _refuse(ack, view, {"": str(error)})
            return
        if prepared is not None and prepared[2]:
            await _refuse(ack, view, prepared[2])
            return
        await ack()
        key = f"{view.get('id')}:{view.get('hash')}"
        speaker = Speaker(at.user, sent.origin.channel, "" if sent.origin.thread == sent.origin.ts else sent.origin.thread)
        self._parts.work.begin(self._once.do(key, speaker, lambda: self._sent(key, at, sent, speaker)))

    async def _check(self, at: Source, sent: views.Sent) -> tuple[Person, Click, dict[str, str]]:
        """Who sent it, what it says, and by field what is wrong with it."""
        person = await self._parts.people.who(at.user, fresh=True)
        click, errors = await self._click(sent)
        if not errors and sent.verb != views.TICKET:
            place = await self._place(at, sent.origin)
            message = Message(id=f"check:{at.user}", person=person.email, place=place, click=click, at=self._parts.clock())
            errors = dict(await self._parts.hearing.errors(message))
        return person, click, errors

    async def _click(self, sent: views.Sent) -> tuple[Click, dict[str, str]]:
        """The click that a dialog stands for, with chosen people as addresses; and by field, who is nobody here."""
        values, errors = dict(sent.values), {}
        for name, chosen in sent.users.items():
            ids = chosen if isinstance(chosen, list) else [chosen]
            found = await self._parts.people.addresses(ids)
            if missing := [i for i in ids if i not in found]:
                errors[name] = f"{len(missing)} of these are not in the company's directory." if len(ids) > 1 else _NOBODY
            values[name] = [found[i] for i in ids if i in found] if isinstance(chosen, list) else found.get(chosen, "")
        return Click(verb=sent.verb, ref=sent.ref, values=values), errors

    async def _sent(self, key: str, at: Source, sent: views.Sent, speaker: Speaker) -> None:
        click, _ = await patiently(lambda: self._click(sent))
        if sent.verb == views.TICKET:
            words = "\n".join(f"> {line}" for line in str(click.values.get(views.SUMMARY, "")).splitlines())
            await self._begin(key, at.user, Text(text=f"**Your ticket**\n{words}"), click)
            return
        handed = await self._parts.files.fetch([f for files in sent.files.values() for f in files])
        for problem in handed.problems:
            await self._delivery.tell(speaker, problem)
        if handed.problems and not handed.files:
            return
        await self._hear(key, at, sent.origin, click, handed.files)
        if not sent.origin.channel:
            await self._homes.publish(at.user)

    # Needs that begin elsewhere and go on in the direct conversation

    async def shortcut(self, body: Mapping[str, Any]) -> None:
        """ "Create a ticket" from any message: opens the dialog with its words."""
        at = source(body)
        text = readable(str((body.get("message") or {}).get("text") or ""), self._parts.home.bot, {})
        view = views.ticket_view(text, views.Origin(at.channel, at.message, at.thread))
        await self._once.do(at.trigger, _speaker(at), lambda: self._open(at, view))

    async def command(self, body: Mapping[str, Any]) -> None:
        """``/bellhop …``: as if it had been written in the direct conversation, in a thread of its own."""
        at = source(body)
        key, said = f"command:{at.trigger}", str(body.get("text") or "")
        await self._once.do(key, Speaker(at.user, at.channel), lambda: self._command(key, at.user, said))

    async def _command(self, key: str, user: str, said: str) -> None:
        await self._begin(key, user, None, None, await self._parts.words(said))

    async def _begin(self, key: str, user: str, root: Reply | None, click: Click | None, text: str = "") -> None:
        """A need in a new thread of somebody's direct conversation; the same key begins the same thread."""
        person = await patiently(lambda: self._parts.people.who(user, fresh=True))
        place = await self._root(key, user, person, root or Said(person=person.email, name=person.name, text=text))
        self._parts.speakers.note(key, Speaker(user, place.conversation, place.thread))
        message = Message(id=key, person=person.email, place=place, text=text, click=click, begins=True, at=self._parts.clock())
        await self._parts.hearing.hear(message)

    async def _root(self, key: str, user: str, person: Person, root: Reply) -> Place:
        """A thread to go on in: its first post is the app's own, because nobody wrote one there."""
        known = await self._parts.ledger.reach(CHANNEL, f"root:{key}")
        if known is None:
            dm = await patiently(lambda: self._parts.people.open(user, person.email))
            made = drawn(root)
            told = await patiently(lambda: answered(self._parts.web.chat_postMessage(channel=dm, text=made.text, blocks=made.blocks)))
            known = {"dm": dm, "ts": str(told["ts"])}
            await self._parts.ledger.save_reach(CHANNEL, f"root:{key}", known)
        return Place(channel=CHANNEL, conversation=str(known["dm"]), thread=str(known["ts"]))


_NOBODY = "This person is not in the company's directory."


async def _refuse(ack: Ack, view: Json, errors: Mapping[str, str]) -> None:
    """The dialog stays, and says what is wrong."""
    told = views.field_errors(view, errors)
    await (ack(response_action="errors", errors=told) if told else ack())


def _speaker(at: Source) -> Speaker:
    return Speaker(at.user, at.channel, "" if at.thread == at.message else at.thread)
