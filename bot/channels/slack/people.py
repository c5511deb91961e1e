"""Who is who: Slack user id → verified e-mail address of a full member → Person. Never by a name, never by a text."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.client import answered
from bot.desk.ports import Ledger
from bot.domain.people import Person
from bot.errors import NotAllowed, NotFound, Unknown

KEPT_SECONDS = 60.0
KEPT = 5000
CHANNEL = "slack"


def member(user: Mapping[str, Any], team: str) -> str:
    """The e-mail address of a full member of this workspace, as Slack's ``users.info`` tells it; NotAllowed says why it is none."""
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        raise NotAllowed("I answer people only, not other apps.")
    if user.get("deleted"):
        raise NotAllowed("This Slack account is deactivated.")
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        raise NotAllowed("I work for employees only, and this is a guest account. Please ask somebody who works here.")
    if user.get("is_stranger") or not _at_home(user, team):
        raise NotAllowed("I work for this company's employees only, and your account belongs to another workspace.")
    if user.get("is_email_confirmed") is False:
        raise NotAllowed("Your Slack account's e-mail address is not confirmed yet. Once it is, I can help you.")
    email = str((user.get("profile") or {}).get("email") or "").strip().lower()
    if not email:
        raise NotAllowed("Slack does not tell me your e-mail address, so I cannot know who you are. Please tell the help desk.")
    return email


def _at_home(user: Mapping[str, Any], team: str) -> bool:
    enterprise = user.get("enterprise_user") or {}
    return user.get("team_id") == team or team in (enterprise.get("teams") or ())


class People:
    """Looks people up; keeps what it found for a minute, for messages. Clicks are looked up anew each time."""

    def __init__(self, web: AsyncWebClient, ledger: Ledger, team: str) -> None:
        self._web = web
        self._ledger = ledger
        self._team = team
        self._kept: OrderedDict[str, tuple[float, asyncio.Future[str]]] = OrderedDict()

    async def who(self, user: str, *, fresh: bool = False) -> Person:
        """The person behind a Slack user id. NotAllowed says, in words for them, why they are nobody here; TryLater where Slack is away."""
        email = await self._email(user, fresh)
        return await self._employee(email)

    async def _employee(self, email: str) -> Person:
        try:
            person = (await self._ledger.directory()).person(email)
        except Unknown:
            raise NotAllowed(f"Your Slack address, {email}, is not in the company's directory, so I cannot act for you.") from None
        if not person.at_work:
            raise NotAllowed("The company's directory does not list you as somebody who is at work here, so I cannot act for you.")
        return person

    async def _email(self, user: str, fresh: bool) -> str:
        known = self._kept.get(user)
        if known and not fresh and known[0] > time.monotonic():
            return await asyncio.shield(known[1])
        looked = asyncio.ensure_future(self._look(user))
        looked.add_done_callback(lambda done: self._forget_failed(user, done))
        self._kept[user] = (time.monotonic() + KEPT_SECONDS, looked)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return await asyncio.shield(looked)

    def _forget_failed(self, user: str, done: asyncio.Future[str]) -> None:
        """Only an identity is kept: who was refused, or could not be looked up, is looked up anew."""
        failed = done.cancelled() or done.exception() is not None
        if failed and user in self._kept and self._kept[user][1] is done:
            del self._kept[user]

    async def _look(self, user: str) -> str:
        try:
            found = await answered(self._web.users_info(user=user))
        except NotFound:
            raise NotAllowed("I work for this company's employees only, and Slack does not show me your account.") from None
        return member(found["user"], self._team)

    async def addresses(self, users: Iterable[str]) -> dict[str, str]:
        """By user id, the e-mail addresses of those who are employees; others are left out."""
        found: dict[str, str] = {}
        for user in users:
            try:
                found[user] = (await self.who(user)).email
            except NotAllowed:
                continue
        return found

    async def conversation(self, email: str) -> str:
        """The direct conversation with the person who has this address. NotFound or NotAllowed where there is no such member."""
        known = await self._ledger.reach(CHANNEL, email) or {}
        if known.get("user") and known.get("dm") and await self._still(str(known["user"]), email):
            return str(known["dm"])
        found = await answered(self._web.users_lookupByEmail(email=email))
        user = str(found["user"]["id"])
        if not await self._still(user, email):
            raise NotFound(f"No Slack account of a full member has the address {email}.")
        return await self.open(user, email)

    async def _still(self, user: str, email: str) -> bool:
        try:
            return await self._email(user, fresh=False) == email
        except NotAllowed:
            return False

    async def open(self, user: str, email: str) -> str:
        """The direct conversation with a user, noted for next time."""
        opened = await answered(self._web.conversations_open(users=[user]))
        dm = str(opened["channel"]["id"])
        await self._ledger.save_reach(CHANNEL, email, {"user": user, "dm": dm})
        return dm
