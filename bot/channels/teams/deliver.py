"""Posts on their way to Teams: where each stands or belongs, drawn, sent or changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from botbuilder.schema import Activity, Attachment, ChannelAccount

from bot.channels.teams.adapter import CARD
from bot.channels.teams.connector import Connector
from bot.channels.teams.parse import CHANNEL, Event, is_channel, ref, threaded, unref
from bot.channels.teams.reach import Reach, Spot
from bot.channels.teams.render import Drawn, draw
from bot.desk.ports import Ledger
from bot.domain.messages import Post
from bot.errors import Misconfigured, NotFound, Refused
from bot.settings import Settings

ANALYSTS = "analysts"
"""The conversation of places in the help desk's channel; where a person is told something, it is their address."""


class Delivery:
    """Finds the conversation for a post and writes it there."""

    def __init__(self, settings: Settings, connector: Connector, reach: Reach, ledger: Ledger) -> None:
        self._settings = settings
        self._connector = connector
        self._reach = reach
        self._ledger = ledger
        self._bot = f"28:{settings.teams_app_id}" if settings.teams_app_id else ""

    async def show(self, post: Post) -> str:
        """Writes a post, or changes it where it stands; returns its ref. A post that is gone is written anew."""
        drawn = draw(post)
        if post.ref:
            with suppress(NotFound):
                await self._change(post, drawn)
                return post.ref
        if post.place.conversation == ANALYSTS:
            return await self._to_analysts(post, drawn)
        if "@" in post.place.conversation and not post.place.conversation.startswith("19:"):
            return await self.tell(post.place.conversation, drawn)
        root = post.place.thread if is_channel(post.place.conversation) else ""
        return await self._say(await self._spot(post.place.conversation), root, drawn)

    async def tell(self, email: str, drawn: Drawn) -> str:
        """Tells a person something in their own conversation, which is opened where there is none."""
        spot = await self.own(email)
        try:
            return await self._say(spot, "", drawn)
        except NotFound:
            return await self._say(await self._open(email, spot), "", drawn)

    async def say_at(self, happened: Event, drawn: Drawn) -> None:
        """Says something where something happened."""
        spot = Spot(happened.connector, happened.conversation, happened.tenant, happened.bot)
        await self._say(spot, happened.root, drawn)

    async def say_privately(self, happened: Event, drawn: Drawn) -> None:
        """Says something to the one who acted, in their own conversation with the bot. It may be nobody's of the company."""
        known = await self._reach.of_user(happened.sender)
        if happened.scope == "personal":
            return await self.say_at(happened, drawn)
        if known is None or not known.conversation:
            made = await self._connector.direct(happened.connector, happened.bot, happened.sender, happened.tenant)
            known = Spot(happened.connector, made, happened.tenant, happened.bot)
        await self._say(known, "", drawn)

    async def own(self, email: str) -> Spot:
        """The person's own conversation with the bot; NotFound where nobody knows how to open one."""
        known = await self._reach.of_person(email)
        return known if known is not None and known.conversation else await self._open(email, known)

    async def card_at(self, place_ref: str) -> dict[str, Any] | None:
        """The card of a post as it is now."""
        post = await self._ledger.post_at(CHANNEL, place_ref)
        return draw(post).card if post is not None else None

    async def _change(self, post: Post, drawn: Drawn) -> None:
        conversation, message = unref(post.ref)
        spot = await self._spot(conversation)
        root = await self._root(post, message) if is_channel(conversation) else ""
        await self._connector.update(spot.connector, threaded(conversation, root), message, self._activity(drawn, spot))

    async def _root(self, post: Post, message: str) -> str:
        """The message that began the thread a post of ours stands in."""
        if post.place.conversation != ANALYSTS:
            return post.place.thread
        first = await self._first(post)
        return unref(first.ref)[1] if first else message

    async def _first(self, post: Post) -> Post | None:
        """The oldest post drawn at the same place: the root of its thread."""
        posts: Sequence[Post] = await self._ledger.posts(place=post.place)
        return next((p for p in posts if p.ref and p.place == post.place), None)

    async def _to_analysts(self, post: Post, drawn: Drawn) -> str:
        channel = self._channel
        if not channel:
            raise Misconfigured("BELLHOP_TEAMS_ANALYSTS is not set, so there is no channel to tell the analysts in.")
        spot, first = await self._spot(channel), await self._first(post)
        if first is not None and first.ref != post.ref and unref(first.ref)[0] == channel:
            with suppress(NotFound):
                return await self._say(spot, unref(first.ref)[1], drawn)
        tenant = spot.tenant or self._settings.teams_tenant_id
        _, message = await self._connector.thread(spot.connector, channel, tenant, self._activity(drawn, spot))
        return ref(channel, message)

    async def _say(self, spot: Spot, root: str, drawn: Drawn) -> str:
        message = await self._connector.send(spot.connector, threaded(spot.conversation, root), self._activity(drawn, spot))
        return ref(spot.conversation, message)

    async def _spot(self, conversation: str) -> Spot:
        """How a conversation is reached; one that nobody wrote in yet by the address that the settings name."""
        known = await self._reach.of_conversation(conversation)
        return known or Spot(self._settings.teams_service_url, conversation, self._settings.teams_tenant_id, self._bot)

    async def _open(self, email: str, known: Spot | None) -> Spot:
        """A conversation with a person: with their ids as known, or as the analysts' channel knows them."""
        spot = known if known is not None and (known.user or known.aad) else await self._colleague(email)
        tenant = spot.tenant or self._settings.teams_tenant_id
        try:
            made = await self._connector.direct(spot.connector, spot.bot or self._bot, spot.user or spot.aad, tenant)
        except (NotFound, Refused) as error:
            why = "the app is not installed for them, or they have blocked it. A Teams administrator can install it for everyone"
            raise NotFound(f"{email} cannot be reached in Teams: {why}.") from error
        user = spot.user if spot.user.startswith("29:") else ""
        opened = Spot(spot.connector, made, tenant, spot.bot or self._bot, user, spot.aad)
        await self._reach.opened(email, opened)
        return opened

    async def _colleague(self, email: str) -> Spot:
        """Somebody who never wrote to the bot: by their id in the roster of the analysts' channel, or else by their address, which is
        their user principal name in most companies. Teams lets this through where the app is installed for them."""
        address = email
        if channel := self._channel:
            with suppress(NotFound, Refused):
                spot = await self._spot(channel)
                member = await self._connector.member(spot.connector, channel, email)
                if str(member.get("userPrincipalName") or "").casefold() == email.casefold():
                    address = str(member.get("id") or email)
        return Spot(self._settings.teams_service_url, "", self._settings.teams_tenant_id, self._bot, user=address)

    @property
    def _channel(self) -> str:
        """The analysts' channel, without a thread."""
        return self._settings.teams_analysts.partition(";")[0]

    def _activity(self, drawn: Drawn, spot: Spot) -> Activity:
        bot = spot.bot or self._bot
        return Activity(
            type="message",
            summary=drawn.summary or None,
            attachments=[Attachment(content_type=CARD, content=drawn.card)],
            from_property=ChannelAccount(id=bot) if bot else None,
        )
