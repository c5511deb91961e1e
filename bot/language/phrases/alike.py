""" "Did you mean …?": what is offered where words alone do not tell two actions apart. Nothing is proposed; whoever asks chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.domain.calls import Call, Kind
from bot.domain.directory import Directory
from bot.domain.understanding import Intent, Understanding
from bot.language.phrases.rank import Profile, Ranked
from bot.language.phrases.roles import Material
from bot.language.phrases.slots import fill

ALIKE = 0.97
"""Two actions whose scores are this close are not told apart by words alone."""
MOST = 3


def tied(ranked: Sequence[Ranked], sure: float) -> list[Profile]:
    """The best actions, where more than one is as good as the best."""
    best = [r.profile for r in ranked[:MOST] if r.score > ALIKE * ranked[0].score and r.score >= sure]
    return best if len(best) > 1 else []


def offer(profiles: Sequence[Profile], material: Material, directory: Directory, least: int = 2) -> Understanding | None:
    """The question which of these was meant, with the call that each would be; None where they come to fewer than `least`."""
    calls: list[Call] = []
    said: list[str] = []
    for profile in profiles:
        filled = fill(profile, material)
        sentence = _sentence(profile, filled[0].call, directory) if filled else ""
        if filled and sentence not in said:
            calls.append(filled[0].call)
            said.append(sentence)
    if len(said) < least:
        return None
    *others, last = [f"“{s}”" for s in said]
    question = f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"
    return Understanding(intent=Intent.NONE, options=tuple(calls), because=question, confidence=0.5)


_UNSAID = "\0"


def _sentence(profile: Profile, call: Call, directory: Directory) -> str:
    """What the call would do, in the action's words; its title where something it needs is open."""
    action = profile.action
    open_ = [a.name for a in action.declared.values() if a.required and a.name not in call.arguments]
    shown = {n: _shown(action.declared[n].kind, v, directory) for n, v in call.arguments.items()}
    unsaid = dict.fromkeys(re.findall(r"\{(\w+)\}", re.sub(r"\[[^\]]*\]", "", action.sentence)), _UNSAID)
    return action.title if open_ or not shown else re.sub(rf"\s*{_UNSAID}", "", action.say({**unsaid, **shown}))


def _shown(kind: Kind, value: Any, directory: Directory) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(kind, v, directory) for v in value)
    if kind is Kind.PERSON and value in directory.people:
        return directory.people[value].name
    return directory.systems[value].name if kind is Kind.SYSTEM and value in directory.systems else str(value)
