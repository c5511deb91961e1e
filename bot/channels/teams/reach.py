"""Where conversations and people are reached: the connector's address and ids, kept across restarts.

By conversation id: ``{"connector", "tenant", "bot"}``. By a person's address: the same with ``"user"``, ``"aad"``, their own
``"conversation"`` with the bot once there is one, and ``"greeted"``. By ``user:<Teams id>``: where their own conversation is,
and their address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.channels.teams.parse import CHANNEL, Event
from bot.desk.ports import Ledger

MOST = 10_000


@dataclass(frozen=True)
class Spot:
    """A way to a conversation or a person. `conversation` is "" where there is none with this person yet."""

    connector: str
    conversation: str
    tenant: str = ""
    bot: str = ""
    user: str = ""
    aad: str = ""
    greeted: bool = False


class Reach:
    """Notes where people write from; writes to the record only what it does not know."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._noted: dict[str, dict[str, Any]] = {}

    async def note(self, event: Event, email: str) -> None:
        """Somebody did something: keeps where, and how they are reached."""
        at = {"connector": event.connector, "tenant": event.tenant, "bot": event.bot}
        await self._keep(event.conversation, at)
        them = {**at, "user": event.sender, "aad": event.aad}
        if event.scope == "personal":
            them["conversation"] = event.conversation
            await self._keep(f"user:{event.sender}", {**at, "conversation": event.conversation, "email": email})
        await self._keep(email, them)

    async def note_place(self, event: Event) -> None:
        """The bot was added somewhere."""
        await self._keep(event.conversation, {"connector": event.connector, "tenant": event.tenant, "bot": event.bot})

    async def opened(self, email: str, spot: Spot) -> None:
        """A conversation with this person was opened."""
        at = {"connector": spot.connector, "tenant": spot.tenant, "bot": spot.bot}
        await self._keep(email, {**at, "user": spot.user, "aad": spot.aad, "conversation": spot.conversation})
        await self._keep(spot.conversation, at)
        if spot.user:
            await self._keep(f"user:{spot.user}", {**at, "conversation": spot.conversation, "email": email})

    async def closed(self, event: Event) -> None:
        """The person has removed the bot: their conversation with it is no longer one."""
        name = f"user:{event.sender}"
        email = str((await self._ledger.reach(CHANNEL, name) or {}).get("email") or "")
        for known in (name, email) if email else (name,):
            self._noted.pop(known, None)
            told = await self._ledger.reach(CHANNEL, known) or {}
            await self._ledger.save_reach(CHANNEL, known, {k: v for k, v in told.items() if k not in ("conversation", "greeted")})

    async def greeted(self, email: str) -> bool:
        """Whether this person was greeted before; from now on they are."""
        before = await self._ledger.reach(CHANNEL, email)
        await self._keep(email, {"greeted": True})
        return bool(before and before.get("greeted"))

    async def of_conversation(self, conversation: str) -> Spot | None:
        return _spot(await self._ledger.reach(CHANNEL, conversation), conversation)

    async def of_person(self, email: str) -> Spot | None:
        return _spot(await self._ledger.reach(CHANNEL, email))

    async def of_user(self, user: str) -> Spot | None:
        return _spot(await self._ledger.reach(CHANNEL, f"user:{user}"))

    async def _keep(self, name: str, told: dict[str, Any]) -> None:
        """Adds to what is known by this name. Nothing that was known is lost by knowing less now."""
        told = {k: v for k, v in told.items() if v}
        noted = self._noted.get(name, {})
        if {**noted, **told} == noted:
            return
        before = dict(await self._ledger.reach(CHANNEL, name) or {})
        if {**before, **told} != before:
            await self._ledger.save_reach(CHANNEL, name, {**before, **told})
        if len(self._noted) >= MOST:
            self._noted.clear()
        self._noted[name] = {**before, **told}


def _spot(told: Any, conversation: str = "") -> Spot | None:
    if not told or not told.get("connector"):
        return None
    named = {k: str(told.get(k) or "") for k in ("tenant", "bot", "user", "aad")}
    return Spot(str(told["connector"]), conversation or str(told.get("conversation") or ""), **named, greeted=bool(told.get("greeted")))
