"""Server-sent events: what happens in a conversation, to everyone who looks at it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

KEPT = 1000
"""How many events are kept for those who reconnect; who missed more is told to load everything again."""
BACKLOG = 500
"""How many events a reader may lag behind before the stream is cut; the browser then reconnects and catches up."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that proxies and the browser notice a dead connection."""


@dataclass(frozen=True)
class Event:
    """One event: `number` counts up over all conversations of this process."""

    number: int
    conversation: str
    name: str
    data: str

    def encode(self, run: str) -> bytes:
        return f"id: {run}.{self.number}\nevent: {self.name}\ndata: {self.data}\n\n".encode()


class Subscription:
    """One open stream: iterate it for the bytes to write. It ends when the hub closes or the reader lags too far behind."""

    def __init__(self, hub: Hub, conversation: str, missed: list[Event]) -> None:
        self.conversation = conversation
        self._hub = hub
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(BACKLOG)
        for event in missed[-BACKLOG:]:
            self._queue.put_nowait(event)

    def push(self, event: Event) -> None:
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                event = await asyncio.wait_for(self._queue.get(), HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if event is None:
                return
            yield event.encode(self._hub.run)


class Hub:
    """Hands events to the open streams and keeps the latest for those that come back."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(4)
        self._number = 0
        self._recent: deque[Event] = deque(maxlen=KEPT)
        self._open: set[Subscription] = set()
        self._closed = False

    def publish(self, conversation: str, name: str, data: Mapping[str, Any]) -> None:
        self._number += 1
        event = Event(self._number, conversation, name, json.dumps(data, ensure_ascii=True))
        self._recent.append(event)
        for subscription in list(self._open):
            if subscription.conversation == conversation:
                subscription.push(event)

    @contextmanager
    def subscribe(self, conversation: str, last: str = "") -> Iterator[Subscription]:
        """A stream of this conversation, beginning with what came after the event id `last`. The first event of every stream is
        "hello", or "refresh" where what was missed is no longer known and the page has to load everything anew."""
        subscription = Subscription(self, conversation, self._first(conversation, last))
        self._open.add(subscription)
        if self._closed:
            subscription.end()
        try:
            yield subscription
        finally:
            self._open.discard(subscription)

    def _first(self, conversation: str, last: str) -> list[Event]:
        run, _, number = last.partition(".")
        if not last:
            return [self._mark(conversation, "hello", self._number)]
        oldest = self._recent[0].number if self._recent else self._number + 1
        if run != self.run or not number.isdecimal() or not oldest - 1 <= int(number) <= self._number:
            return [self._mark(conversation, "refresh", self._number)]
        missed = [e for e in self._recent if e.number > int(number) and e.conversation == conversation]
        if len(missed) >= BACKLOG:
            return [self._mark(conversation, "refresh", self._number)]
        return [self._mark(conversation, "hello", int(number)), *missed]

    @staticmethod
    def _mark(conversation: str, name: str, number: int) -> Event:
        return Event(number, conversation, name, "{}")

    def close(self) -> None:
        """Ends all streams, so that the server can stop."""
        self._closed = True
        for subscription in list(self._open):
            subscription.end()
