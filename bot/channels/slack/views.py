"""Dialogs (Slack's modals): forms, reasons, tickets, and whatever did not fit into a message; and what people sent with them.

What a dialog is about travels in its `private_metadata`, which Slack keeps and people cannot change. An input's `block_id` reads
"field:<number>:<name>", or "list:<number>:<name>" where several are typed with commas between them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from bot.channels.slack.actions import FORM, fits, offered, option
from bot.channels.slack.cards import sheet
from bot.channels.slack.sheet import VIEW, lay
from bot.channels.slack.text import Json, blocks, context, heading, literal, plain_text, short, size, spans, units
from bot.domain.markup import clean
from bot.domain.messages import Field_, Form, Reply
from bot.errors import BadInput

SENT = "bellhop:sent"
"""The `callback_id` of every dialog that can be sent."""
SHOWN = "bellhop:shown"
"""The `callback_id` of those that are only read."""
FILETYPES = ["png", "jpg", "jpeg", "pdf", "heic"]
REASON = "reason"
SUMMARY = "summary"
TICKET = "ticket"
LIST = "list"

_LINE = 3000
_FIELDS = 45


@dataclass(frozen=True)
class Origin:
    """The message a dialog came from: its channel, its ts and its thread's; `at` the post it stands for, where that is another one."""

    channel: str = ""
    ts: str = ""
    thread: str = ""
    at: str = ""


@dataclass(frozen=True)
class Sent:
    """What was sent: `users` holds, by field, ids that the channel has to make addresses of (a list where the field takes many);
    `files`, by field, Slack's file objects, whose names stand in `values` already. Fields left empty are not there."""

    verb: str
    ref: str
    values: dict[str, Any] = field(default_factory=dict)
    users: dict[str, str | list[str]] = field(default_factory=dict)
    files: dict[str, list[Json]] = field(default_factory=dict)
    origin: Origin = Origin()


def form_view(form: Form, origin: Origin, errors: Mapping[str, str] | None = None) -> Json:
    """A form's fields to fill in. `errors`, by field, stand above the fields they are about."""
    wrong = {f.name: f.error for f in form.fields if f.error} | dict(errors or {})
    drawn = blocks([*heading(spans(form.title)), *units(short(form.text, 6000))])[:8]
    for n, asked in enumerate(form.fields[:_FIELDS]):
        if wrong.get(asked.name):
            drawn.append(context(f"⚠️ {literal(short(wrong[asked.name], 500))}"))
        drawn.append(_input(n, asked))
    return _view(form.title, drawn, FORM, form.id, origin, form.submit or "Continue")


def reason_view(label: str, verb: str, ref: str, required: bool, origin: Origin) -> Json:
    """Asks for a sentence before a button counts."""
    asked = Field_(name=REASON, label="Reason" if required else "Anything to add?", kind="long", required=required)
    asked = asked.model_copy(update={"help": "Those concerned will read this."})
    return _view(label, [_input(0, asked)], verb, ref, origin, label)


def ticket_view(summary: str, origin: Origin) -> Json:
    """Asks what a new ticket is about; `summary` is the message it was made from."""
    asked = Field_(name=SUMMARY, label="What do you need?", kind="long", value=summary, help="A colleague at the help desk will read this.")
    return _view("Create a ticket", [_input(0, asked)], TICKET, "", origin, "Create ticket")


def full_view(reply: Reply) -> Json:
    """All of a reply, to read. Beyond what a dialog holds, it says so."""
    made = replace(sheet(reply), buttons=(), picks=[])
    drawn = lay(made, VIEW, more=False).blocks
    return {
        "type": "modal",
        "callback_id": SHOWN,
        "title": plain_text("Everything", 24),
        "close": plain_text("Close", 24),
        "blocks": drawn or [context("There is nothing more.")],
    }


def _view(title: str, drawn: list[Json], verb: str, ref: str, origin: Origin, submit: str) -> Json:
    about = json.dumps({"verb": verb, "ref": ref, **{k: v for k, v in asdict(origin).items() if v}})
    ids = [b["block_id"] for b in drawn if "block_id" in b]
    if size(about) > 3000 or any(size(i) > 255 for i in ids):
        raise BadInput("This question does not fit into a dialog. Please write the answer in the thread.")
    return {
        "type": "modal",
        "callback_id": SENT,
        "title": plain_text(title, 24),
        "submit": plain_text(submit, 24),
        "close": plain_text("Cancel", 24),
        "private_metadata": about,
        "blocks": drawn,
    }


# Fields ------------------------------------------------------------------------------------------------------------------------------


def _input(number: int, asked: Field_) -> Json:
    element = _element(asked)
    several = asked.many and element["type"] == "plain_text_input"
    drawn: Json = {
        "type": "input",
        "block_id": f"{LIST if several else 'field'}:{number}:{asked.name}",
        "label": plain_text(asked.label or asked.name, 300),
        "element": {**element, "action_id": "value"},
        "optional": not asked.required,
    }
    hint = _hint(asked, several)
    return {**drawn, "hint": plain_text(hint, 600)} if hint else drawn


def _hint(asked: Field_, several: bool) -> str:
    told = [asked.help, "Several, with commas between them." if several else ""]
    if asked.choices and not fits(asked.choices):
        told.append(f"One of: {', '.join(c.label for c in asked.choices[:50])}")
    return " ".join(t for t in told if t)


def _element(asked: Field_) -> Json:
    """The element that asks for this kind; a line of text wherever a better one could not hold what is there already."""
    if asked.choices and fits(asked.choices):
        return _choice(asked)
    if asked.kind == "file":
        return {"type": "file_input", "filetypes": FILETYPES, "max_files": 1}
    if asked.kind == "person" and not asked.value:
        return {"type": "multi_users_select" if asked.many else "users_select"}
    if asked.kind == "date" and not asked.many and (not asked.value or _is_day(asked.value)):
        return {"type": "datepicker", **({"initial_date": str(asked.value)} if asked.value else {})}
    if asked.kind == "number" and not asked.many and (asked.value is None or _is_number(asked.value)):
        return {"type": "number_input", "is_decimal_allowed": True, **({} if asked.value is None else {"initial_value": str(asked.value)})}
    return _text(asked)


def _text(asked: Field_) -> Json:
    value = ", ".join(map(str, asked.value)) if isinstance(asked.value, list | tuple) else str(asked.value or "")
    drawn: Json = {"type": "plain_text_input", "multiline": asked.kind == "long", "max_length": _LINE}
    return {**drawn, "initial_value": short(value, _LINE)} if value else drawn


def _choice(asked: Field_) -> Json:
    known = {c.value: c for c in asked.choices}
    given = asked.value if isinstance(asked.value, list | tuple) else [asked.value]
    chosen = [option(known[v]) for v in dict.fromkeys(map(str, given)) if v in known]
    if not asked.many:
        return {"type": "static_select", **offered(asked.choices), **({"initial_option": chosen[0]} if chosen else {})}
    kind = "checkboxes" if len(known) <= 10 else "multi_static_select"
    return {"type": kind, **offered(asked.choices), **({"initial_options": chosen} if chosen else {})}


def _is_day(value: Any) -> bool:
    try:
        return date.fromisoformat(str(value)).isoformat() == str(value)
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return bool(re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", str(value), re.ASCII))


# What was sent -----------------------------------------------------------------------------------------------------------------------


def read(view: Json) -> Sent:
    """A view_submission's view. BadInput where it is none of Bellhop's dialogs."""
    if view.get("callback_id") != SENT:
        raise BadInput("I don't know this dialog; nothing was changed.")
    try:
        about = json.loads(view["private_metadata"])
        origin = Origin(**{k: str(v) for k, v in about.items() if k in Origin.__dataclass_fields__})
        sent = Sent(str(about["verb"]), str(about["ref"]), origin=origin)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("I don't know this dialog; nothing was changed.") from None
    for block, states in ((view.get("state") or {}).get("values") or {}).items():
        _read(sent, block, (states or {}).get("value") or {})
    return sent


def _read(sent: Sent, block: str, state: Json) -> None:
    """One field's state, by what it holds."""
    how, _, name = block.split(":", 2) if block.count(":") > 1 else ("", "", block)
    match state.get("type"):
        case "users_select" if state.get("selected_user"):
            sent.users[name] = state["selected_user"]
        case "multi_users_select" if state.get("selected_users"):
            sent.users[name] = list(state["selected_users"])
        case "static_select" if state.get("selected_option"):
            sent.values[name] = str(state["selected_option"].get("value", ""))
        case "multi_static_select" | "checkboxes" if state.get("selected_options"):
            sent.values[name] = [str(o.get("value", "")) for o in state["selected_options"]]
        case "datepicker" if state.get("selected_date"):
            sent.values[name] = state["selected_date"]
        case "file_input" if state.get("files"):
            sent.files[name] = list(state["files"])
            sent.values[name] = str(state["files"][0].get("name", ""))
        case "plain_text_input" if how == LIST and (typed := str(state.get("value") or "")).strip(" ,"):
            sent.values[name] = [part.strip() for part in clean(typed).split(",") if part.strip()]
        case "plain_text_input" | "number_input" if str(state.get("value") or "").strip():
            sent.values[name] = clean(str(state["value"])).strip()


def field_errors(view: Json, errors: Mapping[str, str]) -> dict[str, str]:
    """The sentences by the `block_id` they belong to, for `response_action: errors`; what belongs to no field stands at the first."""
    ids = {str(b["block_id"]).split(":", 2)[-1]: str(b["block_id"]) for b in view.get("blocks", ()) if b.get("type") == "input"}
    first = next(iter(ids.values()), "")
    told: dict[str, str] = {}
    for name, sentence in errors.items():
        block = ids.get(name, first)
        if block:
            told[block] = short(f"{told.get(block, '')} {sentence}".strip(), 500)
    return told
