"""Buttons, and what comes back from them.

A button carries our own key and nothing else: ``{"bellhop": {"verb": …, "ref": …}}``, with ``values`` where pressing it answers a form.
Teams merges the card's inputs into the same object; how an input's id begins says how its value is read:

====== ==================================== =====================
one.   a single value                       as it is
pick.  several of a list, comma-separated   a list, commas unpacked
list.  several, typed with commas           a list
why.   the reason asked for with a button   ``values["reason"]``
====== ==================================== =====================
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.teams.cards import Element, fits, flat, words
from bot.domain.markup import clean
from bot.domain.messages import Button, Style
from bot.errors import BadInput

KEY = "bellhop"
MORE = "more"
FILL = "fill"
PRIMARY = 6
"""Buttons that Teams shows beside each other; the others are behind "…"."""
MOST = 24
ROOM_FOR_BUTTONS = 9_000
REASON = 1_000
MAX_FIELDS = 100
MAX_VALUE = 4_000
MAX_LIST = 200
_VERB = re.compile(r"[a-z][a-z_-]{0,39}")
_STYLES = {Style.PRIMARY: "positive", Style.DANGER: "destructive"}


@dataclass(frozen=True)
class Pressed:
    """What was pressed: the verb and id that the button carried, and what was filled in, by field."""

    verb: str
    ref: str
    values: dict[str, Any] = field(default_factory=dict)


def buttons(given: Sequence[Button], before: Sequence[Element] = ()) -> list[Element]:
    """Buttons as actions, after those in `before`, as many as a card has room for. Where not all can be beside each other, those that
    open a card are: Teams shows an Action.ShowCard behind "…" but does not open it."""
    drawn = [*before, *(button(b, n) for n, b in enumerate(given))][:MOST]
    drawn = drawn[: max(fits(drawn, ROOM_FOR_BUTTONS), 1)]
    if len(drawn) <= PRIMARY:
        return drawn
    cards = [a for a in drawn if a["type"] == "Action.ShowCard"][:PRIMARY]
    beside = [a for a in drawn if a["type"] != "Action.ShowCard"]
    free = PRIMARY - len(cards)
    shown = [a for a in drawn if a in cards or a in beside[:free]]
    return [*shown, *({**a, "mode": "secondary"} for a in beside[free:])]


def button(given: Button, number: int = 0) -> Element:
    """One button; `number` tells its input from those of its neighbours."""
    if not given.ask_reason and not given.confirm:
        return press(given.verb, given.ref, given.label, style=given.style)
    asked = words(given.confirm, limit=500, most=8)
    inputs = [_reason(given, number)] if given.ask_reason else []
    really = press(
        given.verb,
        given.ref,
        given.label if inputs else f"Yes, {_lower(given.label)}",
        style=given.style,
        inputs=bool(inputs),
    )
    inner = {"type": "AdaptiveCard", "body": [*asked, *inputs], "actions": [really]}
    return _styled({"type": "Action.ShowCard", "title": flat(given.label, 60) or "–", "card": inner}, given.style)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _reason(given: Button, number: int) -> Element:
    needed = given.ask_reason == "required"
    asked: Element = {
        "type": "Input.Text",
        "id": f"why.{number}",
        "label": "Why? A sentence is enough." if needed else "Anything to add? You can leave this empty.",
        "isMultiline": True,
        "maxLength": REASON,
    }
    return asked | ({"isRequired": True, "errorMessage": "Please say why, in a sentence."} if needed else {})


def press(
    verb: str, ref: str, label: str, *, values: Mapping[str, Any] | None = None, style: Style = Style.PLAIN, inputs: bool = False
) -> Element:
    """A button that comes back at once; with `inputs` only once the card's inputs are filled in, and with these."""
    same: Element = {"title": flat(label, 60) or "–", "data": data(verb, ref, values), "associatedInputs": "auto" if inputs else "none"}
    same = _styled(same, style)
    return {"type": "Action.Execute", "verb": f"{KEY}/{verb}", **same, "fallback": {"type": "Action.Submit", **same}}


def submit(verb: str, ref: str, label: str, *, values: Mapping[str, Any] | None = None, style: Style = Style.PLAIN) -> Element:
    """A dialog's button: dialogs know no other kind."""
    return _styled({"type": "Action.Submit", "title": flat(label, 60) or "–", "data": data(verb, ref, values)}, style)


def opens(verb: str, ref: str, label: str) -> Element:
    """A button that opens a dialog."""
    fetch = {"msteams": {"type": "task/fetch"}, **data(verb, ref)}
    return {"type": "Action.Submit", "title": flat(label, 60) or "–", "data": fetch, "associatedInputs": "none"}


def data(verb: str, ref: str, values: Mapping[str, Any] | None = None) -> Element:
    return {KEY: {"verb": verb, "ref": ref, **({"values": dict(values)} if values else {})}}


def _styled(action: Element, style: Style) -> Element:
    return action | ({"style": _STYLES[style]} if style in _STYLES else {})


def pressed(value: Any) -> Pressed:
    """What an activity's value brings back: of Action.Execute (``{"action": {"verb", "data"}}``), of Action.Submit (the data itself) or
    of a dialog (``{"data": …}``). BadInput where it is not one of ours; whatever else it holds is not looked at."""
    told = _data(value)
    own = told.get(KEY)
    if not isinstance(own, dict):
        raise BadInput("This button is not one of mine, so nothing was done.")
    verb, ref = own.get("verb"), own.get("ref")
    if not isinstance(verb, str) or not _VERB.fullmatch(verb) or not isinstance(ref, str) or len(ref) > 500 or not ref.isprintable():
        raise BadInput("I could not read what was pressed, so nothing was done. Please try again.")
    preset = own.get("values", {})
    if not isinstance(preset, dict) or len(preset) > MAX_FIELDS or len(told) > 2 * MAX_FIELDS:
        raise BadInput("I could not read what was filled in, so nothing was done. Please try again.")
    values = {_name(n): _preset(_name(n), v) for n, v in preset.items()}
    for name, given in told.items():
        values |= _input(name, given)
    return Pressed(verb, ref, values)


def _data(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("I could not read what was pressed, so nothing was done. Please try again.")
    action = value.get("action")
    inner = action.get("data") if isinstance(action, dict) else value if KEY in value else value.get("data")
    if not isinstance(inner, dict):
        raise BadInput("This button is not one of mine, so nothing was done.")
    verb = action.get("verb") if isinstance(action, dict) else None
    own = inner.get(KEY)
    if verb is not None and isinstance(own, dict) and verb != f"{KEY}/{own.get('verb')}":
        raise BadInput("This button says two different things, so nothing was done.")
    return inner


def _input(name: str, given: Any) -> dict[str, Any]:
    how, dot, field_ = name.partition(".")
    if not dot or how not in ("one", "pick", "list", "why"):
        return {}
    if how == "why":
        return {"reason": _one("reason", given)}
    field_ = _name(field_)
    if how == "one":
        return {field_: _one(field_, given)}
    parts = [p.strip() for p in _one(field_, given, MAX_LIST * 100).split(",")]
    parts = [p for p in parts if p]
    if len(parts) > MAX_LIST:
        raise BadInput(f"That is more than {MAX_LIST} at once; please choose fewer.")
    return {field_: [unpacked(p) for p in parts] if how == "pick" else parts}


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= 100 or not name.isprintable():
        raise BadInput("I could not read what was filled in, so nothing was done. Please try again.")
    return name


def _one(name: str, given: Any, most: int = MAX_VALUE) -> str:
    if given is None:
        return ""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise BadInput(f"What was filled in for “{flat(name, 60)}” is not text, so nothing was done.")
    told = clean(str(given)).strip()
    if len(told) > most:
        raise BadInput(f"What was filled in is too long: {len(told):,} characters, and at most {most:,} are taken.")
    return told


def _preset(name: str, given: Any) -> Any:
    if isinstance(given, list):
        if len(given) > MAX_LIST:
            raise BadInput(f"That is more than {MAX_LIST} at once; please choose fewer.")
        return [_one(name, v) for v in given]
    return given if isinstance(given, int) and not isinstance(given, bool) else _one(name, given)


def packed(value: str) -> str:
    """A value that may stand in a comma-separated list."""
    return value.replace("%", "%25").replace(",", "%2C")


def unpacked(value: str) -> str:
    return value.replace("%2C", ",").replace("%25", "%")


__all__ = ["FILL", "KEY", "MORE", "Pressed", "button", "buttons", "opens", "packed", "press", "pressed", "submit"]
