"""Refuses what Teams refuses, or silently does not show, of an Adaptive Card 1.5.

From the published 1.5 schema and the Teams documentation on cards: https only, 28 KB a message, six buttons beside each other,
no Action.ShowCard behind "…" (it is drawn there and does nothing), no Action.Execute in dialogs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST = 28 * 1024
DEEPEST = 1
BESIDE = 6

Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def day(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))


def one_of(*names: str) -> Check:
    return lambda value: isinstance(value, str) and value.lower() in names


def https(value: Any) -> bool:
    return isinstance(value, str) and bool(re.match(r"https://[^/\s]+", value))


def address(value: Any) -> bool:
    return isinstance(value, str) and bool(re.match(r"https?://[^/\s]+\S*$", value))


def width(value: Any) -> bool:
    return number(value) or (isinstance(value, str) and bool(re.fullmatch(r"auto|stretch|\d+px|\d+", value)))


def anything(value: Any) -> bool:
    return True


SPACING = one_of("default", "none", "small", "medium", "large", "extralarge", "padding")
COLOR = one_of("default", "dark", "light", "accent", "good", "warning", "attention")
SIZE = one_of("default", "small", "medium", "large", "extralarge")
WEIGHT = one_of("default", "lighter", "bolder")
FONT = one_of("default", "monospace")
ALIGN = one_of("left", "center", "right")
VERTICAL = one_of("top", "center", "bottom")
STYLE = one_of("default", "emphasis", "good", "attention", "warning", "accent")

ANY: dict[str, Check] = {
    "type": filled,
    "id": filled,
    "isVisible": flag,
    "requires": lambda v: isinstance(v, dict),
    "fallback": anything,
}
ELEMENT = ANY | {"spacing": SPACING, "separator": flag, "height": one_of("auto", "stretch")}
BOX = ELEMENT | {"style": STYLE, "bleed": flag, "minHeight": text, "selectAction": anything, "verticalContentAlignment": VERTICAL}
INPUT = ELEMENT | {"label": filled, "isRequired": flag, "errorMessage": filled}
RUN = {"color": COLOR, "fontType": FONT, "isSubtle": flag, "size": SIZE, "weight": WEIGHT}
ACTION = ANY | {
    "title": filled,
    "iconUrl": https,
    "style": one_of("default", "positive", "destructive"),
    "mode": one_of("primary", "secondary"),
    "tooltip": text,
    "isEnabled": flag,
}
ASSOCIATED = one_of("auto", "none")
NESTED = anything

ELEMENTS: dict[str, dict[str, Check]] = {
    "TextBlock": ELEMENT
    | RUN
    | {
        "text": filled,
        "wrap": flag,
        "maxLines": number,
        "horizontalAlignment": ALIGN,
        "style": one_of("default", "heading", "columnheader"),
    },
    "RichTextBlock": ELEMENT | {"inlines": NESTED, "horizontalAlignment": ALIGN},
    "Container": BOX | {"items": NESTED},
    "ColumnSet": BOX | {"columns": NESTED, "horizontalAlignment": ALIGN},
    "FactSet": ELEMENT | {"facts": NESTED},
    "Table": ELEMENT
    | {
        "columns": NESTED,
        "rows": NESTED,
        "firstRowAsHeader": flag,
        "showGridLines": flag,
        "gridStyle": STYLE,
        "horizontalCellContentAlignment": ALIGN,
        "verticalCellContentAlignment": VERTICAL,
    },
    "Image": ELEMENT | {"url": https, "altText": filled, "size": one_of("auto", "stretch", "small", "medium", "large"), "width": text},
    "ActionSet": ELEMENT | {"actions": NESTED},
    "Input.Text": INPUT
    | {
        "value": text,
        "placeholder": text,
        "maxLength": number,
        "isMultiline": flag,
        "regex": text,
        "style": one_of("text", "tel", "url", "email", "password"),
        "inlineAction": anything,
    },
    "Input.ChoiceSet": INPUT
    | {
        "value": text,
        "choices": NESTED,
        "placeholder": text,
        "style": one_of("compact", "expanded", "filtered"),
        "isMultiSelect": flag,
        "wrap": flag,
    },
    "Input.Date": INPUT | {"value": day, "min": day, "max": day, "placeholder": text},
    "Input.Number": INPUT | {"value": number, "min": number, "max": number, "placeholder": text},
    "Input.Toggle": INPUT | {"title": filled, "value": text, "valueOn": text, "valueOff": text, "wrap": flag},
    "Input.Time": INPUT | {"value": text, "min": text, "max": text, "placeholder": text},
}
PARTS: dict[str, dict[str, Check]] = {
    "TextRun": {
        "type": filled,
        "text": lambda v: isinstance(v, str) and v != "",
        "italic": flag,
        "strikethrough": flag,
        "underline": flag,
        "highlight": flag,
        "selectAction": anything,
    }
    | RUN,
    "Column": BOX | {"items": NESTED, "width": width},
    "TableRow": {"type": filled, "cells": NESTED, "style": STYLE, "horizontalCellContentAlignment": ALIGN},
    "TableCell": BOX | {"items": NESTED},
    "TableColumnDefinition": {
        "width": width,
        "horizontalCellContentAlignment": ALIGN,
        "verticalCellContentAlignment": VERTICAL,
        "type": filled,
    },
    "Fact": {"title": filled, "value": text},
    "Choice": {"title": filled, "value": filled},
}
ACTIONS: dict[str, dict[str, Check]] = {
    "Action.Execute": ACTION | {"verb": filled, "data": anything, "associatedInputs": ASSOCIATED},
    "Action.Submit": ACTION | {"data": anything, "associatedInputs": ASSOCIATED},
    "Action.OpenUrl": ACTION | {"url": address},
    "Action.ShowCard": ACTION | {"card": NESTED},
    "Action.ToggleVisibility": ACTION | {"targetElements": NESTED},
}
CARD: dict[str, Check] = {
    "type": one_of("adaptivecard"),
    "$schema": text,
    "version": text,
    "lang": text,
    "fallbackText": text,
    "speak": text,
    "msteams": lambda v: isinstance(v, dict) and set(v) <= {"width", "entities"},
    "minHeight": text,
    "verticalContentAlignment": VERTICAL,
    "selectAction": anything,
    "body": NESTED,
    "actions": NESTED,
    "refresh": anything,
    "authentication": anything,
}
REQUIRED = {
    "TextBlock": ("text",),
    "RichTextBlock": ("inlines",),
    "Container": ("items",),
    "ColumnSet": ("columns",),
    "FactSet": ("facts",),
    "Table": ("columns", "rows"),
    "Image": ("url", "altText"),
    "ActionSet": ("actions",),
    "TextRun": ("text",),
    "Choice": ("title", "value"),
    "Fact": ("title", "value"),
    "Input.Text": ("id", "label"),
    "Input.ChoiceSet": ("id", "label", "choices"),
    "Input.Date": ("id", "label"),
    "Input.Number": ("id", "label"),
    "Input.Toggle": ("id", "title"),
    "Input.Time": ("id", "label"),
    "Action.Execute": ("verb", "title"),
    "Action.Submit": ("title",),
    "Action.OpenUrl": ("url", "title"),
    "Action.ShowCard": ("card", "title"),
    "Action.ToggleVisibility": ("targetElements", "title"),
}


class CardRefused(Exception):
    """Teams would not take this card, or not show all of it."""


def check(card: Any, *, dialog: bool = False) -> None:
    """CardRefused with everything that is wrong with a card; `dialog` for cards of task modules."""
    found = problems(card, dialog=dialog)
    if found:
        raise CardRefused("; ".join(found))


def check_message(activity: Mapping[str, Any]) -> None:
    """CardRefused where a message, with all its cards, is more than Teams takes, or one of its cards is not right."""
    if weight(activity) > LARGEST:
        raise CardRefused(f"the message has {weight(activity):,} bytes, and Teams takes {LARGEST:,}")
    for attachment in activity.get("attachments") or ():
        if attachment.get("contentType") == "application/vnd.microsoft.card.adaptive":
            check(attachment.get("content"))


def check_dialog(info: Mapping[str, Any]) -> None:
    """CardRefused where a task info is not one that Teams opens."""
    if set(info) - {"title", "height", "width", "card", "url", "fallbackUrl", "completionBotId"} or not filled(info.get("title")):
        raise CardRefused(f"not a task info: {sorted(info)}")
    for side in ("height", "width"):
        if not isinstance(info.get(side), int) and info.get(side) not in ("small", "medium", "large"):
            raise CardRefused(f"{side} is {info.get(side)!r}")
    card = info.get("card") or {}
    if card.get("contentType") != "application/vnd.microsoft.card.adaptive":
        raise CardRefused("the dialog has no card")
    check(card.get("content"), dialog=True)


def weight(value: Any) -> int:
    """Bytes in UTF-16, as Teams counts."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le", "surrogatepass"))


def problems(card: Any, *, dialog: bool = False) -> list[str]:
    """What is wrong with a card, in words; empty where Teams shows it as it is meant."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return ["not an AdaptiveCard"]
    checker = _Checker(dialog)
    if weight(card) > LARGEST:
        checker.say(f"the card has {weight(card):,} bytes, and Teams takes {LARGEST:,}")
    version = re.fullmatch(r"(\d+)\.(\d+)", str(card.get("version", "")))
    if not version or (int(version[1]), int(version[2])) > (1, 5):
        checker.say(f"version {card.get('version')!r} is not one up to 1.5")
    checker.card(card, 0)
    checker.mentions(card)
    for target in checker.targets - set(checker.ids):
        checker.say(f"toggles {target!r}, which is not there")
    return checker.found


@dataclass
class _Checker:
    dialog: bool
    found: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    inputs: int = 0

    def say(self, what: str) -> None:
        self.found.append(what)

    def card(self, card: dict[str, Any], depth: int) -> None:
        self.properties("AdaptiveCard", card, CARD)
        if depth > DEEPEST:
            self.say("an Action.ShowCard inside of another")
            return
        if not card.get("body") and not card.get("actions"):
            self.say("an empty card")
        self.elements(card.get("body", []), depth)
        if "actions" in card:
            self.actions(card["actions"], depth)
        self.select(card, depth)

    def properties(self, kind: str, given: dict[str, Any], known: Mapping[str, Check]) -> None:
        for name, value in given.items():
            if name not in known:
                self.say(f"{kind} has no property {name!r}")
            elif not known[name](value):
                self.say(f"{kind}.{name} cannot be {value!r}"[:200])
        for name in REQUIRED.get(kind, ()):
            if name not in given:
                self.say(f"{kind} without {name}")
        if "id" in given and kind not in ACTIONS:
            if given["id"] in self.ids:
                self.say(f"the id {given['id']!r} twice")
            self.ids.append(given["id"])

    def listed(self, kind: str, given: Any, *, empty: bool = False) -> list[dict[str, Any]]:
        if not isinstance(given, list) or not all(isinstance(g, dict) for g in given):
            self.say(f"{kind} is not a list of objects")
            return []
        if not given and not empty:
            self.say(f"{kind} is empty")
        return given

    def elements(self, given: Any, depth: int) -> None:
        for element in self.listed("items", given, empty=True):
            kind = element.get("type")
            if kind not in ELEMENTS:
                self.say(f"no element {kind!r}")
                continue
            self.properties(kind, element, ELEMENTS[kind])
            self.select(element, depth)
            self.inside(kind, element, depth)

    def inside(self, kind: str, element: dict[str, Any], depth: int) -> None:
        match kind:
            case "Container":
                self.elements(element.get("items", []), depth)
            case "ColumnSet":
                self.parts("Column", element.get("columns"), depth)
            case "RichTextBlock":
                self.parts("TextRun", element.get("inlines"), depth)
            case "FactSet":
                self.parts("Fact", element.get("facts"), depth)
            case "Table":
                self.table(element, depth)
            case "ActionSet":
                self.actions(element.get("actions"), depth)
            case _ if kind.startswith("Input."):
                self.input(kind, element)

    def parts(self, kind: str, given: Any, depth: int) -> None:
        for part in self.listed(f"{kind}s", given):
            if "type" in PARTS[kind] and part.get("type", kind) != kind:
                self.say(f"a {part.get('type')!r} where a {kind} belongs")
            self.properties(kind, part, PARTS[kind])
            self.select(part, depth)
            if "items" in part:
                self.elements(part["items"], depth)

    def table(self, table: dict[str, Any], depth: int) -> None:
        self.parts("TableColumnDefinition", table.get("columns"), depth)
        for row in self.listed("rows", table.get("rows")):
            if row.get("type") != "TableRow":
                self.say(f"a {row.get('type')!r} where a TableRow belongs")
            self.properties("TableRow", row, PARTS["TableRow"])
            self.parts("TableCell", row.get("cells"), depth)
            if len(row.get("cells", ())) > len(table.get("columns", ())):
                self.say("more cells than columns")

    def input(self, kind: str, given: dict[str, Any]) -> None:
        self.inputs += 1
        if given.get("isRequired") and not given.get("errorMessage"):
            self.say(f"{kind} {given.get('id')!r} is required and does not say so where it is missing")
        if kind != "Input.ChoiceSet":
            if kind == "Input.Text" and len(str(given.get("value", ""))) > given.get("maxLength", 10**9):
                self.say("a value longer than its maxLength")
            return
        self.parts("Choice", given.get("choices"), 0)
        values = [c.get("value") for c in given.get("choices", ()) if isinstance(c, dict)]
        if len(set(values)) < len(values):
            self.say("the same choice twice")
        chosen = given.get("value")
        chosen = (chosen.split(",") if given.get("isMultiSelect") else [chosen]) if chosen else []
        if not set(chosen) <= set(values):
            self.say(f"{chosen} is not among the choices")
        if given.get("isMultiSelect") and any("," in str(v) for v in values):
            self.say("a comma in a choice of which several may be taken")

    def select(self, element: dict[str, Any], depth: int) -> None:
        if "selectAction" in element:
            self.action(element["selectAction"], depth, titled=False)
            if isinstance(element["selectAction"], dict) and element["selectAction"].get("type") == "Action.ShowCard":
                self.say("an Action.ShowCard as selectAction")

    def actions(self, given: Any, depth: int) -> None:
        actions = self.listed("actions", given)
        for action in actions:
            self.action(action, depth)
        if sum(a.get("mode", "primary") == "primary" for a in actions) > BESIDE:
            self.say(f"more than {BESIDE} primary actions")

    def action(self, action: Any, depth: int, *, titled: bool = True) -> None:
        kind = action.get("type") if isinstance(action, dict) else None
        if kind not in ACTIONS:
            self.say(f"no action {kind!r}")
            return
        self.properties(kind, action if titled else {"title": "–", **action}, ACTIONS[kind])
        if kind == "Action.Execute" and self.dialog:
            self.say("Action.Execute in a dialog")
        if isinstance(action.get("fallback"), dict):
            self.action(action["fallback"], depth, titled=titled)
        elif action.get("fallback", "drop") != "drop":
            self.say(f"fallback cannot be {action['fallback']!r}")
        if kind == "Action.ShowCard":
            if action.get("mode") == "secondary":
                self.say('an Action.ShowCard behind "…", where it does not open')
            if isinstance(action.get("card"), dict):
                self.card(action["card"], depth + 1)
        for target in action.get("targetElements", ()):
            self.targets.add(target if isinstance(target, str) else target.get("elementId"))

    def mentions(self, card: dict[str, Any]) -> None:
        said = set(re.findall(r"<at>.*?</at>", json.dumps(_without_values(card.get("body", [])), ensure_ascii=False)))
        meant = {e.get("text") for e in (card.get("msteams") or {}).get("entities", ())}
        if said != meant:
            self.say(f"mentions {said} without their entities, or the other way round")


def _without_values(part: Any) -> Any:
    """A card's body without what stands in inputs: nothing is read into that."""
    if isinstance(part, list):
        return [_without_values(p) for p in part]
    return {k: _without_values(v) for k, v in part.items() if k != "value"} if isinstance(part, dict) else part
