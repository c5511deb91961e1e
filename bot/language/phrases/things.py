"""Plain-text arguments, found by their public name: levels, models, apps, reasons, roles, addresses, summaries …

What is not listed here is found where the message spells the argument out ("colour: blue").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from bot.domain.calls import Kind
from bot.language.phrases.apps import apps
from bot.language.phrases.levels import level
from bot.language.phrases.passages import Passage
from bot.language.phrases.text import Token, fold
from bot.language.phrases.wording import patterns, split

__all__ = ["BY_NAME", "apps", "level", "model", "name", "reason", "role", "ship_to", "spelled", "summary", "text"]


def model(passage: Passage, _: Sequence[str] = ()) -> str | None:
    """A device model: a maker or brand and what follows it ("MacBook Pro 14")."""
    brands, makers, tails = (passage.wording.data["devices"][k] for k in ("brands", "makers", "tails"))
    words = passage.words
    for n, word in enumerate(words):
        if word.text not in brands and not (word.text in makers and n + 1 < len(words) and words[n + 1].text in (*brands, *tails)):
            continue
        last = n + 1
        while last < len(words) and last < n + 6 and _joined(words[last - 1], words[last], passage.raw):
            if words[last].text not in (*brands, *tails) and not re.fullmatch(
                r"[a-z]{0,2}\d{1,4}[a-z]{0,2}|\d+(?:[.\-]\w+)?|m\d", words[last].text
            ):
                break
            last += 1
        return passage.raw[word.start : words[last - 1].end]
    return None


def _joined(one: Token, other: Token, raw: str) -> bool:
    return raw[one.end : other.start].strip() in ("", "-", '"')


_REASON = patterns("things")["reason"]


def reason(passage: Passage, _: Sequence[str] = ()) -> str | None:
    """What follows "because", to the end of the sentence."""
    match = _REASON.search(passage.folded)
    if match:
        return passage.raw[match.start("reason") : match.end("reason")].strip(" ,.") or None
    closed = _CLOSED.search(passage.folded)
    if closed:
        return passage.raw[closed.start("reason") : closed.end("reason")].strip(" ,.") or None
    cause = re.search(r"\bfor cause\b", fold(passage.whole or passage.raw))
    return "for cause" if cause else None


_CLOSED = re.compile(r"\b(?:close|shut|resolve|complete)\b[^:\n]{0,20}\b(?:bh-|#|[a-z]{2,6}-)\d+\s*[:\-]\s+(?P<reason>[^\n]{3,300})")
""" "Close BH-1019: fixed itself"."""
_TITLE_END = (
    r"(?=\s+(?:on|in|at|from|starting|starts|start|joins|joining|joined|begins|beginning|reporting|reports|under|with|"
    r"for|named|called|who|is|and|next|this|tomorrow|needs|will|based|to)\b|\s*[,.;:()\n]|\s*$)"
)
_ROLE = (
    re.compile(
        r"\b(?:as|role(?: is|:)?|title(?: is|:)?|position(?: is|:)?)\s+(?:an? |our |the )?(?:new )?(?P<x>[a-z][\w /&\-]{1,50}?)"
        + _TITLE_END
    ),
    re.compile(
        r"\b(?:new|incoming)\s+(?!starter|hire|joiner|employee|colleague|person|laptop|team member|member|recruit|phone|"
        r"account\b(?! (?:exec|manager|director|partner|lead|rep))|"
        r"computer|user)(?P<x>[a-z][\w /&\-]{1,40}?)\s*(?:,|\(|(?=\s+(?:starts|starting|joins|joining|begins|beginning|on|from|"
        r"is|named|called|needs|for)\b))"
    ),
    re.compile(r"[a-z]\s+\((?P<x>[a-z][\w /&\-]{1,40}?)\)"),
    re.compile(r",\s+(?:an? |our |the )?(?:new )?(?P<x>[a-z][\w /&\-]{1,40}?),\s+(?:starts|starting|joins|joining|begins)"),
)


_CATALOGUE = frozenset((Kind.SYSTEM, Kind.GROUP))


def role(passage: Passage, _: Sequence[str] = ()) -> str | None:
    for pattern in _ROLE:
        match = pattern.search(passage.folded)
        named = match and any(
            match.start("x") <= passage.words[m.first].start < match.end("x") and m.kind in _CATALOGUE for m in passage.mentions
        )
        if match and not named and not re.search(r"\b(?:soon|possible|well|usual|new starter|starter|admin|she|he|they)\b", match["x"]):
            said = _PLACE.sub("", passage.raw[match.start("x") : match.end("x")].strip())
            return _without_name(said, passage) or None
    return _PLACE.sub("", _listed_role(passage, name(passage)) or "") or _known_title(passage)


_PLACE = re.compile(r"\s(?:in|at)\s.*")


def _known_title(passage: Passage) -> str | None:
    """ "Our new Care Agent in Hull": a title that somebody here has."""
    words = passage.words
    for at, last in ((n, n + size) for n in range(1, len(words)) for size in range(5, 0, -1)):
        if words[at - 1].text in ("new", "incoming", "a", "an") and tuple(w.text for w in words[at:last]) in passage.lexicon.titles:
            return passage.raw[words[at].start : words[min(last, len(words)) - 1].end]
    return None


def _without_name(said: str, passage: Passage) -> str:
    """ "SDR Ada Byron" is a role and a name: the name goes."""
    who = name(passage)
    return said.replace(who, "").strip(" ,") if who and who in said and who != said else said


_PART_END = r"\s*(?=[,.;)\n]|-\s|$)"
"""How a part of a list ends, as in "Ada Byron, Sales, Hull"."""


def _listed_role(passage: Passage, who: str | None) -> str | None:
    """ "Ada Byron, Data Analyst, starts …": the part of a list that is written as a title is, or is one here."""
    for part in re.finditer(
        r"(?:(?<=[,;(\n!:])|(?<=\s-))\s*(?:(?P<article>an? |our |as (?:an? )?|the )?(?P<x>[^\W\d][^,;()\n.!:]{1,48}?))" + _PART_END,
        passage.folded,
    ):
        start, end = part.span("x")
        words = [w for w in passage.words if start <= w.start < end]
        known = tuple(w.text for w in words) in passage.lexicon.titles
        written = all(w.capital or w.text in _LINKS for w in words) and words[-1].text not in passage.wording.everyday
        taken = any(start <= passage.words[m.first].start < end and not known for m in passage.mentions)
        named = (tuple(w.text for w in words) in keys for keys in (passage.lexicon.departments, passage.lexicon.locations))
        if 0 < len(words) <= 5 and passage.raw[start:end] != who and (known or written) and not taken and not any(named):
            return passage.raw[start:end]
    return None


_LINKS = frozenset(("of", "and", "for", "the", "&", "in"))


def department(passage: Passage, _: Sequence[str] = ()) -> str | None:
    for words, value in sorted(passage.lexicon.departments.items(), key=lambda d: -len(d[0])):
        spoken = " ".join(words)
        if re.search(
            rf"\b(?:in|into|to|joins|joining|department:?|join|for)\s+(?:the |our )?{re.escape(spoken)}\b(?!\s+office)|"
            rf"\b{re.escape(spoken)}\s+(?:team|department|dept|org)\b|(?:[,;(\n]|\s-)\s*{re.escape(spoken)}{_PART_END}",
            passage.folded,
        ):
            return value
    return None


def location(passage: Passage, _: Sequence[str] = ()) -> str | None:
    for words, value in sorted(passage.lexicon.locations.items(), key=lambda d: -len(d[0])):
        spoken = " ".join(words)
        if re.search(
            rf"\b(?:in|at|based in|location:?|to|from|out of)\s+(?:the |our )?{re.escape(spoken)}\b|\b{re.escape(spoken)} office\b",
            passage.folded,
        ):
            return value
        listed = re.search(rf"(?:[,;(\n]|\s-)\s*{re.escape(spoken)}{_PART_END}", passage.folded)
        if listed and not _lives_there(passage, listed.start(), value):
            return value
    match = re.search(r"\b(?:in|at|from|to) (?:the |our )(?P<x>[a-z][\w\-]*(?: [a-z][\w\-]*)?) office\b", passage.folded)
    return passage.raw[match.start("x") : match.end("x")] if match and match["x"] not in ("head", "main", "home") else None


def _lives_there(passage: Passage, at: int, place: str) -> bool:
    """ "…, manager Ilse Vogel, Berlin" says of Ilse, who works there, where she is."""
    before = [m for m in passage.mentions if m.kind is Kind.PERSON and passage.words[m.last - 1].end == at and len(m.values) == 1]
    return any(place in passage.lexicon.directory.people[m.values[0]].location for m in before)


_CAPITALS = (
    r"(?P<x>[^\W\d_][\w'’.\-]*(?:[^\S\n]+(?:(?:de|da|van|von|der|den|del|di|la|le|el|al|bin|ibn|dos|du|ter|ten|af|"
    r"zu)\s+)*[^\W\d_][\w'’\-]*){0,4})"
)
_NAME = (
    r"\b(?:named|called|name is|name:|name's|name|her name is|his name is)\s+",
    r"\b(?:onboard|on-board|hire|hired|hiring|welcome|onboarding(?: for| of)?|joiner|starter|hire|employee|colleague|recruit|"
    r"intern|contractor|team member|person|newcomer)"
    r"(?:\s+is|\s+(?:alert|announcement|notice|notification|request|form|details|incoming))?"
    r"[,:;!.\-\s]+(?:our new \S+ |the new \S+ |new \S+ |a new \S+[, ]+)?",
    r"\b(?:joiner|starter|hire|newcomer|recruit|onboarding|onboard)\b[^:.!?\n]{0,30}:\s+",
    r"\bnew(?:\s+[\w/&\-]+){1,4}?[,:]?\s+",
    r"\bnew\b[^:.!?\n]{0,60}:\s+",
    r"^\W*(?:(?i:please|hi|hello|hey|so|also)\W+)*",
    r"\baccounts? for\s+|\bset up\s+|\bfor\s+|\bget\s+|\bhello to\s+|\bmeet\s+|\bintroducing\s+",
)
_AFTER_NAME = patterns("things")["after_name"]


def name(passage: Passage, _: Sequence[str] = ()) -> str | None:
    """The name of somebody the directory does not know yet: capitalised words where a newcomer's name stands."""
    for lead in _NAME:
        for match in re.finditer(f"(?:{lead if lead.startswith('^') else '(?i:' + lead + ')'})(?=[^\\W\\d_])(?![a-zß-ÿ])", passage.raw):
            found = re.match(_CAPITALS, passage.raw[match.end() :])
            if not found:
                continue
            kept = _capitalised(found["x"], passage)
            if kept and _AFTER_NAME.match(passage.raw[match.end() + len(kept) :].casefold()):
                return kept.strip(" .'’")
    return None


_PARTICLES = frozenset(
    ("de", "da", "van", "von", "der", "den", "del", "di", "la", "le", "el", "al", "bin", "ibn", "dos", "du", "ter", "ten", "af", "zu")
)


def _capitalised(said: str, passage: Passage) -> str:
    """The leading words of `said` that are written like a name, at least two of them and none a common word."""
    kept: list[str] = []
    for word in said.split():
        plain = fold(word).strip(".'")
        known = (plain,) in passage.wording.phrases or plain in (
            "sdr",
            "cfo",
            "cto",
            "hr",
            "it",
            "i",
            "new",
            "on",
            "our",
            "meet",
            "introducing",
            "name",
            "hello",
        )
        if not (word[:1].isupper() and not known) and word not in _PARTICLES:
            break
        kept.append(word)
    while kept and kept[-1] in _PARTICLES:
        kept.pop()
    return " ".join(kept) if len(kept) >= 2 else ""


_STREET = patterns("things")["street"]
_POSTED = patterns("things")["posted"]
_SHIP = patterns("things")["ship"]


def address(raw: str, folded: str) -> tuple[int, int] | None:
    """From where to where a postal address goes: one that looks like one, or whatever with a house number follows "ship it to"."""
    led = (m for m in _POSTED.finditer(folded) if _postal(raw[m.start("x") : m.end("x")]))
    found = _STREET.search(folded) or next(led, None)
    return (found.start("x"), found.end("x")) if found else None


def _postal(written: str) -> bool:
    """Whether it has a house number and at least two words written like names."""
    return len(written) <= 120 and bool(re.search(r"\d", written)) and len(re.findall(r"(?<!\w)[^\W\d_a-zß-ÿ][^\W\d_]+", written)) >= 2


def ship_to(passage: Passage, _: Sequence[str] = ()) -> str | None:
    """ "home", "office", or the address as written."""
    if place := address(passage.raw, passage.folded):
        return passage.raw[slice(*place)].strip(" .,")
    if _HOME.search(passage.folded):
        return "home"
    return "office" if _SHIP.search(passage.folded) and _OFFICE.search(passage.folded) else None


_HOME = re.compile(
    r"\b(?:to|at|for)\s+(?:my|his|her|their|the|'s|\w+'s|\w+ \w+'s)?\s*home\b|\b(?:his|her|their|my|'s) (?:home|house|place|"
    r"flat|apartment)\b|\bhome address\b|\b(?:ship|send|deliver|shipped|sent|delivered)\b.{0,30}\bhome\b|"
    r"\bworks? from home\b|\bhome delivery\b"
)
_OFFICE = re.compile(
    r"\boffice delivery\b|"
    r"\b(?:to|at|in)\s+(?:the |our |my |his |her |their )?(?:[\w\-]+ ){0,2}office\b|\b(?:ship|send|deliver|shipped|sent|"
    r"delivered)\b.{0,30}\b(?:office|work|hq)\b|\b(?:pick(?:ed|s)? (?:it )?up)\b.{0,20}\boffice\b"
)
BARE_PLACES = (("home", re.compile(rf"{_HOME.pattern}|^home$")), ("office", re.compile(rf"{_OFFICE.pattern}|^office$")))
"""How it is told where something goes, once it is clear that something goes somewhere."""


_SUMMARY = patterns("things")["summary"]


def summary(passage: Passage, _: Sequence[str] = ()) -> str | None:
    match = _SUMMARY.search(fold(passage.whole or passage.raw))
    source = passage.whole or passage.raw
    return source[match.start("x") : match.end("x")].strip(" .\"'\n“”") or None if match else None


_SAYING = patterns("things")["saying"]


def text(passage: Passage, _: Sequence[str] = ()) -> str | None:
    source = passage.whole or passage.raw
    match = _SAYING.search(fold(source))
    if match:
        return source[match.start("x") : match.end("x")].strip(" \"'\n“”") or None
    quoted = re.search(r"[\"“](?P<x>[^\"”]{2,1500})[\"”]", source)
    return quoted["x"].strip() if quoted else None


def spelled(passage: Passage, argument: str) -> str | None:
    """The value of an argument that the message names: "colour: blue", "colour is blue"."""
    label = " ".join(split(argument.replace("_", " ")))
    match = re.search(rf"\b{re.escape(label)}\s*(?::|=|\bis\b)\s*(?P<x>[^,.;\n]{{1,200}})", passage.folded)
    return passage.raw[match.start("x") : match.end("x")].strip(" \"'") or None if match else None


BY_NAME: dict[str, Callable[[Passage, Sequence[str]], Any]] = {
    "level": level,
    "model": model,
    "apps": apps,
    "reason": reason,
    "role": role,
    "department": department,
    "location": location,
    "name": name,
    "ship_to": ship_to,
    "summary": summary,
    "text": text,
}
