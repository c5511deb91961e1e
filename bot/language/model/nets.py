"""What of a message may propose anything at all. Decided in code before the model is asked, and again over what it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.language.model.tongues import Tongue, tongue
from bot.language.phrases.clauses import Clause, clauses
from bot.language.phrases.mood import Mood, clause_mood, cut_exception, message_mood, own_words, sentence_mood
from bot.language.phrases.signs import symptom
from bot.language.phrases.text import fold
from bot.language.phrases.wording import Wording

Span = tuple[int, int]

_SILENT = frozenset((Mood.MACHINE, Mood.HYPOTHETICAL, Mood.REPORTED, Mood.NEGATED, Mood.JOKE, Mood.QUESTION, Mood.TEXT))
"""Moods of sentences from which no name of a thing is taken either."""
_NOBODY = re.compile(r"\W*(?:(?:nobody|no one|none)\b|(?!you\b)(?:[\w'-]+ ){1,3}(?:can'?t|cannot|couldn'?t|can not)\b)")
"""Tells how things are ("nobody uses it", "I can't get in"), not what not to do."""
_IT_SAYS = re.compile(
    r"\b(?:it|laptop|computer|outlook) (?:just |only |always |now )?(?:says|tells me)\b(?!\W*[\"'])"
    r"|\bsays (?:(?:the|my|his|her|their) )?(?:account|password|profile)\b"
)
"""A machine's message is no hearsay."""
_OFFERS = re.compile(r"\W*(?:how|what) about (?:giving|adding|removing|letting|getting)\b")
_PLEASE = re.compile(r"\b(?:please|pls|plz)\b")
_ASKS = re.compile(r"\W*(?:do|does|did|has|have|had|is|are|was|were|am)\b(?! (?:it|there)\b)")
"""Asks how things are ("does Ravi have …", "has David been …"), where "can" and "could" ask for something."""
_QUOTATION = re.compile(r'"[^"\n]+"')
LONGEST_NAME = 3
"""Words of a name; what stands in quotation marks and is longer is what somebody said."""
_SENTENCE = re.compile(r"[^.!?。！？\n;]+[.!?。！？;]*")


@dataclass(frozen=True)
class Nets:
    """`shown` is what the model may see: the speaker's own words. `open` are the spans in which something may be asked for, `silent`
    those from which no name of a thing is taken. Positions are those of the message. `machine`: it holds orders to the machine."""

    whole: str
    shown: str
    tongue: Tongue
    open: tuple[Span, ...] = ()
    silent: tuple[Span, ...] = ()
    machine: bool = False

    @property
    def things(self) -> str:
        """The text in which systems, groups, devices, tickets and addresses may be named."""
        return blanked(self.shown, self.silent)

    def asks(self, start: int, end: int) -> bool:
        """Whether any of these positions is where something may be asked for."""
        return any(a < end and start < b for a, b in self.open)


def blanked(text: str, spans: tuple[Span, ...]) -> str:
    """`text` with spaces in these spans."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def nets(text: str, wording: Wording) -> Nets:
    """Reads how each part of a message is meant."""
    folded = own_words(fold(text), wording)
    shown = "".join(o if f != " " or o.isspace() else " " for o, f in zip(text, folded, strict=True))
    spoken = tongue(shown)
    if spoken.name != "en":
        return _foreign(text, folded, shown, spoken, wording)
    open_: list[Span] = []
    silent: list[Span] = []
    whole = message_mood(folded, wording)
    if whole is not None:
        return Nets(text, shown, spoken, silent=((0, len(text)),), machine=whole is Mood.MACHINE)
    machine = False
    silent += [m.span() for m in _QUOTATION.finditer(fold(text)) if len(m.group().split()) > LONGEST_NAME]
    for part, mood in _moods(folded, wording):
        machine |= mood is Mood.MACHINE
        end = cut_exception(folded, part.start, part.end)
        if mood in (Mood.ORDER, Mood.STATE):
            open_.append((part.start, end))
            silent += [(end, part.end)] if end < part.end else []
        elif mood in _SILENT:
            silent.append((part.start, part.end))
    return Nets(text, shown, spoken, tuple(open_), tuple(silent), machine)


def _moods(folded: str, wording: Wording) -> list[tuple[Clause, Mood]]:
    """The mood of each clause; ORDER also for what merely is not known to forbid anything."""
    parts = clauses(folded, wording)
    by_sentence: dict[int, list[Clause]] = {}
    for part in parts:
        by_sentence.setdefault(part.sentence, []).append(part)
    found = []
    for group in by_sentence.values():
        whole = folded[group[0].start : group[-1].end]
        veto = sentence_mood(whole, wording)
        if veto is Mood.REPORTED:
            veto = sentence_mood(_IT_SAYS.sub(lambda m: " " * len(m.group()), whole), wording)
        if veto is Mood.QUESTION and _OFFERS.match(whole):
            veto = None
        for part in group:
            said = folded[part.start : part.end]
            mood = veto or clause_mood(said, wording, part is group[0])
            doubtful = (
                mood is Mood.TEXT
                or (mood is Mood.PAST and _PLEASE.search(said))
                or (mood is Mood.QUESTION and not _ASKS.match(said))
                or (mood in (Mood.NEGATED, Mood.PAST) and (symptom(said) or _NOBODY.match(said)))
            )
            found.append((part, Mood.ORDER if veto is None and (doubtful or part.when) else mood))
    return found


def _foreign(text: str, folded: str, shown: str, spoken: Tongue, wording: Wording) -> Nets:
    open_: list[Span] = []
    silent: list[Span] = []
    machine = False
    for match in _SENTENCE.finditer(folded):
        said = match.group()
        if not any(c.isalnum() for c in said):
            continue
        machine |= sentence_mood(said, wording) is Mood.MACHINE
        closed = any(p.search(said.strip()) for p in spoken.never)
        (silent if closed else open_).append(match.span())
    return Nets(text, shown, spoken, tuple(open_), tuple(silent), machine)
