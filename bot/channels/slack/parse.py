"""Slack's events as what people wrote. Pure: no network, no clock.

An event tells more than one way of the same thing: a post that mentions the app arrives as `message` and as `app_mention`, an edit holds
the post twice, and a deleted root with replies is an edit to a "tombstone". Ids come out of the post itself, so that all tellings of one
act have one id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.markup import clean

Event = Mapping[str, Any]

WRITTEN = {None, "", "file_share", "thread_broadcast", "me_message"}
"""Subtypes of a message that a person wrote; all others are Slack's or an app's."""
_ENTITY = re.compile(r"<([^<>\n]+)>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
MOST_MENTIONS = 20


@dataclass(frozen=True)
class Heard:
    """Something a person wrote. `thread` is the root's ts, its own where it begins one; `team` is the author's workspace."""

    channel: str
    ts: str
    thread: str
    user: str
    text: str = ""
    team: str = ""
    named: bool = False
    direct: bool = False
    files: tuple[dict[str, Any], ...] = ()
    edited: str = ""

    @property
    def id(self) -> str:
        return f"{self.channel}:{self.ts}"

    @property
    def begins(self) -> bool:
        return self.thread == self.ts


def heard(event: Event, bot: str) -> Heard | None:
    """What a `message` or `app_mention` event tells; None where no person wrote it."""
    if event.get("subtype") not in WRITTEN or event.get("hidden"):
        return None
    return _written(event, str(event.get("channel") or ""), event, bot)


def edited(event: Event, bot: str) -> Heard | None:
    """The new wording of a post; None where nobody changed its words (Slack added a preview, or a reply arrived)."""
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if now.get("subtype") == "tombstone" or now.get("text") == before.get("text") or not now.get("edited"):
        return None
    if now.get("subtype") not in WRITTEN:
        return None
    return _written(now, str(event.get("channel") or ""), event, bot, str(now["edited"].get("ts") or event.get("event_ts") or ""))


def deleted(event: Event, bot: str) -> Heard | None:
    """The post that is no more, as it was; its author is who took it back, because Slack does not say who did."""
    if event.get("subtype") == "message_changed" and (event.get("message") or {}).get("subtype") != "tombstone":
        return None
    before = event.get("previous_message") or {}
    if before.get("subtype") not in WRITTEN:
        return None
    return _written(before, str(event.get("channel") or ""), event, bot)


def _written(post: Event, channel: str, event: Event, bot: str, edit: str = "") -> Heard | None:
    user, ts = str(post.get("user") or ""), str(post.get("ts") or "")
    if not (channel and user and ts) or user == bot or post.get("bot_id") or post.get("bot_profile"):
        return None
    text = str(post.get("text") or "")
    return Heard(
        channel=channel,
        ts=ts,
        thread=str(post.get("thread_ts") or ts),
        user=user,
        text=text,
        team=str(post.get("user_team") or ""),
        named=bot in users_in(text),
        direct=is_direct(channel, str(event.get("channel_type") or "")),
        files=tuple(f for f in post.get("files") or () if isinstance(f, dict)),
        edited=edit,
    )


def is_direct(channel: str, kind: str = "") -> bool:
    """Whether this is the conversation of one person with the app."""
    return kind == "im" or (not kind and channel.startswith("D"))


def users_in(text: str) -> tuple[str, ...]:
    """The user ids that a text mentions, in order, each once."""
    return tuple(dict.fromkeys(_USER.findall(text)))[:MOST_MENTIONS]


def ours(body: Event, team: str) -> bool:
    """Whether an event was delivered for this workspace: in a channel shared with another one, the outer team is whichever wrote."""
    teams = {str(a.get("team_id")) for a in body.get("authorizations") or () if isinstance(a, dict)}
    named = {str(t) for t in (body.get("team_id"), body.get("context_team_id")) if t} | teams
    return not named or team in named


def readable(text: str, bot: str, addresses: Mapping[str, str], name: str = "Bellhop") -> str:
    """The words as their author saw them: the app's own name at either end is left out, and a mention of an employee is their address."""
    own = rf"<@{re.escape(bot)}(?:\|[^<>]*)?>"
    text = re.sub(rf"^\s*(?:{own}[\s,:]*)+", "", text)
    text = re.sub(rf"[\s,]*(?:{own}\s*)+(?=[?!.]*\s*$)", "", text)
    parts = _ENTITY.split(text)
    told = [_entity(p, bot, addresses, name) if n % 2 else unescaped(p) for n, p in enumerate(parts)]
    return clean("".join(told)).strip()


def _entity(inner: str, bot: str, addresses: Mapping[str, str], name: str) -> str:
    target, _, label = inner.partition("|")
    label = unescaped(label)
    if target.startswith("@"):
        user = target[1:]
        return f"@{name}" if user == bot else addresses.get(user) or f"@{label.lstrip('@') or user}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return _link(unescaped(target), label)


def _link(target: str, label: str) -> str:
    """A link as its label, with its address where that says something else."""
    shown = re.sub(r"^(?:mailto:|tel:)", "", target)
    bare = re.sub(r"^https?://", "", shown).rstrip("/").casefold()
    if not label or label == shown:
        return shown
    return label if label.rstrip("/").casefold() == bare else f"{label} ({shown})"


def unescaped(text: str) -> str:
    """The three characters that Slack escapes, as they were typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@dataclass(frozen=True)
class Reaction:
    """An emoji on a post."""

    emoji: str
    user: str
    channel: str
    ts: str
    author: str


def reaction(event: Event) -> Reaction | None:
    """What a `reaction_added` event tells; None where it is not on a post that somebody wrote."""
    item = event.get("item") or {}
    if item.get("type") != "message" or not all((event.get("user"), item.get("channel"), item.get("ts"), event.get("item_user"))):
        return None
    emoji = str(event.get("reaction") or "").partition("::")[0]
    return Reaction(emoji, str(event["user"]), str(item["channel"]), str(item["ts"]), str(event["item_user"]))


@dataclass(frozen=True)
class Source:
    """Where and by whom something was pressed or sent. `message` is the ts of the post that held it, "" on the home page or in a dialog."""

    user: str
    team: str
    trigger: str
    channel: str = ""
    message: str = ""
    thread: str = ""
    view: str = ""

    @property
    def ref(self) -> str:
        return f"{self.channel}:{self.message}" if self.channel and self.message else ""


def source(body: Event) -> Source:
    """Of a `block_actions`, `view_submission`, `message_action` or slash command payload."""
    user, container, message = body.get("user") or {}, body.get("container") or {}, body.get("message") or {}
    channel = container.get("channel_id") or (body.get("channel") or {}).get("id") or body.get("channel_id")
    ts = container.get("message_ts") or message.get("ts") or body.get("message_ts")
    return Source(
        user=str(user.get("id") or body.get("user_id") or ""),
        team=str(user.get("team_id") or ""),
        trigger=str(body.get("trigger_id") or ""),
        channel=str(channel or ""),
        message=str(ts or ""),
        thread=str(container.get("thread_ts") or message.get("thread_ts") or ts or ""),
        view=str((body.get("view") or {}).get("type") or ""),
    )
