"""Approvals: open questions about one plan."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.domain.base import Value


class ApprovalState(StrEnum):
    WAITING = "waiting for an earlier stage"
    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Vote(Value):
    """One person's answer."""

    person: str
    approve: bool
    reason: str = ""
    at: datetime


class Approval(Value):
    """A question to `approvers` (e-mail addresses, resolved when it was asked and again at each click) about the plan with this
    fingerprint. It is answered when `quorum` of them agree or one declines, and lapses at `expires`."""

    id: str
    plan: str
    ticket: str
    fingerprint: str
    kind: str
    stage: int = 1
    quorum: int = 1
    rules: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    approvers: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    state: ApprovalState = ApprovalState.OPEN
    opened: datetime
    expires: datetime
    reminded: int = 0
