"""Slack as the desk sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.channels.slack.assistant import Pane
from bot.channels.slack.client import SECONDS, Features, quiet_logger, web_client
from bot.channels.slack.deliver import ANALYSTS, Delivery, virtual
from bot.channels.slack.doctor import diagnose
from bot.channels.slack.files import Files
from bot.channels.slack.homes import Homes
from bot.channels.slack.listen import Listener
from bot.channels.slack.once import Once
from bot.channels.slack.parts import CHANNEL, Parts, Workspace, workspace
from bot.channels.slack.people import People
from bot.channels.slack.pressed import Pressing
from bot.channels.slack.said import Said
from bot.channels.slack.server import EventServer
from bot.channels.slack.signs import Signs
from bot.channels.slack.socket import PATIENCE, Watchdog, connector
from bot.desk.ports import Clock, Diagnosis, Hearing, Ledger
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place
from bot.errors import Misconfigured, TryLater
from bot.settings import Settings

FINISH_SECONDS = 15.0


class SlackChannel:
    """One workspace, over Socket Mode where an app token is set, else over signed HTTP events. Implements ports.Platform."""

    name = CHANNEL
    pace = 1.0
    patience = PATIENCE
    """How many seconds a socket may be silent before it is replaced."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._parts: Parts | None = None
        self._delivery: Delivery | None = None
        self._socket: Watchdog | None = None
        self._server: EventServer | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that listen for HTTP events; Misconfigured where none does."""
        if self._server is None:
            raise Misconfigured("Slack is listened to over Socket Mode, which has no address.")
        return self._server.address

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation=ANALYSTS, thread=ticket)

    def shared(self, place: Place) -> bool:
        return not virtual(place) and not place.conversation.startswith("D")

    async def show(self, post: Post) -> str:
        if self._delivery is None:
            raise TryLater("Slack is not connected yet.", after=0.5)
        return await self._delivery.show(post)

    async def whisper(self, message: Message, reply: Reply) -> bool:
        speaker = self._parts.speakers.get(message.id) if self._parts else None
        return bool(speaker and self._delivery and await self._delivery.whisper(speaker, reply))

    async def diagnose(self) -> Sequence[Diagnosis]:
        return await diagnose(self._settings)

    async def start(self, hearing: Hearing, ledger: Ledger) -> None:
        token = self._settings.slack_bot_token.get_secret_value()
        if not token:
            raise Misconfigured("BELLHOP_SLACK_BOT_TOKEN is not set.")
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        try:
            await self._listen(hearing, ledger, token)
        except BaseException:
            await self.stop()
            raise

    async def _listen(self, hearing: Hearing, ledger: Ledger, token: str) -> None:
        assert self._session is not None
        web = web_client(self._settings, token, self._session)
        home = await workspace(web)
        files = Files(web, self._session, self._settings.slack_api_url)
        people = People(web, ledger, home.team)
        self._parts = Parts(self._settings, self._clock, hearing, ledger, web, self._session, home, people, files, Features())
        self._delivery = Delivery(self._parts)
        bare = web_client(self._settings, "", self._session)
        bare.token = None
        app = AsyncApp(
            name="bellhop",
            logger=quiet_logger(),
            client=bare,
            authorize=known(home, token),
            signing_secret=self._settings.slack_signing_secret.get_secret_value(),
            attaching_conversation_kwargs_enabled=False,
            request_verification_enabled=not self._settings.slack_app_token.get_secret_value(),
        )
        self._listener(self._parts, self._delivery).register(app)
        await self._open(app)

    @staticmethod
    def _listener(parts: Parts, delivery: Delivery) -> Listener:
        once, homes = Once(delivery), Homes(parts)
        said = Said(parts, delivery, Signs(parts), once)
        return Listener(parts, said, Pressing(parts, delivery, homes, once), homes, Pane(parts, delivery), once)

    async def _open(self, app: AsyncApp) -> None:
        app_token = self._settings.slack_app_token.get_secret_value()
        if app_token:
            web = web_client(self._settings, app_token, self._session)
            self._socket = Watchdog(connector(app, app_token, web, self.patience), self.patience)
            await self._socket.start()
        elif self._settings.slack_signing_secret.get_secret_value():
            self._server = EventServer(app, self._settings.slack_host, self._settings.slack_port)
            await self._server.start()
        else:
            raise Misconfigured("Neither BELLHOP_SLACK_APP_TOKEN (Socket Mode) nor BELLHOP_SLACK_SIGNING_SECRET (HTTP events) is set.")

    async def pause(self) -> None:
        if self._socket is not None:
            await self._socket.stop()
        if self._server is not None:
            await self._server.stop()
        if self._parts is not None:
            await self._parts.work.finish(FINISH_SECONDS)
        self._socket, self._server = None, None

    async def stop(self) -> None:
        await self.pause()
        if self._session is not None:
            await self._session.close()
        self._delivery, self._parts, self._session = None, None, None


def known(home: Workspace, token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Who the app is, as Slack told at the start. Asked by itself, bolt asks Slack at the first event, before it is acknowledged, and drops
    that event where Slack has trouble answering."""
    result = AuthorizeResult(enterprise_id=None, team_id=home.team, bot_user_id=home.bot, bot_id=home.bot_id, bot_token=token)

    async def authorize() -> AuthorizeResult:
        return result

    return authorize
