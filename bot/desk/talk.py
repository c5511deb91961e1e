"""One turn of a requester's thread: understand, then answer, ask back, or propose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.desk import which
from bot.desk.answer import Answers
from bot.desk.forms import Forms
from bot.desk.fulfil import NOT_BEFORE, Fulfil
from bot.desk.lot import Lots
from bot.desk.outbox import REQUESTER
from bot.desk.parts import Parts
from bot.desk.ports import Context, Turn
from bot.desk.state import UNDONE_BY, WAITING, human, quiet
from bot.desk.uses import Uses
from bot.desk.verify import PROOF_KEPT, VERIFICATION
from bot.domain.base import digest
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.messages import Button, Form, Message, Status, Text
from bot.domain.people import DESK, Person
from bot.domain.plans import Plan
from bot.domain.resolution import TO_HUMAN
from bot.domain.tickets import Ticket, TicketStatus
from bot.domain.understanding import Intent, Understanding
from bot.errors import BadArguments, VendorError

RESERVED = frozenset({NOT_BEFORE, UNDONE_BY, VERIFICATION, *PROOF_KEPT})
"""What a plan knows from the desk alone: no understanding of a sentence may bring it."""

EARLIER = 12
"""How many earlier turns of a thread the understander is shown."""


class Talk:
    """The conversation with whoever asked."""

    def __init__(self, parts: Parts, use: Uses, fulfil: Fulfil, answers: Answers) -> None:
        self._parts = parts
        self._use = use
        self._fulfil = fulfil
        self._answers = answers
        self._forms = Forms(parts.registry)
        self._lots = Lots(parts, use.outbox, use.humans)

    async def turn(self, message: Message, text: str, ticket: Ticket, person: Person) -> None:
        """Understands what was said in its thread and acts on what it asks for."""
        asked = which.open_in(ticket)
        if asked and (value := which.picked(text, asked)):
            await self._answers.choose(ticket, asked, value, person)
            return
        directory = await self._parts.ledger.directory()
        plans = await self._parts.ledger.plans(ticket.id)
        context = await self._context(ticket, plans[-1] if plans else None)
        meant = await self._parts.understander.understand(text, person, directory, message.at, context)
        await self._parts.ledger.append(
            "understood",
            DESK.email,
            ticket.id,
            at=message.at,
            intent=meant.intent,
            calls=[c.model_dump() for c in meant.calls],
            open=[g.argument for g in meant.gaps],
            **({"spent": meant.spent} if meant.spent else {}),
        )
        await self._act(meant, message, text, ticket, person)

    async def _context(self, ticket: Ticket, last: Plan | None) -> Context:
        heard = await self._parts.ledger.messages(ticket.id)
        turns = [Turn(str(m["person"]), str(m["text"])) for m in heard[:-1] if m["text"]]
        draft = Understanding.model_validate(ticket.draft["understanding"]) if "understanding" in ticket.draft else None
        return Context(turns=turns[-EARLIER:], draft=draft, last=last.requested if last else (), ticket=ticket.id)

    async def _act(self, meant: Understanding, message: Message, text: str, ticket: Ticket, person: Person) -> None:
        match meant.intent:
            case Intent.REQUEST | Intent.CLARIFY if meant.calls:
                await self.pursue(meant, ticket, person)
            case Intent.STATUS:
                wanted = {n: meant.known[n] for n in ("ticket_id",) if meant.known.get(n)}
                await self.pursue(
                    Understanding(intent=Intent.REQUEST, calls=(Call(action="ticket.status", arguments=wanted),)), ticket, person
                )
            case Intent.HUMAN:
                if meant.because:
                    await self._say(ticket, f"none:{message.id}", Text(text=meant.because))
                await self._use.humans.escalate(ticket.id, "Asked for a human.", by=person.email)
            case Intent.CANCEL:
                await self.drop(ticket, person)
            case Intent.CHAT:
                await self._say(ticket, f"hello:{message.id}", Text(text=self._hello(person)))
            case Intent.NONE if meant.options:
                buttons = tuple(self._option(ticket, call) for call in meant.options)
                await self._say(ticket, f"none:{message.id}", Text(text=meant.because, buttons=(*buttons, *human(ticket.id))))
            case Intent.NONE if meant.because:
                reply = Text(text=f"{meant.because} If you want something done, say it as a request.", buttons=human(ticket.id))
                await self._say(ticket, f"none:{message.id}", reply)
            case _:
                arm = await self._lots.draw(meant.intent, ticket, text, person, message.id)
                if arm != TO_HUMAN:
                    await self._answers.answer(ticket, text, person, message.id, arm, [c.action for c in meant.options])

    def _option(self, ticket: Ticket, call: Call) -> Button:
        """One of the things that may have been meant; pressing it asks for what it needs."""
        return Button(verb="act", ref=f"{ticket.id}:{call.action}", label=self._parts.registry.action(call.action).title)

    def _hello(self, person: Person) -> str:
        return (
            f"Hello {person.first_name}, I'm Bellhop, the IT help desk of {self._parts.terms.company}. "
            "Tell me what is wrong or what you need, for example “I'm locked out” or “I need access to Figma”."
        )

    async def _say(self, ticket: Ticket, key: str, reply: Text | Status | Form) -> None:
        await self._use.outbox.post(ticket, REQUESTER, key, reply)

    async def pursue(self, meant: Understanding, ticket: Ticket, person: Person, suggested: dict[str, str] | None = None) -> None:
        """Asks for what is open, with suggestions by argument; proposes once nothing is."""
        own = all(self._parts.registry.action(c.action).own for c in meant.calls)
        if not own:
            await self._replace(ticket, beside=meant.adds)
        if meant.gaps:
            directory = await self._parts.ledger.directory()
            form = self._forms.ask(ticket.id, meant, directory, suggested=suggested)
            draft = {"form": form.id, "understanding": meant.model_dump(mode="json")}
            await self._say(ticket, f"form:{form.id}", form)
            await self._save(ticket, TicketStatus.WAITING, draft)
            return
        await self._propose(meant, ticket, person, own)

    async def _replace(self, ticket: Ticket, beside: bool) -> None:
        """A request said anew replaces the one made last, if that still waits; one of its own stands `beside` it."""
        waiting = [] if beside else [p for p in await self._parts.ledger.plans(ticket.id, WAITING) if not quiet(p)][-1:]
        await self._end(ticket, waiting, "Replaced by a newer request in this thread.")

    async def supersede(self, ticket: Ticket, why: str) -> None:
        """Ends everything that still waits in this thread."""
        await self._end(ticket, await self._parts.ledger.plans(ticket.id, WAITING), why)

    async def _end(self, ticket: Ticket, plans: Sequence[Plan], why: str) -> None:
        for plan in plans:
            await self._use.progress.cancel(plan, why, plan.requester)
            await self._parts.engine.cancel(plan.id)
        if ticket.draft:
            await self.settle_form(ticket, why)

    async def _propose(self, meant: Understanding, ticket: Ticket, person: Person, own: bool) -> None:
        """The draft is kept until the plan is written down: a process that dies before has lost nothing."""
        known = {k: str(v) for k, v in meant.known.items() if k not in RESERVED}
        try:
            plan = await self._use.proposer.propose(meant.calls, person, ticket.id, known)
        except BadArguments as error:
            await self._save(ticket, TicketStatus.WAITING, {})
            text = f"I can't do this as asked. {error}"
            await self._say(ticket, f"cannot:{digest(text)[:8]}", Status(text=text, tone="failed", buttons=human(ticket.id)))
            return
        except VendorError as error:
            await self._save(ticket, TicketStatus.WAITING, {})
            text = f"I couldn't look up what I need for this right now: {error} Nothing was changed; please try again in a while."
            await self._say(ticket, "unreachable", Status(text=text, tone="failed", buttons=human(ticket.id)))
            return
        await self._fulfil.write_down(plan)
        if not own:
            await self._save(ticket, TicketStatus.PROGRESS, {})
        await self._fulfil.launch(plan)

    async def _save(self, ticket: Ticket, status: TicketStatus, draft: dict[str, Any]) -> None:
        now = await self._parts.ledger.ticket(ticket.id)
        await self._parts.ledger.save_ticket(now.model_copy(update={"status": status, "draft": draft, "updated": self._parts.clock()}))

    async def settle_form(self, ticket: Ticket, how: str) -> None:
        """Closes the form that is open in this thread: it shows how it ended."""
        key = f"form:{ticket.draft['form']}"
        for post in await self._parts.ledger.posts(ticket=ticket.id, key=key, limit=1):
            if isinstance(post.reply, Form):
                await self._use.outbox.post(ticket, post.audience, key, post.reply.model_copy(update={"settled": how, "buttons": ()}))

    def errors(self, form_id: str, values: dict[str, object], ticket: Ticket, directory: Directory) -> dict[str, str]:
        """What is wrong with a form's values, by field; nothing where the form is no longer open, which pressing will tell."""
        if ticket.draft.get("form") != form_id or which.open_in(ticket):
            return {}
        return self._forms.fill(Understanding.model_validate(ticket.draft["understanding"]), values, directory)[1]

    async def form(self, form_id: str, values: dict[str, object], ticket: Ticket, person: Person) -> None:
        """A form that came back."""
        if choice := which.open_in(ticket):
            await self._answers.choose(ticket, choice, str(values.get(which.FIELD, "")), person)
            return
        directory = await self._parts.ledger.directory()
        asked = Understanding.model_validate(ticket.draft["understanding"])
        filled, errors = self._forms.fill(asked, values, directory)
        if errors:
            form = self._forms.ask(ticket.id, asked, directory, errors, given=values)
            await self._say(ticket, f"form:{form_id}", form)
            return
        await self.settle_form(ticket, self._forms.answered(asked, filled, directory))
        await self.pursue(filled, ticket.model_copy(update={"draft": {}}), person)

    async def drop(self, ticket: Ticket, person: Person) -> None:
        """“Cancel that”: the open question and whatever waits in this thread."""
        waiting = await self._parts.ledger.plans(ticket.id, WAITING)
        if not waiting and not ticket.draft:
            await self._say(
                ticket, f"nothing:{ticket.updated.isoformat()}", Text(text="There is nothing waiting in this thread to cancel.")
            )
            return
        several = f", all {len(waiting)} requests of this thread" if len(waiting) > 1 else ""
        await self.take_back(ticket, "Cancelled in the thread.", f"Cancelled{several}. Nothing was changed.")

    async def take_back(self, ticket: Ticket, why: str, said: str) -> None:
        """Drops what still waits in this thread."""
        await self.supersede(ticket, why)
        await self._save(ticket, TicketStatus.RESOLVED, {})
        await self._say(ticket, "dropped", Status(text=said, tone="done"))
