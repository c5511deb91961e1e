"""Which of several articles is meant: asked once in a thread, answered by a button or in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.desk.ports import Option
from bot.desk.state import human
from bot.domain.base import Value, digest
from bot.domain.messages import Choice, Field_, Form
from bot.domain.tickets import Ticket

WHICH = "which"
"""Under which a ticket's draft keeps what was asked."""
FIELD, NONE = "which", "none"
LONGEST = 6
"""Words of a reply that says no more than which one it is, those that say nothing left out."""

_FILLER = {"a", "an", "the", "one", "it", "its", "it's", "is", "i", "i'm", "on", "my", "for", "use", "have", "mean", "think", "please"}
_ASKING = {"how", "what", "why", "when", "where", "who", "can", "could", "do", "does", "need", "want", "get", "give", "instead", "cancel"}
_ORDER = {"1": 0, "1st": 0, "first": 0, "2": 1, "2nd": 1, "second": 1, "3": 2, "3rd": 2, "third": 2, "4": 3, "4th": 3, "fourth": 3}
_NO = re.compile(r"(?i)\W*(?:no,? |it's |its )?(?:none|neither|no|nope|something else|another one)(?: of (?:these|those|them))?\W*")


class Case(Value):
    """One of the options, as the draft keeps it: an article by its path, and how it is called."""

    path: str
    label: str
    words: tuple[str, ...] = ()


class Which(Value):
    """What is still to be answered, and what may be meant. `arm` as the lot said."""

    question: str
    cases: tuple[Case, ...]
    arm: str = ""

    @property
    def paths(self) -> list[str]:
        return [case.path for case in self.cases]


def open_in(ticket: Ticket) -> Which | None:
    """What the desk waits to be told in this ticket; None where it has not asked, or it is settled."""
    return Which.model_validate(ticket.draft[WHICH]) if WHICH in ticket.draft else None


def kept(question: str, options: Sequence[Option], arm: str) -> Which:
    """What the draft keeps of a question about these options."""
    return Which(question=question, cases=tuple(Case(path=o.path, label=o.label, words=o.words) for o in options), arm=arm)


def form(ticket: str, which: Which, options: Sequence[Option]) -> Form:
    """The question: a button for each case, which carries no more than its number."""
    cases = [Choice(value=str(n), label=o.label, detail=o.title) for n, o in enumerate(options, 1)]
    choices = (*cases, Choice(value=NONE, label="None of these"))
    asked = "Which one is it about?"
    return Form(
        id=f"{ticket}:{digest(which.model_dump(mode='json'))[:12]}",
        title=asked,
        text="I have an answer for each of these, and it differs.",
        fields=(Field_(name=FIELD, label=asked, kind="choice", choices=choices),),
        submit="Choose",
        buttons=human(ticket),
    )


def case(which: Which, value: str) -> Case | None:
    """The case that a button or `picked` names; None for anything else."""
    return which.cases[int(value) - 1] if value in map(str, range(1, len(which.cases) + 1)) else None


def picked(text: str, which: Which) -> str:
    """What a reply in words chooses: the value of a button, or "" where it is about something else, or about more than one."""
    if _NO.fullmatch(text):
        return NONE
    said = [word for word in re.findall(r"[\w.'’]*\w", text.lower()) if word not in _FILLER]
    if not said or len(said) > LONGEST or "?" in text or not _ASKING.isdisjoint(said):
        return ""
    if len(said) == 1 and _ORDER.get(said[0], len(which.cases)) < len(which.cases):
        return str(_ORDER[said[0]] + 1)
    spaced = f" {' '.join(said)} "
    meant = [n for n, c in enumerate(which.cases, 1) if any(f" {word} " in spaced for word in (c.label.lower(), *c.words))]
    return str(meant[0]) if len(meant) == 1 else ""
