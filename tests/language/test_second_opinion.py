"""A second opinion by meaning may offer, and never acts; slips of the pen are put right where nothing else is meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from bot.desk.registry import load
from bot.domain.directory import Directory
from bot.domain.understanding import Understanding
from bot.language.phrases import PhraseUnderstander
from bot.language.phrases.spelling import corrected
from bot.language.phrases.wording import wording


class Likes:
    """Finds one example like everything that is said, and remembers what it was asked."""

    def __init__(self, example: str, value: float = 0.95) -> None:
        self.example, self.value, self.asked = example, value, list[str]()

    def likeness(self, said: str, examples: Sequence[str]) -> Sequence[float] | None:
        self.asked.append(said)
        return [self.value if e == self.example else 0.1 for e in examples]


ASKS = "Hi, our HR system access for Müge please"
"""Words show that something is asked for, and not what."""


def _read(text: str, meanings: Likes | None, directory: Directory, now: datetime) -> Understanding:
    return PhraseUnderstander(load(), meanings=meanings).read(text, directory.people["fatima.zahra@halden.example"], directory, now)


def test_what_words_leave_open_is_offered_and_not_done(directory: Directory, now: datetime) -> None:
    likes = Likes("Sam needs the app")
    found = _read(ASKS, likes, directory, now)
    assert (found.calls, found.gaps) == ((), ())
    assert [c.action for c in found.options] == ["access.grant"]
    assert found.because == "Did you mean “Give Müge Yıldız access to Workday”?"
    assert likes.asked
    assert "Müge" not in likes.asked[0]


def test_without_a_model_nothing_is_offered(directory: Directory, now: datetime) -> None:
    assert _read(ASKS, None, directory, now).options == ()


def test_what_is_hardly_alike_is_not_offered(directory: Directory, now: datetime) -> None:
    assert _read(ASKS, Likes("Sam needs the app", 0.5), directory, now).options == ()


@pytest.mark.parametrize(
    "said",
    [
        "How do I give Müge access to Workday?",
        "please don't give Müge access to Workday",
        "Müge said: please give me access to Workday",
        "Workday is slow for Müge today",
        "If Müge needs Workday, please tell me",
    ],
)
def test_however_alike_what_asks_for_nothing_gets_no_offer(directory: Directory, now: datetime, said: str) -> None:
    found = _read(said, Likes("give Sam access to the app"), directory, now)
    assert (found.calls, found.options) == ((), ())


def test_words_that_decide_ask_nobody(directory: Directory, now: datetime) -> None:
    likes = Likes("wipe Sam's laptop")
    assert _read("reset my password", likes, directory, now).calls[0].action == "password.reset"
    assert likes.asked == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("plase remvoe his acess", "please remove his access"),
        ("unlok my acount", "unlock my account"),
        ("Pasword expired", "Password expired"),
        ("resest the calender", "reset the calendar"),
    ],
)
def test_slips_are_put_right(typed: str, meant: str) -> None:
    assert corrected(typed, wording(), lambda _: False).casefold() == meant.casefold()


@pytest.mark.parametrize(
    "said", ["Judith thinks so", "the rest of us", "a locker", "Ask Mr Grope", "remote work", "forward@x.example", "pass-word"]
)
def test_words_are_left_alone(said: str) -> None:
    assert corrected(said, wording(), lambda word: word == "grope") == said


def test_a_name_of_the_company_is_no_slip() -> None:
    assert corrected("add acces to it", wording(), lambda word: word == "acces") == "add acces to it"
