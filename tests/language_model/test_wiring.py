"""The model by setting: the whole desk proposes what the model read, counts what it took, and does without where none is set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from endpoint import Endpoint, called, status

from bot.app import open_app, understander
from bot.desk.registry import Registry
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place
from bot.errors import BadSettings
from bot.language.model import ModelUnderstander
from bot.language.phrases import PhraseUnderstander
from bot.settings import load

TEXT = "Kannst du mir bitte Zugriff auf Figma geben?"


class Room:
    """A channel that keeps what it is given."""

    name = "room"
    pace = 0.0

    def __init__(self) -> None:
        self.shown: list[Post] = []

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation="analysts", thread=ticket)

    def shared(self, place: Place) -> bool:
        return False

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    async def show(self, post: Post) -> str:
        self.shown.append(post)
        return str(post.id)


async def said(folder: Path, endpoint: Endpoint, text: str) -> tuple[list[Any], list[Any], Any]:
    """What the desk of the demo company plans for a message of Rosa Delgado's, its entries, and what the ticket took."""
    settings = load(
        data_dir=folder,
        language_model_url=endpoint.url,
        language_model_name="scripted",
        language_model_key="k",
        language_model_input_price=3,
    )
    app = await open_app(settings, [Room()])
    try:
        place = Place(channel="room", conversation="rosa", thread="t1")
        message = Message(id="m1", person="rosa.delgado@brightwater.example", place=place, text=text, at=datetime.now(UTC))
        await app.desk.hearing.hear(message)
        ticket = await app.ledger.ticket_at(place)
        assert ticket and app.meter
        entries = [e for e in await app.ledger.entries(ticket.id) if e.kind == "understood"]
        return [c for p in await app.ledger.plans(ticket.id) for c in p.requested], entries, app.meter.of(ticket.id)
    finally:
        await app.close()


async def test_the_desk_proposes_what_the_model_read_and_records_what_it_took(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.says(called(("access-grant", {"quote": TEXT, "person": "me", "system": "Figma"})))
    calls, (entry,), spent = await said(tmp_path, endpoint, TEXT)
    assert [(c.action, c.arguments) for c in calls] == [("access.grant", {"person": "rosa.delgado@brightwater.example", "system": "figma"})]
    assert entry.data["spent"] == {"calls": 1, "input_tokens": 1000, "output_tokens": 100, "cost": 0.003} and spent.calls == 1


async def test_the_desk_does_without_a_model_that_is_down(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.says(status(401))
    calls, (entry,), spent = await said(tmp_path, endpoint, "I need access to Figma")
    assert [c.action for c in calls] == ["access.grant"] and "spent" not in entry.data and spent.calls == 0


def test_no_model_is_the_default(registry: Registry) -> None:
    assert isinstance(understander(load(), registry), PhraseUnderstander)
    chosen = understander(load(language_model_url="https://m.example/v1", language_model_name="m"), registry)
    assert isinstance(chosen, ModelUnderstander)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"language_model_url": "https://m.example/v1"}, "BELLHOP_LANGUAGE_MODEL_NAME"),
        ({"language_model_url": "m.example", "language_model_name": "m"}, "BELLHOP_LANGUAGE_MODEL_URL"),
        ({"language_model_seconds": 0}, "BELLHOP_LANGUAGE_MODEL_SECONDS"),
    ],
)
def test_a_setting_that_is_wrong_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        load(**wrong)


def test_the_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(load(language_model_key="sk-secret"))
