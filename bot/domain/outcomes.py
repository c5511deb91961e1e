"""What came of a step, and what the record must note of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from bot.domain.base import Value
from bot.domain.calls import Call


class Change(Value):
    """Before → after, in words a person reads."""

    before: str = ""
    after: str = ""


class Result(StrEnum):
    DONE = "done"
    ALREADY = "already so"
    FAILED = "failed"


class Outcome(Value):
    """What an action did. `said` is the sentence for the person; `undo` the call that restores the state exactly,
    where there is one; `facts` what later steps of the same plan may need (a serial, a tracking number)."""

    result: Result
    said: str = ""
    change: Change = Change()
    undo: Call | None = None
    facts: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def done(cls, said: str = "", *, before: str = "", after: str = "", undo: Call | None = None, **facts: Any) -> Outcome:
        return cls(result=Result.DONE, said=said, change=Change(before=before, after=after), undo=undo, facts=facts)

    @classmethod
    def already(cls, said: str = "", **facts: Any) -> Outcome:
        return cls(result=Result.ALREADY, said=said, facts=facts)

    @classmethod
    def failed(cls, said: str) -> Outcome:
        return cls(result=Result.FAILED, said=said)


class GrantStarted(Value):
    """The person has this access from now on."""

    kind: Literal["grant.started"] = "grant.started"
    person: str
    system: str
    level: str = "member"
    until: datetime | None = None


class GrantEnded(Value):
    """The person has this access no more."""

    kind: Literal["grant.ended"] = "grant.ended"
    person: str
    system: str


class MemberAdded(Value):
    """The person is a member of the group from now on."""

    kind: Literal["member.added"] = "member.added"
    person: str
    group: str


class MemberRemoved(Value):
    """The person is no longer a member of the group."""

    kind: Literal["member.removed"] = "member.removed"
    person: str
    group: str


class PersonChanged(Value):
    """Fields of a person that changed (`status`, `end_date`, …); a new e-mail address adds the person."""

    kind: Literal["person.changed"] = "person.changed"
    person: str
    fields: dict[str, Any]


class DeviceAssigned(Value):
    """The device belongs to this person from now on."""

    kind: Literal["device.assigned"] = "device.assigned"
    person: str
    serial: str
    device: str = "laptop"
    model: str = ""


class DeviceReturned(Value):
    """The device belongs to nobody from now on."""

    kind: Literal["device.returned"] = "device.returned"
    serial: str


Effect = Annotated[
    GrantStarted | GrantEnded | MemberAdded | MemberRemoved | PersonChanged | DeviceAssigned | DeviceReturned,
    Field(discriminator="kind"),
]
