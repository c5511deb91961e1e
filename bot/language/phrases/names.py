"""Names and what they stand for: wordings of one kind of thing, found by phrase, run together, jumbled, or with a slip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.domain.calls import Kind
from bot.language.phrases.text import tokens

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


def near(word: str, names: Names) -> set[str]:
    allowed = 1 if len(word) < 8 else 2
    margin = 1 if len(word) > FUZZY_FROM else 0
    hits = process.extract(word, names.spelled, scorer=OSA.distance, score_cutoff=allowed + margin, limit=8)
    hits = [h for h in hits if h[0][0] == word[0] or h[1] == 1]
    best = min((h[1] for h in hits), default=99)
    return set().union(*(names.compact[h[0]] for h in hits if h[1] <= best + margin)) if best <= allowed else set()
