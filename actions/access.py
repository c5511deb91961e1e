"""Access to systems: grant it, for a while or for good, and take it away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from actions.reading import known
from actions.spans import OPEN_ENDED, Until, asked_until, days_asked, end, moment, readable, start
from bot.sdk import (
    About,
    Access,
    Arguments,
    BadArguments,
    Call,
    Change,
    Duration,
    GrantEnded,
    GrantStarted,
    Holding,
    Is,
    Kind,
    Outcome,
    PersonRef,
    Risk,
    Seats,
    Standing,
    SystemRef,
    Text,
    action,
    fact,
)

DEFAULT_LEVEL = "member"
UNLIMITED = 1_000_000
"""Free seats of a system whose licences are not counted."""

Level = Annotated[
    str,
    Is(Kind.CHOICE, ("member", "read", "write", "viewer", "editor", "admin", "owner")),
    Field(description="how much access: member, read, write, admin …", max_length=40),
]


class Grant(Arguments):
    person: PersonRef
    system: SystemRef
    level: Level | None = None
    duration: Duration | None = None
    until: Until | None = None
    reason: Text | None = None


class Revoke(Arguments):
    person: PersonRef
    system: SystemRef
    when: Until | None = None
    reason: Text | None = None


class Restore(Arguments):
    person: PersonRef
    system: SystemRef
    level: Level
    until: Until | None = None


def described(held: Holding | None) -> str:
    """What somebody holds, in words."""
    return f"{held.level}{readable(held.until)}" if held else "no access"


def has(held: Holding | None, level: str, until: datetime | None) -> bool:
    """Whether that is what somebody holds."""
    return held is not None and (held.level, held.until) == (level, until)


def restoring(person: str, system: str, held: Holding) -> Call:
    """The call that gives back exactly what was held."""
    until = {"until": moment(held.until)} if held.until else {}
    return Call(action="access.restore", arguments={"person": person, "system": system, "level": held.level, **until})


@action(
    "access.grant",
    title="Give access",
    sentence="Give {person} {level} access to {system}[ until {until}]",
    examples=(
        "give {person} access to {system}",
        "grant {person} {level} access to {system}",
        "grant {person} access to {system} for {duration}",
        "add {person} to {system} until {until}",
        "{person} needs {system}",
        "{person} needs access to {system} for {duration}",
        "can {person} get access to {system}",
        "please set {person} up with {system}",
        "I need access to {system}",
        "request {system} for {person}",
        "let {person} into {system} as {level}",
        "make {person} {level} in {system}",
    ),
    risk=Risk.MEDIUM,
    undo="access.revoke",
)
async def grant(args: Grant, access: Access) -> Outcome:
    if args.duration and not args.until:
        raise BadArguments("access.grant: the plan has to turn the duration into an end date first.")
    held = await access.holding(args.person, args.system)
    level, until = args.level or DEFAULT_LEVEL, end(args.until)
    if has(held, level, until) or not await access.grant(args.person, args.system, level, until):
        return Outcome.already(f"{args.person} already has {level} access to {args.system}{readable(until)}.")
    gone = Call(action="access.revoke", arguments={"person": args.person, "system": args.system})
    return Outcome.done(
        f"{args.person} now has {level} access to {args.system}{readable(until)}.",
        before=described(held),
        after=described(Holding(level=level, until=until)),
        undo=restoring(args.person, args.system, held) if held else gone,
    )


@grant.preview
async def _(args: Grant, access: Access) -> Change:
    held = await access.holding(args.person, args.system)
    return Change(before=described(held), after=described(Holding(level=args.level or DEFAULT_LEVEL, until=end(args.until))))


@grant.record
def _(args: Grant) -> tuple[GrantStarted, ...]:
    return (GrantStarted(person=args.person, system=args.system, level=args.level or DEFAULT_LEVEL, until=end(args.until)),)


@grant.resolve
async def _(about: About) -> Call | None:
    """The level that is meant (what the person has now, else the usual one), and a duration as a date."""
    given = dict(about.call.arguments)
    until = asked_until(about)
    given.pop("duration", None)
    standing = next((g for g in about.directory.grants_of(str(given.get("person"))) if g.system == given.get("system")), None)
    held = standing.level if standing else None
    if standing and given.get("level") in (None, held) and until and (standing.until is None or standing.until > (end(until) or about.now)):
        until = moment(standing.until)  # what somebody has for longer is not cut short by asking for it again
        given.pop("until", None)
    given["level"] = given.get("level") or held or DEFAULT_LEVEL
    return Call(action="access.grant", arguments={**given, "until": until} if until else given)


@action(
    "access.revoke",
    title="Remove access",
    sentence="Remove {person}'s access to {system}[ on {when}]",
    examples=(
        "remove {person}'s access to {system}",
        "revoke {person}'s {system} access",
        "take {person} off {system}",
        "take away {person}'s {system}",
        "{person} loses {system} on {when}",
        "{person} no longer needs {system}",
        "{person} should not have access to {system} any more",
        "deactivate {person}'s {system} on {when}",
        "disable {person} in {system}",
        "cut off {person}'s access to {system}",
        "close {person}'s {system} account",
        "kick {person} out of {system}",
    ),
    risk=Risk.MEDIUM,
    undo="access.restore",
)
async def revoke(args: Revoke, access: Access) -> Outcome:
    held = await access.holding(args.person, args.system)
    if held is None or not await access.revoke(args.person, args.system):
        return Outcome.already(f"{args.person} has no access to {args.system}.")
    return Outcome.done(
        f"{args.person} no longer has access to {args.system}.",
        before=described(held),
        after="no access",
        undo=restoring(args.person, args.system, held),
    )


@revoke.preview
async def _(args: Revoke, access: Access) -> Change:
    return Change(before=described(await access.holding(args.person, args.system)), after="no access")


@revoke.record
def _(args: Revoke) -> tuple[GrantEnded, ...]:
    return (GrantEnded(person=args.person, system=args.system),)


@revoke.due
def _(args: Revoke) -> datetime | None:
    return start(args.when) if args.when is None or len(args.when) == 10 else end(args.when)


@action(
    "access.restore",
    title="Give access back",
    sentence="Give {person} back {level} access to {system}[ until {until}]",
    risk=Risk.MEDIUM,
    undo="access.revoke",
    offered=False,
)
async def restore(args: Restore, access: Access) -> Outcome:
    held = await access.holding(args.person, args.system)
    if has(held, args.level, end(args.until)) or not await access.grant(args.person, args.system, args.level, end(args.until)):
        return Outcome.already(f"{args.person} already has {args.level} access to {args.system}.")
    gone = Call(action="access.revoke", arguments={"person": args.person, "system": args.system})
    return Outcome.done(
        f"{args.person} has {args.level} access to {args.system} again.",
        before=described(held),
        after=described(Holding(level=args.level, until=end(args.until))),
        undo=restoring(args.person, args.system, held) if held else gone,
    )


@restore.preview
async def _(args: Restore, access: Access) -> Change:
    held = await access.holding(args.person, args.system)
    return Change(before=described(held), after=described(Holding(level=args.level, until=end(args.until))))


@restore.record
def _(args: Restore) -> tuple[GrantStarted, ...]:
    return (GrantStarted(person=args.person, system=args.system, level=args.level, until=end(args.until)),)


@fact("access.grant", "access.restore", sentence="how many days of access are asked for (100000: no end)")
async def grant_days(about: About) -> int:
    return days_asked(about)


@fact("*", sentence="how many days the person's contract still runs (100000: no end date)")
async def days_to_contract_end(about: About) -> int:
    person = about.person() or about.person("from")
    return OPEN_ENDED if person is None or person.end_date is None else (person.end_date - about.now.astimezone(UTC).date()).days


@fact("access.grant", "access.restore", "access.revoke", "license.reclaim", sentence="whether the person has this access already")
async def already_held(about: About) -> bool:
    """As the vendor says; as the record says where a human serves the system. An access at another level is another access."""
    person, system = str(about.call.arguments.get("person")), str(about.call.arguments.get("system"))
    level = about.call.arguments.get("level")
    access = about.offer(Access)
    if access is not None:
        held: Holding | None = await known(access.holding(person, system), None)
        return held is not None and level in (None, held.level)
    return any(g.system == system and level in (None, g.level) for g in about.directory.grants_of(person))


@fact("access.grant", "access.restore", sentence="how many licences of the system are free (1000000: not counted)")
async def seats_free(about: About) -> int:
    """As the vendor counts them; as the catalogue says where a human serves the system."""
    system = about.system()
    access = about.offer(Access)
    if access is not None and system is not None:
        seats = await known(access.seats(system.id), Seats(total=system.seats, used=0))
        return UNLIMITED if seats.total is None else seats.total - seats.used
    if system is None or system.seats is None:
        return UNLIMITED
    return system.seats - (system.seats_used if system.seats_used is not None else len(about.directory.holders_of(system.id)))


@fact("access.grant", "access.restore", sentence="systems the person holds that must not be combined with this one")
async def conflicting_duties(about: About) -> frozenset[str]:
    system, person = about.system(), about.call.arguments.get("person")
    if system is None:
        return frozenset()
    held = {g.system for g in about.directory.grants_of(str(person))} - {system.id}
    ours = _names(system.attributes.get("conflicts_with"))
    return frozenset(s for s in held if s in ours or (s in about.directory.systems and system.id in _conflicts(about, s)))


def _conflicts(about: About, system: str) -> frozenset[str]:
    return _names(about.directory.systems[system].attributes.get("conflicts_with"))


def _names(value: object) -> frozenset[str]:
    """A list of ids, whether it was imported as a list or as text with commas."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    return frozenset(str(p).strip() for p in parts)


@fact("access.revoke", "access.grant", sentence="whether the access was given for a time that is now over")
async def grant_expired(about: About) -> bool:
    person, system = str(about.call.arguments.get("person")), about.call.arguments.get("system")
    return any(g.system == system and g.until is not None and g.until <= about.now for g in about.directory.grants_of(person))


@fact("*", sentence="whether the system is under a change freeze now")
async def change_freeze(about: About) -> bool:
    system = about.system()
    if system is None or not (since := system.attributes.get("freeze_from")):
        return False
    until = system.attributes.get("freeze_until")
    begins, ends = start(str(since)), end(str(until)) if until else None
    return begins is not None and begins <= about.now and (ends is None or about.now < ends)


@fact("*", sentence="whether the person leaves for cause, so that access must end at once")
async def for_cause(about: About) -> bool:
    given = about.call.arguments
    reason = str(given.get("reason") or "").casefold()
    return given.get("for_cause") is True or "for cause" in reason or "for-cause" in reason


@fact("*", sentence="whether the person takes part in the company now: active in the directory and, where an end date is set, before it")
async def person_active(about: About) -> bool:
    person = about.person() or about.person("from")
    today = about.now.astimezone(UTC).date()
    return person is not None and person.status is Standing.ACTIVE and (person.end_date is None or person.end_date >= today)
