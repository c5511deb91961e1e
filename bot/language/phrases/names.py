"""Names and what they stand for: wordings of one kind of thing, found by phrase, run together, jumbled, or with a slip."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.domain.calls import Kind
from bot.language.phrases.text import Token, script, tokens

FUZZY_FROM = 5
"""Letters a word must have before a slip in it is forgiven."""


@dataclass(frozen=True)
class Mention:
    """Words that stand for something. `values` are all that they may stand for, none where they name nobody we know.

    `first` and `last` are positions in the list of words. `weak` marks ordinary words that are a name only in the right company.
    """

    kind: Kind
    values: tuple[str, ...]
    first: int
    last: int
    said: str
    weak: bool = False
    fuzzy: bool = False
    role: str = ""


@dataclass
class Names:
    """Wordings of one kind of thing: phrase → ids, and its single words for typing slips."""

    kind: Kind
    phrases: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))
    compact: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    partial: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    jumbled: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))
    real: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Whole names as the directory writes them: they outrank short forms of other names."""
    longest: int = 1
    spelled: list[str] = field(default_factory=list)

    def add(self, wording: str, value: str) -> None:
        words = tuple(t.text for t in tokens(wording) if t.text != "'s")
        if words:
            self.phrases[words].add(value)
            self.compact[squeeze(words)].add(value)
            self.jumbled[tuple(sorted(words))].add(value)
            self.longest = max(self.longest, len(words) + 1)

    def freeze(self) -> None:
        self.spelled = sorted(w for w in self.compact if len(w) >= FUZZY_FROM and w.isalpha())

    def find(self, words: Sequence[str]) -> set[str]:
        found = self.real.get(tuple(words)) or self.phrases.get(tuple(words)) or self.compact.get(squeeze(words)) or set()
        if not found and len(words) > 1 and self.kind is not Kind.PERSON:
            return self.jumbled.get(tuple(sorted(words))) or set()
        return found


def squeeze(words: Iterable[str]) -> str:
    """Words as one, without hyphens and dots: "1 password" is "1Password"."""
    return "".join("".join(c for c in w if c.isalnum()) for w in words)


_LETTERS = str.maketrans(
    {"æ": "ae", "Æ": "Ae", "ø": "oe", "Ø": "Oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "þ": "th"}
)


def spelled_out(name: str) -> str:
    """A name as it is typed on a keyboard without its letters: Kjær as Kjaer, Müller as Mueller."""
    return name.translate(_LETTERS)


def one_slip(said: Sequence[str], name: Sequence[str]) -> bool:
    """Whether words are a name but for one slip in one longer word of it."""
    slips = [(a, b) for a, b in zip(said, name, strict=False) if a != b]
    return len(said) == len(name) and len(slips) == 1 and len(slips[0][1]) >= FUZZY_FROM and OSA.distance(*slips[0]) == 1


def near(word: str, names: Names) -> set[str]:
    allowed = 1 if len(word) < 8 else 2
    margin = 1 if len(word) > FUZZY_FROM else 0
    hits = process.extract(word, names.spelled, scorer=OSA.distance, score_cutoff=allowed + margin, limit=8)
    hits = [h for h in hits if h[0][0] == word[0] or h[1] == 1]
    best = min((h[1] for h in hits), default=99)
    return set().union(*(names.compact[h[0]] for h in hits if h[1] <= best + margin)) if best <= allowed else set()


# ── how a name is written ────────────────────────────────────────────────────────────────────────────────────────────

SERIAL = re.compile(r"(?=(?:\D*\d){2})(?=(?:[^a-z]*[a-z]){2})(?![a-z]{2,6}-\d+$)[a-z0-9\-]{7,20}")
_DOES = frozenset(
    ("is", "has", "should", "would", "will", "can", "cannot", "doesn", "isn", "hasn", "won", "must", "lost", "forgot", "got", "left")
)
_HARDLY = frozenset(("never", "hardly", "rarely", "always", "still", "also", "just", "only", "now", "no"))
"""How what somebody does goes on: "Bill never opens …". "Will never …" may be short for something else."""
_ASKS = frozenset(("can", "could", "may", "might", "should", "shall"))
_TO_HAVE = frozenset(("have", "get", "join", "use", "lose", "keep", "borrow", "receive", "please"))
"""What is asked for somebody, whose name need not have its capital then: "can faith get …"."""
"""What somebody does whose name opens a sentence: "Leo would like …"."""


def disguised(word: Token) -> bool:
    """Whether a word is spelled to look like a name without being one: scripts mixed, or digits among letters."""
    digits = any(c.isdigit() for c in word.text) and sum(c.isalpha() for c in word.text) > 1 and word.text.isalnum()
    foreign = not word.mixed and word.raw[:1].isalpha() and script(word.raw[0]) in ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
    return word.capital and len(word.text) >= 3 and (word.mixed or digits or foreign) and not SERIAL.fullmatch(word.text)


def joined(span: Sequence[Token]) -> bool:
    """Whether nothing but spaces or hyphens may part these words: they stand within two characters of each other."""
    return all(b.start - a.end <= 2 for a, b in pairwise(span))


def name_like(words: Sequence[Token], at: int) -> bool:
    """Whether an ordinary word is used as a name here: a capital within a sentence, a possessive, or before a verb."""
    after = words[at + 1].text if at + 1 < len(words) else ""
    if words[at].text in ("may", "will") and after in ("i", "we", "he", "she", "they", "it", "you"):
        return False  # "… May I have Figma?"
    around = [t.text for t in words[max(0, at - 2) : at]], [t.text for t in words[at + 1 : at + 3]]
    if any(side in ([me, "and"], ["and", me]) for side in around for me in ("me", "i", "myself")):
        return True  # "me and joy"
    asked = at > 0 and words[at - 1].text in _ASKS and after in _TO_HAVE and words[at].text != words[at - 1].text
    if after == "'s" or (words[at].capital and at > 0) or asked:
        return True
    tells = after in _DOES or (after in _HARDLY and words[at].text not in _ASKS | {"will"})
    return words[at].capital and (tells or bool(re.search(r"[^s']s$|\w{3}ed$|^(?:lost|left|went|forgot|quit|took|broke)$", after)))
