"""Whether a message asks for more than what was made of it. Half of a request done in silence is worse than a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.domain.calls import Kind
from bot.language.phrases.clauses import Clause, wish_goes_on
from bot.language.phrases.heard import Heard, covers, inside, passage
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.request import Request
from bot.language.phrases.roles import NAMED, outside_reason
from bot.language.phrases.text import fold
from bot.language.phrases.wording import POSSESSIVES, patterns

_FINITE = patterns("moods")["finite"]
_JOINS = frozenset(("and", "&", "plus"))
_SPARED = frozenset(("leave", "leaves", "keep", "keeps", "instead", "rather", "like", "than", "without", "not"))
"""Words shortly before what is only said to stay, or to be no part of it."""
_ENDS = frozenset(("in", "out", "off", "on"))


def left_out(heard: Heard, requests: Sequence[Request], parts: Sequence[Clause]) -> bool:
    """Whether somebody or something is named in a request, or in a part of its sentence that "and" joins to it, and is in none of its
    calls: "I need Salesforce and my mail forwarded to Carla", where only the mail would be forwarded."""
    made = [r for r in requests if r.filled]
    held = set(_held(made))
    if _wished(heard, made, parts):
        return True
    return any(not _meant(heard, m, held) for m in (*_named(heard, made), *_joined(heard, made, parts)))


def shared_amiss(heard: Heard, requests: Sequence[Request]) -> bool:
    """Whether one deed was taken for all that is said to be done, where parts of it were left unsaid: what was made of it is not meant."""
    made = [r for r in requests if r.filled]
    return any(_gapped(heard, r) or _things(heard, r, made) for r in made)


def _gapped(heard: Heard, request: Request) -> bool:
    """ "Victoria takes my meetings and Eleanor my mail": a second somebody and something that share the verb."""
    words = heard.words
    for mention in heard.mentions:
        at, follows = mention.first, [w.text for w in words[mention.last : mention.last + 3]]
        before = at - (at > 0 and words[at - 1].text in _JOINS)
        joins = at > 1 and covers(request.own, words[at].start) and (before < at or words[at].start - words[at - 1].end == 2)
        if mention.kind is not Kind.PERSON or mention.role or not joins or not POSSESSIVES & {*follows[:1]}:
            continue
        things = any(i.form == "noun" for i in heard.lexicon.wording.ideas(follows[1:]))
        if things and not any(m.kind is Kind.PERSON and m.last == before for m in heard.mentions):
            return True
    return False


def _wished(heard: Heard, requests: Sequence[Request], parts: Sequence[Clause]) -> bool:
    """ "Could I have Qlik and my laptop unlocked": whether something wished for besides came to nothing."""
    spans, sentences = [s for r in requests for s in r.own], {r.sentence for r in requests}
    besides = (b for a, b in pairwise(parts) if wish_goes_on(heard.folded[a.start : a.end], heard.folded[b.start : b.end]))
    return any(p.sentence in sentences and not any(p.start <= a < p.end for a, _ in spans) for p in besides)


def _things(heard: Heard, request: Request, made: Sequence[Request]) -> bool:
    """ "Give Bill's Qlik seat and meetings to Joy": whether "and" joins a thing to another that none of the actions is about."""
    words = [] if request.profile.wordy else [w.text for w in heard.words if covers(request.own, w.start)]
    nouns = [i for i in heard.lexicon.wording.ideas(words) if i.form == "noun" and i.name in _OF_PEOPLE]
    joined = {i.name for pair in pairwise(nouns) if _between(words[pair[0].last : pair[1].first]) for i in pair}
    joined |= {i.name for i in nouns if i.first > 1 and words[i.first - 2] in _JOINS and words[i.first - 1] in POSSESSIVES}
    return any(not any(name in r.profile.features for r in made) for name in joined)


def _between(words: Sequence[str]) -> bool:
    """Whether these words join a thing to another, be it somebody else's: "and", "and my", "and Bill's"."""
    return bool(_JOINS & {*words[:1]}) and (len(words) == 1 or {*words[1:]} <= POSSESSIVES or (len(words) <= 4 and words[-1] == "'s"))


_OF_PEOPLE = frozenset(("mail.", "meeting.", "laptop.", "password.", "mfa.", "license."))


def _held(requests: Sequence[Request]) -> Iterator[str]:
    """Everything that the calls are about, and what is asked for them; free words as they are."""
    for filled in (f for r in requests for f in r.filled):
        for value in filled.arguments.values():
            yield from map(str, value) if isinstance(value, list) else (str(value),)
        for choices, said in filled.asks.values():
            yield from (*choices, said)


def _meant(heard: Heard, mention: Mention, held: set[str]) -> bool:
    system = heard.lexicon.directory.systems.get(mention.values[0])
    names = {mention.said, system.name if system else mention.said}
    return bool(held & {*mention.values}) or any(fold(n) in fold(h) for n in names for h in held)


def _named(heard: Heard, requests: Sequence[Request]) -> Iterator[Mention]:
    """The things named in the requests themselves, and the people whom "and" or "in" and "out" make a part of them."""
    spans = [s for r in requests if not r.profile.wordy for s in r.own]
    own = passage(heard, spans) if spans else None
    for mention in outside_reason(own) if own else ():
        words = [w.text for w in own.words] if own else []
        before, after = words[max(0, mention.first - 3) : mention.first], words[mention.last : mention.last + 2]
        if mention.role or mention.weak or mention.fuzzy or not mention.values or _SPARED & {*before}:
            continue
        joins = bool(before) and before[-1] in _JOINS and not _FINITE.match(" ".join(after))
        if mention.kind in NAMED or (mention.kind is Kind.PERSON and (joins or (len(after) == 1 and after[0] in _ENDS))):
            yield mention


def _joined(heard: Heard, requests: Sequence[Request], parts: Sequence[Clause]) -> Iterator[Mention]:
    """The things named in clauses that belong to no request and that "and" joins to one: "can April leave one list and join the other"."""
    spans, sentences = [s for r in requests for s in r.spans], {r.sentence for r in requests}
    for part in parts:
        ends = heard.folded[part.start : part.end].split()[-1:]
        if part.sentence in sentences and not covers(spans, part.start) and ends and ends[0] in _JOINS:
            yield from (m for m in inside(heard, [(part.start, part.end)]) if m.kind in NAMED and not m.role and not m.weak)
