"""The company as the record knows it: people, systems, groups, grants."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from bot.domain.base import Value


class Employment(StrEnum):
    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    INTERN = "intern"
    SERVICE = "service"


class Standing(StrEnum):
    ACTIVE = "active"
    LEAVE = "leave"
    OFFBOARDED = "offboarded"


class Device(Value):
    """A piece of hardware assigned to somebody. `kind` is free text such as "laptop"."""

    kind: str
    serial: str
    model: str = ""


class Person(Value):
    """One human or service account. `email` (lower case) is how everything else refers to them.

    `manager` is an e-mail address; `attributes` keeps the imported fields that Bellhop has no name for,
    so that policies may read them.
    """

    id: str
    name: str
    email: str
    title: str = ""
    department: str = ""
    manager: str | None = None
    location: str = ""
    type: Employment = Employment.EMPLOYEE
    status: Standing = Standing.ACTIVE
    start_date: date | None = None
    end_date: date | None = None
    flags: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def at_work(self) -> bool:
        """Whether this is somebody whom the desk hears: an active person, and no service account."""
        return self.status is Standing.ACTIVE and self.type is not Employment.SERVICE

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name


class System(Value):
    """Something people have access to. `approval` lists who must approve access, e.g. ("manager", "owner");
    ("birthright",) needs nobody. Without a `vendor` a human serves it."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    category: str = ""
    owner: str | None = None
    seats: int | None = None
    seats_used: int | None = None
    sensitivity: str = "internal"
    approval: tuple[str, ...] = ()
    vendor: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class Group(Value):
    """A named set of people; `members` are e-mail addresses."""

    id: str
    description: str = ""
    owner: str | None = None
    join_policy: str = ""
    members: tuple[str, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)


class Grant(Value):
    """That a person has access to a system, from `since` until `until` (None: open-ended)."""

    person: str
    system: str
    level: str = "member"
    since: datetime | None = None
    until: datetime | None = None
    ended: datetime | None = None


DESK = Person(id="bellhop", name="Bellhop", email="bellhop@desk.internal", title="Help desk", type=Employment.SERVICE)
"""Who asks when the desk itself proposes something (an expired grant). In every directory; nobody can speak as it."""
