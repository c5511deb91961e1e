"""Replies as Adaptive Cards."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.teams.cards import Element, card, words
from bot.domain.markup import plain
from bot.domain.messages import Post, Reply


@dataclass(frozen=True)
class Drawn:
    """A reply as Teams shows it: `summary` for notifications and lists, plain text, and the Adaptive Card."""

    summary: str
    card: Element


def draw(post: Post) -> Drawn:
    """A post as a card. What does not fit is behind "Show everything", which asks for the dialog `forms.full_dialog` draws."""
    return drawn(post.reply, post.key)


def drawn(reply: Reply, more: str = "") -> Drawn:
    """A reply as a card; `more` is the ref of its "Show everything" button, "" where nobody could answer that."""
    return Drawn("Bellhop", card(words(plain(str(getattr(reply, "text", ""))))))
