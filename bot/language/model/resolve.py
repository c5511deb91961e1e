"""From words to the company's own names, in code: the model says which words, the directory says whom and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.calls import Argument, Kind
from bot.language.model.grounding import Run, all_there, trace
from bot.language.model.names import plain, settled, spoken, suggested
from bot.language.model.people import People
from bot.language.model.scene import Meant, Scene
from bot.language.model.values import Values
from bot.language.phrases.lexicon import Mention, Names
from bot.language.phrases.text import fold, tokens
from bot.language.phrases.tickets import ticket

LIMIT = "until"
"""The argument, of whichever action, that only ever shortens what is asked for."""


@dataclass
class Resolver:
    """Looks up what one message names."""

    scene: Scene

    def meant(self, argument: Argument, said: Any, quote: str = "") -> Meant:
        """What the model's words for this argument stand for; `quote` are those that it says ask for the call."""
        values = Values(self.scene, quote)
        by_kind: dict[Kind, Callable[[str], Meant]] = {
            Kind.PERSON: People(self.scene).person,
            Kind.SYSTEM: lambda s: self.thing(s, self.scene.lexicon.systems),
            Kind.GROUP: lambda s: self.thing(s, self.scene.lexicon.groups),
            Kind.DEVICE: self.device,
            Kind.TICKET: self.ticket,
            Kind.DATE: lambda s: values.day(s, limit=argument.name == LIMIT),
            Kind.DURATION: values.length,
            Kind.ADDRESS: values.address,
            Kind.CHOICE: lambda s: values.choice(argument, s),
            Kind.TEXT: lambda s: values.text(argument, s),
        }
        if not isinstance(said, str):
            return values.plain(argument, said)
        return by_kind[argument.kind](said)

    # ── systems, groups, devices, tickets ────────────────────────────────────────────────────────────────────────────

    def thing(self, said: str, names: Names) -> Meant:
        """Which system or group these words name."""
        run = trace(said, [self.scene.nets.things, *self.scene.turns])
        if run is None:
            return Meant(said) if said in self.scene.values else self._otherwise(said, names)
        values = tuple(sorted(names.find([t.text for t in plain(run.raw)]))) or spoken(run.raw, self.scene.lexicon, names.kind)
        here = self._around(run, names.kind)
        if here and (not values or set(here.values) < set(values)):
            values = here.values
        return settled(values or self._partly(run.raw, names), run.raw)

    def _around(self, run: Run, kind: Kind) -> Mention | None:
        """What code finds named in the message around these words ("aws" of "aws dev")."""
        if run.source != self.scene.nets.things:
            return None
        words = self.scene.words
        named = [m for m in self.scene.mentions if m.kind is kind and m.values and self._own(m)]
        return next((m for m in named if words[m.first].start < run.end and words[m.last - 1].end > run.start), None)

    def _otherwise(self, said: str, names: Names) -> Meant:
        """What the message names by another name than the model says ("sfdc"): where code finds the same in it, and only there."""
        meant = names.find([t.text for t in plain(said)])
        here = [m for m in self.scene.mentions if m.kind is names.kind and set(m.values) & meant and self._own(m)]
        return settled(here[0].values, here[0].said) if here else suggested(said, self.scene, names)

    def _own(self, mention: Mention) -> bool:
        """Whether a name stands where things may be named."""
        first, last = self.scene.words[mention.first], self.scene.words[mention.last - 1]
        return bool(self.scene.nets.things[first.start : last.end].strip())

    def _partly(self, said: str, names: Names) -> tuple[str, ...]:
        """All that bear a telling word of what was said ("adobe")."""
        held = [names.partial[t.text] for t in plain(said) if t.text in names.partial]
        return tuple(sorted(set.intersection(*held))) if held else ()

    def device(self, said: str) -> Meant:
        """A serial number: it must have been written."""
        if not all_there(said, " ".join([self.scene.nets.things, *self.scene.turns]), 1.0) and said not in self.scene.values:
            return Meant()
        known = self.scene.lexicon.devices.get(fold(said))
        found = [m for m in self.scene.lexicon.mentions(tokens(said.upper())) if m.kind is Kind.DEVICE]
        return Meant(known or (found[0].values[0] if found else None), said=said)

    def ticket(self, said: str) -> Meant:
        """A ticket number: it must have been written."""
        number = "".join(re.findall(r"\d+", said))
        written = number and re.search(rf"(?<!\d){number}(?!\d)", " ".join([self.scene.nets.things, *self.scene.turns]))
        return Meant((ticket(fold(said)) or ticket(f"#{number}")) if written else None)
