"""People spoken of by what they are to somebody ("my deputy", "the new intern", "whoever covers for her"): nobody answers to that."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.language.phrases.moments import Moment
from bot.language.phrases.passages import Passage
from bot.language.phrases.rank import SMALL
from bot.language.phrases.text import Token
from bot.language.phrases.wording import POSSESSIVES, Wording

MOST = 3
"""Words between "my" or "the" and what the person is: "the new sales assistant"."""
_OWNERS = POSSESSIVES | {"your"}
_WHOM = frozenset(("him", "her", "them"))
_NO_PART = frozenset(("to", "of", "from", "for", "in", "on", "at", "with", "and", "or", "who", "that", "is", "are"))


def described(words: Sequence[Token], at: int, wording: Wording) -> int:
    """Where the description of a person ends that begins at this word; `at` if none does."""
    lists = wording.data["people"]
    if words[at].text == "whoever":
        follows = [t.text for t in words[at + 1 : at + 4]]
        return at if set(follows) & set(lists["free"]) else _told(words, at + 1, wording)
    owned = words[at].text in _OWNERS
    if not owned and words[at].text not in ("the", "this", "that"):
        return at
    heads = {*lists["described"], *(lists["kin"] if owned else ())}
    for last in range(at + 1, min(at + 2 + MOST, len(words))):
        if words[last].text in heads:
            return _told(words, last + 1, wording) if words[last + 1 : last + 2] else last + 1
        if words[last].text in lists["manager"] and {t.text for t in words[at + 1 : last]} & set(lists["once"]):
            return last + 1
        if words[last].text in _NO_PART or words[last].start - words[last - 1].end > 1:
            break
    return at


def _told(words: Sequence[Token], at: int, wording: Wording) -> int:
    """Where what is told of a person ends: "… who covers for her until Friday"."""
    lists = wording.data["people"]
    if words[at - 1].text != "whoever" and words[at].text not in lists["relative"]:
        return at
    last = at
    while last < len(words) and words[last].start - words[last - 1].end <= 1 and words[last].text not in lists["breaks"]:
        last += 1
    return last


def receives(words: Sequence[Token], at: int, end: int, wording: Wording) -> bool:
    """Whether something is handed to whom these words describe, or done by them: "to my deputy", "my deputy should answer …"."""
    before = words[at - 1].text if at else ""
    if words[at].text == "whoever" and before in ("can", "could", "may"):
        return False  # the desk is asked: "can whoever is on duty …"
    after = words[end].text if end < len(words) else ""
    return before in wording.list("people", "handed") or after in wording.list("people", "acts")


_ONE = re.compile(
    r"^(?:the |our )?(?:one|guy|girl|lady|man|woman|person|chap|colleague|lad)"
    r"(?: (?:who(?: is|'s)?|that|that is) (?:works|sits|based)?| based| working| sitting)? ?(?=(?:in|from|of)\b)"
)


def told_of(after: list[str]) -> list[str]:
    """The words after a name, from where somebody is or belongs: "…, the one in London"."""
    return _ONE.sub("", " ".join(after), count=1).split()[:5]


def stranger(passage: Passage, moments: Sequence[Moment]) -> str:
    """Who is led to by "to" and known by no list: a name, or whom "my" and the like begin to tell of; "" if there is nobody."""
    named = {n for m in passage.mentions if m.role not in ("mine", "pronoun") for n in range(m.first, m.last)}
    places = {w for name in (*passage.lexicon.departments, *passage.lexicon.locations) for w in name}
    dated = {n for n, w in enumerate(passage.words) if any(m.start <= w.start < m.end for m in moments)}
    for n, word in enumerate(passage.words[1:], 1):
        if passage.words[n - 1].text != "to" or n in named | dated:
            continue
        known = (word.text,) in passage.wording.phrases or word.text in passage.wording.plain or word.text in places
        if word.capital and word.text.isalpha() and not known:
            return word.raw
        if word.text in _WHOM and not _owns(passage, n):
            return word.raw
        if _begins(passage, n, named | dated):
            return f"{word.raw} {passage.words[n + 1].raw}"
    return ""


def _owns(passage: Passage, at: int) -> bool:
    """Whether what follows here is a thing, so that "her" says whose: "to her mailbox"."""
    return any(i.form == "noun" for i in passage.wording.ideas([t.text for t in passage.words[at + 1 : at + 3]]))


def _begins(passage: Passage, at: int, taken: set[int]) -> bool:
    """Whether "my", "the" or the like begins to tell of somebody here, rather than of a thing, a place or a time."""
    lists, word = passage.wording.data["people"], passage.words[at].text
    if at + 1 >= len(passage.words) or at + 1 in taken or word not in (*_OWNERS, "the", "this", "that", "whoever"):
        return False
    follows = passage.words[at + 1]
    thing = any(i.form == "noun" and i.name != "group." for i in passage.wording.ideas([follows.text]))
    apart = follows.start - passage.words[at].end > 1 or follows.text in (*lists["nobodies"], *lists["breaks"], *SMALL - {"new"})
    return not (thing or apart)
