"""What people type, against what must come of it. All but the part of `utterances` that is kept back was looked at, and teaches the
reader of `learn.py`: these marks show that what was repaired stays so; docs/evaluate.md tells what they were when nobody had looked."""

from __future__ import annotations

import pytest
from conftest_language import SETS, company, marks

from bot.domain.people import Employment
from bot.language.evaluate import KEPT, TUNED, read_set

PARTS = [
    ("utterances", TUNED),
    ("utterances", KEPT),
    ("fresh", "fresh"),
    ("fresh", "blind"),
    ("second", "second"),
    ("threads", TUNED),
    ("threads", KEPT),
    ("tidewater", "looked at"),
    ("harbour", "third"),
    ("followups", TUNED),
    ("arguments", TUNED),
    ("asides", "asides"),
    ("asides2", "asides"),
    ("errands", TUNED),
    ("afterthoughts", TUNED),
    ("handovers", TUNED),
    ("halves", TUNED),
    *((f"exam{n}", KEPT) for n in ("", *range(2, 14))),
]
QUIET = [
    *(("quiet", part) for part in ("first", "second", "third", "fourth", "fifth")),
    *((name, "quiet") for name in ("followups", "asides", "asides2", "errands", "handovers", "halves", "afterthoughts")),
    ("quiet2", "blind"),
    ("quiet3", "blind"),
    ("quiet4", "blind"),
    ("quiet5", "blind"),
    ("exam14", KEPT),
]


def test_the_set_and_its_company_are_large_enough() -> None:
    directory = company()
    people = list(directory.people.values())
    firsts = [p.first_name for p in people]
    assert len(read_set(SETS / "utterances.yaml").utterances) >= 300
    assert len(people) >= 60
    assert len(directory.systems) >= 40
    assert len({n for n in firsts if firsts.count(n) > 1}) >= 5
    assert sum(p.type is Employment.CONTRACTOR for p in people) >= 5
    assert sum("protected" in p.flags for p in people) >= 3
    assert sum(not p.name.isascii() for p in people) >= 8


def test_the_tuned_part_is_understood_exactly() -> None:
    score = marks("utterances")[TUNED]
    assert score.exact / score.total >= 0.95, "\n".join(score.missed)


@pytest.mark.parametrize(("name", "part"), PARTS[1:])
def test_every_other_set_is_understood(name: str, part: str) -> None:
    assert marks(name)[part].marks()["exact"] >= 0.80


@pytest.mark.parametrize(("name", "part"), [*PARTS, *QUIET])
def test_nothing_is_proposed_where_nothing_was_asked(name: str, part: str) -> None:
    assert marks(name)[part].marks()["false_action"] <= 0.01


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_what_is_open_is_asked_for(name: str, part: str) -> None:
    assert marks(name)[part].marks()["acted_without_asking"] <= 0.01
