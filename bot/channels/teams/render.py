"""Replies as Adaptive Cards 1.5, each small enough for one message of Teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.teams import plans
from bot.channels.teams.actions import FILL, buttons, opens, press
from bot.channels.teams.cards import ROOM, Element, boxed, card, fits, flat, hung, rich, run, says, shortened, size, words
from bot.channels.teams.fields import inputs, titled, unique
from bot.channels.teams.fit import Sheet, fitted
from bot.channels.teams.text import blocks, link
from bot.domain.markup import elsewhere, plain
from bot.domain.messages import Answer, ApprovalCard, Brief, Citation, Field_, Form, PlanCard, Post, Reply, Said, Status, Style, Text

FEW = 5
"""Choices that are shown as buttons."""
INLINE = 8
"""Fields that a card asks for itself; more are asked for in a dialog."""
_TONES = {"working": ("◔", "Accent"), "done": ("✓", "Good"), "warning": ("⚠", "Warning"), "failed": ("✗", "Attention")}
_CLOSEST = "⚠ The closest I have. It may not be what you asked."
_READ_FIRST = "There is more than fits here. Please read all of it before you answer."


@dataclass(frozen=True)
class Drawn:
    """A reply as Teams shows it: `summary` for notifications and lists, plain text, and the Adaptive Card."""

    summary: str
    card: Element


def draw(post: Post) -> Drawn:
    """A post as a card. What does not fit is behind "Show everything": ``task/fetch`` with verb "more" and the post's key."""
    return drawn(post.reply, post.key)


def drawn(reply: Reply, more: str = "") -> Drawn:
    """A reply as a card; `more` is the ref of its "Show everything" button, "" where nobody could answer that."""
    if isinstance(reply, Form):
        return Drawn(summary(reply), _form(reply, more))
    warning = {"warning": _READ_FIRST} if isinstance(reply, ApprovalCard) and reply.buttons else {}
    actions = buttons(reply.buttons)
    if isinstance(reply, Answer) and any(c.quote for c in reply.citations):
        quoted = card(_answer(reply, quotes=True).all, actions)
        if size(quoted) <= ROOM:
            return Drawn(summary(reply), quoted)
    return Drawn(summary(reply), fitted(sheet(reply), actions, more, **warning, cut=bool(more) and _details_cut(reply)))


def _details_cut(reply: Reply) -> bool:
    """Whether the card leaves out some of a long detail, though it has room for every line."""
    if isinstance(reply, Answer):
        return False
    return _words(sheet(reply).all) != _words(sheet(reply, short=False).all)


def _words(part: Any) -> str:
    """Everything that is read in these elements, whatever the lines."""
    if isinstance(part, dict):
        return "".join(str(part["text"]).split()) if isinstance(part.get("text"), str) else _words(list(part.values()))
    return "".join(map(_words, part)) if isinstance(part, list) else ""


def summary(reply: Reply) -> str:
    """What a notification says, in a line."""
    match reply:
        case Form():
            told = f"{reply.title}: {reply.settled}" if reply.settled else f"{reply.title} {plain(reply.text)}"
        case PlanCard():
            told = f"Plan: {reply.title} ({reply.state})"
        case ApprovalCard():
            told = f"Approval: {reply.title} ({reply.state})"
        case Brief():
            told = f"{reply.ticket}: {reply.title} ({reply.status})"
        case Said():
            told = f"{reply.name}: {reply.text}"
        case _:
            told = plain(reply.text)
    return flat(told) or "Bellhop"


def sheet(reply: Reply, *, short: bool = True) -> Sheet:
    """What a reply's card shows, without its buttons; with `short`, long details cut, else all there is."""
    match reply:
        case Text():
            told = Sheet(body=blocks(reply.text) or [rich(run("–"))])
        case Answer():
            told = _answer(reply, quotes=not short, short=short)
        case Form():
            told = Sheet(body=_about(reply, short=short) or words(reply.title) or [rich(run("–"))])
        case PlanCard():
            told = plans.plan(reply, short=short)
        case ApprovalCard():
            told = plans.approval(reply, short=short)
        case Status():
            told = _status(reply)
        case Brief():
            told = _brief(reply, short=short)
        case Said():
            told = _said(reply, short=short)
    return told


def _status(reply: Status) -> Sheet:
    sign, color = _TONES[reply.tone]
    mark = rich(run(sign, color=color, weight="Bolder"))
    return Sheet(body=hung(mark, blocks(reply.text), "24px"))


def _answer(reply: Answer, *, quotes: bool, short: bool = True) -> Sheet:
    head = [says(_CLOSEST, weight="Bolder")] if reply.closest else []
    sources = _sources(reply.citations, quotes, hidden=short)
    kept = fits(sources, 6_000) if short and not quotes else len(sources)
    return Sheet(head, [*blocks(reply.text), *sources[kept:]], sources[:kept])


def _sources(citations: Sequence[Citation], quotes: bool, *, hidden: bool) -> list[Element]:
    if not citations:
        return []
    told = [says("Sources" if len(citations) > 1 else "Source", weight="Bolder", size="Small", spacing="Medium", separator=True)]
    quoted = []
    for number, citation in enumerate(citations, 1):
        told += _source(citation, number)
        if quotes and citation.quote.strip():
            boxes = [b | ({"id": f"quote.{number}.{n}", "isVisible": False} if hidden else {}) for n, b in enumerate(_quote(citation))]
            quoted += [b["id"] for b in boxes if hidden]
            told += boxes
    return [*told, *([_toggle(quoted)] if quoted else [])]


def _source(citation: Citation, number: int) -> list[Element]:
    title = citation.title + (f" › {citation.section}" if citation.section else "")
    shown = rich(run((shortened(title, 200) or citation.path) + elsewhere(title, citation.url), **link(citation.url)))
    note = [rich(run(shortened(citation.note, 200), isSubtle=True), spacing="None")] if citation.note else []
    return hung(rich(run(f"{number}.")), [shown, *note], spacing="Small")


def _quote(citation: Citation) -> list[Element]:
    return boxed(words(plain(citation.quote)) or [rich(run("–"))])


def _toggle(quoted: Sequence[str]) -> Element:
    return {
        "type": "ActionSet",
        "actions": [
            {
                "type": "Action.ToggleVisibility",
                "title": "Show the passages" if len(quoted) > 1 else "Show the passage",
                "targetElements": list(quoted),
            }
        ],
    }


def _brief(reply: Brief, *, short: bool) -> Sheet:
    whose = rich(run("From "), run(shortened(reply.requester, 120), weight="Bolder"), run(f" · {flat(reply.ticket, 40)}"))
    said = plans.quoted(reply.text, short=short) if reply.text.strip() not in ("", reply.title.strip()) else []
    lines = [e for text in reply.lines for e in hung(rich(run("•")), words(text) or [rich(run("–"))], spacing="Small")]
    return Sheet([*plans.header("Ticket", reply.title, reply.status, short=short), whose], [*said, *lines])


def _said(reply: Said, *, short: bool) -> Sheet:
    who = rich(run(shortened(reply.name, 120), weight="Bolder"), run(" wrote:", isSubtle=True))
    return Sheet([who], boxed(words(reply.text) or [rich(run("–"))]))


def _about(form: Form, *, short: bool = True) -> list[Element]:
    alone = len(form.fields) == 1 and form.fields[0].label == form.title and not form.settled and form.fields[0].kind != "file"
    shown = shortened(form.title, 200) if short else form.title
    title = [] if alone else words(shown, weight="Bolder", size="Medium")
    told = [*title, *blocks(form.text)]
    return [*told, *words(f"✓ {form.settled}", limit=800 if short else 0)] if form.settled else told


def _form(form: Form, more: str) -> Element:
    about = _about(form) or [rich(run("–"))]
    if form.settled or not form.fields:
        return fitted(Sheet(body=about), buttons(form.buttons), more)
    field = form.fields[0]
    if len(form.fields) == 1 and field.kind != "file" and not field.many and 0 < len(unique(field.choices)) <= FEW:
        return fitted(_pick(form, field), buttons(form.buttons, _choices(form, field)), more)
    asked = inputs(form.fields, strict=not any(b.ask_reason for b in form.buttons))
    sent = [] if all(f.kind == "file" for f in form.fields) else [press("form", form.id, form.submit, style=Style.PRIMARY, inputs=True)]
    actions = buttons(form.buttons, sent)
    if len(form.fields) <= INLINE and size(card(asked, actions)) <= ROOM - 4_000:
        return fitted(Sheet(body=_about(form), foot=asked), actions, more)
    return fitted(Sheet(body=about, foot=_unasked(form)), buttons(form.buttons, [opens(FILL, form.id, "Fill in")]), more)


def _pick(form: Form, field: Field_) -> Sheet:
    """One question with a few answers: each is a button; what tells namesakes apart stands above."""
    error = [rich(run(f"✗ {flat(field.error, 300)}", color="Attention", weight="Bolder"))] if field.error else []
    label = [] if field.label == form.title else words(field.label, limit=200, weight="Bolder")
    title = words(form.title, limit=200, weight="Bolder", size="Medium")
    told = [e for c in unique(field.choices) if c.detail for e in hung(rich(run("•")), words(flat(titled(c), 300)), spacing="Small")]
    return Sheet(body=[*title, *blocks(form.text)], foot=[*label, *told, *error])


def _choices(form: Form, field: Field_) -> list[Element]:
    choices = unique(field.choices)
    labels = [c.label for c in choices]
    names = [c.label if c.label and labels.count(c.label) == 1 else titled(c) for c in choices]
    return [press("form", form.id, n, values={field.name: c.value}) for n, c in zip(names, choices, strict=True)]


def _unasked(form: Form) -> list[Element]:
    """What a dialog will ask, in a line; and what was wrong with the last answers."""
    wrong = [f for f in form.fields if f.error][:3]
    told = says(f"{len(form.fields)} question{'s' if len(form.fields) > 1 else ''} to answer.", isSubtle=True)
    return [told, *(rich(run(f"✗ {flat(f'{f.label}: {f.error}', 300)}", color="Attention", weight="Bolder")) for f in wrong)]
