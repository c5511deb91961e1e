"""Dialogs: what Teams calls task modules."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.teams.cards import Element, card
from bot.domain.messages import Form, Reply


def form_dialog(form: Form, errors: Mapping[str, str] | None = None, values: Mapping[str, object] | None = None) -> Element:
    """The form as a task info (title, height, width, card as an attachment). `errors` by field are shown beside it, `values` by field
    are what was filled in before. Comes back as ``task/submit`` with verb "form"."""
    return _dialog(form.title, card([]))


def full_dialog(reply: Reply, ref: str = "", page: int = 0) -> Element:
    """The whole reply, page by page: the next one is asked for by ``task/submit`` with verb "more", the same ref and the value
    ``page``."""
    return _dialog("Everything", card([]))


def ticket_dialog(text: str) -> Element:
    """ "Create a ticket" from a message: its words to look over. Comes back as ``task/submit`` with verb "ticket", value ``summary``."""
    return _dialog("Create a ticket", card([]))


def _dialog(title: str, content: Element) -> Element:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return {"title": title, "height": "medium", "width": "medium", "card": attachment}
