"""A second look at what the model proposes: where the offline understander reads the same message otherwise, the person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.calls import Action, Call, Kind, Risk
from bot.language.model.scene import Scene

_NAMES = (Kind.PERSON, Kind.SYSTEM, Kind.GROUP, Kind.DEVICE)


@dataclass
class Made:
    """A call in the making: what is settled, and what is to be asked (argument → choices and the words said)."""

    action: Action
    arguments: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


def second_look(made: Sequence[Made], scene: Scene) -> None:
    """Turns into questions: whom or what a call is about, where both read one such call and differ; and on whom something is done that
    cannot be undone, where only the model reads that at all."""
    for one in made:
        alike = [c for c in scene.fresh.calls if c.action == one.action.name]
        if len(alike) == 1 and sum(m.action is one.action for m in made) == 1:
            _compare(one, alike[0])
        elif one.action.risk is Risk.HIGH and not alike and one.action.name not in {c.action for c in scene.drafted}:
            _confirm(one)


def _compare(one: Made, other: Call) -> None:
    for name, argument in one.action.declared.items():
        mine, theirs = one.arguments.get(name), other.arguments.get(name)
        if argument.kind in _NAMES and not argument.many and mine is not None and theirs is not None and mine != theirs:
            del one.arguments[name]
            one.asks[name] = (tuple(sorted((mine, theirs))), "")


def _confirm(one: Made) -> None:
    subject = one.arguments.get(one.action.subject)
    if subject is not None and not one.asks:
        del one.arguments[one.action.subject]
        one.asks[one.action.subject] = ((subject,), "")
