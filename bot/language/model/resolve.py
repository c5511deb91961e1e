"""From words to the company's own names, in code: the model says which words, the directory says whom and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.domain.calls import Argument, Kind
from bot.language.model.grounding import all_there, trace
from bot.language.model.names import plain, settled, spoken, suggested
from bot.language.model.people import People
from bot.language.model.scene import Meant, Scene
from bot.language.phrases.lexicon import Names
from bot.language.phrases.moments import when
from bot.language.phrases.slots import ticket
from bot.language.phrases.text import fold, tokens

OWN = 0.4
"""Share of the words of a text argument that must be the message's own."""
_PLACES = frozenset(("home", "office"))


@dataclass
class Resolver:
    """Looks up what one message names."""

    scene: Scene

    def meant(self, argument: Argument, said: Any) -> Meant:
        """What the model's words for this argument stand for."""
        by_kind: dict[Kind, Callable[[str], Meant]] = {
            Kind.PERSON: People(self.scene).person,
            Kind.SYSTEM: lambda s: self.thing(s, self.scene.lexicon.systems),
            Kind.GROUP: lambda s: self.thing(s, self.scene.lexicon.groups),
            Kind.DEVICE: self.device,
            Kind.TICKET: self.ticket,
            Kind.DATE: lambda s: Meant(self.day(s)),
            Kind.ADDRESS: self.address,
            Kind.CHOICE: lambda s: Meant(s if self.said_as(argument, s) else None),
            Kind.TEXT: self.text,
        }
        if not isinstance(said, str):
            return Meant(said)
        return by_kind.get(argument.kind, Meant)(said)

    # ── systems, groups, devices, tickets ────────────────────────────────────────────────────────────────────────────

    def thing(self, said: str, names: Names) -> Meant:
        """Which system or group these words name."""
        run = trace(said, [self.scene.nets.things, *self.scene.turns])
        if run is None:
            return Meant(said) if said in self.scene.values else suggested(said, self.scene, names)
        values = tuple(sorted(names.find([t.text for t in plain(run.raw)]))) or spoken(run.raw, self.scene.lexicon, names.kind)
        return settled(values or self._partly(run.raw, names), run.raw)

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

    # ── dates and addresses ──────────────────────────────────────────────────────────────────────────────────────────

    def day(self, said: str) -> str:
        """An ISO date; where the message names exactly one day in English, that day, whatever the model reckons."""
        if self.scene.nets.tongue.name != "en":
            return said
        days = {m.value for m in when(fold(self.scene.nets.shown), self.scene.now, self.scene.speaker) if not m.lasting and m.value}
        return days.pop() if len(days) == 1 and said not in days else said

    def address(self, said: str) -> Meant:
        """ "home", "office", or a postal address that was written."""
        if fold(said) in _PLACES:
            return Meant(fold(said))
        return Meant(said) if all_there(said, " ".join([self.scene.nets.things, *self.scene.turns])) else Meant()

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def text(self, said: str) -> Meant:
        """Free words: about half of them, and every number, must have been written. Approvers read a reason; nobody may invent one."""
        return Meant(said) if all_there(said, " ".join([self.scene.nets.shown, *self.scene.turns]), OWN) else Meant()

    def said_as(self, argument: Argument, choice: str) -> bool:
        """Whether one of a closed set was said, in its own word or, in English, one that means it ("read-only")."""
        if self.scene.nets.tongue.name != "en":
            return True
        levels: dict[str, list[str]] = self.scene.wording.data["levels"]
        alike = {w for name, others in levels.items() if choice in (name, *others) for w in (name, *others)}
        written = fold(" ".join([self.scene.nets.shown, *self.scene.turns]))
        return any(re.search(rf"\b{re.escape(fold(w))}", written) for w in (choice, argument.title, *alike))
