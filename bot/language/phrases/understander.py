"""The offline understander: no network, no model. What the registry declares, what the directory names, and general English."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from bot.desk.ports import Context
from bot.domain.calls import Action, Call, Kind
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.domain.understanding import Gap, Intent, Understanding
from bot.language.phrases import alike, followup, foreign
from bot.language.phrases.clauses import Clause, clauses
from bot.language.phrases.heard import (
    LAST_DAY,
    Heard,
    coupling,
    covers,
    hints_at_system,
    inside,
    kinds_of,
    last_day,
    masked_in,
    open_ends,
    specific,
    spoken_of,
    within,
    without,
)
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.moments import Moment, when
from bot.language.phrases.mood import BECAUSE, Mood, clause_mood, cut_exception, imperative, opening, own_words, sentence_mood, symptom
from bot.language.phrases.rank import Profile, Ranked, Ranking
from bot.language.phrases.roles import Material
from bot.language.phrases.slots import IT, Filled, fill, ticket
from bot.language.phrases.text import fold, tokens
from bot.language.phrases.things import Passage
from bot.language.phrases.who import Who
from bot.language.phrases.wording import wording

SURE = 0.52
"""Score from which the nearest action is proposed; calibrated on tests/language/utterances.yaml."""
AS_NAME = 0.85
"""How readily an ordinary word is taken for the system of that name, against its ordinary meaning."""
LIMIT = 4000
"""Characters that are read; the rest of a longer message is text for humans."""


class Actions(Protocol):
    """What is needed of a registry: the declared actions by name."""

    @property
    def actions(self) -> Mapping[str, Action]: ...


@dataclass
class Request:
    """One thing asked for: the nearest action and the spans of the message that belong to it."""

    profile: Profile
    score: float
    spans: list[tuple[int, int]]
    sentence: int
    it: tuple[Mention, ...] = ()
    named: tuple[Mention, ...] = ()
    filled: list[Filled] = field(default_factory=list)


class PhraseUnderstander:
    """Understands by declared wordings. Keeps the lexicons of the last few directory versions."""

    def __init__(self, registry: Actions, language: str = "en") -> None:
        self.wording = wording(language)
        self.ranking = Ranking(registry.actions.values(), self.wording)
        self._lexicons: OrderedDict[int, tuple[Directory, Lexicon]] = OrderedDict()

    async def understand(
        self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()
    ) -> Understanding:
        """See ports.Understander."""
        return self.read(text, speaker, directory, now, context)

    def read(self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()) -> Understanding:
        """As understand, for callers that are not asynchronous."""
        code = foreign.language_of(text)
        if code != "en":
            return self._foreign(text[:LIMIT], code, speaker, directory, now, context)
        return self._read_english(text, speaker, directory, now, context)

    def _foreign(self, text: str, code: str, speaker: Person, directory: Directory, now: datetime, context: Context) -> Understanding:
        """By that language's common forms; what they do not cover, or cover without a result, is for a human."""
        own = "".join(o if f != " " else " " for o, f in zip(text, own_words(fold(text), self.wording), strict=True))
        rendered = foreign.english(own, code)
        found = self._read_english(rendered, speaker, directory, now, context) if rendered else None
        if found is None or (not found.calls and found.intent in (Intent.NONE, Intent.QUESTION)):
            return Understanding(intent=Intent.HUMAN, because=foreign.tongue(code).sorry, language=code, confidence=0.5)
        return found.model_copy(update={"language": code})

    def _read_english(self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context) -> Understanding:
        heard = self._hear(text[:LIMIT], speaker, directory, now, context)
        fresh = self._fresh(heard)
        return followup.continued(fresh, heard, context, self) or fresh

    def lexicon(self, directory: Directory) -> Lexicon:
        """The directory's index, made once per directory."""
        key = id(directory)
        if key not in self._lexicons:
            self._lexicons[key] = (directory, Lexicon(directory, self.wording))
            if len(self._lexicons) > 4:
                self._lexicons.popitem(last=False)
        return self._lexicons[key][1]

    def _hear(self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context) -> Heard:
        lexicon = self.lexicon(directory)
        folded = own_words(fold(text), self.wording)
        raw = "".join(o if f != " " or o.isspace() else " " for o, f in zip(text, folded, strict=True))
        words = tokens(raw)
        moments = [*when(folded, now, speaker), *(Moment("", m.start(), m.end()) for m in LAST_DAY.finditer(folded))]
        moments += open_ends(folded, moments)
        found = [m for m in lexicon.mentions(words) if not within(words, m, moments)]
        recent, settled = followup.earlier(context, lexicon, speaker)
        mentions = Who(speaker, directory, lexicon, self.wording, recent, settled).settle(words, found)
        ends = [m.start() for m in LAST_DAY.finditer(folded)]
        moments = [replace(m, value=last_day(mentions, directory), cue="until") if m.start in ends and not m.value else m for m in moments]
        return Heard(raw, folded, words, mentions, moments, lexicon, speaker, text)

    # ── a message on its own ─────────────────────────────────────────────────────────────────────────────────────────

    def _fresh(self, heard: Heard) -> Understanding:
        parts = clauses(heard.folded, self.wording)
        moods = self._moods(heard, parts)
        requests = self._requests(heard, parts, moods)
        self._fill(heard, requests)
        filled = [f for r in requests for f in r.filled]
        if filled:
            return proposed(filled, min(r.score for r in requests), ticket(heard.folded))
        return self._alike(heard, parts, moods) or self._nothing(heard, list(moods.values()))

    def _alike(self, heard: Heard, parts: Sequence[Clause], moods: Mapping[Clause, Mood]) -> Understanding | None:
        """ "Did you mean …", for the first request that fits several actions alike."""
        for part in (p for p in parts if moods[p] in (Mood.ORDER, Mood.STATE)):
            spans = [(part.start, part.end), *part.shared]
            ranked = self._ranked(heard, spans, inside(heard, spans), ())
            moments = [m for m in heard.moments if covers(spans, m.start)]
            profiles = alike.tied(ranked, SURE) if ranked else []
            material = Material(self.passage(heard, spans), moments, heard.speaker.email)
            if profiles and (offered := alike.offer(profiles, material, heard.lexicon.directory)):
                return offered
        return None

    def _moods(self, heard: Heard, parts: Sequence[Clause]) -> dict[Clause, Mood]:
        """How each clause is meant: as its whole sentence is where that forbids, else as it reads itself."""
        by_sentence: dict[int, list[Clause]] = {}
        for part in parts:
            by_sentence.setdefault(part.sentence, []).append(part)
        moods: dict[Clause, Mood] = {}
        for group in by_sentence.values():
            whole = heard.folded[group[0].start : group[-1].end]
            veto = sentence_mood(whole, self.wording)
            for part in group:
                said = heard.folded[part.start : part.end]
                moods[part] = veto or (Mood.ORDER if part.when else clause_mood(said, self.wording, part is group[0], self.ranking.orders))
        return moods

    def _requests(self, heard: Heard, parts: Sequence[Clause], moods: Mapping[Clause, Mood]) -> list[Request]:
        made: list[Request] = []
        aside: list[Clause] = []
        for part in parts:
            if moods[part] in (Mood.TEXT, Mood.QUESTION) and self._told(heard, part):
                self._request(heard, part, Mood.STATE, made, aside)
            elif moods[part] in (Mood.ORDER, Mood.STATE):
                self._request(heard, part, moods[part], made, aside)
            elif moods[part] is Mood.TEXT and made and made[-1].sentence >= part.sentence - 1 and self._adds(heard, part, made[-1]):
                made[-1].spans.append((part.start, part.end))
            elif moods[part] in (Mood.TEXT, Mood.PAST) or (moods[part] is Mood.NEGATED and _complains(heard.folded[part.start : part.end])):
                aside.append(part)
        return made

    def _told(self, heard: Heard, part: Clause) -> bool:
        """Whether a statement reads as one of the declared examples does: "{to} takes {from}'s meetings"."""
        here = [n for n, w in enumerate(heard.words) if part.start <= w.start < part.end]
        asks = bool(here) and heard.words[here[0]].text in ("can", "could")
        here = here[asks:]
        first = next((m for m in heard.mentions if here and m.first == here[0] and m.kind is Kind.PERSON and not m.role), None)
        if first is None or first.last not in here:
            return False
        verb = heard.words[first.last].text
        form, told = ("base", f"{verb}s") if asks else ("s", verb)
        deed = any(i.form == form and i.name != "need" for i in self.wording.ideas([verb]))
        return deed and any(told in p.tells for p in self.ranking.profiles.values())

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

    def _request(self, heard: Heard, part: Clause, mood: Mood, made: list[Request], aside: list[Clause]) -> None:
        end = cut_exception(heard.folded, part.start, part.end)
        spans = [(part.start, end), *part.shared]
        start = end - len(opening(heard.folded[part.start : end]))
        last = made[-1] if made else None
        it = last.named if last and last.sentence >= part.sentence - 1 else ()
        asked = [(start, end), *part.shared]
        profile, score = self._nearest(heard, asked, it)
        if profile is None and last and last.sentence >= part.sentence - 1:
            profile, score = self._done_to_it(heard, asked, last)
        before = [(c.start, c.end) for c in aside if c.sentence == part.sentence]
        if before and not (last and last.sentence == part.sentence):
            wider, more = self._nearest(heard, [*before, *asked])
            named = set(kinds_of(inside(heard, asked))) - {Kind.PERSON}
            if more > score or (wider is profile and more > 0.7 * score and not named):
                profile, score, asked, spans = wider, more, [*before, *asked], [*before, *spans]
        if last and self._belongs(heard, part, profile, score, last):
            last.spans += spans
            return
        if profile is None or score < SURE:
            return
        several = self._coupled(heard, asked) or self._both_kinds(heard, asked)
        for nearest, sure in several or [(profile, score)]:
            made.append(Request(nearest, sure, list(spans), part.sentence, it=it))
            made[-1].named = tuple(m for m in inside(heard, spans) if m.kind is not Kind.PERSON) or it

    def _done_to_it(self, heard: Heard, asked: Sequence[tuple[int, int]], last: Request) -> tuple[Profile | None, float]:
        """ "… and wipe it": a deed done to the thing that the request before spoke of."""
        if not any(IT.search(heard.folded[a:b]) for a, b in asked):
            return None, 0.0
        own = self.ranking.features(*masked_in(heard, asked, inside(heard, asked), self.wording))
        deeds = {f for f in own if f in self.ranking.vocabulary and not f.startswith("w:") and not f.endswith(".")}
        before = self.ranking.features(*masked_in(heard, last.spans, inside(heard, last.spans), self.wording))
        things = {f for f in before if f.endswith(".") and not f.startswith("on:")}
        if not deeds or not things:
            return None, 0.0
        best = self.ranking.rank(own | things, {Kind.PERSON: 1})[0]
        return (best.profile, best.score) if deeds <= best.profile.features else (None, 0.0)

    def _coupled(self, heard: Heard, spans: Sequence[tuple[int, int]]) -> list[tuple[Profile, float]]:
        """ "Reset his password and MFA": two things joined by "and" that are two actions under one deed."""
        found = inside(heard, spans)
        words, masked = masked_in(heard, spans, found, self.wording)
        ideas = [i for i in self.wording.ideas(words) if i.form == "noun" and not any(masked[i.first : i.last])]
        for one, other in pairwise(ideas):
            if words[one.last : other.first] not in (["and"], ["and", "the"], ["and", "his"], ["and", "her"], ["and", "my"], []):
                continue
            if one.last == other.first and not coupling(heard, spans, one.last):
                continue
            best = [
                self.ranking.rank(self.ranking.features(without(words, i), without(masked, i)), kinds_of(found))[0] for i in (other, one)
            ]
            if best[0].profile is not best[1].profile and min(b.score for b in best) > SURE + 0.15:
                return [(b.profile, b.score) for b in best]
        return []

    def _both_kinds(self, heard: Heard, spans: Sequence[tuple[int, int]]) -> list[tuple[Profile, float]]:
        """ "Add her to Jira and the on-call group": a system and a group under one deed are two actions."""
        found = inside(heard, spans)
        words, masked = masked_in(heard, spans, found, self.wording)
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

    def _belongs(self, heard: Heard, part: Clause, profile: Profile | None, score: float, last: Request) -> bool:
        """Whether a clause adds to the request before it: the same action about "it", or about a newcomer only named there."""
        named = [m for m in inside(heard, [(part.start, part.end)]) if m.role not in ("pronoun", "i", "mine", "self")]
        persons = [m for m in named if m.kind is Kind.PERSON and m.role != "unknown"]
        newcomer = "name" in last.profile.action.declared
        if newcomer and profile is not last.profile and not [m for m in persons if m.values]:
            return bool(set(kinds_of(named)) & {Kind.SYSTEM}) or score < SURE or (profile is not None and profile.takes(Kind.ADDRESS))
        near = part.sentence - last.sentence <= 1
        if profile is last.profile:
            return near and not named
        return near and score < SURE and not persons

    def _nearest(self, heard: Heard, spans: Sequence[tuple[int, int]], it: Sequence[Mention] = ()) -> tuple[Profile | None, float]:
        """The nearest action; an ordinary word that is also a system's name ("email") is read both ways."""
        found = inside(heard, spans)
        best = self._read(heard, spans, found, it)
        named = [replace(m, weak=False) if m.kind is Kind.SYSTEM else m for m in found]
        if named == found:
            return best
        other, score = self._read(heard, spans, named, it)
        return (other, score * AS_NAME) if score * AS_NAME > best[1] else best

    def _read(
        self, heard: Heard, spans: Sequence[tuple[int, int]], found: Sequence[Mention], it: Sequence[Mention]
    ) -> tuple[Profile | None, float]:
        ranked = self._ranked(heard, spans, found, it)
        if not ranked or (len(ranked) > 1 and ranked[1].score > alike.ALIKE * ranked[0].score and not self._coupled(heard, spans)):
            return None, 0.0
        return ranked[0].profile, ranked[0].score

    def _ranked(self, heard: Heard, spans: Sequence[tuple[int, int]], found: Sequence[Mention], it: Sequence[Mention]) -> list[Ranked]:
        """The actions by nearness to these spans; none where they do not say what they are about."""
        words, masked = masked_in(heard, spans, found, self.wording)
        kinds = kinds_of(found)
        if not set(kinds) - {Kind.PERSON} and hints_at_system(heard, words, masked):
            kinds |= {Kind.SYSTEM: 0.9}
        if it and not set(kinds) - {Kind.PERSON} and any(IT.search(heard.folded[a:b]) for a, b in spans):
            kinds |= {m.kind: 0.9 for m in it}
        if any(ticket(heard.folded[a:b]) for a, b in spans):
            kinds[Kind.TICKET] = 1.0
        features = self.ranking.features(words, masked)
        if not any(f[-1] != "." and (f in self.ranking.vocabulary or not f.startswith("w:")) for f in features):
            features |= {"need"}  # a thing only named is a thing wished for
        return self.ranking.rank(features, kinds) if specific(features, kinds, self.ranking.vocabulary) else []

    def _fill(self, heard: Heard, requests: Sequence[Request]) -> None:
        about: Mention | None = None
        for request in requests:
            passage = self.passage(heard, request.spans)
            moments = [m for m in heard.moments if covers(request.spans, m.start)]
            before = spoken_of(heard, request.spans[0][0]) or about
            request.filled = fill(request.profile, Material(passage, moments, heard.speaker.email, before, request.it))
            persons = [m for m in passage.mentions if m.kind is Kind.PERSON and m.role not in ("i", "mine", "nobody")]
            about = persons[0] if persons else about

    def passage(self, heard: Heard, spans: Sequence[tuple[int, int]]) -> Passage:
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
        return Passage(raw, folded, words, mentions, heard.lexicon, self.wording, heard.whole)

    def _nothing(self, heard: Heard, moods: Sequence[Mood]) -> Understanding:
        known = {"ticket_id": t} if (t := ticket(heard.folded)) else {}
        people = any(m.kind is Kind.PERSON and m.role not in ("i", "mine") for m in heard.mentions)
        if Mood.REPORTED in moods and not people and not re.search(r"\b(?:rumou?r|told|heard)", heard.folded):
            return Understanding(intent=Intent.QUESTION, confidence=0.5)
        for mood, intent in _INTENTS:
            if mood in moods:
                return Understanding(intent=intent, known=known)
        because = next((BECAUSE[m] for m in moods if m in BECAUSE), "")
        relayed = len(heard.raw.split()) < len(heard.whole.split()) / 2
        plain = not relayed and any(m in (Mood.TEXT, Mood.ORDER, Mood.STATE) for m in moods)
        if (
            (Mood.PAST in moods or Mood.NEGATED in moods)
            and symptom(heard.folded)
            and not any(imperative(opening(s), self.wording) for s in [heard.folded.strip()])
        ):
            return Understanding(intent=Intent.QUESTION, confidence=0.6)
        if not because and plain and (symptom(heard.folded) or len(heard.words) >= 3):
            return Understanding(intent=Intent.QUESTION, confidence=0.5)
        return Understanding(intent=Intent.NONE, because=because, confidence=0.5)


_INTENTS = (
    (Mood.CANCEL, Intent.CANCEL),
    (Mood.STATUS, Intent.STATUS),
    (Mood.HUMAN, Intent.HUMAN),
    (Mood.QUESTION, Intent.QUESTION),
    (Mood.CHAT, Intent.CHAT),
)


def _complains(folded: str) -> bool:
    """Whether a negation tells how things are ("he can't get in", "nobody uses it") rather than what not to do."""
    return symptom(folded) or bool(re.match(r"\W*(?:nobody|no one|none)\b", folded))


def proposed(filled: Sequence[Filled], confidence: float, ticket_id: str | None = None) -> Understanding:
    """Calls as an Understanding: with gaps a clarification, without a request."""
    calls: list[Call] = []
    gaps: list[Gap] = []
    for one in filled:
        if one.call in calls and not one.asks:
            continue
        for argument, (choices, said) in one.asks.items():
            gaps.append(Gap(call=len(calls), argument=argument, choices=choices, said=said))
        calls.append(one.call)
    intent = Intent.CLARIFY if gaps else Intent.REQUEST
    known = {"ticket_id": ticket_id} if ticket_id else {}
    return Understanding(intent=intent, calls=tuple(calls), gaps=tuple(gaps), known=known, confidence=round(min(confidence, 1.0), 3))
