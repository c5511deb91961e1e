"""What a request leaves unexplained. "Rename my laptop" names a laptop, as a request for one does, but no action speaks of renaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from bot.domain.calls import Kind
from bot.language.phrases.heard import Heard, covers, said_of
from bot.language.phrases.rank import SMALL, Ranking, stem
from bot.language.phrases.request import Request
from bot.language.phrases.text import fold
from bot.language.phrases.tickets import ticket

SLIP = 85
"""How alike, of 100, a word is to one of a name that was meant, where it is taken for a slip in it."""
NAME = 5
"""Letters up to which a word in capitals is taken for a name."""


def unexplained(heard: Heard, request: Request, ranking: Ranking) -> list[str]:
    """The words of the deed, and of what it is done to, which are neither names, dates and values, nor everyday words, nor in any
    declared wording. What follows ("because …", "for …", "in …") tells why and where."""
    places = [n for n, w in enumerate(heard.words) if covers(request.own, w.start)]
    words = [heard.words[n].text for n in places]
    orders = any(idea.form == "base" and idea.first == 0 and idea.name != "need" for idea in ranking.wording.ideas(words))
    if not orders and any(idea.form == "state" and idea.last - idea.first > 1 for idea in ranking.wording.ideas(words)):
        return []  # "locked out" and its like say by themselves what is wanted; the story around them may hold any words
    explained = _explained(heard, places, request, ranking)
    lists = ranking.wording.data["unexplained"]
    ends, tiers = frozenset(lists["ends"].split()), frozenset(lists["tiers"].split())
    found: list[str] = []
    begun = False
    for n, (word, fine) in enumerate(zip(words, explained, strict=True)):
        if begun and (word in ends or _paused(heard, places, n)):
            break
        begun = begun or (fine and word not in SMALL)
        if not fine and not (word in tiers and n and explained[n - 1]):
            found.append(word)
    return found


def _paused(heard: Heard, places: Sequence[int], n: int) -> bool:
    """Whether a comma or the like stands before this word, in a clause that has named something by then."""
    before, here = heard.words[places[n - 1]], heard.words[places[n]]
    named = any(m.first < places[n] for m in heard.mentions) or ticket(heard.folded[: here.start])
    return bool(named and set(heard.folded[before.end : here.start]) & set(",;:("))


def _explained(heard: Heard, places: Sequence[int], request: Request, ranking: Ranking) -> list[bool]:
    words = [heard.words[n].text for n in places]
    values = [v for f in request.filled for v in (*f.arguments.values(), *f.asks.values(), *request.profile.action.declared)]
    fine = _plain(ranking) | {w for v in values for w in _in(v)}
    named = {n for m in heard.mentions for n in range(m.first, m.last)}
    told = [
        n in named or w in fine or not w.isalpha() or f"w:{stem(w)}" in ranking.vocabulary or _name(heard, n, places)
        for n, w in zip(places, words, strict=True)
    ]
    for idea in ranking.wording.ideas(words):
        for at in (idea.first, idea.last - 1) if idea.parted else range(idea.first, idea.last):
            told[at] = True
    values = [v for m in heard.mentions if m.kind in (Kind.SYSTEM, Kind.GROUP) for v in m.values]
    spelled = {w for v in values for w in _in(_title(heard, v))}
    told = [
        t or (len(w) > NAME and bool(extractOne(w, spelled, scorer=ratio, score_cutoff=SLIP))) for t, w in zip(told, words, strict=True)
    ]
    described = {n for m in heard.mentions for n in said_of(heard, m, ranking.wording)}
    told = [t or n in described for t, n in zip(told, places, strict=True)]
    dated = [any(m.start <= heard.words[n].start < m.end for m in heard.moments) for n in places]
    return [t or d for t, d in zip(told, dated, strict=True)]


def _title(heard: Heard, value: str) -> str:
    system = heard.lexicon.directory.systems.get(value)
    return system.name if system else value


def _plain(ranking: Ranking) -> frozenset[str]:
    lists = ranking.wording.data["unexplained"]
    return (ranking.wording.everyday - frozenset(lists["things"].split())) | frozenset(lists["plain"].split()) | SMALL


def _name(heard: Heard, place: int, places: Sequence[int]) -> bool:
    """Whether a word is part of a name here, or looks like one: with a capital letter within the clause or beside another one, short and
    all in capitals, or first before what somebody needs ("takahashi needs")."""
    word, lexicon = heard.words[place].text, heard.lexicon
    if any((word,) in n.phrases or word in n.partial for n in (lexicon.people, lexicon.systems, lexicon.groups)):
        return True
    raw, after = (heard.raw[w.start : w.end] for w in (heard.words[place], heard.words[min(place + 1, len(heard.words) - 1)]))
    if raw.isupper() and place and heard.words[place - 1].text in ("the", "a", "an", "this", "that"):
        return False  # people come without an article
    if place != places[0]:
        return (raw[:1].isupper() and not raw.isupper()) or (raw.isupper() and len(raw) <= NAME)
    return (raw[:1].isupper() and after[:1].isupper()) or any(i.form == "s" for i in lexicon.wording.ideas([after]))


def _in(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _in(one)
    else:
        yield from "".join(c if c.isalnum() else " " for c in fold(str(value))).split()
