"""Which tools are offered for a message: actions that fit, and the answers that are no action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.domain.calls import Action, Kind
from bot.language.model.tools import SAID, Strict, Tool, tool
from bot.language.phrases.rank import Ranking
from bot.language.phrases.text import tokens

MOST = 24
"""Actions offered at once; of more, those that fit the message best."""


class Other(StrEnum):
    """What a message may be that asks for no action."""

    ANSWER = "answer_question"
    STATUS = "ticket_state"
    HUMAN = "talk_to_human"
    NOTHING = "nothing"
    SEARCH = "find_action"


class Answer(Strict):
    """Asks how something works or wants information; also how-to questions about things the other tools could do."""


class State(Strict):
    """Asks how an existing ticket or request stands."""

    ticket_id: Annotated[str, Field(min_length=1, max_length=20, description=SAID[Kind.TICKET])] | None = None


class Human(Strict):
    """Wants to talk to a human."""


class Nothing(Strict):
    """Asks for nothing: a negation, a hypothetical, a quotation or rumour, a joke, something past, an example, small talk."""

    why: Literal["negated", "hypothetical", "reported", "past", "joke", "machine", "other"]


class Search(Strict):
    """None of the tools fits, yet something is asked for: says in a few English words what, to be offered more tools."""

    wanted: Annotated[str, Field(min_length=1, max_length=200)]


OTHERS: Mapping[Other, type[Strict]] = {
    Other.ANSWER: Answer,
    Other.STATUS: State,
    Other.HUMAN: Human,
    Other.NOTHING: Nothing,
    Other.SEARCH: Search,
}
_STATUS_ACTION = "ticket.status"
"""Stands behind Other.STATUS: the desk looks it up without a plan."""


class Toolbox:
    """The tools of a registry's offered actions."""

    def __init__(self, actions: Iterable[Action], ranking: Ranking, most: int = MOST) -> None:
        offered = [a for a in actions if a.offered and a.name != _STATUS_ACTION]
        self.tools = {a.name: tool(a) for a in offered}
        self.others = {o: Tool(o.value, None, takes, " ".join((takes.__doc__ or "").split())) for o, takes in OTHERS.items()}
        self._ranking = ranking
        self._most = most

    def fitting(self, text: str, always: Sequence[str] = (), wanted: str = "") -> dict[str, Tool]:
        """The tools to offer for a message, by name on the wire: `always` and, of many, those nearest to `wanted` or the text."""
        names = list(self.tools)
        few = len(names) <= self._most
        if not few:
            words = [t.text for t in tokens(wanted or text)]
            ranked = [r.profile.action.name for r in self._ranking.rank(self._ranking.features(words), {})]
            names = list(dict.fromkeys([*always, *(n for n in ranked if n in self.tools)]))[: self._most]
        others = [t for o, t in self.others.items() if o is not Other.SEARCH or not (few or wanted)]
        return {t.name: t for t in (*(self.tools[n] for n in names if n in self.tools), *others)}
