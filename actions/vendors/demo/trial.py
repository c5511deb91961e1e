"""Opens the demo vendor for the contract tests: a fresh copy of it, what it knows, and how to look at it and trouble it.

Every vendor ships such a module; the contract suites find it by its name and run over all the capabilities the vendor has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from actions.vendors.demo.client import Client, connect
from actions.vendors.demo.seed import seed

DOMAIN = "brightwater.example"


@dataclass(frozen=True)
class Trial:
    """A vendor to try. `known` names things it has: see the contract suites for which they ask for."""

    client: Client
    known: Mapping[str, Any]

    def snapshot(self) -> object:
        """Equal before and after means that nothing changed."""
        return self.client.snapshot()

    def trouble(self, capability: str, kind: str, method: str = "*", times: int = 1) -> None:
        """The next calls go wrong: "try later", "refused", or "reply lost" after the work was done."""
        self.client.trouble(capability, kind, method, times)

    def close(self) -> None:
        self.client.close()


def trial(folder: Path, now: datetime) -> Trial:
    """A fresh demo company in that folder."""
    client = connect({"data_dir": str(folder)})
    seed(client, now)
    return Trial(
        client=client,
        known={
            "person": f"john.smith@{DOMAIN}",
            "colleague": f"rosa.delgado@{DOMAIN}",
            "locked_person": f"tom.becker@{DOMAIN}",
            "stranger": f"nobody.here@{DOMAIN}",
            "system": "salesforce",
            "system_not_held": "figma",
            "system_full": "tableau",
            "group": "sales",
            "group_not_joined": "press-list",
            "device": "BWL-1018",
            "model": "MacBook Air 13",
            "app": "Firefox",
            "profile": "standard",
            "location": "London",
            "address": "40 Tannery Lane, London SE1 3XF, United Kingdom",
        },
    )
