"""`bellhop doctor`: what is configured, whether it works, and how to mend what does not. Tries things; changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot import app as house
from bot.desk.ports import Diagnosis
from bot.desk.registry import load as load_registry
from bot.domain.directory import DESK_GROUPS, Directory
from bot.errors import BellhopError
from bot.language.model import Line, probe
from bot.library.check import inspect
from bot.settings import Settings

SIGNS = {"ok": "ok     ", "warning": "WARNING", "failed": "FAILED "}


async def diagnose(settings: Settings) -> AsyncIterator[Diagnosis]:
    """Everything worth looking at, one after the other."""
    for look in (_record, _content, _knowledge):
        for found in look(settings):
            yield found
    for found in await language(settings):
        yield found
    try:
        platforms = house.platforms(settings)
    except BellhopError as error:
        yield Diagnosis("Channels", "failed", str(error))
        return
    if not platforms:
        yield Diagnosis(
            "Channels", "warning", "Neither Slack nor Teams is configured.", "See docs/how-to-slack.md and docs/how-to-teams.md."
        )
    for platform in platforms:
        for found in await platform.diagnose():
            yield found


def line(found: Diagnosis) -> str:
    """A finding as the command prints it."""
    return f"{SIGNS[found.state]}  {found.what}: {found.said}" + (f"\n         → {found.mend}" if found.mend else "")


def _record(settings: Settings) -> list[Diagnosis]:
    try:
        directory = house.company(settings)
    except BellhopError as error:
        return [Diagnosis("Record", "failed", str(error), "See BELLHOP_DATA_DIR, BELLHOP_DATABASE_URL and docs/how-to-import.md.")]
    kind = "PostgreSQL" if settings.database_url.get_secret_value() else f"SQLite in {settings.data_dir}"
    found = [Diagnosis("Record", "ok", f"{len(directory.people):,} people, {len(directory.systems):,} systems ({kind}).")]
    if settings.demo:
        said = "Demo mode is on: the page lets anyone who reaches it speak as anyone."
        found.append(Diagnosis("Record", "warning", said, "Set BELLHOP_DEMO=false where real people use the desk."))
    return [*found, _analysts(directory)]


def _analysts(directory: Directory) -> Diagnosis:
    analysts = [email for email in directory.people if directory.is_analyst(email)]
    if analysts:
        return Diagnosis("Analysts", "ok", f"{len(analysts)} in the group {DESK_GROUPS['it']}.")
    return Diagnosis("Analysts", "failed", "Nobody works at the help desk.", f"Import a group {DESK_GROUPS['it']} with active members.")


def _content(settings: Settings) -> list[Diagnosis]:
    found = []
    try:
        registry = load_registry()
        house.judge(settings, registry)
        found.append(Diagnosis("Policies", "ok", f"in force from {settings.policies_dir.name}, over {len(registry.actions)} actions."))
        articles = inspect(house.knowledge_folder(settings), {n for n, a in registry.actions.items() if a.offered}, house.now().date())
    except BellhopError as error:
        return [*found, Diagnosis("Policies and articles", "failed", str(error), "`bellhop check` says more.")]
    bad = len(articles.errors)
    if bad:
        return [*found, Diagnosis("Articles", "warning", f"{bad} problems; what is broken is left out.", "`bellhop check` lists them.")]
    return [*found, Diagnosis("Articles", "ok", f"in order in {house.knowledge_folder(settings).name}.")]


def _knowledge(settings: Settings) -> list[Diagnosis]:
    """Whether the repository that the knowledge comes from can be reached, and what is served meanwhile."""
    source = house.knowledge_source(settings)
    if source is None:
        return []
    served = f"serving {source.commit[:12]}, fetched {source.state.fetched[:16]} UTC" if source.commit else "nothing was fetched yet"
    try:
        newest = source.reach()
    except BellhopError as error:
        mend = "See BELLHOP_KNOWLEDGE_URL and BELLHOP_KNOWLEDGE_BRANCH; what was fetched stays in use meanwhile."
        return [Diagnosis("Knowledge repository", "warning" if source.commit else "failed", f"{error} ({served})", mend)]
    behind = "" if newest == source.commit else f"; {newest[:12]} is there to be fetched"
    found = [Diagnosis("Knowledge repository", "ok", f"reached; {served}{behind}.")]
    if source.state.failed:
        found.append(
            Diagnosis("Knowledge repository", "warning", f"The last pull failed: {source.state.failed}", "`bellhop knowledge sync`.")
        )
    return found


async def language(settings: Settings) -> list[Diagnosis]:
    """Whether the language model answers, and calls tools as the desk needs it to. Without one, or without it, phrases understand."""
    if not settings.language_model_url:
        return [Diagnosis("Language", "ok", "by phrases, without a model.")]
    where = f"{settings.language_model_name} at {settings.language_model_url}"
    found = await probe(Line(house.endpoint(settings, settings.language_model_seconds)))
    if found.problem:
        mend = "See BELLHOP_LANGUAGE_MODEL_URL, _NAME, _KEY and _SECONDS; meanwhile phrases understand what people write."
        return [Diagnosis("Language", "warning", f"{where} cannot be used: {found.problem}.", mend)]
    said = f"{where} answered within {max(found.seconds, 0.1):.1f} s and calls tools."
    if found.seconds > settings.language_model_seconds / 2:
        mend = "Phrases take over where it is slower than that; a nearer or smaller model, or a longer limit, helps."
        return [Diagnosis("Language", "warning", f"{said} That is near the limit of {settings.language_model_seconds:g} s.", mend)]
    if not found.metered:
        said += " It does not say how many tokens it took, so what it costs is not known."
    return [Diagnosis("Language", "ok", said)]
