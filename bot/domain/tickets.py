"""Tickets, and where things are said."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from bot.domain.base import Value


class Place(Value):
    """Where something is said: a channel's own conversation and thread ids, opaque to everyone else."""

    channel: str
    conversation: str
    thread: str = ""


class TicketStatus(StrEnum):
    NEW = "new"
    ANSWERED = "answered"
    WAITING = "waiting for requester"
    APPROVAL = "waiting for approval"
    PROGRESS = "in progress"
    ESCALATED = "with a human"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Ticket(Value):
    """One need from its first message to its close. `id` reads "BH-1001".

    `draft` is what the desk still has to ask before it can propose (see language's Understanding); empty otherwise.
    """

    id: str
    requester: str
    place: Place
    summary: str = ""
    status: TicketStatus = TicketStatus.NEW
    assignee: str | None = None
    draft: dict[str, Any] = Field(default_factory=dict)
    created: datetime
    updated: datetime


class NewEntry(Value):
    """What an entry is to say: given along with a change, it is written in the same transaction, so that neither is without the other."""

    kind: str
    actor: str
    ticket: str = ""
    at: datetime
    data: dict[str, Any] = Field(default_factory=dict)


class Entry(Value):
    """One line of the audit ledger. `hash` covers every other field and `previous`, the hash of the line before."""

    number: int
    at: datetime
    kind: str
    actor: str
    ticket: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    previous: str
    hash: str
