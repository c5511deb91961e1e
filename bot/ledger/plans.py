"""Plans, their steps, approvals and votes. Whoever races here, one wins and the other is told that the world moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.domain.approvals import Approval, ApprovalState, Vote
from bot.domain.plans import Plan, PlanState, Step
from bot.domain.tickets import NewEntry
from bot.errors import Stale, Unknown
from bot.ledger.audit import append_beside
from bot.ledger.columns import plain
from bot.ledger.database import Database
from bot.ledger.tables import APPROVALS, PLANS, STEPS, VOTES

_LIVE = {ApprovalState.WAITING, ApprovalState.OPEN}


class Plans:
    """The ledger's part that knows plans and approvals."""

    db: Database

    async def save_plan(self, plan: Plan, entry: NewEntry | None = None) -> None:
        """Inserts or replaces the plan and its steps."""

        def work(connection: Connection) -> None:
            _save_plan(connection, plan)
            append_beside(connection, entry)

        await self.db.write(work)

    async def plan(self, plan_id: str) -> Plan:
        """The plan with this id; Unknown if there is none."""
        return await self.db.read(lambda c: _plan(c, plan_id))

    async def plans(self, ticket: str | None = None, state: Sequence[PlanState] = ()) -> Sequence[Plan]:
        """Oldest first."""
        query = select(PLANS).order_by(PLANS.c.seq)
        if ticket is not None:
            query = query.where(PLANS.c.ticket == ticket)
        if state:
            query = query.where(PLANS.c.state.in_(list(state)))
        return await self.db.read(lambda c: _with_steps(c, c.execute(query).all()))

    async def move_plan(self, plan_id: str, was: Sequence[PlanState], to: PlanState, note: str = "", entry: NewEntry | None = None) -> Plan:
        """Changes the plan's state, and with it the note that explains it, if it is one of `was`, else raises Stale."""
        change = update(PLANS).where(PLANS.c.id == plan_id, PLANS.c.state.in_(list(was))).values(state=to, note=note)

        def work(connection: Connection) -> Plan:
            moved = connection.execute(change).rowcount
            plan = _plan(connection, plan_id)
            if not moved:
                raise Stale(f"This plan is {plan.state} by now, so nothing was done.")
            append_beside(connection, entry)
            return plan

        return await self.db.write(work)

    async def save_step(self, plan_id: str, step: Step, entry: NewEntry | None = None) -> None:
        """Replaces a step of a plan; Unknown if the plan has no step of this number."""
        change = update(STEPS).where(STEPS.c.plan == plan_id, STEPS.c.number == step.number).values(**_step_columns(plan_id, step))

        def work(connection: Connection) -> None:
            if not connection.execute(change).rowcount:
                raise Unknown(f"There is no step {step.number} in plan {plan_id}.")
            append_beside(connection, entry)

        await self.db.write(work)

    async def save_approval(self, approval: Approval, entry: NewEntry | None = None) -> None:
        """Inserts or replaces an approval. Votes that were cast stay, and a settled one is never opened again: that is Stale."""

        def work(connection: Connection) -> None:
            _save_approval(connection, approval)
            append_beside(connection, entry)

        await self.db.write(work)

    async def approval(self, approval_id: str) -> Approval:
        """The approval with this id; Unknown if there is none."""
        return await self.db.read(lambda c: _approval(c, approval_id))

    async def approvals(self, plan: str | None = None, state: Sequence[ApprovalState] = ()) -> Sequence[Approval]:
        """In the order in which they were made."""
        query = select(APPROVALS).order_by(APPROVALS.c.seq)
        if plan is not None:
            query = query.where(APPROVALS.c.plan == plan)
        if state:
            query = query.where(APPROVALS.c.state.in_(list(state)))
        return await self.db.read(lambda c: _with_votes(c, c.execute(query).all()))

    async def vote(self, approval_id: str, fingerprint: str, vote: Vote, entry: NewEntry | None = None) -> Approval:
        """Adds a vote and settles the approval where it decides it, atomically.

        Stale if the approval is not open or past its time, its fingerprint is another, or this person has voted.
        """

        def work(connection: Connection) -> Approval:
            voted = _vote(connection, approval_id, fingerprint, vote)
            append_beside(connection, entry)
            return voted

        return await self.db.write(work)


def _save_plan(connection: Connection, plan: Plan) -> None:
    fields = _plan_columns(plan)
    if connection.execute(update(PLANS).where(PLANS.c.id == plan.id).values(**fields)).rowcount:
        connection.execute(delete(STEPS).where(STEPS.c.plan == plan.id))
    else:
        connection.execute(insert(PLANS).values(**fields))
    if plan.steps:
        connection.execute(insert(STEPS), [_step_columns(plan.id, s) for s in plan.steps])


def _plan_columns(plan: Plan) -> dict[str, Any]:
    own = {"id", "ticket", "requester", "state", "note", "created"}
    document = plain(plan.model_dump(mode="json", exclude=own | {"steps"}))
    return {n: getattr(plan, n) for n in own} | {"fingerprint": plan.fingerprint, "document": document}


def _step_columns(plan_id: str, step: Step) -> dict[str, Any]:
    document = plain(step.model_dump(mode="json", exclude={"number", "state"}))
    return {"plan": plan_id, "number": step.number, "action": step.call.action, "state": step.state, "document": document}


def _plan(connection: Connection, plan_id: str) -> Plan:
    row = connection.execute(select(PLANS).where(PLANS.c.id == plan_id)).first()
    if row is None:
        raise Unknown(f"There is no plan {plan_id}.")
    return _with_steps(connection, [row])[0]


def _with_steps(connection: Connection, rows: Sequence[Row[Any]]) -> list[Plan]:
    steps: dict[str, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for some in _batches(list(steps)):
        for s in connection.execute(select(STEPS).where(STEPS.c.plan.in_(some)).order_by(STEPS.c.plan, STEPS.c.number)):
            steps[s.plan].append({**s.document, "number": s.number, "state": s.state})
    own = ("id", "ticket", "requester", "state", "note", "created")
    return [Plan.model_validate({**r.document, **{n: getattr(r, n) for n in own}, "steps": steps[r.id]}) for r in rows]


def _batches(ids: list[str], size: int = 500) -> list[list[str]]:
    """Databases take so many values in one IN, and no more."""
    return [ids[n : n + size] for n in range(0, len(ids), size)]


def _approval_columns(approval: Approval) -> dict[str, Any]:
    own = {"id", "plan", "ticket", "kind", "state", "expires"}
    document = plain(approval.model_dump(mode="json", exclude=own | {"votes"}))
    return {n: getattr(approval, n) for n in own} | {"document": document}


def _save_approval(connection: Connection, approval: Approval) -> None:
    stored = connection.execute(select(APPROVALS.c.state).where(APPROVALS.c.id == approval.id).with_for_update()).scalar()
    if stored is None:
        connection.execute(insert(APPROVALS).values(**_approval_columns(approval)))
    elif stored not in _LIVE and approval.state in _LIVE:
        raise Stale(f"This question is settled already ({stored}), so it was not opened again.")
    else:
        connection.execute(update(APPROVALS).where(APPROVALS.c.id == approval.id).values(**_approval_columns(approval)))
    there = set(connection.execute(select(VOTES.c.person).where(VOTES.c.approval == approval.id)).scalars())
    for vote in approval.votes:
        if vote.person not in there:
            _add_vote(connection, approval.id, vote, len(there))
            there.add(vote.person)


def _add_vote(connection: Connection, approval_id: str, vote: Vote, position: int) -> None:
    connection.execute(insert(VOTES).values(approval=approval_id, position=position, **vote.model_dump()))


def _approval(connection: Connection, approval_id: str, *, lock: bool = False) -> Approval:
    query = select(APPROVALS).where(APPROVALS.c.id == approval_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise Unknown(f"There is no approval {approval_id}.")
    return _with_votes(connection, [row])[0]


def _with_votes(connection: Connection, rows: Sequence[Row[Any]]) -> list[Approval]:
    votes: dict[str, list[Vote]] = {row.id: [] for row in rows}
    for some in _batches(list(votes)):
        for v in connection.execute(select(VOTES).where(VOTES.c.approval.in_(some)).order_by(VOTES.c.approval, VOTES.c.position)):
            votes[v.approval].append(Vote(person=v.person, approve=v.approve, reason=v.reason, at=v.at))
    own = ("id", "plan", "ticket", "kind", "state", "expires")
    return [Approval.model_validate({**r.document, **{n: getattr(r, n) for n in own}, "votes": votes[r.id]}) for r in rows]


def _vote(connection: Connection, approval_id: str, fingerprint: str, vote: Vote) -> Approval:
    approval = _approval(connection, approval_id, lock=True)
    if problem := _stale(approval, fingerprint, vote):
        raise Stale(problem)
    _add_vote(connection, approval_id, vote, len(approval.votes))
    votes = (*approval.votes, vote)
    state = approval.state
    if not vote.approve:
        state = ApprovalState.DECLINED
    elif sum(v.approve for v in votes) >= approval.quorum:
        state = ApprovalState.APPROVED
    connection.execute(update(APPROVALS).where(APPROVALS.c.id == approval_id).values(state=state))
    return approval.model_copy(update={"votes": votes, "state": state})


def _stale(approval: Approval, fingerprint: str, vote: Vote) -> str:
    if approval.state is not ApprovalState.OPEN:
        return f"This question is settled already ({approval.state}). Nothing was changed."
    if approval.fingerprint != fingerprint:
        return "The plan has changed since this question was asked, so this answer was not counted."
    if vote.at > approval.expires:
        return "The time for an answer is over, so this one was not counted."
    if any(v.person == vote.person for v in approval.votes):
        return "You have answered this already. Nothing was changed."
    return ""
