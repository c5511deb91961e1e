"""One tool per action, made from its declaration; and the answers that are no action."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from bot.domain.calls import Action, Argument, Kind
from bot.language.phrases.rank import Ranking
from bot.language.phrases.text import tokens

MOST = 24
"""Actions offered at once; of more, those that fit the message best."""
EXAMPLES = 6
"""Example wordings of each action that the model is told."""
QUOTE = "quote"
"""The argument every action's tool has besides its own: the words that ask for it."""


class Other(StrEnum):
    """What a message may be that asks for no action."""

    ANSWER = "answer_question"
    STATUS = "ticket_state"
    HUMAN = "talk_to_human"
    NOTHING = "nothing"
    SEARCH = "find_action"


def _text(limit: int, **more: Any) -> Any:
    return Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limit, **more)]


SAID = {
    Kind.PERSON: "person as said",
    Kind.SYSTEM: "one system as said",
    Kind.GROUP: "one group or mailing list as said",
    Kind.DEVICE: "serial number as written",
    Kind.TICKET: "ticket number as written",
    Kind.DATE: "date, YYYY-MM-DD",
    Kind.DURATION: "length of time, ISO 8601 (P14D, P3M)",
    Kind.ADDRESS: "“home”, “office”, or the postal address as written",
    Kind.CHOICE: "one of the listed",
    Kind.TEXT: "in the message's own words",
}
"""What the model is told about an argument of each kind. Names stay as said: code, not the model, looks them up."""
_TYPES: Mapping[Kind, Any] = {
    Kind.DATE: _text(10, pattern=r"^\d{4}-\d\d-\d\d$"),
    Kind.DURATION: _text(20, pattern=r"^P((\d{1,6}[YMWD])+(T(\d{1,6}[HMS])+)?|T(\d{1,6}[HMS])+)$"),
    Kind.ADDRESS: _text(500),
    Kind.TEXT: _text(2000),
}
_PLACE = re.compile(r"[{}]")
_OPTIONAL = re.compile(r"\[[^\]]*\]")


class Strict(BaseModel):
    """Base of every tool's arguments: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Answer(Strict):
    """Asks how something works or wants information; also how-to questions about things the other tools could do."""


class State(Strict):
    """Asks how an existing ticket or request stands."""

    ticket_id: _text(20) | None = Field(None, description=SAID[Kind.TICKET])  # type: ignore[valid-type]  # made at run time


class Human(Strict):
    """Wants to talk to a human."""


class Nothing(Strict):
    """Asks for nothing: a negation, a hypothetical, a quotation or rumour, a joke, something past, an example, small talk."""

    why: Literal["negated", "hypothetical", "reported", "past", "joke", "machine", "other"]


class Search(Strict):
    """None of the tools fits, yet something is asked for: says in a few English words what, to be offered more tools."""

    wanted: _text(200)  # type: ignore[valid-type]  # made at run time


OTHERS: Mapping[Other, type[Strict]] = {
    Other.ANSWER: Answer,
    Other.STATUS: State,
    Other.HUMAN: Human,
    Other.NOTHING: Nothing,
    Other.SEARCH: Search,
}
_STATUS_ACTION = "ticket.status"
"""Stands behind Other.STATUS: the desk looks it up without a plan."""


@dataclass(frozen=True)
class Tool:
    """A tool as offered: its name on the wire, the action it stands for (None: an answer that is none), its arguments."""

    name: str
    action: Action | None
    takes: type[Strict]
    about: str

    @property
    def wire(self) -> dict[str, Any]:
        """As an OpenAI-compatible endpoint wants it."""
        schema = self.takes.model_json_schema()
        properties = {n: _bare(p) for n, p in schema.get("properties", {}).items()}
        parameters = {"type": "object", "properties": properties, "required": schema.get("required", []), "additionalProperties": False}
        return {"type": "function", "function": {"name": self.name, "description": self.about, "parameters": parameters}}

    def read(self, arguments: Any) -> dict[str, Any]:
        """The arguments that are set; ValueError says in words what does not fit."""
        try:
            return self.takes.model_validate(arguments).model_dump(by_alias=True, exclude_none=True)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors()[:5])
            raise ValueError(f"{self.name}: {problems}") from None


class Toolbox:
    """The tools of a registry's offered actions."""

    def __init__(self, actions: Iterable[Action], ranking: Ranking, most: int = MOST) -> None:
        offered = [a for a in actions if a.offered and a.name != _STATUS_ACTION]
        self.tools = {a.name: _tool(a) for a in offered}
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


def _bare(declared: dict[str, Any]) -> dict[str, Any]:
    """A property's schema without what only costs tokens: titles, and that what may be left out may be null."""
    inner: dict[str, Any] = next((d for d in declared.get("anyOf", ()) if d.get("type") != "null"), {})
    return inner | {k: v for k, v in declared.items() if k not in ("title", "default", "anyOf")}


def _tool(action: Action) -> Tool:
    examples = "; ".join(_PLACE.sub("", e) for e in action.examples[:EXAMPLES])
    sentence = _PLACE.sub("", _OPTIONAL.sub("", action.sentence))
    about = f"{action.title or action.name}: {sentence}." + (f" People say: {examples}." if examples else "")
    fields: dict[str, Any] = {
        QUOTE: (_text(2000), Field(description="the words of the message that ask for this, copied exactly")),
    }
    for n, argument in enumerate(action.declared.values()):
        type_ = _type(action, argument)
        fields[f"a{n}"] = (type_ | None, Field(None, alias=argument.name, description=f"{argument.title}: {SAID[argument.kind]}"))
    return Tool(action.name.replace(".", "-"), action, create_model(f"Tool_{action.name}", __base__=Strict, **fields), about)


def _type(action: Action, argument: Argument) -> Any:
    plain = _annotated(action, argument)
    if plain is not None:
        return plain
    one: Any = Literal[argument.choices] if argument.choices else _TYPES.get(argument.kind, _text(200))
    return Annotated[list[one], Field(min_length=1, max_length=30)] if argument.many else one


def _annotated(action: Action, argument: Argument) -> Any:
    """bool, int or float where the declaration says so."""
    for name, info in action.arguments.model_fields.items():
        if (info.alias or name) == argument.name:
            given = {info.annotation, *get_args(info.annotation)}
            return next((t for t in (bool, int, float) if t in given), None)
    return None
