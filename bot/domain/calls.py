"""Actions as declared, calls as proposed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.domain.base import Value, digest
from bot.errors import BadArguments

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.capabilities import Capability
    from bot.domain.facts import About
    from bot.domain.outcomes import Change, Effect, Outcome


class Kind(StrEnum):
    """What an argument stands for: it decides how language finds it, how a form asks for it, how a policy sees it."""

    PERSON = "person"
    SYSTEM = "system"
    GROUP = "group"
    DEVICE = "device"
    TICKET = "ticket"
    DATE = "date"
    DURATION = "duration"
    ADDRESS = "address"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class Is:
    """Marks an argument's kind: ``Annotated[str, Is(Kind.PERSON)]``."""

    kind: Kind
    choices: tuple[str, ...] = ()


_DURATION = r"^P((\d{1,6}[YMWD])+(T(\d{1,6}[HMS])+)?|T(\d{1,6}[HMS])+)$"
PersonRef = Annotated[str, Is(Kind.PERSON), Field(description="e-mail address of a person", max_length=254)]
SystemRef = Annotated[str, Is(Kind.SYSTEM), Field(description="id of a system", max_length=100)]
GroupRef = Annotated[str, Is(Kind.GROUP), Field(description="id of a group", max_length=100)]
DeviceRef = Annotated[str, Is(Kind.DEVICE), Field(description="serial of a device", max_length=100)]
TicketRef = Annotated[str, Is(Kind.TICKET), Field(description="ticket number", max_length=20)]
Day = Annotated[str, Is(Kind.DATE), Field(description="ISO date, 2026-11-30", pattern=r"^\d{4}-\d\d-\d\d$")]
Duration = Annotated[str, Is(Kind.DURATION), Field(description="ISO 8601 duration, P14D", pattern=_DURATION)]
Address = Annotated[str, Is(Kind.ADDRESS), Field(description='"home", "office", or a postal address', max_length=500)]
Text = Annotated[str, Is(Kind.TEXT), Field(max_length=2000)]


class Arguments(BaseModel):
    """Base of every action's arguments. Field aliases are the argument's public name (`from_` is "from").

    `one_of` lists sets of optional arguments of which at least one must be given (a device, or the person whose it is).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        for names in self.one_of:
            if all(getattr(self, name, None) in (None, "", ()) for name in names):
                raise ValueError(f"one of these is needed: {', '.join(names)}")
        return self

    def public(self) -> dict[str, Any]:
        """The arguments that are set, under their public names, as plain JSON values."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=False)


@dataclass(frozen=True)
class Argument:
    """One declared argument: `many` means a list; `choices` closes the set."""

    name: str
    kind: Kind
    required: bool
    many: bool = False
    choices: tuple[str, ...] = ()
    title: str = ""
    default: Any = None


class Risk(StrEnum):
    """How much harm a wrong execution does: `low` is read-only or trivially undone, `high` cannot be undone."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Call(Value):
    """An action with concrete arguments, under their public names."""

    action: str
    arguments: dict[str, Any] = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest([self.action, self.arguments])


Run = Callable[..., Awaitable["Outcome"]]
Expand = Callable[["About"], "Awaitable[list[Call]]"]
Fill = Callable[["About"], "Awaitable[Call | None]"]


@dataclass
class Action:
    """Something the desk can do, as declared in `actions/`.

    Exactly one of `run` (carried out through `capability`; None: by the desk itself, a ticket action) and `expand`
    (a runbook: gives the calls it consists of) is set. `undo` names the action that reverses it, "" if nothing does.
    `offered` is False for steps that only other actions ask for, which language must not propose.
    `subject` is the argument that holds whom or what the action touches; policies see it as the resource.
    """

    name: str
    sentence: str
    arguments: type[Arguments]
    examples: tuple[str, ...] = ()
    risk: Risk = Risk.MEDIUM
    undo: str = ""
    title: str = ""
    offered: bool = True
    subject: str = ""
    capability: type[Capability] | None = None
    run: Run | None = None
    expand: Expand | None = None
    preview: Callable[..., Awaitable[Change]] | None = None
    """`(arguments, capability) -> Change`: what would change; writes nothing."""
    record: Callable[[Arguments], tuple[Effect, ...]] | None = None
    """What the ledger must note once it is done, whoever did it."""
    companion: Fill | None = None
    """Given the call that policy wants accompanied, this action's own complete call; None if there is nobody or nothing."""
    resolve: Fill | None = None
    """Fills what the request left open from the directory and vendors (a device's serial, a colleague), before judging."""
    due: Callable[[Any], datetime | None] | None = None
    """`(arguments) -> datetime`: the step must not run before this moment (a revocation for Friday); None: at once."""
    ends: Callable[[Any], tuple[datetime, Call] | None] | None = None
    """`(arguments) -> (when, call)`: what the desk proposes at that moment because this was asked for a limited time."""
    declared_in: str = field(default="", compare=False)

    @property
    def own(self) -> bool:
        """Whether the desk carries it out itself, on its own tickets."""
        return self.capability is None and self.expand is None

    def say(self, values: Mapping[str, str]) -> str:
        """The sentence with `values` (by public argument name) filled in; a part in [brackets] is left out where a value it
        names is missing."""

        def optional(part: re.Match[str]) -> str:
            return part[1] if all(values.get(name) for name in _NAMES.findall(part[1])) else ""

        sentence = re.sub(r"\[([^\]]*)\]", optional, self.sentence)
        return _NAMES.sub(lambda m: values.get(m[1]) or m[1].replace("_", " "), sentence)

    @cached_property
    def declared(self) -> dict[str, Argument]:
        """The arguments by public name, in order of declaration."""
        return {a.name: a for a in (_argument(n, f) for n, f in self.arguments.model_fields.items())}

    def parse(self, call: Call) -> Arguments:
        """The call's arguments, typed; BadArguments names each that is missing or does not fit."""
        try:
            return self.arguments.model_validate(call.arguments)
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
            raise BadArguments(f"{self.name}: {what}") from None


_NAMES = re.compile(r"\{(\w+)\}")


def _argument(name: str, info: Any) -> Argument:
    marks = list(info.metadata)
    annotation, many = info.annotation, False
    queue = [annotation]
    while queue:
        part = queue.pop()
        if get_origin(part) in (list, tuple):
            many = True
        marks += list(getattr(part, "__metadata__", ()))
        queue += [a for a in get_args(part) if a is not Ellipsis and a is not type(None)]
    mark = next((m for m in marks if isinstance(m, Is)), Is(Kind.TEXT))
    return Argument(
        name=info.alias or name,
        kind=mark.kind,
        required=info.is_required(),
        many=many,
        choices=mark.choices,
        title=info.title or (info.alias or name).replace("_", " "),
        default=None if info.is_required() else info.get_default(call_default_factory=True),
    )
