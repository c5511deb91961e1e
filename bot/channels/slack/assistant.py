"""The assistant pane: how it greets, and what it suggests. What people write there takes the same road as everything else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bot.channels.slack.client import answered
from bot.channels.slack.deliver import Delivery
from bot.channels.slack.parts import CHANNEL, Parts, Speaker, patiently
from bot.channels.slack.render import drawn
from bot.domain.messages import Text
from bot.errors import BellhopError, NotAllowed

log = logging.getLogger(__name__)

PROMPTS = "suggested prompts"
SUGGESTED = (
    ("Get access", "I need access to Figma for two weeks"),
    ("Wi-Fi and VPN", "How do I set up the VPN on my laptop?"),
    ("A broken laptop", "My laptop is broken and I need a new one"),
    ("A locked account", "I'm locked out of my account"),
)


class Pane:
    """Greets in a new assistant thread, once, in whichever process hears of it first."""

    def __init__(self, parts: Parts, delivery: Delivery) -> None:
        self._parts = parts
        self._delivery = delivery

    async def opened(self, event: Mapping[str, Any]) -> None:
        """An `assistant_thread_started` event."""
        thread = event.get("assistant_thread") or {}
        user, channel, ts = (str(thread.get(key) or "") for key in ("user_id", "channel_id", "thread_ts"))
        if not (user and channel and ts):
            return
        try:
            person = await patiently(lambda: self._parts.people.who(user))
        except NotAllowed as why:
            await self._delivery.tell(Speaker(user, channel, ts), str(why))
            return
        await self._suggest(channel, ts)
        await self._greet(person.first_name, channel, ts)

    async def _greet(self, name: str, channel: str, ts: str) -> None:
        known = f"greeted:{channel}:{ts}"
        if await self._parts.ledger.reach(CHANNEL, known) is not None:
            return
        await self._parts.ledger.save_reach(CHANNEL, known, {})
        made = drawn(
            Text(text=f"Hello {name}! Ask me anything about IT, or tell me what you need. I'll say what I'm about to do before I do it.")
        )
        call: dict[str, Any] = {"channel": channel, "thread_ts": ts, "text": made.text, "blocks": made.blocks}
        await patiently(lambda: answered(self._parts.web.chat_postMessage(**call)))

    async def _suggest(self, channel: str, ts: str) -> None:
        if not self._parts.features.has(PROMPTS):
            return
        prompts = [{"title": title, "message": message} for title, message in SUGGESTED]
        try:
            await answered(self._parts.web.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=ts, prompts=prompts))
        except BellhopError as error:
            if not self._parts.features.lacks(PROMPTS, error):
                log.info("No suggestions in an assistant thread: %s", error)
