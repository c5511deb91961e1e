"""What somebody said → what the desk does about it. Free text, forms and buttons arrive here alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any
from weakref import WeakValueDictionary

from bot.desk.clicks import Clicks
from bot.desk.edits import Edits
from bot.desk.etiquette import NOTE, Etiquette, with_human
from bot.desk.home import Homes
from bot.desk.masking import clean, mask
from bot.desk.needs import Needs
from bot.desk.outbox import ANALYSTS, REQUESTER
from bot.desk.parts import Parts
from bot.desk.sentences import name
from bot.desk.talk import Talk
from bot.desk.uses import Uses
from bot.domain.home import Home
from bot.domain.messages import Click, Message, Status
from bot.domain.people import DESK, Person
from bot.domain.tickets import NewEntry, Place, Ticket, TicketStatus
from bot.errors import BellhopError, NotAllowed, Stale, Unknown

log = logging.getLogger(__name__)
TITLE = 120
"""Characters of a ticket's title."""
SORRY = "Something went wrong on my side, and nothing was changed. The help desk has been told."


class Hear:
    """Implements ports.Hearing. A person always gets an answer or a reason, whatever happens."""

    def __init__(self, parts: Parts, use: Uses, talk: Talk, clicks: Clicks) -> None:
        self._parts = parts
        self._use = use
        self._talk = talk
        self._clicks = clicks
        self._etiquette = Etiquette(parts)
        self._needs = Needs(parts)
        self._edits = Edits(parts, use, talk)
        self._homes = Homes(parts, use.outbox)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def wants(self, message: Message) -> bool:
        return await self._etiquette.wants(message)

    async def home(self, email: str) -> Home:
        return await self._homes.home(email)

    async def errors(self, message: Message) -> Mapping[str, str]:
        click = message.click
        ticket = await self._parts.ledger.ticket_at(message.place)
        if click is None or click.verb != "form" or ticket is None:
            return {}
        return self._talk.errors(click.ref, dict(click.values), ticket, await self._parts.ledger.directory())

    async def hear(self, message: Message) -> None:
        """Hears one message: in a thread one after the other, the same id once."""
        conversation = message.place.model_copy(update={"thread": "*"})
        async with self._turn(conversation) if message.loose or _second_thought(message) else nullcontext():
            meant = await self._edits.resolve(message)
            if meant is None or not await self._etiquette.wants(meant):
                return
            await self._etiquette.refuse(meant)
            meant = await self._needs.settle(meant)
            async with self._turn(meant.place):
                await self._one(meant)
                await self._parts.ledger.handled(meant)

    def _turn(self, place: Place) -> asyncio.Lock:
        return self._turns.setdefault(place.model_dump_json(), asyncio.Lock())

    async def take_up(self) -> None:
        """Hears again what a process had heard when it died. A file that came along is gone: the person is asked for it."""
        for message in await self._parts.ledger.unhandled():
            async with self._turn(message.place):
                if await self._parts.ledger.claim(message):
                    await self._one(message)
                    await self._parts.ledger.handled(message)

    async def _one(self, message: Message) -> None:
        ticket: Ticket | None = None
        try:
            person = await self._person(message)
            text = "" if message.click else clean(message.text, self._parts.terms.max_chars)
            ticket = await self._ticket(message, mask(text).text)
            await self._heard(message, text, ticket, person)
        except BellhopError as error:
            await self._say_why(message, ticket, str(error))
        except Exception:  # the last line of defence: nobody is met with silence
            log.exception("message %s could not be handled", message.id)
            await self._sorry(message, ticket)

    async def _person(self, message: Message) -> Person:
        """Who speaks, by today's directory; the channel has verified the address."""
        if message.person == DESK.email:
            raise NotAllowed("Nobody speaks as the desk.")
        person = (await self._parts.ledger.directory()).person(message.person)
        if not person.at_work:
            raise NotAllowed("This account belongs to nobody who works here at present.")
        return person

    async def _ticket(self, message: Message, text: str) -> Ticket:
        """The thread's ticket; a new thread's first words open one."""
        known = await self._parts.ledger.ticket_at(message.place)
        if known is not None:
            return known
        if message.click is not None and message.click.verb != "ticket":
            raise Unknown("I can't find what this button belongs to; nothing was changed.")
        text = _worded(message) or text
        return await self._parts.ledger.open_ticket(message.person, message.place, _headline(text), self._parts.clock())

    async def _heard(self, message: Message, text: str, ticket: Ticket, person: Person) -> None:
        masked = mask(text)
        if message.click is not None:
            values = {name: _masked(value) for name, value in message.click.values.items()}
            message = message.model_copy(update={"click": message.click.model_copy(update={"values": values})})
            masked = mask(_worded(message))
        again = not await self._parts.ledger.heard(message, ticket.id, masked.text, _noted(message, masked.text, ticket, person))
        if again and not await self._cut_short(message, ticket):
            return
        if message.click is not None:
            await self._press(message, message.click, ticket, person, again)
            return
        if masked.found:
            await self._warn(message, ticket, masked.found)
        await self._route(message, masked.text, ticket, person)

    async def _cut_short(self, message: Message, ticket: Ticket) -> bool:
        """Whether a process died over this message before anything had come of it, such as a plan."""
        if not await self._parts.ledger.claim(message):
            return False
        said = await self._parts.ledger.said(message, message.id)
        return said is not None and not [p for p in await self._parts.ledger.plans(ticket.id) if p.created >= said["at"]]

    async def _press(self, message: Message, click: Click, ticket: Ticket, person: Person, again: bool) -> None:
        try:
            if click.verb == "edit":
                await self._edits.edit(message, click, ticket, person)
            elif click.verb == "withdraw":
                await self._edits.withdraw(message, ticket, person)
            elif click.verb == "ticket":
                await self._use.humans.escalate(ticket.id, "Asked for a ticket.", by=person.email)
            else:
                await self._clicks.press(message, click, ticket, person)
        except Stale:
            if not again:  # what is settled may well be so because of this very click
                raise

    async def _warn(self, message: Message, ticket: Ticket, found: tuple[str, ...]) -> None:
        what = " and ".join(dict.fromkeys(found))
        text = f"Your message held what looks like a secret ({what}). I masked it before storing it. If it is real, please change it."
        await self._use.outbox.post(ticket, self._audience(message, ticket), f"secret:{message.id}", Status(text=text, tone="warning"))

    def _audience(self, message: Message, ticket: Ticket) -> str:
        """Whoever is at the place that the message came from."""
        if message.place == ticket.place:
            return REQUESTER
        analysts = self._use.outbox.place(ticket, ANALYSTS)
        return ANALYSTS if message.place == analysts else message.person

    async def _route(self, message: Message, text: str, ticket: Ticket, person: Person) -> None:
        """To the desk, or past it: words in somebody else's thread, or in one that a human looks after, are carried across."""
        if self._audience(message, ticket) == ANALYSTS:
            if not (await self._parts.ledger.directory()).is_analyst(person.email):
                raise NotAllowed("Only the help desk's analysts may write here.")
            if not NOTE.match(text):
                await self._use.humans.relay(ticket, person.email, text, message.id)
        elif person.email != ticket.requester:
            await self._others(message, text, ticket, person)
        elif not with_human(ticket):
            await self._talk.turn(message, text, ticket, person)
        else:
            await self._use.humans.relay(ticket, person.email, text, message.id)
            if message.named:
                await self._talk.turn(message, text, ticket, person)
            elif message.loose:  # where no thread shows it, nobody can tell that their words belong to a ticket
                note = f"I passed this on to the help desk, with {ticket.id}."
                await self._use.outbox.post(ticket, REQUESTER, f"passed:{message.id}", Status(text=note, tone="done"))

    async def _others(self, message: Message, text: str, ticket: Ticket, person: Person) -> None:
        """Words of somebody who did not ask: an analyst's in the requester's thread, an approver's beside their buttons, a passer-by's."""
        here = message.place == ticket.place
        if here and not (await self._parts.ledger.directory()).is_analyst(person.email):
            whose = name(ticket.requester, await self._parts.ledger.directory())
            raise NotAllowed(f"This thread is about a request of {whose}. For one of your own, please begin a new thread or write to me.")
        await self._use.humans.overhear(ticket, person.email, text, message.id)
        if not here:
            note = "I passed this on to the help desk. To approve or decline, please use the buttons."
            await self._use.outbox.post(ticket, person.email, f"note:{message.id}", Status(text=note, tone="done"))

    async def _say_why(self, message: Message, ticket: Ticket | None, why: str) -> None:
        """A refusal in words, at the place it came from: to whoever sent it alone, where others read along."""
        ticket = ticket or await self._parts.ledger.ticket_at(message.place)
        own = ticket is not None and message.person == ticket.requester and message.click is None
        if not own and await self._parts.channels[message.place.channel].whisper(message, Status(text=why, tone="failed")):
            return
        if ticket is None and message.click is not None:
            raise Unknown(why)  # there is no thread to answer in: the channel tells whoever pressed
        if ticket is None:
            ticket = await self._parts.ledger.open_ticket(message.person, message.place, "", self._parts.clock())
            await self._parts.ledger.save_ticket(ticket.model_copy(update={"status": TicketStatus.CLOSED}))
        if ticket is not None:
            audience = self._audience(message, ticket)
            await self._use.outbox.post(ticket, audience, f"why:{message.id}", Status(text=why, tone="failed"))

    async def _sorry(self, message: Message, ticket: Ticket | None) -> None:
        await self._say_why(message, ticket, SORRY)
        if ticket is not None:
            await self._use.humans.escalate(ticket.id, "The desk ran into an error of its own; see the log.", tell=False)


def _second_thought(message: Message) -> bool:
    return message.click is not None and message.click.verb in ("edit", "withdraw")


def _worded(message: Message) -> str:
    """The words that came by a click that channels make: they count as said."""
    if message.click is None or message.click.verb not in ("edit", "ticket"):
        return ""
    return str(message.click.values.get("text" if message.click.verb == "edit" else "summary", "")).strip()


def _headline(text: str) -> str:
    """The first line, as a ticket's title: one that is too long ends at a word, and says so."""
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= TITLE else first[: TITLE - 1].rsplit(" ", 1)[0].rstrip() + "…"


def _masked(value: Any) -> Any:
    """A form's value with the secrets in it masked: what is typed into a form is stored like what is typed into the chat."""
    if isinstance(value, list):
        return [_masked(v) for v in value]
    return mask(value).text if isinstance(value, str) else value


def _noted(message: Message, text: str, ticket: Ticket, person: Person) -> NewEntry:
    """What the ledger is told of a message."""
    told = {"message": message.id, "text": text, "click": message.click.model_dump(include={"verb", "ref"}) if message.click else None}
    return NewEntry(kind="message.heard", actor=person.email, ticket=ticket.id, at=message.at, data=told)
