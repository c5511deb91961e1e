"""Says things: works out where, notes them in the record, and hands them to the channel that draws them."""

from __future__ import annotations

import logging

from bot.desk.parts import Parts
from bot.domain.messages import Post, Reply
from bot.domain.tickets import Place, Ticket

log = logging.getLogger(__name__)

REQUESTER = "requester"
ANALYSTS = "analysts"


class Outbox:
    """`post` says something new or, under a key already used at that place, says it anew in place."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def place(self, ticket: Ticket, audience: str) -> Place:
        """Where an audience ("requester", "analysts" or an e-mail address) hears about a ticket."""
        if audience in (REQUESTER, ticket.requester):
            return ticket.place
        channel = self._parts.channels[self._parts.home]
        return channel.analysts(ticket.id) if audience == ANALYSTS else channel.direct(audience, ticket.id)

    async def post(self, ticket: Ticket, audience: str, key: str, reply: Reply) -> Post:
        """A channel that fails to draw must not undo what was decided: the post stays in the record and is drawn on the next look."""
        audience = REQUESTER if audience == ticket.requester else audience
        place = self.place(ticket, audience)
        for post in await self._parts.ledger.posts(ticket=ticket.id, place=place, key=key, limit=1):
            if post.reply == reply:
                return post  # nothing new to draw
        draft = Post(ticket=ticket.id, audience=audience, key=key, place=place, reply=reply, at=self._parts.clock())
        post = await self._parts.ledger.save_post(draft)
        try:
            ref = await self._parts.channels[place.channel].show(post)
        except Exception:  # whatever a channel raises, the desk goes on; the post is in the record
            log.exception("could not show post %s of ticket %s", post.id, ticket.id)
            return post
        if ref and ref != post.ref:
            await self._parts.ledger.set_ref(post.id, ref)
        return post
