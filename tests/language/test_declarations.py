"""An action nobody here has heard of is understood from its declaration alone; big companies are quick."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.desk.registry import Registry, load
from bot.domain.calls import Arguments, Day, PersonRef, SystemRef, Text
from bot.domain.declare import action
from bot.domain.directory import Directory
from bot.domain.outcomes import Outcome
from bot.language.phrases import PhraseUnderstander


class Print(Arguments):
    person: PersonRef
    until: Day | None = None
    colour: Text | None = None


@action(
    "visitor.print",
    sentence="Print a visitor sticker for {person}",
    examples=("print a visitor sticker for {person}", "{person} needs a visitor sticker", "make a sticker for {person} until {until}"),
)
async def print_sticker(args: Print) -> Outcome:
    """Prints."""
    raise AssertionError("never run here")


class Backup(Arguments):
    system: SystemRef


@action(
    "backup.run",
    sentence="Back up {system}",
    subject="system",
    examples=("back up {system}", "run a backup of {system}", "snapshot {system}"),
)
async def run_backup(args: Backup) -> Outcome:
    """Backs up."""
    raise AssertionError("never run here")


@pytest.fixture(scope="module")
def extended() -> PhraseUnderstander:
    return PhraseUnderstander(Registry([*load().actions.values(), print_sticker.action, run_backup.action]))


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("Could you print a visitor sticker for Ravi?", "visitor.print", {"person": "ravi.patel@halden.example"}),
        ("I need a visitor sticker", "visitor.print", {"person": "emma.larsen@halden.example"}),
        ("print Kofi a sticker until Friday", "visitor.print", {"person": "kofi.mensah@halden.example", "until": "2026-06-12"}),
        ("please run a backup of Jira", "backup.run", {"system": "jira"}),
        ("snapshot confluence and print a sticker for Ravi", "backup.run", {"system": "confluence"}),
    ],
)
def test_a_new_action_needs_no_change_here(
    extended: PhraseUnderstander, directory: Directory, now: datetime, said: str, name: str, arguments: dict[str, str]
) -> None:
    found = extended.read(said, directory.people["emma.larsen@halden.example"], directory, now)
    assert (found.calls[0].action, found.calls[0].arguments) == (name, arguments)


def test_a_new_action_is_asked_about_like_any_other(extended: PhraseUnderstander, directory: Directory, now: datetime) -> None:
    found = extended.read("print a visitor sticker for David", directory.people["emma.larsen@halden.example"], directory, now)
    assert len(found.gaps[0].choices) == 3
    assert extended.read("how do I print a visitor sticker?", directory.people["emma.larsen@halden.example"], directory, now).calls == ()


def test_actions_that_are_not_offered_are_never_proposed(reader: PhraseUnderstander) -> None:
    hidden = [a.name for a in load().actions.values() if not a.offered]
    assert hidden
    assert not set(hidden) & set(reader.ranking.profiles)


def test_every_declared_example_leads_to_its_action(reader: PhraseUnderstander) -> None:
    for profile in reader.ranking.profiles.values():
        for example, features in zip(profile.action.examples, profile.wordings, strict=False):
            ranked = reader.ranking.rank(features, {a.kind: 1 for a in profile.action.declared.values() if a.required})
            assert profile.action.name in [r.profile.action.name for r in ranked[:3]], example
