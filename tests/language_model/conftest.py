"""A company, an endpoint and an understander that asks it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import endpoint as endpoints

from bot.desk.ports import Context
from bot.desk.registry import Registry, load
from bot.domain.directory import Directory
from bot.domain.people import Device, Employment, Group, Person, System
from bot.domain.understanding import Understanding
from bot.language.model import Breaker, Endpoint, Line, Meter, ModelUnderstander
from bot.language.phrases import PhraseUnderstander
from tests.slack.conftest import closed_house, manifest, mode, slack  # noqa: F401 # fixtures of test_streaming.py

Ask = Callable[..., Awaitable[Understanding]]


def mail(local: str) -> str:
    return f"{local}@fjord.example"


def person(name: str, title: str, department: str, manager: str = "ida.berg", **more: object) -> Person:
    local = name.lower().replace(" ", ".")
    above = None if local == manager else mail(manager)
    return Person(id=local, name=name, email=mail(local), title=title, department=department, manager=above, **more)


@pytest.fixture(scope="session")
def directory() -> Directory:
    people = [
        person("Ida Berg", "Chief Executive Officer", "Executive"),
        person("Nils Dahl", "Head of Sales", "Sales"),
        person("Kari Moen", "Account Executive", "Sales", "nils.dahl", devices=(Device(kind="laptop", serial="FJD4K2P91"),)),
        person("Peter Holm", "Account Executive", "Sales", "nils.dahl"),
        person("Peter Lund", "Engineer", "Engineering"),
        person("Anna Lund", "Designer", "Product", type=Employment.CONTRACTOR, end_date=date(2026, 12, 31)),
        person("Carlos Ruiz", "SDR", "Sales", "nils.dahl"),
        person("Carla Ruiz", "SDR", "Sales", "nils.dahl"),
        person("Yuki Tanaka", "Engineer", "Engineering"),
    ]
    systems = [
        System(id="slack", name="Slack"),
        System(id="okta-admin", name="Okta Admin Console", aliases=("Okta",)),
        System(id="figma", name="Figma"),
        System(id="salesforce", name="Salesforce", aliases=("CRM",)),
        System(id="zoom", name="Zoom"),
        System(id="adobe-cc", name="Adobe Creative Cloud"),
        System(id="adobe-sign", name="Adobe Sign"),
        System(id="email", name="E-mail", category="mail"),
    ]
    groups = [Group(id="press-list", description="Press list"), Group(id="engineering", description="Engineering")]
    return Directory(people, systems, groups)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load()


@pytest.fixture(scope="session")
def offline(registry: Registry) -> PhraseUnderstander:
    return PhraseUnderstander(registry)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 6, 10, 9, tzinfo=UTC)


@pytest.fixture
async def endpoint() -> AsyncIterator[endpoints.Endpoint]:
    one = endpoints.Endpoint()
    runner = await endpoints.start(one)
    yield one
    await runner.cleanup()


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(endpoint: endpoints.Endpoint, clock: Clock) -> Line:
    where = Endpoint(base_url=endpoint.url, model="scripted", api_key="sk-of-the-tests", timeout=3.0, pause=0.05)
    return Line(where, Meter(input_price=2.0, output_price=8.0), Breaker(failures=3, rest=30, clock=clock))


@pytest.fixture
def model(registry: Registry, offline: PhraseUnderstander, line: Line) -> ModelUnderstander:
    return ModelUnderstander(registry, offline, line)


@pytest.fixture
def ask(model: ModelUnderstander, directory: Directory, now: datetime) -> Ask:
    async def understand(text: str, speaker: str = "kari.moen", context: Context = Context()) -> Understanding:
        return await model.understand(text, directory.people[mail(speaker)], directory, now, context)

    return understand
