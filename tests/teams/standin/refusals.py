"""What the connector does not take, in its own words, and how fast it may be asked."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.teams.standin.cards import problems, weight

_FIELDS = (
    "action attachmentLayout attachments callerId channelData channelId code conversation deliveryMode entities expiration"
    " from historyDisclosed id importance inputHint label listenFor locale localTimestamp localTimezone membersAdded"
    " membersRemoved name reactionsAdded reactionsRemoved recipient relatesTo replyToId semanticAction serviceUrl speak"
    " suggestedActions summary text textFormat textHighlights timestamp topicName type value valueType"
)
ACTIVITY = frozenset(_FIELDS.split())
"""Fields of an activity, by the Bot Framework's Activity schema."""
ATTACHMENT = frozenset(("contentType", "contentUrl", "content", "name", "thumbnailUrl"))
CARD = "application/vnd.microsoft.card.adaptive"
CONTENT_TYPES = frozenset((CARD, "application/vnd.microsoft.card.hero", "application/vnd.microsoft.teams.card.file.consent"))
BIGGEST = 28 * 1024
"""Bytes of one message, attachments included, as Teams keeps them (UTF-16)."""


class Refusal(Exception):
    """A request that the connector answers with an error."""

    def __init__(self, status: int, code: str, message: str, after: float | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.after = status, code, message, after

    def response(self) -> web.Response:
        headers = {} if self.after is None else {"Retry-After": f"{self.after:g}"}
        return web.json_response({"error": {"code": self.code, "message": self.message}}, status=self.status, headers=headers)


def unknown_conversation() -> Refusal:
    return Refusal(404, "ConversationNotFound", "Conversation not found.")


def unknown_activity() -> Refusal:
    return Refusal(404, "ActivityNotFoundInConversation", "The activity was not found in this conversation.")


def not_in_roster() -> Refusal:
    return Refusal(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")


def blocked() -> Refusal:
    return Refusal(403, "MessageWritesBlocked", "Thread or user has blocked the bot from writing messages.")


def check_activity(body: Any, size: int) -> None:
    """Refuses an activity that Teams would refuse."""
    if not isinstance(body, dict):
        raise Refusal(400, "BadSyntax", "The activity is not an object.")
    if size > BIGGEST:
        raise Refusal(413, "MessageSizeTooBig", f"Message size too large: {size} bytes.")
    if unknown := sorted(set(body) - ACTIVITY):
        raise Refusal(400, "BadSyntax", f"Unknown fields in activity: {', '.join(unknown)}.")
    if body.get("type") not in ("message", "typing"):
        raise Refusal(400, "BadArgument", f"Unknown activity type {body.get('type')!r}.")
    if body["type"] == "message":
        _check_message(body)


def _check_message(body: dict[str, Any]) -> None:
    attachments = body.get("attachments") or []
    if not (body.get("text") or "").strip() and not attachments:
        raise Refusal(400, "BadSyntax", "Activity resulted into multiple skype activities or an empty message.")
    if body.get("textFormat") not in (None, "plain", "markdown", "xml"):
        raise Refusal(400, "BadSyntax", f"Unknown textFormat {body['textFormat']!r}.")
    if len(attachments) > 10:
        raise Refusal(400, "BadArgument", "Too many attachments.")
    for attachment in attachments:
        _check_attachment(attachment)
    _check_mentions(body)


def _check_attachment(attachment: dict[str, Any]) -> None:
    if unknown := sorted(set(attachment) - ATTACHMENT):
        raise Refusal(400, "BadSyntax", f"Unknown fields in attachment: {', '.join(unknown)}.")
    if attachment.get("contentType") not in CONTENT_TYPES:
        raise Refusal(400, "BadArgument", f"Unknown attachment type {attachment.get('contentType')!r}.")
    if attachment["contentType"] == CARD:
        wrong = problems(attachment.get("content"))
        if wrong:
            raise Refusal(400, "BadSyntax", "Bad adaptive card: " + "; ".join(wrong[:5]))


def _check_mentions(body: dict[str, Any]) -> None:
    """A mention has to stand in the text exactly as its entity says."""
    for entity in body.get("entities") or []:
        if entity.get("type") == "mention" and entity.get("text", "\0") not in (body.get("text") or ""):
            raise Refusal(400, "BadArgument", "Mention text is not in the message.")


def size_of(body: Any) -> int:
    return weight(body)


@dataclass
class Limits:
    """How often one conversation may be written to: pairs of (seconds, messages). Teams documents 7 in 1 s, 8 in 2 s, 60 in 30 s."""

    allowed: tuple[tuple[float, int], ...] = ()
    spent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, conversation: str) -> None:
        now = time.monotonic()
        times = self.spent[conversation]
        for seconds, most in self.allowed:
            recent = [t for t in times if t > now - seconds]
            if len(recent) >= most:
                raise Refusal(429, "Throttled", "Too many requests.", after=max(0.1, round(recent[0] + seconds - now, 2)))
        times.append(now)
        while times and times[0] < now - 60:
            times.popleft()


TEAMS_LIMITS = ((1.0, 7), (2.0, 8), (30.0, 60))
