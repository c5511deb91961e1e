"""What `bellhop doctor` says about Slack: tokens, scopes, the analysts' channel, and what the workspace does without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.client import LACKING, SECONDS, answered, code, web_client
from bot.desk.ports import Diagnosis
from bot.errors import BellhopError, TryLater
from bot.settings import Settings

MANIFEST = Path(__file__).with_name("manifest.yaml")
OPTIONAL = {
    "assistant:write": "The assistant pane has no suggestions and no thread titles; everything else works.",
    "reactions:write": "Messages in channels are not marked as seen while they are looked at.",
    "reactions:read": "No tickets by emoji.",
    "files:read": "Pictures and PDFs that people hand over cannot be read: ID checks need a human.",
    "mpim:history": "In group conversations only mentions are heard.",
    "channels:read": "Nobody can check whether the app is in the analysts' channel.",
    "groups:read": "Nobody can check whether the app is in a private analysts' channel.",
}
"""Scopes that Bellhop can do without, and what is lost then."""


def scopes() -> tuple[str, ...]:
    """The bot scopes that manifest.yaml names."""
    found: list[str] = []
    within = False
    for line in MANIFEST.read_text().splitlines():
        word = line.split("#")[0].strip()
        if within and word.startswith("- "):
            found.append(word.removeprefix("- ").strip())
        elif word:
            within = word == "bot:"
    return tuple(found)


async def diagnose(settings: Settings) -> list[Diagnosis]:
    """Tries every setting; changes nothing, and writes to nobody."""
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        return [Diagnosis("slack", "warning", "Slack is off.", "Set BELLHOP_SLACK_BOT_TOKEN to the token that begins with xoxb-.")]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        web = web_client(settings, token, session)
        found = await _bot(web)
        if found[0].state != "ok":
            return found
        return [*found, *await _listening(settings, web), *await _analysts(settings, web), *await _streams(web)]


async def _bot(web: AsyncWebClient) -> list[Diagnosis]:
    try:
        told = await answered(web.auth_test())
    except BellhopError as error:
        return [
            _failed("slack bot token", error, "Copy the bot token from the app's page, OAuth & Permissions, to BELLHOP_SLACK_BOT_TOKEN.")
        ]
    who = f"{told.get('user', 'the app')} in the workspace {told.get('team', told['team_id'])}"
    return [Diagnosis("slack bot token", "ok", f"Slack knows this token: {who}."), *_scopes(told.headers)]


def _scopes(headers: Any) -> list[Diagnosis]:
    """What the token may do, against what the manifest asks for."""
    told = headers.get("x-oauth-scopes")
    if told is None:
        return [Diagnosis("slack scopes", "warning", "Slack did not say what this token may do.")]
    given = {scope.strip() for scope in str(told).split(",")}
    missing = [scope for scope in scopes() if scope not in given]
    if not missing:
        return [Diagnosis("slack scopes", "ok", f"All {len(scopes())} scopes of manifest.yaml are granted.")]
    return [_missing(scope) for scope in missing]


def _missing(scope: str) -> Diagnosis:
    mend = f"Add {scope} under OAuth & Permissions, Bot Token Scopes, and install the app anew."
    if scope in OPTIONAL:
        return Diagnosis(f"slack scope {scope}", "warning", OPTIONAL[scope], mend)
    return Diagnosis(f"slack scope {scope}", "failed", "The bot token may not do this, and Bellhop cannot work without it.", mend)


async def _listening(settings: Settings, web: AsyncWebClient) -> list[Diagnosis]:
    """How Slack's events get here."""
    app_token = settings.slack_app_token.get_secret_value()
    if not app_token:
        return [_http(settings)]
    if not app_token.startswith("xapp-"):
        mend = "Under Basic Information, App-Level Tokens, generate one with the scope connections:write. It begins with xapp-."
        return [Diagnosis("slack app token", "failed", "BELLHOP_SLACK_APP_TOKEN is no app-level token.", mend)]
    try:
        await answered(web.apps_connections_open(app_token=app_token))
    except BellhopError as error:
        mend = "Turn Socket Mode on, and generate an app-level token with the scope connections:write under Basic Information."
        return [_failed("slack socket mode", error, mend)]
    return [Diagnosis("slack socket mode", "ok", "Slack opens a socket for this app token.")]


def _http(settings: Settings) -> Diagnosis:
    if not settings.slack_signing_secret.get_secret_value():
        mend = "Set BELLHOP_SLACK_APP_TOKEN for Socket Mode, or BELLHOP_SLACK_SIGNING_SECRET for HTTP events."
        return Diagnosis("slack events", "failed", "There is no way to hear Slack's events.", mend)
    said = f"Slack's events are taken at {settings.slack_host}:{settings.slack_port}/slack/events."
    return Diagnosis("slack events", "ok", said, "Whether Slack reaches that address shows on the app's page, Event Subscriptions.")


async def _analysts(settings: Settings, web: AsyncWebClient) -> list[Diagnosis]:
    what, channel = "slack analysts' channel", settings.slack_analysts
    if not channel:
        mend = "Put the channel's id (it ends its address, and begins with C) into BELLHOP_SLACK_ANALYSTS."
        return [Diagnosis(what, "warning", "No channel for analysts is set: tickets for humans reach nobody in Slack.", mend)]
    try:
        told = (await answered(web.conversations_info(channel=channel)))["channel"]
    except BellhopError as error:
        return [
            _failed(what, error, "Check the id in BELLHOP_SLACK_ANALYSTS; in a private channel, invite the app first: /invite @Bellhop.")
        ]
    name = f"#{told.get('name', channel)}"
    if told.get("is_archived"):
        return [Diagnosis(what, "failed", f"{name} is archived.", "Unarchive it, or put another channel's id into BELLHOP_SLACK_ANALYSTS.")]
    if not told.get("is_member"):
        return [Diagnosis(what, "failed", f"The app is not in {name}.", f"In {name}, type /invite @Bellhop.")]
    return [Diagnosis(what, "ok", f"The app is in {name}.")]


async def _streams(web: AsyncWebClient) -> list[Diagnosis]:
    """Whether answers can be streamed here. The call names no conversation, so that Slack refuses it in any case."""
    try:
        await answered(web.api_call("chat.startStream", json={}))
    except BellhopError as error:
        if code(error) in LACKING:
            return [Diagnosis("slack streamed answers", "warning", "This workspace does without: answers are posted whole.")]
    return []


def _failed(what: str, error: BellhopError, mend: str) -> Diagnosis:
    """What Slack said; where it said nothing, the address is what to look at."""
    if isinstance(error, TryLater):
        mend = "Check the network, and BELLHOP_SLACK_API_URL."
    return Diagnosis(what, "failed", str(error), mend)
