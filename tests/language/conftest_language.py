"""The company of these tests, and the sets of what people type in it."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path

from bot.desk.registry import load
from bot.domain.directory import Directory
from bot.language.evaluate import Score, read_set, score
from bot.language.phrases import PhraseUnderstander
from bot.ledger.store import read_company

SETS = Path(__file__).parent / "sets"


def address(local: str) -> str:
    return f"{local}@halden.example"


def company() -> Directory:
    return read_company(SETS / "company")


@lru_cache
def marks(name: str) -> dict[str, Score]:
    """The marks of the offline understander over one of the sets, by part."""
    given = read_set(SETS / f"{name}.yaml")
    return asyncio.run(score(PhraseUnderstander(load()), given, read_company(given.company or SETS / "company")))
