"""From an event to the desk's Message: who, where, and what was said or pressed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.channels.teams.actions import KEY, Pressed
from bot.channels.teams.parse import CHANNEL, Event, worded
from bot.channels.teams.people import People
from bot.desk.ports import Clock, Ledger
from bot.domain.messages import Click, File, Message
from bot.domain.people import Person
from bot.domain.tickets import Place


class Translator:
    """Builds Messages. Looks up at which place of the desk's own something was answered or pressed."""

    def __init__(self, people: People, ledger: Ledger, clock: Clock) -> None:
        self._people = people
        self._ledger = ledger
        self._clock = clock

    async def said(self, event: Event, person: Person) -> Message:
        """Something written. A thread that a post of ours began, and an answer to a post of ours, is that post's place."""
        text = worded(event, await self._names(event))
        place, ours = await self._place(event)
        return Message(
            id=event.ref,
            person=person.email,
            place=place,
            text=text,
            addressed=event.addressed,
            named=event.named,
            begins=event.begins and not ours,
            loose=event.loose and not ours,
            at=self._clock(),
        )

    async def changed(self, event: Event, person: Person) -> Message:
        """A message was edited or deleted: as the click that says so. Each edit of a message is an act of its own."""
        values = {} if event.kind == "withdraw" else {"text": worded(event, await self._names(event))}
        verb = "withdraw" if event.kind == "withdraw" else "edit"
        own = event.ref + ("|withdrawn" if event.kind == "withdraw" else f"|edited {event.stamp or _digest(values)}")
        place, _ = await self._place(event)
        click = Click(verb=verb, ref=event.ref, values=values)
        addressed = event.scope == "personal" or event.named
        return Message(id=own, person=person.email, place=place, click=click, addressed=addressed, named=event.named, at=self._clock())

    async def pressed(self, event: Event, person: Person, what: Pressed, place: Place | None = None) -> Message:
        """A pressed button or a sent form, at the place of the post it stands on."""
        where = place or (await self._place(event))[0]
        click = Click(verb=what.verb, ref=what.ref, values=what.values)
        return Message(id=_own(event, what), person=person.email, place=where, click=click, at=self._clock())

    def with_files(self, message: Message, files: tuple[File, ...]) -> Message:
        return message.model_copy(update={"files": files})

    async def _names(self, event: Event) -> Mapping[str, str]:
        others = {m.id for m in event.mentions if m.id != event.bot}
        return {other: address for other in sorted(others) if (address := await self._people.address(event, other))}

    async def _place(self, event: Event) -> tuple[Place, bool]:
        """The place, and whether it is that of a post of ours."""
        roots = [f"{event.conversation}|{event.root}"] if event.root else []
        for ref in dict.fromkeys([*([event.answered_ref] if event.answered_ref else []), *roots]):
            post = await self._ledger.post_at(CHANNEL, ref)
            if post is not None:
                return post.place, True
        return event.place, False


def _own(event: Event, what: Pressed) -> str:
    """The click's own id: the activity's or, where it came without one, what tells it from every other click."""
    if event.id:
        return f"{event.ref}|{KEY}"
    return f"{event.conversation}|{_digest([event.sender, event.answered, what.verb, what.ref, what.values, event.stamp])}"


def _digest(of: Any) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()[:24]
