"""What is sent to the model for one message, and its answer checked against what was offered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bot.desk.ports import Context
from bot.domain.calls import Call, Kind
from bot.language.model.client import NoAnswer
from bot.language.model.meter import Spent
from bot.language.model.reading import MOST_CALLS, Said, Unusable
from bot.language.model.scene import Scene
from bot.language.model.toolbox import Offered, Toolbox
from bot.language.model.veil import Veil, fence, prompt
from bot.language.phrases.moments import zone

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage


@dataclass
class Asking:
    """One message on its way: what is sent, what may be answered, until when."""

    messages: list[BaseMessage]
    offered: Offered
    veil: Veil
    text: str
    ticket: str
    deadline: float
    spent: Spent = field(default_factory=Spent)


def prepare(scene: Scene, tools: Toolbox, timeout: float) -> Asking:
    """The prompts and tools for a message. `timeout` in seconds, from now."""
    from langchain_core.messages import HumanMessage, SystemMessage

    veil, tag, text = Veil(), fence(), scene.nets.shown.strip()
    context = scene.context
    today = scene.now.astimezone(zone(scene.speaker) or scene.now.tzinfo or UTC)
    before = _drafted(context)
    system = prompt("system", fence=tag, today=today.date().isoformat(), weekday=today.strftime("%A"))
    said = prompt("message", fence=tag, text=veil.hide(text))
    if before or context.turns:
        said = prompt("thread", fence=tag, turns=_turns(scene, veil), calls=_calls(before, context, veil)) + said
    read = [c.action for c in (*before, *scene.fresh.calls, *scene.fresh.options)]
    named = {m.kind for m in scene.mentions} & {Kind.SYSTEM, Kind.GROUP, Kind.DEVICE}
    offered = tools.fitting(text, read, kinds=named, foreign=scene.nets.tongue.name != "en")
    deadline = asyncio.get_running_loop().time() + timeout
    return Asking([SystemMessage(system), HumanMessage(said)], offered, veil, text, context.ticket, deadline)


def checked(answer: AIMessage, asking: Asking) -> list[Said]:
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
        tool = asking.offered.tools.get(call["name"])
        if tool is None:
            raise Unusable("there is no tool of that name.")
        try:
            said.append(Said(tool, asking.veil.restore(tool.read(call["args"]))))
        except ValueError as error:
            raise Unusable(str(error)) from None
    return said


def _drafted(context: Context) -> Sequence[Call]:
    return context.draft.calls if context.draft else context.last


def _turns(scene: Scene, veil: Veil) -> str:
    lines = [f"{'writer' if who == scene.speaker.email else 'other'}: {net.shown.strip()[:500]}" for who, net in scene.earlier]
    return veil.hide("\n".join(lines)) or "(nothing)"


def _calls(calls: Sequence[Call], context: Context, veil: Veil) -> str:
    """The calls of the thread and what is open, people's addresses taken out."""
    lines: list[Mapping[str, Any]] = [{"tool": c.action.replace(".", "-"), "arguments": c.arguments} for c in calls]
    gaps = context.draft.gaps if context.draft else ()
    lines += [{"open": g.argument, "of": calls[g.call].action.replace(".", "-"), "said": g.said} for g in gaps]
    return veil.hide("\n".join(json.dumps(line, ensure_ascii=False) for line in lines)) or "(nothing)"
