"""The ticket actions, which the desk carries out itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.desk.escalate import Escalation
from bot.desk.parts import Parts
from bot.desk.sentences import named
from bot.desk.state import quiet
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.markup import verbatim
from bot.domain.outcomes import Outcome
from bot.domain.people import DESK
from bot.domain.plans import Plan
from bot.domain.tickets import Ticket, TicketStatus
from bot.errors import BadInput, Unknown

OPEN = tuple(s for s in TicketStatus if s not in (TicketStatus.RESOLVED, TicketStatus.CLOSED))


class TicketActions:
    """ticket.create, ticket.status, ticket.close and ticket.comment, on the desk's own tickets."""

    def __init__(self, parts: Parts, humans: Escalation) -> None:
        self._parts = parts
        self._humans = humans
        self._handlers: dict[str, Callable[[Call, Plan, str], Awaitable[Outcome]]] = {
            "ticket.create": self._create,
            "ticket.status": self._status,
            "ticket.close": self._close,
            "ticket.comment": self._comment,
        }

    async def run(self, call: Call, plan: Plan, key: str) -> Outcome:
        """Carries out one of these actions; the same `key` twice says the same thing once."""
        handler = self._handlers.get(call.action)
        if handler is None:
            raise BadInput(f"Nothing carries out {call.action}: it names no capability, and it is not one of the desk's own.")
        return await handler(call, plan, key)

    async def _create(self, call: Call, plan: Plan, key: str) -> Outcome:
        summary = str(call.arguments["summary"])
        if not quiet(plan):
            return await self._open_another(summary, key)
        ticket = await self._parts.ledger.ticket(plan.ticket)
        await self._parts.ledger.save_ticket(ticket.model_copy(update={"summary": summary[:200], "updated": self._parts.clock()}))
        ticket = await self._humans.escalate(ticket.id, "Asked for a ticket.", tell=False)
        return Outcome.done(
            f"{ticket.id} is with the help desk: “{verbatim(summary)}”. They will answer in this thread.", after=str(ticket.status)
        )

    async def _open_another(self, summary: str, key: str) -> Outcome:
        """A ticket of its own, for what a larger plan leaves to a human; the same key gives the same one."""
        directory = await self._parts.ledger.directory()
        ticket = await self._humans.own_ticket(named(summary, directory), key)
        await self._humans.escalate(ticket.id, "To be done by hand.", tell=False)
        return Outcome.done(f"{ticket.id} is with the help desk: “{verbatim(summary)}”.", after=str(TicketStatus.ESCALATED))

    async def _status(self, call: Call, plan: Plan, key: str) -> Outcome:
        directory = await self._parts.ledger.directory()
        wanted = call.arguments.get("ticket_id")
        if wanted:
            ticket = await self._visible(str(wanted), plan.requester, directory)
            return Outcome.done(line(ticket, directory))
        mine = await self._parts.ledger.tickets(requester=plan.requester, status=OPEN, limit=10)
        here = [p for p in await self._parts.ledger.plans(plan.ticket) if p.id != plan.id]
        shown = [t for t in mine if t.id != plan.ticket or here]
        if not shown:
            return Outcome.done("You have no open tickets.")
        return Outcome.done("Your open tickets:\n" + "\n".join(f"- {line(t, directory)}" for t in shown))

    async def _visible(self, ticket_id: str, person: str, directory: Directory) -> Ticket:
        """The ticket, if this person may know of it; to all others it does not exist."""
        ticket = await self._parts.ledger.ticket(ticket_id.upper())
        if person not in (ticket.requester, DESK.email) and not directory.is_analyst(person):
            raise Unknown(f"There is no ticket {ticket_id.upper()} of yours.")
        return ticket

    async def _close(self, call: Call, plan: Plan, key: str) -> Outcome:
        directory = await self._parts.ledger.directory()
        wanted = call.arguments.get("ticket_id")
        if wanted:
            ticket = await self._visible(str(wanted), plan.requester, directory)
        else:
            mine = await self._parts.ledger.tickets(requester=plan.requester, status=OPEN, limit=10)
            others = [t for t in mine if t.id != plan.ticket]
            if len(others) != 1:
                return Outcome.failed("Please say which ticket to close, for example “close BH-1001”.")
            ticket = others[0]
        if ticket.status is TicketStatus.CLOSED:
            return Outcome.already(f"{ticket.id} is closed already.")
        before = str(ticket.status)
        await self._humans.close(ticket, plan.requester, str(call.arguments.get("reason", "")))
        return Outcome.done(f"{ticket.id} is closed.", before=before, after=str(TicketStatus.CLOSED))

    async def _comment(self, call: Call, plan: Plan, key: str) -> Outcome:
        directory = await self._parts.ledger.directory()
        ticket = await self._visible(str(call.arguments["ticket_id"]), plan.requester, directory)
        await self._humans.relay(ticket, plan.requester, str(call.arguments["text"]), f"comment:{key}")
        return Outcome.done(f"Your comment is on {ticket.id}.")


def line(ticket: Ticket, directory: Directory) -> str:
    """A ticket in one line."""
    owner = directory.people.get(ticket.assignee or "")
    return f"**{ticket.id}** {verbatim(ticket.summary) or 'no summary'}: {ticket.status}" + (f", with {owner.name}" if owner else "")
