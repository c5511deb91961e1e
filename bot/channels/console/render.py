"""Replies as lines of text, for terminals and transcripts. Nothing in them can steer the terminal: control characters are dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.markup import clean, plain
from bot.domain.messages import Answer, ApprovalCard, Brief, Choice, Citation, Field_, Form, PlanCard, Reply, Said, Status, StepView, Text

_MARKS = {"working": "…", "done": "✓", "warning": "!", "failed": "✗"}
_ENDED = frozenset(("stopped", "refused", "declined", "lapsed", "cancelled"))
"""Plans of which nothing more will run."""


def lines(reply: Reply, *, now: datetime | None = None) -> list[str]:
    """A reply as text. With `now`, also what differs from run to run: fingerprint and time left."""
    return [clean(line).rstrip() for text in [*_body(reply, now), *_buttons(reply)] for line in text.split("\n") if line.strip()]


def _body(reply: Reply, now: datetime | None) -> Iterable[str]:
    match reply:
        case Text():
            told = [plain(reply.text)]
        case Answer():
            told = [*(["(the closest I have)"] if reply.closest else []), plain(reply.text), *map(_citation, reply.citations)]
        case Form():
            told = _form(reply)
        case PlanCard():
            told = _plan(reply, now)
        case ApprovalCard():
            told = _approval(reply, now)
        case Status():
            told = [f"{_MARKS[reply.tone]} {plain(reply.text)}"]
        case Brief():
            told = [f"{reply.ticket}: {reply.title} [{reply.status}], from {reply.requester}", reply.text, *reply.lines]
        case Said():
            told = [f"{reply.name}: {reply.text}"]
    return told


def _buttons(reply: Reply) -> list[str]:
    return [" ".join(f"[{b.label}]" for b in reply.buttons)] if reply.buttons else []


def _citation(citation: Citation) -> str:
    where = citation.title + (f" › {citation.section}" if citation.section else "")
    return f"Source: {where} ({citation.path})" + (f" {citation.note}" if citation.note else "")


def _form(form: Form) -> list[str]:
    if form.settled:
        return [f"{form.title}: {form.settled}"]
    alone = len(form.fields) == 1 and form.fields[0].label == form.title
    told = [f"? {form.title}", plain(form.text)]
    for field in form.fields:
        told += [] if alone else [f"  {field.label}{'' if field.required else ' (optional)'}"]
        told += [f"    {field.help}"] if field.help else []
        told += [f"    {c.label}" + (f", {c.detail}" if c.detail else "") for c in _few(field)]
        told += [f"  ✗ {field.error}"] if field.error else []
    return told


def _few(field: Field_) -> Sequence[Choice]:
    return field.choices if len(field.choices) <= 12 else ()


def _steps(steps: Iterable[StepView], ended: bool = False) -> list[str]:
    told = []
    for step in steps:
        state = "not run" if ended and step.state == "waiting" else step.state
        told.append(f"  {step.number}. {step.sentence}{_change(step)} [{state}]")
        if step.because:
            told.append(f"     because: {step.because}" + (f" ({step.rule})" if step.rule and step.rule != "request" else ""))
        if step.said:
            told.append(f"     {step.said}")
    return told


def _change(step: StepView) -> str:
    """Before → after; where that was undone, back again."""
    ends = (step.before or "nothing", step.after or "nothing")
    return f": {' → '.join(reversed(ends) if step.state == 'undone' else ends)}" if step.before or step.after else ""


def _print(fingerprint: str) -> str:
    return "Fingerprint " + " ".join(fingerprint[n : n + 4] for n in range(0, 12, 4))


def _plan(card: PlanCard, now: datetime | None) -> list[str]:
    told = [f"Plan: {card.title} [{card.state}]", card.note, *_steps(card.steps, card.state in _ENDED)]
    for approval in card.approvals:
        who = f" ({', '.join(approval.who)})" if approval.who else ""
        told.append(f"  Approval by {approval.kind}{who} [{approval.state}]" + (f" {approval.decided}" if approval.decided else ""))
        told += [f"     because: {b}" for b in approval.because]
    return [*told, *([_print(card.fingerprint)] if now else [])]


def _approval(card: ApprovalCard, now: datetime | None) -> list[str]:
    said = f": “{card.said}”" if card.said else ""
    told = [f"Approval: {card.title} [{card.state}]", f"Asked by {card.asked_by}{said}", card.decided, *_steps(card.steps)]
    told += [f"  because: {b}" for b in card.because]
    told += [f"  May answer: {', '.join(card.who)}"] if card.who else []
    left = f" · {_left(card.expires, now)}" if now and card.buttons else ""
    return [*told, *([_print(card.fingerprint) + left] if now else [])]


def _left(expires: datetime, now: datetime) -> str:
    hours = (expires - now).total_seconds() / 3600
    if hours <= 0:
        return "expired"
    return f"expires in {hours / 24:.0f} days" if hours >= 48 else f"expires in {max(hours, 1):.0f} h"
