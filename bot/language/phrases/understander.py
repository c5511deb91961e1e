"""The offline understander: no network, no model. What the registry declares, what the directory names, and general English."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from bot.desk.ports import Context, Meanings
from bot.domain.calls import Action
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.domain.understanding import Intent, Understanding
from bot.language.phrases import alike, followup, foreign
from bot.language.phrases.asked import Asking
from bot.language.phrases.clauses import Clause, clauses, wish_goes_on
from bot.language.phrases.halves import left_out, shared_amiss
from bot.language.phrases.heard import (
    LAST_DAY,
    Heard,
    covers,
    ended,
    ends_told,
    inside,
    last_day,
    open_ends,
    open_starts,
    passage,
    second_thought,
    taken_back,
    within,
    without_names,
)
from bot.language.phrases.lexicon import Lexicon
from bot.language.phrases.likely import doubtful
from bot.language.phrases.meant import Meant
from bot.language.phrases.moments import Moment, when
from bot.language.phrases.mood import Mood, clause_mood, goes_on_telling, message_mood, own_words, sentence_mood, topic_only
from bot.language.phrases.nearest import SURE, Nearness
from bot.language.phrases.outcome import nothing, offered, proposed
from bot.language.phrases.rank import Ranking
from bot.language.phrases.request import Request, fill_in
from bot.language.phrases.roles import Material
from bot.language.phrases.signs import symptom, wanted
from bot.language.phrases.spelling import corrected
from bot.language.phrases.text import fold, tokens
from bot.language.phrases.things import address
from bot.language.phrases.tickets import ticket
from bot.language.phrases.unexplained import unexplained
from bot.language.phrases.who import Who
from bot.language.phrases.wording import wording

_PLAIN = frozenset((Mood.ORDER, Mood.STATE, Mood.TEXT))
"""Moods in which a message may still be a request that the words did not show."""
OFFERED = 1
"""How many words may be unexplained for an action to be offered beside an answer."""
LIMIT = 4000
"""Characters that are read; the rest of a longer message is text for humans."""


class Actions(Protocol):
    """What is needed of a registry: the declared actions by name."""

    @property
    def actions(self) -> Mapping[str, Action]: ...


def _said_plainly(requests: Sequence[Request], strange: Sequence[int]) -> bool:
    """Whether what holds strange words is asked for without them, too."""
    plain = [f.call for r, n in zip(requests, strange, strict=True) if not n for f in r.filled]
    return all(f.call in plain for r, n in zip(requests, strange, strict=True) if n for f in r.filled)


class PhraseUnderstander:
    """Understands by declared wordings. Keeps the lexicons of the last few directory versions."""

    def __init__(self, registry: Actions, language: str = "en", meanings: Meanings | None = None) -> None:
        self.wording = wording(language)
        self.ranking = Ranking(registry.actions.values(), self.wording)
        self._nearness = Nearness(self.ranking)
        self._meant = Meant(self.ranking.profiles, meanings)
        self._lexicons: OrderedDict[int, tuple[Directory, Lexicon]] = OrderedDict()

    async def understand(
        self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()
    ) -> Understanding:
        """See ports.Understander."""
        return self.read(text, speaker, directory, now, context)

    def read(self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()) -> Understanding:
        """As understand, for callers that are not asynchronous."""
        code = foreign.language_of(text)
        if code == "en":
            return self._read_english(text, speaker, directory, now, context)
        found = self._foreign(text[:LIMIT], code, speaker, directory, now, context)
        if not found.calls and context.turns and foreign.language_of(context.turns[-1].text) == "en":
            english = self._read_english(text, speaker, directory, now, context)
            return english if english.calls else found  # "plus Figma", in an English thread
        return found

    def _foreign(self, text: str, code: str, speaker: Person, directory: Directory, now: datetime, context: Context) -> Understanding:
        """By that language's common forms; what they do not cover, or cover without a result, is for a human."""
        own = "".join(o if f != " " else " " for o, f in zip(text, own_words(fold(text), self.wording), strict=True))
        rendered = foreign.english(own, code)
        found = self._read_english(rendered, speaker, directory, now, context, asks=True) if rendered else None
        if found is None or (not found.calls and found.intent in (Intent.NONE, Intent.QUESTION)):
            return Understanding(intent=Intent.HUMAN, because=foreign.tongue(code).sorry, language=code, confidence=0.5)
        return found.model_copy(update={"language": code})

    def _read_english(
        self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context, asks: bool = False
    ) -> Understanding:
        """`asks`: it is known to ask for something, as a form of another language does that was found whole."""
        heard = self.take_apart(text[:LIMIT], speaker, directory, now, context)
        fresh = self._fresh(heard)
        profiles = self.ranking.profiles
        if went_on := followup.continued(fresh, heard, context, profiles):
            return went_on
        if fresh.calls and not asks and doubtful(fresh.calls, heard, self.ranking):
            return offered(fresh.calls)
        return followup.beside(fresh, context, profiles)

    def lexicon(self, directory: Directory) -> Lexicon:
        """The directory's index, made once per directory."""
        key = id(directory)
        if key not in self._lexicons:
            self._lexicons[key] = (directory, Lexicon(directory, self.wording))
            if len(self._lexicons) > 4:
                self._lexicons.popitem(last=False)
        return self._lexicons[key][1]

    def take_apart(self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context) -> Heard:
        """The message in words, names and dates, without what its speaker only quotes."""
        lexicon, whole = self.lexicon(directory), text
        text = corrected(text, self.wording, lexicon.knows)
        folded = own_words(fold(text), self.wording)
        raw = "".join(o if f != " " or o.isspace() else " " for o, f in zip(text, folded, strict=True))
        words = tokens(raw)
        for start, end in second_thought(folded, words, lexicon.mentions(words)):
            folded, raw = (t[:start] + " " * (end - start) + t[end:] for t in (folded, raw))
            words = tokens(raw)
        moments = [*when(folded, now, speaker), *(Moment("", m.start(), m.end()) for m in LAST_DAY.finditer(folded))]
        moments = ends_told(folded, moments)
        moments += open_ends(folded, moments)
        moments += open_starts(folded, moments)
        place = address(raw, folded) or (0, 0)
        found = [m for m in lexicon.mentions(words) if not within(words, m, moments)]
        found = [m for m in found if not (m.fuzzy and covers([place], words[m.first].start))]
        recent, settled = followup.earlier(context, lexicon, speaker)
        mentions = Who(speaker, directory, lexicon, self.wording, recent, settled).settle(words, found)
        ends = [m.start() for m in LAST_DAY.finditer(folded)]
        told = {m: [n for n in mentions if m.start <= words[n.first].start < m.end] for m in moments}
        moments = [ended(m, folded, last_day(mentions, directory, told[m])) if m.start in ends and not m.value else m for m in moments]
        return Heard(raw, folded, words, mentions, moments, lexicon, speaker, whole)

    # ── a message on its own ─────────────────────────────────────────────────────────────────────────────────────────

    def _fresh(self, heard: Heard) -> Understanding:
        parts = clauses(heard.folded, self.wording, self.ranking.orders)
        moods = self._moods(heard, parts)
        requests = Asking(self._nearness).requests(heard, parts, moods)
        fill_in(heard, requests)
        if any(r.filled for r in requests):
            return self._weighed(heard, requests, parts)
        return self._alike(heard, parts, moods) or nothing(heard, list(moods.values()))

    def _weighed(self, heard: Heard, requests: Sequence[Request], parts: Sequence[Clause]) -> Understanding:
        """What was read, proposed where it is all that was said; else a question, with what may have been meant offered beside it."""
        filled = [f for r in requests for f in r.filled]
        strange = [len(unexplained(heard, r, self.ranking)) if r.filled else 0 for r in requests]
        if shared_amiss(heard, requests):
            return offered([])
        if any(strange) and not _said_plainly(requests, strange):
            return offered([f.call for r, n in zip(requests, strange, strict=True) if n <= OFFERED for f in r.filled])
        if taken_back(heard.folded, heard.words, heard.mentions) or left_out(heard, requests, parts):
            return offered([f.call for f in filled])
        return proposed(filled, min(r.score for r in requests), ticket(heard.folded))

    def _alike(self, heard: Heard, parts: Sequence[Clause], moods: Mapping[Clause, Mood]) -> Understanding | None:
        """ "Did you mean …", for the first request that fits several actions alike."""
        for part in (p for p in parts if moods[p] in (Mood.ORDER, Mood.STATE)):
            spans = [(part.start, part.end), *part.shared]
            ranked = self._nearness.ranked(heard, spans, inside(heard, spans), ())
            moments = [m for m in heard.moments if covers(spans, m.start)]
            profiles = alike.tied(ranked, SURE) if ranked else []
            material = Material(passage(heard, spans), moments, heard.speaker.email)
            if profiles and (found := alike.offer(profiles, material, heard.lexicon.directory)):
                return found
        return self._like(heard, parts, moods)

    def _like(self, heard: Heard, parts: Sequence[Clause], moods: Mapping[Clause, Mood]) -> Understanding | None:
        """ "Did you mean …", for what asks for something about somebody or something named, as the examples of an action do in meaning."""
        if symptom(heard.folded) or heard.folded.rstrip().endswith("?") or set(moods.values()) - _PLAIN:
            return None
        for part in parts:
            spans = [(part.start, part.end), *part.shared]
            named = [m for m in inside(heard, spans) if m.values and m.role in ("", "mine", "self", "i")]
            asks = moods[part] in (Mood.ORDER, Mood.STATE) or wanted(heard.folded[part.start : part.end])
            if not asks or not any(m.role == "" for m in named):
                continue
            moments = [m for m in heard.moments if covers(spans, m.start)]
            material = Material(passage(heard, spans), moments, heard.speaker.email)
            if found := alike.offer(self._meant.alike(heard, spans), material, heard.lexicon.directory, least=1):
                return found
        return None

    def _moods(self, heard: Heard, parts: Sequence[Clause]) -> dict[Clause, Mood]:
        """How each clause is meant: as its whole sentence is where that forbids, else as it reads itself."""
        by_sentence: dict[int, list[Clause]] = {}
        for part in parts:
            by_sentence.setdefault(part.sentence, []).append(part)
        moods: dict[Clause, Mood] = {}
        everywhere = message_mood(heard.folded, self.wording)
        read = without_names(heard, [p.start for p in parts])
        for group in by_sentence.values():
            whole = read[group[0].start : group[-1].end]
            veto = everywhere or sentence_mood(whole, self.wording)
            for part in group:
                said = read[part.start : part.end]
                moods[part] = veto or clause_mood(said, self.wording, part is group[0], self.ranking.orders)
            for part, after in pairwise(group):
                said, told = read[part.start : part.end], read[after.start : after.end]
                if moods[part] is Mood.ORDER and wish_goes_on(said, told):
                    moods[after] = Mood.ORDER
                talks = moods[part] is Mood.ORDER and moods[after] not in (Mood.ORDER, Mood.STATE)
                if talks and topic_only(said, told, self.wording, self.ranking.orders):
                    moods[part] = Mood.TEXT
                if moods[part] is Mood.PAST and goes_on_telling(said, told):
                    moods[after] = Mood.PAST
            if not veto and any(moods[p] in (Mood.ORDER, Mood.STATE) for p in group if not p.when):
                moods |= {p: Mood.ORDER for p in group if p.when}
            elif not veto:
                moods |= {p: Mood.TEXT for p in group if p.when}
        return moods
