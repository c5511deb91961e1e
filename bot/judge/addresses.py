"""Postal addresses: whether two are the same place, and whether a parcel may go there. Pure; implements `bot.desk.ports.Addresses`.

A likeness in per cent is no answer: another house number changes one character, the same address written out changes twenty.
So parts are compared with parts, every difference is named, and what cannot be told is left to a human ("near").
"""

from __future__ import annotations

import re
from collections import Counter

from bot.desk.ports import Comparison
from bot.judge import us_addresses
from bot.judge.us_addresses import Difference
from bot.judge.wording import country_code, country_of, mixed_scripts, plain, skeleton, table, words

LONGEST = 500
"""Characters; nobody lives at a longer address."""

_BOXES = re.compile(
    r"""\bp\ ?o\ ?b(?:ox|x)?\ ?\d | \bp\ ?o\ ?box\b | \bpost\ ?(?:al\ )?(?:office\ )?(?:box|bx)\b | \bgpo\ ?box\b | \bpmb\ ?\d | \bpmb\b
    | \bpostfach\b | \bpackstation\b | \bpostlagernd\b | \bboite\ postale\b | \bbp\ ?\d+ | \bcase\ postale\b | \bposte\ restante\b
    | \bapartado\b | \bapdo\b | \bcasilla\b | \bcasella\ postale\b | \bfermo\ posta\b | \bcaixa\ postal\b | \bpostbus\b | \bpostboks\b
    | \bpostilokero\b | \bskrytka\b | \bprivate\ bag\b | \blocked\ bag\b | \bgeneral\ delivery\b | \block\ ?box\b | \bpo\ drawer\b
    | 私書箱 | 邮政信箱 | \bабонентск | \bа\ я\ \d""",
    re.VERBOSE,
)
_BARE_BOX = re.compile(r"(?:^|,)\s*box\s*#?\s*\d")
_DROP = re.compile(r"\b(?:suite|ste|unit) \d{4,}[- ]\d{3}\b")
_ORIENTAL = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_POSTCODE = re.compile(r"\b(?:\d{4,7}|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|\d{3}-\d{4}|\d{2}-\d{3})\b")


class PostalAddresses:
    """Compares addresses and says why nothing may be shipped to one."""

    def compare(self, one: str, other: str, country: str = "") -> Comparison:
        """How two addresses compare. `country` (a name or code) is where an address is that does not say so."""
        for text in (one, other):
            if len(text) > LONGEST or not _has_digit(plain(text)):
                return Comparison("near", "one of them is not a full address")
            if odd := mixed_scripts(text):
                return Comparison("near", f"the word “{odd}” mixes alphabets, so it only looks like what it says")
        (ours, first), (theirs, second) = (_located(text) for text in (one, other))
        said = country_code(country)
        ours, theirs = ours or theirs or said, theirs or ours or said
        if ours != theirs:
            return Comparison("mismatch", f"country {ours.upper()} ≠ {theirs.upper()}")
        return _verdict(list(_american(first, second) if ours == "us" else _elsewhere(first, second, ours)))

    def problem(self, address: str) -> str:
        """Why nothing may be shipped there, "" if nothing is wrong with it."""
        if len(address) > LONGEST:
            return "not an address: it is far too long"
        if odd := mixed_scripts(address):
            return f"letters of different alphabets in “{odd}”"
        text, bones = plain(address), skeleton(address)
        if _BOXES.search(bones) or _BOXES.search(" ".join(words(text))) or _BARE_BOX.search(_unmasked(text)):
            return "PO box"
        if named := _forwarder(bones, text):
            return f"freight forwarder or mail drop ({named})"
        missing = _missing(text)
        return f"not a full address: {missing}" if missing else ""


def _located(address: str) -> tuple[str, str]:
    """The country an address names or shows, and its plain text without it."""
    country, text = country_of(plain(address))
    return country or ("us" if us_addresses.looks_american(text) else ""), text


def _verdict(found: list[Difference]) -> Comparison:
    if not found:
        return Comparison("match", "every part is the same")
    worst = "mismatch" if any(verdict == "mismatch" for verdict, _ in found) else "near"
    return Comparison(worst, "; ".join(said for _, said in found))


def _american(one: str, other: str) -> list[Difference]:
    if words(one) == words(other):
        return []
    ours, theirs = us_addresses.parse(one), us_addresses.parse(other)
    if ours is None or theirs is None:
        return _elsewhere(one, other, "us")
    return list(us_addresses.differences(ours, theirs))


def _elsewhere(one: str, other: str, country: str) -> list[Difference]:
    """Normalised equality; where that fails, other numbers or mostly other words make it another place, anything else is near."""
    ours, theirs = _written_out(one, country), _written_out(other, country)
    if ours == theirs:
        return []
    mine, yours = Counter(ours), Counter(theirs)
    if mine == yours:
        return [("near", "the same words stand in another order")]
    extra, lacking = mine - yours, yours - mine
    if numbers := _numbers(extra, lacking):
        return [("mismatch", numbers)]
    letters = sum(not _has_digit(w) for w in (mine | yours).elements())
    shared = sum(not _has_digit(w) for w in (mine & yours).elements())
    apart = f"{_listed(extra)} ≠ {_listed(lacking)}"
    return [("mismatch" if shared * 2 < letters else "near", apart)]


def _numbers(extra: Counter[str], lacking: Counter[str]) -> str:
    ours, theirs = ([w for w in side.elements() if _has_digit(w)] for side in (extra, lacking))
    return f"number {' '.join(ours)} ≠ {' '.join(theirs)}" if ours and theirs else ""


def _has_digit(word: str) -> bool:
    return any(c.isdigit() for c in word)


def _listed(found: Counter[str]) -> str:
    return " ".join(found.elements()) or "nothing"


def _written_out(text: str, country: str) -> list[str]:
    joined = re.sub(r"\b([a-z]{1,2}\d[a-z\d]?) (\d[a-z]{2})\b", r"\1\2", text)
    joined = re.sub(r"\b(\d+)[ -]([a-h])\b(?!\.)", r"\1\2", joined)
    found = [table("elsewhere").get(word, word) for word in words(joined)]
    if country in ("de", "at", "ch"):
        found = [re.sub(r"(str|strasse)$", "strasse", w) if len(w) > 3 else w for w in found]
        found = [re.sub(r"(?<=[a-z])(?:ae|oe|ue)", lambda m: m.group()[0], w) for w in _glued(found)]
    return [word for word in found if word]


def _glued(found: list[str]) -> list[str]:
    """ "Lindenhof Strasse" is "Lindenhofstrasse"."""
    glued: list[str] = []
    for word in found:
        if word == "strasse" and glued and glued[-1].isalpha():
            glued[-1] += word
        else:
            glued.append(word)
    return glued


def _unmasked(text: str) -> str:
    return re.sub(r"\bb0x\b", "box", text)


def _forwarder(bones: str, text: str) -> str:
    known = table("forwarders")
    padded = f" {bones} | {' '.join(words(text))} "
    name = next((n for n in known["names"] if f" {n} " in padded), "")
    if name or not (number := re.search(r"\d", text)):
        return name
    spelled = " ".join(table("types").get(w, w) for w in words(text[number.start() :]))
    place = next((p for p in known["places"] if _same_place(p, spelled)), "")
    return place or ("a suite number as forwarders give them" if _DROP.search(text) else "")


def _same_place(place: str, spelled: str) -> bool:
    street, _, town = place.rpartition(" ")
    return f" {street} " in f" {spelled} " and f" {town} " in f" {spelled} "


def _missing(text: str) -> str:
    """What an address needs and this one lacks."""
    country, bare = country_of(text)
    if _ORIENTAL.search(bare):
        return "" if len(bare) >= 8 and _has_digit(bare) else "too little of it"
    found = words(bare)
    if not any(_has_digit(w) or w in table("numbers") for w in found):
        return "no house number"
    if sum(w.isalpha() and len(w) > 1 for w in found) < 2:
        return "no street and town"
    if country == "us" or us_addresses.looks_american(bare):
        return _american_missing(bare)
    if len([part for part in bare.split(",") if part.strip()]) < 2 and not _POSTCODE.search(bare[1:]):
        return "no town"
    # Some countries have no postal codes, so one that is named may do without.
    return "" if country or sum(map(_has_digit, found)) > 1 else "no postal code"


def _american_missing(bare: str) -> str:
    parts = us_addresses.parse(bare)
    if parts is None:
        return ""
    if not parts.number:
        return "no house number"
    if not parts.street:
        return "no street"
    return "" if parts.city and (parts.zip5 or parts.state) else "no town with its state or ZIP code"
