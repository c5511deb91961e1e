"""Second thoughts about what was said: edited and deleted messages."""

from __future__ import annotations

from typing import Any

from bot.desk.etiquette import NOTE, with_human
from bot.desk.masking import clean, mask
from bot.desk.outbox import ANALYSTS, REQUESTER
from bot.desk.parts import Parts
from bot.desk.state import WAITING, quiet
from bot.desk.talk import Talk
from bot.desk.uses import Uses
from bot.domain.messages import Click, Message, Status
from bot.domain.people import Person
from bot.domain.plans import PlanState
from bot.domain.tickets import Ticket

EDITED = "Edited: "
"""What the record puts before the new wording of a message."""
ACTED = (PlanState.RUNNING, PlanState.DONE, PlanState.FAILED, PlanState.UNDOING, PlanState.UNDONE)


class Edits:
    """An edit or a deletion counts as long as nothing was done; after that it changes nothing, and says so."""

    def __init__(self, parts: Parts, use: Uses, talk: Talk) -> None:
        self._parts = parts
        self._use = use
        self._talk = talk

    async def resolve(self, message: Message) -> Message | None:
        """An edit or a deletion at the place of what it is about; the new wording itself, where the first never arrived; None where
        there is nothing to do."""
        if message.click is None:
            return None if await self._parts.ledger.reach(message.place.channel, _gone(message.id)) else message
        if message.click.verb not in ("edit", "withdraw"):
            return message
        first = await self._parts.ledger.said(message, message.click.ref)
        if first is None:
            return await self._unheard(message, message.click)
        if first["person"] != message.person or first["click"] is not None or self._same(first, message.click):
            return None
        return message.model_copy(update={"place": first["place"], "loose": False})

    async def _unheard(self, message: Message, click: Click) -> Message | None:
        """Platforms may tell of what was done to a message before they tell of the message."""
        if click.verb == "withdraw":
            await self._parts.ledger.save_reach(message.place.channel, _gone(click.ref), {"gone": True})
            return None
        return message.model_copy(update={"id": click.ref, "click": None, "text": str(click.values.get("text", ""))})

    def _same(self, first: Any, click: Click) -> bool:
        """Whether nothing changed: platforms also tell of an edit where they only added a preview of a link."""
        text = str(click.values.get("text", ""))
        return click.verb == "edit" and mask(clean(text, max(len(text), 1))).text.strip() in ("", str(first["text"]).strip())

    async def edit(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        """The new wording replaces the old one, and what still waits because of it."""
        text = mask(clean(str(click.values.get("text", "")), self._parts.terms.max_chars)).text
        if person.email != ticket.requester:
            await self._beside(message, EDITED + text, ticket, person, private=bool(NOTE.match(text)))
        elif with_human(ticket):
            await self._use.humans.relay(ticket, person.email, EDITED + text, message.id)
        elif await self._acted(ticket):
            note = "I had already acted on what you wrote first, so this edit changes nothing. If you need something else, write it anew."
            await self._use.outbox.post(ticket, REQUESTER, f"edited:{message.id}", Status(text=note, tone="warning"))
        else:
            await self._talk.supersede(ticket, "You changed your message.")
            ticket = (await self._parts.ledger.ticket(ticket.id)).model_copy(update={"draft": {}})
            await self._parts.ledger.save_ticket(ticket)
            await self._talk.turn(message, text, ticket, person)

    async def withdraw(self, message: Message, ticket: Ticket, person: Person) -> None:
        """A deleted request is no request, as long as nothing was done."""
        if person.email != ticket.requester:
            first = await self._parts.ledger.said(message, message.click.ref) if message.click else None
            private = first is not None and bool(NOTE.match(str(first["text"])))
            await self._beside(message, "(deleted their message)", ticket, person, private=private)
        elif with_human(ticket):
            await self._use.humans.relay(ticket, person.email, "(deleted their message)", message.id)
        elif await self._parts.ledger.plans(ticket.id, WAITING) or ticket.draft:
            note = "You deleted your message, so I dropped this. Nothing was changed."
            await self._talk.take_back(ticket, "You deleted your message.", note)

    async def _beside(self, message: Message, text: str, ticket: Ticket, person: Person, *, private: bool) -> None:
        """Second thoughts of somebody who did not ask: they change nothing of what was asked for, and are told to whom the first were."""
        analyst = (await self._parts.ledger.directory()).is_analyst(person.email)
        if analyst and message.place == self._use.outbox.place(ticket, ANALYSTS):
            if not private:
                await self._use.humans.relay(ticket, person.email, text, message.id)
        elif analyst or message.place != ticket.place:
            await self._use.humans.overhear(ticket, person.email, text, message.id)

    async def _acted(self, ticket: Ticket) -> bool:
        """Whether something was done that words cannot take back; looking up or opening a ticket is nothing of the kind."""
        return any(not quiet(plan) for plan in await self._parts.ledger.plans(ticket.id, ACTED))


def _gone(message_id: str) -> str:
    """Under which the record knows of a message that was deleted before it was heard."""
    return f"withdrawn:{message_id}"
