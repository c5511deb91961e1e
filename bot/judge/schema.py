"""The Cedar schema, generated from the declared actions and facts, and the values that fill it.

Every argument of an action is readable as `context.<argument>`, every fact declared for it as `context.<fact>` (a fact hides an
argument of the same name), and always `context.approvals`, `context.companions`, `context.now` and one string for each proof
that a rule may require ("" until it is there).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol, get_args, get_origin

from bot.domain.calls import Action, Argument, Kind
from bot.domain.facts import MISSING, Fact

ENTITY_OF = {Kind.PERSON: "Person", Kind.SYSTEM: "System", Kind.GROUP: "Group", Kind.DEVICE: "Device", Kind.TICKET: "Ticket"}
RESERVED = ("approvals", "companions", "now")
PROOFS = frozenset({"verification"})
LARGEST = 2**63 - 1

Type = dict[str, Any]
STRING: Type = {"type": "String"}
STRINGS: Type = {"type": "Set", "element": STRING}
MOMENT: Type = {"type": "Extension", "name": "datetime"}


class Declarations(Protocol):
    """What the judge needs of the registry of plugins."""

    actions: dict[str, Action]
    facts: dict[str, Fact]

    def facts_of(self, action: str) -> dict[str, Fact]: ...


def schema_for(registry: Declarations, requirements: Iterable[str] = ()) -> dict[str, Any]:
    """The schema in Cedar's JSON form. An action "access.grant" is a member of the action group "access"."""
    proofs = PROOFS | set(requirements)
    actions: dict[str, Any] = {name.partition(".")[0]: {} for name in registry.actions}
    for action in registry.actions.values():
        context = context_types(action, registry.facts_of(action.name), proofs)
        actions[action.name] = {
            "memberOf": [{"id": action.name.partition(".")[0]}],
            "appliesTo": {
                "principalTypes": ["Person"],
                "resourceTypes": [resource_type(action)],
                "context": {"type": "Record", "attributes": context},
            },
        }
    return {"": {"entityTypes": _entity_types(), "actions": actions}}


def context_types(action: Action, facts: Mapping[str, Fact], proofs: Iterable[str]) -> dict[str, Type]:
    """The types of `context` for one action."""
    types = {name: _optional(_argument_type(action, a), not _always_set(a)) for name, a in action.declared.items()}
    types |= {name: _value_type(fact.returns) for name, fact in facts.items()}
    types |= {"approvals": STRINGS, "companions": STRINGS, "now": MOMENT}
    return types | dict.fromkeys(proofs, STRING)


def resource_type(action: Action) -> str:
    """The entity type of what the action touches; a person where it touches nothing that has one."""
    subject = action.declared.get(action.subject)
    return ENTITY_OF.get(subject.kind, "Person") if subject else "Person"


def _entity_types() -> dict[str, Any]:
    def record(**attributes: Type) -> dict[str, Any]:
        return {"shape": {"type": "Record", "attributes": attributes}, "tags": STRING}

    person, maybe = {"type": "Entity", "name": "Person"}, {"type": "Entity", "name": "Person", "required": False}
    words = dict.fromkeys(("name", "email", "title", "department", "location", "type", "status"), STRING)
    days = {name: _optional(MOMENT, True) for name in ("start_date", "end_date")}
    numbers = {name: {"type": "Long", "required": False} for name in ("seats", "seats_used")}
    people = record(**words, **days, flags=STRINGS, groups=STRINGS, manager=maybe, managers={"type": "Set", "element": person})
    return {
        "Person": people | {"memberOfTypes": ["Group"]},
        "System": record(
            name=STRING, category=STRING, sensitivity=STRING, approval=STRINGS, vendor=_optional(STRING, True), owner=maybe, **numbers
        ),
        "Group": record(description=STRING, join_policy=STRING, owner=maybe),
        "Device": record(kind=STRING, model=STRING, owner=maybe),
        "Ticket": record(),
    }


def _optional(type_: Type, optional: bool) -> Type:
    return {**type_, "required": False} if optional else type_


def _always_set(argument: Argument) -> bool:
    return argument.required or argument.default is not None


def _argument_type(action: Action, argument: Argument) -> Type:
    one: Type
    if argument.kind in ENTITY_OF:
        one = {"type": "Entity", "name": ENTITY_OF[argument.kind]}
    elif argument.kind is Kind.DATE:
        one = MOMENT
    else:
        one = _value_type(_bare(action, argument.name))
    return {"type": "Set", "element": one} if argument.many else one


def _bare(action: Action, name: str) -> Any:
    """The Python type behind an argument, without Optional, Annotated or list."""
    info = next(f for n, f in action.arguments.model_fields.items() if (f.alias or n) == name)
    queue, plain = [info.annotation], []
    while queue:
        part = queue.pop()
        inner = [a for a in get_args(part) if a is not type(None)] if get_origin(part) else []
        queue += inner
        plain += [] if inner else [part]
    return next((p for p in plain if p in (bool, int)), str)


def _value_type(returns: Any) -> Type:
    if returns is bool:
        return {"type": "Boolean"}
    if returns is int:
        return {"type": "Long"}
    return STRINGS if get_origin(returns) in (frozenset, set, list, tuple) or returns is frozenset else STRING


def fact_value(fact: Fact, given: Any) -> Any:
    """A fact as JSON for Cedar; MISSING where it is not there. TypeError says what was expected."""
    if given is MISSING or given is None:
        return MISSING
    wanted = _value_type(fact.returns)
    if wanted is STRINGS:
        if isinstance(given, list | tuple | set | frozenset) and all(isinstance(one, str) for one in given):
            return sorted(given)
        raise TypeError(f"{fact.name} should be a list of words")
    kind = {"Boolean": bool, "Long": int, "String": str}[wanted["type"]]
    if type(given) is not kind or (isinstance(given, int) and abs(given) > LARGEST):
        raise TypeError(f"{fact.name} should be {_NAMES[kind]}")
    return str(given) if kind is str else given


_NAMES = {bool: "true or false", int: "a whole number", str: "a word"}


def moment(value: datetime | date | str) -> dict[str, Any]:
    """A day or a moment, also as ISO text, as Cedar's datetime; without a zone it is UTC. ValueError where there is no such day."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        text = aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    else:
        text = value.isoformat()
    return {"__extn": {"fn": "datetime", "arg": text}}
