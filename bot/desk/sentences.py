"""The words for calls, people and systems, as cards and replies show them."""

from __future__ import annotations

import re
from typing import Any

from bot.domain.calls import Action, Call, Kind
from bot.domain.directory import DESK_GROUPS, Directory

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
KINDS = {"manager": "the manager", "owner": "the owner", "security": "Security", "hr": "HR", "legal": "Legal", "it": "the IT help desk"}


def name(value: str, directory: Directory) -> str:
    """A person's name, or the address where nobody has it."""
    person = directory.people.get(value)
    return person.name if person else value


def shown(kind: Kind, value: Any, directory: Directory) -> str:
    """One argument's value in words."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(kind, v, directory) for v in value)
    if kind is Kind.PERSON:
        return name(str(value), directory)
    if kind is Kind.SYSTEM and value in directory.systems:
        return directory.systems[value].name
    return str(value)


def sentence(action: Action, call: Call, directory: Directory) -> str:
    """The call as an order in plain words: the action's sentence with its arguments filled in, unset ones left out."""
    return action.say({n: shown(a.kind, call.arguments[n], directory) for n, a in action.declared.items() if call.arguments.get(n)})


def named(text: str, directory: Directory) -> str:
    """A vendor's or an action's words with people's names in place of their addresses."""
    return _ADDRESS.sub(lambda m: name(m[0].lower(), directory) if m[0].lower() in directory.people else m[0], text)


def came_of(text: str, call: Call, directory: Directory) -> str:
    """What an action said of itself, with names in place of addresses and of the ids of the systems it was about."""
    for value in call.arguments.values():
        if isinstance(value, str) and value in directory.systems:
            title = directory.systems[value].name.replace("\\", r"\\")  # a backslash would be read as the replacement's own
            text = re.sub(rf"(?<![\w@.-]){re.escape(value)}(?![\w@-])", title, text)
    return named(text, directory)


def approver(kind: str, directory: Directory) -> str:
    """Who an approval kind means, in words."""
    if kind.startswith("group:"):
        return f"the group {kind.removeprefix('group:')}"
    return KINDS.get(kind, kind)


def desk_group(kind: str) -> str | None:
    """The group that answers approvals of this kind; None where a single person does."""
    return kind.removeprefix("group:") if kind.startswith("group:") else DESK_GROUPS.get(kind)


def listed(words: list[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""
