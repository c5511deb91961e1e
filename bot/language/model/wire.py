"""The HTTP client beneath the model's: goes nowhere but to the address that was set, and takes in no more than an answer can be."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import openai

MOST_BYTES = 2_000_000
"""Of one response, stream or not: a hundred times what LONGEST tokens need."""


class Unfit(Exception):
    """The endpoint answered what is not read: packed, or far too much."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MOST_BYTES:
                raise Unfit("too much")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _bound(response: httpx2.Response) -> None:
    """A small packed answer may hold gigabytes: we ask for none that is packed, and read none."""
    if response.headers.get("content-encoding", "identity").casefold() not in ("", "identity"):
        await response.aclose()
        raise Unfit("a packed answer")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def client() -> httpx2.AsyncClient:
    """A client that follows no redirect: what people write, and the key, go to one host only."""
    headers = {"Accept-Encoding": "identity"}
    return openai.DefaultAsyncHttpxClient(follow_redirects=False, headers=headers, event_hooks={"response": [_bound]})


def unfit(error: BaseException) -> str:
    """What was wrong with an answer that was not read, from the error that came of it; "" where something else was."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Unfit):
        cause = cause.__cause__ or cause.__context__
    return str(cause) if cause else ""
