"""Slack's Web API, with its errors turned into ours, once."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BellhopError, Misconfigured, NotFound, Refused, TryLater, VendorError
from bot.settings import Settings

SECONDS = 10.0
"""How long Slack may take to answer one call."""
LATER = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
LACKING = {
    "unknown_method", "missing_scope", "not_allowed_token_type", "method_not_supported_for_channel_type", "feature_not_enabled",
    "access_denied", "no_permission", "team_access_not_granted", "method_deprecated", "not_allowed", "restricted_action",
}  # fmt: skip
"""Answers that mean this workspace lacks a feature for good."""
REINSTALL = "Create the app from manifest.yaml again, or install it anew, and copy its tokens into the settings."
MEND: dict[str, tuple[type[VendorError], str]] = {
    "invalid_auth": (Misconfigured, f"Slack does not accept this token. {REINSTALL}"),
    "not_authed": (Misconfigured, f"Slack was given no token. {REINSTALL}"),
    "account_inactive": (Misconfigured, f"This token belongs to an app that was removed. {REINSTALL}"),
    "token_revoked": (Misconfigured, f"This token was revoked. {REINSTALL}"),
    "token_expired": (Misconfigured, f"This token has expired. {REINSTALL}"),
    "not_allowed_token_type": (
        Misconfigured,
        "This kind of token may not do this: the bot token begins with xoxb-, the app token with xapp-.",
    ),
    "org_login_required": (Misconfigured, "The workspace has moved to an organisation: install the app there."),
    "channel_not_found": (NotFound, "Slack knows no such conversation, or the app is not in it: invite it with /invite."),
    "not_in_channel": (Misconfigured, "The app is not in this channel: invite it there with /invite."),
    "is_archived": (Refused, "This channel is archived: unarchive it, or name another one."),
    "user_not_found": (NotFound, "Slack knows no such person."),
    "users_not_found": (NotFound, "Nobody in the Slack workspace has this e-mail address."),
    "user_not_visible": (NotFound, "The app may not see this person."),
    "user_disabled": (Refused, "This Slack account is deactivated."),
    "cannot_dm_bot": (Refused, "This Slack account is a bot."),
    "message_not_found": (NotFound, "This message is gone."),
    "expired_trigger_id": (Refused, "That took too long for Slack to open the dialog. Please press the button once more."),
    "restricted_action": (Refused, "The workspace's settings do not let the app do this: an administrator can allow it."),
}
"""What Slack says → what it means here, and how to mend it."""
_SECRET = re.compile(r"(xox[a-z]|xapp|xwfp)[\w.-]*-[\w-]+|(?<=ticket=)[^&\s'\"]+|(?<=app_id=)[^&\s'\"]+")


class _NoSecrets(logging.Filter):
    """The toolkits log addresses that let in whoever has them, and stack traces that hold payloads: neither gets through."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args, record.exc_info = _SECRET.sub("…", record.getMessage())[:300], (), None
        return True


def quiet_logger() -> logging.Logger:
    """What Slack's own toolkits log to: never below INFO, where they would tell what people write."""
    logger = logging.getLogger("bot.channels.slack.toolkit")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(_NoSecrets())
    return logger


def web_client(settings: Settings, token: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """A client that never waits and tries again by itself: whoever calls it decides that."""
    client = AsyncWebClient(
        token=token, base_url=settings.slack_api_url, timeout=int(SECONDS), session=session, retry_handlers=[], logger=quiet_logger()
    )
    if urlsplit(settings.slack_api_url).hostname in ("127.0.0.1", "localhost", "::1"):
        client.proxy = None  # a proxy named in the environment does not lead back to this machine
    return client


async def answered(call: Awaitable[Any]) -> Any:
    """Slack's answer; its errors as TryLater, NotFound, Refused or Misconfigured, each with a sentence that says what mends it."""
    try:
        return await call
    except SlackApiError as error:
        raise translated(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
        raise TryLater(f"Slack is not answering ({type(error).__name__}).") from error


def translated(error: SlackApiError) -> VendorError:
    """One of Slack's errors as one of ours."""
    said, status, headers = _read(error)
    if said in LATER or status == 429 or status >= 500:
        return TryLater("Slack asks to wait." if status == 429 else "Slack is out of order at the moment.", after=_after(headers))
    if said == "missing_scope":
        needed = error.response.get("needed", "") if hasattr(error.response, "get") else ""
        return Misconfigured(
            f"The app lacks the scope {needed or 'this needs'}: add it under OAuth & Permissions, and install the app anew."
        )
    kind, sentence = MEND.get(said, (Refused, f"Slack refused this ({said or status})."))
    return kind(sentence)


def _read(error: SlackApiError) -> tuple[str, int, Any]:
    """The error's name, the HTTP status and the headers; of a response that was no JSON, too."""
    response = error.response
    data = getattr(response, "data", None)
    said = str(data.get("error", "")) if isinstance(data, dict) else ""
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return said, int(status or 0), getattr(response, "headers", {})


def _after(headers: Any) -> float | None:
    try:
        return max(0.0, float(headers.get("Retry-After")))
    except (TypeError, ValueError):
        return None


def code(error: BellhopError) -> str:
    """Slack's own name of what went wrong ("message_not_found"); "" where it was not Slack that said it."""
    cause = error.__cause__
    return _read(cause)[0] if isinstance(cause, SlackApiError) else ""


class Features:
    """What this workspace turned out to lack. It is tried once, told once, and then left alone."""

    def __init__(self) -> None:
        self._missing: dict[str, str] = {}

    def has(self, feature: str) -> bool:
        return feature not in self._missing

    def lacks(self, feature: str, error: BellhopError) -> bool:
        """Notes that a feature is missing, where that is what this error means."""
        if code(error) not in LACKING:
            return False
        self.miss(feature, code(error))
        return True

    def miss(self, feature: str, why: str) -> None:
        """Does without a feature from now on; said once."""
        if feature not in self._missing:
            logging.getLogger(__name__).info("%s: this workspace does without (%s)", feature, why)
        self._missing[feature] = why
