"""Plain-text arguments, found by their public name: levels, models, apps, reasons, roles, addresses, summaries …

What is not listed here is found where the message spells the argument out ("colour: blue").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.calls import Kind
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.text import Token, fold, tokens
from bot.language.phrases.wording import Wording, patterns, split, texts


@dataclass(frozen=True)
class Passage:
    """A part of a message that belongs to one request: `raw` as written, `folded` beside it (same positions), its words and names."""

    raw: str
    folded: str
    words: Sequence[Token]
    mentions: Sequence[Mention]
    lexicon: Lexicon
    wording: Wording
    whole: str = ""
    """The message as it was sent, quotations included."""


def level(passage: Passage, choices: Sequence[str]) -> str | None:
    """The first of the closed set's values, or a synonym of one, that is said where a level is said."""
    levels: dict[str, list[str]] = passage.wording.data["levels"]
    best: tuple[int, str] | None = None
    for name, wordings in levels.items():
        for said in (name, *wordings):
            pattern = (
                rf"(?:\bas (?:an? |the )?|\b(?:give|grant|with|make|needs?|to|only|have|'s|an?|get|is|be|him|her|them|me|for|"
                rf"level:?|it|want|just) (?:an? |only |just )?){re.escape(said)}\b(?!\s+(?:team|group|console|panel|app))"
                rf"|\b{re.escape(said)} (?:access|rights?|permissions?|role|level|privileges?|licen[cs]e|on|in|to|"
                rf"of)\b(?<!read to)(?<!read on)|(?:^\W*|[,:(-]\s*){re.escape(said)}(?:\W|please|pls|thanks|only)*$"
            )
            match = re.search(pattern, passage.folded) or _after_system(passage, said)
            if match and (best is None or len(said) > best[0]):
                best = (len(said), said if said in choices else _choice(name, wordings, choices))
    return best[1] or None if best else None


def _after_system(passage: Passage, said: str) -> re.Match[str] | None:
    """ "Personio admin": a level right after the system's name."""
    ends = (passage.words[m.last - 1].end for m in passage.mentions if m.kind is Kind.SYSTEM)
    found = (re.compile(rf"\s+{re.escape(said)}\b(?!\s+(?:team|group|console|panel|app))").match(passage.folded, end) for end in ends)
    return next(filter(None, found), None)


def _choice(name: str, wordings: Sequence[str], choices: Sequence[str]) -> str:
    if not choices or name in choices:
        return name
    return next((c for w in wordings for c in choices if fold(c) == w), "")


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


_NOT_APPS = patterns("things")["not_apps"]
_INSTALLED = patterns("things")["installed"]
_TILL = (
    r"\s+(?P<list>[^\s].*?)(?=\s+(?:on|onto|for|to|installed|installing|set up|because|as|in|by|until|from|before|please|pls|asap|so"
    r"|and (?:ship|send|deliver|mail|give|add|ask|reset|remove|then))\b|[.;!?\n]|$)"
)
_APPS = tuple(
    re.compile(rf"\b(?:{lead}){_TILL}{tail}")
    for lead, tail in (
        (r"(?:re)?install|deploy|push|download|load|(?:re)?installing|pre-?installed with|installed:", ""),
        (r"with|including|preloaded with|loaded with|apps?:|software:", ""),
        (
            r"put|set up|needs?|wants?|get|have|add|like|love",
            r"(?=\s+(?:(?:pre)?installed|(?:on|onto|to) (?:\S+\s){0,4}?(?:laptop|computer|machine|mac|pc|device|macbook|"
            r"workstation|notebook|[a-z]{2,}\d\w+)\b))",
        ),
    )
)


def apps(passage: Passage, _: Sequence[str] = ()) -> list[str] | None:
    """Names of apps after "install" or "with", by the catalogue's name where it has one."""
    found: list[str] = []
    for pattern in (_INSTALLED,) if _INSTALLED.search(passage.folded) else _APPS:
        for match in pattern.finditer(passage.folded):
            raw = passage.raw[match.start("list") : match.end("list")]
            found += [a for part in re.split(r"\s*(?:,|&|(?<=\s)\+|/(?=\s)|\band\b|\bplus\b)\s*", raw) if (a := _app(part, passage))]
    return list(dict.fromkeys(found)) or None


_HARDWARE = patterns("things")["hardware"]


def _app(part: str, passage: Passage) -> str | None:
    name = re.sub(
        r"(?i)^(?:(?:the|a|an|some|also|latest|new|version of|please|pls|of|app|desktop|me|him|her|them|my|his)\s+)+|\s+(?:app|"
        r"application|desktop app|client|software|please|pls|too|as well|asap|license|licence|instead)$",
        "",
        part.strip(" .,!?\"'"),
    ).strip()
    folded = fold(name)
    if not name or len(name) > 40 or len(name.split()) > 4 or _NOT_APPS.match(folded) or _HARDWARE.search(folded):
        return None
    ids = passage.lexicon.systems.find(texts(tokens(name)))
    if len(ids) == 1:
        return passage.lexicon.directory.systems[next(iter(ids))].name
    named = passage.lexicon.mentions(tokens(name))
    if any(m.kind.value == "person" for m in named):
        return None
    fuzzy = [m for m in named if m.kind.value == "system" and len(m.values) == 1 and m.last - m.first == len(tokens(name))]
    return passage.lexicon.directory.systems[fuzzy[0].values[0]].name if fuzzy else name


_REASON = patterns("things")["reason"]


def reason(passage: Passage, _: Sequence[str] = ()) -> str | None:
    """What follows "because", to the end of the sentence."""
    match = _REASON.search(passage.folded)
    if match:
        return passage.raw[match.start("reason") : match.end("reason")].strip(" ,.") or None
    cause = re.search(r"\bfor cause\b", fold(passage.whole or passage.raw))
    return "for cause" if cause else None


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
        r"\b(?:new|incoming)\s+(?!starter|hire|joiner|employee|colleague|person|laptop|team member|member|recruit|phone|account\b|"
        r"computer|user)(?P<x>[a-z][\w /&\-]{1,40}?)\s*(?:,|\(|(?=\s+(?:starts|starting|joins|joining|begins|beginning|on|from|"
        r"is|named|called|needs|for)\b))"
    ),
    re.compile(r"[a-z]\s+\((?P<x>[a-z][\w /&\-]{1,40}?)\)"),
    re.compile(r",\s+(?:an? |our |the )?(?:new )?(?P<x>[a-z][\w /&\-]{1,40}?),\s+(?:starts|starting|joins|joining|begins)"),
)


def role(passage: Passage, _: Sequence[str] = ()) -> str | None:
    for pattern in _ROLE:
        match = pattern.search(passage.folded)
        if match and not re.search(r"\b(?:soon|possible|well|usual|new starter|starter|admin|she|he|they)\b", match["x"]):
            said = passage.raw[match.start("x") : match.end("x")].strip()
            return _without_name(said, passage) or None
    return None


def _without_name(said: str, passage: Passage) -> str:
    """ "SDR Ada Byron" is a role and a name: the name goes."""
    who = name(passage)
    return said.replace(who, "").strip(" ,") if who and who in said and who != said else said


def department(passage: Passage, _: Sequence[str] = ()) -> str | None:
    for words, value in sorted(passage.lexicon.departments.items(), key=lambda d: -len(d[0])):
        spoken = " ".join(words)
        if re.search(
            rf"\b(?:in|into|to|joins|joining|department:?|join|for)\s+(?:the |our )?{re.escape(spoken)}\b(?!\s+office)|"
            rf"\b{re.escape(spoken)}\s+(?:team|department|org)\b",
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
    match = re.search(r"\b(?:in|at|from|to) (?:the |our )(?P<x>[a-z][\w\-]*(?: [a-z][\w\-]*)?) office\b", passage.folded)
    return passage.raw[match.start("x") : match.end("x")] if match and match["x"] not in ("head", "main", "home") else None


_CAPITALS = (
    r"(?P<x>[^\W\d_][\w'’.\-]*(?:\s+(?:(?:de|da|van|von|der|den|del|di|la|le|el|al|bin|ibn|dos|du|ter|ten|af|"
    r"zu)\s+)*[^\W\d_][\w'’\-]*){0,4})"
)
_NAME = (
    r"\b(?:named|called|name is|name:|name's|name|her name is|his name is)\s+",
    r"\b(?:onboard|on-board|hire|hired|hiring|welcome|onboarding(?: for| of)?|joiner|starter|hire|employee|colleague|recruit|"
    r"intern|contractor|team member|person|newcomer)(?:\s+is)?[,:;\-\s]+(?:our new \S+ |the new \S+ |new \S+ |a new \S+[, ]+)?",
    r"\bnew(?:\s+[\w/&\-]+){1,4}?[,:]?\s+",
    r"^\W*(?:(?i:please|hi|hello|hey|so|also)\W+)*",
    r"\baccounts? for\s+|\bset up\s+|\bfor\s+",
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
        known = (plain,) in passage.wording.phrases or plain in ("sdr", "cfo", "cto", "hr", "it", "i", "new", "on", "our")
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
