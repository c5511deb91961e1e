"""Where no thread says so: which need a message belongs to. One need, one thread, one ticket."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.desk import which
from bot.desk.answer import audiences
from bot.desk.etiquette import with_human
from bot.desk.parts import Parts
from bot.desk.state import WAITING
from bot.domain.approvals import ApprovalState
from bot.domain.messages import Click, Form, Message
from bot.domain.tickets import Place, Ticket, TicketStatus
from bot.domain.understanding import Intent

FOLLOW_UP = timedelta(minutes=15)
"""How long after the last word of a need something said beside all threads may still belong to it."""
_CONSENT = re.compile(
    r"(?i)(?:yes|yep|ok(?:ay)?|sure|fine|approved?|go ahead|lgtm|confirm(?:ed)?|no|nope|declined?|reject(?:ed)?|denied|👍|👎)[\s.!]*"
)
"""What somebody types who means the buttons."""
WITH_A_HUMAN = timedelta(hours=12)
"""The same, while a human looks after the need."""


class Needs:
    """Puts loose messages and files where they belong."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def settle(self, message: Message) -> Message:
        """The message at the place of the need that it belongs to; a file becomes the answer to the form that asked for one."""
        if message.click is not None:
            return message
        if message.files and (found := await self._form(message)) is not None:
            place, form = found
            click = Click(verb="form", ref=form.id, values=_file_values(form, message))
            return message.model_copy(update={"place": place, "click": click, "text": ""})
        if not message.loose:
            return message
        if (known := await self._parts.ledger.said(message, message.id)) is not None:
            return message.model_copy(update={"place": known["place"]})
        if _CONSENT.fullmatch(message.text.strip()) and (asked := await self._asked(message)) is not None:
            return message.model_copy(update={"place": asked})
        ticket = await self._latest(message)
        belongs = ticket is not None and await self._belongs(message, ticket)
        return message.model_copy(update={"place": ticket.place}) if ticket and belongs else message

    async def _form(self, message: Message) -> tuple[Place, Form] | None:
        """The form that waits for a file from this person: in this thread or, for a loose message, anywhere in their conversation."""
        places = [message.place]
        if message.loose:
            direct = self._parts.channels[message.place.channel].direct(message.person, "")
            places = [p.model_copy(update={"thread": ""}) for p in (message.place, direct)]
        posts = [p for place in places for p in await self._parts.ledger.posts(place=place, limit=100)]
        for post in sorted(posts, key=lambda p: -p.id):
            if isinstance(post.reply, Form) and not post.reply.settled and any(f.kind == "file" for f in post.reply.fields):
                return post.place, post.reply
        return None

    async def _latest(self, message: Message) -> Ticket | None:
        """The speaker's newest ticket in this conversation."""
        where = (message.place.channel, message.place.conversation)
        mine = await self._parts.ledger.tickets(requester=message.person, limit=10)
        return next((t for t in mine if (t.place.channel, t.place.conversation) == where), None)

    async def _belongs(self, message: Message, ticket: Ticket) -> bool:
        """Whether the message goes on with the ticket's need. A request that is complete in itself is a need of its own, so that it
        does not replace the one that still waits; so is a question that the knowledge base answers as it stands."""
        age = self._parts.clock() - ticket.updated
        if age > (WITH_A_HUMAN if with_human(ticket) else FOLLOW_UP):
            return False
        asked = which.open_in(ticket)
        if (asked and which.picked(message.text, asked)) or (ticket.draft and not asked):
            return True
        directory = await self._parts.ledger.directory()
        person = directory.person(message.person)
        meant = await self._parts.understander.understand(message.text, person, directory, message.at)
        if meant.calls:
            return False
        if meant.intent is not Intent.QUESTION:
            return True
        if not with_human(ticket) and (ticket.status is not TicketStatus.ANSWERED or await self._parts.ledger.plans(ticket.id, WAITING)):
            return False
        found = await self._parts.library.search(message.text, audiences(person, directory))
        return found.answer is None or found.answer.closest

    async def _asked(self, message: Message) -> Place | None:
        """Where the newest question that is open to this person was put to them."""
        channel = self._parts.channels[self._parts.home]
        open_now = await self._parts.ledger.approvals(state=(ApprovalState.OPEN,))
        for approval in sorted(open_now, key=lambda a: a.opened, reverse=True):
            place = channel.direct(message.person, approval.ticket)
            if message.person in approval.approvers and await self._parts.ledger.ticket_at(place):
                return place
        return None


def _file_values(form: Form, message: Message) -> dict[str, str]:
    field = next(f for f in form.fields if f.kind == "file")
    return {field.name: message.files[0].name}
