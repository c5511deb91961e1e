"""Buttons and menus: what they carry, and what comes back when one is pressed.

An `action_id` reads "bellhop:<verb>:<ask_reason>:<index>", and the button's value is the ref. A form's choice carries the form, the field
and the choice as JSON; a menu names field and form in its `action_id`: "bellhop:form::<field>:<form>". The `block_id` ends with the
channel's id of a post where the button stands outside it, as on the home page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.slack.text import Json, plain_text, size
from bot.domain.messages import Button, Choice, Field_, Form, Style
from bot.errors import BadInput

PREFIX = "bellhop"
MORE = "more"
"""The verb of "Show everything", which the channel answers itself: it opens views.full_view."""
FILL = "fill"
"""The verb of "Fill in", which the channel answers itself: it opens views.form_view."""
FORM = "form"

FEW = 5
"""Choices that are drawn as buttons."""
MOST = 100
"""Options of one menu, or of one group of a menu."""
LONGEST_VALUE = 150
"""Characters of an option's value."""
MENU = 8500
"""Characters of a menu inside a message, whose blocks may not take more than about 12,000 together."""
BUTTONS = 8
_REF = 255
_VERB = 60
_VALUE = 2000


@dataclass(frozen=True)
class Pressed:
    """What was pressed. `label` is the button's own; `at` the id of the post it belongs to, where it stands outside that post."""

    verb: str
    ref: str
    ask_reason: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    at: str = ""


def able(of: Iterable[Button]) -> list[Button]:
    """The buttons that Slack can carry: a reference that is too long belongs to nothing of ours."""
    return [b for b in of if size(b.ref) <= _REF and size(b.verb) <= _VERB and ":" not in b.verb][:BUTTONS]


def actions(elements: Sequence[Json], at: str = "", number: int = 0) -> list[Json]:
    """The elements as one block of actions; none where there are none."""
    return [{"type": "actions", "block_id": f"{PREFIX}:{number}:{at}"[:255], "elements": list(elements)}] if elements else []


def button(of: Button, index: int, value: str | None = None) -> Json:
    drawn: Json = {
        "type": "button",
        "action_id": f"{PREFIX}:{of.verb}:{of.ask_reason}:{index}",
        "text": plain_text(of.label, 75),
        "value": of.ref if value is None else value,
    }
    if of.style is not Style.PLAIN:
        drawn["style"] = of.style.value
    if of.confirm:
        drawn["confirm"] = confirm(of)
    return {k: v for k, v in drawn.items() if v != ""}


def confirm(of: Button) -> Json:
    """The question to say yes to."""
    asked: Json = {
        "title": plain_text(of.label, 100),
        "text": plain_text(of.confirm, 300),
        "confirm": plain_text("Yes", 30),
        "deny": plain_text("No, go back", 30),
    }
    return {**asked, "style": "danger"} if of.style is Style.DANGER else asked


def option(choice: Choice, *, detail: bool = True) -> Json:
    drawn: Json = {"text": plain_text(choice.label or choice.value, 75), "value": choice.value}
    return {**drawn, "description": plain_text(choice.detail, 75)} if detail and choice.detail.strip() else drawn


def fits(choices: Sequence[Choice]) -> bool:
    """Whether a menu can offer these: none too long, and not more than a hundred groups of a hundred."""
    return 0 < len(choices) <= MOST * MOST and all(0 < size(c.value) <= LONGEST_VALUE for c in choices)


def offered(choices: Sequence[Choice], *, detail: bool = True) -> Json:
    """The `options` of a menu, or its `option_groups` where they are more than one list holds."""
    known = list({c.value: c for c in choices}.values())
    if len(known) <= MOST:
        return {"options": [option(c, detail=detail) for c in known]}
    parts = [known[n : n + MOST] for n in range(0, len(known), MOST)]
    return {"option_groups": [_group(part, detail) for part in parts]}


def _group(part: Sequence[Choice], detail: bool) -> Json:
    ends = f"{part[0].label[:30]} – {part[-1].label[:30]}"
    return {"label": plain_text(ends, 75), "options": [option(c, detail=detail) for c in part]}


def pick(form: Form) -> list[Json]:
    """A form's one question as elements to press in the message: buttons, or a menu. Empty where it takes a dialog."""
    if len(form.fields) != 1:
        return []
    asked = form.fields[0]
    if asked.many or not asked.choices or ":" in asked.name:
        return []
    return _choices(form, asked) if len(asked.choices) <= FEW else _menu(form, asked)


def _choices(form: Form, asked: Field_) -> list[Json]:
    values = [json.dumps({"form": form.id, "field": asked.name, "value": c.value}, ensure_ascii=False) for c in asked.choices]
    if any(size(v) > _VALUE // 4 for v in values):
        return []
    names = [c.label or c.value for c in asked.choices]
    drawn = [
        Button(verb=FORM, ref=form.id, label=n if names.count(n) == 1 else told_apart(c)) for n, c in zip(names, asked.choices, strict=True)
    ]
    return [button(b, n, values[n]) for n, b in enumerate(drawn)]


def told_apart(choice: Choice) -> str:
    """A choice's name with what tells it from its namesakes."""
    return f"{choice.label or choice.value} ({choice.detail})" if choice.detail else choice.label or choice.value


def _menu(form: Form, asked: Field_) -> list[Json]:
    name = f"{PREFIX}:{FORM}::{asked.name}:{form.id}"
    if len(asked.choices) > MOST or not fits(asked.choices) or size(name) > 255:
        return []
    for detail in (True, False):
        menu = {
            "type": "static_select",
            "action_id": name,
            "placeholder": plain_text(form.submit or "Choose", 150),
            **offered(asked.choices, detail=detail),
        }
        if size(json.dumps(menu, ensure_ascii=False)) <= MENU:
            return [menu]
    return []


def pressed(action: Json) -> Pressed:
    """One entry of a block_actions payload's `actions`. BadInput where it is none of Bellhop's buttons."""
    parts = str(action.get("action_id", "")).split(":", 4)
    if len(parts) < 4 or parts[0] != PREFIX:
        raise BadInput("I don't know this button; nothing was changed.")
    _, verb, ask_reason, index = parts[:4]
    at = str(action.get("block_id", "")).partition(":")[2].partition(":")[2]
    chosen = action.get("selected_option")
    if action.get("type") == "static_select":
        value = str((chosen or {}).get("value", ""))
        return Pressed(verb, parts[4] if len(parts) > 4 else "", ask_reason, {index: value} if value else {}, at=at)
    label = str((action.get("text") or {}).get("text", ""))
    value = str(action.get("value") or "")
    if verb == FORM:
        return _answered(value, label, at)
    return Pressed(verb, value, ask_reason, {}, label, at)


def _answered(value: str, label: str, at: str) -> Pressed:
    try:
        said = json.loads(value)
        return Pressed(FORM, str(said["form"]), "", {str(said["field"]): str(said["value"])}, label, at)
    except (ValueError, KeyError, TypeError):
        raise BadInput("I don't know this button; nothing was changed.") from None
