"""The workspace that the stand-in knows: the demo company's people, some who only look like them, channels and what is said in them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from actions.vendors.demo.seed import company_rows

TEAM = "T0BRIGHT01"
ELSEWHERE = "T0STRANGE1"
APP = "A0BELLHOP1"
BOT_USER = "U0BELLHOP1"
BOT = "B0BELLHOP1"
BOT_NAME = "Bellhop"
DOMAIN = "brightwater"

Json = dict[str, Any]


@dataclass
class User:
    """An account of the workspace, or one of another that shares a channel with it."""

    id: str
    name: str
    email: str
    display: str = ""
    bot: bool = False
    deleted: bool = False
    guest: bool = False
    single: bool = False
    stranger: bool = False
    confirmed: bool = True

    @property
    def team(self) -> str:
        return ELSEWHERE if self.stranger else TEAM

    @property
    def handle(self) -> str:
        return self.email.partition("@")[0] or self.name.lower().replace(" ", "")

    def to_json(self, with_email: bool) -> Json:
        """As users.info gives it. A deactivated account keeps few fields, and another workspace's people show no e-mail address."""
        profile: Json = {
            "real_name": self.name,
            "display_name": self.display or self.name,
            "real_name_normalized": self.name,
            "display_name_normalized": self.display or self.name,
            "team": self.team,
            "avatar_hash": "g0",
            "image_48": "https://avatars.slack-edge.example/48.png",
        }
        if with_email and self.email and not self.bot:
            profile["email"] = self.email
        told: Json = {"id": self.id, "team_id": self.team, "name": self.handle, "deleted": self.deleted, "profile": profile}
        told |= {"is_bot": self.bot, "is_app_user": False, "updated": 1_700_000_000}
        if self.deleted:
            return told
        told |= {
            "color": "9f69e7",
            "real_name": self.name,
            "tz": "Europe/London",
            "tz_label": "Greenwich Mean Time",
            "tz_offset": 0,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.guest or self.single,
            "is_ultra_restricted": self.single,
            "is_email_confirmed": self.confirmed,
            "who_can_share_contact_card": "EVERYONE",
        }
        if self.stranger:
            told["is_stranger"] = True
        return told


@dataclass
class Channel:
    """A channel, or a direct conversation with one person."""

    id: str
    name: str = ""
    members: set[str] = field(default_factory=set)
    private: bool = False
    archived: bool = False
    shared: bool = False
    with_user: str = ""

    @property
    def kind(self) -> str:
        """channel_type of an event."""
        return "im" if self.with_user else "group" if self.private else "channel"

    @property
    def scope(self) -> str:
        """The family of scopes that it takes to read it."""
        return {"im": "im", "group": "groups", "channel": "channels"}[self.kind]

    def to_json(self) -> Json:
        if self.with_user:
            return {
                "id": self.id,
                "created": 1_700_000_000,
                "is_im": True,
                "is_org_shared": False,
                "user": self.with_user,
                "is_archived": False,
                "is_user_deleted": False,
                "context_team_id": TEAM,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": 1_700_000_000,
            "creator": "U0001",
            "is_channel": True,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.private,
            "is_archived": self.archived,
            "is_general": self.name == "general",
            "is_shared": self.shared,
            "is_ext_shared": self.shared,
            "is_org_shared": False,
            "is_member": BOT_USER in self.members,
            "context_team_id": TEAM,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


@dataclass
class StoredFile:
    """A file somebody uploaded; `at` is the address that its bytes are served at, `host` another one to pretend it is at."""

    id: str
    name: str
    media_type: str
    content: bytes
    owner: str
    url: str

    def to_json(self) -> Json:
        kind = self.media_type.rpartition("/")[2]
        return {
            "id": self.id,
            "created": int(time.time()),
            "timestamp": int(time.time()),
            "name": self.name,
            "title": self.name,
            "mimetype": self.media_type,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": self.owner,
            "user_team": TEAM,
            "editable": False,
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": False,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": self.url,
            "url_private_download": self.url,
            "permalink": f"https://{DOMAIN}.slack.example/files/{self.owner}/{self.id}/{self.name}",
            "has_rich_preview": False,
            "file_access": "visible",
        }


IMPOSTORS = {
    "guest": User("U0GUEST", "Carl Guest", "ivan.petrov@brightwater.example", guest=True),
    "single-channel guest": User("U0SINGLE", "Sally Single", "ivan.petrov@brightwater.example", single=True),
    "deactivated": User("U0GONE", "Ivan Petrov", "ivan.petrov@brightwater.example", deleted=True),
    "bot": User("U0OTHERBOT", "Other Bot", "ivan.petrov@brightwater.example", bot=True),
    "stranger": User("U0STRANGE", "Ivan Petrov", "ivan.petrov@brightwater.example", stranger=True),
    "unconfirmed": User("U0UNCONF", "Ivan Petrov", "ivan.petrov@brightwater.example", confirmed=False),
    "look-alike": User("U0LOOKS", "Ivan Petrov", "mallory@elsewhere.example", display="Ivan Petrov"),
    "without e-mail": User("U0NOMAIL", "Ivan Petrov", ""),
}
"""Accounts that are nobody the desk knows. Each but the last two has an analyst's e-mail address: only its kind keeps it out."""


class Workspace:
    """Users, channels, messages and files."""

    def __init__(self) -> None:
        rows = company_rows("people", datetime.now(UTC))
        self.users = {u.id: u for u in (User(f"U{n:04d}", r["name"], r["email"]) for n, r in enumerate(rows, 1))}
        self.users |= {u.id: User(**vars(u)) for u in IMPOSTORS.values()}
        self.users[BOT_USER] = User(BOT_USER, BOT_NAME, "", bot=True)
        everyone = {u.id for u in self.users.values() if not u.guest and not u.single}
        self.channels = {
            c.id: c
            for c in (
                Channel("C0GENERAL", "general", set(everyone) | {IMPOSTORS["guest"].id}),
                Channel("C0ITHELP", "it-help", set(everyone)),
                Channel("C0LOUNGE", "lounge", set(everyone)),
                Channel("C0ANALYST", "it-analysts", set(everyone), private=True),
                Channel("C0ARCHIVE", "archived", set(everyone), archived=True),
                Channel("C0WITHOUT", "without-the-bot", everyone - {BOT_USER}),
                Channel("C0PARTNER", "with-a-partner", set(everyone), shared=True),
            )
        }
        self.messages: dict[str, list[Json]] = {c: [] for c in self.channels}
        self.files: dict[str, StoredFile] = {}
        self._last = 0
        self._numbers = itertools.count(1)

    def number(self) -> int:
        return next(self._numbers)

    def ts(self) -> str:
        """A timestamp that no other message of the workspace has."""
        self._last = max(self._last + 1, int(time.time() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def user(self, who: str) -> User:
        """By id, by full name or by the name of an impostor."""
        if who in IMPOSTORS:
            return self.users[IMPOSTORS[who].id]
        if who in self.users:
            return self.users[who]
        return next(u for u in self.users.values() if u.name == who)

    def by_email(self, email: str) -> User | None:
        """The active full member with this address, else none: as users.lookupByEmail finds people."""
        plain = (u for u in self.users.values() if u.email == email and not (u.deleted or u.guest or u.single or u.bot or u.stranger))
        return next(plain, None)

    def channel(self, name: str) -> Channel:
        """By id, or by #name."""
        return self.channels[name] if name in self.channels else next(c for c in self.channels.values() if c.name == name.removeprefix("#"))

    def direct(self, user: str) -> Channel:
        """The bot's direct conversation with somebody; opened where there is none."""
        found = f"D{user[1:]}"
        if found not in self.channels:
            self.channels[found] = Channel(found, members={user, BOT_USER}, with_user=user)
            self.messages[found] = []
        return self.channels[found]

    def find(self, channel: str, ts: str) -> Json | None:
        return next((m for m in self.messages.get(channel, []) if m["ts"] == ts), None)

    def add(self, channel: str, message: Json) -> Json:
        """Puts a message into a channel; one in a thread is counted at the thread's root, as Slack does."""
        root = message.get("thread_ts")
        self.messages[channel].append(message)
        if root and (head := self.find(channel, root)) is not None and head is not message:
            head.setdefault("thread_ts", root)
            head["reply_count"] = head.get("reply_count", 0) + 1
            head["latest_reply"] = message["ts"]
            message["parent_user_id"] = head.get("user", "")
        return message
