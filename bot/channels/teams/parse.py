"""From an activity, as Teams sends it, to what happened where. Pure: who spoke is looked up elsewhere, and names are never believed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Literal

from bot.channels.teams.gate import tenants_of
from bot.domain.markup import clean
from bot.domain.tickets import Place
from bot.errors import BadInput

CHANNEL = "teams"
Kind = Literal["message", "edit", "withdraw", "invoke", "installed", "removed", "other"]
Scope = Literal["personal", "groupChat", "channel"]
_THREAD = ";messageid="
_QUOTED = re.compile(r"<quoted\b[^>]*?messageId=\"([^\"<>]{1,100})\"[^>]*?/?>(?:</quoted>)?", re.I)
_AT = re.compile(r"<at\b[^>]*>(.*?)</at>", re.I | re.S)


@dataclass(frozen=True)
class Handed:
    """A file that came along, not fetched yet. `own`: it lies with the connector, which wants to see our token."""

    name: str
    media_type: str
    url: str
    own: bool


@dataclass(frozen=True)
class Mention:
    """Somebody called by name; `text` is how the message's text shows it, by position."""

    id: str
    text: str


@dataclass(frozen=True)
class Event:
    """What happened. `conversation` has no thread in it; `root` is the message that began the thread ("" outside team channels).
    `answered` is the message that a button stands on, or that was answered or quoted. `bot` is our own id there."""

    kind: Kind
    name: str
    id: str
    scope: Scope
    conversation: str
    root: str
    sender: str
    aad: str
    bot: str
    tenant: str
    team: str
    connector: str
    stamp: str
    text: str
    mentions: tuple[Mention, ...]
    answered: str
    handed: tuple[Handed, ...]
    value: Any

    @property
    def ref(self) -> str:
        """The message's id among all conversations."""
        return ref(self.conversation, self.id)

    @property
    def answered_ref(self) -> str:
        return ref(self.conversation, self.answered) if self.answered else ""

    @property
    def named(self) -> bool:
        return any(m.id == self.bot for m in self.mentions)

    @property
    def addressed(self) -> bool:
        return self.scope == "personal" or self.named or self.kind == "invoke"

    @property
    def loose(self) -> bool:
        """Whether there are no threads here that a message could stand in."""
        return self.scope != "channel"

    @property
    def begins(self) -> bool:
        return self.loose or self.root == self.id

    @property
    def place(self) -> Place:
        """Where it was said, by Teams' own ids."""
        return Place(channel=CHANNEL, conversation=self.conversation, thread=self.root or self.id)

    @property
    def target(self) -> str:
        """The conversation id to answer at: with the thread, in a team's channel."""
        return threaded(self.conversation, self.root)


def ref(conversation: str, message: str) -> str:
    """Our id of a message: Teams' own ids tell messages of one conversation apart only."""
    return f"{conversation}|{message}"


def unref(given: str) -> tuple[str, str]:
    """The conversation and the message of a ref."""
    conversation, _, message = given.rpartition("|")
    return conversation, message


def threaded(conversation: str, root: str) -> str:
    return f"{conversation}{_THREAD}{root}" if root else conversation


def is_channel(conversation: str) -> bool:
    """Whether this is a team's channel, which has threads; chats have none."""
    return conversation.endswith(("@thread.tacv2", "@thread.skype"))


def event(payload: Mapping[str, Any]) -> Event:
    """Reads an activity; BadInput where it lacks what every activity has."""
    where, who = _object(payload, "conversation"), _object(payload, "from")
    whole, own = _text(where, "id"), _text(payload, "id")
    conversation, _, root = whole.partition(_THREAD)
    if not conversation:
        raise BadInput("The activity names no conversation.")
    scope = _scope(where, conversation)
    kind, name, bot = _kind(payload), _text(payload, "name"), _text(_object(payload, "recipient"), "id")
    if not own and kind in ("message", "edit", "withdraw"):
        raise BadInput("The message has no id.")
    data = _object(payload, "channelData")
    return Event(
        kind=kind,
        name=name,
        id=own,
        scope=scope,
        conversation=conversation,
        root=(root or _answered(payload) or own) if scope == "channel" else "",
        sender=_text(who, "id"),
        aad=_text(who, "aadObjectId").casefold(),
        bot=bot,
        tenant=next(iter(tenants_of(dict(payload))), ""),
        team=_text(_object(data, "team"), "id"),
        connector=_text(payload, "serviceUrl"),
        stamp=_text(payload, "timestamp") or _text(payload, "localTimestamp"),
        text=_said(payload),
        mentions=tuple(_mentions(payload)),
        answered=_text(payload, "replyToId") or _quoted(payload),
        handed=tuple(_handed(payload)),
        value=payload.get("value"),
    )


def is_bot(payload: Mapping[str, Any]) -> bool:
    """Whether a bot said it: ourselves or another."""
    who = _object(payload, "from")
    return _text(who, "id").startswith("28:") or _text(who, "role").casefold() in ("bot", "skill")


def _kind(payload: Mapping[str, Any]) -> Kind:
    kinds: dict[str, Kind] = {"message": "message", "messageUpdate": "edit", "messageDelete": "withdraw", "invoke": "invoke"}
    kind, action = payload.get("type"), _text(payload, "action")
    if kind == "installationUpdate":
        return "installed" if action == "add" else "removed" if action == "remove" else "other"
    if kind == "conversationUpdate":
        bot = _text(_object(payload, "recipient"), "id")
        added, gone = (any(_text(m, "id") == bot for m in _objects(payload, f"members{how}")) for how in ("Added", "Removed"))
        return "installed" if added else "removed" if gone else "other"
    return kinds.get(str(kind), "other")


def _scope(where: Mapping[str, Any], conversation: str) -> Scope:
    kind = _text(where, "conversationType")
    if kind == "personal":
        return "personal"
    if kind == "channel" or (kind != "groupChat" and is_channel(conversation)):
        return "channel"
    return "groupChat" if kind == "groupChat" or conversation.startswith("19:") or where.get("isGroup") is True else "personal"


def _said(payload: Mapping[str, Any]) -> str:
    """The text as it was typed. A quoted message that Teams repeats in front of it is left out."""
    told = _text(payload, "text", 100_000)
    quoting = next((h for h in _html(payload) if 'schema.skype.com/Reply"' in h), "")
    if quoting:
        told = _Words.of(quoting, skipping=True)
    elif payload.get("textFormat") == "xml":
        told = _Words.of(told)
    return _QUOTED.sub(" ", told)


def _html(payload: Mapping[str, Any]) -> Iterator[str]:
    for attachment in _objects(payload, "attachments"):
        content = attachment.get("content")
        if attachment.get("contentType") == "text/html" and isinstance(content, str) and len(content) <= 200_000:
            yield content


def _quoted(payload: Mapping[str, Any]) -> str:
    """The id of the message that this one quotes."""
    for entity in _objects(payload, "entities"):
        if entity.get("type") == "quotedReply" and (found := _text(_object(entity, "quotedReply"), "messageId")):
            return found
    match = next((m for h in _html(payload) if (m := re.search(r'schema\.skype\.com/Reply"[^>]*?\bitemid="([^"<>]{1,100})"', h))), None)
    return match[1] if match else ""


def _answered(payload: Mapping[str, Any]) -> str:
    return _text(payload, "replyToId") if payload.get("type") in ("message", "messageUpdate", "messageDelete") else ""


def _mentions(payload: Mapping[str, Any]) -> Iterator[Mention]:
    for entity in _objects(payload, "entities"):
        who = _text(_object(entity, "mentioned"), "id")
        if entity.get("type") == "mention" and who:
            yield Mention(who, _text(entity, "text", 500))


def _handed(payload: Mapping[str, Any]) -> Iterator[Handed]:
    for attachment in _objects(payload, "attachments")[:10]:
        kind, content = _text(attachment, "contentType").casefold(), _object(attachment, "content")
        name = _text(attachment, "name", 200)
        if kind == "application/vnd.microsoft.teams.file.download.info":
            yield Handed(name, _text(content, "fileType").casefold(), _text(content, "downloadUrl", 4_000), own=False)
        elif kind.startswith("image/"):
            yield Handed(name or "picture", kind, _text(attachment, "contentUrl", 4_000), own=True)


def worded(told: Event, names: Mapping[str, str]) -> str:
    """What was said: without the bot's own name, everyone else who was mentioned by their verified address (`names`, by Teams id), or
    by the name as it was shown where they have none."""
    text = told.text
    for mention in told.mentions:
        shown = _AT.sub(r"\1", mention.text)
        said = "" if mention.id == told.bot else names.get(mention.id) or shown
        text = text.replace(mention.text, f" {said} " if said else " ", 1) if mention.text else text
    text = _AT.sub(r"\1", text)
    text = clean(html.unescape(text).replace("\u00a0", " "))
    return "\n".join(re.sub(r"[ \t]{2,}", " ", line).strip() for line in text.split("\n")).strip()


def from_html(content: str) -> str:
    """The words of a message that Teams hands over as HTML."""
    return clean(_AT.sub(r"\1", _Words.of(content))).strip()


class _Words(HTMLParser):
    """Reads the words of Teams' HTML; `skipping` leaves out what is quoted. Mentions become ``<at>…</at>``."""

    def __init__(self, skipping: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._skipping = skipping
        self._deep = 0
        self._open: list[str] = []
        self._words: list[str] = []

    @classmethod
    def of(cls, content: str, skipping: bool = False) -> str:
        reader = cls(skipping)
        reader.feed(content)
        reader.close()
        return re.sub(r"\n{3,}", "\n\n", "".join(reader._words).replace("\u00a0", " "))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "blockquote":
            self._deep += 1
        elif tag in ("at", "span"):
            called = tag == "at" or (dict(attrs).get("itemtype") or "").endswith("schema.skype.com/Mention")
            self._open.append("</at>" if called else "")
            self.handle_data("<at>" if called else "")
        elif not self._hidden() and tag in ("br", "p", "div", "li"):
            self._words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._deep = max(0, self._deep - 1)
        elif tag in ("at", "span") and self._open:
            self.handle_data(self._open.pop())

    def handle_data(self, data: str) -> None:
        if not self._hidden():
            self._words.append(data)

    def _hidden(self) -> bool:
        return self._skipping and self._deep > 0


def _object(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _objects(of: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = of.get(name)
    return [v for v in value if isinstance(v, dict)][:100] if isinstance(value, list) else []


def _text(of: Mapping[str, Any], name: str, most: int = 2_000) -> str:
    """A text field; "" where it is missing, no text, or longer than it can rightly be."""
    value = of.get(name)
    return value if isinstance(value, str) and len(value) <= most else ""
