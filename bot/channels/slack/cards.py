"""Every kind of reply as a sheet: what it shows and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.channels.slack.actions import FILL, pick
from bot.channels.slack.sheet import ANSWER, MESSAGE, Sheet
from bot.channels.slack.text import (
    Json,
    Unit,
    context,
    header,
    heading,
    link,
    literal,
    own,
    quoted,
    section,
    short,
    size,
    spans,
    units,
    when,
)
from bot.domain.markup import Span, clean, elsewhere
from bot.domain.messages import (
    Answer,
    ApprovalCard,
    ApprovalView,
    Brief,
    Button,
    Citation,
    Form,
    PlanCard,
    Reply,
    Said,
    Status,
    StepView,
    Style,
    Text,
)

SIGNS = {
    **dict.fromkeys(("done", "already so", "approved", "resolved", "answered"), "✅"),
    **dict.fromkeys(("failed", "stopped", "refused", "declined"), "❌"),
    **dict.fromkeys(("undone", "undoing"), "↩️"),
    **dict.fromkeys(("lapsed", "cancelled", "not run", "closed"), "➖"),
    "with a human": "👤",
    "running": "⚙️",
    "in progress": "⚙️",
}
WAITING = "⏳"
TONES = {"working": "⏳", "done": "✅", "warning": "⚠️", "failed": "❌"}
_UNRUN = {"running": "waiting", "stopped": "not run"}
"""What a step that has not run is called, by the state of its plan: nothing where none has run yet, or none will."""
_NEVER_RAN = ("refused", "declined", "lapsed", "cancelled")
_TITLE = 140
_NAMES = 8
_SOURCES = 5


def sheet(reply: Reply) -> Sheet:
    """What a reply shows."""
    match reply:
        case Text():
            drawn = Sheet(units=units(reply.text), limits=ANSWER)
        case Answer():
            drawn = _answer(reply)
        case Form():
            drawn = _form(reply)
        case PlanCard():
            drawn = _plan(reply)
        case ApprovalCard():
            drawn = _approval(reply)
        case Status():
            drawn = Sheet(units=_signed(TONES[reply.tone], units(reply.text)), limits=ANSWER)
        case Brief():
            drawn = _brief(reply)
        case Said():
            drawn = Sheet(units=[*section(spans(reply.name, bold=True)), *quoted(reply.text)], limits=ANSWER)
    return replace(drawn, buttons=(*drawn.buttons, *reply.buttons))


def sign(state: str) -> str:
    return SIGNS.get(state, WAITING)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], last: str, most: int = 1000) -> str:
    """a, b or c; past `most`, how many more there are."""
    told = [*words[:most], *([f"{len(words) - most} more"] if len(words) > most else [])]
    return f"{', '.join(told[:-1])} {last} {told[-1]}" if len(told) > 1 else "".join(told)


def fingerprint(print_: str) -> str:
    """The first twelve digits in groups of four, as people compare them."""
    return " ".join(re.findall(".{1,4}", print_[:12]))


def _signed(mark: str, told: list[Unit]) -> list[Unit]:
    """The words with a sign before them; on a line of its own where they do not begin as a paragraph."""
    if not told or re.match(r"[>•`]|\d+\.", told[0].text):
        return [Unit(mark), *(replace(u, opens=False) for u in told[:1]), *told[1:]]
    return [replace(told[0], text=f"{mark} {told[0].text}"), *told[1:]]


def _titled(kind: str, title: str, *captions: str) -> Sheet:
    """A card's head. A title too long for it is told in full below."""
    whole = f"{kind}: {own(title)}" if kind else own(title)
    below = section(spans(title, bold=True)) if size(whole) > _TITLE else []
    return Sheet(head=[header(short(whole, _TITLE)), context(" · ".join(c for c in captions if c))], units=below)


# Answers -----------------------------------------------------------------------------------------------------------------------------


def _answer(answer: Answer) -> Sheet:
    unsure = heading((Span("⚠️ The closest I have. It may not be what you asked."),)) if answer.closest else []
    told = [_source(c) for c in answer.citations[:_SOURCES]]
    foot = [context(*told)] if told else []
    rest = [u for c in answer.citations[_SOURCES:] for u in section(spans(f"📖 {_where(c)} ({c.path})"))]
    return Sheet(units=[*unsure, *units(answer.text), *rest], foot=foot, limits=ANSWER)


def _where(citation: Citation) -> str:
    return citation.title + (f" › {citation.section}" if citation.section else "")


def _source(citation: Citation) -> str:
    """Where a passage stands, as a caption: a link where the knowledge base has an address."""
    name = short(_where(citation), 150) + elsewhere(_where(citation), citation.url)
    told = link(citation.url, name) or f"{literal(name)} ({literal(short(citation.path, 120))})"
    return f"📖 {told}" + (f" · {literal(short(citation.note, 150))}" if citation.note else "")


# Forms -------------------------------------------------------------------------------------------------------------------------------


def _form(form: Form) -> Sheet:
    if form.settled:
        return Sheet(units=section(spans(form.title, bold=True), (Span(" → "),), spans(form.settled)))
    wrong = [u for f in form.fields if f.error for u in section(spans(f"⚠️ {f.label}: {f.error}"))]
    drawn = Sheet(units=[*heading(spans(form.title)), *units(form.text), *wrong])
    picks = pick(form)
    if picks:
        return replace(drawn, picks=picks, units=[*drawn.units, *_details(form, picks)])
    fill = Button(verb=FILL, ref=form.id, label=_fill(form), style=Style.PRIMARY)
    asked = [f.label for f in form.fields if f.label != form.title]
    about = section(spans(f"This asks for: {listed(asked, 'and', 12)}")) if asked else []
    return replace(drawn, buttons=(fill,), units=[*drawn.units, *about])


def _details(form: Form, picks: Sequence[Json]) -> list[Unit]:
    """What buttons have no room for: the choices' details, and labels that are cut."""
    choices = form.fields[0].choices
    if picks[0]["type"] != "button" or not any(c.detail or size(c.label) > 70 for c in choices):
        return []
    told = [section(spans(c.label or c.value, bold=True), spans(f" {c.detail}") and (Span("  "), *spans(c.detail))) for c in choices]
    return [u for line in told for u in line]


def _fill(form: Form) -> str:
    if any(f.kind == "file" for f in form.fields):
        return "Add the document"
    return "Choose" if len(form.fields) == 1 and form.fields[0].choices else "Fill in"


# Plans and approvals -----------------------------------------------------------------------------------------------------------------


def _plan(card: PlanCard) -> Sheet:
    drawn = _titled("Plan", card.title, f"{sign(card.state)} {literal(capital(card.state))}", _progress(card), literal(card.ticket))
    told = [*drawn.units, *section(spans(card.note)), *_awaited(card.approvals)]
    told += _steps(card.steps, card.state)
    for n, approval in enumerate(card.approvals):
        told += [*(heading((Span("Approvals"),)) if not n else []), *_asked(approval, first=not n)]
    return replace(drawn, units=told, foot=[context(_print(card.fingerprint))])


def _print(print_: str) -> str:
    return f"Fingerprint {literal(fingerprint(print_))}"


def _progress(card: PlanCard) -> str:
    through = {"running": ("done", "already so"), "undoing": ("undone",)}.get(card.state)
    if not through:
        return ""
    of = [s for s in card.steps if card.state == "running" or s.state in ("done", "undone")]
    return f"{sum(s.state in through for s in of)} of {len(of)} steps"


def _awaited(approvals: Iterable[ApprovalView]) -> list[Unit]:
    told = []
    for a in approvals:
        if a.state == "open":
            who = listed(a.who, "or", _NAMES)
            told += section((Span(f"{WAITING} Waiting for "), *spans(who or a.kind, bold=True), *spans(f", as {a.kind}" if who else "")))
    return told


def _asked(a: ApprovalView, *, first: bool) -> list[Unit]:
    """One approval: of whom, how it stands, what was said, and why it is needed."""
    told = [*spans(capital(a.kind), bold=True), *_plainly(f": {listed(a.who, 'or')}" if a.who else ""), *_plainly(_state(a.state))]
    told += [*_line(a.decided), *(s for b in a.because for s in _line(f"Why: {b}"))]
    return section(told, opens=not first)


def _state(state: str) -> str:
    return f"  ·  {sign(state)} {capital(state)}" if state else ""


def _plainly(text: str) -> tuple[Span, ...]:
    """As `spans`, with the spaces at its ends."""
    return (Span(clean(text)),) if own(text) else ()


def _line(text: str) -> tuple[Span, ...]:
    told = spans(text)
    return (Span("\n"), *told) if told else ()


def _steps(steps: Sequence[StepView], state: str) -> list[Unit]:
    told: list[Unit] = []
    for n, step in enumerate(steps):
        before = steps[n - 1] if n else None
        repeated = before is not None and (before.rule, before.because) == (step.rule, step.because)
        told += _step(step, state, repeated)
    return told


def _step(step: StepView, state: str, repeated: bool) -> list[Unit]:
    """One step: what, before → after, why (said once where steps share it), what came of it, and through whom."""
    now = step.state if step.state != "waiting" else _UNRUN.get(state, "")
    told = [Span(f"{step.number}. "), *spans(step.sentence, bold=True), *_plainly(_state(now)), *_line(_change(step))]
    rule = f" ({step.rule})" if step.rule and step.rule != "request" else ""
    if step.because and not repeated:
        told += _line(f"Why: {step.because}{rule}")
    elif rule:
        told += _line(f"Same reason{rule}")
    told += _line(step.said)
    told += _line(" · ".join(_how(step, now, state)))
    return section(told)


def _change(step: StepView) -> str:
    """Before → after; where that was undone, back again."""
    ends = (step.before or "nothing", step.after or "nothing")
    return " → ".join(reversed(ends) if step.state == "undone" else ends) if step.before or step.after else ""


def _how(step: StepView, now: str, state: str) -> list[str]:
    by = "By a human at the help desk" if step.vendor == "human" else f"Through {step.vendor}" if step.vendor else ""
    can = step.undoable and now not in ("undone", "failed", "not run", "already so") and state not in _NEVER_RAN
    return [part for part in (by, "can be undone" if can else "") if part]


def _approval(card: ApprovalCard) -> Sheet:
    """What will run is never left out quietly: a card that is cut says so, and so does its Approve button."""
    is_open = bool(card.buttons)
    asked = f"Asked by {literal(short(card.asked_by, 200))}"
    drawn = _titled("Approval", card.title, f"{sign(card.state)} {literal(capital(card.state))}", asked, literal(card.ticket))
    told = [*drawn.units, *quoted(card.said), *section(spans(f"{sign(card.state)} {card.decided}" if card.decided else ""))]
    told += heading((Span("This will run, exactly" if is_open else "What it was about"),))
    told += _steps(card.steps, card.state)
    if card.because:
        told += heading((Span("Why it needs you" if is_open else "Why it was asked"),))
        told += [u for b in card.because for u in section((Span("• "), *spans(b)), opens=False)]
    told += section(spans(f"{'May answer' if is_open else 'Asked'}: {listed(card.who, 'or' if is_open else 'and')}" if card.who else ""))
    until = [f"Open until {when(card.expires)}"] if is_open else []
    return replace(drawn, units=told, foot=[context(" · ".join([*until, _print(card.fingerprint)]))])


def guarded(buttons: Iterable[Button]) -> tuple[Button, ...]:
    """The buttons of a card that is cut: approving asks whether the rest was read."""
    warning = "Not everything that will run is shown in this message. Have you read all of it with “Show everything”?"
    return tuple(b.model_copy(update={"confirm": warning}) if b.verb == "approve" else b for b in buttons)


def _brief(brief: Brief) -> Sheet:
    who = f"From {literal(short(brief.requester, 200))}"
    drawn = _titled("", f"{brief.ticket}: {brief.title}", f"{sign(brief.status)} {literal(capital(brief.status))}", who)
    lines = [u for n, line in enumerate(brief.lines) for u in section((Span("• "), *spans(line)), opens=not n)]
    said = quoted(brief.text) if brief.text.strip() != brief.title.strip() else []
    return replace(drawn, units=[*drawn.units, *said, *lines], limits=MESSAGE)
