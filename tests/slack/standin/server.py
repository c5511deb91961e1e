"""The stand-in's HTTP server: the Web API, files, response addresses and the door to the sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.slack.standin.methods import METHODS, Method, content, require
from tests.slack.standin.refusals import Refused, TooFast
from tests.slack.standin.state import Call, Fault, State
from tests.slack.standin.workspace import BOT, BOT_USER, Json

Link = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def arguments(request: web.Request) -> Json:
    """Arguments from the query, a form or JSON; in a form, lists and objects are JSON in a string."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise Refused("invalid_json")
        return found | body
    for name, value in (await request.post()).items():
        text = str(value)
        found[name] = json.loads(text) if text[:1] in ("[", "{") else text
    return found


class Server:
    """Listens on 127.0.0.1, on a free port."""

    def __init__(self, state: State, link: Link) -> None:
        self.state = state
        site = web.Application(client_max_size=8 * 1024 * 1024)
        site.router.add_route("*", "/api/{method}", self._api)
        site.router.add_get("/files-pri/{id}/{name}", self._file)
        site.router.add_post("/hooks/{name}", self._hook)
        site.router.add_get("/link/", link)
        self._runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.2)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.state.base = f"http://{host}:{port}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        at, args = time.monotonic(), {}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        headers = {"x-oauth-scopes": ",".join(sorted(self.state.scopes)), "x-accepted-oauth-scopes": ""}
        status = 200
        try:
            args = await arguments(request)
            token = str(args.pop("token", token))
            await self._fault(name)
            told = {"ok": True, **await self._do(name, token, args)}
        except Refused as no:
            told = no.to_json()
        except TooFast as no:
            told, status = {"ok": False, "error": "ratelimited"}, 429
            headers["Retry-After"] = str(no.after)
        except ServerTrouble as trouble:
            told, status = {"ok": False, "error": "fatal_error"}, trouble.status
        self.state.calls.append(Call(name, args, at, "ok" if told["ok"] else told["error"], token))
        self.state.moved()
        return web.json_response(told, status=status, headers=headers)

    async def _fault(self, name: str) -> None:
        for fault in self.state.faults:
            if fault.times and fault.method in ("*", name):
                fault.times -= 1
                await self._strike(fault)
                return

    @staticmethod
    async def _strike(fault: Fault) -> None:
        if fault.slow:
            await asyncio.sleep(fault.slow)
            return
        if fault.error:
            raise Refused(fault.error)
        if fault.status == 429:
            raise TooFast(fault.after)
        raise ServerTrouble(fault.status)

    async def _do(self, name: str, token: str, args: Json) -> Json:
        found = METHODS.get(name)
        if found is None or name in self.state.lacking:
            raise Refused("unknown_method", req_method=name)
        self._allowed(found, token)
        unknown = set(args) - found.takes - {"team_id"}  # which the toolkit sends along, for apps of whole organisations
        missing = {n for n in found.needs if args.get(n) is None}
        if unknown or missing:
            wrong = [f"unknown argument: {n}" for n in sorted(unknown)] + [f"missing required field: {n}" for n in sorted(missing)]
            raise Refused("invalid_arguments", wrong)
        return await found.do(self.state, args)

    def _allowed(self, found: Method, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if token not in (self.state.bot_token, self.state.app_token):
            raise Refused("invalid_auth")
        if (token == self.state.app_token) != found.app:
            raise Refused("not_allowed_token_type")
        if found.app:
            if not self.state.app_scopes & set(found.scopes):
                raise Refused("missing_scope", needed=found.scopes[0], provided=",".join(sorted(self.state.app_scopes)))
            return
        require(self.state, *found.scopes)

    async def _file(self, request: web.Request) -> web.Response:
        """A file's bytes for who may read it; everybody else gets the sign-in page, as from Slack, with status 200."""
        found = self.state.workspace.files.get(request.match_info["id"])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.state.calls.append(Call("file", {"id": request.match_info["id"]}, time.monotonic(), "ok", token))
        if found is None:
            return web.Response(status=404)
        if token != self.state.bot_token or "files:read" not in self.state.scopes:
            return web.Response(text="<!DOCTYPE html><html><title>Sign in</title></html>", content_type="text/html")
        return web.Response(body=found.content, content_type=found.media_type)

    async def _hook(self, request: web.Request) -> web.Response:
        """A response address: five answers within half an hour, to whoever pressed."""
        hook = self.state.hooks.get(request.match_info["name"])
        body = await request.json()
        if hook is None or hook["used"] >= 5:
            return web.Response(status=404, text="used_url")
        hook["used"] += 1
        try:
            if not body.get("delete_original"):
                text, blocks = content(self.state, body, "response_url")
        except Refused as no:
            self.state.complaints.append(f"response_url: {no.error} {no.messages}")
            return web.Response(status=400, text=no.error)
        if not body.get("delete_original"):
            self._answer(hook, body, text, blocks)
        self.state.moved()
        return web.Response(text="ok")

    def _answer(self, hook: Json, body: Json, text: str, blocks: list[Json]) -> None:
        ts = self.state.workspace.ts()
        if body.get("response_type", "ephemeral") == "in_channel":
            message = {"type": "message", "user": BOT_USER, "bot_id": BOT, "ts": ts, "text": text, "blocks": blocks}
            self.state.workspace.add(hook["channel"], message)
        else:
            self.state.ephemerals.append({"channel": hook["channel"], "user": hook["user"], "text": text, "blocks": blocks, "ts": ts})


class ServerTrouble(Exception):
    """HTTP 500 and its like."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status
