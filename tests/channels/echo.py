"""A desk for channel tests: posts every kind of Reply, answers every click by saying what came back. And a record in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desk.ports import Channel, Page
from bot.domain.approvals import Approval, Vote
from bot.domain.base import digest
from bot.domain.calls import Call
from bot.domain.decisions import Decision, Reason, Verdict
from bot.domain.directory import Directory
from bot.domain.messages import (
    Answer,
    ApprovalCard,
    ApprovalView,
    Brief,
    Button,
    Choice,
    Citation,
    Field_,
    Form,
    Message,
    PlanCard,
    Post,
    Reply,
    Said,
    Status,
    StepView,
    Style,
    Text,
)
from bot.domain.outcomes import Change
from bot.domain.people import Employment, Group, Person, Standing, System
from bot.domain.plans import Plan, PlanState, Step
from bot.domain.tickets import Entry, Place, Ticket, TicketStatus
from bot.errors import Refused, Unknown

XSS = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def person(name: str, title: str = "", department: str = "", **more: Any) -> Person:
    email = ".".join(name.lower().split()[:2]) + "@brightwater.example"
    return Person(id=email, name=name, email=more.pop("email", email), title=title, department=department, **more)


def company() -> Directory:
    people = [
        person("Sam Okafor", "Head of Sales", "Sales"),
        person("John Smith", "Account Executive", "Sales", manager="sam.okafor@brightwater.example"),
        person("John Carter", "Software Engineer", "Engineering"),
        person("John Abara", "Contractor", "Finance", type=Employment.CONTRACTOR),
        person("Rosa Delgado", "Senior Account Executive", "Sales"),
        person("Priya Nair", "IT Help Desk Lead", "IT"),
        person("Ivan Petrov", "IT Analyst", "IT"),
        person("Victor Hale", "Sales Lead", "Sales", status=Standing.OFFBOARDED),
        person(XSS, "Tester", "QA", email="mallory@brightwater.example"),
        person("Payroll Robot", "", "", type=Employment.SERVICE, email="payroll@brightwater.example"),
    ]
    analysts = ("priya.nair@brightwater.example", "ivan.petrov@brightwater.example", "victor.hale@brightwater.example")
    systems = [System(id="email", name="Email"), System(id="slack", name="Slack"), System(id="figma", name="Figma")]
    return Directory(people, systems, [Group(id="it-helpdesk", description="The help desk", members=analysts)])


@dataclass
class MemoryLedger:
    """As much of ports.Ledger as channels and the echo desk use."""

    people: Directory = field(default_factory=company)
    all_tickets: dict[str, Ticket] = field(default_factory=dict)
    said: list[dict[str, Any]] = field(default_factory=list)
    all_posts: list[Post] = field(default_factory=list)
    all_plans: dict[str, Plan] = field(default_factory=dict)
    all_approvals: dict[str, Approval] = field(default_factory=dict)
    all_entries: list[Entry] = field(default_factory=list)
    reaches: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    async def directory(self) -> Directory:
        return self.people

    async def open_ticket(self, requester: str, place: Place, summary: str, now: datetime) -> Ticket:
        ticket = Ticket(
            id=f"BH-{1001 + len(self.all_tickets)}", requester=requester, place=place, summary=summary, created=now, updated=now
        )
        self.all_tickets[ticket.id] = ticket
        return ticket

    async def ticket(self, ticket_id: str) -> Ticket:
        if ticket_id not in self.all_tickets:
            raise Unknown(f"There is no ticket {ticket_id}.")
        return self.all_tickets[ticket_id]

    async def ticket_at(self, place: Place) -> Ticket | None:
        own = next((t for t in self.all_tickets.values() if t.place == place), None)
        posted = next((p.ticket for p in self.all_posts if p.place == place), None)
        return own or (self.all_tickets.get(posted) if posted else None)

    async def save_ticket(self, ticket: Ticket) -> None:
        self.all_tickets[ticket.id] = ticket

    async def tickets(self, *, requester: str | None = None, status: Sequence[TicketStatus] = (), limit: int = 50) -> list[Ticket]:
        return [t for t in self.all_tickets.values() if requester in (None, t.requester)][:limit]

    async def heard(self, message: Message, ticket: str, text: str) -> bool:
        if any(m["id"] == message.id for m in self.said):
            return False
        self.said.append(
            {
                "id": message.id,
                "ticket": ticket,
                "person": message.person,
                "place": message.place,
                "text": text,
                "click": message.click,
                "at": message.at,
            }
        )
        return True

    async def messages(self, ticket: str) -> list[dict[str, Any]]:
        return [m for m in self.said if m["ticket"] == ticket]

    async def save_post(self, post: Post) -> Post:
        for n, known in enumerate(self.all_posts):
            if (known.ticket, known.place, known.key) == (post.ticket, post.place, post.key):
                kept = {"id": known.id, "version": known.version + 1, "ref": known.ref, "drawn": known.drawn, "at": known.at}
                self.all_posts[n] = post.model_copy(update=kept)
                return self.all_posts[n]
        self.all_posts.append(post.model_copy(update={"id": len(self.all_posts) + 1}))
        return self.all_posts[-1]

    async def drawn(self, post_id: int, ref: str, version: int) -> None:
        for n, known in enumerate(self.all_posts):
            if known.id == post_id and known.drawn <= version:
                self.all_posts[n] = known.model_copy(update={"ref": ref, "drawn": version})

    async def undrawn(self, channel: str) -> list[Post]:
        return [p for p in self.all_posts if p.place.channel == channel and p.drawn < p.version]

    async def post_at(self, channel: str, ref: str) -> Post | None:
        return next((p for p in self.all_posts if p.place.channel == channel and p.ref == ref != ""), None)

    async def save_reach(self, channel: str, name: str, reach: Mapping[str, Any]) -> None:
        self.reaches[channel, name] = dict(reach)

    async def reach(self, channel: str, name: str) -> Mapping[str, Any] | None:
        return self.reaches.get((channel, name))

    async def posts(self, *, ticket: str | None = None, place: Place | None = None, key: str | None = None, limit: int = 500) -> list[Post]:
        def fits(p: Post) -> bool:
            here = place is None or (p.place.conversation == place.conversation and place.thread in ("", p.place.thread))
            return here and ticket in (None, p.ticket) and key in (None, p.key)

        return [p for p in self.all_posts if fits(p)][-limit:]

    async def plans(self, ticket: str | None = None, state: Sequence[PlanState] = ()) -> list[Plan]:
        return [p for p in self.all_plans.values() if ticket in (None, p.ticket)]

    async def approvals(self, plan: str | None = None, state: Sequence[Any] = ()) -> list[Approval]:
        return [a for a in self.all_approvals.values() if plan in (None, a.plan)]

    async def entries(self, ticket: str | None = None, after: int = 0, limit: int = 1000, kinds: Sequence[str] = ()) -> list[Entry]:
        return [e for e in self.all_entries if ticket in (None, e.ticket) and (not kinds or e.kind in kinds)]

    def note(self, kind: str, actor: str, ticket: str, at: datetime, **data: Any) -> None:
        previous = self.all_entries[-1].hash if self.all_entries else ""
        made = {
            "number": len(self.all_entries) + 1,
            "at": at,
            "kind": kind,
            "actor": actor,
            "ticket": ticket,
            "data": data,
            "previous": previous,
        }
        self.all_entries.append(Entry(**made, hash=digest(made)))


PRINT = "ab12cd34ef56" + "0" * 52

STEPS = (
    StepView(
        number=1,
        sentence="Hand 4 upcoming customer meetings of John Smith to Rosa Delgado",
        before="4 meetings with John Smith",
        after="4 meetings with Rosa Delgado",
        because="Customers must not find an empty room.",
        rule="calendar-handover",
        vendor="demo",
        state="done",
        said="4 meetings handed over.",
        undoable=True,
    ),
    StepView(number=2, sentence="Remove John Smith's access to Email", before="member", after="none", vendor="demo", state="running"),
    StepView(number=3, sentence="Collect the badge", vendor="human", state="with a human"),
    StepView(number=4, sentence="Remove John Smith's access to Slack", before="member", after="none", vendor="demo", state="waiting"),
)


def every_kind(ticket: str) -> dict[str, Reply]:
    """One of each, under the key it is posted with."""
    return {
        "text": Text(text=f"Hello **there**, see [the portal](https://intranet.example/x) and [no](javascript:alert(1)). {XSS}"),
        "answer": Answer(
            text="Your microphone is probably muted.\n\n1. Open **Settings**\n2. Choose *Privacy*, then `Microphone`\n3. Turn it on",
            citations=(
                Citation(
                    title="Microphone in Teams",
                    path="meetings/teams-microphone.md",
                    section="Windows",
                    quote=f"Turn on microphone access. {XSS}",
                    note="Reviewed 3 months ago",
                ),
            ),
            closest=True,
            buttons=(
                Button(verb="helpful", ref=ticket, label="This helped"),
                Button(verb="unhelpful", ref=ticket, label="Not what I need"),
                Button(verb="human", ref=ticket, label="Talk to a human"),
            ),
        ),
        "pick": Form(
            id="pick-1",
            title="Which “John” do you mean?",
            fields=(
                Field_(
                    name="q1",
                    label="Which “John” do you mean?",
                    kind="person",
                    choices=(
                        Choice(value="john.smith@brightwater.example", label="John Smith", detail="Account Executive, Sales"),
                        Choice(value="john.carter@brightwater.example", label="John Carter", detail="Software Engineer"),
                        Choice(value="john.abara@brightwater.example", label="John Abara", detail="Contractor, Finance"),
                    ),
                ),
            ),
        ),
        "form": Form(
            id="form-1",
            title="A few details first",
            text="Then I can make a plan.",
            fields=(
                Field_(name="person", label="Who is it about?", kind="person"),
                Field_(name="systems", label="Which systems?", kind="system", many=True),
                Field_(name="day", label="Last day", kind="date"),
                Field_(name="length", label="For how long?", kind="duration", required=False),
                Field_(
                    name="ship_to",
                    label="Ship it where?",
                    kind="choice",
                    choices=(Choice(value="home", label="Home"), Choice(value="office", label="Office")),
                ),
                Field_(name="why", label="Why?", kind="long", help="A sentence is enough.", required=False),
                Field_(name="document", label="Photo of the ID", kind="file", required=False),
            ),
        ),
        "plan": PlanCard(
            plan="P-1",
            ticket=ticket,
            title="Remove John Smith's access to Email and 3 more steps",
            state="running",
            note="Approved by Sam Okafor.",
            steps=STEPS,
            approvals=(
                ApprovalView(kind="the manager", who=("Sam Okafor",), state="approved", decided="Sam Okafor approved this"),
                ApprovalView(kind="the IT help desk", who=("Priya Nair", "Ivan Petrov"), because=("Email is restricted.",)),
                ApprovalView(kind="the owner", who=("Rosa Delgado",)),
            ),
            fingerprint=PRINT,
            buttons=(Button(verb="cancel", ref="P-1", label="Cancel", confirm="Cancel the whole plan?"),),
        ),
        "approval": ApprovalCard(
            approval="A-1",
            plan="P-1",
            ticket=ticket,
            title="Remove John Smith's access to Email",
            asked_by="Sam Okafor",
            said=f"Remove John's access to email and Slack. {XSS}",
            state="open",
            steps=STEPS,
            who=("Priya Nair", "Ivan Petrov"),
            because=("Removing access needs the help desk's consent.",),
            expires=datetime.now(UTC) + timedelta(hours=72),
            fingerprint=PRINT,
            buttons=(
                Button(verb="approve", ref="A-1", label="Approve", style=Style.PRIMARY),
                Button(verb="decline", ref="A-1", label="Decline", style=Style.DANGER, ask_reason="required"),
            ),
        ),
        "status": Status(text="Handing over meetings…", tone="working"),
        "warning": Status(text="Your message held what looks like a secret. I masked it.", tone="warning"),
        "brief": Brief(
            ticket=ticket,
            title="Remove John's access",
            requester="Sam Okafor",
            status="waiting for approval",
            text=f"Remove John's access to email and Slack. {XSS}",
            lines=("Asked at 09:00", "Manager: Alice Brandt"),
            buttons=(
                Button(verb="take", ref=ticket, label="Take it"),
                Button(verb="resolve", ref=ticket, label="Resolve", ask_reason="optional"),
            ),
        ),
        "said": Said(person="priya.nair@brightwater.example", name="Priya Nair", text=f"Hi Sam, on it.\n{XSS}"),
    }


class EchoDesk:
    """Implements ports.Hearing. "everything" posts one of each here and an approval for the analysts; "break" breaks."""

    def __init__(self, ledger: MemoryLedger, channel: Channel) -> None:
        self.ledger = ledger
        self.channel = channel
        self.messages: list[Message] = []

    async def hear(self, message: Message) -> None:
        self.messages.append(message)
        ticket = await self.ledger.ticket_at(message.place)
        if ticket is None:
            ticket = await self.ledger.open_ticket(message.person, message.place, message.text[:120], message.at)
        text = message.text.replace("hunter2", "•••")
        if not await self.ledger.heard(message, ticket.id, text):
            return
        self.ledger.note("message.heard", message.person, ticket.id, message.at, text=text)
        await self._answer(message, ticket)

    async def _answer(self, message: Message, ticket: Ticket) -> None:
        if message.text == "break":
            raise RuntimeError("secret inner detail")
        if message.text == "refuse":
            raise Refused("The desk refuses this, politely.")
        if message.text == "slow":
            await asyncio.sleep(3600)
        if message.click:
            await self._clicked(message, ticket)
        elif message.text == "everything":
            await self.everything(ticket, message)
        else:
            files = "".join(f" with {f.name} ({len(f.content)} bytes)" for f in message.files)
            await self.say(ticket, message.place, f"echo-{message.id}", Text(text=f"I heard: {message.text}{files}"))

    async def _clicked(self, message: Message, ticket: Ticket) -> None:
        assert message.click
        files = "".join(f" and {f.name} ({len(f.content)} bytes)" for f in message.files)
        values = " ".join(f"{k}={v}" for k, v in sorted(message.click.values.items()))
        await self.say(
            ticket, message.place, f"click-{message.id}", Text(text=f"Pressed {message.click.verb} {message.click.ref} {values}{files}")
        )
        if message.click.ref == "A-1":
            decided = f"{message.click.verb.capitalize()}d by {message.person}"
            for post in [p for p in self.ledger.all_posts if isinstance(p.reply, ApprovalCard) and p.ticket == ticket.id]:
                settled = post.reply.model_copy(update={"buttons": (), "state": "approved", "decided": decided})
                await self.say(ticket, post.place, post.key, settled)

    async def everything(self, ticket: Ticket, message: Message) -> None:
        kinds = every_kind(ticket.id)
        for key, reply in kinds.items():
            if key != "approval":
                await self.say(ticket, message.place, key, reply)
        await self.say(ticket, self.channel.analysts(ticket.id), "brief", kinds["brief"])
        await self.say(ticket, self.channel.analysts(ticket.id), "approval", kinds["approval"])
        await self.say(ticket, self.channel.direct("rosa.delgado@brightwater.example", ticket.id), "approval", kinds["approval"])
        self.record_plan(ticket, message.at)

    def record_plan(self, ticket: Ticket, at: datetime) -> None:
        step = Step(
            number=1,
            call=Call(action="access.revoke", arguments={"person": "john.smith@brightwater.example", "system": "email"}),
            sentence="Remove John Smith's access to Email",
            change=Change(before="member", after="none"),
            wanted_by="calendar-handover",
            because="Customers must not find an empty room.",
            vendor="demo",
            decision=Decision(verdict=Verdict.ASK, reasons=(Reason(rule="revoke-needs-it", because="The help desk must agree."),)),
        )
        plan = Plan(
            id="P-1",
            ticket=ticket.id,
            requester=ticket.requester,
            steps=(step,),
            state=PlanState.ASKING,
            created=at,
            reasons=(Reason(rule="revoke-needs-it", because=f"The help desk must agree. {XSS}"),),
            known={"verification_sha256": "never shown"},
        )
        self.ledger.all_plans[plan.id] = plan
        self.ledger.all_approvals["A-1"] = Approval(
            id="A-1",
            plan="P-1",
            ticket=ticket.id,
            fingerprint=plan.fingerprint,
            kind="it",
            approvers=("rosa.delgado@brightwater.example",),
            votes=(Vote(person="rosa.delgado@brightwater.example", approve=True, reason="Fine by me", at=at),),
            opened=at,
            expires=at + timedelta(hours=72),
        )

    async def say(self, ticket: Ticket, place: Place, key: str, reply: Reply) -> None:
        audience = "analysts" if place.conversation == "helpdesk" else place.conversation
        post = await self.ledger.save_post(
            Post(ticket=ticket.id, audience=audience, key=key, place=place, reply=reply, at=datetime.now(UTC))
        )
        await self.ledger.drawn(post.id, await self.channel.show(post) or post.ref, post.version)


class Shelf:
    """Implements ports.Articles: one article for all, one for the help desk."""

    async def page(self, path: str, audiences: frozenset[str]) -> Page | None:
        if path == "meetings/teams-microphone.md":
            links = "See [next](../vpn/setup.md#top) and [bad](javascript:alert(1))."
            text = f"# Microphone in Teams\n\nIntro with {XSS}.\n\n## Windows\n\n{links}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
            return Page(title="Microphone in Teams", path=path, text=text, note="Past its review date.")
        if path == "it/internal.md" and "it-helpdesk" in audiences:
            return Page(title="Internal", path=path, text="For analysts.")
        return None
