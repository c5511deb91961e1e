"""What policy says of one call."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.base import Value


class Verdict(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Reason(Value):
    """A rule that fired, and its sentence."""

    rule: str
    because: str


class Need(Value):
    """An approval that would satisfy a rule: `kind` is manager, owner, security, hr, legal, it or "group:ID".

    Stages are answered in ascending order; `quorum` is how many different people must say yes. The desk fills `approvers`
    (e-mail addresses, from the directory) and `steps` (numbers of the plan's steps that it is wanted for).
    """

    kind: str
    stage: int = 1
    quorum: int = 1
    rules: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()


class Decision(Value):
    """Allow, ask or deny; with what would satisfy the rules that block.

    `ask` means that the approvals, companions and requirements named here are all that stands in the way.
    """

    verdict: Verdict
    approvals: tuple[Need, ...] = ()
    companions: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    companion_rules: dict[str, str] = {}
    """For each companion action, the rule that wants it."""
