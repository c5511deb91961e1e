"""The page of an evidence pack that people read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.approvals import Approval
from bot.domain.plans import Plan, Step
from bot.domain.spending import spent_of, told
from bot.domain.tickets import Entry, Ticket

HOW_TO_CHECK = """\
## How to check this pack

1. The SHA-256 of each file must be the one in `manifest.json`.
2. In `entries.jsonl`, take an entry without `previous` and `hash` and write it as JSON with sorted keys, no spaces, UTF-8:
   its SHA-256 must be the `body` of the same number in `chain.jsonl`.
3. In `chain.jsonl`, the SHA-256 of `previous` followed by `body` must be `hash`, and `previous` the `hash` of the line before.
4. The last line is the head of the ledger when this pack was made. `bellhop audit verify` prints the head: note it elsewhere from time
   to time, because whoever can rewrite a whole database can rewrite every hash in it, but not your note.
"""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def summary(
    ticket: Ticket,
    messages: Sequence[Mapping[str, Any]],
    plans: Sequence[Plan],
    approvals: Sequence[Approval],
    entries: Sequence[Entry],
) -> str:
    """The ticket's story in markdown; whatever people wrote is quoted, with its markup shown rather than obeyed."""
    parts = [
        f"# {ticket.id}: {_plain(ticket.summary)}",
        f"Asked by {_plain(ticket.requester)}, {_at(ticket.created)}. Status: {ticket.status}."
        + (f" With {_plain(ticket.assignee)}." if ticket.assignee else ""),
        *filter(None, [told(spent_of(entries))]),
        "## What was said",
        *_or_none(f"- {_at(m['at'])}, {_plain(m['person'])}: {_said(m)}" for m in messages),
        *(line for plan in plans for line in _plan(plan, [a for a in approvals if a.plan == plan.id])),
        "## Audit entries",
        *_or_none(f"- {e.number}, {_at(e.at)}, {_plain(e.actor)}: {_plain(e.kind)} `{e.hash[:16]}…`" for e in entries),
        HOW_TO_CHECK,
    ]
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    """Blank lines between paragraphs, none between the lines of a list."""
    text = ""
    for before, part in zip(["", *parts], parts, strict=False):
        text += ("" if not before else "\n" if before[:2] == part[:2] == "- " else "\n\n") + part
    return text


def _or_none(lines: Iterable[str]) -> list[str]:
    return list(lines) or ["Nothing."]


def _plan(plan: Plan, approvals: Sequence[Approval]) -> Iterator[str]:
    yield f"## Plan {_plain(plan.id)}: {plan.state}"
    yield f"Made {_at(plan.created)} for {_plain(plan.requester)}. Fingerprint `{plan.fingerprint}`, policy `{_plain(plan.policy)}`."
    if plan.note:
        yield _plain(plan.note)
    yield "### Steps"
    yield from (f"- {_step(step)}" for step in plan.steps)
    yield "### Decisions"
    yield from _or_none(f"- Step {s.number}: {s.decision.verdict}{_rules(s)}" for s in plan.steps)
    yield "### Approvals"
    yield from _or_none(_approval(a) for a in approvals)


def _step(step: Step) -> str:
    change = step.outcome.change if step.outcome else step.change
    words = f"{step.number}. {_plain(step.sentence)} ({_plain(step.call.action)} by {_plain(step.vendor)}): {step.state}."
    if change.before or change.after:
        words += f" Before: {_plain(change.before)}. After: {_plain(change.after)}."
    if step.outcome and step.outcome.said:
        words += f" {_plain(step.outcome.said)}"
    return words + f" Wanted by {_plain(step.wanted_by)}."


def _rules(step: Step) -> str:
    return "".join(f"; {_plain(r.rule)} ({_plain(r.because)})" for r in step.decision.reasons)


def _approval(approval: Approval) -> str:
    votes = "; ".join(
        f"{_plain(v.person)} {'approved' if v.approve else 'declined'} {_at(v.at)}" + (f": {_plain(v.reason)}" if v.reason else "")
        for v in approval.votes
    )
    asked = ", ".join(_plain(e) for e in approval.approvers)
    return f"- {_plain(approval.kind)}: {approval.state}. Asked {_at(approval.opened)}: {asked}. {votes or 'No answer'}."


def _said(message: Mapping[str, Any]) -> str:
    click = message["click"]
    return _plain(message["text"]) or (f"pressed {_plain(click.verb)}" if click else "nothing")


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
