"""A second look at what the model proposes: where the offline understander reads the same message otherwise, the person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.calls import Action, Call, Kind, Risk
from bot.domain.understanding import Intent, Understanding
from bot.language.model.scene import Scene
from bot.language.model.spoken import speaks_of

NEAREST = 3
ALIKE = 0.2
"""How many actions a message may be like, and how like at least; measured, see docs/evaluate.md."""
MOST = 3
_NAMES = (Kind.PERSON, Kind.SYSTEM, Kind.GROUP, Kind.DEVICE)


@dataclass
class Made:
    """A call in the making: what is settled, and what is to be asked (argument → choices and the words said)."""

    action: Action
    arguments: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


def borne_out(one: Made, scene: Scene) -> bool:
    """Whether the message itself, and not only the model, speaks of such an action: phrases read it there or in its thread, all that it
    needs was named, or it is among the few whose wordings the message is like (in other languages: whose words it has)."""
    action, tongue = one.action, scene.nets.tongue.name
    if action.name in {c.action for c in (*scene.fresh.calls, *scene.fresh.options, *scene.drafted)}:
        return True
    if _all_named(one):
        return True
    if tongue != "en":
        return speaks_of(scene.nets.shown, action.name, tongue, scene.ranking)
    return action.name in list(scene.fitting)[:NEAREST] and scene.fitting[action.name] >= ALIKE


def _all_named(one: Made) -> bool:
    """Whether all that the action needs was named, two things at least: whom and what, from whom and to whom."""
    said = {n for n, (choices, words) in one.asks.items() if choices or words} | one.arguments.keys()
    names = [n for n, a in one.action.declared.items() if n in said and (a.kind in _NAMES or (a.required and a.many))]
    return len(names) > 1 and all(n in said for n, a in one.action.declared.items() if a.required)


def did_you_mean(made: Sequence[Made], scene: Scene) -> Understanding:
    """The question whether these are meant at all; none is proposed until it is chosen."""
    said = [f"“{_sentence(one, scene)}”" for one in made]
    question = scene.nets.tongue.doubt.replace("{said}", " / ".join(dict.fromkeys(said)))
    calls = {one.action.name: Call(action=one.action.name, arguments=one.arguments) for one in made}
    return Understanding(intent=Intent.NONE, options=tuple(calls.values())[:MOST], because=question, confidence=0.5)


def _sentence(one: Made, scene: Scene) -> str:
    """What the call would do, in the action's words; its title where something it needs is open."""
    if one.asks or not one.arguments:
        return one.action.title
    return one.action.say({n: _shown(v, scene) for n, v in one.arguments.items()})


def _shown(value: Any, scene: Scene) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(v, scene) for v in value)
    people, systems = scene.directory.people, scene.directory.systems
    return people[value].name if value in people else systems[value].name if value in systems else str(value)


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
