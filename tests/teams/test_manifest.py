"""What an administrator uploads: complete, within Teams' limits, and fitting the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.channels.teams import invokes

FOLDER = Path(invokes.__file__).parent / "manifest"


@pytest.fixture
def manifest() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())
    return told


def test_the_words_fit(manifest: dict[str, Any]) -> None:
    assert len(manifest["name"]["short"]) <= 30 and len(manifest["name"]["full"]) <= 100
    assert len(manifest["description"]["short"]) <= 80 and len(manifest["description"]["full"]) <= 4000
    (commands,) = manifest["bots"][0]["commandLists"]
    assert all(len(c["title"]) <= 32 and len(c["description"]) <= 128 for c in commands["commands"])


def test_every_scope_and_the_menu_of_a_message_are_offered(manifest: dict[str, Any]) -> None:
    (bot,) = manifest["bots"]
    assert set(bot["scopes"]) == {"personal", "team", "groupChat"} and bot["supportsFiles"] and not bot["isNotificationOnly"]
    (command,) = manifest["composeExtensions"][0]["commands"]
    assert (command["type"], command["context"], command["fetchTask"]) == ("action", ["message"], True)


def test_it_asks_for_no_more_than_reading_along_where_it_was_added(manifest: dict[str, Any]) -> None:
    asked = manifest["authorization"]["permissions"]["resourceSpecific"]
    assert {(a["name"], a["type"]) for a in asked} == {
        ("ChannelMessage.Read.Group", "Application"),
        ("ChatMessage.Read.Chat", "Application"),
    }


def test_one_id_stands_in_every_place_where_the_apps_belongs(manifest: dict[str, Any]) -> None:
    """An administrator replaces it everywhere at once."""
    places = [manifest["id"], manifest["bots"][0]["botId"], manifest["composeExtensions"][0]["botId"], manifest["webApplicationInfo"]["id"]]
    assert set(places) == {"00000000-0000-0000-0000-000000000000"}


def test_the_icons_are_as_teams_wants_them(manifest: dict[str, Any]) -> None:
    with Image.open(FOLDER / manifest["icons"]["color"]) as colour, Image.open(FOLDER / manifest["icons"]["outline"]) as outline:
        assert colour.size == (192, 192)
        assert outline.size == (32, 32) and outline.mode == "RGBA" and outline.getpixel((0, 0))[3] == 0
        seen = {pixel[:3] for _, pixel in outline.getcolors(4096) if pixel[3]}
        assert seen == {(255, 255, 255)}, "the outline is white and transparent, nothing else"
