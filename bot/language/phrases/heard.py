"""A message taken apart: its words, names and dates, and what a part of it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from bot.domain.calls import Kind
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.language.phrases.clauses import sentences
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.moments import Moment
from bot.language.phrases.passages import Passage
from bot.language.phrases.text import Token
from bot.language.phrases.wording import Idea, Wording, patterns

T = TypeVar("T")


@dataclass
class Heard:
    """A message taken apart. Positions are those of the message."""

    raw: str
    folded: str
    words: list[Token]
    mentions: list[Mention]
    moments: list[Moment]
    lexicon: Lexicon
    speaker: Person
    whole: str


LAST_DAY = patterns("understander")["last_day"]
_UNTIL = patterns("understander")["until"]


def open_ends(folded: str, known: Sequence[Moment]) -> list[Moment]:
    """Ends that no calendar tells ("until the audit is over", "until I'm back"), without a value: there is something to ask. "Until then"
    is the end that was said before."""
    found = (Moment(_then(m, known), m.start(), m.end(), cue="until") for m in _UNTIL.finditer(folded))
    return [f for f in found if not any(m.start < f.end and f.start < m.end for m in known)]


def ends_told(folded: str, known: Sequence[Moment]) -> list[Moment]:
    """The moments as known, with a date that "until" leads to by more than a word or two ("until I'm back on 5 October") as an end."""
    ends = [(m.start(), m.end()) for m in _UNTIL.finditer(folded)]
    return [replace(m, cue="until") if m.cue == "on" and any(a < m.start < b for a, b in ends) else m for m in known]


def _then(end: re.Match[str], known: Sequence[Moment]) -> str:
    """The day that "until then" means; "" where it is not said, or another end is meant."""
    said = [m.value for m in known if m.value and not m.lasting and m.start < end.start()]
    return said[-1] if said and end.group().split()[1:] == ["then"] else ""


_START = patterns("understander")["open_start"]


def open_starts(folded: str, known: Sequence[Moment]) -> list[Moment]:
    """Beginnings that no calendar tells ("when the audit is over, …"), without a value: there is something to ask."""
    found = (Moment("", m.start(), m.end(), cue="when") for m in _START.finditer(folded) if not LAST_DAY.search(m.group()))
    return [f for f in found if not any(m.start < f.end and f.start < m.end for m in known)]


_VAGUE = frozenset(
    (
        "give",
        "need",
        "reset",
        "take",
        "create",
        "update",
        "fix",
        "ship",
        "close",
        "comment",
        "provision",
        "delegate",
        "reassign",
        "w:everyth",
    )
)


def specific(features: frozenset[str], kinds: Mapping[Kind, float], vocabulary: frozenset[str]) -> bool:
    """Whether a clause names what it is about: "give me some" does not."""
    told = {f for f in features if f in vocabulary or not f.startswith("w:")}
    return bool(set(kinds) - {Kind.PERSON}) or any(f.endswith(".") and f in vocabulary for f in told) or bool(kinds and told - _VAGUE)


def away(heard: Heard, before: int) -> tuple[int, int] | None:
    """From where to where it is told that somebody is not there ("Ravi is off sick until Friday. Can April …"), in the sentence of this
    position, up to it, or in the one before."""
    near = [(a, min(b, before)) for a, b in sentences(heard.folded) if a < before][-2:]
    absence = "|".join(heard.lexicon.wording.list("people", "absence"))
    told = re.compile(
        rf"(?:\b(?:is|am|are|be|on|go|goes|going|into|in|has|have|while|when)|'s|'m|'re)\s(?:[\w'-]+\s){{0,3}}?(?:{absence})\b"
    )
    return next(((a, b) for a, b in reversed(near) if told.search(heard.folded[a:b])), None)


def without(items: Sequence[T], idea: Idea) -> list[T]:
    return [*items[: idea.first], *items[idea.last :]]


def coupling(heard: Heard, spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether "&", "+" or a comma stands before the word at this place in the spans."""
    kept = [w for w in heard.words if covers(spans, w.start)]
    return bool(set(heard.folded[kept[at - 1].end : kept[at].start]) & set("&+,/"))


def spoken_of(heard: Heard, before: int) -> Mention | None:
    """The first person named in the sentences up to here, where there is exactly one."""
    named = [m for m in heard.mentions if m.kind is Kind.PERSON and m.role in ("", "unknown") and heard.words[m.first].start < before]
    return named[0] if len({m.values or m.said for m in named}) == 1 else None


_SECOND = patterns("understander")["second_thought"]


_MEANT = re.compile(r"\bwrong\b|\bmean(?:t)?\b|\bmake that\b|\bcorrection\b|\bmistake\b")


def second_thought(folded: str, words: Sequence[Token], mentions: Sequence[Mention]) -> list[tuple[int, int]]:
    """ "Jira... sorry, I meant Figma": what is to be left out where the speaker takes back a name for another of its kind. So also further
    on: "Give Yara Jira. Wrong person, I mean Elif."."""
    spans = [(m.kind, words[m.first].start, words[m.last - 1].end) for m in mentions]
    for cue in _SECOND.finditer(folded):
        kept = next((s for s in spans if s[1] == cue.end()), None)
        said = [s for s in spans if s[2] == cue.start() and kept and s[0] is kept[0]]
        if kept and said:
            return [(said[-1][1], kept[1])]
        before = [
            s for s in spans if kept and s[0] is kept[0] and s[2] <= cue.start() and not set(folded[s[2] : cue.start()]) & set(".!?\n")
        ]
        if kept and before and _MEANT.search(cue.group()) and not folded[kept[2] :].strip(" .!,"):
            return [before[-1][1:], (cue.start(), kept[1])]
    return []


def taken_back(folded: str, words: Sequence[Token], mentions: Sequence[Mention]) -> bool:
    """Whether the speaker ends by taking a name back for one that nobody here knows: "Give Elif Figma. Wrong one, I meant Sketch"."""
    named = {words[m.first].start for m in mentions}
    cues = [c for c in _SECOND.finditer(folded) if _MEANT.search(c.group())]
    return any(w.start == c.end() and w.capital and w.start not in named for c in cues for w in words)


def last_day(mentions: Sequence[Mention], directory: Directory, own: Sequence[Mention] = ()) -> str:
    """The end of the contract of the one person named, as an ISO date; "" where the directory knows none. `own` are those in its words:
    "on her last day" is the last day of whom "her" means."""
    people = {v for m in own or mentions if m.kind is Kind.PERSON and m.role not in ("i", "mine") for v in m.values}
    end = directory.people[people.pop()].end_date if len(people) == 1 else None
    return end.isoformat() if end else ""


def ended(moment: Moment, folded: str, day: str) -> Moment:
    """Somebody's last day as an end ("until his last day") or a beginning ("when his contract ends"); `day` is "" where it is not known."""
    until = folded.startswith(("until", "till", "through", "up to", "for", "as long"), moment.start)
    return replace(moment, value=day, cue="until" if until else "on" if day else "when")


def within(words: Sequence[Token], mention: Mention, moments: Sequence[Moment]) -> bool:
    """Whether what looks like a name is part of a date ("May")."""
    start = words[mention.first].start
    return any(m.start <= start < m.end for m in moments)


def without_names(heard: Heard, starts: Sequence[int] = ()) -> str:
    """The folded message without the dates that its clauses, from these starts, begin with ("for ten days send …"), with "z" for every
    letter of a person's name that is also a word ("Will Hurst needs …" asks nothing), and of a system's that says something: it is a
    screen that does."""
    read = heard.folded
    for moment in heard.moments:
        leads = any(not heard.folded[start : moment.start].strip(" ,") for start in starts if start <= moment.start)
        if leads and moment.cue and heard.folded[moment.end :].strip(" ,.!?"):
            read = read[: moment.start] + " " * (moment.end - moment.start) + read[moment.end :]
    for mention in heard.mentions:
        start, end = heard.words[mention.first].start, heard.words[mention.last - 1].end
        first = heard.words[mention.first]
        after = heard.words[mention.last].text if mention.last < len(heard.words) else ""
        if mention.kind is Kind.SYSTEM and after == "says":
            read = read[:start] + re.sub(r"[^\n]", "z", read[start:end]) + read[end:]
        same = any(m is not mention and m.values == mention.values and m.first < mention.last <= m.last for m in heard.mentions)
        if mention.kind is Kind.PERSON and mention.role == "" and first.text in _VERBS and first.capital and not same:
            read = read[:start] + re.sub(r"\w", "z", read[start:end]) + read[end:]
    return read


_VERBS = frozenset(
    ("will", "may", "mark", "grant", "rob", "drew", "chase", "bill", "sue", "pat", "art", "rich", "grace", "hope", "faith", "joy")
)
"""First names that are verbs or the like."""


def covers(spans: Sequence[tuple[int, int]], at: int) -> bool:
    return any(a <= at < b for a, b in spans)


def inside(heard: Heard, spans: Sequence[tuple[int, int]]) -> list[Mention]:
    return [m for m in heard.mentions if covers(spans, heard.words[m.first].start)]


def kinds_of(mentions: Sequence[Mention]) -> dict[Kind, float]:
    """How surely each kind of thing is named: 1 and more for certain, less for an ordinary word."""
    kinds: dict[Kind, float] = {}
    for mention in mentions:
        if mention.kind is Kind.PERSON:
            kinds[Kind.PERSON] = kinds.get(Kind.PERSON, 0) + (mention.role not in ("i", "self"))
        else:
            kinds[mention.kind] = max(kinds.get(mention.kind, 0.0), 0.5 if mention.weak else 1.0)
    return kinds


def hints_at_system(heard: Heard, words: Sequence[str], masked: Sequence[bool]) -> bool:
    """Whether one of these words begins the names of systems without being one."""
    return any(heard.lexicon.hints_at_system(w) for w, name in zip(words, masked, strict=True) if not name)


def said_of(heard: Heard, mention: Mention, wording: Wording) -> range:
    """ "My new analyst Yara", "our team member Sam": what the words before a name say of the person, not of the request."""
    if mention.kind is not Kind.PERSON:
        return range(0)
    for at in range(mention.first - 1, max(mention.first - 5, -1), -1):
        word = heard.words[at].text
        if word in ("my", "our"):
            return range(at + 1, mention.first)
        if any(i.form == "base" and i.name != "give" for i in wording.ideas([word])) or word in ("to", "for", "from", "of", "and", "'s"):
            return range(0)
    return range(0)


def _levels(heard: Heard, found: Sequence[Mention], wording: Wording) -> set[int]:
    """ "Needs write on GitHub": words that only say how much of a system is wanted."""
    starts = {m.first for m in found if m.kind is Kind.SYSTEM}
    texts = [w.text for w in heard.words]
    return {
        n
        for n, word in enumerate(texts)
        if word in wording.levels and n and texts[n - 1] in _WANTING and texts[n + 1 : n + 2] in (["on"], ["in"], ["for"], ["to"])
        if {n + 2, n + 3} & starts
    }


def _strangers(heard: Heard, wording: Wording) -> set[int]:
    """ "Ada Byron": words that are written as a name is, two and more, and that nobody here bears."""
    strange = [w.capital and w.text.isalpha() and (w.text,) not in wording.phrases and w.text not in wording.plain for w in heard.words]
    beside = [a and b for a, b in pairwise(strange)]
    return {n + k for n, both in enumerate(beside) if both for k in (0, 1)}


def _noted(heard: Heard, spans: Sequence[tuple[int, int]], wording: Wording) -> set[int]:
    """ "Add to BH-1107: the tablet has the same fault": the words that are to be written there say nothing of what is wanted."""
    noted: set[int] = set()
    for start, end in spans:
        told = _NOTED.search(heard.folded, start, end)
        lead = [w.text for w in heard.words if told and start <= w.start < told.start()]
        if told and any(i.form in ("base", "noun") and i.name in _NOTES for i in wording.ideas(lead)):
            noted |= {n for n, w in enumerate(heard.words) if told.end() <= w.start < end}
    return noted


_NOTED = re.compile(r"\b(?:[a-z]{2,6}-|#)\d{1,8}:\s")
_NOTES = frozenset(("give", "comment", "update"))
_WANTING = frozenset(
    ("need", "needs", "want", "wants", "give", "gets", "with", "have", "has", "me", "him", "her", "them", "require", "requires")
)


def masked_in(heard: Heard, spans: Sequence[tuple[int, int]], found: Sequence[Mention], wording: Wording) -> tuple[list[str], list[bool]]:
    """The words of these spans, and which of them are names or dates rather than words."""
    names: set[int] = set()
    for mention in found:
        if mention.role in ("", "unknown") and not (mention.weak and (heard.words[mention.first].text,) in wording.phrases):
            names.update(range(mention.first, mention.last))
            names.update(said_of(heard, mention, wording))
    names |= _levels(heard, found, wording) | _strangers(heard, wording) | _noted(heard, spans, wording)
    kept = [n for n, w in enumerate(heard.words) if covers(spans, w.start)]
    dated = [
        any(
            m.start <= heard.words[n].start < m.end and (m.cue in ("until", "for") or heard.words[n].text not in m.cue.split())
            for m in heard.moments
        )
        for n in kept
    ]
    return [heard.words[n].text for n in kept], [n in names or d for n, d in zip(kept, dated, strict=True)]


def passage(heard: Heard, spans: Sequence[tuple[int, int]]) -> Passage:
    """The message with everything but these spans blanked out; its words and names renumbered."""
    keep = bytearray(len(heard.raw))
    for start, end in spans:
        keep[start:end] = b"\1" * (end - start)
    raw = "".join(c if k else " " for c, k in zip(heard.raw, keep, strict=True))
    folded = "".join(c if k else " " for c, k in zip(heard.folded, keep, strict=True))
    numbers = {n: i for i, n in enumerate(n for n, w in enumerate(heard.words) if keep[w.start])}
    words = [heard.words[n] for n in numbers]
    mentions = [
        replace(m, first=numbers[m.first], last=numbers[m.last - 1] + 1)
        for m in heard.mentions
        if m.first in numbers and m.last - 1 in numbers
    ]
    told = (heard.lexicon, heard.lexicon.wording, heard.whole, heard.mentions)
    return Passage(raw, folded, words, mentions, *told, _just_before(heard, spans))


def _just_before(heard: Heard, spans: Sequence[tuple[int, int]]) -> list[Mention]:
    """What is named before these spans, in their sentence and the one before it."""
    start = min(a for a, _ in spans)
    near = [a for a, _ in sentences(heard.folded) if a <= start][-2:]
    return [m for m in heard.mentions if near[:1] <= [heard.words[m.first].start] < [start]]
