"""Which action a part of a message is nearest to: the ranking, with what the message names there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.domain.calls import Kind
from bot.language.phrases import alike
from bot.language.phrases.heard import Heard, coupling, hints_at_system, inside, kinds_of, masked_in, specific, without
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.rank import SMALL, Profile, Ranked, Ranking
from bot.language.phrases.slots import IT
from bot.language.phrases.tickets import ticket, ticket_before
from bot.language.phrases.wording import POSSESSIVES, Idea

SURE = 0.52
"""Score from which the nearest action is proposed; calibrated on tests/language/sets."""
AS_NAME = 0.85
"""How readily an ordinary word is taken for the system of that name, against its ordinary meaning."""
_TELLING = re.compile(
    r"^(?:(?:please|pls|hi|hello|hey|can|could|you|we|to) )*(?:(?:need|want|require|would like) (?:\S+ ){1,6}installed\b|"
    r"on-?board (?:our|an?|the|my|another|one) (?:\S+ )?new (?P<title>.+))"
)
""" "Need Notepad++ installed", "onboard a new buyer": what tells what is wanted may be a word that nothing else knows."""
_BESIDE = ("w:both", "w:till", "w:until", "w:too", "w:please", "w:pls", "w:plz", "w:thank", "w:thx", "w:now", "w:today")
_OUT = re.compile(r"\s(?:out|off)\s*(?:please|pls)?\s*(?:[,.;!?\n]|$)")
_ITS = frozenset(("the", "a", "an", "his", "her", "their", "my"))
_ABLE = frozenset((("able", "to"), ("allowed", "to")))
_USES = frozenset(("update", "delegate", "create", "comment", "fix", "do", "close"))
"""What somebody does in a system, who is to be able to."""
Spans = Sequence[tuple[int, int]]


def _telling(heard: Heard, folded: str) -> bool:
    match = _TELLING.search(folded)
    title = (match["title"] or "").split() if match else []
    return bool(match) and (not title or any(tuple(title[:n]) in heard.lexicon.titles for n in range(1, 6)))


def _deed_to_somebody(features: frozenset[str], kinds: Mapping[Kind, float]) -> bool:
    """ "Add Kofi to the list, take Bob out": a deed and a name, and not a word of where."""
    return Kind.PERSON in kinds and bool({"take", "give"} & features) and features <= {"take", "give", "need", *_BESIDE}


def _owned(heard: Heard, mention: Mention) -> bool:
    """ "Give Nathalie access to my mailbox": it is somebody's, rather than the system of that name."""
    return mention.first > 0 and heard.words[mention.first - 1].text in (*POSSESSIVES, "'s")


def _off(heard: Heard, found: Sequence[Mention]) -> bool:
    """ "I want Kwame off Hootsuite": somebody, and right after what they are to be off; or "recall drill: Takumi out"."""
    ends = {m.last for m in found if m.kind is Kind.PERSON}
    if any(_OUT.match(heard.folded, heard.words[n - 1].end) for n in ends):
        return True
    things = {m.first for m in found if m.kind in (Kind.SYSTEM, Kind.GROUP)}
    off = (n for n in ends if [w.text for w in heard.words[n : n + 1]] == ["off"])
    return any({n + 1, n + 2} & things for n in off)


@dataclass(frozen=True)
class Nearness:
    """Reads parts of messages with one ranking."""

    ranking: Ranking

    def nearest(self, heard: Heard, spans: Spans, it: Sequence[Mention] = (), implied: bool = False) -> tuple[Profile | None, float]:
        """The nearest action; an ordinary word that is also a system's name ("email") is read both ways. `it` is what "it" stands for, or
        what is meant without it where `implied`."""
        found = inside(heard, spans)
        two = len({m.values for m in found if m.kind is Kind.PERSON}) > 1
        found = [m for m in found if not (two and m.kind is Kind.SYSTEM and m.weak and _owned(heard, m))]
        best = self._read(heard, spans, found, it, implied)
        named = [replace(m, weak=False) if m.kind is Kind.SYSTEM else m for m in found]
        if named == found:
            return best
        other, score = self._read(heard, spans, named, it, implied)
        return (other, score * AS_NAME) if score * AS_NAME > best[1] else best

    def _read(
        self, heard: Heard, spans: Spans, found: Sequence[Mention], it: Sequence[Mention], implied: bool
    ) -> tuple[Profile | None, float]:
        ranked = self.ranked(heard, spans, found, it, implied)
        if not ranked or (len(ranked) > 1 and ranked[1].score > alike.ALIKE * ranked[0].score and not self.coupled(heard, spans)):
            return None, 0.0
        return ranked[0].profile, ranked[0].score

    def ranked(
        self, heard: Heard, spans: Spans, found: Sequence[Mention], it: Sequence[Mention] = (), implied: bool = False
    ) -> list[Ranked]:
        """The actions by nearness to these spans; none where they do not say what they are about."""
        words, masked = masked_in(heard, spans, found, self.ranking.wording)
        kinds = kinds_of(found)
        if not set(kinds) - {Kind.PERSON} and hints_at_system(heard, words, masked):
            kinds |= {Kind.SYSTEM: 0.9}
        alone = not any(m.role == "" for m in found)  # "close it" may be the ticket spoken of before; "give it to Ravi" is not
        its = [a for a, b in spans if alone and IT.search(heard.folded[a:b])]
        if any(ticket(heard.folded[a:b]) for a, b in spans) or any(ticket_before(heard.folded, a) for a in its):
            kinds[Kind.TICKET] = 1.0
        features = self.ranking.features(words, masked)
        again = implied or any(IT.search(heard.folded[a:b]) for a, b in spans) or _deed_to_somebody(features, kinds)
        if it and not set(kinds) - {Kind.PERSON} and again:
            kinds |= {m.kind: 0.9 for m in it}
        if _off(heard, found):
            features = features - {"give", "need"} | {"take"}
        if kinds.get(Kind.SYSTEM, 0) >= 1 and "take" not in features and _ABLE & {*pairwise(words)}:
            features = features - _USES | {"need"}  # "should be able to look things up in Jira"
        if not any(f[-1] != "." and (f in self.ranking.vocabulary or not f.startswith("w:")) for f in features):
            device = set(kinds) - {Kind.PERSON} == {Kind.DEVICE} and not {"on", "onto"} & {*words}
            if device and not any(f[-1] == "." for f in features):
                return []
            features |= {"need"}  # a thing only named is a thing wished for; not so the device that somebody has
        told = specific(features, kinds, self.ranking.vocabulary) or _telling(heard, " ".join(words))
        return self.ranking.rank(features, kinds) if told else []

    def coupled(self, heard: Heard, spans: Spans) -> list[tuple[Profile, float]]:
        """ "Reset his password and MFA": two things joined by "and" that are two actions under one deed."""
        found = inside(heard, spans)
        words, masked = masked_in(heard, spans, found, self.ranking.wording)
        ideas = [i for i in self.ranking.wording.ideas(words) if i.form == "noun" and not any(masked[i.first : i.last])]
        for one, other in pairwise(ideas):
            between = words[one.last : other.first]
            if between and (between[0] != "and" or set(between[1:]) - _ITS):
                continue
            if one.last == other.first and not coupling(heard, spans, one.last):
                continue
            best = [
                self.ranking.rank(self.ranking.features(without(words, i), without(masked, i)), kinds_of(found))[0] for i in (other, one)
            ]
            if best[0].profile is not best[1].profile and min(b.score for b in best) > SURE + 0.15:
                return [(b.profile, b.score) for b in best]
        return self._two_nouns(words, masked, found)

    def _two_nouns(self, words: Sequence[str], masked: Sequence[bool], found: Sequence[Mention]) -> list[tuple[Profile, float]]:
        """ "Needs password reset and account unlock": two deeds named after what they are done to."""
        for at in (n for n, w in enumerate(words) if w in ("and", "plus") and 2 <= n < len(words) - 1):
            halves = [(words[:at], masked[:at]), (words[at + 1 :], masked[at + 1 :])]
            ends = [self.ranking.wording.ideas([w for w in h[0][-2:] if w not in SMALL]) for h in (halves[0], (halves[1][0][:2], []))]
            if not all(self._thing_and_deed(ideas) for ideas in ends):
                continue
            best = [self.ranking.rank(self.ranking.features(*half), kinds_of(found))[0] for half in halves]
            if best[0].profile is not best[1].profile and min(b.score for b in best) > SURE:
                return [(b.profile, b.score) for b in best]
        return []

    @staticmethod
    def _thing_and_deed(ideas: Sequence[Idea]) -> bool:
        """ "Password reset": a thing, and right after it what is to be done to it."""
        things, deeds = (
            [i for i in ideas if (i.form == form) and (i.name[-1] == ".") == dot] for form, dot in (("noun", True), ("base", False))
        )
        return any(t.last == d.first for t in things for d in deeds)

    def both_kinds(self, heard: Heard, spans: Spans) -> list[tuple[Profile, float]]:
        """ "Add her to Jira and the on-call group": a system and a group under one deed are two actions."""
        found = inside(heard, spans)
        words, masked = masked_in(heard, spans, found, self.ranking.wording)
        features, kinds = self.ranking.features(words, masked), kinds_of(found)
        if min(kinds.get(Kind.SYSTEM, 0), kinds.get(Kind.GROUP, 0)) < 1:
            return []
        best = []
        for kind, other in ((Kind.SYSTEM, Kind.GROUP), (Kind.GROUP, Kind.SYSTEM)):
            mine = features - {f"{other.value}."}
            best.append(self.ranking.rank(mine, {k: v for k, v in kinds.items() if k is not other})[0])
            if not best[-1].profile.required(kind) or best[-1].score < SURE:
                return []
        return [(b.profile, b.score) for b in best]
