"""One tool per action, made from its declaration; and the answers that are no action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from bot.domain.calls import Action, Argument, Kind

EXAMPLES = 6
"""Example wordings of each action that the model is told."""
EXAMPLES_BEGIN = " People say: "
_WORDY = ("description", "maxLength", "minLength", "pattern")
QUOTE = "quote"
"""The argument every action's tool has besides its own: the words that ask for it."""


def text(limit: int, **more: Any) -> Any:
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


def _a_day(said: str) -> str:
    """An ISO date that the calendar has."""
    date.fromisoformat(said)
    return said


_TYPES: Mapping[Kind, Any] = {
    Kind.DATE: Annotated[text(10, pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_a_day)],
    Kind.DURATION: text(20, pattern=r"^P((\d{1,6}[YMWD])+(T(\d{1,6}[HMS])+)?|T(\d{1,6}[HMS])+)$"),
    Kind.ADDRESS: text(500),
    Kind.TEXT: text(2000),
}
_PLACE = re.compile(r"[{}]")
_OPTIONAL = re.compile(r"\[[^\]]*\]")


class Strict(BaseModel):
    """Base of every tool's arguments: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


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

    @property
    def brief(self) -> dict[str, Any]:
        """The same in a third of the words: without examples, and what an argument is only by its name."""
        function = self.wire["function"]
        parameters = function["parameters"]
        properties = {n: {k: v for k, v in p.items() if k not in _WORDY} for n, p in parameters["properties"].items()}
        about = function["description"].partition(EXAMPLES_BEGIN)[0]
        return {"type": "function", "function": {**function, "description": about, "parameters": {**parameters, "properties": properties}}}

    def read(self, arguments: Any) -> dict[str, Any]:
        """The arguments that are set; ValueError says in words what does not fit."""
        try:
            return self.takes.model_validate(arguments).model_dump(by_alias=True, exclude_none=True)
        except ValidationError as error:
            problems = "; ".join(dict.fromkeys(self._problem(e["type"], e["loc"], e["msg"]) for e in error.errors()[:5]))
            raise ValueError(f"{self.name}: {problems}") from None

    def _problem(self, kind: str, place: tuple[int | str, ...], message: str) -> str:
        """What is wrong, in no word of the model's: it is logged."""
        if kind == "extra_forbidden":
            return f"it takes nothing but {', '.join(f.alias or n for n, f in self.takes.model_fields.items())}"
        return f"{'.'.join(map(str, place)) or 'arguments'}: {message}"


def _bare(declared: dict[str, Any]) -> dict[str, Any]:
    """A property's schema without what only costs tokens: titles, and that what may be left out may be null."""
    inner: dict[str, Any] = next((d for d in declared.get("anyOf", ()) if d.get("type") != "null"), {})
    return inner | {k: v for k, v in declared.items() if k not in ("title", "default", "anyOf")}


def tool(action: Action) -> Tool:
    examples = "; ".join(_PLACE.sub("", e) for e in action.examples[:EXAMPLES])
    sentence = _PLACE.sub("", _OPTIONAL.sub("", action.sentence))
    about = f"{action.title or action.name}: {sentence}." + (f"{EXAMPLES_BEGIN}{examples}." if examples else "")
    fields: dict[str, Any] = {
        QUOTE: (text(600), Field(description="the words of the message that ask for this, copied exactly")),
    }
    for n, argument in enumerate(action.declared.values()):
        type_ = _type(action, argument)
        fields[f"a{n}"] = (type_ | None, Field(None, alias=argument.name, description=f"{argument.title}: {SAID[argument.kind]}"))
    return Tool(action.name.replace(".", "-"), action, create_model(f"Tool_{action.name}", __base__=Strict, **fields), about)


def _type(action: Action, argument: Argument) -> Any:
    plain = _annotated(action, argument)
    if plain is not None:
        return plain
    one: Any = Literal[argument.choices] if argument.choices else _TYPES.get(argument.kind, text(200))
    return Annotated[list[one], Field(min_length=1, max_length=30)] if argument.many else one


def _annotated(action: Action, argument: Argument) -> Any:
    """bool, int or float where the declaration says so."""
    for name, info in action.arguments.model_fields.items():
        if (info.alias or name) == argument.name:
            given = set(_parts(info.annotation))
            return next((t for t in (bool, int, float) if t in given), None)
    return None


def _parts(annotation: Any) -> list[Any]:
    """A type and all that it is made of."""
    return [annotation, *(part for inner in get_args(annotation) if isinstance(inner, type) or get_args(inner) for part in _parts(inner))]
