"""Answers written by a model from the passages that the library found. Whatever fails, the library's own answer stands."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.desk.masking import mask
from bot.desk.ports import Composed, Found
from bot.domain.messages import Answer
from bot.language.model.client import Line, NoAnswer
from bot.language.model.meter import Spent
from bot.language.model.tongues import tongue, tongues
from bot.language.model.veil import Veil, fence, prompt
from bot.language.model.written import NOTHING, Refused, Written
from bot.language.phrases.text import fold
from bot.language.phrases.wording import patterns

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

log = logging.getLogger(__name__)

MOST_PASSAGES = 8
LONGEST_LINE = 1200
"""Characters without a line's end after which nobody waits for one."""
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "ja": "Japanese"}

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:rules?|instructions?|prompts?|polic(?:y|ies)|guidelines|everything)\b"
    r"|\b(?:language model|assistant|chat ?bot|ai)s?\b.{0,40}\b(?:must|should|shall|has to|have to|reading this)\b"
    r"|\bsystem prompt\b|</?data-|\bend of (?:the )?(?:data|passages?|article)\b|<\|"
)
"""Orders to whatever reads this, beside those that no message may hold."""

Shown = Callable[[Answer], Awaitable[None]]


@dataclass
class _Listening:
    """What comes in, piece by piece; each whole line is checked before anybody sees it."""

    written: Written
    veil: Veil
    shown: Shown | None
    rest: str = ""

    async def heard(self, piece: str) -> None:
        self.rest += piece
        *lines, self.rest = self.rest.split("\n")
        if max(map(len, (*lines, self.rest))) > LONGEST_LINE:
            raise Refused("a line is too long")
        before = len(self.written.lines)
        for line in lines:
            self._take(line)
        if self.shown and len(self.written.lines) > before and self.written.sure:
            await self.shown(self.written.answer())

    def end(self) -> Answer:
        self._take(self.rest)
        return self.written.whole()

    def _take(self, line: str) -> None:
        if line.strip().strip('.*`"') == NOTHING:
            raise Refused("the passages do not answer it")
        self.written.add(self.veil.restore(line))


class ModelComposer:
    """Implements ports.Composer by a chat model behind an OpenAI-compatible endpoint. Give it a line of its own: answers take longer
    than understanding, and what makes one slow must not open the other's breaker."""

    def __init__(self, line: Line) -> None:
        self.line = line

    async def compose(self, question: str, found: Found, language: str = "", ticket: str = "", shown: Shown | None = None) -> Composed:
        """See ports.Composer."""
        before = self.line.meter.of(ticket)
        try:
            answer, why = await self._compose(question, found, language, ticket, shown), ""
        except (NoAnswer, Refused) as error:
            log.log(getattr(error, "weight", logging.WARNING), "model: ticket %s, %s; answered by quoting", ticket or "-", error)
            answer, why = None, str(error)
        return Composed(answer, why, _since(before, self.line.meter.of(ticket)).plain)

    async def _compose(self, question: str, found: Found, language: str, ticket: str, shown: Shown | None) -> Answer:
        deadline = asyncio.get_running_loop().time() + self.line.endpoint.timeout
        if found.answer is None:
            raise Refused("nothing was found")
        passages = given(found)
        language = language or tongue(question).name
        if language not in tongues():
            raise Refused("no check knows its language")
        _admit(question, passages, [c.title for c in found.answer.citations])
        veil = Veil()
        listening = _Listening(Written(found.answer, passages, language), veil, shown)
        await self.line.warm()
        await self.line.write(_messages(question, found.answer, passages, language, veil), ticket, deadline, listening.heard)
        return listening.end()


def given(found: Found) -> list[Mapping[str, Any]]:
    """The passages that may be written from: of the articles that the library's own answer cites, so that nothing restricted joins it."""
    cited = {c.path for c in found.answer.citations} if found.answer else set()
    return [p for p in found.passages if p["path"] in cited][:MOST_PASSAGES]


def _admit(question: str, passages: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> None:
    """Refused where the model has no business: secrets, and orders to the machine."""
    if not passages:
        raise Refused("nothing was quoted")
    if any(mask(p["text"]).found for p in passages) or mask(question).found:
        raise Refused("there is a secret in it")
    for text in (question, *titles, *(f"{p['section']}\n{p['text']}" for p in passages)):
        if any(_orders(line) for line in fold(text).splitlines()):
            raise Refused("it holds orders to the machine")


def _orders(line: str) -> bool:
    said = line.strip(" -*#>")
    return bool(patterns("moods")["machine"].search(said) or _ORDERS.search(said))


def _messages(question: str, said: Answer, passages: Sequence[Mapping[str, Any]], language: str, veil: Veil) -> list[BaseMessage]:
    from langchain_core.messages import HumanMessage, SystemMessage

    tag = fence()
    titles = {c.path: c.title for c in said.citations}
    told = "\n".join(
        prompt("passage", fence=tag, number=str(n), text=veil.hide("\n".join(filter(None, (titles[p["path"]], p["section"], p["text"])))))
        for n, p in enumerate(passages, 1)
    )
    asked = prompt("passages", fence=tag, passages=told, question=veil.hide(question))
    return [SystemMessage(prompt("compose", fence=tag, language=LANGUAGES[language])), HumanMessage(asked)]


def _since(before: Spent, now: Spent) -> Spent:
    return Spent(
        now.calls - before.calls,
        now.input_tokens - before.input_tokens,
        now.output_tokens - before.output_tokens,
        now.cost - before.cost,
        now.unmetered - before.unmetered,
    )
