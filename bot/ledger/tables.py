"""The tables. What is searched for has a column; what is only read back whole is a JSON document beside it.

`changed` is the version of the company (counter "company") in which a row last changed: a cached directory asks for what is newer.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, MetaData, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from bot.ledger.columns import Instant, Words

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
BY_EMAIL = "people.email"


class Row(SQLModel):
    """Base of all tables."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class PersonRow(Row, table=True):
    """A person by e-mail address, which everything else refers to; `id` is the personnel system's."""

    __tablename__ = "people"
    email: str = Field(primary_key=True, sa_type=Words)
    id: str = Field(unique=True, sa_type=Words)
    name: str = Field(sa_type=Words)
    title: str = Field(sa_type=Words)
    department: str = Field(sa_type=Words)
    manager: str | None = Field(index=True, sa_type=Words)
    location: str = Field(sa_type=Words)
    type: str = Field(sa_type=Words)
    status: str = Field(index=True, sa_type=Words)
    start_date: date | None
    end_date: date | None
    flags: list[str] = Field(sa_type=JSON)
    attributes: dict[str, Any] = Field(sa_type=JSON)
    changed: int = Field(index=True)


class DeviceRow(Row, table=True):
    """An asset. `key` is the serial without regard to case; `person` None: nobody has it; `position` orders a person's devices."""

    __tablename__ = "devices"
    key: str = Field(primary_key=True, sa_type=Words)
    serial: str = Field(sa_type=Words)
    kind: str = Field(sa_type=Words)
    model: str = Field(sa_type=Words)
    person: str | None = Field(foreign_key=BY_EMAIL, index=True, sa_type=Words)
    position: int


class SystemRow(Row, table=True):
    """An entry of the catalogue."""

    __tablename__ = "systems"
    id: str = Field(primary_key=True, sa_type=Words)
    name: str = Field(sa_type=Words)
    aliases: list[str] = Field(sa_type=JSON)
    category: str = Field(sa_type=Words)
    owner: str | None = Field(sa_type=Words)
    seats: int | None
    seats_used: int | None
    sensitivity: str = Field(sa_type=Words)
    approval: list[str] = Field(sa_type=JSON)
    vendor: str | None = Field(sa_type=Words)
    attributes: dict[str, Any] = Field(sa_type=JSON)
    changed: int = Field(index=True)


class GroupRow(Row, table=True):
    """A group; who is in it stands in `memberships`."""

    __tablename__ = "groups"
    id: str = Field(primary_key=True, sa_type=Words)
    description: str = Field(sa_type=Words)
    owner: str | None = Field(sa_type=Words)
    join_policy: str = Field(sa_type=Words)
    attributes: dict[str, Any] = Field(sa_type=JSON)
    changed: int = Field(index=True)


class MembershipRow(Row, table=True):
    """That a person is in a group."""

    __tablename__ = "memberships"
    group_id: str = Field(primary_key=True, foreign_key="groups.id", sa_type=Words)
    person: str = Field(primary_key=True, foreign_key=BY_EMAIL, index=True, sa_type=Words)


class GrantRow(Row, table=True):
    """Access that is or was held. At most one row of a person and system has not `ended`."""

    __tablename__ = "grants"
    __table_args__ = (
        Index(
            "uq_grants_current",
            "person",
            "system",
            unique=True,
            sqlite_where=text("ended IS NULL"),
            postgresql_where=text("ended IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key=BY_EMAIL, index=True, sa_type=Words)
    system: str = Field(foreign_key="systems.id", index=True, sa_type=Words)
    level: str = Field(sa_type=Words)
    since: datetime | None = Field(sa_type=Instant)
    until: datetime | None = Field(index=True, sa_type=Instant)
    ended: datetime | None = Field(sa_type=Instant)
    changed: int = Field(index=True)


class TicketRow(Row, table=True):
    """A ticket; channel, conversation and thread are its requester's place."""

    __tablename__ = "tickets"
    __table_args__ = (Index(None, "conversation", "thread", "channel"),)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True, sa_type=Words)
    requester: str = Field(index=True, sa_type=Words)
    channel: str = Field(sa_type=Words)
    conversation: str = Field(sa_type=Words)
    thread: str = Field(sa_type=Words)
    summary: str = Field(sa_type=Words)
    status: str = Field(index=True, sa_type=Words)
    assignee: str | None = Field(sa_type=Words)
    draft: dict[str, Any] = Field(sa_type=JSON)
    created: datetime = Field(sa_type=Instant)
    updated: datetime = Field(sa_type=Instant)


class MessageRow(Row, table=True):
    """Something a person said, masked; never a file. `id` is the channel's own event id; until something has come of it, it is not
    `handled`. `claimed_by` is the token of the process that is at it, `claimed` since when."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("channel", "id"),
        Index("ix_messages_open", "seq", sqlite_where=text("handled IS 0"), postgresql_where=text("handled IS false")),
    )
    seq: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=Words)
    id: str = Field(sa_type=Words)
    ticket: str = Field(foreign_key="tickets.id", index=True, sa_type=Words)
    person: str = Field(sa_type=Words)
    conversation: str = Field(sa_type=Words)
    thread: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    click: dict[str, Any] | None = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Instant)
    handled: bool
    claimed_by: str | None = Field(sa_type=Words)
    claimed: datetime | None = Field(sa_type=Instant)


class PostRow(Row, table=True):
    """What the desk said, as it stands now; `drawn` is the version that its channel shows, `ref` the channel's own id of it."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("ticket", "channel", "conversation", "thread", "key"),
        Index(None, "conversation", "thread", "channel"),
        Index(None, "channel", "ref"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket: str = Field(foreign_key="tickets.id", sa_type=Words)
    audience: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words)
    channel: str = Field(sa_type=Words)
    conversation: str = Field(sa_type=Words)
    thread: str = Field(sa_type=Words)
    reply: dict[str, Any] = Field(sa_type=JSON)
    version: int
    ref: str = Field(sa_type=Words)
    drawn: int
    at: datetime = Field(sa_type=Instant)


class ReachRow(Row, table=True):
    """How a channel reaches a person or a conversation; what stands in `reach` is the channel's own affair."""

    __tablename__ = "reaches"
    channel: str = Field(primary_key=True, sa_type=Words)
    name: str = Field(primary_key=True, sa_type=Words)
    reach: dict[str, Any] = Field(sa_type=JSON)


class PlanRow(Row, table=True):
    """A plan without its steps; `document` is all that has no column."""

    __tablename__ = "plans"
    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True, sa_type=Words)
    ticket: str = Field(foreign_key="tickets.id", index=True, sa_type=Words)
    requester: str = Field(sa_type=Words)
    state: str = Field(index=True, sa_type=Words)
    note: str = Field(sa_type=Words)
    fingerprint: str = Field(sa_type=Words)
    created: datetime = Field(sa_type=Instant)
    document: dict[str, Any] = Field(sa_type=JSON)


class StepRow(Row, table=True):
    """A step of a plan."""

    __tablename__ = "steps"
    plan: str = Field(primary_key=True, foreign_key="plans.id", sa_type=Words)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    action: str = Field(index=True, sa_type=Words)
    state: str = Field(sa_type=Words)
    document: dict[str, Any] = Field(sa_type=JSON)


class ApprovalRow(Row, table=True):
    """An approval without its votes; `document` is all that has no column."""

    __tablename__ = "approvals"
    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True, sa_type=Words)
    plan: str = Field(foreign_key="plans.id", index=True, sa_type=Words)
    ticket: str = Field(index=True, sa_type=Words)
    kind: str = Field(sa_type=Words)
    state: str = Field(index=True, sa_type=Words)
    expires: datetime = Field(sa_type=Instant)
    document: dict[str, Any] = Field(sa_type=JSON)


class VoteRow(Row, table=True):
    """One person's answer; the key makes a second one impossible. `position` is the order in which they came."""

    __tablename__ = "votes"
    approval: str = Field(primary_key=True, foreign_key="approvals.id", sa_type=Words)
    person: str = Field(primary_key=True, sa_type=Words)
    position: int
    approve: bool
    reason: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)


class EntryRow(Row, table=True):
    """A line of the audit ledger, kept letter for letter as it was hashed: `at` and `data` are text. Triggers refuse any change."""

    __tablename__ = "entries"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str = Field(sa_type=Words)
    kind: str = Field(sa_type=Words)
    actor: str = Field(sa_type=Words)
    ticket: str = Field(index=True, sa_type=Words)
    data: str = Field(sa_type=Words)
    previous: str = Field(sa_type=Words)
    hash: str = Field(sa_type=Words)


class HeadRow(Row, table=True):
    """Number and hash of the last entry: one row, id 1. Whoever cuts the end off the ledger leaves it pointing at nothing."""

    __tablename__ = "head"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    hash: str = Field(sa_type=Words)


class FeedbackRow(Row, table=True):
    """Whether an answer helped somebody; `paths` is the JSON list of the articles it cited."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("ticket", "person", "paths"),)
    id: int | None = Field(default=None, primary_key=True)
    ticket: str = Field(foreign_key="tickets.id", sa_type=Words)
    person: str = Field(sa_type=Words)
    paths: str = Field(sa_type=Words)
    helpful: bool
    at: datetime = Field(sa_type=Instant)


class CounterRow(Row, table=True):
    """Counters by name: "ticket" (last number given), "company" (version of the directory), "company.whole" (the version from which
    a cached directory must be read anew as a whole)."""

    __tablename__ = "counters"
    name: str = Field(primary_key=True, sa_type=Words)
    value: int


def table(row: type[Row]) -> Table:
    """The Core table behind a row class."""
    return Row.metadata.tables[str(row.__tablename__)]


PEOPLE, DEVICES, SYSTEMS, GROUPS = (table(r) for r in (PersonRow, DeviceRow, SystemRow, GroupRow))
MEMBERSHIPS, GRANTS, TICKETS, MESSAGES = (table(r) for r in (MembershipRow, GrantRow, TicketRow, MessageRow))
POSTS, PLANS, STEPS, APPROVALS, VOTES = (table(r) for r in (PostRow, PlanRow, StepRow, ApprovalRow, VoteRow))
ENTRIES, HEAD, FEEDBACK, COUNTERS, REACHES = (table(r) for r in (EntryRow, HeadRow, FeedbackRow, CounterRow, ReachRow))
