"""Composition root: the only file that imports everything, and plugs it into the desk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actions.vendors.demo.seed import company_rows, seed
from bot.desk.analytics import Analytics
from bot.desk.desk import Desk
from bot.desk.parts import Parts, Terms
from bot.desk.ports import Channel, Clock, Platform
from bot.desk.registry import Registry
from bot.desk.registry import load as load_registry
from bot.desk.state import UNDONE_BY, WAITING
from bot.desk.vendors import Installed
from bot.domain.directory import Directory
from bot.domain.people import DESK
from bot.domain.plans import PlanState
from bot.errors import BadSettings, BellhopError
from bot.judge.addresses import PostalAddresses
from bot.judge.engine import CedarJudge, load_judge
from bot.judge.live import LiveJudge
from bot.language.model import Endpoint, Line, Meter, ModelComposer, ModelUnderstander
from bot.language.phrases import PhraseUnderstander
from bot.ledger.importer import directory_of, import_rows
from bot.ledger.store import SqlLedger, open_ledger, read_company
from bot.library.likeness import Likeness
from bot.library.meaning import DenseMeaning, Model, open_encoder, open_meaning
from bot.library.pulling import Pulling
from bot.library.search import FolderLibrary, open_library
from bot.library.sync import Source, Sync
from bot.settings import Settings
from bot.workflows.engine import DurableEngine, open_engine

if TYPE_CHECKING:
    from aiohttp import web

    from bot.channels.web.channel import WebChannel

log = logging.getLogger(__name__)

Progress = Callable[[str], None]
DEMO = "demo"


def now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC)


def silent(_: str) -> None:
    """No progress wanted."""


@dataclass
class App:
    """A desk with everything plugged in; close it when done. `meter` counts what the language model costs, `pulling` keeps the knowledge
    up to date; None without one."""

    settings: Settings
    desk: Desk
    ledger: SqlLedger
    engine: DurableEngine
    library: FolderLibrary
    vendors: Installed
    meter: Meter | None = None
    pulling: Pulling | None = None

    @property
    def platforms(self) -> list[Platform]:
        """The channels that listen by themselves."""
        return [c for c in self.desk.parts.channels.values() if isinstance(c, Platform)]

    async def start(self) -> None:
        """Has the platforms listen, and shows what a process that is gone no longer could."""
        if self.pulling:
            self.pulling.start()
        for platform in self.platforms:
            await platform.start(self.desk.hearing, self.ledger)
        await self.desk.delivery.take_up(p.name for p in self.platforms)

    async def close(self) -> None:
        """Stops listening, then the engine (what it has under way is taken up at the next start), and speaking last: a message cut off
        half-way would stand on the platform without our knowing, and be said again by the next process."""
        for platform in self.platforms:
            await platform.pause()
        if self.pulling:
            await self.pulling.stop()
        await self.engine.close()
        await self.desk.delivery.close()
        for platform in self.platforms:
            await platform.stop()
        self.library.close()
        self.vendors.close()
        self.ledger.close()


def database(settings: Settings) -> str:
    """Where the ledger lives: PostgreSQL if set, else a SQLite file in the data folder."""
    url = settings.database_url.get_secret_value()
    if url:
        return url
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(f"BELLHOP_DATA_DIR: {settings.data_dir} cannot be made ({error.strerror}).") from None
    return str(settings.data_dir / "bellhop.db")


def vendors(settings: Settings) -> Installed:
    """The vendors as the settings name them."""
    own = {v: {n: s.get_secret_value() for n, s in values.items()} for v, values in settings.vendor_settings.items()}
    if DEMO in settings.vendors.values():
        own.setdefault(DEMO, {}).setdefault("data_dir", str(settings.data_dir))
    return Installed(settings.vendors, own)


def terms(settings: Settings) -> Terms:
    """The desk's terms as the settings set them."""
    from datetime import timedelta

    return Terms(
        reminder=timedelta(hours=settings.approval_reminder_hours),
        expiry=timedelta(hours=settings.approval_expiry_hours),
        undo=timedelta(days=settings.undo_days),
        max_chars=settings.max_message_chars,
        company=settings.company,
        etiquette=settings.etiquette,
        straight_share=settings.straight_to_humans,
        straight_key=settings.straight_to_humans_key.get_secret_value().encode(),
    )


def judge(settings: Settings, registry: Registry, policies: Path | None = None) -> CedarJudge:
    """The judge over the policies in force, or over another folder's."""
    return load_judge(policies or settings.policies_dir, registry)


def library(settings: Settings, progress: Progress = silent) -> FolderLibrary:
    """The knowledge base, indexed; the index is kept in the data folder."""
    kept = settings.data_dir / "index"
    if source := knowledge_source(settings):
        progress("Fetching the knowledge")
        source.prepare()
    return open_library(knowledge_folder(settings), cache_dir=kept, progress=progress, meaning=meaning(settings, kept, progress))


def knowledge_source(settings: Settings) -> Sync | None:
    """The copy of the repository that the knowledge comes from; None where it is a folder."""
    url = settings.knowledge_url.get_secret_value()
    place = settings.data_dir / "knowledge"
    return Sync(Source(url, settings.knowledge_branch, settings.knowledge_subfolder), place) if url else None


def knowledge_folder(settings: Settings) -> Path:
    """Where the articles are read from."""
    source = knowledge_source(settings)
    return source.folder if source else settings.knowledge_dir


def meaning(settings: Settings, kept: Path, progress: Progress) -> DenseMeaning | None:
    """Search by meaning, as the settings want it; what it computes is kept in this folder."""
    model = embedding(settings)
    return open_meaning(model, kept, progress) if model else None


def embedding(settings: Settings) -> Model | None:
    """The embedding model that the settings choose; None where they want none."""
    if settings.embedding == "off":
        return None
    return Model(
        url=settings.embedding_url,
        name=settings.embedding_name,
        key=settings.embedding_key.get_secret_value(),
        folder=settings.embedding_dir,
        chroma=settings.chroma_url,
    )


def understander(settings: Settings, registry: Registry, patient: bool = False) -> PhraseUnderstander | ModelUnderstander:
    """Understands by the language model that the settings name; by phrases where they name none. `patient`: the first message waits
    for the embedding model, so that figures do not depend on when it was ready."""
    offline = PhraseUnderstander(registry, meanings=likeness(settings, patient))
    if not settings.language_model_url:
        return offline
    meter = Meter(settings.language_model_input_price, settings.language_model_output_price)
    return ModelUnderstander(registry, offline, Line(endpoint(settings, settings.language_model_seconds), meter))


def likeness(settings: Settings, patient: bool = False) -> Likeness | None:
    """Who tells how alike short texts are: the embedding model on this machine. One at an address would keep every message waiting."""
    model = embedding(settings)
    kept = settings.data_dir / "index"
    return Likeness(lambda: open_encoder(model, kept), patient) if model and not model.url else None


def endpoint(settings: Settings, seconds: float) -> Endpoint:
    """The language model that the settings name, with this much time for each thing asked of it."""
    key = settings.language_model_key.get_secret_value()
    return Endpoint(base_url=settings.language_model_url, model=settings.language_model_name, api_key=key, timeout=seconds)


def composer(settings: Settings, language: PhraseUnderstander | ModelUnderstander) -> ModelComposer | None:
    """Who writes answers: the language model, unless there is none or the settings say no. Both accounts are one."""
    if not isinstance(language, ModelUnderstander) or not settings.answers_by_model:
        return None
    return ModelComposer(Line(endpoint(settings, settings.answers_by_model_seconds), language.line.meter))


async def open_app(settings: Settings, channels: list[Channel], *, clock: Clock = now, progress: Progress = silent) -> App:
    """Everything plugged in and launched. `channels[0]` is where those are reached who have not written first."""
    progress("Opening the record")
    ledger = open_ledger(database(settings))
    installed = vendors(settings)
    progress("Reading actions and policies")
    registry = load_registry()
    engine_at = settings.database_url.get_secret_value() or settings.data_dir / "workflows.db"
    language = understander(settings, registry)
    if isinstance(language, ModelUnderstander):
        await language.line.warm()
    knowledge = library(settings, progress)
    parts = Parts(
        ledger=ledger,
        judge=LiveJudge(settings.policies_dir, registry),
        understander=language,
        library=knowledge,
        vendors=installed,
        addresses=PostalAddresses(),
        registry=registry,
        clock=clock,
        engine=None,  # type: ignore[arg-type]  # the engine runs the desk, and the desk starts the engine: set two lines down
        channels={c.name: c for c in channels},
        home=channels[0].name,
        terms=terms(settings),
        composer=composer(settings, language),
    )
    desk = Desk(parts)
    engine = open_engine(
        desk.fulfilment, engine_at, retries=settings.retries, retry_seconds=settings.retry_seconds, executor_id=settings.replica
    )
    parts.engine = engine
    progress("Taking up what was under way")
    try:
        await engine.launch()
    except BellhopError:
        knowledge.close()
        raise
    if settings.demo:
        await load_demo(ledger, installed, clock, progress)
    await take_up(ledger, engine)
    await desk.hearing.take_up()
    meter = language.line.meter if isinstance(language, ModelUnderstander) else None
    source = knowledge_source(settings)
    pulling = Pulling(source, knowledge, settings.knowledge_minutes) if source else None
    return App(settings, desk, ledger, engine, knowledge, installed, meter, pulling)


async def take_up(ledger: SqlLedger, engine: DurableEngine) -> None:
    """Starts what was written down and not started: a process may die between the two. Starting twice is harmless."""
    for plan in await ledger.plans(state=(*WAITING, PlanState.RUNNING)):
        await engine.fulfil(plan.id)
    for plan in await ledger.plans(state=(PlanState.UNDOING,)):
        await engine.undo(plan.id, plan.known.get(UNDONE_BY, DESK.email))


async def load_demo(ledger: SqlLedger, installed: Installed, clock: Clock, progress: Progress) -> None:
    """Loads the demo company into an empty record, and the demo vendor's own state beside it."""
    seed(installed.client(DEMO), clock())
    if not (await ledger.directory()).people:
        progress("Loading the demo company")
        await import_rows(ledger, demo_rows(clock()))


def demo_rows(at: datetime) -> dict[str, list[dict[str, Any]]]:
    """The rows of the demo company, as if it had been written today."""
    return {kind: company_rows(kind, at) for kind in ("people", "systems", "groups", "grants")}


def company(settings: Settings) -> Directory:
    """The company as recorded, read only; the demo company where none was loaded yet."""
    url = settings.database_url.get_secret_value()
    if settings.demo and not url and not (settings.data_dir / "bellhop.db").exists():
        return directory_of(demo_rows(now()))
    return read_company(url or settings.data_dir)


def platforms(settings: Settings) -> list[Platform]:
    """The platforms that are configured."""
    found: list[Platform] = []
    if settings.slack_bot_token.get_secret_value():
        from bot.channels.slack.channel import SlackChannel

        found.append(SlackChannel(settings, now))
    if settings.teams_app_id or settings.teams_unsigned:
        from bot.channels.teams.channel import TeamsChannel

        found.append(TeamsChannel(settings, now))
    return found


def homeward(channels: list[Channel], settings: Settings) -> list[Channel]:
    """The channels, the one first where approvers and analysts are told things."""
    if settings.home and settings.home not in {c.name for c in channels}:
        raise BadSettings(f"BELLHOP_HOME is {settings.home}, but {settings.home} is not configured.")
    return sorted(channels, key=lambda c: c.name != settings.home) if settings.home else channels


def web_app(app: App, channel: WebChannel) -> web.Application:
    """The chat page's web application. Slack and Teams listen elsewhere: the page has no sign-in, and they are open to the world."""
    from aiohttp import web as aiohttp_web

    from bot.channels.web.hooks import hook
    from bot.channels.web.listen import mount

    site = aiohttp_web.Application(client_max_size=12 * 1024 * 1024)
    clock = app.desk.parts.clock
    analytics = Analytics(app.ledger, app.settings.analytics_days, clock)
    mount(site, channel, app.desk.hearing, app.ledger, settings=app.settings, clock=clock, articles=app.library, analytics=analytics)
    secret = app.settings.knowledge_webhook_secret.get_secret_value()
    if app.pulling and secret:
        site.add_routes([hook("/hooks/knowledge", secret, app.pulling.wake)])
    return site


async def serve(settings: Settings, progress: Progress = silent) -> None:
    """Runs the desk, its page and every platform that is configured until stopped (SIGINT or SIGTERM)."""
    import asyncio
    import signal

    from aiohttp import web as aiohttp_web

    from bot.channels.web.channel import WebChannel
    from bot.channels.web.guard import check_address

    check_address(settings)
    channel = WebChannel()
    app = await open_app(settings, homeward([*platforms(settings), channel], settings), progress=progress)
    runner = aiohttp_web.AppRunner(web_app(app, channel), access_log=None)
    try:
        await runner.setup()
        site = aiohttp_web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            raise BadSettings(
                f"BELLHOP_HOST, BELLHOP_PORT: nothing can listen on {settings.host}:{settings.port} ({error.strerror})."
            ) from None
        for platform in app.platforms:
            progress(f"Connecting to {platform.name.title()}")
        await app.start()
        host, port = runner.addresses[0][:2]
        progress(f"Ready: http://{host}:{port}" + "".join(f", {p.name.title()}" for p in app.platforms))
        stop = asyncio.Event()
        for which in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(which, stop.set)
        await stop.wait()
    finally:
        await runner.cleanup()
        await app.close()
