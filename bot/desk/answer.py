"""A question → a cited answer, or an honest "I don't know" and a human."""

from __future__ import annotations

import asyncio

from bot.desk.escalate import RESOLVED
from bot.desk.etiquette import with_human
from bot.desk.outbox import PRIVATE, REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.desk.ports import Composed, Found
from bot.desk.state import human, rating
from bot.domain.directory import Directory
from bot.domain.messages import Answer, Button, Click, Status, Style, Text
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketStatus

EVERYONE = "everyone"
DESK = "it"
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

    async def answer(self, ticket: Ticket, question: str, person: Person, key: str, arm: str = "") -> None:
        """Answers in the thread, with feedback buttons and a human always within reach. `arm` is what the lot said, as `holdout` has it."""
        directory = await self._parts.ledger.directory()
        found = await self._parts.library.search(question, audiences(person, directory))
        aside = found.answer is not None and not found.public and self._parts.channels[ticket.place.channel].shared(ticket.place)
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
            **({"arm": arm} if arm else {}),
            **_told(written),
        )
        if found.answer is None:
            await self._unknown(ticket, key)
            return
        answer = (written and written.answer) or found.answer
        reply = answer.model_copy(update={"buttons": self._buttons(ticket, found)})
        await self._outbox.post(ticket, audience, f"answer:{key}", reply)
        if aside:
            text = "I've answered you in a direct message: not everyone here may read it."
            await self._outbox.post(ticket, REQUESTER, f"aside:{key}", Status(text=text, tone="done"))
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

    async def _unknown(self, ticket: Ticket, key: str) -> None:
        text = "I don't know: nothing in the knowledge base answers this. Shall I hand it to a colleague at the help desk, in your words?"
        button = Button(verb="human", ref=ticket.id, label="Yes, get a human", style=Style.PRIMARY)
        await self._outbox.post(ticket, REQUESTER, f"answer:{key}", Text(text=text, buttons=(button,)))
        await self._mark(ticket, TicketStatus.WAITING)

    async def _mark(self, ticket: Ticket, status: TicketStatus) -> None:
        await self._parts.ledger.save_ticket(ticket.model_copy(update={"status": status, "draft": {}, "updated": self._parts.clock()}))

    def _buttons(self, ticket: Ticket, found: Found) -> tuple[Button, ...]:
        registry = self._parts.registry.actions
        offers = [
            Button(verb="act", ref=f"{ticket.id}:{name}", label=registry[name].title, style=Style.PRIMARY)
            for name in found.offers[:2]
            if name in registry and registry[name].offered and name != "ticket.create"  # which “Talk to a human” does
        ]
        return (
            *offers,
            *rating(ticket.id),
            *human(ticket.id),
        )

    async def feedback(self, ticket: Ticket, click: Click, person: Person) -> None:
        """Notes whether the answer helped, and settles its buttons."""
        helpful = click.verb == "helpful"
        posts = [
            p
            for p in await self._parts.ledger.posts(ticket=ticket.id)
            if p.reply.kind == "answer" or (p.key == RESOLVED and p.reply.buttons)
        ]
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


def _told(written: Composed | None) -> dict[str, object]:
    """What the record is told of how the answer was written: nothing where nobody writes answers."""
    if written is None:
        return {}
    return {"written": written.answer is not None, "why": written.why, **({"spent": dict(written.spent)} if written.spent else {})}
