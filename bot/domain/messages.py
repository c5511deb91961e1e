"""What people say to the desk and what it says back, with no trace of a channel's format."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from bot.domain.base import Value
from bot.domain.tickets import Place

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes of a file that somebody hands over, at most."""


class File(Value):
    """A file handed over in chat. Kept in memory only; never stored, never logged."""

    name: str
    media_type: str
    content: bytes = Field(repr=False)


class Click(Value):
    """A pressed button or a sent form: what was pressed, the id it carries, and the form's values. Nothing else is believed.

    Channels make three of their own: ``ticket`` (values: ``summary``) asks for a ticket that a human answers, ``edit`` (``ref``: the
    id of an earlier message; values: its new ``text``) and ``withdraw`` (``ref``: the id of a message that was deleted).
    """

    verb: str
    ref: str
    values: dict[str, Any] = Field(default_factory=dict)


class Message(Value):
    """Something a Person said, wrote or pressed. `id` is the channel's own event id: the same id is heard once.

    `person` is the verified e-mail address of who said it; channels resolve it, text never does. `addressed`: it was said to the
    desk, in a direct conversation, by name or by a button; else merely where the desk is present. `named`: it calls the desk by name.
    `begins`: it begins a thread rather than answering in one.
    `loose`: it was said beside all threads, so it may belong to the speaker's latest need there; if it does not, `place` is its own.
    """

    id: str
    person: str
    place: Place
    text: str = ""
    click: Click | None = None
    files: tuple[File, ...] = ()
    addressed: bool = True
    named: bool = False
    begins: bool = False
    loose: bool = False
    at: datetime


class Style(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


class Button(Value):
    """Something to press. `ask_reason` wants a sentence first ("optional" or "required"); `confirm` is a question to say yes to."""

    verb: str
    ref: str
    label: str
    style: Style = Style.PLAIN
    ask_reason: Literal["", "optional", "required"] = ""
    confirm: str = ""


class Choice(Value):
    value: str
    label: str
    detail: str = ""


class Field_(Value):
    """One question of a form. `kind` is a Kind of calls.py, "file" or "long" (several lines of text)."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    many: bool = False
    choices: tuple[Choice, ...] = ()
    value: Any = None
    help: str = ""
    error: str = ""


class Citation(Value):
    """Where a passage stands. `path` is relative to the knowledge folder, `section` the heading it stands under ("" for the top)."""

    title: str
    path: str
    section: str = ""
    quote: str = ""
    url: str = ""
    note: str = ""


class StepView(Value):
    """A step as a card shows it."""

    number: int
    sentence: str
    before: str = ""
    after: str = ""
    because: str = ""
    rule: str = ""
    vendor: str = ""
    state: str = "waiting"
    said: str = ""
    undoable: bool = False


class ApprovalView(Value):
    """An approval as a card shows it: what is asked for, of whom, and who said what."""

    kind: str
    who: tuple[str, ...] = ()
    state: str = "open"
    decided: str = ""
    because: tuple[str, ...] = ()


class Text(Value):
    """Plain words (the small markdown of docs/glossary.md: bold, italics, code, links, lists)."""

    kind: Literal["text"] = "text"
    text: str
    buttons: tuple[Button, ...] = ()


class Answer(Value):
    """A cited answer. `closest` marks one that the desk is not sure of."""

    kind: Literal["answer"] = "answer"
    text: str
    citations: tuple[Citation, ...] = ()
    closest: bool = False
    buttons: tuple[Button, ...] = ()


class Form(Value):
    """Asks for what is missing. One field with choices is a pick list. Comes back as ``Click(verb="form", ref=id, values=…)``."""

    kind: Literal["form"] = "form"
    id: str
    title: str
    text: str = ""
    fields: tuple[Field_, ...]
    submit: str = "Continue"
    settled: str = ""
    """How it was answered; a settled form shows this and takes no more input."""
    buttons: tuple[Button, ...] = ()


class PlanCard(Value):
    """A plan as its requester sees it, updated in place while it runs."""

    kind: Literal["plan"] = "plan"
    plan: str
    ticket: str
    title: str
    state: str
    note: str = ""
    steps: tuple[StepView, ...]
    approvals: tuple[ApprovalView, ...] = ()
    fingerprint: str
    buttons: tuple[Button, ...] = ()


class ApprovalCard(Value):
    """What an approver is asked: exactly what will run, for whom, why, and until when."""

    kind: Literal["approval"] = "approval"
    approval: str
    plan: str
    ticket: str
    title: str
    asked_by: str
    said: str = ""
    """The requester's own words."""
    state: str
    decided: str = ""
    steps: tuple[StepView, ...]
    who: tuple[str, ...]
    because: tuple[str, ...] = ()
    expires: datetime
    fingerprint: str
    buttons: tuple[Button, ...] = ()


class Status(Value):
    """A short sign of what is going on. `tone` is working, done, warning or failed."""

    kind: Literal["status"] = "status"
    text: str
    tone: Literal["working", "done", "warning", "failed"] = "working"
    buttons: tuple[Button, ...] = ()


class Brief(Value):
    """A ticket as the analysts' thread shows it: who asked, what was said, where it stands."""

    kind: Literal["brief"] = "brief"
    ticket: str
    title: str
    requester: str
    status: str
    text: str = ""
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


class Said(Value):
    """Somebody's own words, relayed: what a person wrote, as the thread shows it."""

    kind: Literal["said"] = "said"
    person: str
    name: str
    text: str
    buttons: tuple[Button, ...] = ()


Reply = Annotated[Text | Answer | Form | PlanCard | ApprovalCard | Status | Brief | Said, Field(discriminator="kind")]


class Post(Value):
    """A Reply as it stands somewhere. The same `key` at the same place is the same post, updated.

    `audience` is "requester", "analysts", "private" (the requester alone) or the e-mail address of the one person it went to. `ref` is
    the channel's own id of it, `drawn` the version that the channel shows.
    """

    id: int = 0
    ticket: str
    audience: str
    key: str
    place: Place
    reply: Reply
    version: int = 1
    ref: str = ""
    drawn: int = Field(default=0, exclude=True)
    at: datetime
