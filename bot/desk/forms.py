"""Asks for what a request leaves open, and reads what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.desk.registry import Registry
from bot.desk.sentences import shown
from bot.domain.base import digest
from bot.domain.calls import Argument, Call, Kind
from bot.domain.directory import Directory
from bot.domain.messages import Choice, Field_, Form
from bot.domain.people import Standing
from bot.domain.understanding import Gap, Understanding
from bot.errors import BadArguments

HELP = {
    Kind.DATE: "For example 2026-12-01",
    Kind.DURATION: "For example P14D for two weeks",
    Kind.ADDRESS: "home, office, or a full postal address",
}


class Forms:
    """Forms for gaps. One field asks once for every gap that means the same."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def ask(
        self,
        ticket: str,
        understood: Understanding,
        directory: Directory,
        errors: Mapping[str, str] | None = None,
        *,
        given: Mapping[str, Any] | None = None,
        suggested: Mapping[str, str] | None = None,
    ) -> Form:
        """The form for everything that is open. `suggested` fills in arguments by name; `errors` and what was `given` are by field."""
        fields = []
        for n, gaps in enumerate(grouped(understood), 1):
            field = self._field(f"q{n}", gaps[0], understood, directory)
            value = (given or {}).get(field.name, (suggested or {}).get(gaps[0].argument))
            fields.append(field.model_copy(update={"value": value, "error": (errors or {}).get(field.name, "")}))
        pick = len(fields) == 1 and bool(fields[0].choices)
        return Form(
            id=form_id(ticket, understood),
            title=fields[0].label if len(fields) == 1 else "A few details first",
            fields=tuple(fields),
            submit="Choose" if pick else "Continue",
        )

    def _field(self, key: str, gap: Gap, understood: Understanding, directory: Directory) -> Field_:
        argument = self._argument(gap, understood)
        return Field_(
            name=key,
            label=_label(gap, argument),
            kind=argument.kind,
            many=argument.many,
            choices=_choices(gap, argument, directory),
            help=HELP.get(argument.kind, ""),
        )

    def answered(self, asked: Understanding, filled: Understanding, directory: Directory) -> str:
        """What was chosen, in words, as the settled form shows it."""
        said = []
        for gaps in grouped(asked):
            kind = self._argument(gaps[0], asked).kind
            said.append(shown(kind, filled.calls[gaps[0].call].arguments.get(gaps[0].argument, ""), directory))
        return ", ".join(said)

    def _argument(self, gap: Gap, understood: Understanding) -> Argument:
        return self._registry.action(understood.calls[gap.call].action).declared[gap.argument]

    def fill(self, understood: Understanding, values: Mapping[str, Any], directory: Directory) -> tuple[Understanding, dict[str, str]]:
        """The understanding with what was answered, and an error for each field that was not answered properly."""
        calls = list(understood.calls)
        left: list[Gap] = []
        errors: dict[str, str] = {}
        for n, gaps in enumerate(grouped(understood), 1):
            argument = self._argument(gaps[0], understood)
            try:
                value = _value(values.get(f"q{n}"), gaps[0], argument, directory)
            except BadArguments as error:
                errors[f"q{n}"] = str(error)
                left.extend(gaps)
                continue
            for gap in gaps:
                call = calls[gap.call]
                calls[gap.call] = Call(action=call.action, arguments={**call.arguments, gap.argument: value})
        return understood.model_copy(update={"calls": tuple(calls), "gaps": tuple(left)}), errors


def form_id(ticket: str, understood: Understanding) -> str:
    """The same open questions have the same id; others make an older form stale."""
    return f"{ticket}:{digest(understood.model_dump(mode='json'))[:12]}"


def grouped(understood: Understanding) -> list[list[Gap]]:
    """Gaps that one answer fills: the same wording with the same choices."""
    groups: dict[object, list[Gap]] = {}
    for gap in understood.gaps:
        key = (gap.said, gap.choices) if gap.said else (gap.call, gap.argument)
        groups.setdefault(key, []).append(gap)
    return list(groups.values())


def _label(gap: Gap, argument: Argument) -> str:
    if gap.said and gap.choices:
        return f"Which “{gap.said}” do you mean?"
    if argument.kind is Kind.PERSON:
        return "Who is it about?" if argument.name in ("person", "from") else f"Which person ({argument.title})?"
    if argument.many or argument.kind in (Kind.SYSTEM, Kind.GROUP, Kind.TICKET):
        return f"Which {argument.title}?"
    return f"{argument.title[:1].upper()}{argument.title[1:]}?"


def _choices(gap: Gap, argument: Argument, directory: Directory) -> tuple[Choice, ...]:
    values: Sequence[str] = gap.choices or argument.choices
    if not values and argument.kind is Kind.SYSTEM:
        values = sorted(directory.systems)
    if not values and argument.kind is Kind.GROUP:
        values = sorted(directory.groups)
    return tuple(_choice(v, argument.kind, directory) for v in values)


def _choice(value: str, kind: Kind, directory: Directory) -> Choice:
    if kind is Kind.PERSON and value in directory.people:
        person = directory.people[value]
        return Choice(value=value, label=person.name, detail=", ".join(x for x in (person.title, person.department, value) if x))
    if kind is Kind.SYSTEM and value in directory.systems:
        return Choice(value=value, label=directory.systems[value].name, detail=directory.systems[value].category)
    if kind is Kind.GROUP and value in directory.groups:
        return Choice(value=value, label=value, detail=directory.groups[value].description)
    return Choice(value=value, label=value)


def _value(given: Any, gap: Gap, argument: Argument, directory: Directory) -> Any:
    """One answer, checked against what may be answered; BadArguments says what is wrong with it."""
    if argument.many:
        parts = given if isinstance(given, list) else str(given or "").split(",")
        wanted = [str(p).strip() for p in parts if str(p).strip()]
        if not wanted:
            raise BadArguments("Please fill this in.")
        return [_one(p, gap, argument, directory) for p in wanted]
    text = str(given if given is not None else "").strip()
    if not text:
        raise BadArguments("Please fill this in.")
    return _one(text, gap, argument, directory)


def _one(text: str, gap: Gap, argument: Argument, directory: Directory) -> str:
    if gap.choices and text not in gap.choices:
        raise BadArguments("Please choose one of these.")
    if argument.choices and text not in argument.choices:
        raise BadArguments(f"Please choose one of: {', '.join(argument.choices)}.")
    if argument.kind is Kind.PERSON:
        return _person(text, directory)
    if argument.kind is Kind.SYSTEM and text not in directory.systems:
        raise BadArguments(f"There is no system “{text[:80]}” in the catalogue.")
    if argument.kind is Kind.GROUP and text not in directory.groups:
        raise BadArguments(f"There is no group “{text[:80]}” in the directory.")
    return text


def _person(text: str, directory: Directory) -> str:
    """Whom an address or a name means, where it can mean one person only; BadArguments else."""
    here = [p for p in directory.people.values() if p.status is not Standing.OFFBOARDED]
    for name in ("email", "name", "first_name"):
        found = [p.email for p in here if getattr(p, name).casefold() == text.casefold()]
        if len(found) == 1:
            return found[0]
        if found:
            raise BadArguments(f"Several people are called “{text[:80]}”. Please give the address: {', '.join(found[:5])}.")
    raise BadArguments(f"There is nobody with the name or address “{text[:80]}” in the directory.")
