"""Moves a plan from one state to the next, writes it down, and shows it to everyone who watches it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.asking import Asking
from bot.desk.cards import CANCEL, brief, plan_card, undo_button
from bot.desk.outbox import ANALYSTS, REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.desk.sentences import named
from bot.domain.approvals import ApprovalState
from bot.domain.messages import Button, PlanCard, Reply, Status, Style
from bot.domain.people import DESK
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import NewEntry, Ticket, TicketStatus

UNDONE_BY = "undone_by"
"""Under which a plan knows who had it undone."""
WAITING = (PlanState.PROPOSED, PlanState.VERIFYING, PlanState.ASKING)
TICKETS = {
    PlanState.VERIFYING: TicketStatus.WAITING,
    PlanState.ASKING: TicketStatus.APPROVAL,
    PlanState.RUNNING: TicketStatus.PROGRESS,
    PlanState.UNDOING: TicketStatus.PROGRESS,
    PlanState.DONE: TicketStatus.RESOLVED,
    PlanState.UNDONE: TicketStatus.RESOLVED,
    PlanState.REFUSED: TicketStatus.RESOLVED,
    PlanState.DECLINED: TicketStatus.RESOLVED,
    PlanState.LAPSED: TicketStatus.RESOLVED,
    PlanState.CANCELLED: TicketStatus.RESOLVED,
    PlanState.FAILED: TicketStatus.ESCALATED,
}
"""The ticket's status in each state of its plan."""
_HELD = (TicketStatus.ESCALATED, TicketStatus.CLOSED)
"""Where a human decides how the ticket stands, and no plan."""


class Progress:
    """One place where plans change state, so that the record, the cards and the ticket never disagree."""

    def __init__(self, parts: Parts, outbox: Outbox, asking: Asking) -> None:
        self._parts = parts
        self._outbox = outbox
        self._asking = asking

    async def move(self, plan_id: str, was: Sequence[PlanState], to: PlanState, note: str = "", actor: str = DESK.email) -> Plan:
        """Changes the state, closes open questions where the plan is settled, and shows it. Stale if it is in no state of `was`."""
        plan = await self._parts.ledger.plan(plan_id)
        told = {"plan": plan.id, "note": note, "fingerprint": plan.fingerprint}
        entry = NewEntry(kind=f"plan.{to.name.lower()}", actor=actor, ticket=plan.ticket, at=self._parts.clock(), data=told)
        return await self._follow(await self._parts.ledger.move_plan(plan_id, was, to, note, entry))

    async def catch_up(self, plan: Plan) -> None:
        """Does what a process that died after moving the plan could not: then its card still shows another state."""
        drawn = await self._parts.ledger.posts(ticket=plan.ticket, key=f"plan:{plan.id}")
        if any(isinstance(p.reply, PlanCard) and p.reply.state != plan.state for p in drawn):
            await self._follow(plan)

    async def settle(self, plan: Plan) -> None:
        """Closes what is still open of a plan that has moved on, and draws it as it stands; the ticket stays as it is."""
        await self._close(plan, await self._parts.ledger.ticket(plan.ticket))
        await self.show(plan)

    async def _close(self, plan: Plan, ticket: Ticket) -> None:
        closing = ApprovalState.LAPSED if plan.state is PlanState.LAPSED else ApprovalState.CANCELLED
        await self._asking.close(plan, ticket, closing)

    async def _follow(self, plan: Plan) -> Plan:
        to = plan.state
        ticket = await self._parts.ledger.ticket(plan.ticket)
        others = await self._others(ticket, plan)
        if not quiet(plan) or not (others or ticket.status in _HELD):
            ticket = await self.status(plan.ticket, _together(TICKETS[to], [p for p in others if not quiet(p)]))
        if to.settled or to is PlanState.RUNNING:
            await self._close(plan, ticket)
        await self.show(plan)
        return plan

    async def _others(self, ticket: Ticket, plan: Plan) -> list[Plan]:
        """The other requests of the thread that are still open: these decide how the ticket stands once this one is settled."""
        return [p for p in await self._parts.ledger.plans(ticket.id) if p.id != plan.id and not p.state.settled]

    async def cancel(self, plan: Plan, note: str, actor: str) -> None:
        """Ends a plan that still waits; nothing was changed."""
        await self.move(plan.id, WAITING, PlanState.CANCELLED, note, actor)

    async def status(self, ticket_id: str, status: TicketStatus) -> Ticket:
        """Sets the ticket's status and redraws its head in the analysts' channel, where it has one."""
        ticket = await self._parts.ledger.ticket(ticket_id)
        if ticket.status is not status:
            ticket = ticket.model_copy(update={"status": status, "updated": self._parts.clock()})
            await self._parts.ledger.save_ticket(ticket)
        if await self._parts.ledger.posts(ticket=ticket_id, key="brief", limit=1):
            await self.brief(ticket)
        return ticket

    async def brief(self, ticket: Ticket, lines: Sequence[str] = ()) -> None:
        """Opens the ticket's thread in the analysts' channel, or redraws its head."""
        directory = await self._parts.ledger.directory()
        await self._outbox.post(ticket, ANALYSTS, "brief", brief(ticket, await self._asking.said(ticket), directory, lines))

    async def show(self, plan: Plan) -> None:
        """Draws the plan for whoever asked and for the analysts."""
        if quiet(plan):
            return
        ticket = await self._parts.ledger.ticket(plan.ticket)
        directory = await self._parts.ledger.directory()
        approvals = await self._parts.ledger.approvals(plan.id)
        undo = undo_button(plan, plan.created + self._parts.terms.undo, self._parts.clock())
        alone = not plan.approvals and ticket.requester != DESK.email
        own = undo if alone or directory.is_analyst(plan.requester) else ()
        key = f"plan:{plan.id}"
        if ticket.requester != DESK.email:
            card = plan_card(plan, approvals, directory, buttons=(*_cancel(plan), *own))
            await self._outbox.post(ticket, REQUESTER, key, card)
        if plan.state is not PlanState.REFUSED:
            watched = plan_card(plan, approvals, directory, buttons=undo)
            await self._outbox.post(ticket, ANALYSTS, key, watched)

    async def tell(self, plan: Plan, key: str, reply: Reply) -> None:
        """Says something in the requester's thread about a plan."""
        ticket = await self._parts.ledger.ticket(plan.ticket)
        audience = ANALYSTS if ticket.requester == DESK.email else REQUESTER
        await self._outbox.post(ticket, audience, key, reply)

    async def refuse(self, plan: Plan) -> None:
        """Tells why a plan was refused, once; with that the ticket has its answer."""
        note = named(plan.note, await self._parts.ledger.directory())
        reply = Status(text=f"I can't do this. {note}", tone="failed", buttons=human(plan.ticket))
        await self.tell(plan, f"refused:{plan.id}", reply)
        ticket = await self._parts.ledger.ticket(plan.ticket)
        if not (await self._others(ticket, plan) or ticket.status in _HELD):
            await self.status(plan.ticket, TICKETS[PlanState.REFUSED])


def _together(status: TicketStatus, others: Sequence[Plan]) -> TicketStatus:
    """How a ticket stands of which one request has come to this: it is not resolved while others of its thread are open."""
    if status is not TicketStatus.RESOLVED or not others:
        return status
    return TICKETS.get(others[-1].state, TicketStatus.PROGRESS)


def _cancel(plan: Plan) -> tuple[Button, ...]:
    return (Button(verb=CANCEL, ref=plan.id, label="Cancel request"),) if plan.state in WAITING else ()


def human(ticket: str, label: str = "Talk to a human") -> tuple[Button, ...]:
    """The way out that every answer and refusal offers."""
    return (Button(verb="human", ref=ticket, label=label, style=Style.PLAIN),)


def rating(ticket: str) -> tuple[Button, ...]:
    """How whoever asked says whether it helped."""
    return (Button(verb="helpful", ref=ticket, label="This helped"), Button(verb="unhelpful", ref=ticket, label="Not what I need"))


def quiet(plan: Plan) -> bool:
    """Whether a plan only concerns the desk's own record (a ticket opened, closed, looked up): its answer says enough."""
    return all(s.vendor == "desk" for s in plan.steps) and not plan.approvals and plan.state is not PlanState.REFUSED
