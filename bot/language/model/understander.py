"""The understander that asks a model. What it cannot or may not use of the answer, the offline understander reads instead."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.desk.ports import Context
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.domain.understanding import Intent, Understanding
from bot.language.model.client import Line, NoAnswer
from bot.language.model.meter import Spent
from bot.language.model.nets import Nets, nets
from bot.language.model.reading import MOST_CALLS, Said, Unusable, understood
from bot.language.model.resolve import Resolver
from bot.language.model.tools import MOST, Other, Tool, Toolbox
from bot.language.model.veil import Veil, fence, prompt
from bot.language.phrases.moments import zone
from bot.language.phrases.understander import LIMIT, Actions, PhraseUnderstander

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

log = logging.getLogger(__name__)

TURNS = 6
"""Earlier turns of a thread that the model is shown."""
_SETTLED = (Intent.CANCEL, Intent.CHAT)
"""Intents that are sure without a model."""


@dataclass
class _Asking:
    """One message on its way: what is sent, what may be answered, until when."""

    messages: list[BaseMessage]
    tools: dict[str, Tool]
    veil: Veil
    text: str
    ticket: str
    deadline: float
    spent: Spent = field(default_factory=Spent)


class ModelUnderstander:
    """Understands by a chat model behind an OpenAI-compatible endpoint. Proposes only, like any understander.

    The model chooses tools and points at words; code decides which words may ask for anything, and whom and what they name.
    """

    def __init__(self, registry: Actions, offline: PhraseUnderstander, line: Line, most: int = MOST) -> None:
        self.offline = offline
        self.line = line
        self._tools = Toolbox(registry.actions.values(), offline.ranking, most)

    async def understand(
        self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()
    ) -> Understanding:
        """See ports.Understander."""
        text = text[:LIMIT]
        offline = await self.offline.understand(text, speaker, directory, now, context)
        net = nets(text, self.offline.wording)
        if await self._sure(offline, net, text, speaker, directory, now, context):
            return _having_spent(offline, Spent())
        resolver = Resolver(net, speaker, directory, self.offline.lexicon(directory), self.offline.wording, now, context, offline)
        await self.line.warm()
        asking = self._asking(resolver)
        try:
            found = await self._ask(asking, resolver)
        except (NoAnswer, Unusable) as error:
            log.warning("model: %s; understood offline", error)
            found = offline
        return _having_spent(found, asking.spent)

    async def _sure(
        self, offline: Understanding, net: Nets, text: str, speaker: Person, directory: Directory, now: datetime, context: Context
    ) -> bool:
        """Whether the model has no say: orders to the machine, nothing that may ask for anything, or a plain answer in the thread."""
        if net.machine or not net.shown.strip() or (not net.open and net.tongue.name == "en") or offline.intent in _SETTLED:
            return True
        if not offline.calls or not (context.draft or context.last):
            return False
        return offline != await self.offline.understand(text, speaker, directory, now)

    async def _ask(self, asking: _Asking, resolver: Resolver) -> Understanding:
        answer = await self._answer(asking)
        try:
            return understood(await self._said(answer, asking), resolver)
        except Unusable as error:
            log.info("model: %s; asked once more", error)
            answer = await self._again(asking, str(error))
        return understood(await self._said(answer, asking, searched=True), resolver)

    def _asking(self, resolver: Resolver) -> _Asking:
        from langchain_core.messages import HumanMessage, SystemMessage

        veil, tag, text = Veil(), fence(), resolver.nets.shown.strip()
        context = resolver.context
        today = resolver.now.astimezone(zone(resolver.speaker) or resolver.now.tzinfo or UTC)
        before = _drafted(context)
        system = prompt("system", fence=tag, today=today.date().isoformat(), weekday=today.strftime("%A"))
        said = prompt("message", fence=tag, text=veil.hide(text))
        if before or context.turns:
            said = prompt("thread", fence=tag, turns=_turns(context, resolver.speaker, veil), calls=_calls(before, context, veil)) + said
        tools = self._tools.fitting(text, [c.action for c in before])
        deadline = asyncio.get_running_loop().time() + self.line.endpoint.timeout
        return _Asking([SystemMessage(system), HumanMessage(said)], tools, veil, text, context.ticket, deadline)

    async def _answer(self, asking: _Asking) -> AIMessage:
        wire = [t.wire for t in asking.tools.values()]
        answer, spent = await self.line.ask(asking.messages, wire, asking.ticket, asking.deadline)
        asking.spent += spent
        return answer

    async def _again(self, asking: _Asking, problem: str) -> AIMessage:
        """The one repair try. What was wrong is told in words: a malformed call itself may not be sent back to every endpoint."""
        from langchain_core.messages import HumanMessage

        asking.messages = [*asking.messages, HumanMessage(prompt("repair", problem=asking.veil.hide(problem)[:600]))]
        return await self._answer(asking)

    async def _said(self, answer: AIMessage, asking: _Asking, searched: bool = False) -> list[Said]:
        """The tool calls of an answer, checked; a search for further tools is done and asked with, once."""
        said = _checked(answer, asking)
        search = next((s for s in said if s.tool.name == Other.SEARCH), None)
        if search is None or len(said) > 1:
            return [s for s in said if s is not search]
        if searched:
            raise NoAnswer("the model found no tool", ours=True)
        asking.tools = self._tools.fitting(asking.text, wanted=str(search.arguments["wanted"]))
        return await self._said(await self._answer(asking), asking, searched=True)


def _checked(answer: AIMessage, asking: _Asking) -> list[Said]:
    """Every tool call with its arguments read strictly; Unusable says what does not fit."""
    if answer.additional_kwargs.get("refusal"):
        raise NoAnswer("the model refused", ours=True)
    if answer.invalid_tool_calls:
        raise Unusable("the arguments of a tool call are not valid JSON.")
    if not answer.tool_calls:
        raise Unusable("no tool was called.")
    if len(answer.tool_calls) > MOST_CALLS:
        raise Unusable(f"{len(answer.tool_calls)} calls are too many for one message.")
    said = []
    for call in answer.tool_calls:
        tool = asking.tools.get(call["name"])
        if tool is None:
            raise Unusable(f"there is no tool {call['name'][:60]!r}.")
        try:
            said.append(Said(tool, asking.veil.restore(tool.read(call["args"]))))
        except ValueError as error:
            raise Unusable(str(error)) from None
    return said


def _having_spent(found: Understanding, spent: Spent) -> Understanding:
    """The understanding with what this one took: a draft that it goes on from has had its own."""
    return found if found.spent == spent.plain else found.model_copy(update={"spent": spent.plain})


def _drafted(context: Context) -> Sequence[Call]:
    return context.draft.calls if context.draft else context.last


def _turns(context: Context, speaker: Person, veil: Veil) -> str:
    lines = [f"{'writer' if t.person == speaker.email else 'other'}: {t.text[:500]}" for t in list(context.turns)[-TURNS:]]
    return veil.hide("\n".join(lines)) or "(nothing)"


def _calls(calls: Sequence[Call], context: Context, veil: Veil) -> str:
    """The calls of the thread and what is open, people's addresses taken out."""
    lines: list[Mapping[str, Any]] = [{"tool": c.action.replace(".", "-"), "arguments": c.arguments} for c in calls]
    gaps = context.draft.gaps if context.draft else ()
    lines += [{"open": g.argument, "of": calls[g.call].action.replace(".", "-"), "said": g.said} for g in gaps]
    return veil.hide("\n".join(json.dumps(line, ensure_ascii=False) for line in lines)) or "(nothing)"
