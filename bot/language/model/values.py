"""Values that are no names: days, lengths of time, levels, free words. Each has to be borne out by what the speaker wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from bot.domain.calls import Argument, Kind
from bot.language.model.grounding import place, trace, words
from bot.language.model.lore import counts, even, figures, lores, spelled
from bot.language.model.names import plain
from bot.language.model.scene import Meant, Scene
from bot.language.phrases.moments import when
from bot.language.phrases.text import fold, tokens

MOST_OWN = 0.8
"""Share of the words of a text argument that must stand in the message in a row; what stands there is taken, not what the model says."""
MOST_WORDS = 150
_NAME = "name"
_PLACES = frozenset(("home", "office"))
_LENGTH = re.compile(r"(\d+)([YMWDHS])")
_ONE = re.compile(r"\b(?:an?|one|ein(?:e[mnrs]?)?|una?|une)\b")
_HOURS = {"Y": 8760.0, "M": 730.0, "W": 168.0, "D": 24.0, "H": 1.0}
_BRIEF = {"H": 1.0, "M": 1 / 60, "S": 1 / 3600}
_UNITS = {"year": "Y", "month": "M", "week": "W", "day": "D", "hour": "H"}


@dataclass
class Values:
    """Reads the values of one message. `quote` is where the model says that this is asked for."""

    scene: Scene
    quote: str = ""

    @cached_property
    def said(self) -> str:
        """The speaker's own words, here and earlier in the thread."""
        return "\n".join([self.scene.nets.shown, *self.scene.turns])

    @cached_property
    def folded(self) -> str:
        return fold(self.said)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number in them, in digits or in words."""
        lore = lores()[self.scene.nets.tongue.name]
        return figures(self.said) | spelled(self.said, lore) | {lore.numbers[c] for c in self.said if c in lore.numbers}

    @cached_property
    def timely(self) -> bool:
        """Whether they speak of time at all."""
        return bool(self.scene.nets.tongue.time.search(self.folded))

    @cached_property
    def _here(self) -> bool:
        """Whether the message itself does, and not only what was said before."""
        return bool(self.scene.nets.tongue.time.search(fold(self.scene.nets.shown)))

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def day(self, said: str, limit: bool = False) -> Meant:
        """An ISO date. What code reads in the message counts. Where it reads none, the model's reckoning of words about time is taken if
        the numbers of the message bear it out; in English, which code knows, only for a `limit`, which never does more than none would."""
        read = self._read(Kind.DATE)
        if said in read | self.scene.values:
            return Meant(said)
        if len(read) == 1:
            return Meant(next(iter(read)))
        if not self.timely:
            return Meant()
        known = self.scene.nets.tongue.name == "en" and not limit
        if read or known or not self._here or not self._told(date.fromisoformat(said)):
            return Meant(said=said)
        return Meant(said)

    def length(self, said: str) -> Meant:
        """An ISO 8601 length of time, likewise; its number has to be one that was said."""
        read = self._read(Kind.DURATION)
        if said in read | self.scene.values:
            return Meant(said)
        if len(read) == 1:
            return Meant(next(iter(read)))
        if not self.timely:
            return Meant()
        return Meant(said) if not read and self._counted(said) else Meant(said=said)

    def _read(self, kind: Kind) -> frozenset[str]:
        """The days or lengths that code reads in the message."""
        found: set[str] = {str(v) for c in self.scene.fresh.calls for v in c.arguments.values() if _of(kind, v)}
        if kind is Kind.DATE:
            found |= set(re.findall(r"(?<![\d-])\d{4}-\d\d-\d\d(?![\d-])", self.scene.nets.shown))
        if self.scene.nets.tongue.name == "en":
            lasting = kind is Kind.DURATION
            own = [self.scene.nets.shown] if self._here else self.scene.turns
            found |= {m.value for text in own for m in self._moments(text) if m.value and m.lasting is lasting}
        return frozenset(found)

    def _moments(self, text: str) -> Iterable[Any]:
        return when(fold(text), self.scene.now, self.scene.speaker)

    def _told(self, day: date) -> bool:
        """Whether the numbers of the message allow this day: without any near a month or a stroke, all within two years do."""
        today = self.scene.now.date()
        if not today - timedelta(days=62) <= day <= today + timedelta(days=731):
            return False
        tongue = self.scene.nets.tongue
        found = [(int(m["d"]), tongue.months.get(m["m"]) or int(m["m"])) for m in tongue.dates.finditer(self.folded)]
        return not found or (day.day, day.month) in found or (tongue.name != "ja" and (day.month, day.day) in found)

    def _counted(self, said: str) -> bool:
        """Whether this length is one that was said, in whichever unit: two weeks are fourteen days, a quarter of a year three months."""
        told = counts(_ONE.sub("1", even(self.said)), lores()[self.scene.nets.tongue.name])
        wanted = [int(n) * _HOURS[unit] for n, unit in _LENGTH.findall(said.partition("T")[0])]
        wanted += [int(n) * _BRIEF[unit] for n, unit in _LENGTH.findall(said.partition("T")[2])]
        lengths = [float(n) * _HOURS[_UNITS[unit]] for n, unit in told if unit in _UNITS]
        return any(abs(length - sum(wanted)) <= 0.04 * length for length in lengths)

    # ── levels, yes and no, numbers ──────────────────────────────────────────────────────────────────────────────────

    def choice(self, argument: Argument, said: str) -> Meant:
        """One of a closed set: said in its own word or one that means it. In another language what is not known to mean it is asked."""
        tongue = self.scene.nets.tongue
        levels: dict[str, list[str]] = self.scene.wording.data["levels"]
        groups = [(name, *others, *tongue.levels.get(name, ())) for name, others in levels.items()]
        alike = {w for group in groups if said in group for w in group}
        edge = "" if tongue.name == "ja" else r"\b"
        if any(re.search(rf"{edge}{re.escape(fold(w))}", self.folded) for w in (said, argument.title, *alike)):
            return Meant(said)
        return Meant() if tongue.name == "en" else Meant(said=said)

    def plain(self, argument: Argument, said: bool | int | float) -> Meant:
        """Yes or no counts where its argument's name was said, a number where that number was."""
        if isinstance(said, bool):
            return Meant(said if re.search(rf"\b{re.escape(argument.name.replace('_', ' '))}\b", self.folded) else None)
        return Meant(said if f"{said:g}" in self.numbers else None)

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def address(self, said: str) -> Meant:
        """ "home", "office", or a postal address, every word of it as it was written."""
        if fold(said) in _PLACES:
            return Meant(fold(said))
        found = self.own(said, [self.scene.nets.things, *self.scene.turns])
        return Meant(found if found and len(words(found)) == len(words(said)) else None)

    def text(self, argument: Argument, said: str) -> Meant:
        """Free words, as they stand in the message: approvers read a reason, and nobody may invent or turn one. Where the model put what
        has to be said in its own words, the words that ask for it are taken."""
        found = self.own(said, [self.scene.nets.shown, *self.scene.turns])
        if found and argument.name == "apps":
            return Meant(self._catalogued(found))
        if not found and argument.required and not argument.many and argument.name != _NAME:
            spans = place(self.quote, self.scene.nets.shown)
            found = " ".join(self.scene.nets.shown[spans[0][0] : spans[0][1]].split())[:2000] if spans else None
        return Meant(found or None)

    def own(self, said: str, sources: list[str]) -> str | None:
        """The words of a source that the model copied, as they are written there; None where it did not, or left out a "not" before."""
        run = trace(said, sources, most=MOST_WORDS)
        if run is None or run.weight < MOST_OWN * len(words(said)):
            return None
        if self.scene.nets.tongue.refusal.search(fold(run.source[: run.start])):
            return None
        start, end = run.start, run.end
        tail = re.match(r"[)\]%!?]|[+#]{1,2}", run.source[end:])
        return run.source[start : end + (tail.end() if tail and said.rstrip().endswith(tail.group()) else 0)]

    def _catalogued(self, said: str) -> str:
        """The catalogue's name for an app, where it has exactly one."""
        systems = self.scene.lexicon.systems
        named = [m for m in self.scene.lexicon.mentions(tokens(said)) if m.kind is Kind.SYSTEM and m.last - m.first == len(tokens(said))]
        ids = tuple(systems.find([t.text for t in plain(said)])) or (named[0].values if named else ())
        return self.scene.directory.systems[ids[0]].name if len(ids) == 1 else said


def _of(kind: Kind, value: Any) -> bool:
    pattern = r"\d{4}-\d\d-\d\d" if kind is Kind.DATE else r"P[\dT].*"
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None
