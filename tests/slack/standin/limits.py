"""Block Kit as Slack checks it: which fields there are, which must be there, and how long each may be.

Numbers are those of https://docs.slack.dev/reference/block-kit. `check_message` and `check_view` return what Slack would say, one
sentence for each fault with a pointer to it; an empty list means accepted. What is not listed here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Rule = Callable[[Any, str, "Faults"], None]


class Faults(list[str]):
    """What is wrong, in Slack's manner of saying it."""

    def add(self, words: str, at: str) -> None:
        self.append(f"{words} [json-pointer:{at}]")


@dataclass(frozen=True)
class Must:
    """A field that has to be there."""

    rule: Rule


Fields = Mapping[str, Rule | Must]


def string(most: int, least: int = 1, pattern: str = "") -> Rule:
    def check(value: Any, at: str, faults: Faults) -> None:
        if not isinstance(value, str):
            faults.add("must be a string", at)
        elif len(value) < least:
            faults.add(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            faults.add(f"must be less than {most + 1} characters", at)
        elif pattern and not re.fullmatch(pattern, value):
            faults.add("must match the expected format", at)

    return check


def flag(value: Any, at: str, faults: Faults) -> None:
    if not isinstance(value, bool):
        faults.add("must be a boolean", at)


def number(low: float, high: float) -> Rule:
    def check(value: Any, at: str, faults: Faults) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            faults.add("must be a number", at)
        elif not low <= value <= high:
            faults.add(f"must be between {low} and {high}", at)

    return check


def one(*values: Any) -> Rule:
    def check(value: Any, at: str, faults: Faults) -> None:
        if value not in values:
            faults.add(f"unsupported value: {value!r}", at)

    return check


def shape(fields: Fields) -> Rule:
    """An object with these fields and no others."""

    def check(value: Any, at: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            faults.add("must provide an object", at)
            return
        for name in value:
            if name not in fields:
                faults.add(f"additional property is not allowed: {name}", at)
        for name, rule in fields.items():
            if isinstance(rule, Must) and name not in value:
                faults.add(f"missing required field: {name}", at)
            elif name in value:
                (rule.rule if isinstance(rule, Must) else rule)(value[name], f"{at}/{name}", faults)

    return check


def many(rule: Rule, most: int, least: int = 1) -> Rule:
    def check(value: Any, at: str, faults: Faults) -> None:
        if not isinstance(value, list):
            faults.add("must provide an array", at)
            return
        if len(value) > most:
            faults.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            faults.add(f"no fewer than {least} items allowed", at)
        for n, item in enumerate(value):
            rule(item, f"{at}/{n}", faults)

    return check


def kinds(table: Mapping[str, Rule]) -> Rule:
    """An object whose `type` says which of these it is."""

    def check(value: Any, at: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            faults.add("must provide an object", at)
        elif value.get("type") not in table:
            faults.add(f"unsupported type: {value.get('type')}", f"{at}/type")
        else:
            table[value["type"]](value, at, faults)

    return check


def typed(name: str, /, **fields: Rule | Must) -> Rule:
    return shape({"type": Must(one(name)), **fields})


def plain(most: int) -> Rule:
    return typed("plain_text", text=Must(string(most)), emoji=flag)


def mrkdwn(most: int) -> Rule:
    return typed("mrkdwn", text=Must(string(most)), verbatim=flag)


def text(most: int) -> Rule:
    return kinds({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})


ID = string(255)
URL = string(3000, pattern=r"https?://\S+")
MAILTO = string(3000, pattern=r"(https?://|mailto:)\S+")
DATE = string(10, pattern=r"\d{4}-\d{2}-\d{2}")
CONFIRM = shape(
    {
        "title": Must(plain(100)),
        "text": Must(text(300)),
        "confirm": Must(plain(30)),
        "deny": Must(plain(30)),
        "style": one("primary", "danger"),
    }
)
OPTION = shape({"text": Must(text(75)), "value": Must(string(150)), "description": text(75)})
PLAIN_OPTION = shape({"text": Must(plain(75)), "value": Must(string(150)), "description": plain(75)})
LINK_OPTION = shape({"text": Must(plain(75)), "value": Must(string(150)), "description": plain(75), "url": URL})
GROUP = shape({"label": Must(plain(75)), "options": Must(many(PLAIN_OPTION, 100))})


def select(name: str, /, **fields: Rule | Must) -> Rule:
    return typed(name, action_id=ID, placeholder=plain(150), confirm=CONFIRM, focus_on_load=flag, **fields)


BUTTON = typed(
    "button",
    text=Must(plain(75)),
    action_id=ID,
    url=URL,
    value=string(2000),
    style=one("primary", "danger"),
    confirm=CONFIRM,
    accessibility_label=string(75),
)
OVERFLOW = typed("overflow", action_id=ID, options=Must(many(LINK_OPTION, 5)), confirm=CONFIRM)
IMAGE_ELEMENT = typed("image", image_url=Must(URL), alt_text=Must(string(2000)))
RADIO = typed("radio_buttons", action_id=ID, options=Must(many(OPTION, 10)), initial_option=OPTION, confirm=CONFIRM, focus_on_load=flag)
CHECKS = typed(
    "checkboxes", action_id=ID, options=Must(many(OPTION, 10)), initial_options=many(OPTION, 10), confirm=CONFIRM, focus_on_load=flag
)
STATIC = select("static_select", options=many(PLAIN_OPTION, 100), option_groups=many(GROUP, 100), initial_option=PLAIN_OPTION)
MULTI = select(
    "multi_static_select",
    options=many(PLAIN_OPTION, 100),
    option_groups=many(GROUP, 100),
    initial_options=many(PLAIN_OPTION, 100),
    max_selected_items=number(1, 100),
)
EXTERNAL = select("external_select", min_query_length=number(0, 100), initial_option=PLAIN_OPTION)
MULTI_EXTERNAL = select(
    "multi_external_select", min_query_length=number(0, 100), initial_options=many(PLAIN_OPTION, 100), max_selected_items=number(1, 100)
)
PEOPLE = string(20, pattern=r"[UW]\w+")
USERS = select("users_select", initial_user=PEOPLE)
MULTI_USERS = select("multi_users_select", initial_users=many(PEOPLE, 100), max_selected_items=number(1, 100))
DATEPICKER = select("datepicker", initial_date=DATE)
DISPATCH = shape({"trigger_actions_on": many(one("on_enter_pressed", "on_character_entered"), 2)})
TYPED = {
    "placeholder": plain(150),
    "action_id": ID,
    "focus_on_load": flag,
    "dispatch_action_config": DISPATCH,
}
PLAIN_INPUT = typed(
    "plain_text_input",
    **TYPED,
    initial_value=string(3000, 0),
    multiline=flag,
    min_length=number(0, 3000),
    max_length=number(1, 3000),
)
EMAIL_INPUT = typed("email_text_input", **TYPED, initial_value=string(3000, 0))
URL_INPUT = typed("url_text_input", **TYPED, initial_value=string(3000, 0))
NUMBER_INPUT = typed(
    "number_input", **TYPED, is_decimal_allowed=Must(flag), initial_value=string(30), min_value=string(30), max_value=string(30)
)
FILE_INPUT = typed("file_input", action_id=ID, filetypes=many(string(20), 50), max_files=number(1, 10))
ICON = typed(
    "icon_button",
    icon=Must(one("trash")),
    text=Must(plain(75)),
    action_id=ID,
    value=string(2000),
    confirm=CONFIRM,
    accessibility_label=string(75),
    visible_to_user_ids=many(string(20), 100),
)
THUMB = shape({"text": Must(plain(75)), "value": Must(string(2000)), "accessibility_label": string(75)})
FEEDBACK = typed("feedback_buttons", action_id=ID, positive_button=Must(THUMB), negative_button=Must(THUMB))

PRESSABLE: dict[str, Rule] = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    "radio_buttons": RADIO,
    "checkboxes": CHECKS,
    "static_select": STATIC,
    "external_select": EXTERNAL,
    "datepicker": DATEPICKER,
    "users_select": USERS,
}
MULTIPLE: dict[str, Rule] = {"multi_static_select": MULTI, "multi_external_select": MULTI_EXTERNAL, "multi_users_select": MULTI_USERS}
INPUTS: dict[str, Rule] = {
    **{k: v for k, v in PRESSABLE.items() if k not in ("button", "overflow")},
    **MULTIPLE,
    "plain_text_input": PLAIN_INPUT,
    "email_text_input": EMAIL_INPUT,
    "url_text_input": URL_INPUT,
    "number_input": NUMBER_INPUT,
}

STYLE = shape({"bold": flag, "italic": flag, "strike": flag, "code": flag, "underline": flag})
RUNS: dict[str, Rule] = {
    "text": typed("text", text=Must(string(40_000)), style=STYLE),
    "link": typed("link", url=Must(MAILTO), text=string(40_000), unsafe=flag, style=STYLE),
    "user": typed("user", user_id=Must(string(20, pattern=r"[UW]\w+")), style=STYLE),
    "channel": typed("channel", channel_id=Must(string(20, pattern=r"[CGD]\w+")), style=STYLE),
    "usergroup": typed("usergroup", usergroup_id=Must(string(20)), style=STYLE),
    "emoji": typed("emoji", name=Must(string(100)), unicode=string(100), skin_tone=number(2, 6)),
    "broadcast": typed("broadcast", range=Must(one("here", "channel", "everyone"))),
    "color": typed("color", value=Must(string(20))),
    "date": typed("date", timestamp=Must(number(0, 1e12)), format=Must(string(200)), url=URL, fallback=string(200), style=STYLE),
}
SECTION_RUNS = many(kinds(RUNS), 1000)
RICH_SECTION = typed("rich_text_section", elements=Must(SECTION_RUNS))
RICH: dict[str, Rule] = {
    "rich_text_section": RICH_SECTION,
    "rich_text_list": typed(
        "rich_text_list",
        style=Must(one("bullet", "ordered")),
        elements=Must(many(RICH_SECTION, 1000)),
        indent=number(0, 8),
        offset=number(0, 100_000),
        border=one(0, 1),
    ),
    "rich_text_preformatted": typed(
        "rich_text_preformatted",
        elements=Must(many(kinds({k: RUNS[k] for k in ("text", "link")}), 1000)),
        border=one(0, 1),
        language=string(50),
    ),
    "rich_text_quote": typed("rich_text_quote", elements=Must(SECTION_RUNS), border=one(0, 1)),
}
RICH_TEXT = typed("rich_text", block_id=ID, elements=Must(many(kinds(RICH), 1000)))
CELL = kinds({"raw_text": typed("raw_text", text=Must(string(10_000))), "rich_text": RICH_TEXT})

SECTION = typed(
    "section",
    block_id=ID,
    text=text(3000),
    fields=many(text(2000), 10),
    accessory=kinds({**PRESSABLE, **MULTIPLE, "image": IMAGE_ELEMENT}),
    expand=flag,
)
ANYWHERE: dict[str, Rule] = {
    "section": SECTION,
    "divider": typed("divider", block_id=ID),
    "header": typed("header", block_id=ID, text=Must(plain(150))),
    "image": typed("image", block_id=ID, image_url=URL, alt_text=Must(string(2000)), title=plain(2000)),
    "context": typed(
        "context",
        block_id=ID,
        elements=Must(many(kinds({"plain_text": plain(2000), "mrkdwn": mrkdwn(2000), "image": IMAGE_ELEMENT}), 10)),
    ),
    "actions": typed("actions", block_id=ID, elements=Must(many(kinds(PRESSABLE), 25))),
    "rich_text": RICH_TEXT,
    "input": typed(
        "input",
        block_id=ID,
        label=Must(plain(2000)),
        element=Must(kinds(INPUTS)),
        dispatch_action=flag,
        hint=plain(2000),
        optional=flag,
    ),
}
IN_MESSAGES: dict[str, Rule] = {
    **ANYWHERE,
    "markdown": typed("markdown", block_id=ID, text=Must(string(12_000))),
    "context_actions": typed(
        "context_actions", block_id=ID, elements=Must(many(kinds({"feedback_buttons": FEEDBACK, "icon_button": ICON}), 5))
    ),
    "table": typed(
        "table",
        block_id=ID,
        rows=Must(many(many(CELL, 20), 100)),
        column_settings=many(shape({"align": one("left", "center", "right"), "is_wrapped": flag}), 20, 0),
    ),
}
IN_MODALS: dict[str, Rule] = {
    **ANYWHERE,
    "input": typed(
        "input",
        block_id=ID,
        label=Must(plain(2000)),
        element=Must(kinds({**INPUTS, "file_input": FILE_INPUT})),
        dispatch_action=flag,
        hint=plain(2000),
        optional=flag,
    ),
}


def elements(block: Any) -> list[dict[str, Any]]:
    """The interactive elements of a block."""
    if not isinstance(block, dict):
        return []
    found = [block.get("accessory"), block.get("element")]
    if block.get("type") in ("actions", "context_actions"):
        found += block.get("elements") or []
    return [e for e in found if isinstance(e, dict) and e.get("type") not in (None, "image")]


def _together(blocks: Any, at: str, faults: Faults) -> None:
    """What holds between blocks: ids are unique, a section says something, an initial option is one of the options."""
    if not isinstance(blocks, list):
        return
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and b.get("block_id")]
    for twice in {i for i in ids if ids.count(i) > 1}:
        faults.add(f"`block_id` already exists: {twice}", at)
    for n, block in enumerate(blocks):
        here = f"{at}/{n}"
        actions = [e["action_id"] for e in elements(block) if e.get("action_id")]
        for twice in {i for i in actions if actions.count(i) > 1}:
            faults.add(f"`action_id` already exists: {twice}", here)
        if isinstance(block, dict) and block.get("type") == "section" and not (block.get("text") or block.get("fields")):
            faults.add("missing required field: text", here)
        for element in elements(block):
            _options(element, here, faults)


def _options(element: dict[str, Any], at: str, faults: Faults) -> None:
    kind = str(element.get("type"))
    if kind in ("static_select", "multi_static_select") and ("options" in element) == ("option_groups" in element):
        faults.add("exactly one of options and option_groups must be given", at)
    known = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        known += group.get("options") or [] if isinstance(group, dict) else []
    values = [o.get("value") for o in known if isinstance(o, dict)]
    if len(values) != len(set(values)) and "external" not in kind:
        faults.add("option values must be unique", at)
    initial = list(element.get("initial_options") or [])
    initial += [element["initial_option"]] if "initial_option" in element else []
    for option in initial:
        if "external" not in kind and option not in known:
            faults.add("initial option must be one of the options", at)


def check_blocks(blocks: Any, at: str = "/blocks") -> list[str]:
    """What Slack would say about a message's blocks."""
    faults = Faults()
    many(kinds(IN_MESSAGES), 50, 0)(blocks, at, faults)
    _together(blocks, at, faults)
    if isinstance(blocks, list):
        found = [b for b in blocks if isinstance(b, dict)]
        if sum(b.get("type") == "table" for b in found) > 1:
            faults.add("only_one_table_allowed", at)
        if sum(len(str(b.get("text"))) for b in found if b.get("type") == "markdown") > 12_000:
            faults.add("markdown text is longer than 12000 characters in all", at)
        if sum(e.get("type") == "feedback_buttons" for b in found for e in elements(b)) > 1:
            faults.add("only one set of feedback buttons allowed", at)
    return faults


MODAL: Fields = {
    "type": Must(one("modal")),
    "title": Must(plain(24)),
    "blocks": Must(many(kinds(IN_MODALS), 100, 0)),
    "close": plain(24),
    "submit": plain(24),
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "clear_on_close": flag,
    "notify_on_close": flag,
    "external_id": string(255, 0),
    "submit_disabled": flag,
}
HOME: Fields = {
    "type": Must(one("home")),
    "blocks": Must(many(kinds(ANYWHERE), 100, 0)),
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}


def check_view(view: Any, *types: str) -> list[str]:
    """What Slack would say about a view, which has to be of one of these types ("modal", "home")."""
    faults = Faults()
    if not isinstance(view, dict) or view.get("type") not in types:
        faults.add("unsupported type", "/view/type")
        return faults
    shape(MODAL if view["type"] == "modal" else HOME)(view, "/view", faults)
    _together(view.get("blocks"), "/view/blocks", faults)
    asks = [b for b in view.get("blocks") or [] if isinstance(b, dict) and b.get("type") == "input"]
    if view["type"] == "modal" and asks and "submit" not in view:
        faults.add("missing required field: submit", "/view")
    return faults
