"""Welcoming a new person: account, access, groups, device."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import Field

from actions.accounts import NewAddress, given
from actions.devices import Apps
from actions.spans import start
from bot.sdk import (
    About,
    Address,
    Arguments,
    Call,
    Day,
    Is,
    Kind,
    PersonRef,
    Risk,
    Text,
    action,
    fact,
)

EVERYBODY = "all-staff"
"""The group every account is a member of; a department's group bears the department's name."""

Systems = Annotated[tuple[str, ...], Is(Kind.SYSTEM), Field(description="ids of systems", max_length=50)]


class Onboard(Arguments):
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    role: Text | None = None
    department: Text | None = None
    manager: PersonRef | None = None
    start_date: Day | None = None
    person: NewAddress | None = None
    systems: Systems | None = None
    apps: Apps | None = None
    model: Text | None = None
    ship_to: Address | None = None
    location: Text | None = None


@action(
    "account.onboard",
    title="Welcome a new person",
    sentence="Set up {name}[ as {role}][ in {department}][, starting {start_date}]",
    examples=(
        "onboard {name}",
        "onboard {name} as {role} in {department}, starting {start_date}",
        "onboard {name}, reporting to {manager}, starting {start_date}",
        "set up accounts for our new hire {name}",
        "new hire {name} starts on {start_date} as {role}",
        "new {role} {name} starts {start_date} under {manager}",
        "{name} joins us on {start_date} and needs {systems}",
        "a new colleague, {name}, starts on {start_date}",
        "create an account for the new starter {name}",
        "prepare everything for {name}, who starts on {start_date} in {location}",
    ),
    risk=Risk.MEDIUM,
    subject="person",
)
async def onboard(about: About, args: Onboard) -> list[Call]:
    manager = about.directory.people.get(args.manager or "")
    department = args.department or (manager.department if manager else None)
    person = args.person or address(about, args.name)
    location = args.location or (manager.location if manager else None)
    facts = {"title": args.role, "department": department, "manager": args.manager, "location": location, "start_date": args.start_date}
    steps = [Call(action="account.create", arguments={"person": person, "name": args.name, **given(facts)})]
    steps += [Call(action="access.grant", arguments={"person": person, "system": s}) for s in _first_systems(about, args)]
    steps += [Call(action="group.add", arguments={"person": person, "group": g}) for g in _first_groups(about, department)]
    if args.model or args.ship_to or args.apps:
        wanted = {"model": args.model, "apps": list(args.apps) if args.apps else None, "ship_to": args.ship_to}
        steps.append(Call(action="device.provision", arguments={"person": person, **given(wanted)}))
    return steps


def address(about: About, name: str) -> str:
    """A new e-mail address for that name: first.last at the asker's domain, with a number where it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain) or ["new"]
    local, domain = ".".join(dict.fromkeys((words[0], words[-1]))), about.speaker.email.partition("@")[2]
    taken = about.directory.people
    return next(a for n in range(1, len(taken) + 2) if (a := f"{local}{n if n > 1 else ''}@{domain}") not in taken)


def _first_systems(about: About, args: Onboard) -> list[str]:
    birthright = [s.id for s in about.directory.systems.values() if "birthright" in s.approval]
    return list(dict.fromkeys([*sorted(birthright), *(args.systems or ())]))


def _first_groups(about: About, department: str | None) -> list[str]:
    slug = re.sub(r"[^a-z0-9]+", "-", (department or "").casefold()).strip("-")
    return [g for g in (EVERYBODY, slug) if g in about.directory.groups]


@fact("account.onboard", "account.create", sentence="days until the person starts (0: today, unknown or past)")
async def days_to_start(about: About) -> int:
    starts = start(about.call.arguments.get("start_date"))
    return max(0, (starts - about.now).days + (starts > about.now)) if starts else 0
