"""Signs in the words of a clause: an order, a wish, a trouble reported, a thing only named. All works on folded text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.language.phrases.wording import Idea, Wording, patterns, split

_RE = patterns("moods")
_DESIRE = _RE["desire"]
_FINITE = _RE["finite"]
_ELSEWHERE = _RE["elsewhere"]
"""Leaving for lunch is not leaving the company."""
_ONCE = _RE["once"]
_PLEASED = _RE["pleased"]
_PREFIX = _RE["prefix"]
_WILL = _RE["will"]


def opening(sentence: str) -> str:
    """The sentence without greeting, politeness and connecting words at its start."""
    previous = None
    while sentence != previous:
        previous = sentence
        sentence = _PREFIX.sub("", sentence, count=1).lstrip(" ,:;-!.")
        sentence = _PLEASED.sub("", sentence, count=1)
        sentence = re.sub(r"^for [\w@.' ]{2,30}[,:]\s+(?=\w)", "", sentence)
    return sentence


HAVE_DO = re.compile(r"^(?:have|get|let|ask|make|allow)\s+(?P<who>\w[\w.']*(?: \w[\w.']*){0,2}?)\s+(?:to )?(?P<deed>[a-z\-]+)\b")


_HAVE_DONE = re.compile(
    r"^(?:have|get)\s+(?!(?:you|i|we|they|he|she|it|to)\b).{2,60}\s(?:\w{3,}ed|made|done|sent|set up|reset|taken off|"
    r"go (?:over )?to|come to)\b"
)


def causes(start: str, wording: Wording) -> bool:
    """ "Have Laura take over …": somebody is to do something."""
    if _HAVE_DONE.match(start):
        return True
    words = split(start[:80])
    return any(i.form == "base" and 2 <= i.first <= 4 for i in wording.ideas(words))


def states(text: str, wording: Wording) -> bool:
    """Whether the text reports something that asks for a deed ("I'm locked out"), and does not deny it ("I haven't lost it")."""
    if _OTHER_WISH.search(text) or _ELSEWHERE.search(text):
        return False
    words = split(text[:600])
    states = [i for i in wording.ideas(words) if i.form == "state" and i.name[-1] != "."]
    return any(i.name not in _EVENTS or not _denied(words, i) for i in states)


def _denied(words: Sequence[str], idea: Idea) -> bool:
    """ "I haven't lost …", "my account isn't locked"."""
    within = words[idea.first + 1 : idea.last] if idea.parted else ()
    before = words[max(0, idea.first - 3) : idea.first]
    if idea.name == "lock" and before[-1:] and before[-1] in _ANY:
        return True  # "a laptop stolen from a car" is none of ours
    return bool(_DENIED & {*before[-2:], *within}) or any(b == "t" and a.endswith("n") for a, b in pairwise([*before, *within]))


_ANY = frozenset(("a", "an", "any", "every", "each", "some"))
_DENIED = frozenset(("not", "never"))
_EVENTS = frozenset(("unlock", "reset", "lock", "offboard", "onboard"))
"""States that tell of something that has happened."""


def past_trouble(text: str, wording: Wording) -> bool:
    """ "I was locked out yesterday": a sign-in that failed some time ago. What was stolen yesterday is still gone."""
    if not (_ONCE.search(text) and has(text, wording, "state")):
        return False
    told = {i.name for i in wording.ideas(split(text[:600])) if i.form == "state"}
    return bool(told & {"unlock", "reset"}) and "lock" not in told


ENOUGH = _RE["enough"]
"""That something would do: a detail of what was asked for."""
LACKS = _RE["lacks"]
"""What somebody tells who has no access yet."""


def wishes(text: str, wording: Wording, orders: frozenset[str] = frozenset()) -> bool:
    """ "I need …", "John should have …": wishes, for something that can be done here."""
    return bool(_DESIRE.search(text)) and not _OTHER_WISH.search(text) and _wishes_deed(text, wording, orders)


_WANTED = _RE["wanted"]


_END = re.compile(r"\b(?:until|till|til)\b")
_SUCH = frozenset(("ship", "install"))
"""Deeds that only say how a thing is wanted: "a laptop, delivered to …"."""


_TOO_MUCH = frozenset(("too", "much", "many", "such", "enough", "endless"))
"""How somebody begins who complains of a thing rather than wishes for it: "too much mail!"."""


def fragment(text: str, start: str, wording: Wording) -> bool:
    """Whether a sentence without a verb asks for something by naming it: "Figma for Sam", "password reset please"."""
    words = split(start)
    parted = re.split(r":|\s-\s", start, maxsplit=1)
    head = parted[0] if len(parted) > 1 and parted[1].strip() else ""
    if (
        head
        and len(split(head)) <= 6
        and not _FINITE.search(head)
        and any(i.form == "noun" and i.name not in ("reason.", "nothing.") for i in wording.ideas(split(head)))
    ):
        return True
    if words[:2] in (("the", "one"), ("that", "one"), ("this", "one"), ("the", "other")):
        return False  # which of those spoken of, and no wish by itself
    if (
        words[:1]
        and words[0] in wording.levels
        and words[1:2] in (("on",), ("in",), ("to",))
        and not (_FINITE.search(start) or symptom(start))
    ):
        return True  # "admin on Grafana for four hours"
    if words[:1] and words[0] in (*_TOO_MUCH, "i", "we", "he", "she", "they", "it", "you", "this", "that", "there", "our"):
        return False
    told = any(i.form in ("s", "ed", "ing") and i.first for i in wording.ideas(words) if i.name[-1] != "." and i.name not in _SUCH)
    if told or _FINITE.search(start) or _WILL.search(start) or len(split(_END.split(start, maxsplit=1)[0])) > 14 or symptom(start):
        return False
    return len(words) <= 4 or bool(_WANTED.search(text))


_OTHER_WISH = _RE["other_wish"]
_WISHED = _RE["wished"]


_ENOUGH = frozenset(("be", "have", "get", "use", "access", "join", "log", "sign"))


def _wishes_deed(text: str, wording: Wording, orders: frozenset[str]) -> bool:
    """ "Needs to calm down" wishes for nothing that can be done here."""
    wished = _WISHED.search(text)
    return wished is None or wished["verb"] in _bases(wording) or wished["verb"] in _ENOUGH or wished["verb"] in orders


def wanted(folded: str) -> bool:
    """Whether the text asks for something in so many words: "please", "asap"."""
    return bool(_ASKS.search(folded))


_ASKS = re.compile(r"\b(?:please|pls|plz|asap|kindly|urgent(?:ly)?|requested|requesting)\b")
_SYMPTOM = _RE["symptom"]


def symptom(folded: str) -> bool:
    """Whether the text tells of something that does not work."""
    return bool(_SYMPTOM.search(folded))


def imperative(start: str, wording: Wording, besides: str = "") -> bool:
    """Whether the sentence begins with a deed in its base form (other than `besides`)."""
    words = split(start[:60])
    if not words or words[0] not in _bases(wording) or words[1:2] in (("is",), ("was",), ("are",), ("isn",)) or ENOUGH.match(start):
        return False
    return any(i.first == 0 and i.form in ("base", "ed") and i.name not in (besides, "need") for i in wording.ideas(words))


_BASES: dict[str, frozenset[str]] = {}


def _bases(wording: Wording) -> frozenset[str]:
    """First words of every deed's base form."""
    if wording.language not in _BASES:
        _BASES[wording.language] = frozenset(v.split()[0].split("'")[0] for verbs in wording.data["deeds"].values() for v in verbs)
    return _BASES[wording.language]


def has(text: str, wording: Wording, form: str) -> bool:
    return any(i.form == form for i in wording.ideas(split(text[:600])))
