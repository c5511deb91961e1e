"""What a person finds on their home page, read anew each time."""

from __future__ import annotations

from bot.desk.asking import asked_of
from bot.desk.outbox import ANALYSTS, Outbox
from bot.desk.parts import Parts
from bot.desk.tickets import OPEN
from bot.domain.approvals import ApprovalState
from bot.domain.directory import Directory
from bot.domain.home import Access, Home
from bot.domain.messages import Post
from bot.domain.tickets import TicketStatus

SHOWN = 20


class Homes:
    """Tickets, access, approvals, and for analysts what waits for them."""

    def __init__(self, parts: Parts, outbox: Outbox) -> None:
        self._parts = parts
        self._outbox = outbox

    async def home(self, email: str) -> Home:
        """The home page of one person; Unknown where nobody has this address."""
        directory = await self._parts.ledger.directory()
        person = directory.person(email)
        analyst = directory.is_analyst(email)
        waiting = await self._parts.ledger.tickets(status=(TicketStatus.ESCALATED,), limit=200) if analyst else ()
        return Home(
            name=person.name,
            analyst=analyst,
            tickets=tuple(await self._parts.ledger.tickets(requester=email, status=OPEN, limit=SHOWN)),
            access=_access(email, directory),
            approvals=await self._approvals(email),
            queue=tuple(reversed(waiting))[:SHOWN],
        )

    async def _approvals(self, email: str) -> tuple[Post, ...]:
        """The cards of the questions that are open to this person, where they were asked."""
        found: list[Post] = []
        for approval in await self._parts.ledger.approvals(state=(ApprovalState.OPEN,)):
            if email not in approval.approvers or any(v.person == email for v in approval.votes):
                continue
            ticket = await self._parts.ledger.ticket(approval.ticket)
            audience = email if email in asked_of(approval) else ANALYSTS
            place = self._outbox.place(ticket, audience)
            found += await self._parts.ledger.posts(ticket=ticket.id, place=place, key=f"approval:{approval.id}", limit=1)
        return tuple(found[:SHOWN])


def _access(email: str, directory: Directory) -> tuple[Access, ...]:
    """What the person has, what ends soonest first."""
    grants = sorted(directory.grants_of(email), key=lambda g: (g.until is None, g.until.timestamp() if g.until else 0.0, g.system))
    named = ((directory.systems[g.system].name if g.system in directory.systems else g.system, g) for g in grants)
    return tuple(Access(system=name, level=g.level, until=g.until) for name, g in named)
