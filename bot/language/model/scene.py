"""What one message is understood in: who speaks, of which company, when, after what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from bot.desk.ports import Context
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.domain.understanding import Understanding
from bot.language.model.nets import Nets, nets
from bot.language.phrases.followup import earlier
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.rank import Ranking
from bot.language.phrases.text import Token, tokens
from bot.language.phrases.who import Who
from bot.language.phrases.wording import Wording

TURNS = 6
"""Earlier turns of a thread that are read, and that the model is shown."""


@dataclass(frozen=True)
class Meant:
    """What an argument's words stand for: one value, several `choices` to ask about, or (both empty) nothing that is known."""

    value: Any = None
    choices: tuple[str, ...] = ()
    said: str = ""


@dataclass
class Scene:
    """One message and all that decides what its words stand for. `fresh` is how the offline understander reads it."""

    nets: Nets
    speaker: Person
    directory: Directory
    lexicon: Lexicon
    wording: Wording
    now: datetime
    context: Context
    fresh: Understanding
    ranking: Ranking

    @cached_property
    def earlier(self) -> list[tuple[str, Nets]]:
        """Who said what earlier in the thread, as a message is read, oldest first; without what gives orders to the machine."""
        read = [(t.person, nets(t.text[:1000], self.wording)) for t in list(self.context.turns)[-TURNS:]]
        return [(who, net) for who, net in read if net.shown.strip() and not net.machine]

    @cached_property
    def turns(self) -> list[str]:
        """The speaker's own words earlier in the thread, latest first: a name said there may be meant here."""
        return [net.things for who, net in reversed(self.earlier) if who == self.speaker.email and net.things.strip()]

    @cached_property
    def drafted(self) -> tuple[Call, ...]:
        """The calls that this thread already holds."""
        return (*(self.context.draft.calls if self.context.draft else ()), *self.context.last)

    @cached_property
    def values(self) -> frozenset[str]:
        """The arguments of those calls."""
        return frozenset(v for c in self.drafted for v in c.arguments.values() if isinstance(v, str))

    @cached_property
    def words(self) -> list[Token]:
        return tokens(self.nets.shown)

    @cached_property
    def fitting(self) -> dict[str, float]:
        """How well the message fits each action's declared wordings, best first, names left out; see Ranking."""
        named = [False] * len(self.words)
        for mention in self.mentions:
            named[mention.first : mention.last] = [True] * (mention.last - mention.first)
        features = self.ranking.features([t.text for t in self.words], named)
        kinds = {m.kind: 1.0 for m in self.mentions}
        return {r.profile.action.name: r.score for r in self.ranking.rank(features, kinds)}

    @cached_property
    def known(self) -> frozenset[str]:
        """Addresses of those who were settled on in this thread."""
        return earlier(self.context, self.lexicon, self.speaker)[1]

    @cached_property
    def mentions(self) -> list[Mention]:
        """Everything the message names, as the offline understander finds it."""
        recent, settled = earlier(self.context, self.lexicon, self.speaker)
        who = Who(self.speaker, self.directory, self.lexicon, self.wording, recent, settled)
        return who.settle(self.words, self.lexicon.mentions(self.words))
