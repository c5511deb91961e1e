"""The one HTTP client of this channel: what goes out, and what its failures mean."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from bot.errors import TryLater

TIMEOUT = aiohttp.ClientTimeout(total=12, sock_connect=5)
"""Seconds. Teams itself gives up on an answer after 15."""
MOST = 2 * 1024 * 1024
"""Bytes of an answer that is kept in memory; nothing Teams tells us is larger."""
_SLOW = "Teams is not answering at the moment."


class Answered:
    """An answer, read to its end, as msrest's policies expect one."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self.content = content
        self.context: dict[str, Any] = {}

    def text(self, encoding: str = "utf-8") -> str:
        return self.content.decode(encoding, "replace")

    def body(self) -> bytes:
        return self.content


class Wire:
    """Opens connections when they are first needed. Redirects are never followed: they would carry our token elsewhere."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @asynccontextmanager
    async def request(self, method: str, url: str | URL, **more: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """TryLater where nobody answers, or not in time, and once this is closed."""
        if self._closed:
            raise TryLater("The connection to Teams is being closed.", after=0.5)
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(method, url, allow_redirects=False, **more) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(_SLOW) from error

    async def ask(self, method: str, url: str | URL, **more: Any) -> Answered:
        """As `request`, with the answer read."""
        async with self.request(method, url, **more) as response:
            content = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > MOST:
                    raise TryLater("Teams answered with more than it should.")
            return Answered(response.status, response.headers, bytes(content))

    def open(self) -> None:
        """May be used, again."""
        self._closed = False

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None


def after(headers: Mapping[str, str]) -> float | None:
    """How many seconds an answer asks us to wait (Retry-After); None where it does not say."""
    try:
        return min(max(float(headers.get("Retry-After", "")), 0.0), 3600.0)
    except ValueError:
        return None
