"""Dates and durations, from Wednesday 2026-06-10."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.people import Person
from bot.language.phrases.moments import when
from bot.language.phrases.text import fold

NOW = datetime.fromisoformat("2026-06-10T22:30:00+00:00")


def person(**attributes: str) -> Person:
    return Person(id="1", name="A B", email="a@b.example", attributes=attributes)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("for two weeks", "P14D"),
        ("for 3 months", "P3M"),
        ("for a couple of weeks", "P14D"),
        ("for a fortnight", "P14D"),
        ("for 90 days", "P90D"),
        ("for 4 hours", "PT4H"),
        ("for half a year", "P6M"),
        ("for the next 10 days", "P10D"),
        ("for a year", "P1Y"),
        ("today", "2026-06-10"),
        ("tomorrow", "2026-06-11"),
        ("the day after tomorrow", "2026-06-12"),
        ("until Friday", "2026-06-12"),
        ("on Wednesday", "2026-06-17"),
        ("next Friday", "2026-06-19"),
        ("a week from Monday", "2026-06-22"),
        ("in 3 weeks", "2026-07-01"),
        ("in a month", "2026-07-10"),
        ("end of next month", "2026-07-31"),
        ("until the end of the month", "2026-06-30"),
        ("end of the quarter", "2026-06-30"),
        ("start of next month", "2026-07-01"),
        ("on the 24th", "2026-06-24"),
        ("on the 3rd", "2026-07-03"),
        ("the 5th of next month", "2026-07-05"),
        ("30 November", "2026-11-30"),
        ("Nov 30th, 2027", "2027-11-30"),
        ("1 Dec", "2026-12-01"),
        ("January 5", "2027-01-05"),
        ("2026-12-24", "2026-12-24"),
        ("24.12.2026", "2026-12-24"),
        ("24/12/2026", "2026-12-24"),
        ("mid-December", "2026-12-15"),
        ("her last day is 30 November", "2026-11-30"),
    ],
)
def test_what_people_write(said: str, value: str) -> None:
    assert [m.value for m in when(fold(said), NOW, person())] == [value]


@pytest.mark.parametrize(
    "said", ["monday.com", "may I ask", "last Friday", "the 4th floor", "room 12", "31 February 2026", "error 500.2", "1.2.3.4"]
)
def test_what_only_looks_like_a_date(said: str) -> None:
    assert when(fold(said), NOW, person()) == []


def test_the_day_is_the_speakers_own() -> None:
    assert when("today", NOW, person(timezone="Asia/Tokyo"))[0].value == "2026-06-11"
    assert when("today", NOW, person(timezone="Nowhere/Land"))[0].value == "2026-06-10"


def test_month_and_day_are_read_as_the_speakers_country_does() -> None:
    assert when("04/05/2026", NOW, person())[0].value == "2026-05-04"
    assert when("04/05/2026", NOW, person(country="USA"))[0].value == "2026-04-05"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026/12/31", "2026-12-31"),
        ("31-12-2026", "2026-12-31"),
        ("31/12", "2026-12-31"),
        ("the first Monday of October", "2026-10-05"),
        ("the last Friday in October", "2026-10-30"),
        ("the fourth of October", "2026-10-04"),
        ("Tuesday the 6th of October", "2026-10-06"),
        ("two weeks from today", "2026-10-01"),
        ("Wednesday next week", "2026-09-23"),
        ("next week Friday", "2026-09-25"),
        ("October 2026", "2026-10-31"),
        ("Christmas", "2026-12-25"),
    ],
)
def test_further_ways_to_write_a_day(said: str, day: str) -> None:
    now = datetime.fromisoformat("2026-09-17T13:30:00+00:00")
    found = when(fold(f"until {said}"), now, Person(id="1", name="Ann", email="ann@x.example"))
    assert [m.value for m in found] == [day]


@pytest.mark.parametrize("said", ["24/7", "1/2 of the team", "Windows 11", "version 3.2.1", "I may be late", "room 12"])
def test_what_only_looks_like_a_day(said: str) -> None:
    now = datetime.fromisoformat("2026-09-17T13:30:00+00:00")
    assert [m.value for m in when(fold(said), now, Person(id="1", name="Ann", email="ann@x.example")) if m.value] == []
