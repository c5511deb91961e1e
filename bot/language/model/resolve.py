"""From words to the company's own names, in code: the model says which words, the directory says whom and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.desk.ports import Context
from bot.domain.calls import Argument, Kind
from bot.domain.directory import Directory
from bot.domain.people import Person, Standing
from bot.domain.understanding import Understanding
from bot.language.model.grounding import Run, all_there, trace, words
from bot.language.model.nets import Nets
from bot.language.phrases.followup import earlier
from bot.language.phrases.lexicon import Lexicon, Mention, Names
from bot.language.phrases.moments import when
from bot.language.phrases.slots import ticket
from bot.language.phrases.text import Token, fold, tokens
from bot.language.phrases.who import Who
from bot.language.phrases.wording import Wording

_ME = frozenset(("me", "myself", "i", "self", "speaker", "the speaker", "mine"))
_HONORIFIC = re.compile(r"\s*(?:さん|様|さま|氏|くん|君|ちゃん|先生)$")
_ABOVE = re.compile(r"^(?:(?P<mine>my|our)|(?P<whose>.+?)(?:['’]s|s['’])) (?:line )?(?:manager|boss|supervisor)$", re.IGNORECASE)
_PLACES = frozenset(("home", "office"))


@dataclass(frozen=True)
class Meant:
    """What an argument's words stand for: one value, several `choices` to ask about, or (both empty) nothing that is known."""

    value: Any = None
    choices: tuple[str, ...] = ()
    said: str = ""


@dataclass
class Resolver:
    """Looks up what one message names. `fresh` is how the offline understander reads it."""

    nets: Nets
    speaker: Person
    directory: Directory
    lexicon: Lexicon
    wording: Wording
    now: datetime
    context: Context
    fresh: Understanding
    _tokens: list[Token] = field(default_factory=list)
    _mentions: list[Mention] = field(default_factory=list)
    _known: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        recent, self._known = earlier(self.context, self.lexicon, self.speaker)
        self._tokens = tokens(self.nets.shown)
        who = Who(self.speaker, self.directory, self.lexicon, self.wording, recent, self._known)
        self._mentions = who.settle(self._tokens, self.lexicon.mentions(self._tokens))

    @property
    def turns(self) -> list[str]:
        """What the speaker said earlier in the thread, latest first: a name said there may be meant here."""
        return [t.text for t in reversed(self.context.turns) if t.person == self.speaker.email][:6]

    def meant(self, argument: Argument, said: Any) -> Meant:
        """What the model's words for this argument stand for."""
        by_kind: dict[Kind, Callable[[str], Meant]] = {
            Kind.PERSON: self.person,
            Kind.SYSTEM: lambda s: self.thing(s, self.lexicon.systems),
            Kind.GROUP: lambda s: self.thing(s, self.lexicon.groups),
            Kind.DEVICE: self.device,
            Kind.TICKET: self.ticket,
            Kind.DATE: lambda s: Meant(self.day(s)),
            Kind.ADDRESS: self.address,
        }
        return by_kind.get(argument.kind, Meant)(said)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def person(self, said: str) -> Meant:
        """Whom these words name: one person, several to choose from, or nobody known."""
        said = _HONORIFIC.sub("", said.strip())
        if fold(said) in _ME:
            return Meant(self.speaker.email) if self._self_said() else Meant()
        if "@" in said:
            return self._address_of(said)
        above = _ABOVE.match(said)
        if above:
            return self._manager(above["whose"])
        run = trace(said, [self.nets.shown, *self.turns])
        if run is None:
            return self._suggest(said, self.lexicon.people)
        return self._persons(run)

    def _self_said(self) -> bool:
        """Whether the message speaks of its writer: in words, or so that the offline understander sees it."""
        own = self.nets.tongue.self
        there = {t.text for t in self._tokens} | set(re.findall(r"[\w']+", fold(self.nets.shown)))
        if self.nets.tongue.name == "ja" or own & there:
            return True
        return any(self.speaker.email in c.arguments.values() for c in (*self.fresh.calls, *self._drafted))

    @property
    def _drafted(self) -> tuple[Any, ...]:
        return (*(self.context.draft.calls if self.context.draft else ()), *self.context.last)

    def _address_of(self, said: str) -> Meant:
        """An address counts where it was written, or is already part of this thread's calls."""
        address = said.strip("<>. ").casefold()
        written = any(address in source.casefold() for source in (self.nets.shown, *self.turns)) or address in self._known
        known = self.directory.people.get(address)
        if not written:
            return Meant()
        return Meant(known.email if known else address, said=said) if known else Meant(said=said)

    def _manager(self, whose: str | None) -> Meant:
        spoken = " ".join([self.nets.shown, *self.turns])
        there = {w.text for w in words(spoken)}
        if not any(w in there or (not w.isascii() and w in fold(spoken)) for w in self.nets.tongue.above):
            return Meant()
        base = self.person(whose) if whose else Meant(self.speaker.email)
        above = self.directory.manager_of(base.value) if base.value else None
        return Meant(above.email, said=whose or "my manager") if above else Meant(said=base.said or (whose or ""))

    def _persons(self, run: Run) -> Meant:
        direct = self._active(self.lexicon.people.find([t.text for t in _plain(run.raw)]))
        here = self._overlapping(run) if run.source is self.nets.shown else None
        if here and len(tuple(self._words_of(here))) > len(_plain(run.raw)) and not here.values:
            return Meant(said=here.said)  # a longer name than the model says, and nobody's
        if here and here.values and (not direct or set(here.values) < set(direct)):
            direct = here.values
        if not direct and not any(t.mixed for t in tokens(run.raw)):
            direct = self._spoken(run.raw, Kind.PERSON)
        if len(direct) > 1 and len(set(direct) & self._known) == 1:
            direct = tuple(set(direct) & self._known)
        return _settled(direct, run.raw)

    def _overlapping(self, run: Run) -> Mention | None:
        return next(
            (
                m
                for m in self._mentions
                if m.kind is Kind.PERSON and self._tokens[m.first].start < run.end and self._tokens[m.last - 1].end > run.start
            ),
            None,
        )

    def _words_of(self, mention: Mention) -> list[Token]:
        return [t for t in self._tokens[mention.first : mention.last] if t.text != "'s"]

    def _active(self, values: set[str]) -> tuple[str, ...]:
        active = {v for v in values if self.directory.people[v].status is not Standing.OFFBOARDED}
        return tuple(sorted(active or values))

    # ── systems, groups, devices, tickets ────────────────────────────────────────────────────────────────────────────

    def thing(self, said: str, names: Names) -> Meant:
        """Which system or group these words name."""
        run = trace(said, [self.nets.things, *self.turns])
        if run is None:
            return Meant(said) if said in self._drafted_values() else self._suggest(said, names)
        values = tuple(sorted(names.find([t.text for t in _plain(run.raw)]))) or self._spoken(run.raw, names.kind)
        return _settled(values or self._partly(run.raw, names), run.raw)

    def _drafted_values(self) -> set[str]:
        return {v for c in self._drafted for v in c.arguments.values() if isinstance(v, str)}

    def _partly(self, said: str, names: Names) -> tuple[str, ...]:
        """All that bear a telling word of what was said ("adobe")."""
        held = [names.partial[t.text] for t in _plain(said) if t.text in names.partial]
        return tuple(sorted(set.intersection(*held))) if held else ()

    def _spoken(self, said: str, kind: Kind) -> tuple[str, ...]:
        """What the offline lexicon finds in these words, slips and all; () where it finds several different things."""
        found = [m for m in self.lexicon.mentions(tokens(f"for {said}")) if m.kind is kind and m.values]
        return found[0].values if len({m.values for m in found}) == 1 else ()

    def _suggest(self, said: str, names: Names) -> Meant:
        """A name the model reads from another script is a suggestion to ask about; from Latin letters it is an invention."""
        if self.nets.tongue.name != "ja" or not said.isascii():
            return Meant(said=said if trace(said, [self.nets.shown]) else "")
        return Meant(choices=tuple(sorted(names.find([t.text for t in _plain(said)]))), said=said)

    def device(self, said: str) -> Meant:
        """A serial number: it must have been written."""
        if not all_there(said, " ".join([self.nets.things, *self.turns]), 1.0) and said not in self._drafted_values():
            return Meant()
        known = self.lexicon.devices.get(fold(said))
        found = [m for m in self.lexicon.mentions(tokens(said.upper())) if m.kind is Kind.DEVICE]
        return Meant(known or (found[0].values[0] if found else None), said=said)

    def ticket(self, said: str) -> Meant:
        """A ticket number: it must have been written."""
        number = "".join(re.findall(r"\d+", said))
        written = number and re.search(rf"(?<!\d){number}(?!\d)", " ".join([self.nets.things, *self.turns]))
        return Meant((ticket(fold(said)) or ticket(f"#{number}")) if written else None)

    # ── dates and addresses ──────────────────────────────────────────────────────────────────────────────────────────

    def day(self, said: str) -> str | None:
        """An ISO date; where the message names exactly one day in English, that day, whatever the model reckons."""
        try:
            date.fromisoformat(said)
        except ValueError:
            return None
        if self.nets.tongue.name != "en":
            return said
        days = {m.value for m in when(fold(self.nets.shown), self.now, self.speaker) if not m.lasting and m.value}
        return days.pop() if len(days) == 1 and said not in days else said

    def address(self, said: str) -> Meant:
        """ "home", "office", or a postal address that was written."""
        if fold(said) in _PLACES:
            return Meant(fold(said))
        return Meant(said) if all_there(said, " ".join([self.nets.things, *self.turns])) else Meant()


def _plain(text: str) -> list[Token]:
    return [t for t in tokens(text) if t.text != "'s"]


def _settled(values: tuple[str, ...], said: str) -> Meant:
    return Meant(values[0], said=said) if len(values) == 1 else Meant(choices=values, said=said)
