"""Fixtures of these tests; what they share stands in conftest_language.py."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from conftest_language import company

from bot.desk.registry import load
from bot.domain.directory import Directory
from bot.language.phrases import PhraseUnderstander


@pytest.fixture(scope="session")
def directory() -> Directory:
    return company()


@pytest.fixture(scope="session")
def reader() -> PhraseUnderstander:
    return PhraseUnderstander(load())


@pytest.fixture
def now() -> datetime:
    return datetime.fromisoformat("2026-06-10T09:00:00+00:00")
