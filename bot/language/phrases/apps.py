"""Apps that are to be installed, by the catalogue's name where it has one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.calls import Kind
from bot.language.phrases.passages import Passage
from bot.language.phrases.rank import SMALL
from bot.language.phrases.text import fold, tokens
from bot.language.phrases.wording import patterns, texts

_NOT_APPS = patterns("things")["not_apps"]
_INSTALLED = patterns("things")["installed"]
_TILL = (
    r"(?P<list>[^\s].*?)(?=\s+(?:on|onto|for|to|put|placed|loaded|installed|installing|set up|because|as|in|by|until|from|before|"
    r"please|pls|asap|so|and (?:ship|send|deliver|mail|give|add|ask|reset|remove|then))\b|[.;!?](?=\s|$)|\n|$)"
)
_ON_DEVICE = (
    r"(?=\s+(?:(?:put|placed|loaded) )?(?:(?:pre)?installed|(?:on|onto|to) (?:\S+\s){0,4}?(?:laptop|computer|machine|mac|pc|device|"
    r"macbook|workstation|notebook|desktop|[a-z]{2,}-?\d\w+)\b))"
)
_APPS = tuple(
    re.compile(rf"\b(?:{lead})\s+{_TILL}{tail}")
    for lead, tail in (
        (r"(?:re)?install|deploy|push|download|load|(?:re)?installing|pre-?installed with|installed:", ""),
        (r"with|including|preloaded with|loaded with|apps?:|software:", ""),
        (
            r"put|slap|stick|chuck|pop|throw|whack|set up|putting|setting up|adding|needs?|wants?|gets?|getting|have|having|add|like|love",
            _ON_DEVICE,
        ),
    )
)
_ALONE = re.compile(rf"^\W*(?:(?:please|pls|hi|hello|hey|also|and|\d[.)])\W+)*{_TILL}{_ON_DEVICE}")
""" "Notepad++ and 7-Zip on my laptop please"."""


def apps(passage: Passage, _: Sequence[str] = ()) -> list[str] | None:
    """Names of apps after "install" or "with", by the catalogue's name where it has one."""
    if _INSTALLED.search(passage.folded):
        return _listed(_INSTALLED, passage) or None
    found = [app for pattern in _APPS for app in _listed(pattern, passage)]
    opens = passage.words[0].text if passage.words else ""
    if not found and opens not in SMALL | passage.wording.everyday and not any(i.first == 0 for i in passage.wording.ideas([opens])):
        found = [a for a in _listed(_ALONE, passage) if not a.isalpha() or not a.islower()]
    return list(dict.fromkeys(found)) or None


def _listed(pattern: re.Pattern[str], passage: Passage) -> list[str]:
    raws = [passage.raw[m.start("list") : m.end("list")] for m in pattern.finditer(passage.folded)]
    parts = [p for raw in raws for p in re.split(r"\s*(?:,|&|(?<=\s)\+|/(?=\s)|\band\b|\bplus\b)\s*", raw)]
    return [app for part in parts if (app := _app(part, passage))]


_STARTS = re.compile(r"(?:starting|starts|start|beginning|from|as of|on|until)\b")
_HARDWARE = patterns("things")["hardware"]


def _app(part: str, passage: Passage) -> str | None:
    name = re.sub(
        r"(?i)^(?:(?:to (?:have|get|use)|the|a|an|some|also|"
        r"latest|newest|new|version of|please|pls|of|app|desktop|me|him|her|them|my|his)\s+)+|\s+(?:app|"
        r"application|desktop app|client|software|please|pls|too|as well|asap|license|licence|instead)$|"
        r"\s+(?:isn't|is|are|aren't|was|wasn't|doesn't|won't|has|hasn't|can't|cannot)\b.*$",
        "",
        part.strip(" .,!?\"'"),
    ).strip()
    folded = fold(name)
    if not name or _STARTS.match(folded) or len(name) > 40 or len(name.split()) > 4 or _NOT_APPS.match(folded) or _HARDWARE.search(folded):
        return None
    ids = passage.lexicon.systems.find(texts(tokens(name)))
    if len(ids) == 1:
        return passage.lexicon.directory.systems[next(iter(ids))].name
    named = passage.lexicon.mentions(tokens(name))
    if any(m.kind is Kind.PERSON for m in named):
        return None
    fuzzy = [m for m in named if m.kind is Kind.SYSTEM and len(m.values) == 1 and m.last - m.first == len(tokens(name))]
    return passage.lexicon.directory.systems[fuzzy[0].values[0]].name if fuzzy else name
