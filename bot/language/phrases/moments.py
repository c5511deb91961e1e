"""Dates and durations as people write them, in the speaker's own calendar day. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.domain.people import Person


@dataclass(frozen=True)
class Moment:
    """A date ("2026-11-30") or a duration ("P14D") and where in the text it stands; `cue` is the word that leads to it."""

    value: str
    start: int
    end: int
    lasting: bool = False
    cue: str = ""
    ends: str = ""
    """The day on which a duration that begins now is over."""


_GLUED = re.compile(r"[@/]|[.\-]\w")
"""What follows a word that only looks like a date: "monday.com"."""
_MONTHS = {name: n for n in range(1, 13) for name in (calendar.month_name[n].lower(), calendar.month_abbr[n].lower())} | {"sept": 9}
_DAYS = {name: n for n in range(7) for name in (calendar.day_name[n].lower(), calendar.day_abbr[n].lower())}
_DAYS |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_ONES = "a an one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {w: max(n - 1, 1) for n, w in enumerate(_ONES.split())} | {"a couple of": 2, "a few": 3, "half a": 0, "fourteen": 14}
_NUMBERS |= {"thirty": 30, "sixty": 60, "ninety": 90, "twenty": 20, "fifteen": 15, "couple of": 2, "another": 1, "the next": 1}
_NUM = r"(?P<n>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_UNIT = r"(?P<unit>h|hour|hr|day|week|wk|fortnight|month|quarter|year|yr)s?"
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DAY = r"(?P<day>mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_NTH = r"(?P<nth>[0-3]?\d)(?:st|nd|rd|th)"
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"]
_ORDINALS += [f"{n}teenth" for n in ("thir", "four", "fif", "six", "seven", "eigh", "nine")] + ["twentieth"]
_RANKS = {word: n for n, word in enumerate(_ORDINALS, 1)} | {"thirtieth": 30}
_RANKS |= {
    f"{tens} {word}": n + _RANKS[word] for tens, n in (("twenty", 20), ("thirty", 30)) for word in _ORDINALS[:9] if n + _RANKS[word] < 32
}
_RANKED = r"(?P<rank>" + "|".join(w.replace(" ", r"[\s\-]") for w in sorted(_RANKS, key=len, reverse=True)) + ")"
_SPELLED = "|".join(w.replace(" ", r"[\s\-]") for w, n in _RANKS.items() if n > 12)
_CUE = (
    r"(?:\b(?P<cue>until|till|til|up until|through|thru|up to and including|up to|"
    r"expiring on|expiring|expires on|expires|ending on|ending|ends on|"
    r"ends|by|before|on|from|as of|effective"
    r"|starting on|starting|starts on|starts|start date(?: is|:)?|start(?: is|:)?(?: on)?|start on|beginning|joins on|joining on|"
    r"joining|joins|begins|last day is|last day will be|"
    r"last day|leaving on|leaving|leaves on|leaves|in|for"
    r"|since|after|at|to|of)\s+)?(?:the\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+(?:the\s+)?(?=\d))?"
)
_LASTING = re.compile(
    r"\b(?P<cue>for|lasting|over|during)\s+"
    r"(?:(?:about|around|the next|the coming|the following|just|only|another|roughly|at least|up to)\s+){0,2}"
    + r"(?:"
    + _NUM
    + r"|(?!(?:more )?\w+s\b))[\s\-]*(?:more |(?P<working>working |business ))?"
    + _UNIT
    + r"\b"
)
_ADJECTIVE = re.compile(
    r"\b"
    + _NUM
    + r"[\s\-]"
    + _UNIT
    + r"\b(?:\s+(?:of(?=\s+\w+\s+(?:on|in|access|rights)\b)|access|only|max|maximum|period|trial|window|long|"
    r"(?:is|are|would be|will be|should be) (?:enough|plenty|fine|sufficient)|(?:will|would|should) (?:do|suffice)))"
)


def when(text: str, now: datetime, speaker: Person) -> list[Moment]:
    """Every date and duration in folded `text`, in order."""
    today = now.astimezone(zone(speaker) or now.tzinfo or UTC).date()
    found: list[Moment] = []
    taken = bytearray(len(text))

    def keep(match: re.Match[str], value: str, lasting: bool = False) -> None:
        if value and not any(taken[match.start() : match.end()]) and not _GLUED.match(text, match.end()):
            taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
            cue = (match.groupdict().get("cue") or "").strip()
            found.append(Moment(value, match.start(), match.end(), lasting, cue, _iso(_after(value, today)) if lasting else ""))

    for pattern in (_LASTING, _ADJECTIVE):
        for match in pattern.finditer(text):
            keep(match, _duration(match["n"], match["unit"], bool(match.groupdict().get("working"))), True)
    american = _american(speaker)
    for pattern, read in _forms():
        for match in pattern.finditer(text):
            keep(match, _iso(read(match, today, american)))
    return sorted(found, key=lambda m: m.start)


@lru_cache(maxsize=512)
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """Zone names by the city in them; without cities that several zones name."""
    names = sorted(
        n for n in available_timezones() if n.count("/") == 1 and not n.startswith(("Etc/", "SystemV/", "US/", "Mexico/", "Brazil/"))
    )
    cities: dict[str, str] = {}
    for name in names:
        city = name.split("/")[1].replace("_", " ").casefold()
        cities[city] = "" if city in cities else name
    return cities


def zone(person: Person) -> tzinfo | None:
    """The person's time zone: the attribute `timezone` (an IANA name), else that of the city where they work; None if unknown."""
    given = str(person.attributes.get("timezone") or "")
    name = given or _cities().get(person.location.split(",")[0].strip().casefold(), "")
    return _zone(name) if name else None


def _american(person: Person) -> bool:
    """Whether 4/5 is the fifth of April to this person."""
    country = str(person.attributes.get("country") or person.location).casefold()
    return bool(re.search(r"\b(us|usa|united states|new york|san francisco|chicago|boston|austin|seattle|portland|denver)\b", country))


def _duration(number: str | None, unit: str, working: bool = False) -> str:
    count = int(number) if number and number.isdigit() else _NUMBERS.get(number or "a", 1)
    if count == 0:
        return {"day": "PT12H", "year": "P6M", "hour": "PT30M"}.get(unit, "")
    unit = {"h": "hour", "hr": "hour", "wk": "week", "yr": "year"}.get(unit, unit)
    if working and unit == "day":
        count += 2 * (count // 5)  # weekends are no working days
    days = {"day": 1, "week": 7, "fortnight": 14}.get(unit)
    if days:
        return f"P{count * days}D"
    return {"hour": f"PT{count}H", "month": f"P{count}M", "quarter": f"P{count * 3}M", "year": f"P{count}Y"}[unit]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


_ENDING = ("until", "till", "til", "up until", "up to", "through", "thru", "by")
Read = Callable[[re.Match[str], date, bool], "date | None"]


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[re.Pattern[str], Read], ...]:
    ordinal = r"(?P<nth>[0-3]?\d)(?:st|nd|rd|th)?"
    year = r"(?:,?\s+(?P<year>20\d\d))?"
    period = r"(?P<which>this|next|the|current|coming|following)?\s*(?P<period>week|month|quarter|year)"
    end = r"(?P<edge>end|start|beginning|middle|first day|last day)\s+of\s+"
    forms: list[tuple[str, Read]] = [
        (r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b", lambda m, t, a: _date(int(m["y"]), int(m["m"]), int(m["d"]))),
        (r"(?P<y>20\d\d)/(?P<m>\d\d)/(?P<d>\d\d)\b", lambda m, t, a: _date(int(m["y"]), int(m["m"]), int(m["d"]))),
        (r"(?P<x>\d{1,2})[./-](?P<z>\d{1,2})[./-](?P<y>20\d\d|\d\d)\b", _numeric),
        (r"(?P<rank>first|second|third|fourth|last)\s+" + _DAY + r"\s+(?:of|in)\s+" + _MONTH + year + r"\b", _weekday_in),
        (_RANKED + r"\s+(?:of\s+)?" + _MONTH + year + r"\b", _named),
        (_MONTH + r"\s+(?:the\s+)?" + _RANKED + year + r"\b", _named),
        (r"(?P<x>\d{1,2})[./](?P<z>\d{1,2})\.?(?![\w./])", _short_numeric),
        (end + _MONTH + year + r"\b", _edge_of_month),
        (end + period + r"\b", _edge_of_period),
        (r"(?:" + end + r")?q(?P<quarter>[1-4])" + year + r"\b", _quarter),
        (r"(?P<edge>mid|early|late)[\s\-]" + _MONTH + year + r"\b", _edge_of_month),
        (ordinal + r"[\s\-./]*(?:of\s+)?" + _MONTH + r"(?:[,\s\-./]+(?P<year>20\d\d))?" + r"\b", _named),
        (_MONTH + r"\s+(?:the\s+)?" + ordinal + year + r"\b", _named),
        (r"(?<!\d\s)(?<!st\s)(?<!nd\s)(?<!rd\s)(?<!th\s)(?<!of\s)" + _MONTH + r"\s+(?P<year>20\d\d)\b", _whole_month),
        (_NTH + r"\s+of\s+(?P<which>this|next)\s+month\b", _nth_of),
        (_NUM + r"\s+" + _UNIT + r"\s+(?:from (?:now|today)|hence|later)\b", _ahead),
        (
            r"(?P<word>day after tomorrow|tomorrow|tmrw|tmr|tomoz|today|tonight|this (?:morning|afternoon|evening)|now|"
            r"right away|immediately|eod|"
            r"end of day|end of the day|close of business|cob)\b",
            _word,
        ),
        (r"(?P<word>month end|end of month|month's end|eom|eow|eoy|year end|end of week|quarter end|eoq)\b", _word),
        (r"(?P<in>in|within)\s+" + _NUM + r"\s+" + _UNIT + r"(?:['’]?s? time)?\b(?!\s+ago\b)", _ahead),
        (r"(?:a\s+)?(?P<n>week|fortnight)\s+(?:from|on)\s+(?:" + _DAY + r"|(?P<word>today|tomorrow))\b", _week_from),
        (_DAY + r"\s+(?P<week>week|in a week)\b(?<!next week)", _week_from),
        (r"(?P<which>next|this) week(?:'s)?,?\s+(?:on\s+)?(?:the\s+)?" + _DAY + r"\b", _weekday_of),
        (r"(?P<feast>christmas eve|christmas day|christmas|xmas|new year's eve|new year's day|new year's|new year|boxing day)\b", _feast),
        (
            r"(?<!last )(?<!past )(?<!every )(?P<which>this coming|this|next|coming|following)?\s*"
            + _DAY
            + r"(?:\s+(?P<of>of )?(?P<later>next week|this week))?\b",
            _weekday,
        ),
        (r"(?P<which>next|this|coming|following)\s+(?P<period>week|month|quarter|year)\b", _period),
        (r"(?<=the )(?P<nth>" + _SPELLED + r")(?!\s+(?!please\b|pls\b|thanks\b|and\b)\w)", _nth),
        (_NTH + r"(?![\w-]|\s+(?:floor|street|st|avenue|ave|party|time|person|one))", _nth),
    ]
    return tuple((re.compile(_CUE + r"(?<![\w/.\-])" + pattern), read) for pattern, read in forms)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numeric(m: re.Match[str], today: date, american: bool) -> date | None:
    x, z, year = int(m["x"]), int(m["z"]), int(m["y"])
    year += 2000 * (year < 100)
    if x > 12 or z > 12 or "." in m.group():
        return _date(year, z, x) if z <= 12 else _date(year, x, z)
    return _date(year, x, z) if american else _date(year, z, x)


def _short_numeric(m: re.Match[str], today: date, american: bool) -> date | None:
    """ "until 31/12": only after a word that leads to a date; elsewhere 24/7 is none."""
    if not m["cue"] or m["cue"] in ("of", "to", "at", "in", "for"):
        return None
    x, z = int(m["x"]), int(m["z"])
    day, month = (z, x) if american and x <= 12 else (x, z)
    return _coming(month, day, None, today) if 1 <= month <= 12 and 1 <= day <= 31 and _date(2024, month, day) else None


def _coming(month: int, day: int, year: str | None, today: date) -> date | None:
    """The day in the year said, or the next one that is not long past (a month)."""
    if year:
        return _date(int(year), month, day)
    this = _date(today.year, month, day)
    return this if this and this >= today - timedelta(days=30) else _date(today.year + 1, month, day)


def _named(m: re.Match[str], today: date, _: bool) -> date | None:
    said = m.groupdict()
    day = int(said["nth"]) if said.get("nth") else _RANKS[m["rank"].replace("-", " ")]
    return _coming(_MONTHS[m["month"]], day, m["year"], today)


def _edge_of_month(m: re.Match[str], today: date, _: bool) -> date | None:
    month = _MONTHS[m["month"]]
    year = int(m["year"]) if m["year"] else today.year + (month < today.month)
    last = calendar.monthrange(year, month)[1]
    day = {"end": last, "last day": last, "late": 25, "mid": 15, "middle": 15, "early": 5}.get(m["edge"], 1)
    return _date(year, month, day)


def _edge_of_period(m: re.Match[str], today: date, _: bool) -> date | None:
    first, last = _span(m["period"], 1 if m["which"] in ("next", "following", "coming") else 0, today)
    if m["edge"] == "middle":
        return first + (last - first) / 2
    return last if m["edge"] in ("end", "last day") else first


def _quarter(m: re.Match[str], today: date, _: bool) -> date | None:
    """The beginning or end of a quarter, as said or as "until" and its like imply; of this year, unless that quarter is over."""
    first = _date(int(m["year"] or today.year), 3 * int(m["quarter"]) - 2, 1)
    if first is None:
        return None
    last = _add_months(first, 3) - timedelta(days=1)
    if last < today and not m["year"]:
        first, last = _add_months(first, 12), _add_months(last + timedelta(days=1), 12) - timedelta(days=1)
    ends = m["edge"] in ("end", "last day") or (not m["edge"] and m["cue"] in (*_ENDING, "to"))
    return last if ends else first + (last - first) / 2 if m["edge"] == "middle" else first


def _span(period: str, ahead: int, today: date) -> tuple[date, date]:
    """First and last day of a period; a week ends with Friday, as office weeks do."""
    if period == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
        return first, first + timedelta(days=4)
    size = {"month": 1, "quarter": 3, "year": 12}[period]
    start = today.year * 12 + today.month - 1
    start = start - start % size + size * ahead
    return date(start // 12, start % 12 + 1, 1), date((start + size) // 12, (start + size) % 12 + 1, 1) - timedelta(days=1)


def _period(m: re.Match[str], today: date, _: bool) -> date | None:
    if m["which"] == "this":
        return _span(m["period"], 0, today)[1] if m["cue"] in (*_ENDING, "before") else None
    return _span(m["period"], 1, today)[0]


def _weekday_in(m: re.Match[str], today: date, _: bool) -> date | None:
    """ "The last Friday in October"."""
    month, target = _MONTHS[m["month"]], _DAYS[m["day"]]
    year = int(m["year"]) if m["year"] else today.year + (month < today.month)
    days = [d for d in range(1, calendar.monthrange(year, month)[1] + 1) if date(year, month, d).weekday() == target]
    return date(year, month, days[-1 if m["rank"] == "last" else _RANKS[m["rank"]] - 1])


def _whole_month(m: re.Match[str], today: date, _: bool) -> date | None:
    """ "October 2026": its last day where something ends then, else its first."""
    month, year = _MONTHS[m["month"]], int(m["year"])
    ends = m["cue"] in ("until", "till", "til", "through", "thru", "up to", "up until")
    return date(year, month, calendar.monthrange(year, month)[1] if ends else 1)


def _nth_of(m: re.Match[str], today: date, _: bool) -> date | None:
    first, _last = _span("month", 1 if m["which"] == "next" else 0, today)
    return _date(first.year, first.month, int(m["nth"]))


def _nth(m: re.Match[str], today: date, _: bool) -> date | None:
    day = int(m["nth"]) if m["nth"].isdigit() else _RANKS[m["nth"].replace("-", " ")]
    for ahead in range(3):
        first, _last = _span("month", ahead, today)
        found = _date(first.year, first.month, day)
        if found and found >= today:
            return found
    return None


def _word(m: re.Match[str], today: date, _: bool) -> date | None:
    word = m["word"]
    if word in ("tomorrow", "tmrw", "tmr", "tomoz", "day after tomorrow"):
        return today + timedelta(days=1 + word.startswith("day"))
    if word.startswith("this ") or word in ("today", "tonight", "eod", "end of day", "end of the day", "close of business", "cob"):
        return today
    period = {"m": "month", "y": "year", "w": "week", "q": "quarter"}.get(word.removeprefix("end of ").removeprefix("eo")[:1])
    return _span(period, 0, today)[1] if period else None


def _add_months(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    last = calendar.monthrange(month // 12, month % 12 + 1)[1]
    return date(month // 12, month % 12 + 1, min(day.day, last))


def _ahead(m: re.Match[str], today: date, _: bool) -> date | None:
    return _after(_duration(m["n"], m["unit"]), today)


def _after(duration: str, today: date) -> date | None:
    if not duration or "T" in duration:
        return today if duration else None
    count, unit = int(duration[1:-1]), duration[-1]
    if unit == "D":
        return today + timedelta(days=count)
    return _add_months(today, count * (12 if unit == "Y" else 1))


def _weekday(m: re.Match[str], today: date, _: bool) -> date | None:
    target = _DAYS[m["day"]]
    if m["which"] in ("next", "following") or m["later"] == "next week":
        return today - timedelta(days=today.weekday()) + timedelta(weeks=1, days=target)
    return today + timedelta(days=(target - today.weekday() - 1) % 7 + 1)


def _weekday_of(m: re.Match[str], today: date, _: bool) -> date | None:
    return today - timedelta(days=today.weekday()) + timedelta(weeks=m["which"] == "next", days=_DAYS[m["day"]])


_FEASTS = {"christmas eve": (12, 24), "boxing day": (12, 26), "new year's eve": (12, 31)}


def _feast(m: re.Match[str], today: date, _: bool) -> date | None:
    usual = (12, 25) if m["feast"].startswith(("christmas", "xmas")) else (1, 1)
    month, day = _FEASTS.get(m["feast"], usual)
    return _coming(month, day, None, today)


def _week_from(m: re.Match[str], today: date, _: bool) -> date | None:
    parts: dict[str, Any] = m.groupdict()
    weeks = 2 if parts.get("n") == "fortnight" else 1
    if parts.get("word"):
        return today + timedelta(weeks=weeks, days=int(parts["word"] == "tomorrow"))
    return today + timedelta(days=(_DAYS[parts["day"]] - today.weekday() - 1) % 7 + 1, weeks=weeks)
