"""Addresses in the United States, taken apart by `usaddress` and compared part by part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.judge.wording import table, words

Difference = tuple[str, str]
"""A verdict, "near" or "mismatch", and its sentence."""

_ZIP = re.compile(r"\b(\d{5})(?:[- ]?(\d{4}))?$")


@dataclass(frozen=True)
class UsAddress:
    """The parts of an address as the Postal Service names them, normalised; "" where a part is not there."""

    number: str = ""
    street: str = ""
    type: str = ""
    before: str = ""
    after: str = ""
    unit: str = ""
    other: str = ""
    city: str = ""
    state: str = ""
    zip5: str = ""
    plus4: str = ""


def looks_american(text: str) -> bool:
    """Whether plain text without a country ends in a state, a ZIP code after it or both."""
    bare = _ZIP.sub("", text).strip(" ,.")
    tail = words(bare)[-3:]
    states = {*table("states"), *table("states").values()}
    ends_in_state = any(" ".join(tail[-n:]) in states for n in (1, 2, 3) if len(tail) >= n)
    return ends_in_state and (bare != text or "," in text)


def parse(text: str) -> UsAddress | None:
    """The parts of plain text; None where they cannot be told apart."""
    import usaddress

    spelled = re.sub(r"\b([ns])\.\s*([ew])\b\.?", r"\1\2", text)
    spelled = re.sub(r"\b(north|south)[ -](east|west)\b", r"\1\2", spelled)
    try:
        found, _ = usaddress.tag(spelled)
    except usaddress.RepeatedLabelError:
        return None
    return _normalised(found)


def _normalised(found: Mapping[str, str]) -> UsAddress:
    def get(*labels: str) -> list[str]:
        return [word for label in labels for word in words(found.get(label, ""))]

    number = " ".join(_each(get("AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix"), table("numbers")))
    kinds = get("StreetNamePreType", "StreetNamePostType")
    street = get("StreetNamePreModifier", "StreetName", "StreetNamePostModifier")
    zips = _ZIP.search(found.get("ZipCode", ""))
    named = {"OccupancyType", "OccupancyIdentifier", "SubaddressType", "SubaddressIdentifier"}
    unit = _unit([w for label in found if label in named for w in words(found[label])])
    handled = {"Recipient", "CountryName", "PlaceName", "StateName", "ZipCode", *named}
    rest = [label for label in found if label not in handled and not label.startswith(("Street", "AddressNumber"))]
    other = get(*rest)
    return UsAddress(
        number=number,
        street=" ".join(_ordinals(_each(street, {}))),
        type=" ".join(_each(kinds, table("types"))),
        before=_direction(get("StreetNamePreDirectional")),
        after=_direction(get("StreetNamePostDirectional")),
        unit=unit,
        other=" ".join([*other, *_care_of(found.get("Recipient", ""))]),
        city=" ".join(_each(get("PlaceName"), table("places"))),
        state=_state(get("StateName")),
        zip5=zips[1] if zips else "",
        plus4=(zips[2] or "") if zips else "",
    )


def _each(found: list[str], written: Mapping[str, str]) -> list[str]:
    return [written.get(word, word) for word in found]


_ORDINALS = {
    word: f"{n}{ending}"
    for n, (word, ending) in enumerate(
        zip(
            ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
            ("st", "nd", "rd", *["th"] * 7),
            strict=True,
        ),
        start=1,
    )
}


def _ordinals(found: list[str]) -> list[str]:
    return [_ORDINALS.get(word, word) for word in found]


def _direction(found: list[str]) -> str:
    joined = " ".join(found)
    named: str = table("directions").get(joined, joined)
    return named


def _state(found: list[str]) -> str:
    name = " ".join(found)
    return next((code for code, full in table("states").items() if name in (code, full, " ".join(code))), name)


def _unit(found: list[str]) -> str:
    """ "apt 4-B", "# 4b" and "unit 4 B" are one; a floor or a building is another thing."""
    kinds = [table("units").get(word, word) for word in found]
    return " ".join(word for word in kinds if word != "unit")


def _care_of(recipient: str) -> list[str]:
    """A name before the address says nothing; numbers and "care of" do."""
    return words(recipient) if re.match(r"\s*(c/o|care of|attn)\b", recipient) or re.search(r"\d", recipient) else []


def differences(one: UsAddress, other: UsAddress) -> Iterator[Difference]:
    """Every part in which two addresses differ; nothing where they are the same place."""
    yield from _part("house number", one, other, lambda a: a.number)
    yield from _part("street", one, other, lambda a: a.street)
    yield from _part("street type", one, other, lambda a: a.type)
    yield from _directions(one, other)
    yield from _part("unit", one, other, lambda a: a.unit)
    yield from _part("city", one, other, lambda a: a.city)
    if not (one.zip5 and one.zip5 == other.zip5 and "" in (one.state, other.state)):
        yield from _part("state", one, other, lambda a: a.state)
    if one.zip5 != other.zip5:
        yield "near", f"ZIP code {one.zip5 or 'missing'} ≠ {other.zip5 or 'missing'}"
    elif one.plus4 and other.plus4 and one.plus4 != other.plus4:
        yield "near", f"ZIP+4 {one.plus4} ≠ {other.plus4}"
    if one.other != other.other:
        yield "near", f"something else is written there: {one.other or 'nothing'} ≠ {other.other or 'nothing'}"


def _part(name: str, one: UsAddress, other: UsAddress, read: Callable[[UsAddress], str]) -> Iterator[Difference]:
    ours, theirs = read(one), read(other)
    if ours == theirs or _glued(ours) == _glued(theirs):
        return
    if ours and theirs:
        yield "mismatch", f"{name} {ours} ≠ {theirs}"
    else:
        yield "near", f"{name} {ours or theirs} is on one of them only"


def _glued(text: str) -> str:
    """ "4 b" is "4b" and "lake view" is "lakeview", but "41 27" is not "4127"."""
    return re.sub(r"(?<!\d) | (?!\d)", "", text)


def _directions(one: UsAddress, other: UsAddress) -> Iterator[Difference]:
    ours, theirs = (one.before, one.after), (other.before, other.after)
    if ours == theirs:
        return
    if set(ours) == set(theirs):
        yield "near", f"direction {' '.join(filter(None, ours))} stands before the street on one of them and after it on the other"
    elif any(ours) and any(theirs):
        yield "mismatch", f"direction {' '.join(filter(None, ours))} ≠ {' '.join(filter(None, theirs))}"
    else:
        yield "near", f"direction {' '.join(filter(None, (*ours, *theirs)))} is on one of them only"
