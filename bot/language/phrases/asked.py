"""What a message asks for: its clauses gathered to requests, each with the parts of the message that belong to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from bot.domain.calls import Kind
from bot.language.phrases import things
from bot.language.phrases.clauses import Clause
from bot.language.phrases.heard import Heard, covers, inside, kinds_of, masked_in, passage, spoken_of
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.moments import Moment
from bot.language.phrases.mood import Mood, cut_exception
from bot.language.phrases.nearest import SURE, Nearness, Spans
from bot.language.phrases.rank import SMALL, Profile
from bot.language.phrases.roles import NAMED, Material
from bot.language.phrases.signs import opening, symptom
from bot.language.phrases.slots import IT, Filled, fill

Topic = tuple[int, tuple[Mention, ...]] | None
"""What a sentence, by its number, begins with naming."""
BARE = 6
"""Words of a request that names only what is to be done."""


@dataclass
class Request:
    """One thing asked for: the nearest action and the spans of the message that belong to it."""

    profile: Profile
    score: float
    spans: list[tuple[int, int]]
    sentence: int
    it: tuple[Mention, ...] = ()
    implied: bool = False
    told: bool = False
    """Whether a statement asked for it, rather than an order or a wish."""
    named: tuple[Mention, ...] = ()
    filled: list[Filled] = field(default_factory=list)
    own: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Asking:
    """Gathers requests by the actions that their clauses are nearest to."""

    nearness: Nearness

    def requests(self, heard: Heard, parts: Sequence[Clause], moods: Mapping[Clause, Mood]) -> list[Request]:
        made: list[Request] = []
        aside: list[Clause] = []
        topic: Topic = None
        for part, follows in zip_longest(parts, parts[1:]):
            if follows and follows.sentence == part.sentence and (about := self._topic(heard, part)):
                topic = (part.sentence, about)
            elif moods[part] in (Mood.TEXT, Mood.QUESTION) and self._told(heard, part):
                self._request(heard, part, Mood.STATE, made, aside, topic)
            elif moods[part] in (Mood.ORDER, Mood.STATE):
                self._request(heard, part, moods[part], made, aside, topic)
            elif moods[part] is Mood.TEXT and made and made[-1].sentence >= part.sentence - 1 and self._adds(heard, part, made[-1]):
                made[-1].spans.append((part.start, part.end))
            elif moods[part] in (Mood.TEXT, Mood.PAST) or (moods[part] is Mood.NEGATED and _complains(heard.folded[part.start : part.end])):
                aside.append(part)
        return made

    def _topic(self, heard: Heard, part: Clause) -> tuple[Mention, ...]:
        """What a sentence begins with naming before it says what to do with it: "Tableau: …", "In eng-oncall, …"."""
        named = inside(heard, [(part.start, part.end)])
        text = heard.folded[part.start : part.end].strip()
        led = text.endswith(":") or re.match(r"(?:in|on|for|from|re|about|regarding)\b.*,$", text)
        words = [n for n, w in enumerate(heard.words) if part.start <= w.start < part.end]
        rest = [n for n in words if not any(m.first <= n < m.last for m in named) and heard.words[n].text not in SMALL]
        return tuple(named) if led and named and not rest and all(m.kind in NAMED for m in named) else ()

    def _told(self, heard: Heard, part: Clause) -> bool:
        """Whether a statement reads as one of the declared examples does: "{to} takes {from}'s meetings"."""
        here = [n for n, w in enumerate(heard.words) if part.start <= w.start < part.end]
        asks = bool(here) and heard.words[here[0]].text in ("can", "could")
        here = here[asks:]
        first = next((m for m in heard.mentions if here and m.first == here[0] and m.kind is Kind.PERSON and not m.role), None)
        if first is None or first.last not in here:
            return False
        verb = heard.words[first.last].text
        after = [heard.words[n].text for n in here if first.last < n <= first.last + 2]
        form, told = ("base", f"{verb}s") if asks else ("s", verb)
        deed = any(i.form == form and i.name != "need" for i in self.nearness.ranking.wording.ideas([verb]))
        covers = asks and any(
            i.name in ("reassign", "delegate") and i.form == "base" for i in self.nearness.ranking.wording.ideas([verb, *after])
        )
        two = {m.values for m in inside(heard, [(part.start, part.end)]) if m.kind is Kind.PERSON and m.role in ("", "mine")}
        covers = covers and len(two) > 1 and verb not in ("read", "see", "check", "watch", "monitor", "handle")
        return covers or (deed and any(told in p.tells for p in self.nearness.ranking.profiles.values()))

    def _adds(self, heard: Heard, part: Clause, last: Request) -> bool:
        """Whether a plain statement gives details of the request before it ("It is for the Berlin office")."""
        start = opening(heard.folded[part.start : part.end]).split(" ", 1)[0]
        return start in (
            "it",
            "it's",
            "reason",
            "manager",
            "start",
            "his",
            "her",
            "their",
            "she",
            "he",
            "they",
            "role",
            "model",
            "address",
            "because",
            "that",
        )

    def _request(self, heard: Heard, part: Clause, mood: Mood, made: list[Request], aside: list[Clause], topic: Topic) -> None:
        if made and made[-1].sentence >= part.sentence - 1 and self._goes_ahead(heard, part):
            return
        said = self._states(heard, part) if mood is Mood.STATE else frozenset()
        end = cut_exception(heard.folded, part.start, part.end)
        spans = [(part.start, end), *part.shared]
        start = end - len(opening(heard.folded[part.start : end]))
        last = made[-1] if made else None
        it = last.named if last and last.sentence >= part.sentence - 1 else ()
        it = it or (topic[1] if topic and topic[0] == part.sentence else ())
        asked = own = [(start, end), *part.shared]
        profile, score = self.nearness.nearest(heard, asked, it)
        implied = profile is None and bool(it) and self._moves_somebody(heard, asked, part, last)
        if implied:
            profile, score = self.nearness.nearest(heard, asked, it, implied)
        if profile is None and last and last.sentence >= part.sentence - 1:
            profile, score = self._done_to_it(heard, asked, last)
        if last and last.sentence >= part.sentence - 1 and self._again(heard, asked, last):
            profile = last.profile
        if profile and last and last.sentence >= part.sentence - 1 and self._closes(heard, asked, profile, last):
            profile = last.profile
        if profile and last and _nameless(heard, profile, asked) and last.sentence >= part.sentence - 1:
            profile, score = None, 0.0
        if profile and not it and (it := self._left_open(heard, asked, profile, part, aside)):
            implied = True
        before = [
            (c.start, c.end) for c in aside if c.sentence == part.sentence or (_another(heard, part) and c.sentence == part.sentence - 1)
        ]
        if before and not (last and last.sentence == part.sentence):
            wider, more = self.nearness.nearest(heard, [*before, *asked])
            named = set(kinds_of(inside(heard, asked))) - {Kind.PERSON}
            if more > score or (wider is profile and more > 0.7 * score and not named):
                profile, score, asked, spans = wider, more, [*before, *asked], [*before, *spans]
        if last and self._belongs(heard, part, profile, score, last):
            last.spans += spans
            return
        if profile is None or score < SURE or (said and not said & profile.features):
            aside.append(part)
            return
        if last and last.told and mood is Mood.ORDER and last.sentence >= part.sentence - 1 and self._explains(heard, last, profile, own):
            spans, it = [*last.spans, *spans], ()
            made.remove(last)
        several = self.nearness.coupled(heard, asked) or self.nearness.both_kinds(heard, asked)
        for nearest, sure in several or [(profile, score)]:
            made.append(Request(nearest, sure, list(spans), part.sentence, it=it, implied=implied, told=mood is Mood.STATE, own=tuple(own)))
            made[-1].named = tuple(m for m in inside(heard, spans) if m.kind is not Kind.PERSON) or it

    def _goes_ahead(self, heard: Heard, part: Clause) -> bool:
        """ "…, please arrange that": says no more than that what was asked for shall be done."""
        spans = [(part.start, part.end)]
        found = inside(heard, spans)
        if not IT.search(heard.folded[part.start : part.end]) or any(m.kind is not Kind.PERSON or not m.role for m in found):
            return False
        words = [heard.words[n].text for n, w in enumerate(heard.words) if covers(spans, w.start)]
        return {i.name for i in self.nearness.ranking.wording.ideas(words)} == {"do"}

    def _states(self, heard: Heard, part: Clause) -> frozenset[str]:
        """The deeds that a statement asks for by what it reports ("locked out": unlock), where it names no other."""
        here = [w for w in heard.words if part.start <= w.start < part.end and not any(m.start <= w.start < m.end for m in heard.moments)]
        ideas = self.nearness.ranking.wording.ideas([w.text for w in here])
        told = frozenset(i.name for i in ideas if i.form == "state" and i.name[-1] != ".")
        return frozenset() if any(i.form == "base" for i in ideas) else told

    def _explains(self, heard: Heard, last: Request, profile: Profile, own: Spans) -> bool:
        """ "Chris never opens InDesign, reclaim his licence": what is told before an order only says why, where one of the two alone names
        what both need."""
        needed = {k for k in NAMED if profile.required(k) and last.profile.required(k)}
        before, now = set(kinds_of(last.named)), set(kinds_of(inside(heard, own)))
        return bool(needed) and (not needed & now or not needed & before)

    def _moves_somebody(self, heard: Heard, asked: Spans, part: Clause, last: Request | None) -> bool:
        """ "Add Kofi to the list, take Bob out": somebody is given or taken what the same sentence has named, without an "it"."""
        found = inside(heard, asked)
        if (last and last.sentence != part.sentence) or {m.kind for m in found} != {Kind.PERSON} or not any(m.values for m in found):
            return False
        own = self.nearness.ranking.features(*masked_in(heard, asked, found, self.nearness.ranking.wording))
        return bool(own) and own <= {"give", "take", "need"}

    def _left_open(self, heard: Heard, asked: Spans, profile: Profile, part: Clause, aside: Sequence[Clause]) -> tuple[Mention, ...]:
        """ "I still can't open NetSuite. Can you give me access?": what a request leaves open and the asides just before it name, once."""
        them = any(IT.search(heard.folded[a:b]) for a, b in asked)
        wanted = {k for k in NAMED if profile.required(k) or (them and profile.takes(k))}
        if not wanted or wanted & set(kinds_of(inside(heard, asked))):
            return ()
        near = [(c.start, c.end) for c in aside if c.sentence >= part.sentence - 2]
        named = [m for m in inside(heard, near) if m.kind in wanted and not m.weak and len(m.values) == 1]
        return tuple(named) if them or len({m.values for m in named}) == 1 else ()

    def _again(self, heard: Heard, asked: Spans, last: Request) -> bool:
        """ "I've forgotten my password … would you reset it for me?": the deed of the request before, done to nothing else."""
        found = inside(heard, asked)
        if not any(IT.search(heard.folded[a:b]) for a, b in asked) or set(kinds_of(found)) - {Kind.PERSON}:
            return False
        own = self.nearness.ranking.features(*masked_in(heard, asked, found, self.nearness.ranking.wording))
        deeds = {f for f in own if f in self.nearness.ranking.vocabulary and not f.startswith("w:")}
        return bool(deeds) and not any(f.endswith(".") for f in deeds) and deeds <= last.profile.features

    def _done_to_it(self, heard: Heard, asked: Spans, last: Request) -> tuple[Profile | None, float]:
        """ "… and wipe it": a deed done to the thing that the request before spoke of."""
        if not any(IT.search(heard.folded[a:b]) for a, b in asked):
            return None, 0.0
        own = self.nearness.ranking.features(*masked_in(heard, asked, inside(heard, asked), self.nearness.ranking.wording))
        deeds = {f for f in own if f in self.nearness.ranking.vocabulary and not f.startswith("w:") and not f.endswith(".")}
        before = self.nearness.ranking.features(*masked_in(heard, last.spans, inside(heard, last.spans), self.nearness.ranking.wording))
        things = {f for f in before if f.endswith(".") and not f.startswith("on:")}
        if not deeds or not things:
            return None, 0.0
        best = self.nearness.ranking.rank(own | things, {Kind.PERSON: 1})[0]
        return (best.profile, best.score) if deeds <= best.profile.features else (None, 0.0)

    def _closes(self, heard: Heard, asked: Spans, profile: Profile, last: Request) -> bool:
        """ "We let Wei go, please close all his accounts": what names nothing of its own is the request before it said again."""
        named = [m for m in inside(heard, asked) if m.kind is not Kind.PERSON or m.role not in ("pronoun", "i")]
        if profile is last.profile or named or not any(profile.required(k) for k in (Kind.SYSTEM, Kind.GROUP)):
            return False
        ranked = self.nearness.ranked(heard, asked, inside(heard, asked), ())
        return any(r.profile is last.profile and r.score > SURE * 0.8 for r in ranked)

    def _belongs(self, heard: Heard, part: Clause, profile: Profile | None, score: float, last: Request) -> bool:
        """Whether a clause adds to the request before it: the same action about "it", or about a newcomer only named there."""
        named = [m for m in inside(heard, [(part.start, part.end)]) if m.role not in ("pronoun", "i", "mine", "self")]
        persons = [m for m in named if m.kind is Kind.PERSON and m.role != "unknown"]
        newcomer = "name" in last.profile.action.declared
        if newcomer and opening(heard.folded[part.start : part.end]).split(" ", 1)[0] in ("he", "she", "they", "his", "her", "their"):
            return True
        if newcomer and profile is not last.profile and not [m for m in persons if m.values]:
            own = any(m.role in ("mine", "self") for m in inside(heard, [(part.start, part.end)]))
            empty = profile is not None and not named and not own and any(profile.required(k) for k in (Kind.SYSTEM, Kind.GROUP))
            ships = profile is not None and profile.takes(Kind.ADDRESS)
            return bool(set(kinds_of(named)) & {Kind.SYSTEM}) or score < SURE or ships or empty
        near = part.sentence - last.sentence <= 1
        if profile is last.profile:
            return near and not named
        return near and score < SURE and (not persons or (newcomer and part.sentence == last.sentence))


def fill_in(heard: Heard, requests: Sequence[Request]) -> None:
    """Gives each request its calls; whom one is about who is not named again is whom the one before was about."""
    about: Mention | None = None
    for request in requests:
        own = passage(heard, request.spans)
        moments = [m for m in heard.moments if covers(request.spans, m.start) or _waits(heard, m, request)]
        before = spoken_of(heard, request.spans[0][0]) or about
        request.filled = fill(request.profile, Material(own, moments, heard.speaker.email, before, request.it, request.implied))
        if (_empty(request) and not _bare(heard, request)) or _beside_the_point(heard, request):
            request.filled = []
        persons = [m for m in own.mentions if m.kind is Kind.PERSON and m.role not in ("i", "mine", "nobody")]
        about = persons[0] if persons else about


def _waits(heard: Heard, moment: Moment, request: Request) -> bool:
    """Whether a beginning that nobody can look up stands before the request, in the same sentence."""
    start = request.spans[0][0]
    return moment.cue == "when" and not moment.value and moment.end <= start and not set(heard.folded[moment.end : start]) & set(".!?\n")


def _bare(heard: Heard, request: Request) -> bool:
    """ "Create a group": a deed and its thing alone, with nothing beside them that could tell of something else."""
    return len([w for w in heard.words if covers(request.own, w.start)]) <= BARE


def _empty(request: Request) -> bool:
    """Whether nothing at all was said of the several things that the action needs: "create a group for the Hamburg team"."""
    needed = [a.name for a in request.profile.action.declared.values() if a.required]
    said = any(f.arguments or any(said or choices for choices, said in f.asks.values()) for f in request.filled)
    return len(needed) > 1 and not said


def _beside_the_point(heard: Heard, request: Request) -> bool:
    """Whether a common verb ("add", "set up") is all that speaks for handing something from somebody nobody named to somebody else: "add
    Omar to the meeting"; or whether a group itself is to be made or deleted."""
    action = request.profile.action
    unnamed = request.filled and all(f.asks.get(action.subject) == ((), "") for f in request.filled)
    if not unnamed:
        return False
    words = [w.text for w in heard.words if covers(request.own or request.spans, w.start)]
    deeds = {i.name for i in heard.lexicon.wording.ideas(words) if i.form == "base"}
    if sum(a.kind is Kind.PERSON for a in action.declared.values()) > 1:
        return deeds <= _COMMON
    return action.declared[action.subject].kind is Kind.PERSON and any(
        m.kind is Kind.GROUP and not _LED & {w.text for w in heard.words[max(0, m.first - 3) : m.first]} for m in request.named
    )


_COMMON = frozenset(("give", "need", "create", "take", "do", "fix"))
_LED = frozenset(("to", "from", "in", "into", "of", "off", "on", "out", "join"))


_ANOTHER = re.compile(r"\b(?:new|another|different|replacement|second) one\b|\breplacement\W*(?:please|pls)?\W*$")


def _another(heard: Heard, part: Clause) -> bool:
    """ "My laptop is dying. I'd like a new one": what was spoken of before is wanted."""
    return bool(_ANOTHER.search(heard.folded[part.start : part.end]))


def _nameless(heard: Heard, profile: Profile, asked: Spans) -> bool:
    """ "Can you open it again?" makes no newcomer's account: nothing but "it" is named, and no newcomer."""
    if "name" not in profile.action.declared or not any(IT.search(heard.folded[a:b]) for a, b in asked):
        return False
    return things.name(passage(heard, asked)) is None


def _complains(folded: str) -> bool:
    """Whether a negation tells how things are ("he can't get in", "nobody uses it") rather than what not to do."""
    return symptom(folded) or bool(re.match(r"\W*(?:nobody|no one|none)\b", folded))
