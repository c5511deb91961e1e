"""What was asked in vain, and what humans answered, read from the record.

Only a requester's own words are a question: no form, no post of the desk's, nobody else's line. Only what a member of the help desk
told the requester is an answer. All of it is data; nothing in it is followed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.desk.edits import EDITED
from bot.desk.etiquette import NOTE
from bot.desk.ports import Ledger
from bot.domain.directory import DESK_GROUPS, Directory
from bot.domain.messages import Answer, Post, Said
from bot.domain.people import DESK, Employment
from bot.domain.tickets import Entry, Ticket, TicketStatus
from bot.domain.understanding import Intent

KINDS = ("message.heard", "understood", "answer.asked", "answer", "answer.none", "ticket.escalated", "ticket.resolved")
PAGE = 5000
"""Entries read at a time."""
CLOSED = (TicketStatus.RESOLVED, TicketStatus.CLOSED)
LONGEST = 2000
"""Characters of a question that are looked at."""

_FORWARDED = re.compile(
    r"(?im)^[ \t]*(?:-{2,}[ \t]*(?:original|forwarded|begin forwarded)\b.*|begin forwarded message:?.*|(?:from|von|de):[ \t]*\S.*@.*)$"
)
_QUOTED = re.compile(r"(?m)^[ \t]*>.*$")


class Outcome(StrEnum):
    """What came of a question. The values stand in sentences."""

    UNANSWERED = "not answered"
    UNHELPFUL = "answered, and not what was needed"
    ESCALATED = "answered, and handed to a human all the same"
    HANDLED = "handled by a human"


@dataclass(frozen=True)
class Question:
    """One question, in the person's own words. `cited` are the paths that its answer came from, none where it was not answered."""

    ticket: str
    message: str
    person: str
    text: str
    at: datetime
    outcome: Outcome | None = None
    cited: tuple[str, ...] = ()
    commit: str = ""


@dataclass(frozen=True)
class Told:
    """What humans told a requester in one ticket that was then resolved, in order."""

    ticket: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """All that the record gives: questions asked in vain, and by ticket what humans answered."""

    questions: tuple[Question, ...]
    told: Mapping[str, Told]


@dataclass
class _Thread:
    """One ticket while its entries go by."""

    requester: str
    open: Question | None = None
    """What was said last and may yet turn out to be a question."""
    which: Question | None = None
    """What the desk asked back about."""
    asked: list[Question] = field(default_factory=list)
    escalated: bool = False
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        match entry.kind:
            case "message.heard" if entry.actor == self.requester:
                self._said(entry)
            case "understood":
                self._understood(entry.data)
            case "answer.asked":
                self.which, self.open = self.open, None
            case "answer" | "answer.none":
                self._answered(entry)
            case "ticket.escalated":
                self._handed_over()
            case "ticket.resolved":
                self.reasons.append((entry.actor, str(entry.data.get("reason", ""))))

    def _said(self, entry: Entry) -> None:
        click = entry.data.get("click") or {}
        verb, ref = str(click.get("verb", "")), str(click.get("ref", ""))
        if verb in ("edit", "withdraw"):
            self.asked = [q for q in self.asked if q.message != ref]
            self.open, self.which = (None if q and q.message == ref else q for q in (self.open, self.which))
        if verb in ("unhelpful", "helpful") and self.asked:
            self._rated(verb == "helpful")
        if verb == "act":
            self.open = None
        text = own_words(str(entry.data.get("text", "")))
        if verb in ("", "edit", "ticket") and text and not self.escalated:
            self.open = Question(entry.ticket, str(entry.data.get("message", "")), entry.actor, text, entry.at)

    def _rated(self, helpful: bool) -> None:
        """The newest answer's rating; who thinks again about it is counted as they think now."""
        last = self.asked[-1]
        if last.outcome is not Outcome.UNANSWERED:
            self.asked[-1] = replace(last, outcome=None if helpful else Outcome.UNHELPFUL)

    def _understood(self, data: Mapping[str, Any]) -> None:
        """A request is no question, unless all that it asks for is a ticket; nor are a greeting and the wish for a human."""
        intent = data.get("intent")
        calls = [str(call.get("action", "")) for call in data.get("calls", ())]
        wants = intent in (Intent.REQUEST, Intent.CLARIFY) and any(name != "ticket.create" for name in calls)
        if wants or intent in (Intent.STATUS, Intent.CHAT, Intent.CANCEL) or (intent == Intent.HUMAN and self.asked):
            self.open = None

    def _answered(self, entry: Entry) -> None:
        question = self.which if "chosen" in entry.data else self.open
        self.which = self.open = None
        if question is None:
            return
        found = entry.kind == "answer"
        cited = tuple(str(path) for path in entry.data.get("articles", ())) if found else ()
        outcome = None if found else Outcome.UNANSWERED
        self.asked.append(replace(question, outcome=outcome, cited=cited, commit=str(entry.data.get("commit", ""))))

    def _handed_over(self) -> None:
        waiting = self.open or self.which
        if waiting is not None:
            self.asked.append(replace(waiting, outcome=Outcome.HANDLED))
        elif self.asked and self.asked[-1].outcome is None:
            self.asked[-1] = replace(self.asked[-1], outcome=Outcome.ESCALATED)
        self.open = self.which = None
        self.escalated = True


async def read(ledger: Ledger, since: datetime) -> Heard:
    """Questions asked since then that were asked in vain, oldest first, and what humans told those who asked."""
    directory = await ledger.directory()
    tickets = {t.id: t for t in await ledger.tickets(limit=10_000_000) if t.updated >= since}
    threads = {
        t.id: _Thread(t.requester)
        for t in tickets.values()
        if (person := directory.people.get(t.requester)) is not None and person.type is not Employment.SERVICE
    }
    async for entry in _entries(ledger):
        if entry.ticket in threads:
            threads[entry.ticket].take(entry)
    questions: list[Question] = []
    told: dict[str, Told] = {}
    for number, thread in threads.items():
        asked = [q for q in thread.asked if q.outcome is not None and q.at >= since]
        if not asked:
            continue
        posts = await ledger.posts(ticket=number, limit=100_000)
        cited = {c.path for p in posts if isinstance(p.reply, Answer) for c in p.reply.citations}
        questions += [replace(q, cited=(*q.cited, *sorted(cited - {*q.cited}))) if q.cited else q for q in asked]
        if tickets[number].status in CLOSED:
            lines = await _told(ledger, tickets[number], posts, thread, directory)
            if lines:
                told[number] = Told(number, tuple(lines))
    kept = [q for q in questions if q.outcome is not Outcome.HANDLED or q.ticket in told]
    return Heard(tuple(sorted(kept, key=lambda q: (q.at, q.ticket, q.message))), told)


async def _entries(ledger: Ledger) -> AsyncIterator[Entry]:
    after = 0
    while found := await ledger.entries(after=after, limit=PAGE, kinds=KINDS):
        for entry in found:
            yield entry
        after = found[-1].number


def own_words(text: str) -> str:
    """What of a message the person wrote: without quoted lines and what follows the head of a forwarded message. "" for a note."""
    if NOTE.match(text):
        return ""
    head = _FORWARDED.search(text)
    return _QUOTED.sub("", text[: head.start()] if head else text).strip()[:LONGEST]


async def _told(ledger: Ledger, ticket: Ticket, posts: Sequence[Post], thread: _Thread, directory: Directory) -> list[str]:
    """What members of the help desk said to the requester: what was carried over to them, what was written in their own thread or,
    where there was none of that, the reason it was resolved with. Not what was deleted, nor an earlier wording of what was edited."""

    def ours(email: str) -> bool:
        person = directory.people.get(email)
        at_desk = DESK_GROUPS["it"] in directory.groups_of(email)
        return person is not None and person.type is not Employment.SERVICE and at_desk and email not in (ticket.requester, DESK.email)

    heard = await ledger.messages(ticket.id)
    replaced = {m["click"].ref for m in heard if m["click"] is not None and m["click"].verb in ("edit", "withdraw")}
    unsaid = {m["id"] for m in heard if NOTE.match(str(m["text"])) or (m["click"] is not None and m["click"].verb == "withdraw")}
    said: list[tuple[datetime, str]] = []
    for post in posts:
        key = post.key.removeprefix("said:")
        if isinstance(post.reply, Said) and post.audience == "requester" and ours(post.reply.person) and key not in replaced | unsaid:
            said.append((post.at, post.reply.text.removeprefix(EDITED)))
    for message in heard:
        own = message["place"] == ticket.place and message["click"] is None and message["id"] not in replaced
        if own and ours(str(message["person"])):
            said.append((message["at"], str(message["text"])))
    if not said:
        said = [(ticket.updated, reason) for actor, reason in thread.reasons if ours(actor)]
    return list(_lines(text for _, text in sorted(said, key=lambda one: one[0])))


def _lines(texts: Iterable[str]) -> Iterable[str]:
    """Without what is for colleagues alone, and what is said twice."""
    seen = set()
    for text in texts:
        if not NOTE.match(text) and text.strip() and text not in seen:
            seen.add(text)
            yield text
