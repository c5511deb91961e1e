"""One language's general wordings, read from `words/<language>.toml` and made quick to look up."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from bot.language.phrases.text import Token, fold, inflect, plural

FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Idea:
    """An idea found in the text: its name, the form it had (base, s, ing, ed, noun or state), and the words it spans."""

    name: str
    form: str
    first: int
    last: int


@dataclass
class Wording:
    """Ideas by their wordings, and the closed word lists. `phrases` maps a wording, split in words, to (idea, form) pairs."""

    language: str
    data: Mapping[str, Any]
    phrases: dict[tuple[str, ...], list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    longest: int = 1
    ordinary: frozenset[str] = frozenset()
    everyday: frozenset[str] = frozenset()
    generic: frozenset[str] = frozenset()
    gapped: list[tuple[tuple[str, ...], tuple[str, ...], list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, verbs in self.data["deeds"].items():
            for verb in verbs:
                for form, kind in inflect(verb).items():
                    self._add(form, name, kind)
        for name, nouns in self.data["things"].items():
            for noun in nouns:
                self._add(noun, f"{name}.", "noun")
                self._add(plural(noun), f"{name}.", "noun")
        for state in self.data["states"]:
            for said in state["said"]:
                if "…" in said:
                    one, other = said.split("…")
                    self.gapped.append((split(one), split(other), [self._full(m) for m in state["means"]]))
                    continue
                for idea in state["means"]:
                    self._add(said, self._full(idea), "state")
        self.ordinary, self.everyday, self.generic = (frozenset(self.data[k]["words"].split()) for k in ("ordinary", "everyday", "generic"))

    @cached_property
    def plain(self) -> frozenset[str]:
        """Every word that is never a slip in a name."""
        return self.ordinary | self.everyday | self.generic

    @cached_property
    def everyone(self) -> tuple[tuple[str, ...], ...]:
        """Words with which a set of people begins, longest first."""
        return tuple(sorted(map(split, self.list("people", "everyone")), key=len, reverse=True))

    def _full(self, idea: str) -> str:
        """Things carry a dot, so that a deed and a thing of the same name differ."""
        return idea if idea in self.data["deeds"] else f"{idea}."

    def _add(self, wording: str, idea: str, form: str) -> None:
        words = split(wording)
        if (idea, form) not in self.phrases[words]:
            self.phrases[words].append((idea, form))
        self.longest = max(self.longest, len(words))

    def ideas(self, words: Sequence[str]) -> list[Idea]:
        """The ideas in these folded words; where wordings overlap the longer wins."""
        found: list[Idea] = []
        taken_until = 0
        for at in range(len(words)):
            if at < taken_until:
                continue
            for size in range(min(self.longest, len(words) - at), 0, -1):
                hits = self.phrases.get(tuple(words[at : at + size]))
                if hits:
                    found += [Idea(name, form, at, at + size) for name, form in hits]
                    taken_until = at + size
                    break
        return found + self._gapped(words)

    def _gapped(self, words: Sequence[str]) -> list[Idea]:
        found = []
        for one, other, means in self.gapped:
            for at in _places(words, one):
                for there in _places(words[at + len(one) : at + len(one) + 10], other):
                    last = at + len(one) + there + len(other)
                    found += [Idea(name, "state", at, last) for name in means]
                    break
        return found

    def list(self, section: str, key: str) -> tuple[str, ...]:
        return tuple(fold(w) for w in self.data[section].get(key, ()))


def _places(words: Sequence[str], phrase: tuple[str, ...]) -> Iterable[int]:
    return (i for i in range(len(words) - len(phrase) + 1) if tuple(words[i : i + len(phrase)]) == phrase)


@lru_cache(maxsize=8192)
def split(wording: str) -> tuple[str, ...]:
    """A wording in words, as `tokens` splits them: the apostrophe parts words."""
    from bot.language.phrases.text import tokens

    return tuple(t.text for t in tokens(wording))


def texts(words: Iterable[Token]) -> list[str]:
    return [t.text for t in words]


@lru_cache(maxsize=8)
def wording(language: str = "en") -> Wording:
    """The wordings of one language; a new file in `words/` is a new language."""
    return Wording(language, tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")))


@lru_cache(maxsize=32)
def patterns(section: str, language: str = "en") -> dict[str, re.Pattern[str]]:
    """One language's expressions by name, from a section of `words/<language>.patterns.toml`."""
    data = tomllib.loads((FOLDER / f"{language}.patterns.toml").read_text("utf-8"))[section]
    return {name: re.compile("".join(line.strip() for line in text.splitlines())) for name, text in data.items()}
