"""What the commands of the command line do. `__main__` parses, this works; what a command prints goes to standard output."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from bot import app as house
from bot.app import Progress
from bot.channels.console import doors
from bot.channels.console.channel import ConsoleChannel
from bot.channels.console.listen import Console
from bot.desk.analytics import Analytics
from bot.desk.answer import EVERYONE, audiences
from bot.desk.facts import Facts
from bot.desk.ports import Addresses, Clock, Judge, Understander, Vendors
from bot.desk.registry import Registry
from bot.desk.registry import load as load_registry
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.errors import BadInput, BellhopError
from bot.judge.addresses import PostalAddresses
from bot.judge.simulate import Case, said
from bot.judge.simulate import simulate as compare
from bot.ledger.database import FILE
from bot.ledger.store import SqlLedger, open_ledger, read_company
from bot.library.search import FolderLibrary
from bot.settings import Settings


def at(settings: Settings, company: Path | None) -> Settings:
    """The settings for the company in this folder or database file; as they are where none is named."""
    if company is None:
        return settings
    if company.suffix == ".db" and company.name != FILE:
        raise BadInput(f"{company} is no record of a company: `bellhop import` names that {FILE}.")
    folder = company.parent if company.suffix == ".db" else company
    demo = (folder / "demo.db").exists()  # a company that was imported beside the demo vendor's own state
    return settings.model_copy(update={"data_dir": folder, "demo": False, **({} if demo else {"vendors": {}})})


async def serve(settings: Settings, progress: Progress) -> None:
    """Runs until stopped."""
    logging.getLogger().setLevel(settings.log_level)
    await house.serve(settings, progress)


@asynccontextmanager
async def console(settings: Settings, progress: Progress) -> AsyncIterator[tuple[house.App, ConsoleChannel]]:
    """A desk whose only channel is the terminal."""
    channel = ConsoleChannel()
    app = await house.open_app(settings, [channel], progress=progress)
    try:
        app.library.wait()
        yield app, channel
    finally:
        await app.close()


async def import_files(settings: Settings, files: Mapping[str, Path]) -> str:
    """Loads the files and reports what changed."""
    from bot.ledger.importer import import_company

    ledger = open_ledger(house.database(settings))
    try:
        return str(
            await import_company(
                ledger, people=files.get("people"), systems=files.get("systems"), groups=files.get("groups"), grants=files.get("grants")
            )
        )
    finally:
        ledger.close()


def check(settings: Settings, say: Progress) -> int:
    """Runs every check over what a company edits; prints each problem, and returns 1 if there is one."""
    from bot.judge.examples import check as check_policies
    from bot.knowledge_commands import inspected

    registry = load_registry()
    problems = [str(p) for p in check_policies(settings.policies_dir, registry)]
    articles = inspected(settings, registry, house.silent)
    for line in (*problems, *articles.lines()):
        say(line)
    if not problems and not articles.bad:
        say(f"All good: {len(registry.actions)} actions, {len(registry.facts)} facts, policies and articles.")
    return 1 if problems or articles.bad else 0


async def doctor(settings: Settings, say: Progress) -> int:
    """Prints what is configured and whether it works; 1 if something has failed."""
    from bot.doctor import diagnose, line

    failed = False
    async for found in diagnose(settings):
        failed |= found.state == "failed"
        say(line(found))
    return 1 if failed else 0


@dataclass
class Sources:
    """Where facts come from when no desk is running."""

    registry: Registry
    judge: Judge
    vendors: Vendors
    addresses: Addresses
    clock: Clock


class Fetch:
    """Fetches the facts that a line of the judge's door leaves out."""

    def __init__(self, settings: Settings, judge: Judge, registry: Registry, directory: Directory) -> None:
        self._settings, self._judge, self._registry, self._directory = settings, judge, registry, directory
        self._vendors = house.vendors(settings)

    async def __call__(self, call: Call, speaker: Person, now: datetime, names: frozenset[str]) -> Mapping[str, Any]:
        sources = Sources(self._registry, self._judge, self._vendors, PostalAddresses(), lambda: now)
        facts = Facts(sources)
        about = facts.about(call, speaker, self._directory, {}, now=now)
        return await facts.gather(about, only=names)


async def search(settings: Settings, knowledge: Path, lines: IO[bytes], out: IO[str], progress: Progress) -> None:
    """The search door. Without a company everybody reads what is meant for everyone."""
    ours = (settings.data_dir / "bellhop.db").exists()  # a company's folder of plain files is read, never written to
    directory = house.company(settings)
    with TemporaryDirectory(prefix="bellhop-") as place:
        kept = settings.data_dir / "index" if ours else Path(place)
        library = FolderLibrary(knowledge, kept, progress, meaning=house.meaning(settings, kept, progress))
        for problem in library.problems:
            progress(f"left out: {problem}")
        try:
            library.wait()
            await _search(library, directory, lines, out)
        finally:
            library.close()


async def _search(library: FolderLibrary, directory: Directory, lines: IO[bytes], out: IO[str]) -> None:

    def readable(email: str | None) -> frozenset[str]:
        return audiences(directory.person(email), directory) if email else frozenset({EVERYONE})

    await _print(doors.search_door(doors.bounded(lines), library, readable), out)


async def understand(settings: Settings, lines: IO[bytes], out: IO[str]) -> None:
    """The understanding door."""
    await _print(doors.understand_door(doors.bounded(lines), _understander(settings), house.company(settings)), out)


def _understander(settings: Settings) -> Understander:
    """The understander that the settings choose."""
    return house.understander(settings, load_registry(), patient=True)


async def evaluate(settings: Settings, where: Path, company: Path | None, as_json: bool, show: bool) -> None:
    """Marks the understander that the settings choose over the sets at `where`, in the company named, or in each set's own."""
    from bot.language import evaluate as marks

    understander = _understander(settings)
    for one in marks.read_sets(where):
        own = one.company if company is None else None
        directory = read_company(own) if own else house.company(at(settings, company))
        parts = await marks.score(understander, one, directory)
        print(json.dumps(marks.report(one.name, parts), ensure_ascii=False) if as_json else marks.table(one.name, parts))
        if show and not as_json:
            print("\n".join(f"    missed: {line}" for line in parts.get(marks.TUNED, marks.Score()).missed))


async def judge(settings: Settings, lines: IO[bytes], out: IO[str]) -> None:
    """The judge's door."""
    registry, directory = load_registry(), house.company(settings)
    engine = house.judge(settings, registry)
    await _print(doors.judge_door(doors.bounded(lines), engine, directory, Fetch(settings, engine, registry, directory)), out)


async def _print(lines: AsyncIterator[str], out: IO[str]) -> None:
    async for line in lines:
        out.write(line + "\n")
        out.flush()


async def ask(settings: Settings, who: str, text: str, as_json: bool, progress: Progress) -> None:
    """One message through the whole desk; its replies, as they stand when the desk has nothing more to do at once."""
    async with console(settings, progress) as (app, channel):
        talk = Console(app.desk.hearing, channel, app.ledger, app.desk.parts.clock, demo=settings.demo)
        posts = await talk.once(who, text)
        if as_json:
            print(json.dumps(doors.replies_json(posts), indent=2, ensure_ascii=False))
        else:
            print(talk.transcript(posts))


async def chat(settings: Settings, who: str, script: Path | None, progress: Progress) -> int:
    """Interactive, or a script with its expectations; 1 if one of them does not hold."""
    async with console(settings, progress) as (app, channel):
        talk = Console(app.desk.hearing, channel, app.ledger, app.desk.parts.clock, demo=settings.demo)
        return await (talk.run_script(script, who) if script else talk.interactive(who))


async def simulate(settings: Settings, against: Path | None, tickets: Sequence[str], lines: IO[bytes], as_json: bool) -> None:
    """Prints the outcome of each call, and whether the other policy folder flips it."""
    registry, directory = load_registry(), house.company(settings)
    today = house.judge(settings, registry)
    other = house.judge(settings, registry, against) if against else today
    fetch = Fetch(settings, today, registry, directory)
    cases = await _past(settings, tickets, directory) if tickets else _asked(lines, directory)
    flips = total = 0
    for case in cases:
        names = today.facts_for(case.call) | other.facts_for(case.call)
        facts = {**await fetch(case.call, case.speaker, case.now, names - case.facts.keys()), **case.facts}
        (result,) = compare([Case(**{**case.__dict__, "facts": facts})], directory, today, other)
        total, flips = total + 1, flips + result.flips
        if as_json:
            print(
                json.dumps(
                    {"call": case.call.model_dump(), "before": said(result.before), "after": said(result.after), "flips": result.flips}
                )
            )
        else:
            print(result)
    if against and not as_json:
        print(f"{flips} of {total} outcomes flip.")


async def _past(settings: Settings, tickets: Sequence[str], directory: Directory) -> list[Case]:
    ledger = record(settings)
    try:
        plans = [p for t in tickets for p in await ledger.plans((await ledger.ticket(t)).id)]
    finally:
        ledger.close()
    return [
        Case(call=s.call, speaker=directory.person(p.requester), now=p.created, requirements=p.known, label=f"{p.ticket} step {s.number}")
        for p in plans
        for s in p.steps
    ]


def _asked(lines: Iterable[bytes], directory: Directory) -> list[Case]:
    cases = []
    for number, line in enumerate((text for text in lines if text.strip()), 1):
        try:
            asked = json.loads(line)
            call = Call(action=asked["call"]["action"], arguments=asked["call"].get("arguments", {}))
            now = datetime.fromisoformat(asked["now"]) if asked.get("now") else house.now()
            cases.append(Case(call=call, speaker=directory.person(asked["speaker"]), now=now, facts=asked.get("facts") or {}))
        except BellhopError as error:
            raise BadInput(f"line {number}: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"line {number}: not a call such as {{call: {{action, arguments}}, speaker}}: {error!r}") from None
    return cases


def record(settings: Settings) -> SqlLedger:
    """The record that is there: a mistyped folder must not look like a company to which nothing ever happened."""
    where = house.database(settings) if settings.database_url.get_secret_value() else str(settings.data_dir / FILE)
    if "://" not in where and not Path(where).is_file():
        raise BadInput(f"There is no record at {where}: see BELLHOP_DATA_DIR and --company.")
    return open_ledger(where)


async def analytics(settings: Settings, since: datetime | None, days: int, as_json: bool) -> str:
    """What happened to the questions asked since a day, or in the last so many days, as text or as JSON."""
    from bot.channels.console.figures import report

    start = (since or house.now() - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    ledger = record(settings)
    try:
        found = await Analytics(ledger, settings.analytics_days, house.now).figures(start)
    finally:
        ledger.close()
    return found.model_dump_json(indent=2) if as_json else report(found)


async def audit_verify(settings: Settings, kept: str = "") -> int:
    """Proves the ledger or names the first bad entry; 1 if there is one. `kept` is a head noted elsewhere, NUMBER:HASH."""
    from bot.ledger.chain import verify

    head = _head(kept)
    ledger = record(settings)
    try:
        result = await verify(ledger, head)
    finally:
        ledger.close()
    print(result)
    return 0 if result.whole else 1


def _head(kept: str) -> tuple[int, str] | None:
    number, _, link = kept.partition(":")
    if not kept:
        return None
    if not number.isdecimal() or len(link) != 64:
        raise BadInput(f"--kept: {kept!r} is not NUMBER:HASH as `bellhop audit verify` prints them.")
    return int(number), link


async def audit_export(settings: Settings, ticket: str, out: Path | None) -> Path:
    """Writes the evidence pack and returns where it is."""
    from bot.ledger.evidence import export

    ledger = record(settings)
    try:
        return await export(ledger, ticket, out or Path(f"{ticket}.zip"))
    finally:
        ledger.close()
