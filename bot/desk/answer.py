"""A question → a cited answer, or an honest "I don't know" and a human."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bot.desk import which
from bot.desk.escalate import RESOLVED
from bot.desk.etiquette import with_human
from bot.desk.outbox import PRIVATE, REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.desk.ports import Composed, Found
from bot.desk.state import human, rating
from bot.desk.which import Which
from bot.domain.directory import Directory
from bot.domain.messages import Answer, Button, Click, Status, Style, Text
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketStatus
from bot.errors import Stale, Unknown

EVERYONE = "everyone"
DESK = "it"
UNKNOWN = "I don't know: nothing in the knowledge base answers this. Shall I hand it to a colleague at the help desk, in your words?"
GONE = "That article is no longer there, or not for you to read. Shall I hand your question to a colleague at the help desk, in your words?"
ASKED = "answer.asked"
"""The entry of a question that was asked back."""
SHOWN_EVERY = 1.0
"""Seconds between two versions of an answer that is being written."""


def audiences(person: Person, directory: Directory) -> frozenset[str]:
    """What a person may read: everyone's articles, and those of their groups."""
    own = directory.groups_of(person.email) | {EVERYONE}
    return frozenset(own | {DESK} if directory.is_analyst(person.email) else own)


class Answers:
    """Level 1, from the desk's side."""

    def __init__(self, parts: Parts, outbox: Outbox) -> None:
        self._parts = parts
        self._outbox = outbox

    async def answer(self, ticket: Ticket, question: str, person: Person, key: str, arm: str = "", maybe: Sequence[str] = ()) -> None:
        """Answers in the thread, with feedback buttons and a human always within reach; where it depends, asks first, once in a thread.
        `arm` is what the lot said, as `lot.side` has it; `maybe` are actions that may have been meant, to be offered beside."""
        directory = await self._parts.ledger.directory()
        found = await self._parts.library.search(question, audiences(person, directory))
        await self._settle(ticket, "You wrote something else.")
        if found.options and await self._may_ask(ticket):
            await self._ask(ticket, question, found, person, arm)
        else:
            await self._give(ticket, question, found, person, key, arm, maybe=maybe)

    async def choose(self, ticket: Ticket, asked: Which, value: str, person: Person) -> None:
        """Answers what was asked first, from the article that was chosen: if it is still there, and for this person to read."""
        case, key = which.case(asked, value), f"which:{ticket.draft['form']}"
        if case is None and value != which.NONE:
            raise Unknown("This is not one of the choices; nothing was changed.")
        await self._settle(ticket, case.label if case else "None of these")
        if case is None:
            noted: dict[str, Any] = {"score": 0.0, "articles": [], "nearest": asked.paths, "chosen": which.NONE, **_lot(asked.arm)}
            await self._parts.ledger.append("answer.none", person.email, ticket.id, at=self._parts.clock(), **noted)
            await self._unknown(ticket, key)
            return
        directory = await self._parts.ledger.directory()
        found = await self._parts.library.search(asked.question, audiences(person, directory), only=case.path)
        await self._give(ticket, asked.question, found, person, key, asked.arm, chosen=case.path)

    async def _may_ask(self, ticket: Ticket) -> bool:
        """Once in a thread, and not while a human looks after it."""
        return not with_human(ticket) and not await self._parts.ledger.entries(ticket.id, kinds=(ASKED,), limit=1)

    async def _ask(self, ticket: Ticket, question: str, found: Found, person: Person, arm: str) -> None:
        asked = which.kept(question, found.options, arm)
        form = which.form(ticket.id, asked, found.options)
        aside = not all(o.public for o in found.options) and self._shared(ticket)
        await self._parts.ledger.append(
            ASKED,
            person.email,
            ticket.id,
            at=self._parts.clock(),
            score=round(found.score, 4),
            articles=asked.paths,
            commit=found.commit,
            **_lot(arm),
        )
        await self._outbox.post(ticket, PRIVATE if aside else REQUESTER, f"form:{form.id}", form)
        if aside:
            await self._aside(ticket, form.id, "asked you something")
        await self._mark(ticket, TicketStatus.WAITING, {"form": form.id, which.WHICH: asked.model_dump(mode="json")})

    async def _settle(self, ticket: Ticket, how: str) -> None:
        """Closes the question that is open in this thread, where it was put."""
        if which.open_in(ticket) is None:
            return
        key = f"form:{ticket.draft['form']}"
        for post in await self._parts.ledger.posts(ticket=ticket.id, key=key, limit=1):
            await self._outbox.post(ticket, post.audience, key, post.reply.model_copy(update={"settled": how, "buttons": ()}))

    def _shared(self, ticket: Ticket) -> bool:
        return self._parts.channels[ticket.place.channel].shared(ticket.place)

    async def _aside(self, ticket: Ticket, key: str, what: str) -> None:
        text = f"I've {what} in a direct message: not everyone here may read it."
        await self._outbox.post(ticket, REQUESTER, f"aside:{key}", Status(text=text, tone="done"))

    async def _give(
        self,
        ticket: Ticket,
        question: str,
        found: Found,
        person: Person,
        key: str,
        arm: str,
        chosen: str = "",
        maybe: Sequence[str] = (),
    ) -> None:
        """What was found, or "I don't know". `chosen`: the article that the person chose."""
        aside = found.answer is not None and not found.public and self._shared(ticket)
        audience = PRIVATE if aside else REQUESTER
        written = await self._written(ticket, question, found, audience, key)
        await self._parts.ledger.append(
            "answer" if found.answer else "answer.none",
            person.email,
            ticket.id,
            at=self._parts.clock(),
            score=round(found.score, 4),
            articles=list(found.ranking[:3]) if found.answer else [],
            commit=found.commit,
            **({} if found.answer else {"nearest": list(found.ranking[:3])}),
            **_lot(arm),
            **({"chosen": chosen} if chosen else {}),
            **_told(written),
        )
        if found.answer is None:
            await self._unknown(ticket, key, GONE if chosen else UNKNOWN, maybe)
            return
        answer = (written and written.answer) or found.answer
        reply = answer.model_copy(update={"buttons": self._buttons(ticket, (*maybe, *found.offers))})
        await self._outbox.post(ticket, audience, f"answer:{key}", reply)
        if aside:
            await self._aside(ticket, key, "answered you")
        now = await self._parts.ledger.ticket(ticket.id) if written else ticket
        if with_human(ticket) or not with_human(now):  # writing takes seconds, in which somebody may take it over
            await self._mark(now, TicketStatus.ANSWERED)

    async def _written(self, ticket: Ticket, question: str, found: Found, audience: str, key: str) -> Composed | None:
        """The answer as the composer writes it, shown as far as it is checked; None where there is none to write, or nobody who does."""
        composer, clock = self._parts.composer, asyncio.get_running_loop().time
        if composer is None or found.answer is None:
            return None
        last = float("-inf")

        async def show(answer: Answer) -> None:
            nonlocal last
            if clock() - last >= SHOWN_EVERY:
                await self._outbox.post(ticket, audience, f"answer:{key}", answer)
                last = clock()

        return await composer.compose(question, found, ticket=ticket.id, shown=show)

    async def _unknown(self, ticket: Ticket, key: str, text: str = UNKNOWN, maybe: Sequence[str] = ()) -> None:
        button = Button(verb="human", ref=ticket.id, label="Yes, get a human", style=Style.PRIMARY)
        offers = self._offers(ticket, maybe)
        text += " Or did you mean this, which I can do?" * bool(offers)
        await self._outbox.post(ticket, REQUESTER, f"answer:{key}", Text(text=text, buttons=(button, *offers)))
        await self._mark(ticket, TicketStatus.WAITING)

    async def _mark(self, ticket: Ticket, status: TicketStatus, draft: Mapping[str, Any] | None = None) -> None:
        fields = {"status": status, "draft": dict(draft or {}), "updated": self._parts.clock()}
        await self._parts.ledger.save_ticket(ticket.model_copy(update=fields))

    def _buttons(self, ticket: Ticket, names: Sequence[str]) -> tuple[Button, ...]:
        return (*self._offers(ticket, names), *rating(ticket.id), *human(ticket.id))

    def _offers(self, ticket: Ticket, names: Sequence[str]) -> list[Button]:
        """Two actions at most, as buttons."""
        registry = self._parts.registry.actions
        return [
            Button(verb="act", ref=f"{ticket.id}:{name}", label=registry[name].title, style=Style.PRIMARY)
            for name in tuple(dict.fromkeys(names))[:2]
            if name in registry and registry[name].offered and name != "ticket.create"  # which “Talk to a human” does
        ]

    async def feedback(self, ticket: Ticket, click: Click, person: Person) -> None:
        """Notes whether the answer helped, and settles its buttons; Stale where there is none."""
        helpful = click.verb == "helpful"
        posts = [
            p
            for p in await self._parts.ledger.posts(ticket=ticket.id)
            if p.reply.kind == "answer" or (p.key == RESOLVED and p.reply.buttons)
        ]
        if not posts:
            raise Stale("There is nothing here to rate yet; nothing was changed.")
        for post in posts:
            reply = post.reply.model_copy(update={"buttons": () if helpful else human(ticket.id)})
            await self._outbox.post(ticket, post.audience, post.key, reply)
        paths = [c.path for p in posts if p.reply.kind == "answer" for c in p.reply.citations]
        await self._parts.ledger.count_feedback(ticket.id, person.email, helpful, paths, self._parts.clock())
        text = "Good to hear. I'll close this." if helpful else "Thanks for saying so. Tell me more here, or let a colleague take it."
        buttons = () if helpful else human(ticket.id)
        await self._outbox.post(ticket, REQUESTER, "feedback", Status(text=text, tone="done" if helpful else "working", buttons=buttons))
        if helpful:
            await self._mark(ticket, TicketStatus.RESOLVED)


def _lot(arm: str) -> dict[str, str]:
    return {"arm": arm} if arm else {}


def _told(written: Composed | None) -> dict[str, object]:
    """What the record is told of how the answer was written: nothing where nobody writes answers."""
    if written is None:
        return {}
    return {"written": written.answer is not None, "why": written.why, **({"spent": dict(written.spent)} if written.spent else {})}
