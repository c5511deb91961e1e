from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.desk.registry import capabilities_of
from tests.contracts.world import NOW, opened


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Opens a fresh copy of a vendor by its name."""
    made = []

    def open_one(vendor: str) -> Any:
        made.append(opened(vendor, tmp_path / f"{vendor}-{len(made)}", NOW))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


@pytest.fixture
def offer(world: Callable[[str], Any]) -> Callable[..., Any]:
    """`offer(trial, vendor, capability, key)`: a use of the vendor's capability."""

    def use(trial: Any, vendor: str, capability: str, key: str = "") -> Any:
        return capabilities_of(vendor)[capability](trial.client, key)

    return use
