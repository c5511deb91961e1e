"""The Bot Framework connector's REST service, as strict as the real one."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.teams.standin.refusals import (
    Limits,
    Refusal,
    blocked,
    check_activity,
    not_in_roster,
    size_of,
    unknown_activity,
    unknown_conversation,
)
from tests.teams.standin.tokens import Bearers
from tests.teams.standin.world import Chat, Shown, User, World

Handler = Callable[[web.Request], Awaitable[web.Response]]
EVERYWHERE = "teams"
"""The region that knows every conversation: where a bot writes to those who have not written to it."""


@dataclass
class Call:
    """A request of the bot's, and how it was answered."""

    method: str
    path: str
    status: int
    body: Any = None


@dataclass
class Connector:
    """`fail` holds refusals for the next requests that write, oldest first; `calls` everything that was asked."""

    world: World
    bearers: Bearers
    limits: Limits = field(default_factory=Limits)
    fail: deque[Refusal] = field(default_factory=deque)
    calls: list[Call] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    written: list[tuple[Shown, float]] = field(default_factory=list)
    """Messages as they were posted, and when, by the monotonic clock."""
    slow: float = 0.0
    """Seconds between taking a request and answering it."""
    leaks: list[str] = field(default_factory=list)
    """Addresses outside the connector that were shown the bot's token."""

    def mount(self, site: web.Application) -> None:
        at = "/{region:emea|amer|teams}/v3"
        for method, path, handler in (
            ("POST", "/conversations", self._create),
            ("POST", "/conversations/{id}/activities", self._send),
            ("POST", "/conversations/{id}/activities/{activity}", self._send),
            ("PUT", "/conversations/{id}/activities/{activity}", self._update),
            ("DELETE", "/conversations/{id}/activities/{activity}", self._delete),
            ("GET", "/conversations/{id}/members", self._members),
            ("GET", "/conversations/{id}/pagedmembers", self._paged),
            ("GET", "/conversations/{id}/members/{member}", self._member),
            ("GET", "/teams/{id}", self._team),
            ("GET", "/teams/{id}/conversations", self._channels),
            ("GET", "/attachments/{id}/views/{view}", self._attachment),
        ):
            site.router.add_route(method, at + path, self._guarded(handler))
        site.router.add_get("/personal/files/{id}", self._download)

    def _guarded(self, handler: Handler) -> Handler:
        """The handler behind the bearer check, with refusals as answers, and everything noted."""

        async def guarded(request: web.Request) -> web.Response:
            body = await request.text()
            try:
                if not self.bearers.good(request.headers.get("Authorization", "")):
                    raise Refusal(401, "Unauthorized", "Authorization has been denied for this request.")
                response = await handler(request)
            except Refusal as refusal:
                response = refusal.response()
            await asyncio.sleep(self.slow)
            self.calls.append(Call(request.method, request.path, response.status, json.loads(body) if body else None))
            return response

        return guarded

    def _chat(self, request: web.Request, conversation: str = "") -> Chat:
        found = self.world.chat(conversation or request.match_info["id"])
        region = request.match_info["region"]
        if found is None or region not in (EVERYWHERE, found.region):
            raise unknown_conversation()
        return found

    def _writable(self, chat: Chat) -> None:
        """Whether the bot may write here now."""
        if self.fail:
            raise self.fail.popleft()
        person = chat.members[0] if chat.kind == "personal" else None
        if not chat.installed or (person and person.id in self.world.uninstalled):
            raise not_in_roster()
        if person and person.id in self.world.blocked:
            raise blocked()

    async def _create(self, request: web.Request) -> web.Response:
        body = await _json(request)
        channel = ((body.get("channelData") or {}).get("channel") or {}).get("id")
        if channel:
            return self._start_thread(request, body, channel)
        if body.get("isGroup"):
            raise Refusal(400, "BadArgument", "Creating group conversations is not supported.")
        return self._start_personal(body)

    def _start_thread(self, request: web.Request, body: dict[str, Any], channel: str) -> web.Response:
        chat = self._chat(request, channel)
        if chat.kind != "channel" or not body.get("isGroup"):
            raise Refusal(400, "BadSyntax", "A thread needs isGroup and the id of a team's channel.")
        self._writable(chat)
        if not isinstance(body.get("activity"), dict):
            raise Refusal(400, "BadSyntax", "A thread begins with an activity.")
        message = self._add(chat, body["activity"], "")
        return web.json_response({"id": f"{chat.id};messageid={message.id}", "activityId": message.id}, status=201)

    def _start_personal(self, body: dict[str, Any]) -> web.Response:
        members = body.get("members") or []
        tenant = body.get("tenantId") or body.get("tenantID") or ((body.get("channelData") or {}).get("tenant") or {}).get("id")
        if len(members) != 1 or not (body.get("bot") or {}).get("id"):
            raise Refusal(400, "BadSyntax", "Incorrect conversation creation parameters.")
        user = self.world.by_id(members[0].get("id") or members[0].get("aadObjectId") or "")
        if not tenant or (user and tenant != user.tenant):
            raise Refusal(400, "BadSyntax", "Bad format of conversation ID: the tenant is missing or another.")
        if user is None or user.id in self.world.uninstalled:
            raise not_in_roster()
        chat = self.world.personal(user)
        self._writable(chat)
        told: dict[str, Any] = {"id": chat.id}
        if body.get("activity"):
            told["activityId"] = self._add(chat, body["activity"], "").id
        return web.json_response(told, status=201)

    async def _send(self, request: web.Request) -> web.Response:
        chat, body = self._chat(request), await _json(request)
        self._writable(chat)
        root = self.world.thread(request.match_info["id"])
        answered = request.match_info.get("activity") or body.get("replyToId")
        if answered and chat.kind == "channel" and not root:
            root = self._root(chat, answered)
        if chat.kind == "channel" and root and self.world.message(chat, root) is None:
            raise unknown_conversation()
        message = self._add(chat, body, root)
        return web.json_response({"id": message.id}, status=201)

    def _root(self, chat: Chat, answered: str) -> str:
        found = self.world.message(chat, answered)
        if found is None:
            raise unknown_activity()
        return found.root or found.id

    def _add(self, chat: Chat, body: dict[str, Any], root: str) -> Shown:
        check_activity(body, size_of(body))
        self._check_address(chat, body)
        if body["type"] == "typing":
            self.world.typing.append((chat.id + (f";messageid={root}" if root else ""), time.monotonic()))
            return Shown("", chat, self.world.bot_id, body)
        self.limits.spend(chat.id)
        own = f"1:{self.world.tick()}" if chat.kind == "personal" else self.world.tick()
        message = Shown(own, chat, self.world.bot_id, body, root, [body])
        self.world.shown.append(message)
        self.written.append((message, time.monotonic()))
        return message

    def _check_address(self, chat: Chat, body: dict[str, Any]) -> None:
        said = (body.get("conversation") or {}).get("id")
        if said and said.partition(";")[0] != chat.id:
            raise Refusal(400, "BadArgument", "The activity is addressed to another conversation.")
        sender = (body.get("from") or {}).get("id")
        if sender and sender != self.world.bot_id and sender != self.world.app_id:
            raise Refusal(403, "ForbiddenOperationException", "The bot may not write in another's name.")

    def _own(self, request: web.Request) -> Shown:
        chat = self._chat(request)
        self._writable(chat)
        found = self.world.message(chat, request.match_info["activity"])
        if found is None or found.deleted:
            raise unknown_activity()
        if found.by != self.world.bot_id:
            raise Refusal(403, "ForbiddenOperationException", "The bot may only change what it wrote.")
        return found

    async def _update(self, request: web.Request) -> web.Response:
        body = await _json(request)
        message = self._own(request)
        check_activity(body, size_of(body))
        self._check_address(message.chat, body)
        self.limits.spend(message.chat.id)
        message.activity = body
        message.versions.append(body)
        return web.json_response({"id": message.id})

    async def _delete(self, request: web.Request) -> web.Response:
        self._own(request).deleted = True
        return web.Response()

    def _roster(self, request: web.Request) -> list[User]:
        team = next((c for c in self.world.chats.values() if c.team == request.match_info["id"]), None)
        chat = team or self._chat(request)
        if not chat.installed or (chat.kind == "personal" and chat.members[0].id in self.world.uninstalled):
            raise not_in_roster()
        return chat.members

    async def _members(self, request: web.Request) -> web.Response:
        return web.json_response([u.roster() for u in self._roster(request)])

    async def _paged(self, request: web.Request) -> web.Response:
        members, start = self._roster(request), int(request.query.get("continuationToken") or 0)
        size = min(max(int(request.query.get("pageSize") or 200), 50), 500)
        more = {"continuationToken": str(start + size)} if start + size < len(members) else {}
        return web.json_response({"members": [u.roster() for u in members[start : start + size]], **more})

    async def _member(self, request: web.Request) -> web.Response:
        user = self.world.by_id(request.match_info["member"])
        if user is None or user not in self._roster(request):
            raise Refusal(404, "MemberNotFoundInConversation", "Member not found in conversation.")
        return web.json_response(user.roster())

    def _channels_of(self, request: web.Request) -> list[Chat]:
        found = [c for c in self.world.chats.values() if c.team == request.match_info["id"]]
        if not found:
            raise Refusal(404, "NotFound", "The team was not found.")
        if not any(c.installed for c in found):
            raise not_in_roster()
        return found

    async def _team(self, request: web.Request) -> web.Response:
        found = self._channels_of(request)
        name = next(n for n, i in self.world.teams.items() if i == request.match_info["id"])
        return web.json_response({"id": request.match_info["id"], "name": name, "channelCount": len(found), "aadGroupId": ""})

    async def _channels(self, request: web.Request) -> web.Response:
        return web.json_response({"conversations": [{"id": c.id, "name": c.name} for c in self._channels_of(request)]})

    async def _attachment(self, request: web.Request) -> web.Response:
        """A picture pasted into a chat: shown to the bot's token only."""
        media_type, content = self._file(request)
        return web.Response(body=content, content_type=media_type)

    async def _download(self, request: web.Request) -> web.Response:
        """A file in somebody's own store: whoever has the address may read it, and no token belongs there."""
        if "Authorization" in request.headers:
            self.leaks.append(request.path)
        try:
            media_type, content = self._file(request)
        except Refusal as refusal:
            return refusal.response()
        return web.Response(body=content, content_type=media_type)

    def _file(self, request: web.Request) -> tuple[str, bytes]:
        if request.match_info["id"] not in self.files:
            raise Refusal(404, "NotFound", "There is no such attachment.")
        return self.files[request.match_info["id"]]


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise Refusal(400, "BadSyntax", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "BadSyntax", "The body is not an object.")
    return body
