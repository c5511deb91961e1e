"""Dialogs (Teams calls them task modules): forms that a card is too small for, and all of what a card had to cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.teams.actions import MORE, submit
from bot.channels.teams.cards import ROOM, Element, card, flat, rich, run, shortened, size, words
from bot.channels.teams.fields import inputs
from bot.channels.teams.fit import Sheet, fitted, pages
from bot.channels.teams.render import sheet
from bot.channels.teams.text import blocks
from bot.domain.messages import Field_, Form, Reply, Style

MOST_FIELDS = 100
_TITLES = {"plan": "The whole plan", "approval": "All of what is asked", "answer": "The whole answer", "brief": "The whole ticket"}
_FOR_TEXT = 4_000
_ACTION = "application/vnd.microsoft.card.adaptive"


def form_dialog(form: Form, errors: Mapping[str, str] | None = None, values: Mapping[str, Any] | None = None) -> Element:
    """The form as a task info: title, height, width, and the card as an attachment.

    `errors` by field stand beside what they are about, `values` by field are what was filled in before. Comes back as ``task/submit``
    with verb "form" and the form's id; read its values with `fields.meant`. Fields that do not fit are not asked: the desk asks for
    what is missing in its next form.
    """
    fields = [_filled(f, errors or {}, values or {}) for f in form.fields[:MOST_FIELDS]]
    send = [submit("form", form.id, form.submit, style=Style.PRIMARY)]
    content = fitted(Sheet(body=blocks(form.text), foot=_inputs(fields)), send)
    return _dialog(form.title, content, "large" if len(fields) > 3 else "medium")


def _filled(field: Field_, errors: Mapping[str, str], values: Mapping[str, Any]) -> Field_:
    return field.model_copy(update={"error": errors.get(field.name, field.error), "value": values.get(field.name, field.value)})


def _inputs(fields: list[Field_]) -> list[Element]:
    """As many of the fields as fit. The longest lists give way first: names are typed where they cannot be picked."""
    room = ROOM - _FOR_TEXT
    typed: set[str] = set()
    for field in sorted(fields, key=lambda f: -len(f.choices)):
        asked = _drawn(fields, typed)
        if sum(map(size, asked), 0) <= room:
            break
        typed |= {field.name} if field.choices else set()
    told: list[Element] = []
    for field in fields:
        more = inputs([field], typed=field.name in typed)
        if told and size([*told, *more]) > room:
            break
        told += more
    return told


def _drawn(fields: list[Field_], typed: set[str]) -> list[Element]:
    return [element for field in fields for element in inputs([field], typed=field.name in typed)]


def full_dialog(reply: Reply, ref: str = "", page: int = 0) -> Element:
    """All of a reply as a task info, page by page: the others are asked for by ``task/submit`` with verb "more", the same `ref` and
    the value ``page``, a number; one that is not there is the last."""
    told = pages(sheet(reply, short=False).all, ROOM - 3_000)
    page = min(max(page, 0), len(told) - 1)
    turns = [
        *([submit(MORE, ref, "Back", values={"page": page - 1})] if page else []),
        *([submit(MORE, ref, "Next page", values={"page": page + 1}, style=Style.PRIMARY)] if page + 1 < len(told) else []),
    ]
    title = _TITLES.get(reply.kind, "All of it") + (f" ({page + 1} of {len(told)})" if len(told) > 1 else "")
    return _dialog(title, card(told[page], turns), "large")


def ticket_dialog(text: str) -> Element:
    """ "Create a ticket" from a message: its words, to look over. Comes back as ``task/submit`` with verb "ticket", value ``summary``."""
    asked = Field_(name="summary", label="What is it about?", kind="long", value=shortened(text.strip(), 2_000))
    said = words("A colleague at the help desk will read this and answer you.")
    content = card([*said, *inputs([asked])], [submit("ticket", "", "Create the ticket", style=Style.PRIMARY)])
    return _dialog("Create a ticket", content, "medium")


def told_dialog(title: str, text: str) -> Element:
    """A dialog that only says something: why nothing can be filled in any more, for instance."""
    return _dialog(title, fitted(Sheet(body=blocks(text) or [rich(run("–"))]), []), "small")


def _dialog(title: str, content: Element, height: str) -> Element:
    attachment = {"contentType": _ACTION, "content": content}
    return {"title": flat(title, 60) or "Bellhop", "height": height, "width": "medium", "card": attachment}
