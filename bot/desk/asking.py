"""Opens the approvals of a plan, reminds, lapses, and takes the clicks that answer them."""

from __future__ import annotations

import uuid

from bot.desk.approvers import subjects
from bot.desk.cards import approval_card
from bot.desk.outbox import ANALYSTS, Outbox
from bot.desk.parts import Parts
from bot.desk.sentences import approver, desk_group, listed, name
from bot.domain.approvals import Approval, ApprovalState, Vote
from bot.domain.decisions import Need
from bot.domain.directory import DESK_GROUPS, Directory
from bot.domain.messages import ApprovalCard, Click, Status
from bot.domain.people import DESK, Person
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import NewEntry, Ticket
from bot.errors import NotAllowed, Stale

LIVE = (ApprovalState.OPEN, ApprovalState.WAITING)


def asked_of(approval: Approval) -> tuple[str, ...]:
    """Whose conversations the question stands in: the analysts' one where any of them may answer it, else each approver's own."""
    return (ANALYSTS,) if desk_group(approval.kind) == DESK_GROUPS["it"] else approval.approvers


class Asking:
    """Approvals from the first question to the last vote. Who may answer is read from the directory each time."""

    def __init__(self, parts: Parts, outbox: Outbox) -> None:
        self._parts = parts
        self._outbox = outbox

    async def open(self, plan: Plan, ticket: Ticket) -> list[Approval]:
        """The approvals of this plan as it is fingerprinted now: made on the first call, the same ones after."""
        there = [a for a in await self._parts.ledger.approvals(plan.id) if a.fingerprint == plan.fingerprint]
        known = {(a.kind, a.stage, a.approvers) for a in there}
        made = [self._new(n, plan) for n in plan.approvals if (n.kind, n.stage, n.approvers) not in known]
        for approval in made:
            await self._parts.ledger.save_approval(approval)
        return await self._stage([*there, *made], plan, ticket)

    def _new(self, need: Need, plan: Plan) -> Approval:
        now = self._parts.clock()
        return Approval(
            id=f"appr-{uuid.uuid4().hex[:12]}",
            plan=plan.id,
            ticket=plan.ticket,
            fingerprint=plan.fingerprint,
            kind=need.kind,
            stage=need.stage,
            quorum=need.quorum,
            rules=need.rules,
            steps=need.steps,
            approvers=need.approvers,
            state=ApprovalState.WAITING,
            opened=now,
            expires=now + self._parts.terms.expiry,
        )

    async def _stage(self, approvals: list[Approval], plan: Plan, ticket: Ticket) -> list[Approval]:
        """Opens those whose earlier stages are all approved. The clock starts when the question is asked."""
        unsettled = [a.stage for a in approvals if a.state is not ApprovalState.APPROVED]
        current = min(unsettled, default=0)
        result = []
        for approval in approvals:
            if approval.state is ApprovalState.WAITING and approval.stage == current:
                result.append(await self._ask(approval, plan, ticket))
            else:
                result.append(approval)
                await self._catch_up(approval, plan, ticket)
        return result

    async def _catch_up(self, approval: Approval, plan: Plan, ticket: Ticket) -> None:
        """Draws what a process that died after deciding it could not."""
        if approval.state is ApprovalState.WAITING:
            return
        drawn = await self._parts.ledger.posts(ticket=ticket.id, key=f"approval:{approval.id}")
        current = [p for p in drawn if isinstance(p.reply, ApprovalCard) and p.reply.state == approval.state]
        if len(current) < len(asked_of(approval)):
            await self.show(approval, plan, ticket)

    async def _ask(self, approval: Approval, plan: Plan, ticket: Ticket) -> Approval:
        now = self._parts.clock()
        asked = approval.model_copy(update={"state": ApprovalState.OPEN, "opened": now, "expires": now + self._parts.terms.expiry})
        told = {"plan": plan.id, "approval": asked.id, **_public(asked)}
        entry = NewEntry(kind="approval.opened", actor=DESK.email, ticket=ticket.id, at=now, data=told)
        await self._parts.ledger.save_approval(asked, entry)
        await self.show(asked, plan, ticket)
        return asked

    async def show(self, approval: Approval, plan: Plan, ticket: Ticket) -> None:
        """Draws the approval for everyone who may answer it. Analysts who may not read of it on the plan's card."""
        directory = await self._parts.ledger.directory()
        card = approval_card(approval, plan, await self.said(ticket, plan), directory)
        for audience in asked_of(approval):
            await self._outbox.post(ticket, audience, f"approval:{approval.id}", card)

    async def said(self, ticket: Ticket, plan: Plan | None = None) -> str:
        """The requester's own words that the ticket began with, as they edited them last; before this plan was made, if one is given."""
        heard = [m for m in await self._parts.ledger.messages(ticket.id) if m["text"] and m["person"] == ticket.requester]
        edits = [str(m["text"]) for m in heard if m["click"] and m["click"].verb == "edit" and (not plan or m["at"] <= plan.created)]
        return edits[-1] if edits else next((str(m["text"]) for m in heard), ticket.summary)

    async def remind(self, approval: Approval, plan: Plan, ticket: Ticket) -> None:
        """Asks again those who have not answered: once, however many reminders fell due while nobody was looking."""
        directory = await self._parts.ledger.directory()
        due = int((self._parts.clock() - approval.opened) / self._parts.terms.reminder)
        await self._parts.ledger.save_approval(approval.model_copy(update={"reminded": due}))
        await self._parts.ledger.append(
            "approval.reminded", DESK.email, ticket.id, at=self._parts.clock(), approval=approval.id, approvers=list(approval.approvers)
        )
        text = (
            f"{name(plan.requester, directory)} is still waiting for your answer on {ticket.id}. It lapses {approval.expires:%A %H:%M} UTC."
        )
        for audience in asked_of(approval):
            await self._outbox.post(ticket, audience, f"reminder:{approval.id}:{due}", Status(text=text, tone="warning"))

    async def close(self, plan: Plan, ticket: Ticket, state: ApprovalState) -> None:
        """Settles whatever is still open of a plan that needs no more answers."""
        for approval in await self._parts.ledger.approvals(plan.id, LIVE):
            closed = approval.model_copy(update={"state": state})
            await self._parts.ledger.save_approval(closed)
            await self.show(closed, plan, ticket)

    async def look_up(self, click: Click, person: Person) -> tuple[Approval, Plan]:
        """The open question that a click on Approve or Decline answers; Stale or NotAllowed, with the reason, where it answers none."""
        approval = await self._parts.ledger.approval(click.ref)
        plan = await self._parts.ledger.plan(approval.plan)
        directory = await self._parts.ledger.directory()
        if person.email == plan.requester or person.email in self.touched(plan, directory):
            raise NotAllowed("Nobody approves their own request or one about themselves.")
        if person.email not in approval.approvers or not person.at_work:
            who = listed([name(e, directory) for e in approval.approvers])
            raise NotAllowed(f"This is for {approver(approval.kind, directory)} to answer: {who}.")
        if approval.state is not ApprovalState.OPEN or plan.state is not PlanState.ASKING:
            raise Stale(f"This question is settled already ({approval.state}). Nothing was changed.")
        if approval.fingerprint != plan.fingerprint:
            raise Stale("The plan has changed since this question was asked, so this answer was not counted.")
        if click.verb == "decline" and not _reason(click):
            raise NotAllowed("Please say why you decline: the person who asked will read it.")
        return approval, plan

    def touched(self, plan: Plan, directory: Directory) -> frozenset[str]:
        """Everyone whom the plan's steps are about."""
        actions = self._parts.registry
        return frozenset(e for s in plan.steps for e in subjects(actions.action(s.call.action), s.call, directory))

    async def vote(self, approval: Approval, plan: Plan, click: Click, person: Person) -> Approval:
        """Counts the click as this person's vote."""
        vote = Vote(person=person.email, approve=click.verb == "approve", reason=_reason(click), at=self._parts.clock())
        told = {"approval": approval.id, "approve": vote.approve, "reason": vote.reason, "fingerprint": plan.fingerprint}
        entry = NewEntry(kind="approval.vote", actor=person.email, ticket=approval.ticket, at=vote.at, data=told)
        voted = await self._parts.ledger.vote(approval.id, plan.fingerprint, vote, entry)
        await self.show(voted, plan, await self._parts.ledger.ticket(approval.ticket))
        return voted


def _reason(click: Click) -> str:
    return str(click.values.get("reason", "")).strip()[:1000]


def _public(approval: Approval) -> dict[str, object]:
    return {
        "of": approval.kind,
        "approvers": list(approval.approvers),
        "fingerprint": approval.fingerprint,
        "rules": list(approval.rules),
        "expires": approval.expires.isoformat(),
    }
