"""Whether a sentence asks for something to be done at all, and in what sense it is meant if it does not.

The rule of the house: nothing is proposed unless the sentence reads like a request. Everything here works on folded text
(see text.fold), on which positions are those of the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from bot.language.phrases.clauses import sentences
from bot.language.phrases.signs import (
    ENOUGH,
    HAVE_DO,
    LACKS,
    causes,
    fragment,
    has,
    imperative,
    opening,
    past_trouble,
    states,
    symptom,
    wanted,
    wishes,
)
from bot.language.phrases.wording import Wording, patterns, split

__all__ = ["BECAUSE", "Mood", "clause_mood", "cut_exception", "message_mood", "own_words", "sentence_mood", "symptom"]


class Mood(StrEnum):
    """How a sentence is meant. Only ORDER and STATE may propose."""

    ORDER = "order"
    STATE = "state"
    QUESTION = "question"
    STATUS = "status"
    NEGATED = "negated"
    HYPOTHETICAL = "hypothetical"
    REPORTED = "reported"
    PAST = "past"
    JOKE = "joke"
    MACHINE = "machine"
    HUMAN = "human"
    CANCEL = "cancel"
    CHAT = "chat"
    TEXT = "text"


BECAUSE = {
    Mood.NEGATED: "this says what should not be done",
    Mood.HYPOTHETICAL: "this reads like a hypothetical",
    Mood.REPORTED: "this reports what somebody else said",
    Mood.PAST: "this reads like something that has happened",
    Mood.JOKE: "this reads like a joke",
    Mood.MACHINE: "instructions to the machine are read as plain text",
}

_RE = patterns("moods")
_QUOTED_LINE = _RE["quoted_line"]
_FORWARDED = _RE["forwarded"]
_FENCE = _RE["fence"]
_DIALOGUE = _RE["dialogue"]
_SPEAKER = _RE["speaker"]
_SETTLED = _RE["settled"]
_IMAGINED = _RE["imagined"]
_MADE_UP = _RE["made_up"]
_ANNOUNCED = _RE["announced"]
_JSON = _RE["json"]
_BESIDE = _RE["beside"]
"""Politeness in the middle of a sentence: "…, while you're at it, …"."""
_STRING = _RE["string"]
_MACHINE = _RE["machine"]
_REPORTED = _RE["reported"]
_HYPOTHETICAL = _RE["hypothetical"]
_NEGATED = _RE["negated"]
_EXCEPT = _RE["except"]
_JOKE = _RE["joke"]
_EXAMPLE = _RE["example"]
_HOW = _RE["how"]
_AUXILIARY = _RE["auxiliary"]
_MODAL = _RE["modal"]
_GET = _RE["get"]
_MIND = _RE["mind"]
_PAST = _RE["past"]
_LONG_AGO = _RE["long_ago"]
_FINITE = _RE["finite"]
_STATUS = _RE["status"]
_NUMBERED = _RE["numbered"]
_CAPABLE = _RE["capable"]
_STATUS_ORDER = _RE["status_order"]
_HUMAN = _RE["human"]
_CANCEL = _RE["cancel"]
_CANCEL_WHY = _RE["cancel_why"]
_CHAT = _RE["chat"]
_TELL_ME = _RE["tell_me"]
_GENERIC = _RE["generic"]
_OVER = _RE["over"]
_IDLE = _RE["idle"]
_MACHINE_ALL = _RE["machine_all"]
_JOKE_ALL = _RE["joke_all"]


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """`text` with every match replaced by spaces: what remains stays where it was."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def own_words(folded: str, wording: Wording) -> str:
    """What the speaker says themselves: without quoted lines, forwarded mail, code, JSON, quoted sentences and examples."""
    for pattern in (_FORWARDED, _QUOTED_LINE, _FENCE, _JSON, _JSON, _ANNOUNCED, _BESIDE):
        folded = blank(folded, pattern)
    if _DIALOGUE.search(folded) and len(_SPEAKER.findall(folded)) > 1:
        folded = blank(folded, _SPEAKER)
    return _STRING.sub(lambda m: _unquote(m, wording), folded)


_SENTENCE = re.compile(r"(?:i|i'?m|i'?d|we|you|can|could|please|pls|would|my|he|she)\s")


def _unquote(match: re.Match[str], wording: Wording) -> str:
    """Quotation marks around a name go; a quoted sentence goes as a whole."""
    inner = next(g for g in match.groups() if g is not None)
    words = inner.split()
    said = re.split(r":\s*", inner)[-1]
    deed = any((i.form == "base" and not i.first) or i.form == "s" for i in wording.ideas(split(opening(said))))
    if len(words) <= 4 and not deed and not _SENTENCE.match(inner):
        return f" {inner} "
    return " " * len(match.group())


_EVERYWHERE = ((Mood.MACHINE, _MACHINE_ALL), (Mood.JOKE, _JOKE_ALL), (Mood.TEXT, _MADE_UP))


def message_mood(text: str, wording: Wording) -> Mood | None:
    """What one sentence makes of the whole folded message: words to the machine, a joke called one, an example, an affair settled."""
    if found := next((mood for mood, pattern in _EVERYWHERE if pattern.search(text)), None):
        return found
    if not wanted(text) and _IMAGINED.search(text):
        return Mood.QUESTION if text.rstrip().endswith("?") else Mood.HYPOTHETICAL
    if not wanted(text) and _SETTLED.search(text):
        own = [text[a:b] for a, b in sentences(text)]
        if not any(orders(said, wording) or wishes(said, wording) for said in own):
            return Mood.PAST
    announced = _EXAMPLE.search(text[:200])
    if announced and announced.start() <= 3 and not text.lstrip().startswith("for "):
        return Mood.TEXT
    return Mood.TEXT if announced and re.search(r":\s*$", text[announced.start() :].split("\n", 1)[0]) else None


def orders(sentence: str, wording: Wording) -> bool:
    """Whether a folded sentence is an order, or asks to be given something, once its politeness is taken off."""
    start = opening(sentence.strip().strip("-*•# "))
    return imperative(start, wording) or bool(_GET.match(start) or _MIND.match(start))


def sentence_mood(sentence: str, wording: Wording) -> Mood | None:
    """What a whole folded sentence is where that forbids every proposal in it; None where its clauses decide."""
    text = _bare_wish(sentence.strip().strip("-*•# "), wording)
    start = opening(text)
    state = has(text, wording, "state")
    return next((found for found, holds in _VETOES if holds(text, start, state, wording)), None)


_RELIEF = _RE["relief"]


def _bare_wish(text: str, wording: Wording) -> str:
    """ "Figma for Elif would be a relief": what is wished for, without how welcome it would be."""
    welcome = _RELIEF.search(text)
    head = text[: welcome.start()] if welcome else ""
    return head if head and fragment(head, opening(head), wording) else text


def _asks_status(text: str, start: str, _: bool, wording: Wording) -> bool:
    about = _STATUS.search(text) or _STATUS_ORDER.search(start)
    if about and not imperative(start, wording, besides="update"):
        return True
    asks = text.endswith("?") or _AUXILIARY.match(start)
    return bool(_NUMBERED.search(text) and asks and not imperative(start, wording) and not _HYPOTHETICAL.search(text))


def _asks_how(text: str, start: str, state: bool, _: Wording) -> bool:
    if _GET.match(start):
        return bool(_CAPABLE.search(text))
    return bool(_CAPABLE.search(text) or _HOW.search(start) or (_HOW.search(text) and not state))


def _supposes(text: str, start: str, _: bool, __: Wording) -> bool:
    return bool(_HYPOTHETICAL.search(start if start != text else text)) and not _GET.match(start) and not _GET.match(text)


_ATTRIBUTED = re.compile(
    r"[,\"'”]\s*(?:said|says|wrote|writes|claims|claimed)\b|"
    r"[,\"'”]\s*\w+ (?:said|says|wrote|told (?:me|us))(?: to (?:me|us))?\s*(?:[,.;!?]|$)"
)


def _reports(text: str, start: str, _: bool, wording: Wording) -> bool:
    """Whether it says what somebody else said. What follows an order ("reset it, he thinks he clicked on something") only tells why."""
    told = _REPORTED.search(_CONSENT.sub(" ", _SCREEN_SAYS.sub(" ", text)))
    return bool(told) and not (imperative(start, wording) and _REPORTED.search(start) and not _ATTRIBUTED.search(text))


def _jokes(text: str, _: str, state: bool, __: Wording) -> bool:
    return bool(_JOKE.search(text)) and not (state and re.search(r"\b(?:i|my|me|myself)\b", text))


_SCREEN_SAYS = re.compile(
    r"(?:^\W*|,\s*)(?:it )?says "
    r"(?=(?:that )?(?:the |my |his |her |it is |it's |i'm |i am )?(?:account|password|login|locked|error|access))|"
    r"\b(?:it|computer|screen|system|page|message|app|laptop|login|window|windows|outlook|phone|which|error|prompt|pc|mac)\s+"
    r"(?:just |now |always |only |keeps )?(?:says|said|saying|tells? me|told me)(?: that)?\b|\bz+ (?:just |now )?says\b"
)
"""What a screen says is no hearsay."""
_CONSENT = re.compile(
    r"\b(?:said|says) (?:that )?(?:(?:it'?s|it is|this is|that'?s|that is) (?:fine|ok|okay|alright|all right|good|approved)|yes|ok|okay)\b"
)
"""That somebody agreed only tells why the rest is asked for."""


def _cancels(text: str, _: str, __: bool, wording: Wording) -> bool:
    """Whether it takes back what was asked for; what stands beside it may say why ("leave it, he remembered"), but ask for nothing else."""
    if _CANCEL.search(text):
        return True
    found = _CANCEL_WHY.search(text)
    if found is None or _KEPT.search(found["why"]):
        return found is not None
    return not imperative(opening(found["why"]), wording) and not wishes(found["why"], wording)


_KEPT = _RE["kept"]
"""What somebody has is to stay: "forget it, he still needs it"."""


_VETOES: tuple[tuple[Mood, Callable[[str, str, bool, Wording], object]], ...] = (
    (Mood.MACHINE, lambda text, *_: _MACHINE.search(text)),
    (Mood.CANCEL, _cancels),
    (Mood.CHAT, lambda text, *_: _CHAT.search(text)),
    (Mood.TEXT, lambda text, *_: _EXAMPLE.search(text)),
    (Mood.HUMAN, lambda text, start, state, _: _HUMAN.search(text) and not state),
    (Mood.STATUS, _asks_status),
    (Mood.QUESTION, _asks_how),
    (Mood.QUESTION, lambda text, *rest: text.endswith("?") and _supposes(text, *rest)),
    (Mood.HYPOTHETICAL, _supposes),
    (Mood.NEGATED, lambda text, start, state, w: _IDLE.search(text) and not imperative(start, w)),
    (Mood.REPORTED, _reports),
    (Mood.JOKE, _jokes),
    (Mood.PAST, lambda text, start, state, wording: state and _OVER.search(text) and not imperative(start, wording)),
)
"""What forbids a proposal, in order: the first that holds names the mood."""


def clause_mood(clause: str, wording: Wording, first: bool = True, orders: frozenset[str] = frozenset()) -> Mood:
    """How a folded clause of a sentence is meant that nothing forbids as a whole. `orders` are further words that open an order."""
    text = _bare_wish(clause.strip().strip("-*•# ,"), wording)
    start = opening(re.sub(r"^(?:and|but|then|also|plus|so)\s+", "", text))
    if not start:
        return Mood.ORDER if any(i.name == "ticket." for i in wording.ideas(split(text))) else Mood.TEXT
    return next((mood for mood, holds in _CLAUSES if holds(text, start, first, wording)), None) or _plain(text, start, wording, orders)


def goes_on_telling(clause: str, following: str) -> bool:
    """ "… who wiped it and set it up again": a verb that is the same in the past, after what somebody did."""
    return clause.rstrip().endswith(" and") and bool(_SAME_IN_PAST.match(following.strip()))


_SAME_IN_PAST = re.compile(r"(?:set|reset|put|cut|shut|let|quit|read)\b(?! .*\b(?:please|pls)\b)")


def topic_only(clause: str, following: str, wording: Wording, orders: frozenset[str]) -> bool:
    """Whether a folded clause that only names something ("Figma for Elif, …") is what the clause after it talks about, rather than a
    request that this one gives the reason for ("…, she starts on Monday")."""
    text = clause.strip().strip("-*•# ,")
    start = opening(text)
    asks = wanted(text) or imperative(start, wording) or start.split(" ", 1)[0] in orders or wishes(text, wording, orders)
    if asks or LACKS.search(text) or states(text, wording) or _orders(text, start, True, wording):
        return False
    return not (_REASON.match(following.strip()) or ENOUGH.match(following.strip()))


def _asked(text: str, start: str, first: bool, _: Wording) -> bool:
    return bool(_TELL_ME.match(start) or _GENERIC.match(start) or (_LONG_AGO.search(text) and text.rstrip().endswith("?")))


def _reports_trouble(text: str, start: str, first: bool, wording: Wording) -> bool:
    return states(text, wording) and not (first and (_AUXILIARY.match(start) or start.rstrip().endswith("?")))


def _orders(text: str, start: str, _: bool, wording: Wording) -> bool:
    let = HAVE_DO.match(start) and causes(start, wording)
    return bool(let or _MIND.match(start) or _MIND.search(text) or _GET.match(start) or _GET.match(text))


_CLAUSES: tuple[tuple[Mood, Callable[[str, str, bool, Wording], object]], ...] = (
    (Mood.QUESTION, lambda text, start, first, w: _asked(text, start, first, w) and not imperative(start, w)),
    (Mood.QUESTION, lambda text, start, *_: _TELL_ME.match(start)),
    (Mood.REPORTED, lambda text, start, _, w: _CONSENT.search(text) and not imperative(start, w)),
    (Mood.PAST, lambda text, start, _, w: _LONG_AGO.search(text) and not imperative(start, w)),
    (Mood.PAST, lambda text, start, _, w: past_trouble(text, w)),
    (Mood.STATE, _reports_trouble),
    (Mood.ORDER, _orders),
    (Mood.NEGATED, lambda text, start, *_: (_AUXILIARY.match(start) or _MODAL.match(start)) and _NEGATED.match(start)),
    (Mood.QUESTION, lambda text, start, *_: _AUXILIARY.match(start) or _MODAL.match(start)),
)
"""How a clause is meant, in order: the first that holds names the mood."""


_CANNOT = _RE["cannot"]
"""Why an order is given: "unlock Tom please he can't log in"."""

_WHICH = re.compile(r"\b(?:that|which|who)\s+(?:\w+\s)?$")
"""What an order is about, told by what is not so of it: "free up one that nobody uses"."""


def _plain(text: str, start: str, wording: Wording, orders: frozenset[str]) -> Mood:
    order = imperative(start, wording) or start.split(" ", 1)[0] in orders
    deed = order or any(has(text, wording, form) for form in ("base", "ing", "state"))
    asked = start.rstrip().endswith("?")
    if LACKS.search(text) and not order and not asked:
        return Mood.ORDER
    denied = _NEGATED.search(_EXCEPT.split(start)[0]) if deed else None
    aside = denied and order and (_CANNOT.match(start, denied.start()) or _WHICH.search(start, 0, denied.start()))
    if _NEGATED.match(start) or (denied and not aside):
        return Mood.NEGATED
    if order:
        return Mood.ORDER
    return _told(text, start, asked, wording, orders)


def _told(text: str, start: str, asked: bool, wording: Wording, orders: frozenset[str]) -> Mood:
    """How a clause is meant that is neither an order nor a negation."""
    if wishes(text, wording, orders):
        return Mood.QUESTION if asked else Mood.ORDER
    if _PAST.search(start):
        return Mood.PAST
    if asked and _FINITE.search(start) and not LACKS.search(text):
        return Mood.QUESTION
    return Mood.ORDER if LACKS.search(text) or fragment(text, start, wording) else Mood.TEXT


_NOT_TAIL = _RE["not_tail"]
_REASON = _RE["reason"]
"""How a reason for a wish begins: what somebody is about to do, or what would be enough."""


def cut_exception(folded: str, start: int, end: int) -> int:
    """Where the part of a clause begins that says what not to do ("…, but not Slack"); `end` if there is none."""
    match = _NOT_TAIL.search(folded, start, end)
    return match.start() if match else end
