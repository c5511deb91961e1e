"""What a person finds on their home page: where their own matters stand, and what waits for them."""

from __future__ import annotations

from datetime import datetime

from bot.domain.base import Value
from bot.domain.messages import Post
from bot.domain.tickets import Ticket


class Access(Value):
    """Access that a person has now: the system's name, at which level, and until when (None: open-ended)."""

    system: str
    level: str
    until: datetime | None = None


class Home(Value):
    """`tickets` are the person's open ones, `approvals` the cards that wait for their answer, each as it was posted to them. `queue`
    is what waits for the help desk, oldest first; empty for everyone but analysts."""

    name: str
    analyst: bool = False
    tickets: tuple[Ticket, ...] = ()
    access: tuple[Access, ...] = ()
    approvals: tuple[Post, ...] = ()
    queue: tuple[Ticket, ...] = ()
