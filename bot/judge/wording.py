"""How addresses are written: letters that look alike, accents, abbreviations. Everything here is lower case and without accents."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

# What NFKD leaves whole although it is a Latin letter with something added.
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})

# Cyrillic and Greek letters that are drawn like Latin ones.
_LOOKALIKES = str.maketrans(
    "авеіјкмнорстухѕԁԛԝһαβεικνορτυχ",
    "abeijkmhopctyxsdqwhabeikvoptux",
)

_HIDDEN = {"Cf", "Cc", "Co", "Cn", "Cs", "Me"}
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")


@cache
def table(name: str) -> dict[str, Any]:
    """One table of addresses.toml."""
    found: dict[str, Any] = _data()[name]
    return found


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "addresses.toml").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """Lower case without accents, invisible characters or odd spaces; line breaks become commas."""
    text = re.sub(r"[\r\n\u2028\u2029\v\f;|]+", ", ", text)
    text = unicodedata.normalize("NFKC", _DASHES.sub("-", text)).replace("\t", " ")
    text = "".join(c for c in text if unicodedata.category(c) not in _HIDDEN).casefold().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
    return re.sub(r"(\s*,\s*)+", ", ", re.sub(r"\s+", " ", bare)).strip(" ,.")


def words(text: str) -> list[str]:
    """The words and numbers of plain text; an apostrophe belongs to its word, a slash or hyphen between digits to its number."""
    return re.findall(r"\d+(?:[-/]\d+)+|[^\W_]+", re.sub(r"['’`´]", "", text))


def skeleton(text: str) -> str:
    """Plain text as an eye in a hurry reads it: look-alikes as Latin letters, digits that stand for letters as letters, spelled-out
    words put together ("P. 0. B O X 12" becomes "pobox 12")."""
    text = " ".join(words(plain(text).translate(_LOOKALIKES)))
    text = re.sub(r"(?<![\d])0(?!\d)|(?<=[a-z])0", "o", text)
    text = re.sub(r"(?<=[a-z])1(?=[a-z])", "l", text)
    return re.sub(r"\b(?:[a-z] )+[a-z]\b", lambda m: m.group().replace(" ", ""), text)


def mixed_scripts(text: str) -> str:
    """The first word that mixes Latin letters with look-alikes of another alphabet, or is made of nothing but look-alikes among
    Latin words; "" if there is none."""
    found = words(unicodedata.normalize("NFKC", text).casefold())
    latin = any(_scripts(word) == {"LATIN"} for word in found)
    for word in found:
        scripts = _scripts(word)
        foreign = scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}
        if foreign and (len(scripts) > 1 or (latin and word.translate(_LOOKALIKES).isascii())):
            return word
    return ""


def _scripts(word: str) -> set[str]:
    return {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()}


def country_of(text: str) -> tuple[str, str]:
    """The country that plain text names at its end (two letters, "" if none), and the text without it."""
    head, comma, last = text.rpartition(",")
    name = " ".join(words(last))
    code = _country(name)
    # "Wilmington, DE" is in Delaware, "10965 Berlin, DE" in Germany.
    if comma and code and (name not in table("states") or re.search(r"(^|,)\s*\d{4,5} [^,]+$", head)):
        return code, head.strip(" ,.")
    for count in (4, 3, 2, 1):
        tail = re.search(rf"((?:[^\s,]+\s+){{{count - 1}}}[^\s,]+)$", text)
        named = _country(" ".join(words(tail.group()))) if tail else ""
        if tail and named and (len(tail.group()) > 2 or tail.group() == "uk"):
            return named, text[: tail.start()].strip(" ,.")
    return "", text


def _country(name: str) -> str:
    return next((code for code, names in table("countries").items() if name in names), "")


def country_code(name: str) -> str:
    """A country's two letters for its name or code; "" where it is not known."""
    return _country(" ".join(words(plain(name))))
