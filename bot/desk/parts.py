"""Everything the desk works with, in one place; `app.py` fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.desk.ports import Addresses, Channel, Clock, Composer, Engine, Judge, Ledger, Library, Understander, Vendors
from bot.desk.registry import Registry


@dataclass(frozen=True)
class Terms:
    """The desk's own terms: how long it waits, how much it takes, its manners by place (see `etiquette`), and which share of questions
    goes straight to a human, drawn with which key (see `lot`)."""

    reminder: timedelta = timedelta(hours=4)
    expiry: timedelta = timedelta(hours=72)
    undo: timedelta = timedelta(days=7)
    max_chars: int = 8000
    company: str = "the company"
    etiquette: Mapping[str, str] = field(default_factory=dict)
    straight_share: float = 0.0
    straight_key: bytes = field(default=b"", repr=False)


@dataclass
class Parts:
    """The ports, plugged. `engine` is set once there is a desk for it to run. `home` names the channel for those who are told
    something without having written first: approvers and analysts."""

    ledger: Ledger
    judge: Judge
    understander: Understander
    library: Library
    vendors: Vendors
    addresses: Addresses
    registry: Registry
    clock: Clock
    engine: Engine
    channels: dict[str, Channel] = field(default_factory=dict)
    home: str = "web"
    terms: Terms = Terms()
    composer: Composer | None = None
