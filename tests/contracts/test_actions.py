"""What every action promises, over every action that is declared, on every vendor that can carry it out."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from typing import Any

import pytest

from bot.desk.registry import load
from bot.desk.rehearse import rehearse
from bot.domain.calls import Action, Argument, Arguments, Call, Kind, Risk
from bot.domain.facts import About
from bot.domain.outcomes import Outcome, Result
from bot.errors import BellhopError, NotFound, Refused, TryLater, VendorError
from tests.contracts.world import NOW, OFFERS, ROOT, VENDORS, directory

REGISTRY = load()
DIRECTORY = directory()
ACTIONS = sorted(REGISTRY.actions.values(), key=lambda a: a.name)
RUNNING = [a for a in ACTIONS if a.capability is not None]
CASES = [
    pytest.param(v, a, id=f"{v}-{a.name}") for v in VENDORS for a in RUNNING if a.capability is not None and a.capability.name in OFFERS[v]
]
SAID = {
    Kind.DATE: "2026-12-24",
    Kind.DURATION: "P14D",
    Kind.TICKET: "BH-1001",
    Kind.TEXT: "something to say",
}
BY_ARGUMENT = {
    "to": "colleague",
    "person": "person",
    "from": "person",
    "device": "device",
    "model": "model",
    "apps": "app",
    "profile": "profile",
}


def sample(action: Action, known: dict[str, Any], optional: bool = False) -> Call:
    """A plausible call, made from nothing but the declaration."""
    wanted = [a for a in action.declared.values() if a.required or optional or _needed(action, a)]
    if action.name.startswith("account.create"):
        known = {**known, "person": "new.comer@brightwater.example"}
    return Call(action=action.name, arguments={a.name: _value(a, known) for a in wanted})


def _needed(action: Action, argument: Argument) -> bool:
    """Of a set of which one is needed, all; "to" where it is left to be chosen."""
    return any(argument.name in names for names in action.arguments.one_of) or argument.name in ("to", "device")


def _value(argument: Argument, known: dict[str, Any]) -> Any:
    field, kind = argument.name, argument.kind
    if field in BY_ARGUMENT:
        value = known[BY_ARGUMENT[field]]
    elif kind is Kind.PERSON:
        value = known["colleague"]
    elif kind is Kind.SYSTEM:
        value = known["system"]
    elif kind is Kind.GROUP:
        value = known["group"]
    elif kind is Kind.ADDRESS:
        value = known["address"]
    else:
        value = argument.choices[0] if argument.choices else SAID[kind]
    return [value] if argument.many else value


@dataclass
class Stage:
    """A vendor's fresh world in which actions run."""

    trial: Any
    vendor: str

    def capability(self, action: Action, key: str = "") -> Any:
        assert action.capability is not None
        return OFFERS[self.vendor][action.capability.name](self.trial.client, key)

    async def parsed(self, call: Call) -> Arguments:
        action = REGISTRY.action(call.action)
        if action.resolve is not None:
            about = About(
                call=call,
                arguments=action.arguments.model_construct(),
                speaker=DIRECTORY.person(self.trial.known["colleague"]),
                directory=DIRECTORY,
                now=NOW,
                offer=lambda c: OFFERS[self.vendor][c.name](self.trial.client) if c.name in OFFERS[self.vendor] else None,
            )
            call = await action.resolve(about) or call
        return action.parse(call)

    async def run(self, call: Call, key: str) -> Outcome:
        action = REGISTRY.action(call.action)
        assert action.run is not None
        outcome: Outcome = await action.run(await self.parsed(call), self.capability(action, key))
        return outcome


VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"system": "system_not_held"},
    {"group": "group_not_joined"},
    {"person": "locked_person"},
    {"device": None},
    {"optional": True},
)
"""What else to try with, where the plainest sample finds nothing left to do."""


def variant(action: Action, known: dict[str, Any], changes: dict[str, Any]) -> Call:
    named = {k: known[v] for k, v in changes.items() if isinstance(v, str)}
    call = sample(action, {**known, **named}, optional="optional" in changes)
    return call.model_copy(update={"arguments": {k: v for k, v in call.arguments.items() if changes.get(k, v) is not None}})


async def tried(stage: Stage, call: Call) -> Outcome:
    try:
        return await stage.run(call, "try")
    except BellhopError as error:
        return Outcome.failed(str(error))


async def ways(vendor: str, action: Action, world: Any) -> tuple[Call, ...]:
    """Calls to run one after the other, the last of which has the action do something: a sample, or what undoes another action."""
    for changes in VARIANTS:
        stage = Stage(world(vendor), vendor)
        call = variant(action, dict(stage.trial.known), changes)
        if (await tried(stage, call)).result is Result.DONE:
            return (call,)
    for other in RUNNING:
        for changes in VARIANTS if other is not action else ():
            stage = Stage(world(vendor), vendor)
            call = variant(other, dict(stage.trial.known), changes)
            outcome = await tried(stage, call)
            if outcome.undo is not None and outcome.undo.action == action.name:
                return call, outcome.undo
    raise AssertionError(f"No sample makes {action.name} do anything; the trial of {vendor} should name things that it can act on.")


WAYS: dict[tuple[str, str], tuple[Call, ...]] = {}


async def case(vendor: str, action: Action, world: Any) -> tuple[Stage, Call]:
    """A fresh world in which this call does something."""
    if (vendor, action.name) not in WAYS:
        WAYS[vendor, action.name] = await ways(vendor, action, world)
    stage = Stage(world(vendor), vendor)
    *first, call = WAYS[vendor, action.name]
    for one in first:
        await stage.run(one, "first")
    return stage, call


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_it_does_something_and_twice_is_already_so(vendor: str, action: Action, world: Any) -> None:
    stage, call = await case(vendor, action, world)
    untouched = stage.trial.snapshot()
    settled = Call(action=action.name, arguments=(await stage.parsed(call)).public())
    first = await stage.run(settled, "one")
    assert first.result is Result.DONE and first.said.endswith(".")
    assert stage.trial.snapshot() != untouched
    after = stage.trial.snapshot()
    again = await stage.run(settled, "two")
    assert again.result is Result.ALREADY and again.said.endswith(".") and again.undo is None
    assert stage.trial.snapshot() == after


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_the_same_key_comes_to_the_same_outcome(vendor: str, action: Action, world: Any) -> None:
    stage, call = await case(vendor, action, world)
    settled = Call(action=action.name, arguments=(await stage.parsed(call)).public())
    first = await stage.run(settled, "one")
    after = stage.trial.snapshot()
    assert await stage.run(settled, "one") == first
    assert stage.trial.snapshot() == after


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_undo_restores_exactly(vendor: str, action: Action, world: Any) -> None:
    stage, call = await case(vendor, action, world)
    untouched = stage.trial.snapshot()
    outcome = await stage.run(call, "one")
    assert (outcome.undo is not None) == bool(action.undo)
    if outcome.undo is not None:
        assert (await stage.run(outcome.undo, "back")).result is Result.DONE
        assert stage.trial.snapshot() == untouched


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_a_reply_lost_on_the_way_is_made_good_under_the_same_key(vendor: str, action: Action, world: Any) -> None:
    """The vendor did it, we never heard, the step runs again: one effect, and still an undo that restores exactly."""
    stage, call = await case(vendor, action, world)
    untouched = stage.trial.snapshot()
    settled = Call(action=action.name, arguments=(await stage.parsed(call)).public())
    assert action.capability is not None
    for method in inspect.getmembers(action.capability, inspect.isfunction):
        stage.trial.trouble(action.capability.name, "reply lost", method[0]) if _writes(method[1]) else None
    with pytest.raises(TryLater):
        await stage.run(settled, "one")
    stage.trial.client.peace()
    after = stage.trial.snapshot()
    assert after != untouched
    outcome = await stage.run(settled, "one")
    assert outcome.result is Result.DONE
    assert stage.trial.snapshot() == after
    if action.undo:
        assert outcome.undo is not None
        await stage.run(outcome.undo, "back")
        assert stage.trial.snapshot() == untouched


def _writes(method: Any) -> bool:
    return str(inspect.signature(method).return_annotation) in ("bool", "Shipment")


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_preview_and_rehearsal_write_nothing(vendor: str, action: Action, world: Any) -> None:
    stage, call = await case(vendor, action, world)
    untouched = stage.trial.snapshot()
    args = await stage.parsed(call)
    assert action.preview is not None, "every action that changes something shows what it changes"
    change = await action.preview(args, stage.capability(action, "preview"))
    assert change.after
    assert (await rehearse(action, args, stage.capability(action))).result is Result.DONE
    assert stage.trial.snapshot() == untouched
    outcome = await stage.run(Call(action=action.name, arguments=args.public()), "one")
    if outcome.change.before:
        assert change.before, "the preview says what will be different"


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_a_rehearsal_knows_what_is_so_already(vendor: str, action: Action, world: Any) -> None:
    """Else a step that finds everything done would be given an undo that takes away what was there before it."""
    stage, call = await case(vendor, action, world)
    args = await stage.parsed(call)
    await stage.run(Call(action=action.name, arguments=args.public()), "one")
    rehearsed = await rehearse(action, args, stage.capability(action))
    assert rehearsed.result is Result.ALREADY or rehearsed.undo is None


@pytest.mark.parametrize(("vendor", "action"), CASES)
async def test_trouble_passes_through_and_is_not_retried_here(vendor: str, action: Action, world: Any) -> None:
    stage, call = await case(vendor, action, world)
    args = await stage.parsed(call)
    untouched = stage.trial.snapshot()
    assert action.capability is not None and action.run is not None
    for kind, error in (("try later", TryLater), ("refused", Refused)):
        stage.trial.trouble(action.capability.name, kind)
        with pytest.raises(error):
            await action.run(args, stage.capability(action, "one"))
        assert stage.trial.snapshot() == untouched
    assert (await action.run(args, stage.capability(action, "one"))).result is Result.DONE


@pytest.mark.parametrize(("vendor", "action"), [c for c in CASES if "person" in c.values[1].declared or "from" in c.values[1].declared])
async def test_a_stranger_is_not_found(vendor: str, action: Action, world: Any) -> None:
    stage, call = await case(vendor, action, world)
    args = (await stage.parsed(call)).public()
    name = "person" if "person" in args else "from"
    if name not in args or action.name in ("account.create", "account.delete") or "device" in args or "meetings" in args:
        return  # these are about a thing, or about somebody who need not be there
    untouched = stage.trial.snapshot()
    assert action.run is not None
    strange = action.parse(Call(action=action.name, arguments={**args, name: stage.trial.known["stranger"]}))
    try:
        # "is not in that group" holds for somebody who is nowhere, too
        assert (await action.run(strange, stage.capability(action))).result is Result.ALREADY
    except NotFound as error:
        assert stage.trial.known["stranger"] in str(error)
    assert stage.trial.snapshot() == untouched


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_its_words_are_complete(action: Action) -> None:
    names = set(action.declared)
    placeholders = set(re.findall(r"\{(\w+)\}", action.sentence))
    assert placeholders <= names
    everything = {n: f"<{n}>" for n in names}
    least = {n: v for n, v in everything.items() if action.declared[n].required}
    for values in (everything, least):
        said = action.say(values)
        assert not set(said) & set("{}[]") and "  " not in said and said == said.strip()
        assert all(f"<{n}>" in said for n in placeholders & set(values))
    assert said[0].isupper() and not said.endswith(".")
    assert action.title and isinstance(action.risk, Risk)
    assert action.subject in names | {""}
    assert not action.undo or action.undo in REGISTRY.actions


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_its_examples_teach_it(action: Action) -> None:
    if not action.offered:
        assert action.examples == ()
        return
    assert 6 <= len(action.examples) <= 12
    assert len({e.casefold() for e in action.examples}) == len(action.examples)
    used = {n for e in action.examples for n in re.findall(r"\{(\w+)\}", e)}
    assert used <= set(action.declared)
    assert {a.name for a in action.declared.values() if a.required} <= used


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_arguments_survive_being_written_down(action: Action) -> None:
    call = sample(action, KNOWN, optional=True)
    args = action.parse(call)
    assert action.parse(Call(action=action.name, arguments=args.public())) == args
    assert set(args.public()) <= set(action.declared)


KNOWN = {
    "person": "john.smith@brightwater.example",
    "colleague": "rosa.delgado@brightwater.example",
    "system": "slack",
    "group": "sales",
    "device": "BWL-1",
    "model": "MacBook Air 13",
    "app": "Firefox",
    "profile": "standard",
    "address": "home",
}


@pytest.mark.parametrize("path", sorted((ROOT / "actions").glob("*.py")), ids=lambda p: p.stem)
def test_an_action_neither_catches_nor_logs_nor_reaches_out(path: Any) -> None:
    tree = ast.parse(path.read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef) and n.decorator_list]
    assert not [f.name for f in functions for n in ast.walk(f) if isinstance(n, ast.Try)]
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)} | {
        a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
    }
    roots = {str(m).split(".")[0] for m in imported}
    assert not roots & {"logging", "requests", "httpx", "urllib", "socket", "subprocess", "os", "sqlite3", "sqlmodel"}
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_no_setting_shows_in_a_repr_an_error_or_a_log(vendor: str, world: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    trial = world(vendor)
    said: list[str] = []
    for name, capability in OFFERS[vendor].items():
        said.append(repr(capability(trial.client, "key")))
        trial.trouble(name, "refused")
        reads = [m for m, f in inspect.getmembers(capability.__mro__[1], inspect.isfunction) if not _writes(f) and m != "__init__"]
        arguments = [trial.known["person"]] * (len(inspect.signature(getattr(capability.__mro__[1], reads[0])).parameters) - 1)
        try:
            await getattr(capability(trial.client), reads[0])(*arguments)
        except VendorError as error:
            said.append(str(error))
    folder = str(getattr(trial, "secret", "") or "")
    assert said and (not folder or folder not in "".join([*said, caplog.text]))
