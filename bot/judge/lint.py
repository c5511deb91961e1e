"""Mistakes that a rule can have before any schema is asked: each as a sentence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cedarpy import pst

from bot.judge import trees
from bot.judge.notes import ANNOTATIONS, KINDS, kinds, listed
from bot.judge.schema import Declarations

_WORD = re.compile(r"[A-Za-z0-9._:-]+")
_LIMIT = re.compile(r"[1-9]\d?")
_GROUP = re.compile(r"group:[\w.-]+")


def mistakes(template: pst.Template, registry: Declarations) -> Iterator[str]:
    """What is wrong with this rule."""
    yield from _note_mistakes(template.annotations)
    if template.effect == "permit" and (extra := sorted(set(template.annotations) & set(ANNOTATIONS[2:]))):
        yield f"Only a forbid can ask for something; a permit with @{extra[0]} would be ignored."
    yield from _scope_mistakes(template.action, registry)
    notes, reading = template.annotations, trees.read(template)
    if reading.whole:
        yield "It uses the context as a whole; name the facts it needs one by one."
    for fact in sorted(reading.tested & set(registry.facts)):
        yield f"It tests whether the fact {fact!r} is there; a missing fact may never decide, so read it without `has`."
    if not trees.milder(template):
        yield "Giving an approval or adding a companion could make this rule stricter; it may only ask for them with `contains`."
    if template.effect == "forbid":
        yield from _promise_mistakes(notes, reading)
    for name in listed(notes.get("companion", "")):
        if name not in registry.actions:
            yield f"@companion names the action {name!r}, which nothing declares{_close(name, registry.actions)}."


def _note_mistakes(notes: Mapping[str, str]) -> Iterator[str]:
    for name in notes:
        if name not in ANNOTATIONS:
            yield f"There is no annotation @{name}{_close(name, ANNOTATIONS)}."
    if not _WORD.fullmatch(notes.get("id", "")):
        yield 'Every rule needs an id of letters, digits, "-" and ".": @id("restricted-two-approvers").'
    if len(notes.get("because", "").split()) < 3:
        yield 'Every rule needs a sentence for the person who reads it: @because("…").'
    for name in ("stage", "quorum"):
        if name in notes and not _LIMIT.fullmatch(notes[name]):
            yield f'@{name} is a number from 1 to 99, not "{notes[name]}".'
    yield from _asking_mistakes(notes)


def _asking_mistakes(notes: Mapping[str, str]) -> Iterator[str]:
    for kind in kinds(notes.get("approval", "")):
        if kind not in KINDS and not _GROUP.fullmatch(kind):
            yield f"@approval names {kind!r}, and nobody answers that{_close(kind, KINDS)}; it is one of {', '.join(KINDS)} or group:ID."
    for name in ("approval", "companion", "require"):
        if name in notes and not notes[name].strip():
            yield f"@{name} is empty."
    for name in ("stage", "quorum"):
        if name in notes and "approval" not in notes:
            yield f"@{name} means something only beside @approval."


def _scope_mistakes(scope: Any, registry: Declarations) -> Iterator[str]:
    families = {name.partition(".")[0] for name in registry.actions}
    named = [scope.entity] if isinstance(scope, pst.ActionEq) else list(getattr(scope, "entities", ()))
    for entity in named:
        if entity.id not in registry.actions and (isinstance(scope, pst.ActionEq) or entity.id not in families):
            yield f"Its scope names the action {entity.id!r}, which nothing declares{_close(entity.id, registry.actions)}."


def _promise_mistakes(notes: Mapping[str, str], reading: trees.Reading) -> Iterator[str]:
    """A rule must be satisfied by exactly what it asks for, or settling would ask in vain."""
    asks = {
        "approvals": set(kinds(notes.get("approval", ""))),
        "companions": set(listed(notes.get("companion", ""))),
    }
    for name, asked in asks.items():
        note = f"@{name[:-1]}"
        for one in sorted(asked - reading.wants[name]):
            yield f'{note} asks for {one!r}, but the rule never looks for it: add !context.{name}.contains("{one}").'
        for one in sorted(reading.wants[name] - asked):
            yield f'It looks for {one!r} in context.{name}, but does not ask for it: add {note}("{one}").'
    for proof in listed(notes.get("require", "")):
        if proof not in reading.attributes:
            yield f"@require asks for {proof!r}, but the rule never reads context.{proof}."


def _close(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""
