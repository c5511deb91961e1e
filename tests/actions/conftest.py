from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk.registry import load
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.facts import About
from bot.errors import BadArguments, NotFound
from tests.contracts.world import NOW, OFFERS, directory, opened

REGISTRY = load()
DIRECTORY = directory()
DOMAIN = "brightwater.example"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Any]:
    """A fresh demo vendor."""
    trial = opened("demo", tmp_path / "demo", NOW)
    yield trial
    trial.close()


@pytest.fixture
def about(demo: Any) -> Callable[..., About]:
    """`about("access.grant", person="john.smith", …)`: a call in the demo company; addresses may be left at their local part."""

    def make(
        action: str,
        *,
        served: bool = True,
        speaker: str = "sam.okafor",
        company: Directory = DIRECTORY,
        known: Any = None,
        **arguments: Any,
    ) -> About:
        given = {k.rstrip("_"): _mail(k.rstrip("_"), v) for k, v in arguments.items()}
        call = Call(action=action, arguments=given)
        declared = REGISTRY.action(action)
        try:
            parsed = declared.parse(call)
        except BadArguments:
            parsed = declared.arguments.model_construct()
        return About(
            call=call,
            arguments=parsed,
            speaker=company.person(f"{speaker}@{DOMAIN}"),
            directory=company,
            now=NOW,
            offer=lambda c: OFFERS["demo"][c.name](demo.client) if served else None,
            address_problem=lambda a: "PO box" if "po box" in a.lower() else "",
            known=known or {},
        )

    return make


def _mail(name: str, value: Any) -> Any:
    people = ("person", "from", "to", "manager")
    return f"{value}@{DOMAIN}" if name in people and isinstance(value, str) and "@" not in value else value


@pytest.fixture
def fact() -> Callable[[str, About], Any]:
    """Fetches a fact as the desk does."""

    async def fetch(name: str, about: About) -> Any:
        declared = REGISTRY.facts[name]
        if declared.capability is None:
            return await declared.fetch(about)
        served = about.offer(declared.capability)
        if served is None:
            return declared.unserved
        try:
            return await declared.fetch(about, served)
        except NotFound:
            return declared.unserved

    return fetch


@pytest.fixture
def beside() -> Callable[[About, str], About]:
    """The same company, asked for a companion of this call."""

    def turn(about: About, companion: str) -> About:
        blank = REGISTRY.action(companion).arguments.model_construct()
        return replace(about, call=Call(action=companion), arguments=blank, companions_of=about.call)

    return turn
