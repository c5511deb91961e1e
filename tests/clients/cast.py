"""Who plays: people of the demo company, by short name, as the two local platforms want them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_COMPANY = ROOT / "actions" / "vendors" / "demo" / "company"

CAST = {
    "hannah": "Hannah Weber",
    "sam": "Sam Okafor",
    "tom": "Tom Becker",
    "maria": "Maria Lopez",
    "jane": "Jane Doe",
    "rosa": "Rosa Delgado",
    "niels": "Niels Jensen",
    "grace": "Grace Kim",
    "priya": "Priya Nair",
    "mei": "Mei Lin",
    "ivan": "Ivan Petrov",
}
OUTSIDER = "gus"
"""Somebody whom the platform knows and the company does not."""
OUTSIDE = {OUTSIDER: ("Gus Guest", "gus@elsewhere.example")}


def company() -> dict[str, str]:
    """E-mail addresses of those who work there, by name."""
    people = json.loads((_COMPANY / "people.json").read_text(encoding="utf-8"))
    return {p["name"]: p["email"] for p in people if p["status"] == "active"}


def known() -> dict[str, tuple[str, str]]:
    """Name and e-mail address of everyone in the cast, by short name."""
    emails = company()
    return {short: (name, emails[name]) for short, name in CAST.items()} | OUTSIDE


def object_id(short: str) -> str:
    """A made-up Entra object id, the same every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{short}.brightwater.example"))
