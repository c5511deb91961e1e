"""Whether a sentence asks for something to be done at all, and in what sense it is meant if it does not.

The rule of the house: nothing is proposed unless the sentence reads like a request. Everything here works on folded text
(see text.fold), on which positions are those of the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from bot.language.phrases.wording import Wording, patterns, split


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
_JSON = _RE["json"]
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
_PLEASED = _RE["pleased"]
_GET = _RE["get"]
_MIND = _RE["mind"]
_PREFIX = _RE["prefix"]
_DESIRE = _RE["desire"]
_PAST = _RE["past"]
_LONG_AGO = _RE["long_ago"]
_WILL = _RE["will"]
_FINITE = _RE["finite"]
_STATUS = _RE["status"]
_NUMBERED = _RE["numbered"]
_CAPABLE = _RE["capable"]
_STATUS_ORDER = _RE["status_order"]
_HUMAN = _RE["human"]
_CANCEL = _RE["cancel"]
_CHAT = _RE["chat"]
_TELL_ME = _RE["tell_me"]
_GENERIC = _RE["generic"]
_OVER = _RE["over"]
_ONCE = _RE["once"]
_MACHINE_ALL = _RE["machine_all"]
_JOKE_ALL = _RE["joke_all"]


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """`text` with every match replaced by spaces: what remains stays where it was."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def own_words(folded: str, wording: Wording) -> str:
    """What the speaker says themselves: without quoted lines, forwarded mail, code, JSON and quoted sentences."""
    for pattern in (_FORWARDED, _QUOTED_LINE, _FENCE, _JSON, _JSON):
        folded = blank(folded, pattern)
    return _STRING.sub(lambda m: _unquote(m, wording), folded)


def _unquote(match: re.Match[str], wording: Wording) -> str:
    """Quotation marks around a name go; a quoted sentence goes as a whole."""
    inner = next(g for g in match.groups() if g is not None)
    words = inner.split()
    deed = any(i.form == "base" for i in wording.ideas(words[:1]))
    if len(words) <= 4 and not deed:
        return f" {inner} "
    return " " * len(match.group())


def opening(sentence: str) -> str:
    """The sentence without greeting, politeness and connecting words at its start."""
    previous = None
    while sentence != previous:
        previous = sentence
        sentence = _PREFIX.sub("", sentence, count=1).lstrip(" ,:;-!.")
        sentence = _PLEASED.sub("", sentence, count=1)
        sentence = re.sub(r"^for [\w@.' ]{2,30}[,:]\s+(?=\w)", "", sentence)
    return sentence


def message_mood(text: str) -> Mood | None:
    """What one sentence makes of the whole folded message: words to the machine, a joke called one, an example announced."""
    if _MACHINE_ALL.search(text):
        return Mood.MACHINE
    if _JOKE_ALL.search(text):
        return Mood.JOKE
    announced = _EXAMPLE.search(text[:200])
    return Mood.TEXT if announced and re.search(r":\s*$", text[announced.start() :].split("\n", 1)[0]) else None


def sentence_mood(sentence: str, wording: Wording) -> Mood | None:
    """What a whole folded sentence is where that forbids every proposal in it; None where its clauses decide."""
    text = sentence.strip().strip("-*•# ")
    start = opening(text)
    state = _has(text, wording, "state")
    return next((found for found, holds in _VETOES if holds(text, start, state, wording)), None)


def _asks_status(text: str, start: str, _: bool, wording: Wording) -> bool:
    about = _STATUS.search(text) or _STATUS_ORDER.search(start)
    if about and not imperative(start, wording, besides="update"):
        return True
    asks = text.endswith("?") or _AUXILIARY.match(start)
    return bool(_NUMBERED.search(text) and asks and not imperative(start, wording))


def _asks_how(text: str, start: str, state: bool, _: Wording) -> bool:
    return bool(_CAPABLE.search(text) or _HOW.search(start) or (_HOW.search(text) and not state))


def _supposes(text: str, start: str, _: bool, __: Wording) -> bool:
    return bool(_HYPOTHETICAL.search(start if start != text else text))


def _jokes(text: str, _: str, state: bool, __: Wording) -> bool:
    return bool(_JOKE.search(text)) and not (state and re.search(r"\b(?:i|my|me|myself)\b", text))


_VETOES: tuple[tuple[Mood, Callable[[str, str, bool, Wording], object]], ...] = (
    (Mood.MACHINE, lambda text, *_: _MACHINE.search(text)),
    (Mood.CANCEL, lambda text, *_: _CANCEL.search(text)),
    (Mood.CHAT, lambda text, *_: _CHAT.search(text)),
    (Mood.TEXT, lambda text, *_: _EXAMPLE.search(text)),
    (Mood.HUMAN, lambda text, start, state, _: _HUMAN.search(text) and not state),
    (Mood.STATUS, _asks_status),
    (Mood.QUESTION, _asks_how),
    (Mood.QUESTION, lambda text, *rest: text.endswith("?") and _supposes(text, *rest)),
    (Mood.HYPOTHETICAL, _supposes),
    (Mood.REPORTED, lambda text, *_: _REPORTED.search(text)),
    (Mood.JOKE, _jokes),
    (Mood.PAST, lambda text, start, state, wording: state and _OVER.search(text) and not imperative(start, wording)),
)
"""What forbids a proposal, in order: the first that holds names the mood."""


def clause_mood(clause: str, wording: Wording, first: bool = True, orders: frozenset[str] = frozenset()) -> Mood:
    """How a folded clause of a sentence is meant that nothing forbids as a whole. `orders` are further words that open an order."""
    text = clause.strip().strip("-*•# ,")
    start = opening(re.sub(r"^(?:and|but|then|also|plus|so)\s+", "", text))
    if not start:
        return Mood.TEXT
    if _LONG_AGO.search(text) and not imperative(start, wording):
        return Mood.QUESTION if text.rstrip().endswith("?") else Mood.PAST
    if _TELL_ME.match(start) or _GENERIC.match(start):
        return Mood.QUESTION
    if _past_trouble(text, wording):
        return Mood.PAST
    if _states(text, wording) and not (first and _AUXILIARY.match(start)) and not (start.rstrip().endswith("?") and first):
        return Mood.STATE
    if _MIND.match(start) or _GET.match(start) or _GET.match(text):
        return Mood.ORDER
    if _AUXILIARY.match(start) or _MODAL.match(start):
        return Mood.NEGATED if _NEGATED.match(start) else Mood.QUESTION
    return _plain(text, start, wording, orders)


def _states(text: str, wording: Wording) -> bool:
    """Whether the text reports something that asks for a deed ("I'm locked out"), and does not deny it ("I haven't lost it")."""
    if _OTHER_WISH.search(text):
        return False
    words = split(text[:600])
    states = [i for i in wording.ideas(words) if i.form == "state" and i.name[-1] != "."]
    return any(i.name not in _EVENTS or not _DENIED & set(words[max(0, i.first - 2) : i.first]) for i in states)


_DENIED = frozenset(("t", "not", "never"))
_EVENTS = frozenset(("unlock", "reset", "lock", "offboard", "onboard"))
"""States that tell of something that has happened."""


def _past_trouble(text: str, wording: Wording) -> bool:
    """ "I was locked out yesterday": a sign-in that failed some time ago. What was stolen yesterday is still gone."""
    if not (_ONCE.search(text) and _has(text, wording, "state")):
        return False
    told = {i.name for i in wording.ideas(split(text[:600])) if i.form == "state"}
    return bool(told & {"unlock", "reset"}) and "lock" not in told


def _plain(text: str, start: str, wording: Wording, orders: frozenset[str]) -> Mood:
    order = imperative(start, wording) or start.split(" ", 1)[0] in orders
    deed = order or _has(text, wording, "base") or _has(text, wording, "ing")
    if _NEGATED.match(start) or (deed and _NEGATED.search(_EXCEPT.split(start)[0])):
        return Mood.NEGATED
    if order:
        return Mood.ORDER
    asked = start.rstrip().endswith("?")
    if _wishes(text, wording):
        return Mood.QUESTION if asked else Mood.ORDER
    if _PAST.search(start):
        return Mood.PAST
    if asked and _FINITE.search(start) and not _LACKS.search(text):
        return Mood.QUESTION
    return Mood.ORDER if _LACKS.search(text) or fragment(text, start, wording) else Mood.TEXT


_LACKS = re.compile(r"\b(?:i'?m|i am|am|we'?re) missing\b|\bi (?:still )?(?:lack|don'?t have) (?:access|permission|rights)")


def _wishes(text: str, wording: Wording) -> bool:
    """ "I need …", "John should have …": wishes, for something that can be done here."""
    return bool(_DESIRE.search(text)) and not _OTHER_WISH.search(text) and _wishes_deed(text, wording)


_WANTED = _RE["wanted"]


def fragment(text: str, start: str, wording: Wording) -> bool:
    """Whether a sentence without a verb asks for something by naming it: "Figma for Sam", "password reset please"."""
    words = split(start)
    head = start.split(":", 1)[0] if ":" in start else ""
    if head and len(split(head)) <= 4 and any(i.form == "noun" for i in wording.ideas(split(head))):
        return True
    if words[:1] and words[0] in ("i", "we", "he", "she", "they", "it", "you", "this", "that", "there", "our"):
        return False
    told = any(i.form in ("s", "ed", "ing") and i.first for i in wording.ideas(words) if i.name[-1] != ".")
    if told or _FINITE.search(start) or _WILL.search(start) or len(words) > 14 or symptom(start):
        return False
    return len(words) <= 4 or bool(_WANTED.search(text))


_OTHER_WISH = _RE["other_wish"]
_WISHED = _RE["wished"]


_NEEDS_DOING = re.compile(r"\bneeds? (?P<verb>\w+ing)\b(?! (?:access|app|software|tool|licen[cs]e|list|group|account|rights))")
_ENOUGH = frozenset(("be", "have", "get", "use", "access", "join", "log", "sign"))


def _wishes_deed(text: str, wording: Wording) -> bool:
    """ "Needs to calm down" wishes for nothing that can be done here."""
    wished = _WISHED.search(text)
    doing = _NEEDS_DOING.search(text)
    if doing and not any(i.form == "ing" for i in wording.ideas((doing["verb"],))):
        return False
    return wished is None or wished["verb"] in _bases(wording) or wished["verb"] in _ENOUGH


_SYMPTOM = _RE["symptom"]


def symptom(folded: str) -> bool:
    """Whether the text tells of something that does not work."""
    return bool(_SYMPTOM.search(folded))


_NOT_TAIL = _RE["not_tail"]


def cut_exception(folded: str, start: int, end: int) -> int:
    """Where the part of a clause begins that says what not to do ("…, but not Slack"); `end` if there is none."""
    match = _NOT_TAIL.search(folded, start, end)
    return match.start() if match else end


def imperative(start: str, wording: Wording, besides: str = "") -> bool:
    """Whether the sentence begins with a deed in its base form (other than `besides`)."""
    words = split(start[:60])
    if not words or words[0] not in _bases(wording):
        return False
    return any(i.first == 0 and i.form in ("base", "ed") and i.name not in (besides, "need") for i in wording.ideas(words))


_BASES: dict[str, frozenset[str]] = {}


def _bases(wording: Wording) -> frozenset[str]:
    """First words of every deed's base form."""
    if wording.language not in _BASES:
        _BASES[wording.language] = frozenset(v.split()[0].split("'")[0] for verbs in wording.data["deeds"].values() for v in verbs)
    return _BASES[wording.language]


def _has(text: str, wording: Wording, form: str) -> bool:
    return any(i.form == form for i in wording.ideas(split(text[:600])))
