"""What the desk needs from the rest of the house. `app.py` plugs the real ones in.

The ledger's methods are coroutines so that a database may sit behind a network; each is one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from bot.domain.approvals import Approval, ApprovalState, Vote
from bot.domain.calls import Call
from bot.domain.decisions import Decision
from bot.domain.directory import Directory
from bot.domain.home import Home
from bot.domain.messages import Answer, Message, Post, Reply
from bot.domain.outcomes import Effect
from bot.domain.people import Grant, Person
from bot.domain.plans import Plan, PlanState, Step
from bot.domain.resolution import Event
from bot.domain.tickets import Entry, NewEntry, Place, Ticket, TicketStatus
from bot.domain.understanding import Understanding

T = TypeVar("T")


class Clock(Protocol):
    """Now, aware, in UTC."""

    def __call__(self) -> datetime: ...


class Ledger(Protocol):
    """Level 0: the record. Ids that do not exist raise Unknown. An `entry` is written in one transaction with the change it tells of."""

    async def directory(self) -> Directory:
        """The company as of now; cheap while nothing changed."""

    async def ended_grants(self, now: datetime) -> Sequence[Grant]:
        """Grants whose `until` has passed but which have not ended."""

    async def apply(self, effects: Iterable[Effect], now: datetime) -> None:
        """Notes what steps brought about; repeating an effect changes nothing."""

    async def open_ticket(self, requester: str, place: Place, summary: str, now: datetime) -> Ticket: ...
    async def ticket(self, ticket_id: str) -> Ticket: ...
    async def ticket_at(self, place: Place) -> Ticket | None:
        """The ticket whose requester's thread, analysts' thread or direct message this place is."""

    async def save_ticket(self, ticket: Ticket) -> None: ...
    async def tickets(self, *, requester: str | None = None, status: Sequence[TicketStatus] = (), limit: int = 50) -> Sequence[Ticket]:
        """Newest first."""

    async def heard(self, message: Message, ticket: str, text: str, entry: NewEntry | None = None) -> bool:
        """Notes that a message was heard, with its masked text (files are never stored); False if this id was heard before."""

    async def handled(self, message: Message) -> None:
        """Notes that something has come of a message."""

    async def claim(self, message: Message) -> bool:
        """Takes over a message that was heard but not handled, from a process that is gone; False where it was handled, or another
        process is at it. Of two that try, one gets it."""

    async def unhandled(self) -> Sequence[Message]:
        """Messages of which nothing has come yet, oldest first; masked and without files."""

    async def said(self, message: Message, message_id: str) -> Mapping[str, Any] | None:
        """What was heard under this id in the same channel as `message`: as `messages` tells it, with its `ticket`."""

    async def messages(self, ticket: str) -> Sequence[Mapping[str, Any]]:
        """What people said in a ticket, oldest first: id, person, place, text, click, at."""

    async def save_post(self, post: Post) -> Post:
        """Inserts, or updates the post with the same ticket, place and key: `version` counts up, `id` and `ref` stay."""

    async def drawn(self, post_id: int, ref: str, version: int) -> None:
        """Notes that a channel shows this version of a post, and its own id of it."""

    async def undrawn(self, channel: str) -> Sequence[Post]:
        """Posts of a channel whose newest version it does not show yet, oldest first."""

    async def post_at(self, channel: str, ref: str) -> Post | None:
        """The post that the channel knows by this id."""

    async def save_reach(self, channel: str, name: str, reach: Mapping[str, Any]) -> None:
        """Keeps a note about a channel: how it reaches a person (by e-mail) or a conversation, or what it told before its time."""

    async def reach(self, channel: str, name: str) -> Mapping[str, Any] | None: ...
    async def posts(
        self, *, ticket: str | None = None, place: Place | None = None, key: str | None = None, limit: int = 500
    ) -> Sequence[Post]:
        """Oldest first, the newest `limit` of them; a place without a thread means all threads of the conversation."""

    async def save_plan(self, plan: Plan, entry: NewEntry | None = None) -> None:
        """Inserts or replaces the plan and its steps."""

    async def plan(self, plan_id: str) -> Plan: ...
    async def plans(self, ticket: str | None = None, state: Sequence[PlanState] = ()) -> Sequence[Plan]: ...
    async def move_plan(self, plan_id: str, was: Sequence[PlanState], to: PlanState, note: str = "", entry: NewEntry | None = None) -> Plan:
        """Changes the plan's state if it is one of `was`, else raises Stale: of two racing moves one wins."""

    async def save_step(self, plan_id: str, step: Step, entry: NewEntry | None = None) -> None: ...
    async def save_approval(self, approval: Approval, entry: NewEntry | None = None) -> None: ...
    async def approval(self, approval_id: str) -> Approval: ...
    async def approvals(self, plan: str | None = None, state: Sequence[ApprovalState] = ()) -> Sequence[Approval]: ...
    async def vote(self, approval_id: str, fingerprint: str, vote: Vote, entry: NewEntry | None = None) -> Approval:
        """Adds a vote and settles the approval where it decides it, atomically.

        Stale if the approval is not open, its fingerprint is another, or this person has voted.
        """

    async def append(self, kind: str, actor: str, ticket: str = "", *, at: datetime, **data: Any) -> Entry:
        """Adds a line to the audit ledger."""

    async def entries(self, ticket: str | None = None, after: int = 0, limit: int = 1000, kinds: Sequence[str] = ()) -> Sequence[Entry]:
        """The first `limit` entries with a number beyond `after`, oldest first; of these kinds alone, where some are named."""

    async def count_feedback(self, ticket: str, person: str, helpful: bool, paths: Sequence[str], now: datetime) -> None:
        """Notes whether an answer helped."""


class History(Protocol):
    """The record's past, for counting."""

    async def happened(self, since: datetime, fold: Callable[[Iterable[Event]], T]) -> T:
        """What `fold` makes of everything that befell tickets in which something was asked at `since` or later, in order and from each
        ticket's beginning. It may run on another thread."""


class Judge(Protocol):
    """Level 3: pure. No clock, no network."""

    @property
    def digest(self) -> str:
        """Of the policy set: two judges with the same digest decide alike."""

    def facts_for(self, call: Call) -> frozenset[str]:
        """Names of the facts that the rules which can apply to this call's action read."""

    def judge(
        self,
        call: Call,
        speaker: Person,
        directory: Directory,
        facts: Mapping[str, Any],
        now: datetime,
        *,
        approvals: frozenset[str] = frozenset(),
        companions: frozenset[str] = frozenset(),
        requirements: Mapping[str, str] | None = None,
    ) -> Decision:
        """The decision on one call. `approvals` are the kinds already given, `companions` the action names in the plan,
        `requirements` the proofs so far and their verdict (``{"verification": "match"}``)."""


@dataclass(frozen=True)
class Turn:
    """One earlier thing said in the thread: by the requester or the desk."""

    person: str
    text: str


@dataclass(frozen=True)
class Context:
    """What the thread already holds: the earlier turns, the calls still being asked about, and the last plan's calls. `ticket` is
    what understanding it is accounted to."""

    turns: Sequence[Turn] = ()
    draft: Understanding | None = None
    last: Sequence[Call] = ()
    ticket: str = ""


class Meanings(Protocol):
    """Tells how alike short texts are in meaning, whatever their words."""

    def likeness(self, said: str, examples: Sequence[str]) -> Sequence[float] | None:
        """How like each example what was said is: cosines, -1 to 1, in their order. None where no model is there, or not yet.

        Whoever asks with the same examples again has them embedded once."""


class Understander(Protocol):
    """From a sentence to proposals. Executes nothing; asks rather than guesses."""

    async def understand(
        self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()
    ) -> Understanding: ...


@dataclass(frozen=True)
class Option:
    """One of several articles that fit about equally well. `label` is what tells it from the others, in plain words; `words` are those
    that also mean it, in lower case; `title` is the article's. `public`: everyone may read it."""

    path: str
    label: str
    title: str
    words: tuple[str, ...] = ()
    public: bool = True


@dataclass(frozen=True)
class Found:
    """What the library found. `answer` is None where it would be dishonest to answer; `score` is its confidence, 0–1.

    `ranking` holds article paths, best first; `passages` what was quoted from. `commit` is the revision of the knowledge. `public`:
    everyone may read all that the answer quotes or cites. `options`: where several articles say the same for different cases and nothing
    tells which is meant, what to ask about before answering; `answer` is then what to say if that cannot be asked.
    """

    answer: Answer | None
    score: float
    ranking: tuple[str, ...] = ()
    passages: tuple[Mapping[str, Any], ...] = ()
    offers: tuple[str, ...] = ()
    commit: str = ""
    public: bool = False
    options: tuple[Option, ...] = ()


class Library(Protocol):
    """Level 1: answers from the knowledge base, only from what `audiences` may read."""

    async def search(self, question: str, audiences: frozenset[str], only: str = "") -> Found:
        """What the articles say to the question; with `only`, what that article says, if these audiences may read it."""


@dataclass(frozen=True)
class Composed:
    """What came of having an answer written: the answer, or None and `why` not. `spent` as an Understanding has it."""

    answer: Answer | None
    why: str = ""
    spent: Mapping[str, float] = field(default_factory=dict)


class Composer(Protocol):
    """Writes an answer anew from what the library found, and from nothing else. Where it cannot, the library's own answer stands."""

    async def compose(
        self,
        question: str,
        found: Found,
        language: str = "",
        ticket: str = "",
        shown: Callable[[Answer], Awaitable[None]] | None = None,
    ) -> Composed:
        """In `language` (two letters; "": the question's own), accounted to `ticket`. Every sentence is checked against the passage that it
        cites; so is what `shown` is given meanwhile: the answer as far as it is written. Never raises for what a model does."""


@dataclass(frozen=True)
class Page:
    """A knowledge article as somebody who may read it sees it. `text` is its markdown without front matter, `note` what a reader
    should know first ("This article is past its review date")."""

    title: str
    path: str
    text: str
    note: str = ""


class Articles(Protocol):
    """Whole articles, for a citation to lead to."""

    async def page(self, path: str, audiences: frozenset[str]) -> Page | None:
        """The article at this path of the knowledge folder; None where there is none, or none that these audiences may read."""


class Channel(Protocol):
    """A way to reach people. Translates and delivers; decides nothing. `pace` is how many seconds lie between two new messages in one
    conversation; a channel of pace 0 is shown each post at once, any other through a queue."""

    name: str
    pace: float

    def shared(self, place: Place) -> bool:
        """Whether others than the requester, or the analysts, read what is said at this place."""

    def direct(self, email: str, ticket: str) -> Place:
        """Where this person is told something about a ticket that is not theirs."""

    def analysts(self, ticket: str) -> Place:
        """The ticket's thread in the help desk's channel."""

    async def show(self, post: Post) -> str:
        """Draws a new or updated post (`post.ref` is set then) and returns the channel's id of it.

        TryLater where the platform asks to wait or does not answer; any other BellhopError where it never will.
        """

    async def whisper(self, message: Message, reply: Reply) -> bool:
        """Shows something to the one who sent this message and nobody else, without keeping it; False where the channel cannot."""


@dataclass(frozen=True)
class Diagnosis:
    """One thing that `bellhop doctor` looked at: whether it is well ("ok", "warning", "failed"), and how to mend it."""

    what: str
    state: str
    said: str
    mend: str = ""


@runtime_checkable
class Platform(Channel, Protocol):
    """A channel of a platform: it listens by itself."""

    async def start(self, hearing: Hearing, ledger: Ledger) -> None:
        """Begins to listen. Until then `show` raises TryLater. Misconfigured where the platform refuses the credentials."""

    async def pause(self) -> None:
        """Stops listening, and lets what was heard finish; what the desk says is still shown."""

    async def stop(self) -> None:
        """Pauses, and closes the connection. To be called when nothing is being shown any more."""

    async def diagnose(self) -> Sequence[Diagnosis]:
        """Tries the settings: credentials, scopes, the analysts' channel. Needs no `start`, changes nothing."""


class Engine(Protocol):
    """The durable shell: what it has started is finished, in whichever process, across restarts."""

    async def fulfil(self, plan_id: str) -> None:
        """Starts the plan's workflow; starting it again is harmless."""

    async def undo(self, plan_id: str, by: str) -> None:
        """Starts undoing what the plan did."""

    async def signal(self, plan_id: str, what: Mapping[str, Any]) -> None:
        """Wakes the plan's workflow: something it waits for may have happened. Carries nothing that is believed."""

    async def cancel(self, plan_id: str) -> None: ...


@dataclass(frozen=True)
class Wait:
    """What the durable shell does next: go on (`ready`), stop (`settled`), or sleep `seconds` or until woken and ask again."""

    ready: bool = False
    settled: bool = False
    seconds: float = 3600.0


class Fulfilment(Protocol):
    """What the durable shell runs. Every method reads the record anew and may be called twice with the same effect as once."""

    async def advance(self, plan_id: str) -> Wait:
        """Before the steps: opens the approvals and proofs that are due, reminds, lapses what nobody answered."""

    async def steps(self, plan_id: str) -> Sequence[int]:
        """The numbers of the steps, in order."""

    async def run_step(self, plan_id: str, number: int, key: str) -> Wait:
        """Judges the step again with fresh facts and carries it out once per `key`. `ready`: go on to the next;
        `settled`: the plan stopped or lapsed; neither: a human has it, sleep until woken. Raises TryLater."""

    async def give_up(self, plan_id: str, number: int, why: str) -> None:
        """The step failed for good: stops the plan and hands it to a human with what was and was not done."""

    async def finish(self, plan_id: str) -> None:
        """All steps are through: settles the plan and tells everyone."""

    async def undo_steps(self, plan_id: str) -> Sequence[int]:
        """The numbers of the steps to undo, last first; empty where the plan is not being undone."""

    async def undo_step(self, plan_id: str, number: int, key: str) -> Wait:
        """As run_step, with the call that the step's outcome left for undoing it."""

    async def finish_undo(self, plan_id: str) -> None: ...

    async def expire(self) -> None:
        """Proposes the end of every grant whose time is over. Called every minute."""


class Vendors(Protocol):
    """Who carries things out."""

    def serving(self, capability: type[Any], system: str | None, directory: Directory) -> str | None:
        """Name of the vendor that serves this capability (for this system, where it is Access); None: a human."""

    def offer(self, vendor: str, capability: type[Any], key: str = "") -> Any:
        """The vendor's implementation, bound to an idempotency key; read-only uses leave the key empty."""


@dataclass(frozen=True)
class Comparison:
    """How two addresses compare: "match", "near" or "mismatch", and why, component by component."""

    verdict: str
    because: str


class Addresses(Protocol):
    """Postal addresses, compared component by component; pure."""

    def compare(self, one: str, other: str, country: str = "") -> Comparison: ...
    def problem(self, address: str) -> str:
        """Why nothing may be shipped there ("PO box", "freight forwarder", "not a full address"); "" if nothing is wrong."""


class Hearing(Protocol):
    """What channels hand messages to."""

    async def wants(self, message: Message) -> bool:
        """Whether the desk will do anything about a message, by the etiquette of its place: ask before showing a sign of life.

        That somebody else than the requester wrote in a ticket's thread is noted at once, without their words.
        """

    async def hear(self, message: Message) -> None:
        """Hears a message; one that the desk does not want is dropped. Raises BellhopError only where there is no thread to answer in."""

    async def errors(self, message: Message) -> Mapping[str, str]:
        """What is wrong with the values of a sent form, by field; nothing is done, and nothing is noted."""

    async def home(self, email: str) -> Home:
        """What a person finds on their home page."""


__all__ = [
    "Addresses",
    "Articles",
    "Channel",
    "Clock",
    "Comparison",
    "Composed",
    "Composer",
    "Context",
    "Diagnosis",
    "Engine",
    "Found",
    "Fulfilment",
    "Hearing",
    "History",
    "Judge",
    "Ledger",
    "Library",
    "Meanings",
    "Option",
    "Page",
    "Platform",
    "Turn",
    "Understander",
    "Vendors",
    "Wait",
]
