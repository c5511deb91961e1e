"""A small company and a small registry."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from bot.desk.registry import Registry
from bot.domain.calls import Arguments, Call, Day, DeviceRef, GroupRef, PersonRef, SystemRef, Text, TicketRef
from bot.domain.decisions import Decision
from bot.domain.declare import action, fact
from bot.domain.directory import Directory
from bot.domain.facts import About
from bot.domain.outcomes import Outcome
from bot.domain.people import Device, Employment, Group, Person, Standing, System
from bot.judge.engine import CedarJudge

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Grant(Arguments):
    person: PersonRef
    system: SystemRef
    until: Day | None = None
    urgent: bool | None = None
    reason: Text | None = None


class Hand(Arguments):
    person: PersonRef
    to: PersonRef | None = None
    systems: tuple[SystemRef, ...] = ()


class Spread(Arguments):
    people: tuple[PersonRef, ...]


class Join(Arguments):
    person: PersonRef
    group: GroupRef


class Lock(Arguments):
    device: DeviceRef


class Look(Arguments):
    ticket_id: TicketRef | None = None


class Note(Arguments):
    text: Annotated[str, "free"]


def _declare(name: str, kind: type[Arguments], subject: str = "person") -> Any:
    async def run(args: Arguments) -> Outcome:
        return Outcome.done()

    run.__annotations__ = {"args": kind, "return": Outcome}
    return action(name, sentence=name, subject=subject)(run).action


def _fact(name: str, returns: Any, *actions: str) -> Any:
    async def fetch(about: About) -> Any:
        return None

    fetch.__annotations__ = {"about": About, "return": returns}
    return fact(*actions, sentence=f"what {name} says", name=name)(fetch).fact


REGISTRY = Registry(
    [
        _declare("access.grant", Grant),
        _declare("access.revoke", Grant),
        _declare("work.hand_over", Hand),
        _declare("work.spread", Spread, "people"),
        _declare("group.add", Join),
        _declare("device.lock", Lock, "device"),
        _declare("ticket.status", Look, "ticket_id"),
        _declare("note.add", Note),
    ],
    [
        _fact("legal_hold", bool, "access.grant", "access.revoke"),
        _fact("days", int, "access.grant"),
        _fact("conflicts", frozenset[str], "access.grant"),
        _fact("place", str, "access.grant"),
        _fact("weekend", bool, "*"),
    ],
)

ANA, BEN, CEO, EVE, GONE = (f"{n}@x.example" for n in ("ana", "ben", "ceo", "eve", "gone"))


def company(**changes: Any) -> Directory:
    """Ana reports to Ben, Ben to the CEO; Eve is a contractor outside that line; Gone has left."""
    people = [
        Person(id="1", name="Ana Ash", email=ANA, manager=BEN, devices=(Device(kind="laptop", serial="SN-1"),), attributes={"cost": 42}),
        Person(id="2", name="Ben Birch", email=BEN, manager=CEO, department="Sales"),
        Person(id="3", name="Cleo Cedar", email=CEO, flags=("protected",)),
        Person(id="4", name="Eve Elm", email=EVE, type=Employment.CONTRACTOR, end_date=date(2026, 12, 31)),
        Person(id="5", name="Gus Gone", email=GONE, status=Standing.OFFBOARDED),
    ]
    systems = [
        System(id="chat", name="Chat", approval=("birthright",)),
        System(id="pay", name="Pay", owner=BEN, sensitivity="restricted", approval=("manager", "owner"), attributes={"region": "EU"}),
    ]
    groups = [Group(id="it-helpdesk", members=(BEN, GONE)), Group(id="all", owner=CEO, members=(ANA, BEN))]
    return Directory(**{"people": people, "systems": systems, "groups": groups, **changes})


PERMIT = '@id("all") @because("Anyone may ask for this.") permit(principal, action, resource);\n'


def grant(person: str = ANA, system: str = "chat", **more: Any) -> Call:
    return Call(action="access.grant", arguments={"person": person, "system": system, **more})


def decide(judge: CedarJudge, call: Call, speaker: str = ANA, facts: dict[str, Any] | None = None, **given: Any) -> Decision:
    known = given.pop("directory", None) or company()
    return judge.judge(call, known.person(speaker), known, facts or {}, given.pop("now", NOW), **given)
