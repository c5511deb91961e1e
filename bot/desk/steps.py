"""One step: judged again, carried out once, written down; and taken back."""

from __future__ import annotations

from typing import Any

from bot.desk.approvers import subjects
from bot.desk.facts import Facts
from bot.desk.outbox import ANALYSTS, Outbox
from bot.desk.parts import Parts
from bot.desk.rehearse import reconcile, rehearse
from bot.desk.sentences import came_of, listed, sentence
from bot.desk.state import UNDONE_BY
from bot.desk.tickets import TicketActions
from bot.domain.approvals import ApprovalState
from bot.domain.calls import Action, Call
from bot.domain.decisions import Decision, Verdict
from bot.domain.markup import verbatim
from bot.domain.messages import Button, Status, Style
from bot.domain.outcomes import Outcome, Result
from bot.domain.people import DESK
from bot.domain.plans import Plan, Step, StepState
from bot.domain.tickets import NewEntry
from bot.errors import BellhopError, TryLater

ENDS = {Result.DONE: StepState.DONE, Result.ALREADY: StepState.ALREADY, Result.FAILED: StepState.FAILED}


class Steps:
    """Carries single steps out. The caller decides which and when."""

    def __init__(self, parts: Parts, outbox: Outbox, desk: TicketActions) -> None:
        self.parts = parts
        self._outbox = outbox
        self._desk = desk
        self._facts = Facts(parts)

    async def blocked(self, plan: Plan, step: Step) -> str:
        """Why policy no longer allows this step, judged now with fresh facts and the approvals truly given; "" if it does."""
        decision = await self._judge(plan, step.call, await self._given(plan, step))
        return "" if decision.verdict is Verdict.ALLOW else _why(decision)

    async def _given(self, plan: Plan, step: Step) -> frozenset[str]:
        approvals = await self.parts.ledger.approvals(plan.id, (ApprovalState.APPROVED,))
        return frozenset(a.kind for a in approvals if a.fingerprint == plan.fingerprint and step.number in a.steps)

    async def _judge(self, plan: Plan, call: Call, given: frozenset[str], speaker: str = "") -> Decision:
        directory = await self.parts.ledger.directory()
        about = self._facts.about(call, directory.person(speaker or plan.requester), directory, plan.known)
        touched = subjects(self.parts.registry.action(call.action), call, directory)
        beside = frozenset(
            s.call.action
            for s in plan.steps
            if s.call != call and touched & subjects(self.parts.registry.action(s.call.action), s.call, directory)
        )
        return self.parts.judge.judge(
            call,
            about.speaker,
            directory,
            await self._facts.gather(about),
            about.now,
            approvals=given,
            companions=beside,
            requirements=plan.known,
        )

    async def begin(self, plan: Plan, step: Step) -> Step:
        """Notes that the step is about to be carried out, and what that would change; or gives it to a human."""
        if step.vendor == "human":
            return await self._to_human(plan, step)
        if step.state is StepState.RUNNING:
            return step  # interrupted: what was noted before it began still holds
        action = self.parts.registry.action(step.call.action)
        return await self._save(plan, step, StepState.RUNNING, await self._expected(action, step))

    async def run(self, plan: Plan, step: Step, key: str) -> Step:
        """Carries a begun step out, once per `key`. TryLater passes through, and the step waits."""
        action = self.parts.registry.action(step.call.action)
        try:
            actual = await self._carry_out(action, plan, step, key)
        except TryLater as error:
            await self.parts.ledger.append(
                "step.later", DESK.email, plan.ticket, at=self.parts.clock(), plan=plan.id, step=step.number, why=str(error)
            )
            raise
        return await self.settle(plan, step, reconcile(step.outcome, actual), action)

    async def _expected(self, action: Action, step: Step) -> Outcome | None:
        if action.capability is None:
            return None
        return await rehearse(action, action.parse(step.call), self.parts.vendors.offer(step.vendor, action.capability))

    async def _carry_out(self, action: Action, plan: Plan, step: Step, key: str) -> Outcome:
        if action.capability is None:
            return await self._desk.run(step.call, plan, key)
        assert action.run is not None
        return await action.run(action.parse(step.call), self.parts.vendors.offer(step.vendor, action.capability, key))

    async def settle(self, plan: Plan, step: Step, outcome: Outcome, action: Action, by: str = DESK.email) -> Step:
        """Notes the outcome, and in the record what it brought about."""
        if outcome.result is not Result.FAILED and action.record is not None:
            await self.parts.ledger.apply(action.record(action.parse(step.call)), self.parts.clock())
        entry = self._entry("step." + ENDS[outcome.result].name.lower(), plan, step, outcome, by)
        return await self._save(plan, step, ENDS[outcome.result], outcome, entry)

    def _entry(self, kind: str, plan: Plan, step: Step, outcome: Outcome | None, by: str, **more: Any) -> NewEntry:
        change = outcome.change if outcome else step.change
        told = {
            "plan": plan.id,
            "step": step.number,
            "call": step.call.model_dump(),
            "vendor": step.vendor,
            "before": change.before,
            "after": change.after,
            "said": outcome.said if outcome else "",
        }
        return NewEntry(kind=kind, actor=by, ticket=plan.ticket, at=self.parts.clock(), data=told | more)

    async def _save(self, plan: Plan, step: Step, state: StepState, outcome: Outcome | None, entry: NewEntry | None = None) -> Step:
        step = step.model_copy(update={"state": state, "outcome": outcome})
        await self.parts.ledger.save_step(plan.id, step, entry)
        return step

    async def fail(self, plan: Plan, step: Step, why: str) -> None:
        """Marks a step as failed, with the sentence that says why."""
        if step.state not in (StepState.DONE, StepState.ALREADY, StepState.UNDONE):
            outcome = Outcome.failed(why)
            await self._save(plan, step, StepState.FAILED, outcome, self._entry("step.failed", plan, step, outcome, DESK.email))

    async def _to_human(self, plan: Plan, step: Step) -> Step:
        ticket = await self.parts.ledger.ticket(plan.ticket)
        await self._outbox.post(ticket, ANALYSTS, task_key(plan, step), task(plan, step))
        return await self._save(plan, step, StepState.HUMAN, None, self._entry("step.human", plan, step, None, DESK.email))

    async def tick(self, plan: Plan, step: Step, by: str, done: bool, reason: str = "") -> Step:
        """A human says that a task is done, or that it cannot be."""
        action = self.parts.registry.action(step.call.action)
        directory = await self.parts.ledger.directory()
        who = directory.person(by).name
        said = f"Done by {who}." if done else f"{who} could not do this: {reason}"
        outcome = Outcome.done(said, undo=self._counter(action, step)) if done else Outcome.failed(said)
        ticket = await self.parts.ledger.ticket(plan.ticket)
        await self._outbox.post(ticket, ANALYSTS, task_key(plan, step), task(plan, step, said))
        return await self.settle(plan, step, outcome, action, by)

    def _counter(self, action: Action, step: Step) -> Call | None:
        """What a human would do to undo a human's step: the undoing action with those arguments that it takes."""
        if not action.undo:
            return None
        takes = self.parts.registry.action(action.undo)
        call = Call(action=action.undo, arguments={n: v for n, v in step.call.arguments.items() if n in takes.declared})
        try:
            takes.parse(call)
        except BellhopError:
            return None
        return call

    async def undo(self, plan: Plan, step: Step, key: str) -> str:
        """Takes the step back; "" if that worked, else why not. TryLater passes through."""
        if step.outcome is None or step.outcome.undo is None:
            return "nothing undoes it."
        call = step.outcome.undo
        action = self.parts.registry.action(call.action)
        given = frozenset(a.kind for a in await self.parts.ledger.approvals(plan.id, (ApprovalState.APPROVED,)))
        decision = await self._judge(plan, call, given, plan.known.get(UNDONE_BY, ""))
        if decision.verdict is Verdict.DENY or decision.requirements:
            return _why(decision)
        if step.vendor == "human":
            return await self._back_by_hand(plan, step, call)
        outcome = await self._carry_out(action, plan, step.model_copy(update={"call": call}), key)
        if outcome.result is Result.FAILED:
            return outcome.said
        if action.record is not None:
            await self.parts.ledger.apply(action.record(action.parse(call)), self.parts.clock())
        by = plan.known.get(UNDONE_BY, DESK.email)
        entry = self._entry("step.undone", plan, step, outcome, by, undo=call.model_dump())
        await self._save(plan, step, StepState.UNDONE, step.outcome, entry)
        return ""

    async def _back_by_hand(self, plan: Plan, step: Step, call: Call) -> str:
        ticket = await self.parts.ledger.ticket(plan.ticket)
        text = f"To take back by hand: {await self.sentence(call)}. A person did this step, so a person has to undo it."
        await self._outbox.post(ticket, ANALYSTS, f"back:{plan.id}:{step.number}", Status(text=text, tone="warning"))
        return ""

    def seconds_until_due(self, step: Step) -> float:
        """How long until a step that was asked for a later day may run; zero or less: now."""
        action = self.parts.registry.action(step.call.action)
        due = action.due(action.parse(step.call)) if action.due else None
        return (due - self.parts.clock()).total_seconds() if due else 0.0

    def truth(self, plan: Plan) -> str:
        """What was and what was not done, step by step."""
        done = [s.sentence for s in plan.steps if s.state in (StepState.DONE, StepState.ALREADY)]
        rest = [s.sentence for s in plan.steps if s.state not in (StepState.DONE, StepState.ALREADY, StepState.UNDONE)]
        parts = [f"Done: {listed(done)}." if done else "Nothing was changed.", f"Not done: {listed(rest)}." if rest else ""]
        return " ".join(p for p in parts if p)

    async def summary(self, plan: Plan) -> str:
        """What came of a finished plan, for whoever asked."""
        directory = await self.parts.ledger.directory()
        lines = [came_of(s.outcome.said, s.call, directory) or s.sentence for s in plan.steps if s.outcome]
        return lines[0] if len(lines) == 1 else "All done.\n" + "\n".join(f"- {line}" for line in lines)

    async def sentence(self, call: Call) -> str:
        """The call in plain words."""
        return sentence(self.parts.registry.action(call.action), call, await self.parts.ledger.directory())


def task_key(plan: Plan, step: Step) -> str:
    return f"task:{plan.id}:{step.number}"


def task(plan: Plan, step: Step, settled: str = "") -> Status:
    """A step that a human carries out, to be ticked off in the ticket's thread."""
    if settled:
        return Status(text=verbatim(f"{step.sentence}. {settled}"), tone="done" if settled.startswith("Done") else "failed")
    ref = f"{plan.id}:{step.number}"
    return Status(
        text=f"To do by hand: {verbatim(step.sentence)}. No service carries this out by itself.",
        tone="warning",
        buttons=(
            Button(verb="tick", ref=ref, label="Done", style=Style.PRIMARY),
            Button(verb="cannot", ref=ref, label="Cannot be done", ask_reason="required"),
        ),
    )


def _why(decision: Decision) -> str:
    return " ".join(r.because for r in decision.reasons) or "No rule allows this any more."
