"""When the desk speaks where others read along. In a direct conversation it always does."""

from __future__ import annotations

import re

from bot.desk.parts import Parts
from bot.domain.directory import Directory
from bot.domain.messages import Message
from bot.domain.tickets import Place, Ticket, TicketStatus
from bot.errors import NotAllowed

ALWAYS, STAFF, SILENT = "always", "staff only", "silent"
ON_MENTION = "on mention"
NOTE = re.compile(r"(?i)\s*note\s*:")
"""How an analyst begins what is meant for colleagues alone."""


class Etiquette:
    """The manners of each place, by `Terms.etiquette`: "slack:C024BE91L" first, then "slack:*", else on mention."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def manner(self, place: Place) -> str:
        """always, on mention, staff only or silent."""
        manners = self._parts.terms.etiquette
        return manners.get(f"{place.channel}:{place.conversation}") or manners.get(f"{place.channel}:*", ON_MENTION)

    def shared(self, place: Place) -> bool:
        return self._parts.channels[place.channel].shared(place)

    async def wants(self, message: Message) -> bool:
        """Whether the desk will do anything about this message. Whoever calls it by name gets at least a reason."""
        if message.click is not None and message.click.verb not in ("edit", "withdraw"):
            return True
        if not self.shared(message.place) or message.named:
            return True
        ticket = await self._parts.ledger.ticket_at(message.place)
        manner = self.manner(message.place)
        if manner in (SILENT, STAFF) and not await self._welcome(manner, message.person):
            return False
        if ticket is None:
            return manner == ALWAYS and message.begins
        if message.person != ticket.requester:
            await self._overheard(message, ticket)
            return False
        return with_human(ticket) or not await self._crowded(ticket)

    async def refuse(self, message: Message) -> None:
        """NotAllowed, with the reason, where the desk is called by name but does not speak at this place."""
        manner = self.manner(message.place)
        if message.click is not None or not self.shared(message.place) or await self._welcome(manner, message.person):
            return
        who = "I only answer the help desk's staff in this channel" if manner == STAFF else "I don't answer in this channel"
        raise NotAllowed(f"{who}. Please write to me directly.")

    async def _welcome(self, manner: str, person: str) -> bool:
        directory: Directory = await self._parts.ledger.directory()
        return manner not in (SILENT, STAFF) or (manner == STAFF and directory.is_analyst(person))

    async def _overheard(self, message: Message, ticket: Ticket) -> None:
        """Notes that somebody else wrote in the thread, not what: from then on its humans are talking to each other."""
        if await self._parts.ledger.heard(message, ticket.id, ""):
            await self._parts.ledger.handled(message)

    async def _crowded(self, ticket: Ticket) -> bool:
        """Whether several humans talk in the requester's thread."""
        heard = await self._parts.ledger.messages(ticket.id)
        return any(m["person"] != ticket.requester and m["place"] == ticket.place and m["click"] is None for m in heard)


def with_human(ticket: Ticket) -> bool:
    """Whether a human looks after the ticket, so that the desk leaves the talking to them."""
    return ticket.status is TicketStatus.ESCALATED or bool(ticket.assignee)
