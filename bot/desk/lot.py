"""The lot: where it is set, a small random share of questions goes straight to a human, for the desk to be measured against."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from bot.desk.answer import audiences
from bot.desk.escalate import Escalation
from bot.desk.etiquette import with_human
from bot.desk.outbox import REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.desk.tickets import OPEN
from bot.domain.directory import DESK_GROUPS, Directory
from bot.domain.messages import Status
from bot.domain.people import Person
from bot.domain.resolution import DRAWN, TO_DESK, TO_HUMAN
from bot.domain.tickets import Ticket, TicketStatus
from bot.domain.understanding import Intent

_URGENT = re.compile(
    r"(?i)\b(?:urgen\w*|asap|emergenc\w*|immediate\w*|right (?:now|away)|at once|critical\w*|outage\w*|deadline\w*|in \d+ min\w*"
    r"|(?:every(?:one|body)|nobody|no one|whole (?:team|office|site))\b.{0,40}|can(?:no|')?t work\w*|lock(?:ed)? (?:me )?out"
    r"|stolen|stole|theft|lost|hack\w*|phish\w*|malware|virus\w*|ransom\w*|breach\w*|leak\w*|compromis\w*|suspicious\w*|scam\w*|fraud\w*"
    r"|spam\w*|smok\w+|fire|burn\w*|swollen|safety|danger\w*"
    r"|dringend\w*|sofort|notfall\w*|gestohlen|verloren|gehackt|urgente\w*|emergencia\w*|robad\w+|perdid\w+|immédiat\w*|volé\w*|perdu\w*"
    r"|piraté\w*)\b|至急|緊急|盗まれ|紛失"
)
"""Signs that something may be urgent, in the languages that the desk reads. Too many is right: what matches is merely not drawn."""


def side(ticket: str, share: float, key: bytes) -> str:
    """Where the lot sends a ticket: TO_HUMAN for this share of all numbers, 0–1. It depends on the ticket's number, which only the
    record gives, and on a key that nobody who asks knows: on nobody's words, name or place. The same ticket always draws the same."""
    drawn = int.from_bytes(hmac.digest(key, ticket.encode(), sha256)[:8], "big")
    return TO_HUMAN if drawn < share * 2**64 else TO_DESK


class Lots:
    """Draws for what is asked first in a thread. The share and the key are `Terms`'."""

    def __init__(self, parts: Parts, outbox: Outbox, humans: Escalation) -> None:
        self._parts = parts
        self._outbox = outbox
        self._humans = humans

    async def draw(self, intent: Intent, ticket: Ticket, text: str, person: Person, key: str) -> str:
        """Gives the question to a human if the lot says so. TO_HUMAN then, TO_DESK if the desk is to answer, "" if no lot was drawn."""
        terms = self._parts.terms
        if not terms.straight_share or not await self._may(intent, ticket, text, person):
            return ""
        drawn = side(ticket.id, terms.straight_share, terms.straight_key)
        if drawn == TO_HUMAN:
            await self._hand_over(ticket, text, person, key)
        return drawn

    async def _may(self, intent: Intent, ticket: Ticket, text: str, person: Person) -> bool:
        """Whether a lot may be drawn: for the first question of a ticket; not for what is or may be a request, for what may be urgent,
        for those whom a human looks after already, for analysts, or where there is no analyst who could answer."""
        directory = await self._parts.ledger.directory()
        if intent not in (Intent.QUESTION, Intent.NONE) or ticket.status is not TicketStatus.NEW or _URGENT.search(text):
            return False
        if directory.is_analyst(person.email) or not _staffed(directory):
            return False
        return not any(with_human(t) for t in await self._parts.ledger.tickets(requester=person.email, status=OPEN))

    async def _hand_over(self, ticket: Ticket, text: str, person: Person, key: str) -> None:
        """Says so, notes it with what the desk would have looked at, and gives the ticket to a human."""
        said = (
            "A colleague takes this one. A small share of questions, drawn by lot, goes straight to people, so that we can tell how good "
            f"my own answers are. The help desk has it as {ticket.id}; you can go on writing here."
        )
        await self._outbox.post(ticket, REQUESTER, f"drawn:{key}", Status(text=said, tone="working"))
        found = await self._parts.library.search(text, audiences(person, await self._parts.ledger.directory()))
        await self._parts.ledger.append(
            DRAWN, person.email, ticket.id, at=self._parts.clock(), arm=TO_HUMAN, nearest=list(found.ranking[:3]), commit=found.commit
        )
        await self._humans.escalate(ticket.id, "Drawn by lot to go straight to a human.", tell=False)


def _staffed(directory: Directory) -> bool:
    group = directory.groups.get(DESK_GROUPS["it"])
    return bool(group and any(directory.is_analyst(email) for email in group.members))
