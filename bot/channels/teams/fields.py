"""Questions of a form as inputs of a card. What they bring back is read by `actions.pressed`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.teams.actions import MAX_VALUE, packed
from bot.channels.teams.cards import Element, flat, rich, run
from bot.domain.markup import clean
from bot.domain.messages import Choice, Field_, Form

FILE = "Please send the photo here in this chat, with the paper-clip or by pasting the picture. Cards cannot take files."
_ALWAYS_SHOWN = 10
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def inputs(fields: Sequence[Field_], *, strict: bool = True, typed: bool = False) -> list[Element]:
    """The fields as elements, each with what was wrong with its last answer. With `strict` Teams itself asks for those that must be
    filled in; with `typed` names are typed rather than picked, for lists too long to send."""
    return [element for field in fields for element in _field(field, strict, typed)]


def _field(field: Field_, strict: bool, typed: bool) -> list[Element]:
    told = [rich(run(f"✗ {flat(field.error, 300)}", color="Attention", weight="Bolder"))] if field.error else []
    if field.kind == "file":
        asked = rich(run(flat(field.label), weight="Bolder"), spacing="Medium")
        helped = [rich(run(flat(field.help), isSubtle=True), spacing="None")] if field.help else []
        return [asked, *helped, *told, rich(run(FILE), spacing="None")]
    return [*told, _labelled(field, strict) | _asked(field, typed)]


def _labelled(field: Field_, strict: bool) -> Element:
    label = flat(field.label) or field.name
    if field.required and strict:
        return {"label": label, "isRequired": True, "errorMessage": "Please fill this in."}
    return {"label": label if field.required else f"{label} (optional)"}


def _asked(field: Field_, typed: bool) -> Element:
    choices = unique(field.choices)
    if choices and not typed:
        return _picked(field, choices)
    given = "" if field.value is None or isinstance(field.value, list | tuple | dict) else str(field.value)
    if field.kind == "date" and not field.many:
        day = {"value": given} if re.fullmatch(r"\d{4}-\d\d-\d\d", given) else {}
        return {"type": "Input.Date", "id": f"one.{field.name}", **day}
    if field.kind == "number" and not field.many:
        number = {"value": float(given) if "." in given else int(given)} if _NUMBER.fullmatch(given) else {}
        return {"type": "Input.Number", "id": f"one.{field.name}", **number}
    return _written(field, given)


def _written(field: Field_, given: str) -> Element:
    help_ = flat(field.help, 120)
    if field.many:
        given = ", ".join(map(str, field.value)) if isinstance(field.value, list | tuple) else given
        help_ = " · ".join(h for h in (help_, "Several, with commas between them") if h)
    told: Element = {"type": "Input.Text", "id": f"{'list' if field.many else 'one'}.{field.name}", "maxLength": MAX_VALUE}
    told |= {"isMultiline": True} if field.kind in ("long", "address") else {}
    told |= {"placeholder": help_} if help_ else {}
    return told | ({"value": clean(given)[:MAX_VALUE]} if clean(given) else {})


def _picked(field: Field_, choices: Sequence[Choice]) -> Element:
    spelled = packed if field.many else str
    offered = [{"title": flat(titled(c), 120) or flat(c.value, 120) or "–", "value": spelled(c.value)} for c in choices]
    told: Element = {"type": "Input.ChoiceSet", "id": f"{'pick' if field.many else 'one'}.{field.name}", "choices": offered}
    if field.many:
        told |= {"isMultiSelect": True, "style": "expanded" if len(choices) <= _ALWAYS_SHOWN else "compact", "wrap": True}
    else:
        told |= {"style": "compact" if len(choices) <= _ALWAYS_SHOWN else "filtered", "placeholder": "Choose one"}
    given = field.value if isinstance(field.value, list | tuple) else [field.value]
    chosen = [c["value"] for c in offered if c["value"] in [spelled(str(g)) for g in given]]
    return told | ({"value": ",".join(chosen) if field.many else chosen[0]} if chosen else {})


def unique(choices: Sequence[Choice]) -> list[Choice]:
    """The choices, each value once; an empty one cannot be chosen."""
    return list({c.value: c for c in choices if c.value.strip()}.values())


def titled(choice: Choice) -> str:
    """A choice's label and what tells it from its namesakes."""
    return f"{choice.label} ({choice.detail})" if choice.detail else choice.label or choice.value


def meant(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with typed names in place of picks read as the choices they name, whatever their case. What names none stays as it
    is, for the desk to say what is wrong with it."""
    known = {field.name: _names(field.choices) for field in form.fields if field.choices}
    return {name: _known(value, known.get(name, {})) for name, value in values.items()}


def _names(choices: Sequence[Choice]) -> dict[str, str]:
    """Each choice's value by its label, where the label is nobody else's."""
    labels = [c.label.casefold() for c in choices]
    values = {c.value for c in choices}
    return {c.label.casefold(): c.value for c in choices if labels.count(c.label.casefold()) == 1 and c.label not in values}


def _known(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_known(v, names) for v in value]
    return names.get(value.strip().casefold(), value) if isinstance(value, str) else value
