"""Seeing somebody off: hand over, close, take back."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from actions.accounts import given
from actions.calendar import HORIZON, successor
from actions.reading import known
from actions.spans import day
from bot.sdk import (
    About,
    Arguments,
    Calendar,
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


class Offboard(Arguments):
    person: PersonRef
    last_day: Day | None = None
    to: PersonRef | None = None
    reason: Text | None = None
    for_cause: Annotated[bool, Is(Kind.CHOICE, ("true", "false"))] | None = None


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


def _cause(args: Offboard) -> dict[str, str]:
    """What the steps of a leaving for cause carry, so that policy knows it of each of them."""
    why = args.reason or ""
    if not _for_cause(args):
        return {}
    return {"reason": why if "for cause" in why.casefold() else f"for cause: {why}".rstrip(": ")[:2000]}


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
    return Call(action="account.disable", arguments={"person": args.person, **given(known_now), **_cause(args)})


async def _handing_over(about: About, args: Offboard) -> list[Call]:
    to = args.to or await successor(about, args.person)
    if to is None:
        return []
    pair = {"from": args.person, "to": to}
    calendar = about.offer(Calendar)
    idle = calendar is not None and not await known(calendar.meetings(args.person, about.now, about.now + HORIZON), [])
    meetings = [] if idle else [Call(action="calendar.reassign", arguments=pair)]
    return [*meetings, Call(action="mailbox.delegate", arguments=pair)]


def _taking_back(about: About, args: Offboard) -> list[Call]:
    held = sorted({g.system for g in about.directory.grants_of(args.person)})
    groups = sorted(about.directory.groups_of(args.person))
    person = about.person()
    devices = person.devices if person else ()
    cause = _cause(args)
    return [
        *(Call(action="device.lock", arguments={"device": d.serial, "person": args.person, **cause}) for d in devices),
        *(Call(action="access.revoke", arguments={"person": args.person, "system": s, **cause}) for s in held),
        *(Call(action="group.remove", arguments={"person": args.person, "group": g, **cause}) for g in groups),
        *(
            Call(action="ticket.create", arguments={"summary": f"Collect {d.kind} {d.serial} from {args.person}", "person": args.person})
            for d in devices
        ),
    ]


@fact("account.offboard", "account.disable", sentence="days until the person's last day (0: today, not given or past)")
async def days_to_last_day(about: About) -> int:
    last = about.call.arguments.get("last_day")
    return max(0, (day(str(last)) - about.now.astimezone(UTC).date()).days) if last else 0
