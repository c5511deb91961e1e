"""Days, moments and durations, as the arguments of actions give them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from bot.sdk import About, BadArguments, Is, Kind

OPEN_ENDED = 100_000
"""Days that stand for "without an end" in facts."""

Until = Annotated[
    str,
    Is(Kind.DATE),
    Field(description="ISO date, inclusive, or ISO moment", pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$"),
]

_DURATION = re.compile(r"P((\d{1,6}[YMWD])+(T(\d{1,6}[HMS])+)?|T(\d{1,6}[HMS])+)")
_PARTS = re.compile(r"(\d+)([YMWDHS])")


def day(text: str) -> date:
    """The day of an ISO date or moment; BadArguments if there is no such day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BadArguments(f"There is no day {text[:10]!r} in the calendar.") from None


def end(until: str | None) -> datetime | None:
    """The moment at which something that lasts until then ends: midnight UTC after a day, a moment as it is."""
    if until is None:
        return None
    if len(until) == 10:
        return datetime.combine(day(until), datetime.min.time(), UTC) + timedelta(days=1)
    try:
        return datetime.fromisoformat(until)
    except ValueError:
        raise BadArguments(f"There is no moment {until!r} in the calendar.") from None


def start(when: str | None) -> datetime | None:
    """The moment at which something planned for that day begins: midnight UTC at its start; None where no day is given."""
    return datetime.combine(day(when), datetime.min.time(), UTC) if when else None


def moment(at: datetime | None) -> str | None:
    """A moment as an `Until` that `end` turns back into exactly the same moment."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def after(now: datetime, duration: str) -> str:
    """The `Until` a duration (ISO 8601) leads to: a day where it is counted in days or more, a moment where in hours or less."""
    if not _DURATION.fullmatch(duration):
        raise BadArguments(f"{duration!r} is no ISO 8601 duration such as P14D or PT8H.")
    dated, _, timed = duration.removeprefix("P").partition("T")
    days = {unit: int(number) for number, unit in _PARTS.findall(dated)}
    clock = {unit: int(number) for number, unit in _PARTS.findall(timed)}
    try:
        then = _months_later(now, 12 * days.get("Y", 0) + days.get("M", 0)) + timedelta(
            days=7 * days.get("W", 0) + days.get("D", 0),
            hours=clock.get("H", 0),
            minutes=clock.get("M", 0),
            seconds=clock.get("S", 0),
        )
    except (OverflowError, ValueError):
        raise BadArguments(f"The duration {duration} is longer than any calendar.") from None
    return moment(then.replace(microsecond=0)) or "" if clock else then.date().isoformat()


def _months_later(now: datetime, months: int) -> datetime:
    year, month = divmod(now.month - 1 + months, 12)
    for last in (now.day, 30, 29, 28):
        try:
            return now.replace(year=now.year + year, month=month + 1, day=min(now.day, last))
        except ValueError:
            if last == 28:
                raise
    return now


def asked_until(about: About) -> str | None:
    """Until when the call asks, whether it gives a day, a moment or a duration (the earlier one counts); None: open-ended."""
    until, duration = about.call.arguments.get("until"), about.call.arguments.get("duration")
    ends = [u for u in (until, after(about.now, duration) if duration else None) if u]
    return min(ends, key=lambda u: end(u) or about.now, default=None)


def days_asked(about: About) -> int:
    """How many days the call asks for, a part of a day counting as one; OPEN_ENDED without an end."""
    until = asked_until(about)
    return OPEN_ENDED if until is None else (day(until) - about.now.astimezone(UTC).date()).days or 1


def readable(until: datetime | None) -> str:
    """An end as people read it: " until 14 November 2026", or nothing."""
    if until is None:
        return ""
    last = until - timedelta(microseconds=1)
    midnight = until.astimezone(UTC).time() == datetime.min.time()
    return f" until {last:%-d %B %Y}" if midnight else f" until {until:%-d %B %Y, %H:%M} UTC"
