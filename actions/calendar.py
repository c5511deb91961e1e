"""Calendars: hand meetings over to a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from actions.reading import known
from actions.spans import Until, end, moment
from bot.sdk import (
    About,
    Arguments,
    BadArguments,
    Calendar,
    Call,
    Change,
    Employment,
    Is,
    Kind,
    Meeting,
    Outcome,
    Person,
    PersonRef,
    Risk,
    Standing,
    action,
    fact,
)

HORIZON = timedelta(days=365)
SOON = timedelta(minutes=30)
LOOK_AHEAD = timedelta(days=60)
CANDIDATES = 12
"""How many colleagues' calendars are compared at most when one is chosen."""

Ids = Annotated[tuple[str, ...], Is(Kind.TEXT), Field(description="ids of meetings", max_length=2000)]

Since = Annotated[str, Is(Kind.TEXT), Field(description="set by the plan: from when on meetings count as upcoming", max_length=40)]


class Reassign(Arguments):
    from_: PersonRef = Field(alias="from")
    to: PersonRef | None = None
    until: Until | None = None
    since: Annotated[str, Is(Kind.TEXT), Field(description="set by the plan: the moment from which meetings count as upcoming")] | None = (
        None
    )


class Restore(Arguments):
    from_: PersonRef = Field(alias="from")
    to: PersonRef
    meetings: Ids
    since: Since | None = None


def listed(meetings: Sequence[Meeting]) -> str:
    """How many meetings, and with whom they are."""
    customers = sum(m.customer for m in meetings)
    count = f"{len(meetings)} meeting{'' if len(meetings) == 1 else 's'}"
    return f"{count}, {customers} with customers" if customers else count


@action(
    "calendar.reassign",
    title="Hand over meetings",
    sentence="Hand {from}'s upcoming meetings over to {to}[, up to {until}]",
    examples=(
        "reassign {from}'s meetings to {to}",
        "hand {from}'s meetings over to {to}",
        "hand over {from}'s upcoming meetings to {to}",
        "move {from}'s customer meetings to {to}",
        "transfer {from}'s calendar to {to}",
        "reassign upcoming sales meetings to a colleague",
        "reassign {from}'s upcoming meetings to a colleague",
        "give {from}'s meetings to {to} until {until}",
        "let {to} take over {from}'s meetings",
        "{to} takes {from}'s calls until {until}",
    ),
    risk=Risk.MEDIUM,
    undo="calendar.restore",
    subject="from",
)
async def reassign(args: Reassign, calendar: Calendar) -> Outcome:
    if args.to is None:
        raise BadArguments("calendar.reassign: nobody was found who could take over these meetings; please name a colleague.")
    meetings = await _upcoming(args, calendar)
    ids = tuple(m.id for m in meetings)
    if not ids or not await calendar.hand_over(ids, args.to):
        return Outcome.already(f"{args.from_} has no upcoming meetings to hand over.")
    return Outcome.done(
        f"{args.to} now runs {listed(meetings)} that {args.from_} had planned.",
        before=f"{args.from_}: {listed(meetings)}",
        after=f"{args.to}: {listed(meetings)}",
        undo=_back(args.to, args.from_, ids, args.since),
        meetings=[m.title for m in meetings],
    )


@reassign.preview
async def _(args: Reassign, calendar: Calendar) -> Change:
    meetings = await _upcoming(args, calendar)
    return Change(before=f"{args.from_}: {listed(meetings)}", after=f"{args.to}: {listed(meetings)}")


@reassign.resolve
async def _(about: About) -> Call | None:
    to = about.call.arguments.get("to") or await successor(about, str(about.call.arguments.get("from")))
    return _complete(about, str(about.call.arguments["from"]), to) if to and "from" in about.call.arguments else None


@reassign.companion
async def _(about: About) -> Call | None:
    """Beside a call that ends somebody's access: their meetings go to whom the request named, else to a colleague."""
    leaving = _leaving(about)
    to = await successor(about, leaving) if leaving else None
    return _complete(about, leaving, to) if leaving and to else None


def _leaving(about: About) -> str | None:
    beside = about.companions_of.arguments if about.companions_of else {}
    return beside.get("person") or beside.get("from")


def _complete(about: About, from_: str, to: str) -> Call:
    since = about.call.arguments.get("since") or moment(about.now.replace(second=0, microsecond=0))
    until = {"until": about.call.arguments["until"]} if about.call.arguments.get("until") else {}
    return Call(action="calendar.reassign", arguments={"from": from_, "to": to, **until, "since": since})


async def successor(about: About, leaving: str) -> str | None:
    """Who takes over: whom the request or the call beside names; else an active colleague of the same department and manager,
    then of the department, then the manager; among equals the more senior and the one with fewer meetings."""
    beside = about.companions_of.arguments if about.companions_of else {}
    for named in (about.known.get("to"), beside.get("to")):
        if named and available(about, str(named), leaving):
            return str(named)
    calendar = about.offer(Calendar)
    person = about.directory.people.get(leaving)
    if person is None:
        return None
    ranked = sorted(_colleagues(about, person), key=lambda p: (p.manager != person.manager, -seniority(p), p.email))[:CANDIDATES]
    busy = {p.email: await _load(about, calendar, p.email) for p in ranked}
    best = min(ranked, key=lambda p: (p.manager != person.manager, -seniority(p), busy[p.email], p.email), default=None)
    above = about.directory.manager_of(leaving)
    return best.email if best else above.email if above else None


def available(about: About, email: str, leaving: str) -> bool:
    """Whether a person may take something over: active, human, not the one who leaves, and not about to leave."""
    person = about.directory.people.get(email)
    return (
        person is not None
        and person.email != leaving
        and person.status is Standing.ACTIVE
        and person.type is not Employment.SERVICE
        and (person.end_date is None or person.end_date > about.now.date())
    )


def _colleagues(about: About, person: Person) -> list[Person]:
    return [
        p
        for p in about.directory.people.values()
        if p.department == person.department
        and p.type is Employment.EMPLOYEE
        and available(about, p.email, person.email)
        and p.email != person.manager
        and "legal-hold" not in p.flags
    ]


def seniority(person: Person) -> int:
    """How senior a title reads: 2 for heads and directors, 1 for seniors and leads, -1 for juniors and interns."""
    words = set(person.title.casefold().replace(",", " ").split())
    if words & {"head", "director", "vp", "chief"}:
        return 2
    if words & {"senior", "lead", "principal", "staff"}:
        return 1
    return -1 if words & {"junior", "intern", "trainee", "sdr", "apprentice"} else 0


async def _load(about: About, calendar: Calendar | None, email: str) -> int:
    return len(await known(calendar.meetings(email, about.now, about.now + LOOK_AHEAD), ())) if calendar else 0


async def _upcoming(args: Reassign, calendar: Calendar) -> Sequence[Meeting]:
    since = end(args.since)
    if since is None:
        raise BadArguments("calendar.reassign: the plan has to say from when on meetings are upcoming.")
    return await calendar.meetings(args.from_, since, end(args.until) or since + HORIZON)


@action(
    "calendar.restore",
    title="Give meetings back",
    sentence="Give the meetings that {from} took over back to {to}",
    risk=Risk.LOW,
    undo="calendar.restore",
    subject="to",
    offered=False,
)
async def restore(args: Restore, calendar: Calendar) -> Outcome:
    theirs = await _their_own(args, calendar)
    if set(args.meetings) <= theirs or not await calendar.hand_over(args.meetings, args.to):
        return Outcome.already(f"These meetings are {args.to}'s.")
    return Outcome.done(
        f"{args.to} runs {len(args.meetings)} meetings again.",
        before=args.from_,
        after=args.to,
        undo=_back(args.to, args.from_, args.meetings, args.since),
    )


def _back(from_: str, to: str, meetings: Sequence[str], since: str | None) -> Call:
    upcoming = {"since": since} if since else {}
    return Call(action="calendar.restore", arguments={"from": from_, "to": to, "meetings": list(meetings), **upcoming})


async def _their_own(args: Restore, calendar: Calendar) -> set[str]:
    """Ids of the meetings that whom they go back to runs by now."""
    since = end(args.since)
    return {m.id for m in await calendar.meetings(args.to, since, since + 2 * HORIZON)} if since else set()


@restore.preview
async def _(args: Restore, calendar: Calendar) -> Change:
    return Change(before=args.from_, after=args.to)


_LEAVING = (
    "access.revoke",
    "account.offboard",
    "account.disable",
    "calendar.reassign",
    "mailbox.forward",
    "mailbox.delegate",
    "license.reclaim",
)


@fact(*_LEAVING, sentence="meetings with customers that the person runs in the next 60 days (1 where no calendar can be read)", unserved=1)
async def upcoming_customer_meetings(about: About, calendar: Calendar) -> int:
    """Without a calendar to look into, policy must assume that somebody is being stood up."""
    meetings = await calendar.meetings(_whose(about), about.now, about.now + LOOK_AHEAD)
    return sum(m.customer and m.starts >= about.now for m in meetings)


@fact("*", sentence="whether the person hosts a customer now or within 30 minutes (no where no calendar can be read)", unserved=False)
async def hosting_customer_meeting(about: About, calendar: Calendar) -> bool:
    """Without a calendar nothing would ever be allowed if this were assumed; the harm is one interrupted call."""
    return any(m.customer for m in await calendar.meetings(_whose(about), about.now, about.now + SOON))


def _whose(about: About) -> str:
    return str(about.call.arguments.get("person") or about.call.arguments.get("from") or about.speaker.email)


@fact(
    "calendar.reassign",
    "mailbox.forward",
    "mailbox.delegate",
    "account.offboard",
    sentence="whether whoever takes over is an active person and not the one who leaves",
)
async def successor_ok(about: About) -> bool:
    """True where nobody is named: somebody suitable is chosen then."""
    to = about.call.arguments.get("to")
    return to is None or available(about, str(to), _whose(about))
