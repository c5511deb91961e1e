"""Buttons and forms. A click carries only an id: everything else is read anew from the record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.desk.answer import Answers
from bot.desk.fulfil import Fulfil
from bot.desk.parts import Parts
from bot.desk.propose import same
from bot.desk.state import UNDONE_BY, WAITING
from bot.desk.talk import Talk
from bot.desk.uses import Uses
from bot.domain.calls import Call
from bot.domain.messages import Click, Message
from bot.domain.people import Person
from bot.domain.plans import Plan, PlanState, StepState
from bot.domain.tickets import Ticket
from bot.domain.understanding import Gap, Intent, Understanding
from bot.errors import NotAllowed, Stale, Unknown

Handler = Callable[[Message, Click, Ticket, Person], Awaitable[None]]


class Clicks:
    """Who may press what, decided at the moment of pressing."""

    def __init__(self, parts: Parts, use: Uses, fulfil: Fulfil, talk: Talk, answers: Answers) -> None:
        self._parts = parts
        self._use = use
        self._fulfil = fulfil
        self._talk = talk
        self._answers = answers
        self._verbs: dict[str, Handler] = {
            "form": self._form,
            "approve": self._answer,
            "decline": self._answer,
            "cancel": self._cancel,
            "undo": self._undo,
            "tick": self._tick,
            "cannot": self._tick,
            "take": self._take,
            "resolve": self._resolve,
            "human": self._human,
            "helpful": self._feedback,
            "unhelpful": self._feedback,
            "act": self._act,
        }

    async def press(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        """Does what the button stands for, if this person may; else raises NotAllowed, Stale or Unknown with the reason."""
        handler = self._verbs.get(click.verb)
        if handler is None:
            raise Unknown("I don't know this button; nothing was changed.")
        await handler(message, click, ticket, person)

    @staticmethod
    def _own(ticket: Ticket, person: Person) -> None:
        if person.email != ticket.requester:
            raise NotAllowed("Only the person who asked may do this.")

    async def _form(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        if click.ref.startswith("verify:"):
            await self._verify(message, click, person)
            return
        self._own(ticket, person)
        if not ticket.draft or ticket.draft.get("form") != click.ref:
            raise Stale("This form is no longer open; nothing was changed.")
        await self._talk.form(click.ref, dict(click.values), ticket, person)

    async def _verify(self, message: Message, click: Click, person: Person) -> None:
        plan = await self._parts.ledger.plan(click.ref.removeprefix("verify:"))
        ticket = await self._parts.ledger.ticket(plan.ticket)
        proof = await self._use.verifier.read(plan, person, message)
        await self._parts.ledger.append("verification", person.email, ticket.id, at=self._parts.clock(), plan=plan.id, **proof)
        await self._fulfil.proven(plan, proof)
        await self._use.verifier.settle(plan, ticket, proof["verification_because"])

    async def _answer(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        approval, plan = await self._use.asking.look_up(click, person)
        if click.verb == "approve":
            fresh = await self._fulfil.again(plan)
            if not same(fresh, plan):
                await self._fulfil.moved(plan, fresh)
                raise Stale("What this plan relies on has changed, so your answer was not counted. The new plan is being asked about.")
        await self._use.asking.vote(approval, plan, click, person)
        await self._parts.engine.signal(plan.id, {"approval": approval.id})

    async def _plan(self, click: Click) -> tuple[Plan, Ticket]:
        plan = await self._parts.ledger.plan(click.ref.split(":")[0])
        return plan, await self._parts.ledger.ticket(plan.ticket)

    async def _cancel(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        plan, ticket = await self._plan(click)
        self._own(ticket, person)
        if plan.state not in WAITING:
            raise Stale(f"It is too late to cancel this: it is {plan.state}.")
        await self._use.progress.cancel(plan, f"{person.name} cancelled this.", person.email)
        await self._parts.engine.cancel(plan.id)

    async def _undo(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        plan, _ = await self._plan(click)
        await self._may_undo(plan, person)
        if plan.state not in (PlanState.DONE, PlanState.FAILED):
            raise Stale(f"There is nothing to undo: this is {plan.state}.")
        if self._parts.clock() > plan.created + self._parts.terms.undo:
            raise Stale(f"It is more than {self._parts.terms.undo.days} days ago, so it can no longer be undone from here.")
        await self._parts.ledger.save_plan(plan.model_copy(update={"known": {**plan.known, UNDONE_BY: person.email}}))
        await self._use.progress.move(plan.id, (PlanState.DONE, PlanState.FAILED), PlanState.UNDOING, "", person.email)
        await self._parts.engine.undo(plan.id, person.email)

    async def _may_undo(self, plan: Plan, person: Person) -> None:
        """Analysts and those who approved; whoever asked, where nobody had to approve. Never those it is about."""
        directory = await self._parts.ledger.directory()
        approved = {v.person for a in await self._parts.ledger.approvals(plan.id) for v in a.votes if v.approve}
        asked = person.email == plan.requester
        if asked and plan.approvals and not directory.is_analyst(person.email):
            raise NotAllowed("Others had to approve this, so they or the help desk have to undo it.")
        if self._use.asking.touched(plan, directory) & {person.email} and not asked:
            raise NotAllowed("This is about you, so somebody else has to undo it.")
        if not (asked or person.email in approved or directory.is_analyst(person.email)):
            raise NotAllowed("Only the help desk, or those who approved this, may undo it.")

    async def _tick(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        plan, _ = await self._plan(click)
        directory = await self._parts.ledger.directory()
        if not directory.is_analyst(person.email):
            raise NotAllowed("Only the help desk's analysts may tick this off.")
        number = click.ref.partition(":")[2]
        step = next((s for s in plan.steps if str(s.number) == number), None)
        if step is None or step.state is not StepState.HUMAN:
            raise Stale("This task is settled already.")
        if person.email in (plan.requester, *self._use.asking.touched(plan, directory)):
            raise NotAllowed("This is your own request or about you; a colleague has to do it.")
        await self._use.steps.tick(plan, step, person.email, click.verb == "tick", str(click.values.get("reason", "")))
        await self._use.progress.show(await self._parts.ledger.plan(plan.id))
        await self._parts.engine.signal(plan.id, {"step": step.number})

    async def _take(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        await self._use.humans.take(await self._parts.ledger.ticket(click.ref), person)

    async def _resolve(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        await self._use.humans.resolve(await self._parts.ledger.ticket(click.ref), person, str(click.values.get("reason", "")))

    async def _human(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        self._own(ticket, person)
        await self._use.humans.escalate(ticket.id, "Asked for a human.", by=person.email)

    async def _feedback(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        self._own(ticket, person)
        await self._answers.feedback(ticket, click, person)

    async def _act(self, message: Message, click: Click, ticket: Ticket, person: Person) -> None:
        """From an answer to the request that its article offers: everything the action needs is asked for."""
        self._own(ticket, person)
        action = self._parts.registry.action(click.ref.partition(":")[2])
        if not action.offered:
            raise NotAllowed("This is not something to ask for by itself.")
        either = [next((n for n in names if n == "person"), names[0]) for names in action.arguments.one_of]
        needed = [a.name for a in action.declared.values() if a.required or a.name in either]
        meant = Understanding(
            intent=Intent.CLARIFY, calls=(Call(action=action.name),), gaps=tuple(Gap(call=0, argument=name) for name in needed)
        )
        await self._talk.pursue(meant, ticket, person, {action.subject: person.email})
