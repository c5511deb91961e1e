"""Dates and durations of other languages: taken out of a message before its forms are looked at, and said again in English."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.language.phrases.text import fold

MARK = "\ue000"
"""Stands for a date in a text; a character that nobody types."""
_SLOT = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Dated:
    """A text in which each date is a MARK, and its dates in order: as they were written, and in English."""

    text: str
    written: tuple[str, ...]
    told: tuple[str, ...]

    def _own(self, part: str) -> range:
        """Which dates are those of `part`, a piece of the text."""
        first = self.text[: max(self.text.find(part.strip()), 0)].count(MARK)
        return range(first, first + part.count(MARK))

    def moments(self, part: str) -> str:
        """The dates of a piece of the text, in English."""
        return " ".join(self.told[n] for n in self._own(part) if self.told[n])

    def restored(self, part: str) -> str:
        """A piece of the text as it was written."""
        for n in self._own(part):
            part = part.replace(MARK, self.written[n], 1)
        return part

    def without(self, part: str) -> str:
        """A piece of the text with its dates left out."""
        return part.replace(MARK, "")


def moments(data: Mapping[str, Any]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every cue with every date: after it as in Japanese, then what is whole in itself, then before it ("bis" with "Ende Juli")."""
    edges = ("", "") if data["spaces"] == "none" else (r"(?<![\w-])", r"(?![\w-])")
    ahead = [(f"{cue}{date}", f"{said} {means}") for cue, said in data["cues"] for date, means in data["dates"]]
    behind = [(f"{date}{cue}", f"{said} {means}") for cue, said in data.get("cues_after", ()) for date, means in data["dates"]]
    found = [*behind, *data["moments"], *ahead]
    return tuple((re.compile(edges[0] + _slotted(fold(said), data) + edges[1]), means.strip()) for said, means in found)


def _slotted(said: str, data: Mapping[str, Any]) -> str:
    return _SLOT.sub(lambda m: f"(?P<{m[1]}>{data['slots'][m[1]]})", said)


def dated(text: str, known: Sequence[tuple[re.Pattern[str], str]], words: Mapping[str, str]) -> Dated:
    """The text with its dates taken out."""
    found: list[tuple[int, int, str]] = []
    free = fold(text)
    for pattern, means in known:
        for match in pattern.finditer(free):
            values = {k: _named(k, v, words) for k, v in match.groupdict().items() if v}
            found.append((match.start(), match.end(), means.format(**{"z": "", **values})))
        for start, end, _ in found:
            free = free[:start] + MARK * (end - start) + free[end:]
    found.sort()
    marked, at = "", 0
    for start, end, _ in found:
        marked, at = f"{marked}{text[at:start]}{MARK}", end
    return Dated(marked + text[at:], tuple(text[s:e] for s, e, _ in found), tuple(" ".join(m.split()) for _, _, m in found))


def _named(slot: str, said: str, words: Mapping[str, str]) -> str:
    """A date's word in English; the slot `k` is a month in figures."""
    if slot == "k":
        return calendar.month_name[int(said)] if 1 <= int(said) <= 12 else said
    return words.get(said, said)
