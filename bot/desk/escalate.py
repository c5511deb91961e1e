"""Gives a human the ticket with all that is known, and carries words between the requester and the analysts."""

from __future__ import annotations

from bot.desk.outbox import ANALYSTS, REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.desk.sentences import name
from bot.desk.state import Progress, quiet, rating
from bot.domain.markup import verbatim
from bot.domain.messages import Said, Status
from bot.domain.people import DESK, Person
from bot.domain.plans import Plan
from bot.domain.resolution import DRAWN
from bot.domain.tickets import Place, Ticket, TicketStatus
from bot.errors import NotAllowed, Stale

RESOLVED = "resolved"
"""Key of the post in which the requester hears that an analyst resolved the ticket."""
CLOSED = (TicketStatus.RESOLVED, TicketStatus.CLOSED)


class Escalation:
    """Humans in the loop: tickets that are theirs, and the threads in which they work on them."""

    def __init__(self, parts: Parts, outbox: Outbox, progress: Progress) -> None:
        self._parts = parts
        self._outbox = outbox
        self._progress = progress

    async def open(self, plan: Plan) -> None:
        """Opens the ticket's thread in the analysts' channel, unless the plan is of no concern to anyone else."""
        if not quiet(plan):
            await self._progress.brief(await self._parts.ledger.ticket(plan.ticket))

    async def stopped(self, plan: Plan, note: str) -> None:
        """A plan stopped half-way: the analysts get the ticket with what was and was not done."""
        ticket = await self._progress.status(plan.ticket, TicketStatus.ESCALATED)
        await self._progress.brief(ticket)
        await self._outbox.post(ticket, ANALYSTS, f"stopped:{plan.id}", Status(text=note, tone="failed"))

    async def escalate(self, ticket_id: str, why: str, *, tell: bool = True, by: str = DESK.email) -> Ticket:
        """Hands the ticket to the analysts with everything that was said in it."""
        ticket = await self._parts.ledger.ticket(ticket_id)
        if ticket.status is not TicketStatus.ESCALATED:
            fields = {"status": TicketStatus.ESCALATED, "draft": {}, "updated": self._parts.clock()}
            ticket = ticket.model_copy(update=fields)
            await self._parts.ledger.save_ticket(ticket)
            await self._parts.ledger.append("ticket.escalated", by, ticket.id, at=self._parts.clock(), why=why)
        directory = await self._parts.ledger.directory()
        await self._progress.brief(ticket, (why,))
        for heard in await self._parts.ledger.messages(ticket.id):
            if heard["text"] and heard["person"] == ticket.requester:
                said = Said(person=str(heard["person"]), name=name(str(heard["person"]), directory), text=str(heard["text"]))
                await self._outbox.post(ticket, ANALYSTS, f"said:{heard['id']}", said)
        if tell:
            text = f"I've handed this to the help desk as {ticket.id}. A colleague will answer here; you can go on writing."
            await self._outbox.post(ticket, REQUESTER, "escalated", Status(text=text, tone="working"))
        return ticket

    async def relay(self, ticket: Ticket, person: str, text: str, key: str) -> None:
        """Carries somebody's words to the other side of the ticket: the analysts hear the requester, the requester the analysts."""
        directory = await self._parts.ledger.directory()
        said = Said(person=person, name=name(person, directory), text=text)
        other = ANALYSTS if person == ticket.requester else REQUESTER
        if ticket.requester == DESK.email:
            return
        if other == ANALYSTS and ticket.status in CLOSED:
            ticket = await self._progress.status(ticket.id, TicketStatus.ESCALATED)  # it was not resolved after all
        if other == ANALYSTS and not await self._parts.ledger.posts(ticket=ticket.id, key="brief", limit=1):
            await self._progress.brief(ticket)
        await self._outbox.post(ticket, other, f"said:{key}", said)

    async def overhear(self, ticket: Ticket, person: str, text: str, key: str) -> None:
        """What an approver writes beside their buttons: the analysts see it, the requester does not."""
        directory = await self._parts.ledger.directory()
        await self._outbox.post(ticket, ANALYSTS, f"said:{key}", Said(person=person, name=name(person, directory), text=text))

    async def take(self, ticket: Ticket, person: Person) -> None:
        """An analyst takes the ticket; from then on the desk leaves the talking to them."""
        await self._analyst(ticket, person)
        if ticket.assignee == person.email:
            raise Stale("You have this ticket already.")
        fields = {"assignee": person.email, "updated": self._parts.clock()}
        ticket = ticket.model_copy(update=fields)
        await self._parts.ledger.save_ticket(ticket)
        await self._parts.ledger.append("ticket.taken", person.email, ticket.id, at=self._parts.clock())
        await self._progress.brief(ticket)
        if ticket.requester != DESK.email:
            text = f"{person.name} from the help desk is looking after this now."
            await self._outbox.post(ticket, REQUESTER, f"taken:{person.email}", Status(text=text, tone="working"))

    async def resolve(self, ticket: Ticket, person: Person, reason: str) -> None:
        """An analyst closes the need; the requester hears it, and says whether it helped where the lot gave the question to a human."""
        await self._analyst(ticket, person)
        if ticket.status in CLOSED:
            raise Stale(f"{ticket.id} is {ticket.status} already.")
        await self._settle(ticket, person.email, TicketStatus.RESOLVED, reason)
        if ticket.requester != DESK.email:
            text = (
                f"{person.name} marked {ticket.id} as resolved" + (f": {verbatim(reason)}" if reason else "") + ". Write here if it is not."
            )
            drawn = any(e.kind == DRAWN for e in await self._parts.ledger.entries(ticket.id))
            await self._outbox.post(ticket, REQUESTER, RESOLVED, Status(text=text, tone="done", buttons=rating(ticket.id) if drawn else ()))

    async def close(self, ticket: Ticket, by: str, reason: str) -> None:
        """Closes a ticket for whoever opened it."""
        await self._settle(ticket, by, TicketStatus.CLOSED, reason)

    async def _settle(self, ticket: Ticket, by: str, status: TicketStatus, reason: str) -> None:
        await self._parts.ledger.append(f"ticket.{status.name.lower()}", by, ticket.id, at=self._parts.clock(), reason=reason)
        await self._progress.status(ticket.id, status)

    async def _analyst(self, ticket: Ticket, person: Person) -> None:
        directory = await self._parts.ledger.directory()
        if not directory.is_analyst(person.email):
            raise NotAllowed("Only the help desk's analysts may do this.")
        if person.email == ticket.requester:
            raise NotAllowed("This is your own request; a colleague has to look after it.")

    async def own_ticket(self, summary: str, key: str) -> Ticket:
        """A ticket that the desk opens itself; the same key gives the same ticket."""
        place = Place(channel=self._parts.home, conversation=DESK.email, thread=key)
        return await self._parts.ledger.ticket_at(place) or await self._parts.ledger.open_ticket(
            DESK.email, place, summary, self._parts.clock()
        )
