"""From text to the terms that are compared: lower case, no accents, stems, exact codes and file names, a few canonical forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

from bot.library.stem import stem

SYNONYMS = Path(__file__).with_name("synonyms.txt")
COMPANY_SYNONYMS = "synonyms.txt"
"""A file of this name in the knowledge folder adds the company's own words."""
KEPT = 50_000
"""Of so many tokens is kept what becomes of them."""

_WORD = re.compile(r"[^\W_]++(?:[.'’:@+\-/_\\][^\W_]++)*+")
_ASCII_WORD = re.compile(r"[a-zA-Z0-9]++(?:[.':@+\-/_\\][a-zA-Z0-9]++)*+")
_INNER = re.compile(r"[.:@+\-/_\\]")
_OFFICE = re.compile(r"\bout[\s-]+of[\s-]+(?:the[\s-]+)?office\b", re.I)
_HUMP = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])")
_ISE = re.compile(r"(?<=[a-z]{3})(i|y)s(e[drs]?|ing|ations?|able)$")
_OUR = re.compile(r"(?<=[a-z]{3})our(?=(s|ed|ing|ful|able|ite|ites|hoods?)?$)")
_SUFFIX = re.compile(r"['’](?:s|re|ve|ll|d|m|t)$")

_STOP = """
    a an and are as at be been being but by can cannot could did do does doing for from had has have having he her hers him his how i if
    in into is it its itself just me my mine no nor not of on onto or our ours out s she should so some such t than that the their theirs
    them then there these they this those to too up us very was we were what when where which while who whom why will with would you your
    yours am any also about again all both each few more most other own same only over under until isnt arent cant couldnt didnt doesnt dont
    hasnt havent im ive id ill wont wouldnt thats whats theres hi hello hey please pls thanks thank hiya ok okay lol ugh anyone anybody
    someone somebody something anything thing things really still even keeps keep kept every always never suddenly today now currently
    gets got get getting goes going gone go let lets like way"""
STOP = frozenset(_STOP.split())
"""Left out of questions and articles alike."""
_WEAK = """
    work working works problem problems issue issues help need needs want wants use using used try tried trying make
    makes know see say says said show shows way new please fix error message question able happen happens wrong computer machine thing
    tell give find look come comes put people person"""
WEAK = frozenset(stem(word) for word in _WEAK.split())
"""Terms that say little about what is asked: they count less."""
WEAK_WEIGHT = 0.45

_PAIRS = {
    ("log", "in"): "signin", ("log", "into"): "signin", ("log", "on"): "signin", ("sign", "in"): "signin", ("sign", "into"): "signin",
    ("sign", "on"): "signin", ("logged", "in"): "signin", ("logged", "into"): "signin", ("logging", "in"): "signin",
    ("logging", "into"): "signin", ("signed", "in"): "signin", ("signing", "in"): "signin", ("signing", "into"): "signin",
    ("log", "out"): "signout", ("log", "off"): "signout", ("sign", "out"): "signout", ("sign", "off"): "signout",
    ("logged", "out"): "signout", ("signed", "out"): "signout", ("logs", "out"): "signout", ("signs", "out"): "signout",
    ("set", "up"): "setup", ("setting", "up"): "setup", ("back", "up"): "backup", ("locked", "out"): "lockout", ("lock", "out"): "lockout",
    ("wi", "fi"): "wifi", ("e", "mail"): "email", ("e", "mails"): "email", ("start", "up"): "startup", ("shut", "down"): "shutdown",
    ("plug", "in"): "plugin", ("add", "in"): "addin", ("add", "ins"): "addin", ("add", "on"): "addin",
}  # fmt: skip
_FIRST = frozenset(first for first, _ in _PAIRS)
_SAME = {
    "login": "signin", "logon": "signin", "logins": "signin", "signon": "signin", "sso": "sso", "logout": "signout", "logoff": "signout",
    "emails": "email", "mails": "mail", "addins": "addin", "addon": "addin", "plugins": "plugin", "backups": "backup", "vpns": "vpn",
}  # fmt: skip
_AMERICAN = {
    "catalogue": "catalog", "catalogues": "catalog", "centre": "center", "centres": "center", "grey": "gray", "greyed": "grayed",
    "licence": "license", "licences": "license", "programme": "program", "programmes": "program", "dialogue": "dialog",
}  # fmt: skip


class _Marks(dict[int, int | None]):
    """What becomes of a character in compatible form: accents, which stand after their letter there, go."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.combining(chr(code)) else code
        return self[code]


_MARKS = _Marks()


def folded(text: str) -> str:
    """`text` in compatible, accent-free form; case is kept."""
    return text if text.isascii() else unicodedata.normalize("NFKD", text).translate(_MARKS)


class _Terms(dict[str, tuple[str, ...]]):
    """Each token's terms. `firsts` are the tokens that may make one term with the next: "log" with "in"."""

    def __init__(self) -> None:
        self.firsts: set[str] = set()

    def __missing__(self, token: str) -> tuple[str, ...]:
        if len(self) >= KEPT:
            self.clear()
        words = _forms(token)
        if words[-1] in _FIRST:
            self.firsts.add(token)
        self[token] = found = tuple(term for term, _ in _termed(words))
        return found


_TERMS = _Terms()


def terms(text: str) -> list[str]:
    """The terms of `text`, in order, with repeats; words that say nothing are left out. As spoken(), in a third of the time."""
    tokens = _tokens(text)
    found = [*map(_TERMS.__getitem__, tokens)]
    if not _TERMS.firsts.isdisjoint(tokens):
        for at in [i for i, token in enumerate(tokens[:-1]) if token in _TERMS.firsts]:
            one, two = _forms(tokens[at]), _forms(tokens[at + 1])
            if (one[-1], two[0]) in _PAIRS:
                both = tuple(term for term, _ in _termed((*one, *two)))
                found[at : at + 2] = both, ()
    return [*chain.from_iterable(found)]


def spoken(text: str) -> list[tuple[str, str]]:
    """As terms(), each with the word it was made of, in lower case."""
    return _termed([*chain.from_iterable(map(_forms, _tokens(text)))])


def _tokens(text: str) -> list[str]:
    text = folded(text)
    if "ffice" in text:
        text = _OFFICE.sub("outofoffice", text)
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def _termed(words: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    index, last = 0, len(words) - 1
    while index <= last:
        word = words[index]
        joined = _PAIRS.get((word, words[index + 1])) if index < last else None
        index += 2 if joined else 1
        term = joined or _term(word)
        if term:
            found.append((term, word))
    return found


@lru_cache(maxsize=5_000)
def _forms(token: str) -> tuple[str, ...]:
    """The words a token stands for: its parts, and itself where it is a code or a name of its own."""
    low = token.lower()
    if low.isalpha():
        humps = _HUMP.findall(token) if len(token) > 11 else []
        return (low, *(h.lower() for h in humps)) if len(humps) > 1 else (low,)
    low = _SUFFIX.sub("", low).replace("'", "").replace("’", "")
    parts = tuple(_INNER.split(low))
    if len(parts) == 1:
        return (low,)
    if all(part.isdigit() for part in parts):
        return (low,)
    if len(parts) == 2 and "-" in low and low.replace("-", "").isalpha():
        return parts if parts in _PAIRS else (*parts, "".join(parts))
    inner = tuple(h.lower() for part in _INNER.split(token) if len(part) > 11 for h in _HUMP.findall(part))
    return (low, *parts, *inner)


@lru_cache(maxsize=20_000)
def _term(word: str) -> str:
    """The term of a lower-case word; "" where it says nothing."""
    if word in STOP or len(word) > 60 or (len(word) == 1 and word.isascii() and not word.isdigit()):
        return ""
    return _SAME.get(word) or stem(_AMERICAN.get(word) or _OUR.sub("or", _ISE.sub(r"\1z\2", word)))


Group = tuple[tuple[str, ...], ...]


def read_synonyms(*files: Path) -> tuple[Group, ...]:
    """Groups of expressions that mean the same: a line each, commas between, `#` starts a comment; absent files give none."""
    groups: list[Group] = []
    for file in files:
        lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
        for line in lines:
            expressions = (tuple(terms(part)) for part in line.split("#")[0].split(","))
            group = tuple(dict.fromkeys(e for e in expressions if e))
            if len(group) > 1:
                groups.append(group)
    return tuple(groups)
