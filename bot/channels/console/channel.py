"""The terminal as the desk sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.domain.messages import Button, Form, Message, Post, Reply
from bot.domain.tickets import Place

HELPDESK: Final = "helpdesk"

Watcher = Callable[[Post], None]


class ConsoleChannel:
    """Keeps each post as it stands and tells whoever watches."""

    name = "console"
    pace = 0.0

    def __init__(self) -> None:
        self.posts: dict[tuple[str, Place, str], Post] = {}
        self.watchers: list[Watcher] = []

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation=HELPDESK, thread=ticket)

    def shared(self, place: Place) -> bool:
        return False

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    async def show(self, post: Post) -> str:
        key = (post.ticket, post.place, post.key)
        self.posts.pop(key, None)
        self.posts[key] = post
        for watcher in self.watchers:
            watcher(post)
        return f"{post.place.conversation}/{post.id}"

    def latest(self, conversations: frozenset[str]) -> list[Post]:
        """The posts of these conversations, the one that changed last first."""
        return [p for p in reversed(self.posts.values()) if p.place.conversation in conversations]

    def button(self, label: str, conversations: frozenset[str]) -> tuple[Post, Button] | None:
        """The newest button with this label, whatever its case."""
        wanted = label.strip().casefold()
        found = ((p, b) for p in self.latest(conversations) for b in p.reply.buttons if b.label.casefold() == wanted)
        return next(found, None)

    def form(self, conversations: frozenset[str]) -> tuple[Post, Form] | None:
        """The newest form that still takes input."""
        found = ((p, p.reply) for p in self.latest(conversations) if isinstance(p.reply, Form) and not p.reply.settled)
        return next(found, None)
