"""How much access is asked for: "as an editor", "viewer is enough", "admin on Grafana, read on the rest"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.domain.calls import Kind
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.passages import Passage
from bot.language.phrases.text import fold


@dataclass(frozen=True)
class Level:
    """A level as a choice of its closed set, where it is said, and the systems or people it is said of; none where it is said of all."""

    value: str
    start: int
    end: int
    only: frozenset[str] = frozenset()


_NO_LEVEL = r"\b(?!\s+(?:team|group|console|panel|app)s?\b)"
_RIGHTS = r"(?:access|rights?|permissions?|role|level|privileges?|licen[cs]es?|seats?)"
_LED = (
    r"(?:\bas (?:an? |the |just |only )*|\b(?:give|grant|with|make|needs?|to|only|have|'s|an?|gets?|is|be|him|her|them|me|for|level:?|it|"
    r"want|just) (?:an? |only |just )?)"
)
_ENOUGH = (
    r"(?: (?:only|please|pls|too|will do|would do|does it|suffices|(?:is|are|would be|will be|should be|'s)"
    r"(?: (?:quite|perfectly|more than|all))?"
    r" (?:enough|fine|plenty|ok|okay|sufficient|good|all (?:s?he|they|i|we) needs?|all right|alright)))"
)
_ON = r" (?:on|in|for) (?:the )?[\w.\-]+(?: [\w.\-]+)?"
_ALONE = r"(?:^\W*|[,;:.!(\-+]\s*|\b(?=and [\w\-]+ for ))(?:and |but |just |only |as (?:an? )?)*"
_AFTER = r"\s*(?:[,.;!)\n]|\W*$|(?:please|pls|thanks|only|until|till|til|through|for)\b)"


_RAISED = re.compile(rf"\bfrom (?:an? )?[\w\-]+(?: {_RIGHTS})?(?= to (?:an? )?[\w\-]+)")
"""What somebody has had: "from viewer to editor"."""


@lru_cache(maxsize=256)
def _pattern(said: str) -> re.Pattern[str]:
    """Where a level is said in this wording."""
    name = re.escape(said) + ("s?" if said.isalpha() and len(said) > 4 else "")
    ends = rf"(?: {_RIGHTS})?{_ENOUGH}?(?:(?: btw| for now| for (?:him|her|me|them|us)))*{_AFTER}"
    return re.compile(
        rf"{_LED}(?P<a>{name}){_NO_LEVEL}|\b(?P<b>{name}) (?:{_RIGHTS}|on|in|to|of)\b(?<!read to)(?<!read on)"
        rf"|{_ALONE}(?P<c>{name})(?={ends})|\b(?P<d>{name})(?={_ENOUGH} *(?:[,.;!)\n]|\W*$))"
    )


def levels(passage: Passage, choices: Sequence[str]) -> list[Level]:
    """Every level said, in order; where wordings overlap, the longest."""
    passage = replace(passage, folded=_RAISED.sub(lambda m: " " * len(m.group()), passage.folded))
    spoken = sorted(_said(passage, choices), key=lambda f: f.start - f.end)
    kept: list[Level] = []
    for one in spoken:
        if all(one.end <= k.start or k.end <= one.start for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def level(passage: Passage, choices: Sequence[str]) -> str | None:
    """The first of the closed set's values, or a synonym of one, that is said of everything asked for."""
    found = [f for f in levels(passage, choices) if not f.only]
    people = {m.values for m in passage.mentions if m.kind is Kind.PERSON and m.role in ("", "self")}
    if len({f.value for f in found}) > 1 and len(people) > 1:
        return None  # "write for her and read for him": rather the least than one for both
    return max(found, key=lambda f: f.end - f.start).value if found else None


def level_of(passage: Passage, choices: Sequence[str], one: str) -> str | None:
    """The level that is said of this system, or of this person, alone."""
    return next((f.value for f in levels(passage, choices) if one in f.only), None)


def only_level(folded: str, names: Sequence[str]) -> bool:
    """Whether a sentence says nothing but a level: "Viewer is plenty."."""
    return any(re.fullmatch(rf"\W*(?:just |only )?{re.escape(n)}s?(?: {_RIGHTS})?(?:{_ENOUGH}?|{_ON}{_ENOUGH})\W*", folded) for n in names)


def _said(passage: Passage, choices: Sequence[str]) -> Iterator[Level]:
    spoken: dict[str, list[str]] = passage.wording.data["levels"]
    ends = [passage.words[m.last - 1].end for m in passage.mentions if m.kind is Kind.SYSTEM]
    for name, wordings in spoken.items():
        for said in (name, *wordings):
            if said not in passage.folded:
                continue
            value = _choice(name, said, wordings, choices)
            after = (re.compile(rf"\s+(?P<e>{re.escape(said)}){_NO_LEVEL}").match(passage.folded, end) for end in ends)
            for match in (*_pattern(said).finditer(passage.folded), *filter(None, after)):
                start, end = next(span for g in match.groupdict() if (span := match.span(g))[0] >= 0)
                if value:
                    yield Level(value, start, end, _of(passage, start, end))


def _choice(name: str, said: str, wordings: Sequence[str], choices: Sequence[str]) -> str:
    """The choice that was said; else the one that stands for the same."""
    if not choices:
        return name
    literal = [c for word in re.findall(r"\w+", said) for c in choices if fold(c) == word]
    return (
        (said if said in choices else "")
        or next(reversed(literal), "")
        or (name if name in choices else "")
        or next((c for w in wordings for c in choices if fold(c) == w), "")
    )


_BEFORE = {
    Kind.SYSTEM: re.compile(rf"(?: {_RIGHTS})? (?:on|in|for|to|of)(?: the)?\s+$"),
    Kind.PERSON: re.compile(rf"(?: {_RIGHTS})? for\s+$"),
}
_BEHIND = re.compile(r"(?:,? (?:as|with|at)(?: an?| the| only| just)*\s+|\s*[(:=\-]\s*|\s+)$")


def _of(passage: Passage, start: int, end: int) -> frozenset[str]:
    """The systems or people beside a level, where others are named that it is not said of: "Figma and Miro as viewer, Jira as admin"."""
    for kind, before in _BEFORE.items():
        runs = runs_of(passage, kind)
        for run in runs if len(runs) > 1 else ():
            first, last = passage.words[run[0].first].start, passage.words[run[-1].last - 1].end
            if first >= end and before.fullmatch(passage.folded[end:first]):
                return frozenset(v for m in run for v in m.values)
            if last <= start and _BEHIND.fullmatch(passage.folded[last:start]):
                return frozenset(v for m in run for v in m.values)
    return frozenset()


def runs_of(passage: Passage, kind: Kind = Kind.SYSTEM) -> list[list[Mention]]:
    """The systems, or whatever else, named, those of one list together."""
    runs: list[list[Mention]] = []
    for mention in (m for m in passage.mentions if m.kind is kind and m.role in ("", "self")):
        before = passage.words[runs[-1][-1].last - 1].end if runs else 0
        between = passage.folded[before : passage.words[mention.first].start]
        if runs and re.fullmatch(r"\s*(?:,|&|\+|/|and|,\s*and|plus)\s*(?:the |also )?", between):
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return runs
