"""Microsoft Teams as the desk sees it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bot.channels.teams.adapter import Adapter
from bot.channels.teams.connector import Connector
from bot.channels.teams.credentials import Credentials
from bot.channels.teams.deliver import ANALYSTS, Delivery
from bot.channels.teams.doctor import Doctor
from bot.channels.teams.files import Files
from bot.channels.teams.gate import MOST, Gate, check_settings
from bot.channels.teams.heard import Translator
from bot.channels.teams.hosts import Hosts
from bot.channels.teams.invokes import Invokes
from bot.channels.teams.listen import Listener
from bot.channels.teams.lull import Lull
from bot.channels.teams.parse import CHANNEL
from bot.channels.teams.people import People
from bot.channels.teams.reach import Reach
from bot.channels.teams.render import drawn
from bot.channels.teams.signs import Signs
from bot.channels.teams.tokens import Verifier
from bot.channels.teams.wire import Wire
from bot.desk.ports import Clock, Diagnosis, Hearing, Ledger
from bot.domain.markup import plain
from bot.domain.messages import Message, Post, Reply, Status, Text
from bot.domain.tickets import Place
from bot.errors import BadSettings, BellhopError, TryLater
from bot.settings import Settings

log = logging.getLogger(__name__)

GRACE: Final = 10.0
"""Seconds that pausing waits for what is being heard."""


class TeamsChannel:
    """Listens at POST /api/messages of its own address, and speaks through the connectors that activities come from."""

    name = CHANNEL
    pace = 1.0

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._wire = Wire()
        self._hosts = Hosts(settings)
        self._credentials = Credentials(settings, self._wire, clock)
        self._verifier = Verifier(settings, self._wire, clock)
        self._connector = Connector(self._credentials, self._hosts, self._wire)
        self._delivery: Delivery | None = None
        self._invokes: Invokes | None = None
        self._listener: Listener | None = None
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """Where it listens, as http://host:port; "" while it does not."""
        for host, port, *_ in self._runner.addresses if self._runner else []:
            return f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return ""

    def shared(self, place: Place) -> bool:
        return place.conversation.startswith("19:")

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation=ANALYSTS, thread=ticket)

    async def show(self, post: Post) -> str:
        if self._delivery is None:
            raise TryLater("Teams is not connected yet.", after=0.5)
        return await self._delivery.show(post)

    async def whisper(self, message: Message, reply: Reply) -> bool:
        """A plain sentence answers the click that waits for one; anything else goes to the person's own conversation."""
        if self._delivery is None or self._invokes is None:
            return False
        if isinstance(reply, Text | Status) and not reply.buttons and message.click and self._invokes.aside(message, plain(reply.text)):
            return True
        try:
            await self._delivery.tell(message.person, drawn(reply))
        except BellhopError as error:
            log.info("nothing could be said in private: %s", type(error).__name__)
            return False
        return True

    async def start(self, hearing: Hearing, ledger: Ledger) -> None:
        """BadSettings where these settings would let strangers in, Misconfigured where Entra refuses the app."""
        check_settings(self._settings)
        self._wire.open()
        try:
            await self._credentials.token()
        except TryLater as error:
            log.warning("Entra does not answer yet: %s", error)
        except BellhopError:
            await self._wire.close()
            raise
        try:
            await self._open(hearing, ledger)
        except OSError as error:
            await self.stop()
            at = f"{self._settings.teams_host}:{self._settings.teams_port}"
            raise BadSettings(f"Cannot listen for Teams at {at} (BELLHOP_TEAMS_HOST, BELLHOP_TEAMS_PORT): {error.strerror}.") from None

    async def _open(self, hearing: Hearing, ledger: Ledger) -> None:
        reach = Reach(ledger)
        people = People(self._settings, self._connector, reach, ledger)
        translator = Translator(people, ledger, self._clock)
        files = Files(self._wire, self._hosts, self._credentials)
        delivery = Delivery(self._settings, self._connector, reach, ledger)
        invokes = Invokes(hearing, people, translator, delivery, reach, ledger)
        signs, lull = Signs(self._connector), Lull()
        listener = Listener(hearing, people, translator, files, delivery, reach, signs, invokes, lull, self._settings.company)
        gate = Gate(self._settings, self._verifier, self._hosts)
        adapter = Adapter(self._settings.teams_app_id, gate, self._connector, listener.turn, lull)
        site = web.Application(client_max_size=MOST)
        site.router.add_post("/api/messages", adapter.receive)
        site.router.add_get("/healthz", _healthz)
        self._runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=GRACE / 2)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.teams_host, self._settings.teams_port).start()
        self._delivery, self._invokes, self._listener = delivery, invokes, listener

    async def pause(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._listener is not None:
            await self._listener.stop(GRACE)
            self._listener = None

    async def stop(self) -> None:
        await self.pause()
        self._delivery = self._invokes = None
        await self._wire.close()

    async def diagnose(self) -> Sequence[Diagnosis]:
        self._wire.open()
        try:
            return await Doctor(self._settings, self._credentials, self._verifier, self._connector).look()
        finally:
            if self._runner is None:
                await self._wire.close()


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
