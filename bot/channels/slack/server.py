"""Signed HTTP events, where Slack comes to us."""

from __future__ import annotations

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

from bot.errors import BadSettings

PATH = "/slack/events"
LARGEST = 2 * 1024 * 1024


class EventServer:
    """One address for events, buttons, dialogs and commands. Bolt checks each request's signature before it looks at anything else."""

    def __init__(self, app: AsyncApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        site = web.Application(client_max_size=LARGEST)
        site.router.add_post(PATH, self._take)
        self._runner = web.AppRunner(site, access_log=None)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._runner.addresses[0][:2]
        return str(host), int(port)

    async def start(self) -> None:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise BadSettings(
                f"BELLHOP_SLACK_HOST, BELLHOP_SLACK_PORT: nothing can listen on {self._host}:{self._port} ({error.strerror})."
            ) from None

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        """What is no payload at all is turned away before bolt tries to read it."""
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        if not (stamp.isascii() and stamp.isdigit()):
            return web.Response(status=401, text="This request is not signed by Slack.")
        try:
            heard = await to_bolt_request(request)
        except (ValueError, TypeError, AttributeError, LookupError):  # what bolt raises over bytes that are no payload
            return web.Response(status=400, text="This is no request of Slack's.")
        return await to_aiohttp_response(await self._app.async_dispatch(heard))
