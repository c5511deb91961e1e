"""Which declared action a clause is nearest to. Everything known about an action comes from its declaration."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.calls import Action, Argument, Kind
from bot.language.phrases.text import tokens
from bot.language.phrases.wording import Idea, Wording, split

_PLACE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[[^\]]*\]")
_NAMED_KINDS = (Kind.SYSTEM, Kind.GROUP, Kind.DEVICE, Kind.TICKET)
GIVING = frozenset(("give", "provision", "install", "delegate", "create"))
KIND_WEIGHT = 1.4
FEW = 3
"""Actions that may speak of something that still tells them from the others."""
SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "to",
        "of",
        "for",
        "on",
        "in",
        "at",
        "by",
        "with",
        "and",
        "or",
        "is",
        "are",
        "be",
        "it",
        "its",
        "s",
        "t",
        "m",
        "as",
        "from",
        "into",
        "off",
        "out",
        "up",
        "that",
        "this",
        "these",
        "those",
        "my",
        "me",
        "i",
        "you",
        "your",
        "we",
        "our",
        "us",
        "his",
        "her",
        "their",
        "him",
        "them",
        "he",
        "she",
        "they",
        "please",
        "can",
        "could",
        "would",
        "will",
        "so",
        "not",
        "no",
        "do",
        "does",
        "if",
        "when",
        "then",
        "any",
        "more",
        "there",
        "here",
        "has",
        "have",
        "had",
        "should",
        "all",
        "some",
        "was",
        "were",
        "been",
        "am",
        "also",
        "new",
        "one",
        "back",
        "away",
        "instead",
    ]
)


_IDLE = frozenset(("do", "nothing."))
"""Ideas that say nothing of what is wanted: "please do it right away"."""
_NO_ORDER = frozenset(
    ("how", "what", "where", "who", "why", "status", "new", "report", "locked", "show", "which", "whose", "may", "someone")
)


_WHOSE = ("my", "his", "her", "their", "the")
_NAMED_BY = ("the", "this", "a", "our", "quarter", "month", "year", "week")


@dataclass
class Profile:
    """What an action's declaration says about how people ask for it.

    `wordings` are the features of each example, `core` those of its name, `before` counts the words that stand before each
    argument in the examples, `owns` how often an argument there is a possessor.
    """

    action: Action
    wordings: list[frozenset[str]] = field(default_factory=list)
    core: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    before: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    owns: Counter[str] = field(default_factory=Counter)
    uses: Counter[str] = field(default_factory=Counter)
    always: frozenset[str] = frozenset()
    """The things that every example speaks of."""
    tells: set[str] = field(default_factory=set)
    """Words that follow a leading argument in the examples: "{to} takes …"."""

    def takes(self, kind: Kind) -> bool:
        return kind in self._kinds

    def required(self, kind: Kind) -> bool:
        return kind in self._needed

    @cached_property
    def _kinds(self) -> frozenset[Kind]:
        return frozenset(a.kind for a in self.action.declared.values())

    @cached_property
    def _needed(self) -> frozenset[Kind]:
        return frozenset(a.kind for a in self.action.declared.values() if a.required)

    def lacks(self, kinds: Mapping[Kind, float]) -> bool:
        """Whether it needs something named and nothing of that kind is."""
        return bool(self._needed & set(_NAMED_KINDS)) and not self._needed & set(kinds)

    @property
    def takes_apps(self) -> bool:
        return any(a.kind is Kind.TEXT and a.many for a in self.action.declared.values())

    @property
    def needs_apps(self) -> bool:
        """Whether it is about nothing but apps, or whatever else is listed in words."""
        return any(a.kind is Kind.TEXT and a.many and a.required for a in self.action.declared.values())

    @property
    def wordy(self) -> bool:
        """Whether it takes free words, in which anything may be named."""
        return any(a.kind is Kind.TEXT and a.required and not a.many and a.name != "name" for a in self.action.declared.values())

    def arguments(self, kind: Kind) -> list[Argument]:
        return [a for a in self.action.declared.values() if a.kind is kind]


@dataclass(frozen=True)
class Ranked:
    profile: Profile
    score: float


class Ranking:
    """Ranks the offered actions of a registry for a clause."""

    def __init__(self, actions: Iterable[Action], wording: Wording) -> None:
        self.wording = wording
        self.profiles = {a.name: self._profile(a) for a in actions if a.offered}
        count = Counter(f for p in self.profiles.values() for f in p.features)
        total = max(len(self.profiles), 1)
        self.weights = {f: math.log(1 + total / n) for f, n in count.items()}
        self.vocabulary = frozenset(count)
        self.rare = frozenset(f for f, n in count.items() if n <= FEW)
        opening = {e.split()[0].casefold() for p in self.profiles.values() for e in p.action.examples if e.split()}
        self.orders = frozenset(w for w in opening if w.isalpha() and w not in SMALL and w not in _NO_ORDER)
        """Words with which declared examples begin as orders do."""

    def _profile(self, action: Action) -> Profile:
        profile = Profile(action)
        profile.core = self.features(re.split(r"[._]", action.name))
        for example in (*action.examples, _OPTIONAL.sub("", action.sentence), action.title):
            words = split(_PLACE.sub(" ", example).casefold())
            known = self.features(words)
            if known:
                profile.wordings.append(known)
            self._learn_places(profile, example)
        profile.features = frozenset().union(profile.core, *profile.wordings)
        spoken = [frozenset(f for f in w if f.endswith(".") and not f.startswith("on:")) for w in profile.wordings]
        profile.always = frozenset.intersection(*spoken) if spoken else frozenset()
        return profile

    @staticmethod
    def _learn_places(profile: Profile, example: str) -> None:
        marked = tokens(_PLACE.sub(lambda m: f"zzz{m[1]}", example))
        for n, token in enumerate(marked):
            if token.text.startswith("zzz"):
                name = token.text.removeprefix("zzz")
                if n == 0 and len(marked) > 1:
                    profile.tells.add(marked[1].text)
                profile.uses[name] += 1
                profile.before[name][marked[n - 1].text if n else "^"] += 1
                profile.owns[name] += n + 1 < len(marked) and marked[n + 1].text == "'s"

    def features(self, words: Sequence[str], masked: Sequence[bool] = ()) -> frozenset[str]:
        """Ideas in these words, and the telling words that are part of none; `masked` words are names."""
        covered = list(masked) or [False] * len(words)
        ideas = [i for i in self.wording.ideas(words) if not all(covered[i.first : i.last]) and not _thing(i, words)]
        found: set[str] = set()
        for idea in ideas:
            ends = (idea.first, idea.last - 1) if idea.parted else range(idea.first, idea.last)
            for at in ends:
                covered[at] = True
            if idea.name not in _IDLE:
                found |= {idea.name, *self._further(idea, words)}
        found |= {f"w:{stem(w)}" for w, known in zip(words, covered, strict=True) if not known and w not in SMALL and w.isalpha()}
        nouns = {i.first for i in ideas if i.form == "noun"}
        if any(i.name == "newcomer." and not i.first and i.last not in nouns for i in ideas):
            found.add("onboard")  # "New starter on 13 July: …", and no "new hire laptop"
        if found & GIVING:
            found.add("need")
        if any(i.form == "state" and i.name == "take" for i in ideas):
            found -= {"give", "need"}  # "should not get into …" takes, whatever verb it uses
        return frozenset(found)

    def _further(self, idea: Idea, words: Sequence[str]) -> set[str]:
        """What else a thing stands for, and whether something is to be done on it ("on her laptop")."""
        also = {f"{other}." for other in self.wording.data["akin"].get(idea.name.rstrip("."), ())}
        on = idea.form == "noun" and bool({"on", "onto"} & set(words[max(0, idea.first - 5) : idea.first]))
        on = on or (idea.name == "laptop." and list(words[max(0, idea.first - 2) : idea.first]) in (["to", w] for w in _WHOSE))
        return also | {f"on:{idea.name}"} if on else also

    def rank(self, found: frozenset[str], kinds: Mapping[Kind, float]) -> list[Ranked]:
        """All actions, best first. `found` as `features` gives them, `kinds` counts what was named."""
        known = frozenset(f for f in found if f in self.vocabulary)
        deeds = {f for f in found if not f.startswith("w:") and not f.endswith(".") and f != "need"}
        other = 0.5 if deeds and not deeds & known else 1.0  # "fix it" is something that no action does
        ranked = [Ranked(p, other * self._score(p, known, kinds)) for p in self.profiles.values()]
        return sorted(ranked, key=lambda r: -r.score)

    def _score(self, profile: Profile, found: frozenset[str], kinds: Mapping[Kind, float]) -> float:
        best = max((self._alike(found, wording, profile, kinds) for wording in profile.wordings), default=0.0)
        core = self._weigh(profile.core & found) / (self._weigh(profile.core) or 1)
        score = best * 0.85 + 0.15 * core
        deeds = frozenset(f for f in found if not f.startswith("w:") and not f.endswith("."))
        deeds = deeds - {"need"} or deeds
        giving = GIVING if kinds.get(Kind.SYSTEM) else GIVING - {"delegate"}  # "see Jira" asks for Jira, "look at my laptop" for no laptop
        gives = deeds <= giving and "need" in profile.features  # "get me a …" asks for what somebody "needs"
        if deeds and not deeds & profile.features and not gives:
            score *= 0.4
        things = frozenset(f for f in found if f.endswith(".") and not f.startswith("on:"))
        if things and not things & profile.features and profile.core:
            score *= 0.6
        if profile.always and not profile.always & found:
            score *= 0.5
        if set(kinds) == {Kind.TICKET} and not (found - {"need"}) & profile.features:
            return 0.0  # a ticket's number alone says nothing about what to do with it
        for kind in _NAMED_KINDS:
            if (
                (not profile.wordy or profile.lacks(kinds))
                and kinds.get(kind, 0) >= 1
                and not profile.takes(kind)
                and not (kind is Kind.SYSTEM and profile.takes_apps)
            ):
                score *= 0.6
        return score

    def _alike(self, found: frozenset[str], wording: frozenset[str], profile: Profile, kinds: Mapping[Kind, float]) -> float:
        """Cosine of the clause and one example, with what is named in place of words."""
        both, mine, theirs = self._weigh(found & wording), self._weigh(found), self._weigh(wording)
        for kind in _NAMED_KINDS:
            named, wanted = bool(kinds.get(kind)), profile.required(kind)
            both += KIND_WEIGHT * (named and (wanted or profile.takes(kind)))
            mine += KIND_WEIGHT * named
            theirs += KIND_WEIGHT * (wanted or (named and profile.takes(kind)))
        two = kinds.get(Kind.PERSON, 0) > 1 and sum(a.required for a in profile.arguments(Kind.PERSON)) > 1
        both, mine, theirs = both + 0.5 * two, mine + 0.5 * two, theirs + 0.5 * two
        return both / math.sqrt(mine * theirs) if mine and theirs else 0.0

    def _weigh(self, features: Iterable[str]) -> float:
        return sum(self.weights.get(f, 0.5) * (0.6 if f.startswith("w:") else 1.0) for f in features)


def _thing(idea: Idea, words: Sequence[str]) -> bool:
    """ "The quarter closing": a deed that is only the name of something."""
    return idea.form == "ing" and idea.first > 0 and words[idea.first - 1] in _NAMED_BY


def stem(word: str) -> str:
    """A crude stem: enough to see that "printed" and "printing" are one word."""
    for ending in ("ing", "ed", "es", "s"):
        least = 3 if ending == "s" and not word.endswith("ss") else 4
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word
