"""The small company of these tests, and the moment at which they play."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.domain.messages import Post, Text
from bot.domain.tickets import Place

NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
PLACE = Place(channel="web", conversation="ann@corp.example", thread="t1")
ANN, BOB, CAT = "ann@corp.example", "bob@corp.example", "cat@corp.example"
ANALYSTS = Place(channel="web", conversation="help-desk", thread="BH-1001")
DIRECT = Place(channel="web", conversation=BOB, thread="BH-1001")
COMPANY: dict[str, list[dict[str, Any]]] = {
    "people": [
        {"id": "1", "name": "Ann Able", "email": ANN, "devices": [{"kind": "laptop", "serial": "SN-1"}], "flags": ["protected"]},
        {"id": "2", "name": "Bob Baker", "email": BOB, "manager": ANN, "end_date": "2027-01-31", "cost_center": 7},
        {"id": "3", "name": "Cat Cole", "email": CAT, "manager": ANN},
    ],
    "systems": [
        {"id": "email", "name": "Email", "approval": "birthright", "aliases": ["mail"]},
        {"id": "vault", "name": "Vault", "approval": "manager+owner", "owner": ANN, "seats": 5, "seats_used": 2},
    ],
    "groups": [{"id": "ops", "owner": ANN, "members": [BOB]}],
    "grants": [{"person": BOB, "system": "email", "level": "member", "since": "2026-01-02"}],
}


def thread(number: int) -> Place:
    """A thread of Ann's."""
    return PLACE.model_copy(update={"thread": f"t{number}"})


def post(ticket: str, place: Place = PLACE, key: str = "k", words: str = "hello") -> Post:
    """Something to be said."""
    return Post(ticket=ticket, audience="requester", key=key, place=place, reply=Text(text=words), at=NOW)
