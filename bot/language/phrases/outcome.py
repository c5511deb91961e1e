"""What is said of a message in the end: the calls it proposes with what is still open, or what else it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.calls import Call, Kind
from bot.domain.understanding import Gap, Intent, Understanding
from bot.language.phrases.heard import Heard
from bot.language.phrases.mood import BECAUSE, Mood
from bot.language.phrases.signs import imperative, opening, symptom
from bot.language.phrases.slots import Filled
from bot.language.phrases.tickets import ticket

_FORBIDS = re.compile(r"(?:do not|don.?t|never|nobody|no one|leave)\b")
"""How somebody begins who says what not to do, whatever goes wrong besides."""
_INTENTS = (
    (Mood.CANCEL, Intent.CANCEL),
    (Mood.STATUS, Intent.STATUS),
    (Mood.HUMAN, Intent.HUMAN),
    (Mood.QUESTION, Intent.QUESTION),
    (Mood.CHAT, Intent.CHAT),
)


def nothing(heard: Heard, moods: Sequence[Mood]) -> Understanding:
    """What a message is that proposes nothing."""
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
        and not _FORBIDS.match(opening(heard.folded.strip()))
        and not any(imperative(opening(s), heard.lexicon.wording) for s in [heard.folded.strip()])
    ):
        return Understanding(intent=Intent.QUESTION, confidence=0.6)
    if not because and plain and (symptom(heard.folded) or len(heard.words) >= 3):
        return Understanding(intent=Intent.QUESTION, confidence=0.5)
    return Understanding(intent=Intent.NONE, because=because, confidence=0.5)


def proposed(filled: Sequence[Filled], confidence: float, ticket_id: str | None = None) -> Understanding:
    """Calls as an Understanding: with gaps a clarification, without a request."""
    calls: list[Call] = []
    gaps: list[Gap] = []
    for one in _joined(filled):
        if one.call in calls and not one.asks:
            continue
        for argument, (choices, said) in one.asks.items():
            gaps.append(Gap(call=len(calls), argument=argument, choices=choices, said=said))
        calls.append(one.call)
    intent = Intent.CLARIFY if gaps else Intent.REQUEST
    known = {"ticket_id": ticket_id} if ticket_id else {}
    return Understanding(intent=intent, calls=tuple(calls), gaps=tuple(gaps), known=known, confidence=round(min(confidence, 1.0), 3))


def _joined(filled: Sequence[Filled]) -> list[Filled]:
    """ "Offboard Marta and hand everything over to Leon": what is said of one thing in two clauses is one call."""
    kept: list[Filled] = []
    for one in filled:
        same = next((k for k in kept if k.action == one.action and _agree(k, one)), None)
        if same is None:
            kept.append(one)
        else:
            said = same.arguments | one.arguments
            open_ = {n: ask for n, ask in (same.asks | one.asks).items() if n not in said}
            kept[kept.index(same)] = Filled(one.action, said, open_)
    return kept


def _agree(one: Filled, other: Filled) -> bool:
    """Whether two calls of an action say different things of the same; what one of them leaves unsaid the other may say."""
    shared = one.arguments.keys() & other.arguments.keys()
    same = bool(shared) and all(one.arguments[k] == other.arguments[k] for k in shared)
    asked = [(name, ask, b) for a, b in ((one, other), (other, one)) for name, ask in a.asks.items()]
    return same and not any(name in b.asks or (name in b.arguments and ask != ((), "")) for name, ask, b in asked)


def offered(calls: Sequence[Call]) -> Understanding:
    """A question, beside which these are offered: something about what was said fits none of them."""
    return Understanding(intent=Intent.QUESTION, options=tuple(calls), confidence=0.5)
