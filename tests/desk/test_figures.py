"""Shares, intervals and the figures: published values, too few to tell, and nobody who could be told from them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.desk.analytics import KEPT, LISTED, Analytics, figures
from bot.domain.figures import FEW, Figures, compared, span
from bot.domain.resolution import Ending
from bot.domain.shares import ENOUGH, Share, difference, median_difference, percent, share_of, wilson
from tests.desk.asking import ANN, DAYS, IDA, MIC, MONDAY, VPN, Past

NOW = MONDAY + timedelta(days=60)


def counted(past: Past, day: float = 60) -> Figures:
    return figures(past.questions(), MONDAY - timedelta(days=1), MONDAY + timedelta(days=day), DAYS)


def many(count: int, helped: int, *, start: int = 0, about: str = MIC, arm: str = "", past: Past | None = None) -> Past:
    """So many questions of as many people, of which the first `helped` were confirmed after an hour."""
    past = past or Past()
    for n in range(start, start + count):
        who, kind = f"p{n}@corp.example", "question.drawn" if arm == "human" else "answer"
        past.ask(f"T{n}", about, by=who, day=n / 100, kind=kind, arm=arm)
        if arm == "human":
            past.tell(f"T{n}", "ticket.escalated", n / 100, of=who)
            past.tell(f"T{n}", "ticket.resolved", n / 100 + 0.2, by=IDA, of=who)
        if n < start + helped:
            past.tell(f"T{n}", "helpful", n / 100 + (0.25 if arm == "human" else 1 / 24), by=who, of=who)
    return past


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1.0)],
)
def test_wilson_s_interval_as_published(count: int, of: int, low: float, high: float) -> None:
    """Table I of Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), and its mirror."""
    assert wilson(count, of) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((30, 98), (12, 102), None, None), ((50, 50), (30, 30), None, None)],
)
def test_the_difference_of_shares(one: tuple[int, int], other: tuple[int, int], low: float | None, high: float | None) -> None:
    """56/70 against 48/80 is Newcombe's own example; others: mirrored, and never beyond −1 to 1."""
    found, mirrored = difference(share_of(*one), share_of(*other)), difference(share_of(*other), share_of(*one))
    assert found and mirrored
    assert (found.low, found.high) == pytest.approx((-mirrored.high, -mirrored.low))
    assert -1 <= found.low <= found.value <= found.high <= 1
    if low is not None:
        assert (found.low, found.high) == pytest.approx((low, high), abs=0.00005)


def test_the_difference_of_medians_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the function ci.median2 in Bonett's own R package, of ten and ten."""
    monkeypatch.setattr("bot.domain.shares.ENOUGH", 10)
    found = median_difference(
        [32.1, 39.8, 26.3, 35.0, 43.1, 27.0, 40.9, 37.4, 34.0, 29.2], [36.8, 44.0, 47.1, 42.7, 49.0, 39.6, 46.2, 31.6, 33.1, 48.4]
    )
    assert found
    assert (found.value, found.low, found.high) == pytest.approx((-8.85, -17.66002, -0.0399751), abs=0.00001)


def test_many_cases_are_reckoned_like_few() -> None:
    """Above a size binomial sums are approximated: the interval must not jump there."""
    below, above = (median_difference([float(n % 97) for n in range(size)], [0.0] * 40) for size in (500, 501))
    assert below and above
    assert above.high - above.low == pytest.approx(below.high - below.low, rel=0.06)


def test_below_a_minimum_there_is_no_share_but_always_the_counts() -> None:
    few, enough = counted(many(ENOUGH - 1, 10)), counted(many(ENOUGH, 10))
    assert (few.confirmed, few.minutes) == (Share(count=10, of=ENOUGH - 1), None)
    assert all(line.share.share is None for line in few.endings) and all(row.confirmed.share is None for row in few.weeks)
    assert str(few.confirmed) == f"too few to tell (10 of {ENOUGH - 1})"
    assert enough.confirmed.share == pytest.approx(1 / 3)
    assert str(enough.confirmed) == "33 % (19–51 %), 10 of 30".replace(" %", "\N{NO-BREAK SPACE}%")
    assert difference(few.confirmed, enough.confirmed) is None


def test_what_is_not_quite_all_or_nothing_is_not_said_to_be() -> None:
    assert [percent(s, "") for s in (0, 0.001, 0.5, 0.999, 1)] == ["0", "1", "50", "99", "100"]


@pytest.mark.parametrize(
    ("minutes", "said"), [(0.2, "0 minutes"), (1, "1 minute"), (89, "89 minutes"), (90, "1.5 hours"), (120, "2 hours"), (60 * 72, "3 days")]
)
def test_spans(minutes: float, said: str) -> None:
    assert span(minutes) == said


def test_everything_asked_is_divided_by() -> None:
    """The attack of every vendor's figure: leaving out what was not answered, what was not rated, what is not convenient."""
    past = many(40, 20)
    for n in range(40):
        past.ask(f"U{n}", by=f"u{n}@corp.example", day=1, kind="answer.none")
    assert (counted(past).confirmed.count, counted(past).confirmed.of) == (20, 80)
    assert counted(past).answered.count == 40


def test_every_question_is_somewhere() -> None:
    past = many(50, 20)
    past.ask("young", MIC, day=55).tell("young", "helpful", 55.1)
    past.ask("lot", MIC, day=3, by="x@corp.example", kind="question.drawn", arm="human")
    found = counted(past)
    assert (found.asked, found.early, found.drawn, found.judged) == (52, 1, 1, 50)
    assert sum(line.share.count for line in found.endings) == found.judged
    assert sum(row.asked for row in found.weeks) == sum(row.asked for row in found.channels) == found.judged
    assert sum(row.asked for row in found.articles) == found.answered.count


def test_questions_too_young_are_in_no_share_however_they_stand() -> None:
    past = many(40, 0)
    for n in range(40):
        past.ask(f"Y{n}", VPN, by=f"y{n}@corp.example", day=54).tell(
            f"Y{n}", "helpful", 54.1, by=f"y{n}@corp.example", of=f"y{n}@corp.example"
        )
    assert counted(past).confirmed.count == 0 and counted(past).early == 40
    assert counted(past, 70).confirmed.count == 40


def test_weeks_begin_on_monday() -> None:
    past = Past().ask("1", MIC, day=-0.5).ask("2", MIC, day=6.6, by="b@corp.example").ask("3", MIC, day=6.7, by="c@corp.example")
    assert [(row.name, row.asked) for row in counted(past).weeks] == [("2026-08-31", 1), ("2026-09-07", 1), ("2026-09-14", 1)]


def test_an_article_that_few_people_asked_about_is_not_named() -> None:
    """However often they asked: people are counted, not questions."""
    past = many(FEW, 2, about=MIC)
    for n in range(FEW * 10):
        past.ask(f"S{n}", "hr/secret-matter.md", by=f"s{n % (FEW - 1)}@corp.example", day=n)
    rows = counted(past).articles
    assert [(row.name, row.merged) for row in rows] == [(MIC, 0), ("", 1)]
    assert rows[1].asked == sum(1 for q in past.questions() if q.until <= NOW) - FEW


def test_the_list_of_articles_is_bounded_and_loses_nothing() -> None:
    past = Past()
    for n in range(LISTED + 7):
        many(FEW + n, n, start=n * 100, about=f"a/{n:02}.md", past=past)
    rows = counted(past).articles
    assert len(rows) == LISTED + 1
    assert rows[-1].merged == 7 and rows[-1].name == ""
    assert sum(row.confirmed.count for row in rows) == counted(past).confirmed.count
    assert [row.asked for row in rows[:-1]] == sorted((row.asked for row in rows[:-1]), reverse=True)


def test_no_name_is_in_the_figures() -> None:
    past = many(60, 30)
    many(40, 20, start=100, arm="human", past=past)
    told = counted(past).model_dump_json()
    assert "@" not in told and IDA not in told and ANN not in told
    assert not {f"T{n}" for n in range(200)} & set(json.dumps(told).replace('"', " ").split())


def test_both_sides_of_the_lot() -> None:
    past = many(60, 20, arm="desk")
    many(40, 30, start=100, arm="human", past=past)
    lot = counted(past).lot
    assert lot and lot.confirmed and lot.minutes is None
    assert (lot.desk.confirmed.count, lot.desk.confirmed.of, lot.human.confirmed.count, lot.human.confirmed.of) == (20, 60, 30, 40)
    assert lot.confirmed.value == pytest.approx(1 / 3 - 3 / 4) and lot.confirmed.high < 0
    shares, times = compared(lot)
    assert "42 percentage points lower" in shares and "Chance alone does not explain that." in shares
    assert "too few to tell" in times, "the desk has only 20 confirmed ones"


def test_only_questions_that_a_lot_was_drawn_for_are_compared() -> None:
    """What the desk answered without a lot (urgent words, analysts, before the lot was set) is no like for like."""
    past = many(60, 20, arm="desk")
    many(200, 200, start=1000, past=past)
    many(40, 30, start=100, arm="human", past=past)
    found = counted(past)
    assert found.lot and found.lot.desk.confirmed.of == 60
    assert found.confirmed.of == 260, "and the lot's humans are not the desk's resolution"


def test_times_are_compared_where_there_are_enough() -> None:
    past = many(60, 40, arm="desk")
    many(60, 45, start=100, arm="human", past=past)
    lot = counted(past).lot
    assert lot and lot.minutes
    assert (lot.desk.minutes, lot.human.minutes) == (pytest.approx(60), pytest.approx(360))
    assert "5 hours shorter at the desk than with a human" in compared(lot)[1]


def test_a_small_difference_may_be_chance() -> None:
    past = many(40, 20, arm="desk")
    many(40, 21, start=100, arm="human", past=past)
    lot = counted(past).lot
    assert lot and "That may be chance." in compared(lot)[0]


def test_nothing_at_all() -> None:
    found = counted(Past())
    assert (found.asked, found.confirmed, found.lot, found.articles, found.weeks) == (0, Share(count=0, of=0), None, (), ())
    assert [line.ending for line in found.endings] == [*Ending]


async def test_whoever_looks_twice_does_not_have_it_counted_twice() -> None:
    past, now, counts = many(40, 20), NOW, []

    class Counted(Past):
        async def happened(self, since, fold):  # type: ignore[no-untyped-def]  # as Past has it
            counts.append(since)
            return fold(past.events)

    analytics = Analytics(Counted(), DAYS, lambda: now)
    first = await analytics.latest(90)
    assert await analytics.latest(90) is first and len(counts) == 1
    assert (await analytics.latest(30)).asked == 0 and len(counts) == 2, "another period is another count"
    now += KEPT + timedelta(seconds=1)
    assert await analytics.latest(90) is not first
