"""Plans: what will run, exactly, and its fingerprint."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.domain.base import Value, digest
from bot.domain.calls import Call, Risk
from bot.domain.decisions import Decision, Need, Reason
from bot.domain.outcomes import Change, Outcome


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    HUMAN = "with a human"
    DONE = "done"
    ALREADY = "already so"
    FAILED = "failed"
    UNDONE = "undone"


class PlanState(StrEnum):
    PROPOSED = "proposed"
    VERIFYING = "waiting for proof"
    ASKING = "waiting for approval"
    RUNNING = "running"
    DONE = "done"
    FAILED = "stopped"
    REFUSED = "refused"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def settled(self) -> bool:
        """Nothing will happen any more unless somebody asks."""
        return self not in _UNSETTLED


_UNSETTLED = {PlanState.PROPOSED, PlanState.VERIFYING, PlanState.ASKING, PlanState.RUNNING, PlanState.UNDOING}


class Step(Value):
    """One call of a plan. `wanted_by` is "request", a rule's id, or the runbook's action name; `because` its sentence.

    `vendor` is who carries it out; "human" makes it a task in the ticket. `change` is what was read when the plan was made.
    """

    number: int
    call: Call
    sentence: str
    change: Change = Change()
    wanted_by: str = "request"
    because: str = ""
    vendor: str = "human"
    risk: Risk = Risk.MEDIUM
    undoable: bool = False
    decision: Decision
    state: StepState = StepState.WAITING
    outcome: Outcome | None = None


class Plan(Value):
    """The ordered calls that answer one request. What is approved is the fingerprint: steps, targets, before → after,
    who carries each out, which approvals and proofs are wanted, and for whom."""

    id: str
    ticket: str
    requester: str
    steps: tuple[Step, ...]
    approvals: tuple[Need, ...] = ()
    requirements: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    state: PlanState = PlanState.PROPOSED
    title: str = ""
    """What was asked for, in a few words."""
    note: str = ""
    """Why it is in this state, in words: who declined and why, which rule refused, what failed."""
    requested: tuple[Call, ...] = ()
    """The calls as they were asked for, before expansion and companions: enough to make the plan anew."""
    known: dict[str, str] = {}
    """Verdicts of verifications and other facts that came with the request; never the document itself."""
    created: datetime
    policy: str = ""
    """Digest of the policy set that judged it."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over all that an approver agrees to."""
        return digest(
            {
                "requester": self.requester,
                "ticket": self.ticket,
                "steps": [[s.call.model_dump(), s.vendor, s.change.model_dump(), s.wanted_by] for s in self.steps],
                "approvals": [n.model_dump() for n in self.approvals],
                "requirements": list(self.requirements),
            }
        )
