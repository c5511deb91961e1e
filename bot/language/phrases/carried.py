"""What a clause carries over from the ones before it: what "it" is, what it leaves unsaid, and whether it asks for anything new."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.calls import Kind
from bot.language.phrases import things
from bot.language.phrases.clauses import Clause
from bot.language.phrases.heard import Heard, covers, inside, kinds_of, masked_in, passage
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.nearest import SURE, Nearness, Spans
from bot.language.phrases.rank import SMALL, Profile
from bot.language.phrases.request import Request
from bot.language.phrases.roles import NAMED
from bot.language.phrases.slots import IT


def says_it(heard: Heard, spans: Spans) -> bool:
    """Whether "it" or its like is said there."""
    return any(IT.search(heard.folded[a:b]) for a, b in spans)


def features_of(nearness: Nearness, heard: Heard, spans: Spans) -> frozenset[str]:
    """What the words there say, names and dates aside."""
    return nearness.ranking.features(*masked_in(heard, spans, inside(heard, spans), nearness.ranking.wording))


def deeds_of(nearness: Nearness, heard: Heard, spans: Spans) -> frozenset[str]:
    """What is to be done there, by the words of the language's own list; a need is no deed."""
    return frozenset(f for f in features_of(nearness, heard, spans) if not f.startswith("w:") and f[-1] != "." and f != "need")


def topic(heard: Heard, part: Clause) -> tuple[Mention, ...]:
    """What a sentence begins with naming before it says what to do with it: "Tableau: …", "In eng-oncall, …"."""
    named = inside(heard, [(part.start, part.end)])
    text = heard.folded[part.start : part.end].strip()
    led = text.endswith(":") or re.match(r"(?:in|on|for|from|re|about|regarding)\b.*,$", text)
    words = [n for n, w in enumerate(heard.words) if part.start <= w.start < part.end]
    rest = [n for n in words if not any(m.first <= n < m.last for m in named) and heard.words[n].text not in SMALL]
    return tuple(named) if led and named and not rest and all(m.kind in NAMED for m in named) else ()


_ANOTHER = re.compile(
    r"\b(?:new|another|different|replacement|second) one\b|\breplacement\W*(?:please|pls)?\W*$|"
    r"\bone (?:up|back)\b|\b(?:reclaim|release|recover|harvest|free up) one\b"
)


def another(heard: Heard, part: Clause) -> bool:
    """ "My laptop is dying. I'd like a new one": what was spoken of before is wanted."""
    return bool(_ANOTHER.search(heard.folded[part.start : part.end]))


def does_something(nearness: Nearness, heard: Heard, asked: Spans) -> bool:
    """Whether a clause has a deed of its own, or names what it is about: "can someone have a look?" does not."""
    own = features_of(nearness, heard, asked)
    known = any(f in nearness.ranking.vocabulary or not f.startswith("w:") for f in own)
    return known or any(m.kind is not Kind.PERSON for m in inside(heard, asked))


def goes_ahead(nearness: Nearness, heard: Heard, part: Clause) -> bool:
    """ "…, please arrange that": says no more than that what was asked for shall be done."""
    spans = [(part.start, part.end)]
    found = inside(heard, spans)
    if not IT.search(heard.folded[part.start : part.end]) or any(m.kind is not Kind.PERSON or not m.role for m in found):
        return False
    words = [heard.words[n].text for n, w in enumerate(heard.words) if covers(spans, w.start)]
    return {i.name for i in nearness.ranking.wording.ideas(words)} == {"do"}


def explains(heard: Heard, last: Request, profile: Profile, own: Spans) -> bool:
    """ "Chris never opens InDesign, reclaim his licence": what is told before an order only says why, where one of the two alone names
    what both need."""
    needed = {k for k in NAMED if profile.required(k) and last.profile.required(k)}
    before, now = set(kinds_of(last.named)), set(kinds_of(inside(heard, own)))
    return bool(needed) and (not needed & now or not needed & before)


def moves_somebody(nearness: Nearness, heard: Heard, asked: Spans, part: Clause, last: Request | None) -> bool:
    """ "Add Kofi to the list, take Bob out": somebody is given or taken what the same sentence has named, without an "it"."""
    found = inside(heard, asked)
    if (last and last.sentence != part.sentence) or {m.kind for m in found} != {Kind.PERSON} or not any(m.values for m in found):
        return False
    own = features_of(nearness, heard, asked)
    return bool(own) and own <= {"give", "take", "need"}


def left_open(heard: Heard, asked: Spans, profile: Profile, part: Clause, aside: Sequence[Clause]) -> tuple[Mention, ...]:
    """ "I still can't open NetSuite. Can you give me access?": what a request leaves open and the asides just before it name, once."""
    them = says_it(heard, asked)
    wanted = {k for k in NAMED if profile.required(k) or (them and profile.takes(k))}
    if not wanted or wanted & set(kinds_of(inside(heard, asked))):
        return ()
    near = [(c.start, c.end) for c in aside if c.sentence >= part.sentence - 2]
    named = [m for m in inside(heard, near) if m.kind in wanted and not m.weak and len(m.values) == 1]
    return tuple(named) if them or len({m.values for m in named}) == 1 else ()


def known_already(heard: Heard, profile: Profile, spans: Spans) -> bool:
    """Whether a statement tells of somebody on record as of a newcomer: "Samir joins my team on Monday"."""
    known = any(m.kind is Kind.PERSON and not m.role and m.values for m in inside(heard, spans))
    return known and "name" in profile.action.declared and things.name(passage(heard, spans)) is None


def spoken_of(heard: Heard, asked: Spans, part: Clause, aside: Sequence[Clause]) -> tuple[Mention, ...]:
    """ "Chris takes over Hootsuite from Christine: give it to Chris Abbott": what "it" is where the clause names who is to have it."""
    whom = any(m.kind is Kind.PERSON and not m.role for m in inside(heard, asked))
    before = [(c.start, c.end) for c in aside if c.sentence == part.sentence]
    return tuple(m for m in inside(heard, before) if m.kind in NAMED and not m.weak) if whom and says_it(heard, asked) else ()


def again(nearness: Nearness, heard: Heard, asked: Spans, last: Request) -> bool:
    """ "I've forgotten my password … would you reset it for me?": the deed of the request before, done to nothing else."""
    found = inside(heard, asked)
    if not says_it(heard, asked) or set(kinds_of(found)) - {Kind.PERSON}:
        return False
    own = features_of(nearness, heard, asked)
    deeds = {f for f in own if f in nearness.ranking.vocabulary and not f.startswith("w:")}
    return bool(deeds) and not any(f.endswith(".") for f in deeds) and deeds <= last.profile.features


def telling(nearness: Nearness, heard: Heard, asked: Spans) -> bool:
    """Whether a word there is one that few actions speak of. What cannot be undone takes more than a common verb."""
    return bool(features_of(nearness, heard, asked) & nearness.ranking.rare)


def done_to_it(nearness: Nearness, heard: Heard, asked: Spans, said: Spans) -> tuple[Profile | None, float]:
    """ "… and wipe it": a deed done to the thing that was spoken of just before, in these spans."""
    if not says_it(heard, asked):
        return None, 0.0
    own = features_of(nearness, heard, asked)
    deeds = {f for f in own if f in nearness.ranking.vocabulary and not f.startswith("w:") and not f.endswith(".")}
    before = features_of(nearness, heard, said)
    about = {f for f in before if f.endswith(".") and not f.startswith("on:")}
    if not deeds or not about:
        return None, 0.0
    best = nearness.ranking.rank(own | about, {Kind.PERSON: 1})[0]
    return (best.profile, best.score) if deeds <= best.profile.features else (None, 0.0)


def closes(nearness: Nearness, heard: Heard, asked: Spans, profile: Profile, last: Request) -> bool:
    """ "We let Wei go, please close all his accounts": what names nothing of its own is the request before it said again."""
    named = [m for m in inside(heard, asked) if m.kind is not Kind.PERSON or m.role not in ("pronoun", "i")]
    if profile is last.profile or named or not any(profile.required(k) for k in (Kind.SYSTEM, Kind.GROUP)):
        return False
    ranked = nearness.ranked(heard, asked, inside(heard, asked), ())
    return any(r.profile is last.profile and r.score > SURE * 0.8 for r in ranked)


def nameless(heard: Heard, profile: Profile, asked: Spans) -> bool:
    """ "Can you open it again?" makes no newcomer's account: nothing but "it" is named, and no newcomer."""
    if "name" not in profile.action.declared or not says_it(heard, asked):
        return False
    return things.name(passage(heard, asked)) is None
