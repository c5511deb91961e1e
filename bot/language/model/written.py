"""A written answer as it comes in: cut into lines, each checked against the passages that it cites, and put together as an Answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.messages import Answer, Citation
from bot.language.model.claims import LONGEST, problem
from bot.language.model.tongues import tongue

MOST_LINES = 30
LONGEST_TEXT = 2400
"""Characters of a whole answer."""
QUOTE = 180
NOTHING = "NOTHING"
"""What the model writes where the passages do not answer the question."""

_ITEM = re.compile(r"(?:(\d{1,2})[.)]|[-*•])\s+")
_CITED = re.compile(r"\s*\[(\d{1,2})\]")
_CITES = re.compile(r"(?:\s*\[\d{1,2}\])+")
_SENTENCES = re.compile(r"(?<=[^\W\d_]{2}[.!?])\s+|(?<=[`*\"”»)][.!?])\s+|(?<=[。！？])")


class Refused(Exception):
    """What was written may not be shown; says why, without quoting more than a word of it."""


@dataclass(frozen=True)
class Line:
    """One line that passed: a step, a point or prose, with the passages that it cites."""

    kind: str
    text: str
    cites: tuple[int, ...]


@dataclass
class Written:
    """What has been written so far. `passages` are as ports.Found has them, `said` the answer that the library found."""

    said: Answer
    passages: Sequence[Mapping[str, str]]
    language: str
    lines: list[Line] = field(default_factory=list)

    def add(self, raw: str) -> None:
        """Takes in one line. Refused where any sentence of it cites nothing, or what it cites does not bear it out."""
        if not raw.strip():
            return
        item = _ITEM.match(raw.strip())
        kind = ("step" if item[1] else "point") if item else "prose"
        parts = self._parts(raw.strip()[item.end() if item else 0 :])
        cites = tuple(dict.fromkeys(n for _, numbers in parts for n in numbers))
        self.lines.append(Line(kind, " ".join(text for text, _ in parts), cites))
        if len(self.lines) > MOST_LINES or sum(len(line.text) for line in self.lines) > LONGEST_TEXT:
            raise Refused("it is too long")

    def _parts(self, line: str) -> list[tuple[str, tuple[int, ...]]]:
        """The line cut at its citations, each part checked sentence by sentence."""
        if len(line) > 2 * LONGEST:
            raise Refused("a line is too long")
        parts, start = [], 0
        for match in _CITES.finditer(line):
            text, numbers = line[start : match.start()].strip(), tuple(int(n) for n in _CITED.findall(match.group()))
            start = match.end()
            text = text.lstrip(".;, ")
            if line[start : start + 1] in tuple(".。!?"):
                text, start = text + line[start], start + 1
            self._check(text, numbers)
            parts.append((text, numbers))
        if not parts or line[start:].strip(" .。"):
            raise Refused("a sentence cites nothing")
        return parts

    def _check(self, text: str, numbers: tuple[int, ...]) -> None:
        if not text:
            raise Refused("a citation stands alone")
        if any(not 1 <= n <= len(self.passages) for n in numbers):
            raise Refused("it cites a passage that was not given")
        source = "\n".join(self._source(n) for n in dict.fromkeys(numbers))
        for sentence in filter(None, _SENTENCES.split(text)):
            why = problem(sentence, source, self.language)
            if why:
                raise Refused(why)

    def _source(self, number: int) -> str:
        passage = self.passages[number - 1]
        title = next((c.title for c in self.said.citations if c.path == passage["path"]), "")
        return f"{title}\n{passage['section'] or title}\n{passage['text']}"

    def whole(self) -> Answer:
        """The finished answer; Refused where it is none, or in another language than asked."""
        if not self.lines:
            raise Refused("it is empty")
        if not self.sure:
            raise Refused("it is in another language")
        return self.answer()

    @property
    def sure(self) -> bool:
        """Whether what there is so far is in the language that was asked for."""
        return tongue("\n".join(line.text for line in self.lines)).name == self.language

    def answer(self) -> Answer:
        """The lines so far. Numbers of citations are shown where there are several."""
        cited = list(dict.fromkeys(self._key(n) for line in self.lines for n in line.cites))
        citations = [self._citation(key) for key in cited]
        if self.said.closest:
            citations += [c for c in self.said.citations if c.path not in {path for path, _ in cited}]
        return self.said.model_copy(update={"text": self._text(cited), "citations": tuple(citations)})

    def _key(self, number: int) -> tuple[str, str]:
        return self.passages[number - 1]["path"], self.passages[number - 1]["section"]

    def _citation(self, key: tuple[str, str]) -> Citation:
        """The library's citation of this article, leading to the section that is cited."""
        path, section = key
        own = [c for c in self.said.citations if c.path == path]
        known = next((c for c in own if c.section == section), None)
        if known is not None:
            return known
        text = next(p["text"] for p in self.passages if (p["path"], p["section"]) == key)
        quote = " ".join(re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", text).split())
        quote = quote if len(quote) <= QUOTE else quote[:QUOTE].rsplit(" ", 1)[0] + " …"
        return own[0].model_copy(update={"section": section, "quote": quote})

    def _text(self, cited: Sequence[tuple[str, str]]) -> str:
        text, before, number = "", "", 0
        for line in self.lines:
            number = number + 1 if line.kind == "step" and before == "step" else 1
            marks = "".join(f" [{n}]" for n in sorted({cited.index(self._key(c)) + 1 for c in line.cites})) if len(cited) > 1 else ""
            glue = "\n\n" if line.kind != before else " " if line.kind == "prose" else "\n"
            lead = {"step": f"{number}. ", "point": "- ", "prose": ""}[line.kind]
            text += (glue if text else "") + lead + line.text + marks
            before = line.kind
        return text
