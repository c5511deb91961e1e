"""An OpenAI-compatible chat endpoint of ours: it answers from a script and misbehaves on demand. Real HTTP, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Any]


def called(*calls: tuple[str, Any], usage: tuple[int, int] | None = (1000, 100)) -> dict[str, Any]:
    """A chat completion that calls these tools; arguments that are text go out as they are."""
    tools = [
        {
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": name, "arguments": a if isinstance(a, str) else json.dumps(a, ensure_ascii=False)},
        }
        for n, (name, a) in enumerate(calls)
    ]
    return completion({"role": "assistant", "content": None, "tool_calls": tools}, "tool_calls", usage)


def spoken(text: str, **more: Any) -> dict[str, Any]:
    """A chat completion that says something and calls nothing."""
    return completion({"role": "assistant", "content": text, **more}, "stop", (1000, 100))


def completion(message: dict[str, Any], finish: str, usage: tuple[int, int] | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    if usage:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return body


def status(code: int, **headers: str) -> Callable[[web.Request], Any]:
    """An HTTP error."""

    async def answer(_: web.Request) -> web.Response:
        names = {k.replace("_", "-"): v for k, v in headers.items()}
        return web.json_response({"error": {"message": f"scripted {code}", "type": "scripted"}}, status=code, headers=names)

    return answer


def raw(body: str, kind: str = "application/json") -> Callable[[web.Request], Any]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind)

    return answer


Ending = Callable[[web.Request, web.StreamResponse], Any]


def piece(text: str = "", finish: str | None = None, **more: Any) -> bytes:
    """One event of a streamed chat completion."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text, **more}, "finish_reason": finish}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]})


def event(body: Any) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False) if not isinstance(body, str) else body}\n\n".encode()


def streams(
    *texts: str, finish: str = "stop", usage: tuple[int, int] | None = (1000, 100), then: Ending | None = None, pause: float = 0.0
) -> Answer:
    """Writes a text piece by piece, then ends as it should, or as `then` has it."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for text in texts:
            await response.write(piece(text))
            await asyncio.sleep(pause)
        if then:
            await then(request, response)
            return response
        await response.write(piece(finish=finish))
        if usage:
            took = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
            body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [], "usage": took}
            await response.write(event(body))
        await response.write(event("[DONE]"))
        return response

    return answer


async def stalls(_: web.Request, __: web.StreamResponse) -> None:
    """Says nothing more, without ending."""
    await asyncio.sleep(30)


async def breaks(request: web.Request, _: web.StreamResponse) -> None:
    """The connection is cut."""
    assert request.transport
    request.transport.abort()


async def rambles(_: web.Request, response: web.StreamResponse) -> None:
    """Goes on and on."""
    for _n in range(10_000):
        await response.write(piece("and so on and on, "))
        await asyncio.sleep(0.001)


async def babbles(_: web.Request, response: web.StreamResponse) -> None:
    """What follows is no event of any chat completion."""
    await response.write(b"data: {not json\n\n\xff\xfe")


async def ends(_: web.Request, __: web.StreamResponse) -> None:
    """Ends without saying why."""


async def silence(_: web.Request) -> web.Response:
    """Says nothing for longer than anybody waits."""
    await asyncio.sleep(30)
    return web.json_response({})


async def endless(request: web.Request) -> web.StreamResponse:
    """Never ends: bytes keep coming, so that no read times out."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(10_000):
        await response.write(b" " * 64)
        await asyncio.sleep(0.01)
    return response


async def hang_up(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    assert request.transport
    request.transport.close()
    return web.Response()


@dataclass
class Endpoint:
    """Each request takes the next answer of the script; the last one goes on for ever. `asked` are the requests' bodies. Where there is
    an `aside`, it answers what is asked with tools, past the script."""

    script: list[Any] = field(default_factory=list)
    aside: Any = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def says(self, *script: Any) -> None:
        self.script = list(script)

    def calls(self, *calls: tuple[str, Any]) -> None:
        self.script = [called(*calls)]

    @property
    def seen(self) -> str:
        """Everything that was ever sent here."""
        return json.dumps(self.asked, ensure_ascii=False)

    @property
    def offered(self) -> list[str]:
        """Names of the tools of the last request."""
        return [t["function"]["name"] for t in self.asked[-1]["tools"]]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.aside and "tools" in self.asked[-1]:
            return web.json_response(self.aside)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await step(request) if callable(step) else web.json_response(step)


async def start(endpoint: Endpoint) -> web.AppRunner:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    return runner
