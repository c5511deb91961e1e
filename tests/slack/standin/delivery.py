"""How events reach an app: over sockets, each to be acknowledged by its envelope's id, or as signed HTTP requests; tried again if not."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from tests.slack.standin.state import SIGNING_SECRET, State
from tests.slack.standin.workspace import APP, Json

EVENTS, INTERACTIVE, COMMANDS = "events_api", "interactive", "slash_commands"


@dataclass
class Attempt:
    """One try. `took` is seconds until the acknowledgement; None where there was none in time. `status` is HTTP's."""

    number: int
    at: float
    took: float | None = None
    status: int = 0


@dataclass
class Delivery:
    """Something sent to the app, and what the app answered."""

    kind: str
    body: Json
    attempts: list[Attempt] = field(default_factory=list)
    response: Any = None

    @property
    def acked(self) -> bool:
        return any(a.took is not None for a in self.attempts)


class Line(Protocol):
    async def send(self, delivery: Delivery, attempt: Attempt, reason: str) -> None: ...
    async def close(self) -> None: ...


def signed(body: str, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
    """The headers that prove a request is Slack's."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def encoded(delivery: Delivery) -> tuple[str, str]:
    """Body and content type, as each kind of request has them."""
    if delivery.kind == EVENTS:
        return json.dumps(delivery.body), "application/json"
    if delivery.kind == COMMANDS:
        return urlencode(delivery.body), "application/x-www-form-urlencoded"
    return urlencode({"payload": json.dumps(delivery.body)}), "application/x-www-form-urlencoded"


class HttpLine:
    """Posts to one address. `secret` and `clock` may be wrong on purpose."""

    def __init__(self, state: State, url: str) -> None:
        self.state, self.url = state, url
        self.secret = SIGNING_SECRET
        self._session = aiohttp.ClientSession()

    async def send(self, delivery: Delivery, attempt: Attempt, reason: str) -> None:
        body, kind = encoded(delivery)
        headers = {"Content-Type": kind, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", **signed(body, self.secret)}
        if attempt.number:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": reason}
        began = time.perf_counter()
        try:
            limit = aiohttp.ClientTimeout(total=self.state.ack_within)
            async with self._session.post(self.url, data=body, headers=headers, timeout=limit) as answer:
                text = await answer.text()
                attempt.status = answer.status
        except (TimeoutError, aiohttp.ClientError):
            return
        if attempt.status == 200:
            attempt.took = time.perf_counter() - began
            delivery.response = _read(text)

    async def close(self) -> None:
        await self._session.close()


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text


@dataclass
class Connection:
    """One socket. A `dead` one neither answers nor closes; a `deaf` one gets no new events."""

    ws: web.WebSocketResponse
    number: int
    dead: bool = False
    deaf: bool = False
    got: list[str] = field(default_factory=list)


class SocketLine:
    """Socket Mode: every event goes to one of the open connections."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.connections: list[Connection] = []
        self.opened = 0
        self._turn = itertools.count()
        self._waiting: dict[str, tuple[asyncio.Future[Any], float]] = {}

    @property
    def live(self) -> list[Connection]:
        return [c for c in self.connections if not c.ws.closed and not c.deaf]

    async def link(self, request: web.Request) -> web.StreamResponse:
        """The door: takes each ticket once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.state.tickets:
            return web.Response(status=401)
        self.state.tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False, autoclose=False)
        await ws.prepare(request)
        connection = Connection(ws, self.opened)
        self.opened += 1
        self.connections.append(connection)
        host = {"host": "applink-stand-in", "build_number": 10, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.live), "debug_info": host, "connection_info": {"app_id": APP}}
        await ws.send_json(hello)
        self.state.moved()
        try:
            async for message in ws:
                await self._hear(connection, message)
        finally:
            self.connections.remove(connection)
            self.state.moved()
        return ws

    async def _hear(self, connection: Connection, message: aiohttp.WSMessage) -> None:
        if connection.dead:
            return
        if message.type is WSMsgType.CLOSE:
            await connection.ws.close()
        elif message.type is WSMsgType.PING:
            await connection.ws.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            told = json.loads(message.data)
            waiting = self._waiting.pop(told.get("envelope_id", ""), None)
            if waiting is None:
                self.state.complaints.append(f"acknowledged what was not waiting: {message.data[:200]}")
            elif not waiting[0].done():
                waiting[0].set_result((told.get("payload"), time.perf_counter() - waiting[1]))

    async def send(self, delivery: Delivery, attempt: Attempt, reason: str) -> None:
        connection = await self._next()
        if connection is None:
            return
        name = str(uuid.uuid4())
        envelope = {"envelope_id": name, "type": delivery.kind, "payload": delivery.body}
        envelope["accepts_response_payload"] = delivery.kind != EVENTS
        if delivery.kind == EVENTS:
            envelope |= {"retry_attempt": attempt.number, "retry_reason": reason}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[name] = (answer, time.perf_counter())
        with contextlib.suppress(ConnectionError, TimeoutError):
            await connection.ws.send_json(envelope)
            connection.got.append(name)
            delivery.response, attempt.took = await asyncio.wait_for(answer, self.state.ack_within)
            attempt.status = 200

    async def _next(self) -> Connection | None:
        """The connection whose turn it is; waits a while for one to be opened."""
        until = time.monotonic() + self.state.ack_within
        while not self.live and time.monotonic() < until:
            await asyncio.sleep(0.01)
        return self.live[next(self._turn) % len(self.live)] if self.live else None

    async def refresh(self, connection: Connection, reason: str = "refresh_requested") -> None:
        """Asks the app to connect anew, as Slack does every few hours, and closes when it has."""
        connection.deaf = True
        await connection.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-stand-in"}})

    async def close(self) -> None:
        for connection in list(self.connections):
            with contextlib.suppress(Exception):  # closing what an app has left half open
                await asyncio.wait_for(connection.ws.close(), 0.5)


class Office:
    """Sends events on their way. `times` delivers each so often; `held` keeps events back until they are released."""

    def __init__(self, state: State, line: Line) -> None:
        self.state, self.line = state, line
        self.times = 1
        self.held: list[Delivery] | None = None
        self.all: list[Delivery] = []
        self._running: set[asyncio.Task[Any]] = set()

    async def deliver(self, kind: str, body: Json) -> Delivery:
        """Sends something and waits for its acknowledgement, or for the last try."""
        delivery = Delivery(kind, body)
        self.all.append(delivery)
        if self.held is not None and kind == EVENTS:
            self.held.append(delivery)
            return delivery
        await asyncio.gather(*(self._send(delivery) for _ in range(self.times if kind == EVENTS else 1)))
        return delivery

    def later(self, kind: str, body: Json) -> None:
        """Sends something that nobody waits for."""
        task = asyncio.create_task(self.deliver(kind, body))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, delivery: Delivery) -> None:
        tries = len(self.state.retry_after) + 1 if delivery.kind == EVENTS else 1
        for number in range(tries):
            if number:
                await asyncio.sleep(self.state.retry_after[number - 1])
            attempt = Attempt(number, time.monotonic())
            delivery.attempts.append(attempt)
            reason = (
                "" if not number else "timeout" if isinstance(self.line, SocketLine) else "http_error" if attempt.status else "http_timeout"
            )
            await self.line.send(delivery, attempt, reason)
            if attempt.took is not None:
                return

    def hold(self) -> None:
        self.held = []

    async def release(self, times: int = 1, seed: int | None = None) -> list[Delivery]:
        """Delivers what was held back, each so many times, in an order that the seed shuffles."""
        held, self.held = self.held or [], None
        sends = held * times
        if seed is not None:
            random.Random(seed).shuffle(sends)
        await asyncio.gather(*(self._send(d) for d in sends))
        return held

    async def again(self, delivery: Delivery) -> Delivery:
        """The very same request once more, as a retry."""
        attempt = Attempt(1, time.monotonic())
        delivery.attempts.append(attempt)
        await self.line.send(delivery, attempt, "timeout")
        return delivery

    async def close(self) -> None:
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.line.close()
