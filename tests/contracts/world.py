"""What the contract suites share: the vendors that are there, and a company to act in."""

from __future__ import annotations

import importlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.desk.registry import capabilities_of
from bot.domain.capabilities import CAPABILITIES
from bot.domain.directory import Directory
from bot.domain.people import Grant, Group, Person, System

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "actions" / "vendors"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VENDORS = sorted(p.parent.name for p in FOLDER.glob("*/client.py"))
OFFERS = {v: capabilities_of(v) for v in VENDORS}
BY_NAME = {c.name: c for c in CAPABILITIES}


TEMPLATES: dict[tuple[str, datetime], Path] = {}
"""What a vendor's trial keeps in its folder right after it was opened: copying that is quicker than making it again."""


def opened(vendor: str, folder: Path, now: datetime) -> Any:
    """A fresh copy of the vendor (or of the stand-in it ships) for a test: see the demo vendor's trial.py."""
    template = TEMPLATES.get((vendor, now))
    if template is None:
        template = TEMPLATES[vendor, now] = folder.with_name(f"{folder.name}-template")
        template.mkdir(parents=True)
        importlib.import_module(f"actions.vendors.{vendor}.trial").trial(template, now).close()
    shutil.copytree(template, folder)
    return importlib.import_module(f"actions.vendors.{vendor}.trial").trial(folder, now)


def directory() -> Directory:
    """The demo company as the record has it after an import."""
    rows = {k: json.loads((FOLDER / "demo" / "company" / f"{k}.json").read_text()) for k in ("people", "systems", "groups", "grants")}
    people = [Person.model_validate({k: v for k, v in p.items() if v is not None}) for p in rows["people"]]
    known = System.model_fields.keys()
    systems = [
        System.model_validate(
            {k: v for k, v in s.items() if k in known}
            | {"approval": s["approval"].split("+"), "attributes": {k: v for k, v in s.items() if k not in known}}
        )
        for s in rows["systems"]
    ]
    return Directory(people, systems, [Group.model_validate(g) for g in rows["groups"]], [Grant.model_validate(g) for g in rows["grants"]])
