"""What became of each question, and the one formula of confirmed resolution. `WORDS` is what the page, the command and the docs say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

SHOWN, UNKNOWN, ASKED_BACK, DRAWN = "answer", "answer.none", "answer.asked", "question.drawn"
ASKED = (SHOWN, UNKNOWN, ASKED_BACK, DRAWN)
"""Kinds of entries that tell of a question: answered, not answered, asked back about, given to a human by lot."""
HELPFUL, UNHELPFUL = "helpful", "unhelpful"
HANDED = ("ticket.escalated", "ticket.taken")
SOLVED, REQUESTED = "ticket.resolved", "plan.proposed"
TO_DESK, TO_HUMAN = "desk", "human"
"""The two sides of the lot, as entries note them in `arm`; "" where no lot was drawn."""

WORDS = {
    "formula": "Confirmed resolution is the share of all questions put to the desk at least {days} days ago whose asker, within {days} "
    "days of asking, pressed “This helped”, did not ask about the same topic again, and needed no human.",
    "why": "Silence is not success. A question that nobody rated counts against the desk, and so does one that it could not answer: "
    "both are in the number that is divided by. Figures sold as deflection or containment count whoever went away as helped; "
    "this one counts only whoever said so.",
    "question": "A question begins with the first words in a thread that are put to the knowledge base. It takes in what is said there "
    "afterwards, until its asker presses “This helped” or {days} days have passed; what is asked in that thread later is a question "
    "of its own. Requests for something to be done, and words that only ask for a human, are not questions.",
    "topic": "Two questions are on the same topic if the article found first for each is among the first three found for the other, "
    "whether it was shown or not. It makes no difference in which thread or channel they were asked.",
    "judged": "Each question is judged once, {days} days after it was asked, by what had happened until then, so a past figure does not "
    "change any more. Younger questions are too early to say and are in no share.",
    "interval": "Intervals hold with 95 % confidence (Wilson's score interval). Below {enough} questions there is no percentage, because "
    "it would be too few to tell.",
}
"""What the figures mean; `{days}` and `{enough}` are filled in by `words`."""


def words(name: str, days: int, enough: int) -> str:
    """One of `WORDS`, with these figures."""
    return WORDS[name].format(days=days, enough=enough)


class Ending(StrEnum):
    """How a question ended, from what was hoped for to what was not. Where several fit, `Question.ending` says which counts."""

    CONFIRMED = "confirmed helpful"
    REQUESTED = "went on to a request"
    ABANDONED = "abandoned"
    ABSTAINED = "abstained"
    UNHELPFUL = "not what was needed"
    CAME_BACK = "came back"
    ESCALATED = "escalated"


MEANING = {
    Ending.CONFIRMED: "the asker pressed “This helped” on an answer, did not come back and needed no human; nobody else's press counts",
    Ending.REQUESTED: "nobody pressed anything, and it went on to a request for something to be done",
    Ending.ABANDONED: "an answer was shown or something asked back, and nobody said whether it helped",
    Ending.ABSTAINED: "the desk said “I don't know”, and nothing below happened",
    Ending.UNHELPFUL: "the asker's last word was “Not what I need”, and nothing below happened",
    Ending.CAME_BACK: "the same person asked about the same topic again, even after pressing “This helped”; no human got this one",
    Ending.ESCALATED: "a human got it: by the button, by words, because the desk gave up, or because an analyst took it",
}
"""What each ending stands for. Every question that is old enough has exactly one."""


class Event(NamedTuple):
    """Something that the record tells of a ticket. `kind` is the entry's own (one of those named above), or HELPFUL and UNHELPFUL for
    these presses; `articles` is what was found, best first, where something was asked."""

    ticket: str
    requester: str
    channel: str
    actor: str
    kind: str
    at: datetime
    articles: tuple[str, ...] = ()
    arm: str = ""


@dataclass(slots=True)
class Question:
    """One question and what followed within its days. `first` is what was found when it was asked, `found` for its latest answer."""

    asker: str
    channel: str
    asked: datetime
    until: datetime
    arm: str
    first: tuple[str, ...]
    found: tuple[str, ...] = ()
    shown: bool = False
    unknown: bool = False
    human: bool = False
    solved: bool = False
    requested: bool = False
    back: bool = False
    pressed: str = ""
    helped: datetime | None = None

    @property
    def drawn(self) -> bool:
        """Whether the lot gave it to a human."""
        return self.arm == TO_HUMAN

    @property
    def confirmed(self) -> bool:
        """The formula's upper half. A question that the lot gave to a human is confirmed by the same press, after a human resolved it."""
        return self.pressed == HELPFUL and not self.back and (self.drawn or not self.human)

    @property
    def minutes(self) -> float:
        """From asking to the press that confirmed it."""
        return ((self.helped or self.until) - self.asked).total_seconds() / 60

    def ending(self) -> Ending:
        """How it ended, once `until` is past; what weighs more against the desk comes first."""
        if self.human:
            return Ending.ESCALATED
        if self.back:
            return Ending.CAME_BACK
        if self.pressed:
            return Ending.CONFIRMED if self.pressed == HELPFUL else Ending.UNHELPFUL
        if self.requested:
            return Ending.REQUESTED
        return Ending.ABSTAINED if self.unknown and not self.shown else Ending.ABANDONED

    def hear(self, event: Event) -> None:
        """Takes in what came after it was asked, and the asking itself."""
        if event.kind in ASKED:
            if event.kind == SHOWN or not self.shown:
                self.found = event.articles
            self.shown = self.shown or event.kind == SHOWN
            self.unknown = event.kind == UNKNOWN
        elif event.kind in HANDED:
            self.human = True
        elif event.kind == SOLVED:
            self.solved = self.solved or event.actor != self.asker
        elif event.kind == REQUESTED:
            self.requested = True
        elif event.actor == self.asker and (self.solved if self.drawn else self.shown):
            self.pressed, self.helped = event.kind, event.at


def same_topic(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the first of each is among the first three of the other; nothing is on no topic.

    Asking for the same first misses rewordings, and asking for one side alone takes a twelfth of all unrelated questions in a small
    knowledge base for the same: docs/analytics.md has the figures.
    """
    return bool(one and other) and one[0] in other[:3] and other[0] in one[:3]


Asking = tuple[datetime, Question, tuple[str, ...]]


def questions(events: Iterable[Event], days: int) -> list[Question]:
    """Every question that `events`, in the order of the record, tell of. One pass, then one look at each person's own questions."""
    latest: dict[str, Question] = {}
    made: list[Question] = []
    asked: dict[str, list[Asking]] = defaultdict(list)
    for event in events:
        question = latest.get(event.ticket)
        if event.kind in ASKED and event.actor == event.requester:
            if question is None or question.pressed == HELPFUL or event.at >= question.until:
                until = event.at + timedelta(days=days)
                question = Question(event.requester, event.channel, event.at, until, event.arm, event.articles)
                latest[event.ticket] = question
                made.append(question)
            asked[event.actor].append((event.at, question, event.articles))
        if question is not None and event.at < question.until:
            question.hear(event)
    for own in asked.values():
        _mark_returns(own)
    return made


def _mark_returns(asked: list[Asking]) -> None:
    """Notes which of one person's questions they came back to within its days."""
    asked.sort(key=lambda a: a[0])
    moments = [at for at, *_ in asked]
    for at, question, _ in asked:
        if at == question.asked:
            later = asked[bisect_right(moments, at) : bisect_left(moments, question.until)]
            question.back = any(other is not question and same_topic(question.found, found) for _, other, found in later)
