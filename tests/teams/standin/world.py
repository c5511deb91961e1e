"""What Teams knows: people, conversations, who installed the bot, and every message with its versions."""

from __future__ import annotations

import itertools
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

DOMAIN = "brightwater.example"
TENANT = "0c5ab6a1-0000-4000-8000-00000000b717"
ELSEWHERE = "0c5ab6a1-0000-4000-8000-0000000e711f"
NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def mail(name: str) -> str:
    """ "John Smith" → his address."""
    return name if "@" in name else name.lower().replace(" ", ".") + "@" + DOMAIN


@dataclass(frozen=True)
class User:
    """An account as the roster shows it."""

    id: str
    name: str
    upn: str
    email: str
    aad: str
    role: str = "user"
    tenant: str = TENANT

    def roster(self) -> dict[str, Any]:
        """As the connector's member endpoints tell it: both spellings of the object id are in use."""
        given, _, family = self.name.partition(" ")
        told = {"id": self.id, "name": self.name, "givenName": given, "surname": family, "userRole": self.role, "tenantId": self.tenant}
        return {**told, "objectId": self.aad, "aadObjectId": self.aad, "email": self.email, "userPrincipalName": self.upn}


@dataclass
class Chat:
    """A conversation: "personal", "groupChat" or "channel" (then with its team). `region` is the path of its service address."""

    id: str
    kind: str
    members: list[User]
    region: str = "emea"
    team: str = ""
    name: str = ""
    installed: bool = True
    """Whether the bot is in it."""


@dataclass
class Shown:
    """A message as it stands in a conversation now; `versions` are all it ever said, oldest first."""

    id: str
    chat: Chat
    by: str
    activity: dict[str, Any]
    root: str = ""
    versions: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False

    @property
    def text(self) -> str:
        return str(self.activity.get("text") or "")


@dataclass
class World:
    """Everything there is. People of the company are made when they are first named."""

    app_id: str
    users: dict[str, User] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    typing: list[tuple[str, float]] = field(default_factory=list)
    uninstalled: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    ticks: itertools.count[int] = field(default_factory=lambda: itertools.count(int(time.time() * 1000)))
    teams: dict[str, str] = field(default_factory=dict)

    @property
    def bot_id(self) -> str:
        return f"28:{self.app_id}"

    def user(self, who: str, **other: Any) -> User:
        """Somebody by name or address; `other` is for those who are not what they seem."""
        address = mail(who)
        found = self.users.get(address)
        if found is None:
            aad = str(uuid.uuid5(NAMESPACE, address))
            name = " ".join(w.capitalize() for w in address.partition("@")[0].split("."))
            found = User(**{"id": f"29:1{aad.replace('-', '')}", "name": name, "upn": address, "email": address, "aad": aad, **other})
            self.users[address] = found
        return found

    def by_id(self, member: str) -> User | None:
        """By Teams id, object id or user principal name: the connector takes any of them."""
        return next((u for u in self.users.values() if member.casefold() in (u.id.casefold(), u.aad.casefold(), u.upn.casefold())), None)

    def tick(self) -> str:
        """A new id as Teams makes them: the milliseconds of the moment, never twice the same."""
        return str(next(self.ticks))

    def personal(self, user: User) -> Chat:
        """The direct conversation with the bot, made when it is first needed."""
        known = next((c for c in self.chats.values() if c.kind == "personal" and c.members == [user]), None)
        if known is None:
            known = Chat(f"a:1{uuid.uuid5(NAMESPACE, user.id + self.app_id).hex}", "personal", [user])
            self.chats[known.id] = known
        return known

    def group(self, name: str, members: list[User]) -> Chat:
        chat = Chat(f"19:{uuid.uuid5(NAMESPACE, 'group' + name).hex}@thread.v2", "groupChat", members, name=name)
        self.chats[chat.id] = chat
        return chat

    def channel(self, name: str, members: list[User], team: str = "IT", **other: Any) -> Chat:
        known = self.teams.setdefault(team, f"19:{uuid.uuid5(NAMESPACE, 'team' + team).hex}@thread.tacv2")
        chat = Chat(f"19:{uuid.uuid5(NAMESPACE, team + name).hex}@thread.tacv2", "channel", members, team=known, name=name, **other)
        self.chats[chat.id] = chat
        return chat

    def chat(self, conversation: str) -> Chat | None:
        return self.chats.get(conversation.partition(";")[0])

    def message(self, chat: Chat, message: str) -> Shown | None:
        return next((s for s in self.shown if s.chat is chat and s.id == message), None)

    def thread(self, conversation: str) -> str:
        """The root that a conversation id names; "" without one."""
        return conversation.partition(";messageid=")[2]
