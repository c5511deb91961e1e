"""Plans and approvals: what will run, who has to agree, and how it stands. States have a sign and a word, never colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.channels.teams.cards import RUN, Element, boxed, column, columns, flat, hung, pieces, rich, run, says, shortened, words
from bot.channels.teams.fit import Sheet
from bot.domain.messages import ApprovalCard, ApprovalView, PlanCard, StepView

QUOTED = 800
"""Characters of somebody's own words that a card shows, on at most a dozen lines; all of them are behind "Show everything"."""
LINES = 12
BRIEF = 400
"""Characters of what a card always shows, whatever else has to be cut."""
_GOOD, _BUSY, _WAIT, _BAD, _CALM = ("✓", "Good"), ("▸", "Accent"), ("◔", "Accent"), ("✗", "Attention"), ("○", "")
_SIGNS = {
    **dict.fromkeys(("done", "already so", "approved", "resolved", "answered"), _GOOD),
    **dict.fromkeys(("running", "in progress", "undoing"), _BUSY),
    **dict.fromkeys(("waiting for approval", "waiting for proof", "waiting for requester", "open", "proposed"), _WAIT),
    **dict.fromkeys(("failed", "stopped", "refused", "declined"), _BAD),
    "with a human": ("☞", "Accent"),
    "undone": ("↺", ""),
}
_UNRUN = {"running": "waiting", "stopped": "not run"}
_NEVER_RAN = ("refused", "declined", "lapsed", "cancelled")
_NO_UNDO = ("undone", "failed", "not run", "already so")


def state(name: str, before: str = "") -> Element:
    """A state as a sign and a word, after some blanks perhaps."""
    sign, color = _SIGNS.get(name, _CALM)
    return run(f"{before}{sign} {capital(flat(name, 60))}", weight="Bolder", **({"color": color} if color else {}))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def header(kind: str, title: str, stands: str = "", *, short: bool = True) -> list[Element]:
    """What a card is about, and how it stands. Without `short`, a title of any length."""
    above = says(kind, size="Small", isSubtle=True, style="heading")
    shown = rich(run(shortened(" ".join(title.split()), 200), weight="Bolder", size="Medium"), spacing="None")
    chip = [column([rich(state(stands))], "auto")] if stands else []
    rest = words(title) if not short and len(title) > 200 else []
    return [columns(column([above, shown]), *chip), *rest]


def detail(text: str, *, short: bool, limit: int = RUN, **style: Any) -> list[Element]:
    """A sentence of the desk's, a vendor's or a rule's about something, cut in the card and whole in the dialog."""
    return words(" ".join(text.split()), limit=limit if short else 0, **style)


def quoted(text: str, *, short: bool) -> list[Element]:
    """Somebody's own words in a box."""
    return boxed(words(text, limit=QUOTED if short else 0, most=LINES if short else 0))


def plan(card: PlanCard, *, short: bool = True) -> Sheet:
    """A plan as its requester sees it."""
    unrun = _UNRUN.get(card.state, "")
    steps = [s.model_copy(update={"state": unrun}) if s.state == "waiting" else s for s in card.steps]
    return Sheet(
        [*header("Plan", card.title, card.state, short=short), *detail(card.note, short=short, limit=BRIEF), *_progress(card)],
        [
            *_steps(steps, short, undoable=card.state not in _NEVER_RAN),
            *_approvals(card.approvals, short),
        ],
        [_print(card.ticket, card.fingerprint)],
    )


def _progress(card: PlanCard) -> list[Element]:
    counted = {"running": ("done", "already so"), "undoing": ("undone",)}.get(card.state)
    if not counted:
        return []
    of = [s for s in card.steps if s.state in ("done", "undone")] if card.state == "undoing" else card.steps
    return [says(f"{sum(s.state in counted for s in of)} of {len(of)} steps {'undone' if card.state == 'undoing' else 'done'}")]


def _steps(steps: Sequence[StepView], short: bool, *, undoable: bool) -> list[Element]:
    """Each step in a box of its own, so that a card is cut between two; drawn with few parts, so that a long plan fits."""
    told: list[Element] = []
    before: StepView | None = None
    for step in steps:
        repeated = before is not None and (before.rule, before.because) == (step.rule, step.because)
        told += boxed(_step(step, short, repeated, undoable), "", separator=True)
        before = step
    return told


def _step(step: StepView, short: bool, repeated: bool, undoable: bool) -> list[Element]:
    first, *rest = detail(f"{step.number}. {step.sentence}", short=short, weight="Bolder")
    stands = [state(step.state, "   ")] if step.state else []
    said = detail(step.said, short=short)
    why = "" if repeated or not step.because else f"Because: {' '.join(step.because.split())}"
    told = capital(" · ".join(part for part in (why, _rule(step), *_meta(step, undoable)) if part))
    lines = [*rest, *_change(step, short), *said, *detail(told, short=short, isSubtle=True, size="Small")]
    return [rich(*first["inlines"], *stands), *(line | {"spacing": "None"} for line in lines)]


def _rule(step: StepView) -> str:
    return f"rule {step.rule}" if step.rule and step.rule != "request" else ""


def _change(step: StepView, short: bool) -> list[Element]:
    """Before → after; where that was undone, back again."""
    if not step.before and not step.after:
        return []
    before, after = (step.after, step.before) if step.state == "undone" else (step.before, step.after)
    old, new = (" ".join(text.split()) or "nothing" for text in (before, after))
    if short or len(old) + len(new) < RUN:
        return [_arrow(shortened(old, 300), shortened(new, 300)) if short else _arrow(old, new)]
    return [rich(run(p)) for p in (*pieces(f"{old} →"), *pieces(new))]


def _arrow(old: str, new: str) -> Element:
    return rich(run(f"{old} → {new}"))


def _meta(step: StepView, undoable: bool) -> list[str]:
    by = "by a human at the help desk" if step.vendor == "human" else f"through {step.vendor}" if step.vendor else ""
    can = "can be undone" if step.undoable and undoable and step.state not in _NO_UNDO else ""
    return [part for part in (by, can) if part]


def _approvals(approvals: Sequence[ApprovalView], short: bool) -> list[Element]:
    told: list[Element] = []
    for view in approvals:
        who = f": {_people(view.who, short, 'or')}" if view.who else ""
        first, *rest = detail(f"Approval by {view.kind}{who}", short=short)
        told += [rich(*first["inlines"], state(view.state, "   "), spacing="Medium", separator=True), *rest]
        told += [line | {"spacing": "None"} for line in detail(view.decided, short=short)]
        told += [e for b in view.because for e in detail(f"Because: {b}", short=short, isSubtle=True)]
    return told


def _people(names: Sequence[str], short: bool, last: str) -> str:
    """a, b or c; the first dozen in a card."""
    told = list(names[:12]) if short else list(names)
    left = len(names) - len(told)
    told += [f"{left} others"] if left else []
    return ", ".join(told[:-1]) + f" {last} {told[-1]}" if len(told) > 1 else "".join(told)


def approval(card: ApprovalCard, *, short: bool = True) -> Sheet:
    """What an approver is asked: who asks, in which words, what will run, why, and until when."""
    settled = card.state not in ("open", "waiting for an earlier stage")
    steps = [s.model_copy(update={"state": ""}) if s.state == "waiting" else s for s in card.steps]
    asked = rich(run("Asked by "), run(shortened(card.asked_by, 120), weight="Bolder"))
    said = quoted(f"“{card.said.strip()}”", short=short) if card.said.strip() else []
    decided = detail(_decided(card), short=short, limit=BRIEF, weight="Bolder") if settled else []
    why = [e for b in card.because for e in hung(rich(run("•")), detail(b, short=short), spacing="Small")]
    return Sheet(
        [*header("Approval", card.title, card.state, short=short), *decided, asked, *said],
        [
            _section("What it was about" if settled else "This will run, exactly"),
            *_steps(steps, short, undoable=card.state not in _NEVER_RAN),
            *([_section("Why it was asked" if settled else "Why it needs you"), *why] if why else []),
        ],
        [*_answerable(card, settled, short), _print(card.ticket, card.fingerprint)],
    )


def _decided(card: ApprovalCard) -> str:
    return card.decided or f"This is {card.state}."


def _section(title: str) -> Element:
    return says(title, weight="Bolder", spacing="Medium")


def _answerable(card: ApprovalCard, settled: bool, short: bool) -> list[Element]:
    told = detail(f"{'Asked' if settled else 'May answer'}: {_people(card.who, short, 'or')}", short=short) if card.who else []
    return told if settled else [*told, says(f"Please answer by {moment(card.expires)}.", spacing="None")]


def moment(at: datetime) -> str:
    """A moment that Teams shows in its reader's own time and language; only in our own words' text blocks."""
    told = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{{{{DATE({told}, SHORT)}}}} {{{{TIME({told})}}}}"


def _print(ticket: str, fingerprint: str) -> Element:
    groups = " ".join(fingerprint[n : n + 4] for n in range(0, 12, 4))
    parts = [flat(ticket, 40), f"Fingerprint {flat(groups)}" if fingerprint else ""]
    return rich(run(" · ".join(p for p in parts if p) or "–", isSubtle=True, size="Small"))
