"""Accounts: welcome somebody, unlock them, see them off."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from actions.calendar import successor
from actions.devices import Apps
from actions.reading import known
from actions.spans import Until, day, end, start
from bot.sdk import (
    About,
    Account,
    Address,
    Arguments,
    Call,
    Change,
    Day,
    Identity,
    Is,
    Kind,
    Outcome,
    Person,
    PersonChanged,
    PersonRef,
    Risk,
    Standing,
    SystemRef,
    Text,
    action,
    fact,
)

EVERYBODY = "all-staff"
"""The group every account is a member of; a department's group bears the department's name."""

NewAddress = Annotated[
    str, Is(Kind.TEXT), Field(description="the e-mail address of the new account", pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)
]
Systems = Annotated[tuple[str, ...], Is(Kind.SYSTEM), Field(description="ids of systems", max_length=50)]


class Unlock(Arguments):
    person: PersonRef
    system: SystemRef | None = None


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


class Offboard(Arguments):
    person: PersonRef
    last_day: Day | None = None
    to: PersonRef | None = None
    reason: Text | None = None
    for_cause: bool | None = None


class Create(Arguments):
    person: NewAddress
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    title: Text | None = None
    department: Text | None = None
    manager: PersonRef | None = None
    location: Text | None = None
    start_date: Day | None = None


class Disable(Arguments):
    person: PersonRef
    when: Until | None = None
    last_day: Day | None = None
    was: Text | None = None
    was_until: Day | None = None


class Enable(Arguments):
    person: PersonRef
    status: Text = Standing.ACTIVE.value
    end_date: Day | None = None


class Delete(Arguments):
    person: PersonRef


@action(
    "account.unlock",
    title="Unlock an account",
    sentence="Unlock {person}'s account",
    examples=(
        "unlock {person}'s account",
        "unlock {person}",
        "unlock my account",
        "unlock {person}'s {system} account",
        "I locked myself out",
        "I'm locked out of my account",
        "I am locked out of {system}",
        "{person} is locked out",
        "{person} can't sign in, the account is locked",
        "my account is locked",
    ),
    risk=Risk.LOW,
)
async def unlock(args: Unlock, identity: Identity) -> Outcome:
    if not await identity.unlock(args.person):
        return Outcome.already(f"{args.person}'s account is not locked.")
    return Outcome.done(f"{args.person}'s account is unlocked.", before="locked", after="unlocked")


@unlock.preview
async def _(args: Unlock, identity: Identity) -> Change:
    return Change(before="locked" if (await identity.account(args.person)).locked else "not locked", after="unlocked")


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
    steps = [Call(action="account.create", arguments={"person": person, "name": args.name, **_set(facts)})]
    steps += [Call(action="access.grant", arguments={"person": person, "system": s}) for s in _first_systems(about, args)]
    steps += [Call(action="group.add", arguments={"person": person, "group": g}) for g in _first_groups(about, department)]
    if args.model or args.ship_to or args.apps:
        wanted = {"model": args.model, "apps": list(args.apps) if args.apps else None, "ship_to": args.ship_to}
        steps.append(Call(action="device.provision", arguments={"person": person, **_set(wanted)}))
    return steps


def _set(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


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


@action(
    "account.offboard",
    title="See somebody off",
    sentence="Offboard {person}[, last day {last_day}][, handing over to {to}]",
    examples=(
        "offboard {person}",
        "offboard {person}, last day {last_day}",
        "offboard {person} on {last_day} and hand everything over to {to}",
        "{person} is leaving on {last_day}",
        "{person} leaves the company on {last_day}, {to} takes over",
        "{person} has been let go for cause, offboard now",
        "{person} has resigned, please close the accounts by {last_day}",
        "terminate {person}'s accounts",
        "start the leaver process for {person}",
        "{person}'s last day is {last_day}",
    ),
    risk=Risk.HIGH,
)
async def offboard(about: About, args: Offboard) -> list[Call]:
    """For cause, sign-in ends first; otherwise work is handed over first, and the account ends after the last day."""
    closing = [_disable(about, args)]
    handing = await _handing_over(about, args)
    taking = _taking_back(about, args)
    return [*closing, *taking, *handing] if _for_cause(args) else [*handing, *closing, *taking]


def _for_cause(args: Offboard) -> bool:
    return bool(args.for_cause) or "for cause" in (args.reason or "").casefold()


def _disable(about: About, args: Offboard) -> Call:
    person = about.person()
    today = about.now.astimezone(UTC).date()
    planned = args.last_day is not None and day(args.last_day) >= today and not _for_cause(args)
    known_now = {
        "when": args.last_day if planned else None,
        "last_day": args.last_day or today.isoformat(),
        "was": person.status.value if person else None,
        "was_until": person.end_date.isoformat() if person and person.end_date else None,
    }
    return Call(action="account.disable", arguments={"person": args.person, **_set(known_now)})


async def _handing_over(about: About, args: Offboard) -> list[Call]:
    to = args.to or await successor(about, args.person)
    if to is None:
        return []
    pair = {"from": args.person, "to": to}
    return [Call(action="calendar.reassign", arguments=pair), Call(action="mailbox.delegate", arguments=pair)]


def _taking_back(about: About, args: Offboard) -> list[Call]:
    held = sorted({g.system for g in about.directory.grants_of(args.person)})
    groups = sorted(about.directory.groups_of(args.person))
    person = about.person()
    devices = person.devices if person else ()
    return [
        *(Call(action="device.lock", arguments={"device": d.serial, "person": args.person}) for d in devices),
        *(Call(action="access.revoke", arguments={"person": args.person, "system": s}) for s in held),
        *(Call(action="group.remove", arguments={"person": args.person, "group": g}) for g in groups),
        *(
            Call(action="ticket.create", arguments={"summary": f"Collect {d.kind} {d.serial} from {args.person}", "person": args.person})
            for d in devices
        ),
    ]


@action(
    "account.create",
    title="Create an account",
    sentence="Create an account for {name} ({person})[, starting {start_date}]",
    risk=Risk.MEDIUM,
    undo="account.delete",
    offered=False,
)
async def create(args: Create, identity: Identity) -> Outcome:
    if not await identity.create(_person(args)):
        return Outcome.already(f"{args.person} has an account already.")
    return Outcome.done(
        f"{args.name} has an account: {args.person}. The first password goes to them directly.",
        before="no account",
        after="account enabled",
        undo=Call(action="account.delete", arguments={"person": args.person}),
    )


def _fields(args: Create) -> dict[str, Any]:
    return {k: v for k, v in args.public().items() if k != "person"}


def _person(args: Create) -> Person:
    return Person.model_validate({"id": args.person, "email": args.person, **_fields(args)})


@create.preview
async def _(args: Create, identity: Identity) -> Change:
    return Change(before=_described(await _account(args.person, identity)), after="account enabled")


@create.record
def _(args: Create) -> tuple[PersonChanged, ...]:
    return (PersonChanged(person=args.person, fields={**_fields(args), "status": Standing.ACTIVE.value}),)


@action(
    "account.disable",
    title="Disable an account",
    sentence="Disable {person}'s account and end all sessions[ after {when}]",
    risk=Risk.HIGH,
    undo="account.enable",
    offered=False,
)
async def disable(args: Disable, identity: Identity) -> Outcome:
    if not await identity.disable(args.person):
        return Outcome.already(f"{args.person}'s account is disabled.")
    back = {"person": args.person, "status": args.was, "end_date": args.was_until}
    return Outcome.done(
        f"{args.person}'s account is disabled and all sessions have ended.",
        before="enabled",
        after="disabled",
        undo=Call(action="account.enable", arguments=_set(back)),
    )


@disable.preview
async def _(args: Disable, identity: Identity) -> Change:
    return Change(before=_described(await _account(args.person, identity)), after="disabled")


@disable.due
def _(args: Disable) -> datetime | None:
    """Once the last day is over."""
    return end(args.when)


@disable.record
def _(args: Disable) -> tuple[PersonChanged, ...]:
    ended = {"end_date": args.last_day} if args.last_day else {}
    return (PersonChanged(person=args.person, fields={"status": Standing.OFFBOARDED.value, **ended}),)


@action(
    "account.enable",
    title="Enable an account",
    sentence="Enable {person}'s account again",
    risk=Risk.MEDIUM,
    undo="account.disable",
    offered=False,
)
async def enable(args: Enable, identity: Identity) -> Outcome:
    if not await identity.enable(args.person):
        return Outcome.already(f"{args.person}'s account is enabled.")
    return Outcome.done(
        f"{args.person}'s account is enabled again.",
        before="disabled",
        after="enabled",
        undo=Call(action="account.disable", arguments={"person": args.person}),
    )


@enable.preview
async def _(args: Enable, identity: Identity) -> Change:
    return Change(before=_described(await _account(args.person, identity)), after="enabled")


@enable.record
def _(args: Enable) -> tuple[PersonChanged, ...]:
    return (PersonChanged(person=args.person, fields={"status": args.status, "end_date": args.end_date}),)


@action(
    "account.delete",
    title="Take back a new account",
    sentence="Delete {person}'s new account",
    risk=Risk.HIGH,
    offered=False,
)
async def delete(args: Delete, identity: Identity) -> Outcome:
    if not await identity.delete(args.person):
        return Outcome.already(f"{args.person} has no account.")
    return Outcome.done(f"{args.person}'s account is deleted.", before="account enabled", after="no account")


@delete.preview
async def _(args: Delete, identity: Identity) -> Change:
    return Change(before=_described(await _account(args.person, identity)), after="no account")


@delete.record
def _(args: Delete) -> tuple[PersonChanged, ...]:
    return (PersonChanged(person=args.person, fields={"status": Standing.OFFBOARDED.value}),)


async def _account(email: str, identity: Identity) -> Account | None:
    return await known(identity.account(email), None)


def _described(account: Account | None) -> str:
    return "no account" if account is None else "enabled" if account.enabled else "disabled"


_SIGN_IN = (
    "account.disable",
    "account.offboard",
    "account.delete",
    "account.enable",
    "password.reset",
    "mfa.reset",
    "account.unlock",
    "access.revoke",
)


@fact(*_SIGN_IN, sentence="whether the person is an administrator at the identity vendor (the flag admin counts where there is none)")
async def is_admin(about: About) -> bool:
    return str(about.call.arguments.get("person")) in await _admins(about)


@fact(*_SIGN_IN, sentence="whether the person is the only administrator left (by the flag admin where there is no identity vendor)")
async def last_admin(about: About) -> bool:
    return await _admins(about) == frozenset({str(about.call.arguments.get("person"))})


async def _admins(about: About) -> frozenset[str]:
    identity = about.offer(Identity)
    if identity is not None:
        return frozenset(await identity.admins())
    return frozenset(p.email for p in about.directory.people.values() if "admin" in p.flags and p.status is Standing.ACTIVE)


@fact("account.unlock", "password.reset", sentence="whether the account is locked (no where no vendor knows)", unserved=False)
async def account_locked(about: About, identity: Identity) -> bool:
    return (await identity.account(str(about.call.arguments.get("person")))).locked


@fact("account.onboard", "account.create", sentence="days until the person starts (0: today, unknown or past)")
async def days_to_start(about: About) -> int:
    starts = start(about.call.arguments.get("start_date"))
    return max(0, (starts - about.now).days + (starts > about.now)) if starts else 0


@fact("account.offboard", "account.disable", sentence="days until the person's last day (0: today, not given or past)")
async def days_to_last_day(about: About) -> int:
    last = about.call.arguments.get("last_day")
    return max(0, (day(str(last)) - about.now.astimezone(UTC).date()).days) if last else 0
