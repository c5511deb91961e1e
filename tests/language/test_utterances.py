"""What people type, against what must come of it. The part held back from tuning is measured by the same marks, and only reported."""

from __future__ import annotations

import pytest
from conftest_language import Score, measure, utterances


@pytest.fixture(scope="module")
def tuned() -> Score:
    return measure(held=False)


@pytest.fixture(scope="module")
def held() -> Score:
    return measure(held=True)


def test_there_are_enough_of_them() -> None:
    assert len(utterances()) >= 300


def test_the_tuned_part_is_understood_exactly(tuned: Score) -> None:
    assert tuned.exact / tuned.total >= 0.95, "\n".join(tuned.missed)


def test_the_part_held_back_is_understood(held: Score) -> None:

    assert held.exact / held.total >= 0.80


@pytest.mark.parametrize("part", ["tuned", "held"])
def test_nothing_is_proposed_where_nothing_was_asked(part: str, request: pytest.FixtureRequest) -> None:
    score: Score = request.getfixturevalue(part)
    assert score.false_action / score.total <= 0.01


@pytest.mark.parametrize("part", ["tuned", "held"])
def test_what_is_open_is_asked_for(part: str, request: pytest.FixtureRequest) -> None:
    score: Score = request.getfixturevalue(part)
    assert score.unasked / score.total <= 0.01
