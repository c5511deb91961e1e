"""A second opinion on what a message asks for, by meaning: the declared examples that are most like it, whatever their words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.desk.ports import Meanings
from bot.domain.calls import Action, Kind
from bot.language.phrases.heard import Heard, covers, inside
from bot.language.phrases.rank import Profile

LIKE = 0.75
"""Likeness from which an example is taken for what was meant: of 430 requests 77 % have one that is as like."""
CLOSE = 0.06
"""Actions whose likeness differs by no more are offered side by side."""
MOST = 2
_PLACE = re.compile(r"\{(\w+)\}")
_STANDS = {Kind.PERSON: "Sam", Kind.SYSTEM: "the app", Kind.GROUP: "the group", Kind.DEVICE: "the laptop", Kind.TICKET: "the ticket"}
"""What stands for a name, in examples and messages alike: who and what are named makes no two requests less alike."""


@dataclass(frozen=True)
class Meant:
    """The examples of the offered actions, with whoever can tell how alike they are to something said; None where nobody can."""

    profiles: Mapping[str, Profile]
    meanings: Meanings | None = None

    @cached_property
    def _examples(self) -> tuple[tuple[str, str], ...]:
        """Each example with its action's name, as the model is shown it."""
        shown = ((p.action.name, _shown(e, p.action)) for p in self.profiles.values() for e in (*p.action.examples, p.action.title))
        return tuple((name, text) for name, text in shown if text)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._examples)

    def alike(self, heard: Heard, spans: Sequence[tuple[int, int]]) -> list[Profile]:
        """The actions that may be meant here: as like as can be told, at most `MOST`."""
        liked = self.nearest(heard, spans)
        return [p for p, v in liked[:MOST] if v >= max(LIKE, liked[0][1] - CLOSE)]

    def nearest(self, heard: Heard, spans: Sequence[tuple[int, int]]) -> list[tuple[Profile, float]]:
        """The actions by likeness (cosine, -1 to 1) of their nearest example, best first; none without a model."""
        said = masked_text(heard, spans)
        told = self.meanings.likeness(said, self._texts) if self.meanings and len(said.split()) > 1 else None
        if told is None:
            return []
        best: dict[str, float] = {}
        for (name, _), value in zip(self._examples, told, strict=True):
            best[name] = max(best.get(name, -1.0), value)
        return sorted(((self.profiles[n], v) for n, v in best.items()), key=lambda b: -b[1])


def _shown(example: str, action: Action) -> str:
    stands = {n: _STANDS.get(a.kind, "") for n, a in action.declared.items()}
    return re.sub(r"\s+", " ", _PLACE.sub(lambda m: stands.get(m[1], ""), example)).strip()


def masked_text(heard: Heard, spans: Sequence[tuple[int, int]]) -> str:
    """These spans with names replaced by what stands for them, and without dates."""
    named = [m for m in inside(heard, spans) if m.role in ("", "unknown") and not m.weak and m.kind in _STANDS]
    cuts = [(heard.words[m.first].start, heard.words[m.last - 1].end, _STANDS[m.kind]) for m in named]
    cuts += [(m.start, m.end, "") for m in heard.moments if covers(spans, m.start)]
    said: list[str] = []
    for start, end in spans:
        at = start
        for begin, stop, stands in sorted(cuts):
            if at <= begin < end:
                said += [heard.raw[at:begin], stands]
                at = stop
        said.append(heard.raw[at:end])
    return re.sub(r"\s+", " ", "".join(said)).strip()
