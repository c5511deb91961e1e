"""What the durable shell runs: advance to approval, step by step, undo. Every method reads the record anew."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.desk.parts import Parts
from bot.desk.ports import Wait
from bot.desk.propose import same
from bot.desk.state import WAITING
from bot.desk.uses import Uses
from bot.desk.verify import VERIFICATION
from bot.domain.approvals import Approval, ApprovalState
from bot.domain.calls import Call
from bot.domain.markup import verbatim
from bot.domain.messages import Status
from bot.domain.people import DESK
from bot.domain.plans import Plan, PlanState, Step, StepState
from bot.domain.tickets import NewEntry
from bot.errors import BadArguments, BellhopError, NotFound, Unknown

log = logging.getLogger(__name__)
DAY = 86_400.0
NOT_BEFORE = "not_before"


class Fulfil:
    """Implements ports.Fulfilment."""

    def __init__(self, parts: Parts, use: Uses) -> None:
        self._parts = parts
        self._progress = use.progress
        self._proposer = use.proposer
        self._asking = use.asking
        self._verifier = use.verifier
        self._steps = use.steps
        self._humans = use.humans

    async def advance(self, plan_id: str) -> Wait:
        plan = await self._parts.ledger.plan(plan_id)
        if VERIFICATION in plan.known:
            await self._verifier.catch_up(plan)
        if plan.state not in WAITING:
            await self._progress.catch_up(plan)
            return Wait(ready=True) if plan.state is PlanState.RUNNING else Wait(settled=True)
        early = self._seconds_until(plan)
        if early > 0:
            return Wait(seconds=early)
        if not await self._parts.ledger.posts(ticket=plan.ticket, key="brief", limit=1):
            await self._humans.open(plan)
        if VERIFICATION in plan.requirements and VERIFICATION not in plan.known:
            return await self._prove(plan)
        if not plan.approvals:
            return await self._start(plan)
        if plan.state is not PlanState.ASKING:
            plan = await self._progress.move(plan.id, WAITING, PlanState.ASKING)
        return await self._asked(plan)

    def _seconds_until(self, plan: Plan) -> float:
        """How long a plan that ends something asked for a limited time still waits."""
        when = plan.known.get(NOT_BEFORE)
        return (datetime.fromisoformat(when) - self._parts.clock()).total_seconds() if when else 0.0

    async def _prove(self, plan: Plan) -> Wait:
        if plan.state is PlanState.PROPOSED:
            plan = await self._progress.move(plan.id, (PlanState.PROPOSED,), PlanState.VERIFYING)
        ticket = await self._parts.ledger.ticket(plan.ticket)
        if not await self._parts.ledger.posts(ticket=ticket.id, key=f"verify:{plan.id}", limit=1):
            await self._verifier.ask(plan, ticket)
        left = (plan.created + self._parts.terms.expiry - self._parts.clock()).total_seconds()
        if left > 0:
            return Wait(seconds=left)
        await self._verifier.settle(plan, ticket, "Nobody added a document in time.")
        return await self._lapse(plan, "Nobody confirmed the shipping address in time.")

    async def _asked(self, plan: Plan) -> Wait:
        ticket = await self._parts.ledger.ticket(plan.ticket)
        approvals = await self._asking.open(plan, ticket)
        await self._progress.show(plan)
        latest = await self._parts.ledger.plan(plan.id)
        if latest.state not in WAITING:
            return await self._overtaken(latest)
        if all(a.state is ApprovalState.APPROVED for a in approvals):
            return await self._start(plan)
        declined = next((a for a in approvals if a.state is ApprovalState.DECLINED), None)
        if declined is not None:
            return await self._declined(plan, declined)
        now = self._parts.clock()
        waiting = [a for a in approvals if a.state is ApprovalState.OPEN]
        if any(a.expires <= now for a in waiting):
            return await self._lapse(plan, "Nobody answered in time, so this lapsed. Ask again if it is still needed.")
        for approval in waiting:
            if self._due(approval) <= now:
                await self._asking.remind(approval, plan, ticket)
        fresh = [await self._parts.ledger.approval(a.id) for a in waiting]
        return Wait(seconds=max(0.0, min((self._due(a) - now).total_seconds() for a in fresh)))

    async def _overtaken(self, plan: Plan) -> Wait:
        """Somebody ended the plan while its approvals were being opened: what was opened and drawn since then is settled after it."""
        await self._progress.settle(plan)
        return Wait(ready=True) if plan.state is PlanState.RUNNING else Wait(settled=True)

    def _due(self, approval: Approval) -> datetime:
        """When the next reminder is due, or the end."""
        return min(approval.opened + self._parts.terms.reminder * (approval.reminded + 1), approval.expires)

    async def _declined(self, plan: Plan, approval: Approval) -> Wait:
        vote = next(v for v in approval.votes if not v.approve)
        directory = await self._parts.ledger.directory()
        who = directory.person(vote.person).name
        note = f"{who} declined this: {vote.reason}"
        await self._progress.tell(plan, f"declined:{plan.id}", Status(text=f"{verbatim(note)}\nNothing was changed.", tone="failed"))
        await self._progress.move(plan.id, WAITING, PlanState.DECLINED, note, vote.person)
        return Wait(settled=True)

    async def _lapse(self, plan: Plan, note: str) -> Wait:
        await self._progress.tell(plan, f"lapsed:{plan.id}", Status(text=note, tone="warning"))
        await self._progress.move(plan.id, (*WAITING, PlanState.RUNNING), PlanState.LAPSED, note)
        return Wait(settled=True)

    async def _start(self, plan: Plan) -> Wait:
        """The last look before anything happens: the plan made anew must be the plan that was approved."""
        fresh = await self.again(plan)
        if not same(fresh, plan):
            await self.moved(plan, fresh)
            return Wait(settled=True)
        await self._progress.move(plan.id, WAITING, PlanState.RUNNING)
        return Wait(ready=True)

    async def proven(self, plan: Plan, proof: Mapping[str, str]) -> None:
        """The proof is in: policy looks at the plan again with its verdict, and it goes on, asks a human, or is refused."""
        # One document decides, not the best of many: of two that arrive together the second finds nothing to prove.
        await self._parts.ledger.move_plan(plan.id, (PlanState.VERIFYING,), PlanState.PROPOSED)
        known = {**plan.known, **proof}
        fresh = await self.again(plan.model_copy(update={"known": known}))
        settled = fresh.model_copy(update={"id": plan.id, "state": PlanState.PROPOSED})
        if fresh.state is PlanState.REFUSED:
            settled = settled.model_copy(update={"note": f"{proof['verification_because']} {fresh.note}"})
            await self._parts.ledger.save_plan(settled)
            refused = await self._progress.move(plan.id, (PlanState.PROPOSED,), PlanState.REFUSED, settled.note)
            await self._progress.refuse(refused)
        else:
            await self._parts.ledger.save_plan(settled)
            await self._progress.show(settled)
        await self._parts.engine.signal(plan.id, {"proof": "given"})

    async def again(self, plan: Plan) -> Plan:
        """The plan as it would be made now, for the same request."""
        directory = await self._parts.ledger.directory()
        speaker = directory.person(plan.requester)
        try:
            return await self._proposer.propose(plan.requested, speaker, plan.ticket, plan.known, plan.created)
        except (BadArguments, NotFound, Unknown) as error:
            # What the plan was about is gone: the last laptop, a colleague, a group.
            gone = {"id": f"{plan.id}-gone", "steps": (), "approvals": (), "state": PlanState.REFUSED, "note": str(error)}
            return plan.model_copy(update=gone)

    async def moved(self, plan: Plan, fresh: Plan) -> None:
        """Lapses a plan whose facts changed and asks about the one that holds now."""
        note = "Something this plan relies on has changed since it was made, so it was not carried out."
        await self._progress.tell(plan, f"lapsed:{plan.id}", Status(text=f"{note} Here is what would happen now.", tone="warning"))
        await self._progress.move(plan.id, (*WAITING, PlanState.RUNNING), PlanState.LAPSED, note)
        await self.begin(fresh)

    async def begin(self, plan: Plan) -> None:
        """Writes a new plan down, shows it, and starts its workflow; a refused one is only told."""
        await self.write_down(plan)
        await self.launch(plan)

    async def write_down(self, plan: Plan) -> None:
        """From here on the plan is not lost: at the latest the next start takes it up."""
        await self._parts.ledger.save_plan(plan, _proposed(plan))

    async def launch(self, plan: Plan) -> None:
        """Shows a plan that was written down and starts its workflow; a refused one is only told."""
        if plan.state is PlanState.REFUSED:
            await self._progress.refuse(plan)
            return
        if self._seconds_until(plan) <= 0:
            await self._humans.open(plan)
            await self._progress.show(plan)
        await self._parts.engine.fulfil(plan.id)

    async def steps(self, plan_id: str) -> Sequence[int]:
        return [s.number for s in (await self._parts.ledger.plan(plan_id)).steps]

    async def run_step(self, plan_id: str, number: int, key: str) -> Wait:
        plan = await self._parts.ledger.plan(plan_id)
        step = plan.steps[number - 1]
        resting = self._resting(plan, step)
        if resting is not None:
            return resting
        blocked = await self._steps.blocked(plan, step)
        if blocked:
            await self._stop(plan, f"Step {number} is no longer allowed, so the rest was not carried out: {blocked}")
            return Wait(settled=True)
        step = await self._steps.begin(plan, step)
        await self._progress.show(await self._parts.ledger.plan(plan_id))
        if step.state is StepState.HUMAN:
            return Wait(seconds=DAY)
        step = await self._steps.run(plan, step, key)
        await self._progress.show(await self._parts.ledger.plan(plan_id))
        if step.state is StepState.FAILED:
            await self.give_up(plan_id, number, step.outcome.said if step.outcome else "")
            return Wait(settled=True)
        return Wait(ready=True)

    def _resting(self, plan: Plan, step: Step) -> Wait | None:
        """What to do about a step that is not to be carried out now; None if it is."""
        if plan.state is not PlanState.RUNNING or step.state is StepState.FAILED:
            return Wait(settled=True)
        if step.state in (StepState.DONE, StepState.ALREADY):
            return Wait(ready=True)
        if step.state is StepState.HUMAN:
            return Wait(seconds=DAY)
        left = self._steps.seconds_until_due(step)
        return Wait(seconds=left) if left > 0 else None

    async def give_up(self, plan_id: str, number: int, why: str) -> None:
        plan = await self._parts.ledger.plan(plan_id)
        if plan.state.settled:
            await self._progress.catch_up(plan)
            return
        if number:
            step = plan.steps[number - 1]
            await self._steps.fail(plan, step, why)
        await self._stop(plan, f"Step {number} did not work: {why}" if number else why)

    async def _stop(self, plan: Plan, note: str) -> None:
        """Stops half-way. Everyone is told before the state changes: a crash in between tells them once more rather than never."""
        await self._plan_ends(plan)
        now = await self._parts.ledger.plan(plan.id)
        said = f"{note}\n{self._steps.truth(now)}"
        help_ = "The help desk has been told and takes it from here."
        await self._progress.tell(plan, f"stopped:{plan.id}", Status(text=f"{said}\n{help_}", tone="failed"))
        await self._humans.stopped(plan, said)
        await self._progress.move(plan.id, (*WAITING, PlanState.RUNNING, PlanState.UNDOING), PlanState.FAILED, note)

    async def finish(self, plan_id: str) -> None:
        plan = await self._parts.ledger.plan(plan_id)
        if plan.state is not PlanState.RUNNING:
            await self._progress.catch_up(plan)
            return
        await self._plan_ends(plan)
        await self._progress.tell(plan, f"done:{plan.id}", Status(text=await self._steps.summary(plan), tone="done"))
        await self._progress.move(plan_id, (PlanState.RUNNING,), PlanState.DONE)

    async def undo_steps(self, plan_id: str) -> Sequence[int]:
        plan = await self._parts.ledger.plan(plan_id)
        if plan.state is not PlanState.UNDOING:
            return []
        return [s.number for s in reversed(plan.steps) if s.state is StepState.DONE and s.outcome and s.outcome.undo]

    async def undo_step(self, plan_id: str, number: int, key: str) -> Wait:
        plan = await self._parts.ledger.plan(plan_id)
        if plan.state is not PlanState.UNDOING:
            return Wait(settled=True)
        step = plan.steps[number - 1]
        if step.state is StepState.UNDONE:
            return Wait(ready=True)
        why = await self._steps.undo(plan, step, key)
        if why:
            await self._stop(plan, f"Step {number} could not be undone: {why}")
            return Wait(settled=True)
        await self._progress.show(await self._parts.ledger.plan(plan_id))
        return Wait(ready=True)

    async def finish_undo(self, plan_id: str) -> None:
        plan = await self._parts.ledger.plan(plan_id)
        if plan.state is not PlanState.UNDOING:
            await self._progress.catch_up(plan)
            return
        text = "Undone: everything that could be is as it was before."
        await self._progress.tell(plan, f"undone:{plan.id}", Status(text=text, tone="done"))
        await self._progress.move(plan_id, (PlanState.UNDOING,), PlanState.UNDONE)

    async def expire(self) -> None:
        """Each end is proposed once; one that failed or was refused is a ticket for a human, and is not proposed again by itself."""
        now = self._parts.clock()
        for grant in await self._parts.ledger.ended_grants(now):
            why = f"This access was granted until {grant.until:%-d %B %Y}."
            call = Call(action="access.revoke", arguments={"person": grant.person, "system": grant.system, "reason": why})
            key = f"expired:{grant.person}:{grant.system}:{grant.until:%Y-%m-%dT%H:%M}"
            try:
                await self._propose_end(call, key)
            except BellhopError:
                log.warning("could not propose the end of %s's access to %s; trying again", grant.person, grant.system, exc_info=True)

    async def _propose_end(self, call: Call, key: str, known: Mapping[str, str] | None = None) -> None:
        ticket = await self._humans.own_ticket(await self._steps.sentence(call), key)
        if await self._parts.ledger.plans(ticket.id):
            return
        await self.begin(await self._proposer.propose([call], DESK, ticket.id, known))

    async def _plan_ends(self, plan: Plan) -> None:
        """What was asked for a limited time gets the plan that ends it now, to wait for its day."""
        for step in plan.steps:
            action = self._parts.registry.action(step.call.action)
            if step.state not in (StepState.DONE, StepState.ALREADY) or action.ends is None:
                continue
            ending = action.ends(action.parse(step.call))
            if ending is not None:
                when, call = ending
                await self._propose_end(call, f"ends:{plan.id}:{step.number}", {NOT_BEFORE: when.isoformat()})


def _proposed(plan: Plan) -> NewEntry:
    """What the ledger is told of a new plan."""
    told = {
        "plan": plan.id,
        "fingerprint": plan.fingerprint,
        "policy": plan.policy,
        "note": plan.note,
        "steps": [
            {"call": s.call.model_dump(), "wanted_by": s.wanted_by, "vendor": s.vendor, "verdict": s.decision.verdict} for s in plan.steps
        ],
        "rules": [r.rule for r in plan.reasons],
    }
    return NewEntry(kind=f"plan.{plan.state.name.lower()}", actor=plan.requester, ticket=plan.ticket, at=plan.created, data=told)
