"""One language's general wordings, read from `words/<language>.toml` and made quick to look up."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import zip_longest
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
    parted: bool = False
    """Whether other words stand within it."""


GAP = 10
"""Words that may stand in a gap of a wording."""
PARTED = 4
"""Words that may stand between a verb and its particle."""
PARTICLES = frozenset(("up", "off", "out", "away", "over", "back", "in", "down", "on"))
POSSESSIVES = frozenset(("my", "our", "his", "her", "their"))
_BREAKS = frozenset(("and", "or", "then", "but", "to", "from", "for", "because", "please"))
_ALSO_NOUNS = frozenset(
    ("monitor", "watch", "cover", "check", "share", "file", "note", "log", "post", "load", "issue", "order", "handle", "pass", "mail")
)
"""Verbs that are as often a thing: "a second monitor"."""
_DETERMINERS = frozenset(("a", "an", "the", "second", "third", "new", "another", "this", "that", "my", "our", "her", "his", "their", "'s"))
_OTHER = "-"
"""Stands for a word that is only part of another thing's name."""
_THING = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Gapped:
    """A wording of two parts with words between them."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    means: tuple[str, ...]
    form: str
    room: int = GAP


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
    gapped: list[Gapped] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, verbs in self.data["deeds"].items():
            for verb in verbs:
                for form, kind in inflect(verb).items():
                    for said in self._spread(form):
                        self._add_gapped(said, [name], kind)
                        self._add_parted(said, name, kind)
        for name, nouns in self.data["things"].items():
            for noun in nouns:
                self._add(noun, f"{name}.", "noun")
                self._add(plural(noun), f"{name}.", "noun")
        for state in self.data["states"]:
            means = [self._full(m) for m in state["means"]]
            for said in (full for s in state["said"] for full in self._spread(s)):
                self._add_gapped(said, means, "state")
        self.ordinary, self.everyday, self.generic = (frozenset(self.data[k]["words"].split()) for k in ("ordinary", "everyday", "generic"))

    @cached_property
    def plain(self) -> frozenset[str]:
        """Every word that is never a slip in a name."""
        return self.ordinary | self.everyday | self.generic

    @cached_property
    def everyday_forms(self) -> frozenset[str]:
        """Everyday words in every regular form: "tries" is no slip in de Vries."""
        return frozenset(form for word in self.everyday for form in (*inflect(word), plural(word)))

    @cached_property
    def levels(self) -> frozenset[str]:
        """Every wording of a level of access."""
        return frozenset(w for name, said in self.data["levels"].items() for w in (name, *said))

    @cached_property
    def in_phrases(self) -> frozenset[str]:
        """Every word of every wording."""
        gapped = (w for g in self.gapped for w in (*g.first, *g.last))
        return frozenset((*(w for phrase in self.phrases for w in phrase), *gapped))

    @cached_property
    def spellable(self) -> tuple[str, ...]:
        """Words in which a slip is put right."""
        return tuple(sorted(self.data["spelling"]["words"].split()))

    @cached_property
    def rare(self) -> frozenset[str]:
        """Real words that look like a slip in one of those."""
        return frozenset(self.data["spelling"]["real"].split())

    @cached_property
    def slips(self) -> Mapping[str, str]:
        """Short words as they are often mistyped."""
        typed: Mapping[str, str] = self.data["spelling"]["slips"]
        return typed

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

    def _spread(self, said: str) -> list[str]:
        """ "forgot … {password}" with every noun for a password."""
        place = _THING.search(said)
        if not place:
            return [said]
        nouns = self.data["things"][place[1]]
        return [said.replace(place.group(), noun) for noun in (*nouns, *map(plural, nouns))]

    def _add_gapped(self, said: str, means: Sequence[str], form: str) -> None:
        """A wording in which "…" stands for a few words, or one without."""
        if "…" not in said:
            for idea in means:
                self._add(said, idea, form)
            return
        one, other = map(split, said.split("…"))
        self.gapped.append(Gapped(one, other, tuple(means), form))

    def _add_parted(self, said: str, name: str, form: str) -> None:
        """ "sign up" is also "sign me up": a verb and its particle with whom or what between them."""
        words = split(said)
        if len(words) == 2 and words[1] in PARTICLES:
            self.gapped.append(Gapped(words[:1], words[1:], (name,), form, PARTED))

    @cached_property
    def _hardware(self) -> frozenset[str]:
        return frozenset(n for kind in ("laptop", "device", "software") for noun in self.data["things"][kind] for n in (noun, plural(noun)))

    def ideas(self, words: Sequence[str]) -> list[Idea]:
        """The ideas in these folded words; where wordings overlap the longer wins. A laptop bag is no laptop."""
        parts = frozenset(self.data["parts"]["words"].split())
        kinds = frozenset(self.data["parts"].get("before", "").split())
        around = zip_longest(("", *words[:-1]), words, words[1:], fillvalue="")
        words = [_OTHER if w in self._hardware and (after in parts or before in kinds) else w for before, w, after in around]
        found: list[Idea] = []
        taken_until = 0
        for at in range(len(words)):
            if at < taken_until:
                continue
            for size in range(min(self.longest, len(words) - at), 0, -1):
                hits = self.phrases.get(tuple(words[at : at + size]))
                if hits and size == 1 and at and words[at] in _ALSO_NOUNS and words[at - 1] in _DETERMINERS:
                    hits = [h for h in hits if h[1] == "noun"]
                if hits:
                    found += [Idea(name, form, at, at + size) for name, form in hits]
                    taken_until = at + size
                    break
        gapped = list(self._gapped(words))
        wider = {i.first: i for i in gapped if i.form != "state"}
        return [*(i for i in found if i.first not in wider or i.form == "noun" or i.last - i.first > 1), *gapped]

    @cached_property
    def _openers(self) -> Mapping[str, Sequence[Gapped]]:
        """The gapped wordings by their first word."""
        found: dict[str, list[Gapped]] = defaultdict(list)
        for one in self.gapped:
            found[one.first[0]].append(one)
        return found

    def _gapped(self, words: Sequence[str]) -> Iterable[Idea]:
        """Ideas whose wordings have a gap: the nearest end counts, each idea once for each beginning."""
        for at, word in enumerate(words):
            for one in self._openers.get(word, ()):
                start = at + len(one.first)
                if tuple(words[at:start]) != one.first:
                    continue
                there = next(iter(_places(words[start : start + one.room + len(one.last)], one.last)), None)
                if there is not None and not (one.room == PARTED and set(words[start : start + there]) & _BREAKS):
                    yield from (Idea(name, one.form, at, start + there + len(one.last), parted=True) for name in one.means)

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
