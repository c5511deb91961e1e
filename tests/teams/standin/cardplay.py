"""Reading and using an Adaptive Card as a Teams client does: what it shows, its buttons, and what its inputs would send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_NESTED = ("items", "columns", "rows", "cells", "actions", "inlines", "facts", "body")
_READ = ("text", "title", "label", "placeholder", "errorMessage", "altText")


class NotSent(AssertionError):
    """The client would not send this: a required input is empty, a value does not fit, there is no such button."""


@dataclass(frozen=True)
class Found:
    """A button, and the cards it stands in, outermost first (more than one inside an Action.ShowCard)."""

    action: Json
    cards: tuple[Json, ...]


def elements(node: Any) -> Iterator[Json]:
    """Everything in a card but what an Action.ShowCard unfolds."""
    if isinstance(node, list):
        for one in node:
            yield from elements(one)
    elif isinstance(node, dict):
        yield node
        for name in _NESTED:
            yield from elements(node.get(name) or [])
        if "selectAction" in node:
            yield node["selectAction"]


def buttons(card: Json, above: tuple[Json, ...] = ()) -> Iterator[Found]:
    """Every action, also those that an Action.ShowCard unfolds."""
    for one in elements({"items": [{k: v for k, v in card.items() if k in ("body", "actions", "selectAction")}]}):
        if str(one.get("type", "")).startswith("Action."):
            yield Found(one, (*above, card))
            if one["type"] == "Action.ShowCard":
                yield from buttons(one["card"], (*above, card))


def titles(card: Json) -> list[str]:
    return [str(f.action.get("title", "")) for f in buttons(card) if f.action.get("title")]


def read(card: Json) -> str:
    """Everything that a person can read in a card, unfolded parts included, line by line."""
    said: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict) and node.get("type") == "RichTextBlock":
            said.append("".join(str(run.get("text", "")) for run in node["inlines"]))
        elif isinstance(node, dict):
            said.extend(str(node[k]) for k in _READ if isinstance(node.get(k), str))
            if "title" in node and "value" in node and "type" not in node:
                said.append(str(node["value"]))
            if str(node.get("type", "")).startswith("Input.") and node.get("value"):
                said.append(str(node["value"]))
            for name, one in node.items():
                if name not in ("data", "msteams", "refresh"):
                    walk(one)

    walk(card)
    return "\n".join(said)


def inputs(cards: tuple[Json, ...]) -> dict[str, Json]:
    """The inputs that a button of the last of these cards gathers, by id."""
    return {e["id"]: e for card in cards for e in elements(card) if str(e.get("type", "")).startswith("Input.")}


def press(card: Json, title: str, given: Mapping[str, Any]) -> tuple[Json, Json]:
    """The action of this title, and what it sends: its data with the values of the inputs. Inputs are named by id or label."""
    found = _unfolded(card, title)
    action, known = found.action, inputs(found.cards)
    if action.get("isEnabled") is False:
        raise NotSent(f"{title!r} is greyed out.")
    if action["type"] in ("Action.OpenUrl", "Action.ShowCard", "Action.ToggleVisibility"):
        raise NotSent(f"{title!r} sends nothing: it is an {action['type']}.")
    data = action.get("data") or {}
    return action, {**data, **gathered(known, given, checked=action.get("associatedInputs") != "none")} if isinstance(data, dict) else data


def _unfolded(card: Json, title: str) -> Found:
    """The button of this title; where it unfolds a card, that card's own button of the same title, or its only one."""
    named = [f for f in buttons(card) if f.action.get("title") == title]
    if not named:
        raise NotSent(f"There is no button {title!r}; there are {titles(card)}.")
    first = named[0]
    if first.action["type"] != "Action.ShowCard":
        return first
    inner = [f for f in buttons(first.action["card"], first.cards) if sends(f.action)]
    return next((f for f in inner if f.action.get("title") == title), inner[0])


def sends(action: Json) -> bool:
    return str(action["type"]) in ("Action.Execute", "Action.Submit")


def gathered(known: Mapping[str, Json], given: Mapping[str, Any], *, checked: bool = True) -> Json:
    """The values of the inputs as a client sends them: strings, many choices joined by commas."""
    if not checked:
        if given:
            raise NotSent("This button sends no inputs.")
        return {}
    left, values = dict(given), {}
    for name, element in known.items():
        value = left.pop(name, left.pop(str(element.get("label", "")), element.get("value", "")))
        values[name] = _checked(element, value)
    if left:
        raise NotSent(f"There is no input {', '.join(map(repr, left))}; there are {[(n, e.get('label')) for n, e in known.items()]}.")
    return {name: value for name, value in values.items() if value != "" or known[name]["type"] == "Input.Toggle"}


def _checked(element: Json, value: Any) -> str:
    told = ",".join(value) if isinstance(value, list | tuple) else str(value)
    name = f"{element.get('label') or element['id']}"
    if element["type"] == "Input.Toggle":
        return told or str(element.get("valueOff", "false"))
    if not told and element.get("isRequired"):
        raise NotSent(f"{name}: {element.get('errorMessage', 'this is required')}")
    if element["type"] == "Input.ChoiceSet" and told and element.get("style") != "filtered":
        _offered(element, told, name)
    if told and element.get("regex") and not re.search(element["regex"], told):
        raise NotSent(f"{name}: {element.get('errorMessage', 'this does not fit')}")
    if element["type"] == "Input.Date" and told and not re.fullmatch(r"\d{4}-\d\d-\d\d", told):
        raise NotSent(f"{name}: this is no date")
    return told[: int(element["maxLength"])] if element.get("maxLength") else told


def _offered(element: Json, told: str, name: str) -> None:
    offered = {str(c["value"]) for c in element.get("choices", [])}
    chosen = told.split(",") if element.get("isMultiSelect") else [told]
    if "choices.data" not in element and not set(chosen) <= offered:
        raise NotSent(f"{name}: {told!r} is not offered; there are {sorted(offered)}")
