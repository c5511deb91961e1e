"""What a message asks for: its clauses gathered to requests, each with the parts of the message that belong to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from bot.domain.calls import Kind, Risk
from bot.language.phrases import carried, things
from bot.language.phrases.clauses import Clause, sentences
from bot.language.phrases.heard import Heard, away, covers, inside, kinds_of, passage
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.mood import Mood, cut_exception
from bot.language.phrases.nearest import SURE, Nearness
from bot.language.phrases.rank import GIVING, Profile
from bot.language.phrases.request import Request
from bot.language.phrases.roles import NAMED
from bot.language.phrases.signs import ENOUGH, LACKS, opening, symptom
from bot.language.phrases.tickets import ticket
from bot.language.phrases.who import NOBODY
from bot.language.phrases.wording import patterns


@dataclass
class _Gathered:
    """The requests so far, the clauses that were none, and what a sentence, by its number, began with naming."""

    made: list[Request] = field(default_factory=list)
    aside: list[Clause] = field(default_factory=list)
    topic: tuple[int, tuple[Mention, ...]] = (-1, ())

    def near(self, part: Clause) -> Request | None:
        """The request made last, if it stands in this sentence or the one before."""
        last = self.made[-1] if self.made else None
        return last if last and last.sentence >= part.sentence - 1 else None

    def device(self, heard: Heard, part: Clause) -> tuple[Mention, ...]:
        """ "NB-4411 has malware. Lock it": a device that was named just before, where no request names anything."""
        near = [(c.start, c.end) for c in self.aside if part.sentence - c.sentence <= 1]
        return tuple(m for m in inside(heard, near) if m.kind is Kind.DEVICE)


@dataclass
class _Read:
    """A clause as it is read: what is `asked` in it, what belongs to it (`spans`), the nearest action and what "it" is there."""

    part: Clause
    asked: list[tuple[int, int]]
    spans: list[tuple[int, int]]
    own: tuple[tuple[int, int], ...]
    it: tuple[Mention, ...] = ()
    implied: bool = False
    profile: Profile | None = None
    score: float = 0.0


@dataclass(frozen=True)
class Asking:
    """Gathers requests by the actions that their clauses are nearest to."""

    nearness: Nearness

    def requests(self, heard: Heard, parts: Sequence[Clause], moods: Mapping[Clause, Mood]) -> list[Request]:
        so_far = _Gathered()
        for part, follows in zip_longest(parts, parts[1:]):
            if follows and follows.sentence == part.sentence and (about := carried.topic(heard, part)):
                so_far.topic = (part.sentence, about)
                continue
            mood = moods[part]
            if mood in (Mood.TEXT, Mood.QUESTION) and (self._told(heard, part) or _goes_to(heard, part)):
                mood = Mood.STATE
            if mood in (Mood.ORDER, Mood.STATE):
                self._request(heard, part, mood, so_far)
            elif mood is Mood.TEXT and (last := so_far.near(part)) and self._adds(heard, part):
                last.spans.append((part.start, part.end))
            elif mood in (Mood.TEXT, Mood.PAST) or (mood is Mood.NEGATED and _complains(heard.folded[part.start : part.end])):
                so_far.aside.append(part)
        return so_far.made

    def _told(self, heard: Heard, part: Clause) -> bool:
        """Whether a statement reads as one of the declared examples does: "{to} takes {from}'s meetings"."""
        here = [n for n, w in enumerate(heard.words) if part.start <= w.start < part.end]
        asks = bool(here) and heard.words[here[0]].text in ("can", "could")
        here = here[asks:]
        gone = asks and away(heard, part.start) is not None
        roles = ("", NOBODY, "unknown") if gone else ("",)
        first = next((m for m in heard.mentions if here and m.first == here[0] and m.kind is Kind.PERSON and m.role in roles), None)
        habit = heard.lexicon.wording.list("people", "habit")
        if first is None or first.last not in here or _same_sentence(heard, part) & {*habit}:
            return False
        verb = heard.words[first.last].text
        after = [heard.words[n].text for n in here if first.last < n <= first.last + 5]
        form, told = ("base", f"{verb}s") if asks else ("s", verb)
        deed = any(i.form == form and i.name != "need" for i in self.nearness.ranking.wording.ideas([verb]))
        covers = asks and any(
            i.name in ("reassign", "delegate") and i.form == "base" and not i.first
            for i in self.nearness.ranking.wording.ideas([verb, *after])
        )
        two = {
            m.values
            for m in inside(heard, [(part.start, part.end)])
            if m.kind is Kind.PERSON and m.role in (*roles, "mine", *("pronoun",) * gone)
        }
        covers = covers and len(two) > 1 and (gone or verb not in ("read", "see", "check", "watch", "monitor", "handle"))
        return covers or (deed and any(told in p.tells for p in self.nearness.ranking.profiles.values()))

    def _adds(self, heard: Heard, part: Clause) -> bool:
        """Whether a plain statement gives details of the request before it ("It is for the Berlin office")."""
        said = opening(heard.folded[part.start : part.end])
        words = [w for w in heard.words if part.start <= w.start < part.end]
        if words and all(any(m.start <= w.start < m.end for m in heard.moments) for w in words):
            return True  # "… Until 31 December."
        return said.split(" ", 1)[0] in _ADDS or bool(ENOUGH.match(said))

    def _request(self, heard: Heard, part: Clause, mood: Mood, so_far: _Gathered) -> None:
        near = so_far.near(part)
        if near and (carried.goes_ahead(self.nearness, heard, part) or self._no_more(heard, part, near)):
            return
        read = self._read(heard, part, so_far)
        self._carry(heard, read, so_far)
        self._widen(heard, read, so_far)
        last = so_far.made[-1] if so_far.made else None
        if last and self._belongs(heard, part, read.profile, read.score, last):
            last.spans += read.spans
            return
        said = self._states(heard, part) if mood is Mood.STATE else frozenset()
        if said & {"forward", "reassign"} and _same_sentence(heard, part) & {*heard.lexicon.wording.list("people", "habit")}:
            read.profile = None  # "my mail goes to Rachel anyway"
        if "take" in said and read.profile and not self._says_of_what(heard, read, read.profile):
            read.profile = None
        if read.profile and read.profile.action.risk is Risk.HIGH and not carried.telling(self.nearness, heard, read.asked):
            read.profile = None
        known = mood is Mood.STATE and read.profile is not None and carried.known_already(heard, read.profile, read.spans)
        if read.profile is None or read.score < SURE or known or (said and not said & read.profile.features):
            so_far.aside.append(part)
            return
        if near and near.told and mood is Mood.ORDER and carried.explains(heard, near, read.profile, read.own):
            read.spans, read.it = [*near.spans, *read.spans], ()
            so_far.made.remove(near)
        several = self.nearness.coupled(heard, read.asked) or self.nearness.both_kinds(heard, read.asked)
        named = tuple(m for m in inside(heard, read.spans) if m.kind is not Kind.PERSON) or read.it
        for profile, score in several or [(read.profile, read.score)]:
            told = mood is Mood.STATE
            so_far.made.append(
                Request(profile, score, list(read.spans), part.sentence, read.it, read.implied, told, named=named, own=read.own)
            )

    def _no_more(self, heard: Heard, part: Clause, near: Request) -> bool:
        """ "My password has expired, could I have a new one?", "Emma is leaving, please see to her accounts": what was reported asks for no
        more than that."""
        spans = [(part.start, part.end)]
        if not near.told or any(m.kind is not Kind.PERSON for m in inside(heard, spans)):
            return False
        ideas = self.nearness.ranking.wording.ideas([w.text for w in heard.words if covers(spans, w.start)])
        if not {i.name for i in ideas if i.form == "noun"} <= near.profile.features:
            return False
        again = "need" in near.profile.features and carried.another(heard, part)
        return again or {i.name for i in ideas if i.form == "base"} == {"do"}

    def _read(self, heard: Heard, part: Clause, so_far: _Gathered) -> _Read:
        """The clause by its own words, with what "it" is there."""
        end = cut_exception(heard.folded, part.start, part.end)
        start = end - len(opening(heard.folded[part.start : end]))
        if ticket(heard.folded[part.start : start]):
            start = part.start  # "BH-1001 please close"
        asked = [(start, end), *part.shared]
        near = so_far.near(part)
        it = (near.named if near else ()) or (so_far.topic[1] if so_far.topic[0] == part.sentence else ())
        read = _Read(part, asked, [(part.start, end), *part.shared], tuple(asked), it)
        read.profile, read.score = self.nearness.nearest(heard, asked, it or so_far.device(heard, part))
        if read.score < SURE and (both := self.nearness.both_kinds(heard, asked)):
            read.profile, read.score = both[0]
        last = so_far.made[-1] if so_far.made else None
        if read.profile is None and it and carried.moves_somebody(self.nearness, heard, asked, part, last):
            read.implied = True
            read.profile, read.score = self.nearness.nearest(heard, asked, it, implied=True)
        return read

    def _carry(self, heard: Heard, read: _Read, so_far: _Gathered) -> None:
        """What the clause carries over from the request before it, or from what was said just before it."""
        if read.profile is None and (it := carried.spoken_of(heard, read.asked, read.part, so_far.aside)):
            read.it = it
            read.profile, read.score = self.nearness.nearest(heard, read.asked, it)
        near = so_far.near(read.part)
        if read.profile is None:
            before = near.spans if near else [(c.start, c.end) for c in so_far.aside if read.part.sentence - c.sentence <= 1]
            read.profile, read.score = carried.done_to_it(self.nearness, heard, read.asked, before)
        if near:
            if carried.again(self.nearness, heard, read.asked, near):
                read.profile = near.profile
            if read.profile and carried.closes(self.nearness, heard, read.asked, read.profile, near):
                read.profile = near.profile
            if read.profile and carried.nameless(heard, read.profile, read.asked):
                read.profile, read.score = None, 0.0
        if read.profile and not read.it:
            read.it = carried.left_open(heard, read.asked, read.profile, read.part, so_far.aside)
            read.implied = bool(read.it)

    def _widen(self, heard: Heard, read: _Read, so_far: _Gathered) -> None:
        """Takes in what the same sentence said before, where that makes it clearer."""
        part = read.part
        another = carried.another(heard, part)
        says = another or LACKS.search(heard.folded[part.start : part.end]) or carried.does_something(self.nearness, heard, read.asked)
        before = [(c.start, c.end) for c in so_far.aside if part.sentence - c.sentence <= another]
        if not (before and says) or (so_far.made and so_far.made[-1].sentence == part.sentence):
            return
        wider, more = self.nearness.nearest(heard, [*before, *read.asked])
        deeds = carried.deeds_of(self.nearness, heard, read.asked)
        gets = another and deeds <= GIVING and wider and "need" in wider.features
        if wider and deeds and not (deeds & wider.features or gets):
            return
        named = set(kinds_of(inside(heard, read.asked))) - {Kind.PERSON}
        if more > read.score or (wider is read.profile and more > 0.7 * read.score and not named):
            read.profile, read.score = wider, more
            read.asked, read.spans = [*before, *read.asked], [*before, *read.spans]

    def _states(self, heard: Heard, part: Clause) -> frozenset[str]:
        """The deeds that a statement asks for by what it reports ("locked out": unlock), where it names no other."""
        here = [w for w in heard.words if part.start <= w.start < part.end and not any(m.start <= w.start < m.end for m in heard.moments)]
        ideas = self.nearness.ranking.wording.ideas([w.text for w in here])
        told = frozenset(i.name for i in ideas if i.form == "state" and i.name[-1] != ".")
        return frozenset() if any(i.form == "base" for i in ideas) else told

    def _says_of_what(self, heard: Heard, read: _Read, profile: Profile) -> bool:
        """Whether a report names what the action takes, or speaks of it: one may have no need of a licence, or of a tea break."""
        words = [w.text for w in heard.words if covers(read.asked, w.start)]
        things = {i.name for i in self.nearness.ranking.wording.ideas(words) if i.form == "noun"}
        missing = {k for k in NAMED if profile.required(k)} - set(kinds_of(inside(heard, read.spans)))
        return not missing or bool(read.it) or bool(things & profile.features)

    def _belongs(self, heard: Heard, part: Clause, profile: Profile | None, score: float, last: Request) -> bool:
        """Whether a clause adds to the request before it: the same action about "it", or about a newcomer only named there."""
        named = [m for m in inside(heard, [(part.start, part.end)]) if m.role not in ("pronoun", "i", "mine", "self")]
        persons = [m for m in named if m.kind is Kind.PERSON and m.role != "unknown"]
        newcomer = "name" in last.profile.action.declared
        if newcomer and opening(heard.folded[part.start : part.end]).split(" ", 1)[0] in ("he", "she", "they", "his", "her", "their"):
            return True
        if newcomer and profile is not last.profile and not [m for m in persons if m.values]:
            own = any(m.role in ("mine", "self") for m in inside(heard, [(part.start, part.end)]))
            empty = profile is not None and not named and not own and self._names_nothing(heard, part, profile)
            ships = profile is not None and profile.takes(Kind.ADDRESS)
            return bool(set(kinds_of(named)) & {Kind.SYSTEM}) or score < SURE or ships or empty
        near = part.sentence - last.sentence <= 1
        if profile is last.profile:
            return near and not named
        shares = not persons or (newcomer and part.sentence == last.sentence) or self._plays_a_part(heard, part, last)
        return near and score < SURE and shares

    @staticmethod
    def _names_nothing(heard: Heard, part: Clause, profile: Profile) -> bool:
        """ "Please set everything up for him": none of the systems, groups or apps that the action needs is named."""
        needs = profile.needs_apps or any(profile.required(k) for k in (Kind.SYSTEM, Kind.GROUP))
        return needs and not (profile.needs_apps and things.apps(passage(heard, [(part.start, part.end)])))

    def _plays_a_part(self, heard: Heard, part: Clause, last: Request) -> bool:
        """ "Offboard Marta. Leon takes the handover": somebody else who has to do with the request before it."""
        spans = [(part.start, part.end)]
        deeds = carried.deeds_of(self.nearness, heard, spans)
        only_people = all(m.kind is Kind.PERSON for m in inside(heard, spans))
        return only_people and bool(deeds) and deeds <= last.profile.features and len(last.profile.arguments(Kind.PERSON)) > 1


def _goes_to(heard: Heard, part: Clause) -> bool:
    """ "Can my meetings go to Jamie Pell?": asks that somebody named has them."""
    people = [m for m in inside(heard, [(part.start, part.end)]) if m.kind is Kind.PERSON and m.role == ""]
    return any(_GOES_TO.match(heard.folded[part.start : heard.words[m.first].start]) for m in people)


_GOES_TO = patterns("asked")["goes_to"]


def _same_sentence(heard: Heard, part: Clause) -> set[str]:
    """The words of the sentence that a clause stands in."""
    start, end = next((a, b) for a, b in sentences(heard.folded) if a <= part.start < b)
    return {w.text for w in heard.words if start <= w.start < end}


_ADDS = frozenset(
    (
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
)
"""Words with which a statement begins that gives details of the request before it."""


def _complains(folded: str) -> bool:
    """Whether a negation tells how things are ("he can't get in", "nobody uses it") rather than what not to do."""
    return symptom(folded) or bool(re.match(r"\W*(?:nobody|no one|none)\b", folded))
