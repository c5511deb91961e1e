"""What bolt hands over → who hears it. Everything is acknowledged before anything is done about it.

Bolt's `AsyncAssistant` takes every message in a thread of a direct conversation, and swallows what is edited or deleted there; so edits
and deletions are caught before it gets to see them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.assistant.async_assistant import AsyncAssistant
from slack_bolt.response import BoltResponse

from bot.channels.slack import parse
from bot.channels.slack.assistant import Pane
from bot.channels.slack.homes import Homes
from bot.channels.slack.once import Once
from bot.channels.slack.parts import Parts, Speaker
from bot.channels.slack.pressed import Pressing
from bot.channels.slack.said import Said

Body = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
COMMAND = "/bellhop"
SHORTCUT = "create_ticket"
HELP = "Write what you need after the command, for example `/bellhop I need access to Figma for two weeks`. We go on in a direct message."
TAKEN = "I'm on it. We go on in {where}."
_ANY = re.compile(r".*", re.S)


class Listener:
    """Registers itself with a bolt app."""

    def __init__(self, parts: Parts, said: Said, pressing: Pressing, homes: Homes, pane: Pane, once: Once) -> None:
        self._parts = parts
        self._said = said
        self._pressing = pressing
        self._homes = homes
        self._pane = pane
        self._once = once

    def register(self, app: AsyncApp) -> None:
        app.middleware(self.second_thoughts)
        assistant = AsyncAssistant(app_name="bellhop", logger=app.logger)
        assistant.thread_started(self.pane)
        assistant.thread_context_changed(self.nothing)
        assistant.user_message(self.message)
        app.assistant(assistant)
        app.event("message")(self.message)
        app.event("app_mention")(self.message)
        app.event("reaction_added")(self.reaction)
        app.event("app_home_opened")(self.home)
        app.event(_ANY)(self.nothing)
        app.command(COMMAND)(self.command)
        app.shortcut(SHORTCUT)(self.shortcut)
        app.action(_ANY)(self.button)
        app.view(_ANY)(self.dialog)
        app.view_closed(_ANY)(self.nothing)

    async def second_thoughts(self, body: Body, ack: Ack, next: Callable[[], Awaitable[Any]]) -> BoltResponse | None:
        """Edits and deletions; everything else goes on."""
        event = body.get("event") or {}
        if event.get("type") != "message" or event.get("subtype") not in ("message_changed", "message_deleted"):
            await next()
            return None
        bot = self._parts.home.bot
        if self._ours(body):
            if (changed := parse.edited(event, bot) if event["subtype"] == "message_changed" else None) is not None:
                self._begin(self._said.edited(changed))
            elif (gone := parse.deleted(event, bot)) is not None:
                self._begin(self._said.deleted(gone))
        response: BoltResponse = await ack()
        return response

    async def message(self, body: Body, event: Body) -> None:
        heard = parse.heard(event, self._parts.home.bot) if self._ours(body) else None
        if heard is not None:
            self._begin(self._said.heard(heard))

    async def reaction(self, body: Body, event: Body) -> None:
        found = parse.reaction(event) if self._ours(body) else None
        if found is not None:
            self._begin(self._said.reacted(found))

    async def home(self, body: Body, event: Body) -> None:
        if self._ours(body) and event.get("tab") == "home" and event.get("user"):
            self._begin(self._homes.publish(str(event["user"])))

    async def pane(self, body: Body, event: Body) -> None:
        if self._ours(body):
            thread = event.get("assistant_thread") or {}
            key, user = f"pane:{thread.get('channel_id')}:{thread.get('thread_ts')}", str(thread.get("user_id") or "")
            self._begin(self._once.do(key, Speaker(user), lambda: self._pane.opened(event)))

    async def button(self, body: Body, ack: Ack) -> None:
        await ack()
        self._begin(self._pressing.button(body))

    async def dialog(self, body: Body, ack: Ack) -> None:
        await self._pressing.dialog(body, ack)

    async def shortcut(self, body: Body, ack: Ack) -> None:
        await ack()
        self._begin(self._pressing.shortcut(body))

    async def command(self, body: Body, ack: Ack) -> None:
        if str(body.get("text") or "").strip().casefold() in ("", "help", "?"):
            await ack(text=HELP, response_type="ephemeral")
            return
        await ack(text=TAKEN.format(where=self._where(body)), response_type="ephemeral")
        self._begin(self._pressing.command(body))

    async def nothing(self, ack: Ack) -> None:
        """Told of, and of no interest."""
        await ack()

    def _where(self, body: Mapping[str, Any]) -> str:
        app = re.sub(r"\W", "", str(body.get("api_app_id") or ""))
        team = self._parts.home.team
        return f"<https://slack.com/app_redirect?app={app}&team={team}|our direct messages>" if app else "our direct messages"

    def _ours(self, body: Mapping[str, Any]) -> bool:
        return parse.ours(body, self._parts.home.team)

    def _begin(self, work: Any) -> None:
        self._parts.work.begin(work)
