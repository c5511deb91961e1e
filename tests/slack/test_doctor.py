"""The manifest an admin pastes, and what the doctor says where something of it is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.slack.channel import SlackChannel
from tests.slack.conftest import ANALYSTS, House
from tests.slack.standin.driver import Slack
from tests.slack.standin.state import EVERY_SCOPE


def test_the_manifest_asks_for_what_is_needed_and_no_more(manifest: dict[str, Any]) -> None:
    scopes, told = set(manifest["oauth_config"]["scopes"]["bot"]), manifest["settings"]["event_subscriptions"]["bot_events"]
    assert scopes <= EVERY_SCOPE | {"mpim:history", "mpim:read", "mpim:write", "chat:write.public"}
    assert not {s for s in scopes if "admin" in s or s.endswith((":write.customize", "write.public")) or s.startswith("files:write")}
    assert {"message.channels", "message.groups", "message.im", "app_mention", "reaction_added", "app_home_opened"} <= set(told)
    assert "assistant_thread_started" in told and manifest["settings"]["socket_mode_enabled"]
    assert manifest["features"]["slash_commands"][0]["command"] == "/bellhop"
    assert {"type": "message", "callback_id": "create_ticket"}.items() <= manifest["features"]["shortcuts"][0].items()


def wrong_token(slack: Slack) -> None:
    slack.state.bot_token = "xoxb-another"


def no_socket(slack: Slack) -> None:
    slack.state.app_scopes.clear()


def no_scope(slack: Slack) -> None:
    slack.state.scopes.discard("users:read.email")


def less_scope(slack: Slack) -> None:
    slack.state.scopes.discard("reactions:write")


def archived(slack: Slack) -> None:
    slack.channel(ANALYSTS).archived = True


def elsewhere(slack: Slack) -> None:
    slack.channel(ANALYSTS).members.discard("U0BELLHOP1")


def streamless(slack: Slack) -> None:
    slack.state.lacking.add("chat.startStream")


@pytest.mark.parametrize(
    ("spoil", "state", "words", "mend"),
    [
        (lambda slack: None, "ok", "socket", ""),
        (wrong_token, "failed", "does not accept this token", "BELLHOP_SLACK_BOT_TOKEN"),
        (no_socket, "failed", "connections:write", "Socket Mode"),
        (no_scope, "failed", "may not do this", "users:read.email"),
        (less_scope, "warning", "not marked as seen", "reactions:write"),
        (archived, "failed", "is archived", "Unarchive"),
        (elsewhere, "failed", "knows no such conversation", "/invite"),
        (streamless, "warning", "posted whole", ""),
    ],
)
async def test_the_doctor_says_what_is_missing_and_how_to_mend_it(
    closed_house: House, slack: Slack, spoil: Callable[[Slack], None], state: str, words: str, mend: str
) -> None:
    """Nothing is changed by looking: it neither writes nor opens a conversation."""
    closed_house.expected |= {"invalid_auth", "missing_scope", "channel_not_found", "chat.startStream"}
    spoil(slack)
    found = await SlackChannel(closed_house.settings(), closed_house.clock).diagnose()
    if state == "ok":
        assert {d.state for d in found} == {"ok"}
        assert any(words in d.said for d in found)
    else:
        assert any(d.state == state and words in d.said and mend in d.mend for d in found), found
    assert not any(slack.messages(c) for c in slack.state.workspace.channels)
