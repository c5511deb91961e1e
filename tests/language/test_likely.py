"""The second reader: what only speaks of a request is offered and not proposed, whatever the rules made of it."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest_language import SETS, address, company

from bot.desk.ports import Context
from bot.desk.registry import load
from bot.domain.calls import Call
from bot.domain.understanding import Intent, Understanding
from bot.language.evaluate import KEPT, TUNED, read_set
from bot.language.phrases import PhraseUnderstander, likely

NOW = datetime(2026, 9, 17, 13, 30, tzinfo=UTC)
SPOKEN_OF = (
    "Jira. Who designed that?",
    "The password in that film was swordfish, wasn't it",
    "In the talk they locked an account after three tries and everybody laughed",
    "Did Zoom send you the invoice?",
)
ASKED = (
    "reset my password",
    "I'm locked out",
    "Figma for Sofia Rossi please",
    "could you take Ravi Patel off Jira?",
    "my laptop was stolen",
)


@pytest.fixture(scope="module")
def reader() -> PhraseUnderstander:
    return PhraseUnderstander(load())


def read(reader: PhraseUnderstander, text: str) -> Understanding:
    return reader.read(text, company().person(address("rosie.quinn")), company(), NOW)


@pytest.mark.parametrize("text", ASKED)
def test_what_is_asked_for_is_proposed(reader: PhraseUnderstander, text: str) -> None:
    assert read(reader, text).calls


def test_what_hardly_asks_is_offered_and_not_proposed(reader: PhraseUnderstander) -> None:
    found = read(reader, SPOKEN_OF[0])
    assert (found.intent, found.calls) == (Intent.QUESTION, ())
    assert [(c.action, c.arguments) for c in found.options] == [("access.grant", {"system": "jira"})]


def test_the_more_is_asked_the_likelier_it_is(reader: PhraseUnderstander) -> None:
    def chance(text: str) -> float:
        heard = reader.take_apart(text, company().person(address("rosie.quinn")), company(), NOW, Context())
        return likely.likelihood(heard, reader.ranking)

    assert max(map(chance, SPOKEN_OF)) < likely.LEAST < min(map(chance, ASKED))


def test_it_does_not_judge_of_actions_it_has_not_learnt_of(reader: PhraseUnderstander) -> None:
    heard = reader.take_apart(SPOKEN_OF[0], company().person(address("rosie.quinn")), company(), NOW, Context())
    assert likely.doubtful([Call(action="access.grant", arguments={})], heard, reader.ranking)
    assert not likely.doubtful([Call(action="desk.book", arguments={})], heard, reader.ranking)


def test_it_has_learnt_of_actions_that_are_declared() -> None:
    assert len(likely.learnt().actions) >= 20
    assert likely.learnt().actions <= set(load().actions)


def test_what_is_kept_back_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    learn = importlib.import_module("learn")
    given = read_set(SETS / "utterances.yaml")
    assert KEPT in {u.part for u in given.utterances}
    assert {u.part for u in learn.teaching(given)} == {TUNED}
