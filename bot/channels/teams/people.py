"""Who somebody is: the roster's answer for the id that Teams signed, and the directory's person with that address. Nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.channels.teams.connector import Connector, now
from bot.channels.teams.gate import tenants
from bot.channels.teams.parse import Event
from bot.channels.teams.reach import Reach
from bot.desk.ports import Ledger
from bot.domain.people import Person
from bot.errors import BellhopError, NotAllowed, NotFound, Refused, Unknown
from bot.settings import Settings

log = logging.getLogger(__name__)

KEPT = timedelta(seconds=60)
MOST = 5_000
_OWN = ("user", "owner", "member")
"""Roles that guests, bots and people who are not signed in never have."""


class Nobody(NotAllowed):
    """I only help people of this company, and I cannot tell who you are."""


@dataclass(frozen=True)
class _Known:
    addresses: tuple[str, ...]
    until: datetime


class People:
    """Looks members up. What the roster says is kept for a minute for what people write, and not at all for what they press."""

    def __init__(self, settings: Settings, connector: Connector, reach: Reach, ledger: Ledger) -> None:
        self._company = settings.company
        self._tenants = tenants(settings)
        self._connector = connector
        self._reach = reach
        self._ledger = ledger
        self._known: dict[tuple[str, str, str], _Known] = {}

    async def who(self, event: Event, *, fresh: bool) -> Person:
        """The person who did this; Nobody, with a sentence why, for guests, bots, strangers and those who have left."""
        if not event.sender or event.sender.startswith("28:") or not event.aad:
            raise Nobody(f"I only help people of {self._company}, and Teams does not say who you are.")
        return await self._person(await self._addresses(event, fresh))

    async def address(self, event: Event, member: str) -> str:
        """The verified address of somebody who was mentioned; "" where they are nobody here."""
        if member.startswith("28:"):
            return ""
        with suppress(BellhopError):
            roster = await self._connector.member(event.connector, event.conversation, member)
            return (await self._person(self._checked(roster))).email
        return ""

    async def _addresses(self, event: Event, fresh: bool) -> tuple[str, ...]:
        key = (event.conversation, event.sender, event.aad)
        known = self._known.get(key)
        if known and known.until > now() and not fresh:
            return known.addresses
        roster = await self._member(event)
        if _object_id(roster) != event.aad:
            raise Nobody("Teams' list of members does not fit what you sent, so I cannot tell who you are.")
        addresses = self._checked(roster)
        if len(self._known) >= MOST:
            self._known = {k: v for k, v in self._known.items() if v.until > now()}
        self._known[key] = _Known(addresses, now() + KEPT)
        return addresses

    async def _member(self, event: Event) -> Mapping[str, Any]:
        """The roster of the conversation; for a message's own menu, which works where the bot is not, of the person's chat with it."""
        try:
            return await self._connector.member(event.connector, event.conversation, event.sender)
        except (NotFound, Refused):
            if not event.name.startswith("composeExtension/"):
                raise Nobody("I cannot find you among the members of this conversation, so I cannot tell who you are.") from None
        own = await self._reach.of_user(event.sender)
        try:
            if own is not None and own.conversation:
                return await self._connector.member(own.connector, own.conversation, event.sender)
        except (NotFound, Refused):
            log.debug("somebody has removed the bot since they wrote to it")
        raise Nobody("I cannot tell who you are here. Please open a chat with me first, say hello, and try again.")

    def _checked(self, roster: Mapping[str, Any]) -> tuple[str, ...]:
        """The addresses of a member of our own: the user principal name, and the mailbox."""
        upn, mail = str(roster.get("userPrincipalName") or ""), str(roster.get("email") or "")
        role, tenant = str(roster.get("userRole") or "user").casefold(), str(roster.get("tenantId") or "").casefold()
        if role not in _OWN or "#ext#" in upn.casefold() or "#ext#" in mail.casefold():
            raise Nobody(f"You are a guest in this Teams, and I only help people of {self._company}.")
        if tenant and self._tenants and tenant not in self._tenants:
            raise Nobody(f"You belong to another organisation, and I only help people of {self._company}.")
        return tuple(a.strip().lower() for a in (upn, mail) if "@" in a)

    async def _person(self, addresses: tuple[str, ...]) -> Person:
        directory = await self._ledger.directory()
        for address in addresses:
            with suppress(Unknown):
                person = directory.person(address)
                if not person.at_work:
                    raise Nobody(f"Your account is not an active one at {self._company}, so I cannot help you here.")
                return person
        raise Nobody(f"I cannot find you in the directory of {self._company}. Please ask your help desk to add you.")


def _object_id(roster: Mapping[str, Any]) -> str:
    """The Entra object id; the connector spells its name in two ways."""
    return str(roster.get("aadObjectId") or roster.get("objectId") or "").casefold()
