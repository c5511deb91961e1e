"""Which tools are offered for a message: actions that fit, and the answers that are no action."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from bot.domain.calls import Action, Argument, Kind
from bot.language.model.tools import SAID, Strict, Tool, tool
from bot.language.phrases.rank import Ranking
from bot.language.phrases.text import tokens

MOST = 24
"""Actions offered at once with all that is declared of them; of more, those that fit the message best."""
NEEDING = 6
"""How many of them are chosen for what they need rather than for their words."""
MOST_BRIEF = 80
"""Actions offered at once in few words, where it cannot be told which fit: a message in a language that no declaration is in."""


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


@dataclass(frozen=True)
class Offered:
    """Tools by their names on the wire; `brief`: told in few words."""

    tools: dict[str, Tool]
    brief: bool = False

    @property
    def wire(self) -> list[dict[str, Any]]:
        return [t.brief if self.brief else t.wire for t in self.tools.values()]


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

    def fitting(
        self, text: str, always: Sequence[str] = (), wanted: str = "", kinds: Collection[Kind] = (), foreign: bool = False
    ) -> Offered:
        """The tools to offer for a message: `always` and, of many, those nearest to `wanted` or the text, a few that need what is named
        (`kinds`) among them. All of them in few words where the text is `foreign` to the declarations, or none of its words is theirs."""
        names = list(self.tools)
        if len(names) <= self._most:
            return Offered(self._with(names))
        features = self._ranking.features([t.text for t in tokens(wanted or text)])
        brief = not wanted and (foreign or not features & self._ranking.vocabulary)
        most = max(MOST_BRIEF, self._most) if brief else self._most
        ranked = [r.profile.action.name for r in self._ranking.rank(features, {})]
        needing = [n for n in ranked if any(a.required and a.kind in kinds for a in self._declared(n))][:NEEDING]
        near = [*always, *ranked[: most - len(needing)], *needing, *ranked]
        chosen = list(dict.fromkeys(n for n in near if n in self.tools))[:most]
        return Offered(self._with(chosen, search=not wanted and len(chosen) < len(names)), brief)

    def _declared(self, name: str) -> Iterable[Argument]:
        action = self.tools[name].action if name in self.tools else None
        return action.declared.values() if action else ()

    def _with(self, names: Sequence[str], search: bool = False) -> dict[str, Tool]:
        """These actions' tools, by name on the wire, and the answers that are none."""
        others = [t for o, t in self.others.items() if search or o is not Other.SEARCH]
        return {t.name: t for t in (*(self.tools[n] for n in names), *others)}
