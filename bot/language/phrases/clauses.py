"""A message in sentences, and a sentence in the clauses that may each ask for something."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from bot.language.phrases.levels import only_level
from bot.language.phrases.wording import PARTICLES, Wording, patterns, split

MOST = 20
"""Further deeds that are looked for in one sentence."""


@dataclass(frozen=True)
class Clause:
    """A part of the message by position. `shared` are further spans that it says without repeating them ("lock and wipe X")."""

    start: int
    end: int
    sentence: int
    shared: tuple[tuple[int, int], ...] = ()
    when: bool = False
    """Stands under "when …": an instruction for that moment."""


_ABBREVIATED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|e\.g|i\.e|etc|vs|inc|ltd|co|no|approx|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|ave|blvd|rd|"
    r"apt|ste|[a-z]))\.$"
)
_STOP = re.compile(r"[.!?]+(?=\s|$)|\n+|;|•|(?<=\s)[*\-](?=\s)|(?:(?<=\s)|^)\(?\d[.)](?=\s)|[\U0001f300-\U0001faff\u2600-\u27bf]+(?=\s+\w)")
_WHEN = re.compile(
    r"^\W*(?:please\s+)?(?:when(?:ever)?|once|as soon as|after|before|while|at the same time as|upon)\s+(?:(?:you|we)(?:\s+are|"
    r"\s+have|'re|'ve)?\s+(?P<verb>\w+)|(?P<ing>\w+ing)\b)"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of folded `text`."""
    spans, start = [], 0
    for match in _STOP.finditer(text):
        if match.group() == "." and _ABBREVIATED.search(text[max(0, match.end() - 8) : match.end()]):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if any(c.isalnum() for c in text[a:b]) and not _NUMBER.fullmatch(text, a, b)]


_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)]")
"""A number in a list, alone."""


def clauses(text: str, wording: Wording, orders: frozenset[str] = frozenset()) -> list[Clause]:
    """The clauses of folded `text`: sentences, parted before every further deed. `orders` are further words that open an order."""
    found: list[Clause] = []
    spans = _with_headings(text, wording)[: 2 * MOST]
    form = spans[:1] if len(spans) > 1 and _FIELD.match(text, *spans[0]) else []
    for number, (start, end) in enumerate(spans[len(form) :]):
        if found and _detail(text[start:end], wording):
            found[-1] = replace(found[-1], shared=(*found[-1].shared, (start, end)))
        else:
            found += _parts(text, start, end, number, wording, orders)
    if form and found:  # a form with the order under it
        found[0] = replace(found[0], shared=(*found[0].shared, *form))
    return found


def _with_headings(text: str, wording: Wording) -> list[tuple[int, int]]:
    """The sentences, a heading with the one it stands over: "New joiner! Ada Byron, …"."""
    spans = sentences(text)
    for n in range(len(spans) - 2, -1, -1):
        words = split(text[slice(*spans[n])])
        words = words[:-1] if words[-1:] and words[-1] in _NOTICES else words
        ideas = wording.ideas(words[-3:])
        if len(words) <= 3 and any(i.name in _HEADINGS and i.form == "noun" and i.last == len(words) for i in ideas):
            spans[n : n + 2] = [(spans[n][0], spans[n + 1][1])]
            while n + 1 < len(spans) and text[spans[n][1] - 1] == "-":  # "New starter - Ana Souza - Recruiter"
                spans[n : n + 2] = [(spans[n][0], spans[n + 1][1])]
    return _with_fields(text, spans)


_FIELD = re.compile(
    r"\s*(?:(?:full |first |last |new )?name|role|job title|title|position|department|dept|team|(?:line )?manager|reports to|"
    r"start(?:s|ing)?(?: date)?|first day|location|office|based in)\s*:"
)


def _with_fields(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences, lines of a form ("Name: …", "Role: …") as one, with what stands over them."""
    joined: list[tuple[int, int]] = []
    for span in spans:
        if joined and _FIELD.match(text, *span):
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined


MOST_IN_DETAIL = 6
"""Words of a sentence that is none of its own."""
_ADDED = re.compile(
    r"\W*(?:(?:just|only|and|but) )*(?:until|till|til|through|for|from|starting|level)\b(?! example| instance| now| what| once)"
)
_NOTICES = frozenset(
    ("alert", "announcement", "notice", "notification", "request", "form", "details", "info", "coming", "incoming", "ahead", "news")
)
_HEADINGS = ("newcomer.", "leaver.")


def _detail(sentence: str, wording: Wording) -> bool:
    """Whether a sentence only says how much of what the one before asks for, for whom or how long: "Viewer is plenty.", "Until Friday."."""
    words = split(sentence)
    if len(words) <= MOST_IN_DETAIL and _ADDED.match(sentence) and not any(i.form in ("base", "state") for i in wording.ideas(words)):
        return True
    return any(only_level(sentence, (name, *said)) for name, said in wording.data["levels"].items())


def _parts(text: str, start: int, end: int, number: int, wording: Wording, orders: frozenset[str]) -> list[Clause]:
    when = _WHEN.match(text[start:end])
    if when and (comma := text.find(",", start, end)) > 0:
        verb = start + (when.start("verb") if when["verb"] else when.start("ing"))
        return [Clause(verb, comma, number, when=True), *_cut(text, comma + 1, end, number, wording, orders)]
    return _cut(text, start, end, number, wording, orders)


def _cut(text: str, start: int, end: int, number: int, wording: Wording, orders: frozenset[str]) -> list[Clause]:
    later = _later_when(text, start, end)
    if later:
        return [*_cut(text, start, later[0], number, wording, orders), Clause(later[1], end, number, when=True)]
    joints = [m for m in _joint(wording, orders).finditer(text, start, end) if m.start("next") > start + 2]
    if text[start:end].rstrip().endswith("?") or text[start:end].lstrip().startswith("if "):
        joints = [m for m in joints if not _FURTHER.match(m["next"])]
    joints = [m for m in joints if not _one_subject(text[start : m.start()], text[m.start("next") : end], wording)]
    cuts = {m.start("next") for m in joints if not _one_deed(text[start : m.start()], text[m.start("next") : end], wording)}
    cuts |= {m.start("next") for m in _WISH_GOES_ON.finditer(text, start, end) if _WISHES.search(text, start, m.start())}
    cuts |= {m.start("next") for m in _ASIDE.finditer(text, start, end) if m.start() > start + 2}
    edges = [start, *sorted(cuts)[:MOST], end]
    parts = [Clause(a, b, number) for a, b in pairwise(edges)]
    return _share(text, parts, wording)


_WISH_GOES_ON = patterns("clauses")["wish_goes_on"]
_WISHES = patterns("clauses")["wishes"]


def wish_goes_on(before: str, clause: str) -> bool:
    """ "I need Salesforce and my mail forwarded to Carla": whether a clause is one more thing that the one before it wishes for."""
    joined = before + clause
    return bool(_WISHES.search(before)) and any(m.start("next") == len(before) for m in _WISH_GOES_ON.finditer(joined))


_ASIDE = patterns("clauses")["aside"]
"""Where somebody goes on to tell why, how or about what: "…, she starts on Monday", "…, my old one is broken", "…, can he get one?"."""


_FURTHER = re.compile(r"(?:now |only |still )?(?:no longer|doesn't|does not|don't|do not|needs|wants|gets|requires)\b")
"""How a verb goes on that shares its subject: in a question it goes on asking."""
_SUBJECT = re.compile(
    r"\w+ (?:\w+ )?(?:also |both )?(?:needs?|wants?|should|must|will|no longer|gets?|would|(?:should|must|do|does|ca)n'?t)\b"
)


def _one_subject(before: str, after: str, wording: Wording) -> bool:
    """ "Sam and I need X", "Sam and Lucy should lose X": two subjects before one verb."""
    words = split(before.rsplit(",", 1)[-1])
    subject = after.startswith("i ") or _SUBJECT.match(after)
    return bool(subject) and 0 < len(words) <= 2 and not wording.ideas(words)


def _one_deed(before: str, after: str, wording: Wording) -> bool:
    """ "read and answer X": two words for the same deed."""
    one, other = split(before[-40:]), split(after[:40])
    last = {i.name for i in wording.ideas(one[-1:]) if i.form == "base"}
    return len(one) > 1 and bool(last & {i.name for i in wording.ideas(other[:1]) if i.form == "base"})


def _later_when(text: str, start: int, end: int) -> tuple[int, int] | None:
    match = re.compile(r",?\s(?:when|once|as soon as|after)\s+(?:(?:you|we)\s+(?:are\s+|have\s+)?|(?=\w+ing\b))").search(
        text, start + 3, end
    )
    return (match.start(), match.end()) if match else None


def _share(text: str, parts: list[Clause], wording: Wording) -> list[Clause]:
    """ "Lock and wipe X": a bare deed shares what follows the next one."""
    shared = list(parts)
    for n in range(len(parts) - 2, -1, -1):
        words = re.findall(r"\w+", text[parts[n].start : parts[n].end])
        bare = [w for w in words if w not in ("and", "then", "please", "also", "can", "could", "you", "or", "pls", "would", "kindly")]
        if 0 < len(bare) <= 2 and any(i.form == "base" and i.last == len(bare) for i in wording.ideas(bare)):
            head = re.compile(r"\s*(?:and|then|also|please|,|&|\s)*\s*\w+\s*").match(text, parts[n + 1].start, parts[n + 1].end)
            rest = head.end() if head else parts[n + 1].start
            shared[n] = replace(parts[n], shared=((rest, shared[n + 1].end), *shared[n + 1].shared))
    return shared


def _with_whom(verb: str) -> str:
    """An expression for a verb; "sign up" is also "sign Sam up"."""
    head, _, particle = verb.partition(" ")
    parted = particle in PARTICLES
    return rf"{re.escape(head)} (?:[\w'-]+ )?{particle}" if parted else re.escape(verb)


@lru_cache(maxsize=8)
def _joint_for(verbs: tuple[str, ...]) -> re.Pattern[str]:
    alternatives = "|".join(_with_whom(v) for v in sorted(verbs, key=len, reverse=True))
    lead = (
        r"(?:also|then|please|pls|kindly|finally|afterwards|after that|to|so|while you're at it|"
        r"while you are at it|you can|you may|feel free to|could you|"
        r"can you|would you|i'd like you to|"
        r"i need you to|immediately|just)"
    )
    no_more = r"(?:no longer|doesn't|does not|don't|do not) (?:needs?|wants?|uses?|requires?)"
    more = (
        rf"(?:{no_more}|(?:now |only |still )?(?:needs|wants|gets|requires)|would (?:kindly |also |really )?(?:like|love)|"
        r"(?:must|ought to|has to|have to) (?:have|get|see|use|join))\b"
    )
    subject = (
        rf"(?:(?:i|we|he|she|they|\w+) (?:also )?(?:needs?|wants?|{no_more}|should(?:n't| not)?|will need|"
        r"(?:must|has to|have to|ought to) have|would like|forgot|locked|lost|is locked|am locked|'m locked|gets|"
        r"has to get|must get|can keep|can lose)\b|"
        r"(?:i|we|he|she|they)(?:'ll| will|(?:'m|'s|'re| am| is| are) going to) need\b)"
    )
    return re.compile(
        rf"(?:,\s*(?:and\s+|then\s+|but\s+|plus\s+)?|\s(?:and|then|plus|as well as|but|so)\s+|\s*&\s*|\s\+\s|:\s+|"
        rf"\s-\s|\s(?=so (?:please|pls|can you|could you)\s))"
        rf"(?P<next>(?:{lead}\s+)*(?:(?:{alternatives})\b(?!\s+(?:access|rights?|permissions?|only|role|level|"
        rf"licen[cs]es?|ids?|book|and\s+\w+\s+access|is|are|was|were|has|works?|worked)\b)(?!-)|{subject}|also\s+\w|{more}))"
    )


def _joint(wording: Wording, orders: frozenset[str]) -> re.Pattern[str]:
    """Where a clause ends and a further deed begins."""
    verbs = tuple(v for deed, forms in wording.data["deeds"].items() if deed != "need" for v in forms if "…" not in v)
    return _joint_for((*verbs, *sorted(orders)))
