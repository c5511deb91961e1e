"""Says things: works out where, notes them in the record, and hands them over for delivery."""

from __future__ import annotations

from bot.desk.delivery import Delivery
from bot.desk.parts import Parts
from bot.desk.sentences import name
from bot.domain.messages import Post, Reply, Status
from bot.domain.tickets import Place, Ticket

REQUESTER = "requester"
ANALYSTS = "analysts"
PRIVATE = "private"


class Outbox:
    """`post` says something new or, under a key already used at that place, says it anew in place."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.delivery = Delivery(parts, self._unreachable)

    def place(self, ticket: Ticket, audience: str) -> Place:
        """Where an audience hears about a ticket: "requester", "analysts", an e-mail address, or "private", which is the requester
        alone even where others read the ticket's thread."""
        if audience in (REQUESTER, ticket.requester):
            return ticket.place
        home = self._parts.channels[self._parts.home]
        if audience == PRIVATE:
            return self._parts.channels.get(ticket.place.channel, home).direct(ticket.requester, ticket.id)
        return home.analysts(ticket.id) if audience == ANALYSTS else home.direct(audience, ticket.id)

    async def post(self, ticket: Ticket, audience: str, key: str, reply: Reply) -> Post:
        """A channel that fails to draw does not undo what was decided: the post is in the record."""
        audience = REQUESTER if audience == ticket.requester else audience
        place = self.place(ticket, audience)
        for post in await self._parts.ledger.posts(ticket=ticket.id, place=place, key=key, limit=1):
            if post.reply == reply:
                await self.delivery.remind(post)
                return post  # nothing new to draw
        draft = Post(ticket=ticket.id, audience=audience, key=key, place=place, reply=reply, at=self._parts.clock())
        post = await self._parts.ledger.save_post(draft)
        await self.delivery.deliver(post)
        return post

    async def _unreachable(self, post: Post, why: str) -> None:
        """Somebody could not be told: the analysts hear of it or, where it was a private answer, the requester in their thread."""
        channel = post.place.channel.title()
        ticket = await self._parts.ledger.ticket(post.ticket)
        if post.audience == PRIVATE:
            text = f"I could not write to you privately in {channel}: {why}"
            await self.post(ticket, REQUESTER, "unreachable", Status(text=text, tone="warning"))
        elif "@" in post.audience:
            who = name(post.audience, await self._parts.ledger.directory())
            text = f"I could not reach {who} in {channel}: {why}"
            await self.post(ticket, ANALYSTS, f"unreachable:{post.audience}", Status(text=text, tone="warning"))
