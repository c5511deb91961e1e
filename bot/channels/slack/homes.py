"""Publishes App Home pages."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.channels.slack.client import answered
from bot.channels.slack.deliver import ANALYSTS, virtual
from bot.channels.slack.home import home_view, nobody_home_view
from bot.channels.slack.parts import CHANNEL, Parts, patiently
from bot.channels.slack.text import Json
from bot.domain.home import Home
from bot.domain.tickets import Place, Ticket
from bot.errors import BellhopError, NotAllowed

log = logging.getLogger(__name__)


class Homes:
    """A home page is drawn anew each time its person opens it or presses something on it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def publish(self, user: str) -> None:
        view = await self._view(user)
        try:
            await patiently(lambda: answered(self._parts.web.views_publish(user_id=user, view=view)))
        except BellhopError as error:
            log.warning("A home page could not be published: %s", error)

    async def _view(self, user: str) -> Json:
        try:
            person = await patiently(lambda: self._parts.people.who(user, fresh=True))
            home = await self._parts.hearing.home(person.email)
        except NotAllowed as why:
            return nobody_home_view(str(why))
        except BellhopError as error:
            return nobody_home_view(f"I can't show this page right now: {error}")
        return home_view(home, self._parts.settings.company, await self._links(home))

    async def _links(self, home: Home) -> dict[str, str]:
        """By ticket, where its thread can be read: the requester's own or, in the queue, the analysts'."""
        queue = {t.id: await self._drawn(Place(channel=CHANNEL, conversation=ANALYSTS, thread=t.id)) for t in home.queue}
        mine = dict(self._threads(home.tickets))
        return {ticket: url for ticket, url in {**queue, **mine}.items() if url}

    def _threads(self, tickets: Iterable[Ticket]) -> Iterable[tuple[str, str]]:
        for ticket in tickets:
            place = ticket.place
            if place.channel == CHANNEL and not virtual(place):
                yield ticket.id, self._parts.home.link(place.conversation, place.thread)

    async def _drawn(self, place: Place) -> str:
        for post in await self._parts.ledger.posts(place=place, limit=20):
            if post.ref:
                channel, _, ts = post.ref.partition(":")
                return self._parts.home.link(channel, ts)
        return ""
