"""Socket Mode, watched: a connection that died, silently or not, is replaced by a new one.

Slack's toolkit reconnects by itself when the socket closes, when Slack asks for it and when its own pings stay unanswered. It does
not come back where its new address has expired meanwhile, where a connection attempt hangs, or where asking for an address fails while
Slack disconnects it. So nothing of it is trusted for long: when nothing at all was received for `patience` seconds, not even the answer
to a ping, the whole client is thrown away and a new one is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.client import answered, quiet_logger
from bot.errors import BellhopError, TryLater

log = logging.getLogger(__name__)

PATIENCE = 45.0
"""Seconds without a sign of life after which a connection counts as dead."""
PINGS = 5
"""How often a connection is pinged in that time; the toolkit gives up by itself after four unanswered pings."""
CONNECTING = 20.0
GOODBYE = 2.0
DRAINING = 1.0
LAST_WORD = DRAINING + 2 * GOODBYE
LONGEST_WAIT = 60.0


class Connection(Protocol):
    """One connection. `heard` is when something was last received, by `time.monotonic`."""

    @property
    def heard(self) -> float: ...

    async def close(self) -> None: ...


Connect = Callable[[], Awaitable[Connection]]


class Watchdog:
    """Keeps one connection alive: opens it, and replaces it when it has been silent for too long."""

    def __init__(self, connect: Connect, patience: float = PATIENCE) -> None:
        self._connect = connect
        self._patience = patience
        self._look = min(1.0, patience / 10)
        self._connection: Connection | None = None
        self._watching: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Opens the first connection; what goes wrong with that one is raised."""
        self._connection = await self._connect()
        self._watching = asyncio.create_task(self._watch(), name="slack socket watchdog")

    async def stop(self) -> None:
        self._stopping = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching}, timeout=LAST_WORD)
        await self._drop()

    async def _watch(self) -> None:
        while not self._stopping:
            await asyncio.sleep(self._look)
            if self._connection is None or time.monotonic() - self._connection.heard > self._patience:
                log.warning("Nothing came from Slack for %.0f seconds: connecting anew.", self._patience)
                await self._replace()

    async def _replace(self) -> None:
        await self._drop()
        wait = self._look
        while self._connection is None and not self._stopping:
            try:
                self._connection = await self._connect()
            except Exception as error:  # whatever it is: a watchdog that dies of it helps nobody
                log.warning("Slack's Socket Mode cannot be reached: %s", error if isinstance(error, BellhopError) else type(error).__name__)
                pause = getattr(error, "after", None) or wait
                await asyncio.sleep(min(pause, LONGEST_WAIT))
                wait = min(2 * wait, LONGEST_WAIT)
        log.warning("Connected to Slack again.")

    async def _drop(self) -> None:
        """Closes what there is; a connection that cannot even be closed is left to itself."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # whatever is wrong with it is why it is dropped
                async with asyncio.timeout(LAST_WORD):
                    await connection.close()


class SocketMode:
    """A connection of Slack's toolkit to this app."""

    def __init__(self, app: AsyncApp, app_token: str, web: AsyncWebClient, patience: float) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token, logger=quiet_logger(), web_client=web, ping_interval=patience / PINGS)
        self._handler.client.on_message_listeners.append(self._note)
        self._handler.client.socket_mode_request_listeners[:] = [self._take]
        self._under_way = 0
        self._noted = time.monotonic()
        self._pong: float | None = None

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Hands an envelope to bolt, and its acknowledgement back."""
        self._under_way += 1
        try:
            await self._handler.handle(client, request)  # type: ignore[arg-type]  # it takes any client, and names one of the kinds
        finally:
            self._under_way -= 1

    async def _note(self, _: WSMessage) -> None:
        self._noted = time.monotonic()

    @property
    def heard(self) -> float:
        """When something came. The toolkit tells of words by itself; of a pong it notes when its ping was sent, and invents the first
        such note after a silence: only one that follows another was really answered."""
        pong = self._handler.client.last_ping_pong_time
        if pong and self._pong and pong > self._pong:
            self._noted = time.monotonic()
        self._pong = pong
        return self._noted

    async def open(self) -> None:
        """Connects; what Slack says against it is raised, where the toolkit alone would try for ever."""
        client = self._handler.client
        opened = await answered(client.web_client.apps_connections_open(app_token=self._handler.app_token))
        client.wss_uri = opened["url"]
        try:
            async with asyncio.timeout(CONNECTING):
                await client.connect()  # type: ignore[no-untyped-call]  # the toolkit leaves it untyped
        except TimeoutError:
            raise TryLater("Slack's socket does not open.") from None
        self._noted = time.monotonic()

    async def close(self) -> None:
        """Acknowledges what has come, says goodbye where the other side still listens, and leaves nothing behind where it does not."""
        client = self._handler.client
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAINING):
                await self._drained()
        try:
            async with asyncio.timeout(GOODBYE):
                await self._handler.close_async()  # type: ignore[no-untyped-call]  # the toolkit leaves it untyped
        finally:
            for task in (client.message_processor, client.current_session_monitor, client.message_receiver):
                if task is not None:
                    task.cancel()
            await client.aiohttp_client_session.close()

    async def _drained(self) -> None:
        while self._under_way or not self._handler.client.message_queue.empty():  # noqa: ASYNC110  the queue tells nobody
            await asyncio.sleep(0.01)


def connector(app: AsyncApp, app_token: str, web: AsyncWebClient, patience: float = PATIENCE) -> Connect:
    """How the watchdog opens a connection of this app."""

    async def connect() -> Connection:
        connection = SocketMode(app, app_token, web, patience)
        try:
            await connection.open()
        except BaseException:
            with contextlib.suppress(Exception):  # what failed to open may fail to close
                await connection.close()
            raise
        return connection

    return connect
