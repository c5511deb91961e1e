"""The page's addresses. Whatever is said or pressed is accepted at once and heard in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from bot.channels.web.channel import WebChannel
from bot.channels.web.figures import FiguresPage
from bot.channels.web.files import Files, read_upload
from bot.channels.web.guard import Guard, body
from bot.channels.web.parse import conversation_of, parse_click, parse_message, speaker
from bot.channels.web.reading import Reading
from bot.channels.web.render import company_json, post_json, said_json
from bot.desk.analytics import Analytics
from bot.desk.ports import Articles, Clock, Hearing, Ledger
from bot.domain.directory import Directory
from bot.domain.messages import Message, Post, Status
from bot.domain.people import Person
from bot.errors import BellhopError, NotAllowed
from bot.settings import Settings

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"


def routes(
    channel: WebChannel,
    hearing: Hearing,
    ledger: Ledger,
    settings: Settings,
    clock: Clock,
    *,
    articles: Articles | None = None,
    analytics: Analytics | None = None,
) -> list[web.RouteDef]:
    """Everything the page needs, for the one aiohttp application; `mount` also ends the streams when it stops."""
    guard = Guard(settings)
    listener = _Listener(channel, hearing, ledger, settings, clock)
    reading = Reading(ledger, articles, listener.who)
    figures = FiguresPage(analytics, articles, listener.who)
    served: list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = [
        ("GET", "/", _page),
        ("GET", "/static/{name}", _static),
        ("GET", "/healthz", _healthz),
        ("GET", "/api/me-list", listener.people),
        ("POST", "/api/messages", listener.message),
        ("POST", "/api/clicks", listener.click),
        ("POST", "/api/files", listener.file),
        ("GET", "/events", listener.events),
        ("GET", "/api/threads", reading.threads),
        ("GET", "/api/posts", reading.posts),
        ("GET", "/api/tickets/{ticket}/timeline", reading.timeline),
        ("GET", "/knowledge/{path:.+}", reading.article),
        ("GET", "/analytics", figures.show),
    ]
    return [web.route(method, path, guard(handler)) for method, path, handler in served]


def mount(
    app: web.Application,
    channel: WebChannel,
    hearing: Hearing,
    ledger: Ledger,
    *,
    settings: Settings,
    clock: Clock,
    articles: Articles | None = None,
    analytics: Analytics | None = None,
) -> None:
    """Adds the page to an application and ends its streams when that shuts down."""

    async def close(_: web.Application) -> None:
        channel.close()

    app.add_routes(routes(channel, hearing, ledger, settings, clock, articles=articles, analytics=analytics))
    app.on_shutdown.append(close)


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _page(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in {f.name for f in STATIC.iterdir()}:
        return web.json_response({"error": "There is no such file."}, status=404)
    return web.FileResponse(STATIC / name, headers={"Cache-Control": "no-cache"})


class _Listener:
    """Takes in what people say."""

    def __init__(self, channel: WebChannel, hearing: Hearing, ledger: Ledger, settings: Settings, clock: Clock) -> None:
        self._channel = channel
        self._hearing = hearing
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._files = Files()
        self._running: set[asyncio.Task[None]] = set()

    async def who(self, request: web.Request) -> tuple[Person, Directory]:
        """Who looks, as the address says; in demo mode anyone may be anyone."""
        directory = await self._directory()
        return speaker(dict(request.query), directory), directory

    async def _directory(self) -> Directory:
        if not self._settings.demo:
            raise NotAllowed("The web chat has no sign-in, so it is open in demo mode only (BELLHOP_DEMO=true).")
        return await self._ledger.directory()

    async def people(self, _: web.Request) -> web.Response:
        return web.json_response(company_json(await self._directory(), self._settings.company, self._settings.demo))

    async def message(self, request: web.Request) -> web.Response:
        data, directory = await body(request), await self._directory()
        return self._accept(parse_message(data, directory, self._files, self._settings.max_message_chars, self._clock()))

    async def click(self, request: web.Request) -> web.Response:
        data, directory = await body(request), await self._directory()
        return self._accept(parse_click(data, directory, self._files, self._clock()))

    async def file(self, request: web.Request) -> web.Response:
        person, _ = await self.who(request)
        file = await read_upload(request)
        key = self._files.put(file, person.email, self._clock())
        return web.json_response({"file": key, "name": file.name, "size": len(file.content)}, status=201)

    async def events(self, request: web.Request) -> web.StreamResponse:
        person, directory = await self.who(request)
        conversation = conversation_of(dict(request.query), person, directory)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        with self._channel.hub.subscribe(conversation, request.headers.get("Last-Event-ID", "")) as stream, suppress(ConnectionError):
            async for chunk in stream:
                await response.write(chunk)
        return response

    def _accept(self, message: Message) -> web.Response:
        task = asyncio.create_task(self._hear(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return web.json_response({"id": message.id, "thread": message.place.thread, "at": message.at.isoformat()}, status=202)

    async def _hear(self, message: Message) -> None:
        try:
            await self._hearing.hear(message)
        except BellhopError as error:
            await self._failed(message, str(error))
        except Exception:  # nobody awaits this task: whatever broke is logged, and the speaker told
            log.exception("could not hear message %s", message.id)
            await self._failed(message, "Something went wrong on our side, and it has been logged. Please try again, or ask a human.")
        await self._echo(message)

    async def _echo(self, message: Message) -> None:
        """Shows what was said to everyone else who looks at the conversation, as the record keeps it: masked."""
        if message.click is not None:
            return
        ticket = await self._ledger.ticket_at(message.place)
        recorded = await self._ledger.messages(ticket.id) if ticket else ()
        for one in recorded:
            if one["id"] == message.id:
                self._channel.hub.publish(message.place.conversation, "said", said_json(one))

    async def _failed(self, message: Message, sentence: str) -> None:
        """Silence is no error message: the thread shows what went wrong, in the record where that still works."""
        reply = Status(text=sentence, tone="failed")
        post = Post(ticket="", audience="requester", key=f"failed-{message.id}", place=message.place, reply=reply, at=self._clock())
        try:
            ticket = await self._ledger.ticket_at(message.place)
            if ticket:
                post = await self._ledger.save_post(post.model_copy(update={"ticket": ticket.id}))
        except Exception:  # the record may be what failed
            log.exception("could not record that message %s failed", message.id)
        self._channel.hub.publish(message.place.conversation, "post", post_json(post))
