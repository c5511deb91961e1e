"""The web chat as the desk sees it."""

from __future__ import annotations

from typing import Final

from bot.channels.web.live import Hub
from bot.channels.web.render import post_json
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place

HELPDESK: Final = "helpdesk"
"""The conversation that only analysts read; every other conversation is one person's e-mail address."""


class WebChannel:
    """Delivers posts to whoever has the conversation open; the record keeps them for everyone else."""

    name = "web"
    pace = 0.0

    def __init__(self) -> None:
        self.hub = Hub()

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation=HELPDESK, thread=ticket)

    def shared(self, place: Place) -> bool:
        return False

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    async def show(self, post: Post) -> str:
        self.hub.publish(post.place.conversation, "post", post_json(post))
        return f"{post.place.conversation}/{post.id}"

    def close(self) -> None:
        """Ends all open streams."""
        self.hub.close()
