"""Whether a model can be used here: one small message to it, as the desk would send one."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bot.language.model.client import Line, NoAnswer
from bot.language.model.tools import Strict, Tool


class _Said(Strict):
    """Repeats a word."""

    word: Annotated[str, Field(max_length=20)]


@dataclass(frozen=True)
class Probed:
    """What came of it: `seconds` it took, `problem` in words ("" where it works), and whether it says how many tokens it took."""

    seconds: float
    problem: str = ""
    metered: bool = True


async def probe(line: Line) -> Probed:
    """Asks the model to call a tool with one word. Costs about a hundred tokens."""
    from langchain_core.messages import HumanMessage

    await line.warm()
    tool = Tool("say", None, _Said, "Repeats a word.")
    began = time.monotonic()
    deadline = asyncio.get_running_loop().time() + line.endpoint.timeout
    try:
        answer, spent = await line.ask([HumanMessage("Call the tool `say` with the word: bell")], [tool.wire], "", deadline)
    except NoAnswer as error:
        return Probed(time.monotonic() - began, str(error))
    return Probed(time.monotonic() - began, _judged(answer.tool_calls, tool), not spent.unmetered)


def _judged(calls: object, tool: Tool) -> str:
    if not isinstance(calls, list) or not calls:
        return "it answers, but calls no tool"
    try:
        tool.read(calls[0]["args"] if calls[0]["name"] == tool.name else None)
    except ValueError:
        return "it answers, but calls a tool wrongly"
    return ""
