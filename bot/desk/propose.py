"""Calls → Plan: facts are fetched, the judge decides, companions and approvals are added until the plan is settled or refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.desk.approvers import approvers, subjects
from bot.desk.facts import Facts
from bot.desk.parts import Parts
from bot.desk.sentences import approver, sentence
from bot.domain.calls import Action, Call
from bot.domain.decisions import Decision, Need, Reason, Verdict
from bot.domain.directory import Directory
from bot.domain.facts import About
from bot.domain.outcomes import Change, PersonChanged
from bot.domain.people import Person
from bot.domain.plans import Plan, PlanState, Step
from bot.errors import BadArguments, NotFound

MAX_STEPS = 60
PROOF = "match"


@dataclass(frozen=True)
class Wanted:
    """A call on its way into the plan, and who or which rule wanted it."""

    call: Call
    by: str = "request"
    because: str = ""
    decision: Decision | None = None


@dataclass
class Settling:
    """The state of settling one request."""

    speaker: Person
    directory: Directory
    known: Mapping[str, Any]
    asked: datetime
    """When the request was made: "for two weeks" counts from then, however late the plan is looked at again."""
    steps: list[Wanted] = field(default_factory=list)
    runbooks: list[Wanted] = field(default_factory=list)
    refusals: list[Reason] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    """What each requested call says once nothing in it is open, by the call's digest."""


class Proposer:
    """Makes plans. Reads the world, changes nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._facts = Facts(parts)

    async def propose(
        self, calls: Sequence[Call], speaker: Person, ticket: str, known: Mapping[str, str] | None = None, asked: datetime | None = None
    ) -> Plan:
        """The settled plan for these calls: state PROPOSED, or REFUSED with the reasons. BadArguments where a call is incomplete."""
        state = Settling(speaker, await self._parts.ledger.directory(), dict(known or {}), asked or self._parts.clock())
        # What others need beside them goes first: meetings are handed over before the mailbox closes.
        for call in sorted(calls, key=lambda c: self._parts.registry.action(c.action).companion is None):
            await self._add(Wanted(call), state)
        rounds = 0
        while await self._companions(state):
            rounds += 1
            if rounds > len(self._parts.registry.actions):
                raise BadArguments("The policies ask for companions without end; a security officer should look at them.")
        return await self._plan(list(calls), state, ticket)

    async def _add(self, wanted: Wanted, state: Settling, at: int | None = None) -> None:
        action = self._parts.registry.action(wanted.call.action)
        call = await self._resolved(action, wanted.call, state)
        action.parse(call)
        state.titles.setdefault(wanted.call.digest, sentence(action, call, state.directory))
        wanted = replace(wanted, call=call, decision=await self._judge(call, state))
        if any(s.call == call for s in state.steps):
            return
        if action.expand is None:
            state.steps.insert(len(state.steps) if at is None else at, wanted)
            self._foresee(action, call, state)
        else:
            state.runbooks.append(wanted)
            for child in await action.expand(self._about(call, state)):
                await self._add(Wanted(child, by=action.name, because=action.title), state)
        if len(state.steps) > MAX_STEPS:
            raise BadArguments(f"This would take more than {MAX_STEPS} steps; please ask for less at once.")

    async def _resolved(self, action: Action, call: Call, state: Settling) -> Call:
        if action.resolve is None:
            return call
        filled = await action.resolve(self._about(call, state))
        return filled or call

    def _about(self, call: Call, state: Settling, beside: Call | None = None) -> About:
        return self._facts.about(call, state.speaker, state.directory, state.known, companions_of=beside, now=state.asked)

    def _foresee(self, action: Action, call: Call, state: Settling) -> None:
        """Later steps may be about a person whom an earlier step creates: the directory they are judged by has that person."""
        for effect in action.record(action.parse(call)) if action.record else ():
            if isinstance(effect, PersonChanged) and effect.person not in state.directory.people:
                person = Person.model_validate({"id": effect.person, "email": effect.person, "name": effect.person, **effect.fields})
                known = state.directory
                state.directory = Directory(
                    [*known.people.values(), person],
                    known.systems.values(),
                    known.groups.values(),
                    [g for p in known.people for g in known.grants_of(p)],
                    known.version,
                )

    async def _companions(self, state: Settling) -> bool:
        """Judges every step with the companions now in the plan; True if that brought new ones in."""
        added = False
        for wanted in list(state.steps):
            decision = await self._judge(wanted.call, state)
            at = next(n for n, s in enumerate(state.steps) if s.call == wanted.call)
            state.steps[at] = replace(state.steps[at], decision=decision)
            for companion in decision.companions:
                added |= await self._accompany(wanted.call, companion, decision, state)
        return added

    async def _accompany(self, call: Call, companion: str, decision: Decision, state: Settling) -> bool:
        action = self._parts.registry.action(companion)
        rule = decision.companion_rules.get(companion, "")
        because = next((r.because for r in decision.reasons if r.rule == rule), "")
        blank = Call(action=companion)
        filled = None
        if action.companion is not None:
            filled = await action.companion(self._about(blank, state, call))
        if filled is None:
            state.refusals.append(Reason(rule=rule, because=because or f"This needs {action.title.lower()}, and nobody can take it over."))
            return False
        at = next(n for n, s in enumerate(state.steps) if s.call == call)
        before = len(state.steps)
        await self._add(Wanted(filled, by=rule or companion, because=because), state, at)
        return len(state.steps) > before

    async def _judge(
        self, call: Call, state: Settling, approvals: frozenset[str] = frozenset(), proofs: Mapping[str, str] | None = None
    ) -> Decision:
        about = self._facts.about(call, state.speaker, state.directory, state.known)
        return self._parts.judge.judge(
            call,
            state.speaker,
            state.directory,
            await self._facts.gather(about),
            about.now,
            approvals=approvals,
            companions=self._present(call, [s.call for s in state.steps], state.directory),
            requirements=state.known if proofs is None else proofs,
        )

    def _present(self, call: Call, calls: Sequence[Call], directory: Directory) -> frozenset[str]:
        """The actions that the plan takes for the same people: a hand-over for somebody else is no companion."""
        touched = subjects(self._parts.registry.action(call.action), call, directory)
        return frozenset(
            other.action
            for other in calls
            if other != call and touched & subjects(self._parts.registry.action(other.action), other, directory)
        )

    async def _plan(self, requested: list[Call], state: Settling, ticket: str) -> Plan:
        steps = tuple([await self._step(n, w, state) for n, w in enumerate(state.steps, 1)])
        needs, nobody = self._needs(state)
        wanted = [w for w in (*state.runbooks, *state.steps) if w.decision]
        open_proofs = sorted({r for w in wanted if w.decision for r in w.decision.requirements})
        refusals = [*state.refusals, *nobody, *await self._blocked(state, open_proofs)]
        reasons = _distinct([r for w in wanted if w.decision for r in w.decision.reasons])
        return Plan(
            id=f"plan-{uuid.uuid4().hex[:12]}",
            ticket=ticket,
            requester=state.speaker.email,
            steps=steps,
            title=_title([state.titles[c.digest] for c in requested]),
            approvals=needs,
            requirements=tuple(open_proofs),
            reasons=reasons,
            state=PlanState.REFUSED if refusals else PlanState.PROPOSED,
            note=" ".join(dict.fromkeys(r.because for r in refusals)),
            requested=tuple(requested),
            known=dict(state.known),
            created=state.asked,
            policy=self._parts.judge.digest,
        )

    async def _blocked(self, state: Settling, proofs: Sequence[str]) -> list[Reason]:
        """What still stands in the way once every approval, companion and proof that was named is there."""
        found: list[Reason] = []
        for wanted in (*state.runbooks, *state.steps):
            decision = wanted.decision
            if decision is not None and decision.verdict is Verdict.ASK:
                given = frozenset(n.kind for n in decision.approvals)
                decision = await self._judge(wanted.call, state, given, {**dict.fromkeys(proofs, PROOF), **state.known})
            if decision is not None and decision.verdict is not Verdict.ALLOW:
                found.extend(decision.reasons or (Reason(rule="", because="No rule allows this."),))
        return found

    async def _step(self, number: int, wanted: Wanted, state: Settling) -> Step:
        action = self._parts.registry.action(wanted.call.action)
        vendor = self.vendor(action, wanted.call, state.directory)
        assert wanted.decision is not None
        return Step(
            number=number,
            call=wanted.call,
            sentence=sentence(action, wanted.call, state.directory),
            change=await self._preview(action, wanted.call, vendor),
            wanted_by=wanted.by,
            because=wanted.because,
            vendor=vendor,
            risk=action.risk,
            undoable=bool(action.undo),
            decision=wanted.decision,
        )

    def vendor(self, action: Action, call: Call, directory: Directory) -> str:
        """Who carries a call out: a vendor's name, "desk" or "human"."""
        if action.capability is None:
            return "desk"
        return self._parts.vendors.serving(action.capability, call.arguments.get("system"), directory) or "human"

    async def _preview(self, action: Action, call: Call, vendor: str) -> Change:
        if action.preview is None or action.capability is None or vendor == "human":
            return Change()
        try:
            return await action.preview(action.parse(call), self._parts.vendors.offer(vendor, action.capability))
        except NotFound:
            return Change()  # an earlier step of this plan makes it

    def _needs(self, state: Settling) -> tuple[tuple[Need, ...], list[Reason]]:
        """The approvals of all steps, those with the same approvers merged; and a reason for each that nobody may answer."""
        merged: dict[tuple[str, int, tuple[str, ...]], Need] = {}
        nobody: list[Reason] = []
        everywhere = tuple(range(1, len(state.steps) + 1))
        numbered = [*((everywhere, w) for w in state.runbooks), *(((n,), w) for n, w in enumerate(state.steps, 1))]
        for numbers, wanted in numbered:
            action = self._parts.registry.action(wanted.call.action)
            touched = subjects(action, wanted.call, state.directory)
            for need in wanted.decision.approvals if wanted.decision else ():
                who = approvers(need, wanted.call, state.speaker, touched, state.directory)
                if len(who) < need.quorum:
                    nobody.append(Reason(rule=next(iter(need.rules), ""), because=_nobody(need, state.directory)))
                key = (need.kind, need.stage, who)
                merged[key] = _merge(merged.get(key), need, who, numbers)
        return tuple(sorted(merged.values(), key=lambda n: (n.stage, n.kind, n.approvers))), nobody


def _merge(known: Need | None, need: Need, who: tuple[str, ...], numbers: tuple[int, ...]) -> Need:
    if known is None:
        return need.model_copy(update={"approvers": who, "steps": numbers})
    return known.model_copy(
        update={
            "quorum": max(known.quorum, need.quorum),
            "rules": tuple(dict.fromkeys((*known.rules, *need.rules))),
            "steps": tuple(sorted({*known.steps, *numbers})),
        }
    )


def _nobody(need: Need, directory: Directory) -> str:
    return f"This needs the approval of {approver(need.kind, directory)}, and nobody is left who may give it."


def _title(asked: Sequence[str]) -> str:
    return "; ".join(asked) if len(asked) < 3 else f"{asked[0]} and {len(asked) - 1} more requests"


def _distinct(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(r for r in reasons if r.because))


def same(one: Plan, other: Plan) -> bool:
    """Whether two plans would do and ask the same, whatever became of their steps since."""
    return one.model_copy(update={"id": other.id}).fingerprint == other.fingerprint
