"""The understander that asks a model. What it cannot or may not use of the answer, the offline understander reads instead."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from bot.desk.ports import Context
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.domain.understanding import Intent, Understanding
from bot.language.model.asking import Asking, checked, prepare
from bot.language.model.client import Line, NoAnswer
from bot.language.model.meter import Spent
from bot.language.model.nets import Nets, nets
from bot.language.model.reading import Said, Unusable, understood
from bot.language.model.resolve import Resolver
from bot.language.model.scene import Scene
from bot.language.model.toolbox import MOST, Other, Toolbox
from bot.language.model.veil import prompt
from bot.language.phrases.followup import beside
from bot.language.phrases.understander import LIMIT, Actions, PhraseUnderstander

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

log = logging.getLogger(__name__)

GREETING = 4
"""Words of a greeting or thanks that is sure to be nothing else."""


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
        scene = Scene(
            net, speaker, directory, self.offline.lexicon(directory), self.offline.wording, now, context, offline, self.offline.ranking
        )
        await self.line.warm()
        asking = prepare(scene, self._tools, self.line.endpoint.timeout)
        try:
            found = await self._ask(asking, Resolver(scene))
            found = beside(found.model_copy(update={"language": net.tongue.name}), context, self.offline.ranking.profiles)
        except (NoAnswer, Unusable) as error:
            log.log(getattr(error, "weight", logging.WARNING), "model: %s; understood offline", error)
            found = offline
        return _having_spent(found, asking.spent)

    async def _sure(
        self, offline: Understanding, net: Nets, text: str, speaker: Person, directory: Directory, now: datetime, context: Context
    ) -> bool:
        """Whether the model has no say: orders to the machine, nothing that may ask for anything, or a plain answer in the thread."""
        if net.machine or not net.shown.strip() or (not net.open and net.tongue.name == "en"):
            return True
        if offline.intent is Intent.CANCEL or (offline.intent is Intent.CHAT and len(net.shown.split()) <= GREETING):
            return True
        if not offline.calls or not (context.draft or context.last):
            return False
        alone = await self.offline.understand(text, speaker, directory, now)
        return offline != alone.model_copy(update={"adds": offline.adds})

    async def _ask(self, asking: Asking, resolver: Resolver) -> Understanding:
        answer = await self._answer(asking)
        try:
            return understood(await self._said(answer, asking), resolver)
        except Unusable as error:
            log.info("model: %s; asked once more", error)
            answer = await self._again(asking, str(error))
        return understood(await self._said(answer, asking, searched=True), resolver)

    async def _answer(self, asking: Asking) -> AIMessage:
        answer, spent = await self.line.ask(asking.messages, asking.offered.wire, asking.ticket, asking.deadline)
        asking.spent += spent
        return answer

    async def _again(self, asking: Asking, problem: str) -> AIMessage:
        """The one repair try. What was wrong is told in words: a malformed call itself may not be sent back to every endpoint."""
        from langchain_core.messages import HumanMessage

        asking.messages = [*asking.messages, HumanMessage(prompt("repair", problem=asking.veil.hide(problem)[:600]))]
        return await self._answer(asking)

    async def _said(self, answer: AIMessage, asking: Asking, searched: bool = False) -> list[Said]:
        """The tool calls of an answer, checked; a search for further tools is done and asked with, once."""
        said = checked(answer, asking)
        found = [s for s in said if s.tool.name != Other.SEARCH]
        if found:
            return found
        if searched:
            raise NoAnswer("the model found no tool", ours=True)
        asking.offered = self._tools.fitting(asking.text, wanted=" ".join(str(s.arguments["wanted"]) for s in said))
        return await self._said(await self._answer(asking), asking, searched=True)


def _having_spent(found: Understanding, spent: Spent) -> Understanding:
    """The understanding with what this one took: a draft that it goes on from has had its own."""
    return found if found.spent == spent.plain else found.model_copy(update={"spent": spent.plain})
