"""Plans and approvals as cards: what a person sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.sentences import approver, came_of, listed, name, named
from bot.domain.approvals import Approval, ApprovalState
from bot.domain.directory import Directory
from bot.domain.messages import ApprovalCard, ApprovalView, Brief, Button, PlanCard, StepView, Style
from bot.domain.people import DESK
from bot.domain.plans import Plan, PlanState, Step, StepState
from bot.domain.tickets import Ticket, TicketStatus

CANCEL = "cancel"
UNDO = "undo"


def step_view(step: Step, directory: Directory) -> StepView:
    """One step; `because` is the rule's sentence where a rule wanted it."""
    change = step.outcome.change if step.outcome and (step.outcome.change.before or step.outcome.change.after) else step.change
    settled = step.state in (StepState.DONE, StepState.ALREADY, StepState.FAILED)
    return StepView(
        number=step.number,
        sentence=named(step.sentence, directory),
        before=named(change.before, directory),
        after=named(change.after, directory),
        because=step.because,
        rule="" if step.wanted_by == "request" else step.wanted_by,
        vendor=step.vendor,
        state=step.state,
        said=came_of(step.outcome.said, step.call, directory) if step.outcome and settled else "",
        undoable=step.undoable,
    )


def plan_card(plan: Plan, approvals: Sequence[Approval], directory: Directory, *, buttons: Sequence[Button] = ()) -> PlanCard:
    """The plan for the thread of whoever asked."""
    views = [approval_view(a, plan, directory) for a in approvals if a.fingerprint == plan.fingerprint]
    if not views:
        views = [
            ApprovalView(kind=approver(n.kind, directory), who=names(n.approvers, directory), because=because(n.rules, plan))
            for n in plan.approvals
        ]
    return PlanCard(
        plan=plan.id,
        ticket=plan.ticket,
        title=plan.title,
        state=plan.state,
        note=named(plan.note, directory),
        steps=tuple(step_view(s, directory) for s in plan.steps),
        approvals=tuple(views),
        fingerprint=plan.fingerprint,
        buttons=tuple(buttons),
    )


def names(emails: Sequence[str], directory: Directory) -> tuple[str, ...]:
    return tuple(name(e, directory) for e in emails)


def approval_view(approval: Approval, plan: Plan, directory: Directory) -> ApprovalView:
    """One approval as a line of the plan card."""
    return ApprovalView(
        kind=approver(approval.kind, directory),
        who=names(approval.approvers, directory),
        state=approval.state,
        decided=decided(approval, directory),
        because=because(approval.rules, plan),
    )


def because(rules: Sequence[str], plan: Plan) -> tuple[str, ...]:
    """The sentences of the rules that wanted something."""
    return tuple(dict.fromkeys(r.because for r in plan.reasons if r.rule in rules))


def decided(approval: Approval, directory: Directory) -> str:
    """Who settled it, how, why and when, in a sentence; "" while nobody has."""
    said = []
    for vote in approval.votes:
        word = "approved" if vote.approve else "declined"
        why = f": {vote.reason}" if vote.reason else ""
        said.append(f"{name(vote.person, directory)} {word} this{why} ({vote.at:%a %d %b, %H:%M} UTC)")
    if approval.state is ApprovalState.LAPSED:
        said.append("It lapsed without an answer" if not approval.votes else "It lapsed")
    if approval.state is ApprovalState.CANCELLED:
        said.append("It is no longer needed")
    return ". ".join(said)


def approval_card(approval: Approval, plan: Plan, said: str, directory: Directory) -> ApprovalCard:
    """What an approver sees."""
    return ApprovalCard(
        approval=approval.id,
        plan=plan.id,
        ticket=plan.ticket,
        title=plan.title,
        asked_by=name(plan.requester, directory),
        said=said,
        state=approval.state,
        decided=decided(approval, directory),
        steps=tuple(step_view(s, directory) for s in plan.steps),
        who=names(approval.approvers, directory),
        because=because(approval.rules, plan),
        expires=approval.expires,
        fingerprint=approval.fingerprint,
        buttons=_answers(approval) if approval.state is ApprovalState.OPEN else (),
    )


def _answers(approval: Approval) -> tuple[Button, ...]:
    return (
        Button(verb="approve", ref=approval.id, label="Approve", style=Style.PRIMARY),
        Button(verb="decline", ref=approval.id, label="Decline", style=Style.DANGER, ask_reason="required"),
    )


def undo_button(plan: Plan, until: datetime, now: datetime) -> tuple[Button, ...]:
    """Undo, where something can be undone and it is not too late."""
    if plan.state not in (PlanState.DONE, PlanState.FAILED) or now > until:
        return ()
    able = [s for s in plan.steps if s.state is StepState.DONE and s.outcome and s.outcome.undo]
    stuck = [s.sentence for s in plan.steps if s.state is StepState.DONE and not (s.outcome and s.outcome.undo)]
    if not able:
        return ()
    confirm = f"Undo {len(able)} step{'s' if len(able) > 1 else ''}?"
    if stuck:
        confirm += f" This cannot be undone: {listed(stuck)}."
    return (Button(verb=UNDO, ref=plan.id, label="Undo", confirm=confirm),)


def brief(ticket: Ticket, said: str, directory: Directory, lines: Sequence[str] = ()) -> Brief:
    """The head of a ticket's thread in the help desk's channel."""
    open_now = ticket.status not in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
    taken = f"Taken by {name(ticket.assignee, directory)}" if ticket.assignee else ""
    buttons = [Button(verb="take", ref=ticket.id, label="Take it")] if not ticket.assignee else []
    buttons.append(Button(verb="resolve", ref=ticket.id, label="Resolve", ask_reason="optional"))
    return Brief(
        ticket=ticket.id,
        title=ticket.summary or said[:80],
        requester=name(ticket.requester, directory),
        status=ticket.status,
        text=said,
        lines=tuple(line for line in (taken, *lines, _hint(ticket, directory) if open_now else "") if line),
        buttons=tuple(buttons) if open_now else (),
    )


def _hint(ticket: Ticket, directory: Directory) -> str:
    """How analysts talk with whoever asked; nobody is there to talk to where the desk itself did."""
    if ticket.requester == DESK.email:
        return ""
    return f"What you write here goes to {directory.person(ticket.requester).first_name}. Begin with “note:” to keep it among colleagues."
