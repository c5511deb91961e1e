"""Licences: take back those that nobody uses."""

from __future__ import annotations

from datetime import datetime

from actions.access import described, restoring
from actions.reading import known
from bot.sdk import About, Access, Arguments, BadArguments, Call, Change, GrantEnded, Outcome, PersonRef, Risk, SystemRef, action, fact

IDLE_DAYS = 30
"""A licence unused for this many days may be taken back when nobody was named."""


class Reclaim(Arguments):
    system: SystemRef
    person: PersonRef | None = None


@action(
    "license.reclaim",
    title="Reclaim a licence",
    sentence="Take back {person}'s unused {system} licence",
    examples=(
        "reclaim {person}'s {system} licence",
        "reclaim {person}'s {system} license",
        "reclaim an unused {system} license",
        "free up a {system} seat",
        "free up {person}'s {system} seat",
        "take back {person}'s {system} licence",
        "{person} never uses {system}, reclaim the licence",
        "release {person}'s licence for {system}",
    ),
    risk=Risk.MEDIUM,
    undo="access.restore",
)
async def reclaim(args: Reclaim, access: Access) -> Outcome:
    if args.person is None:
        raise BadArguments("license.reclaim: nobody holds a licence that has been idle long enough; please name whose it is.")
    held = await access.holding(args.person, args.system)
    if held is None or not await access.revoke(args.person, args.system):
        return Outcome.already(f"{args.person} has no {args.system} licence.")
    return Outcome.done(
        f"{args.person}'s {args.system} licence is free again.",
        before=described(held),
        after="no access",
        undo=restoring(args.person, args.system, held),
    )


@reclaim.preview
async def _(args: Reclaim, access: Access) -> Change:
    held = await access.holding(args.person, args.system) if args.person else None
    return Change(before=described(held), after="no access")


@reclaim.record
def _(args: Reclaim) -> tuple[GrantEnded, ...]:
    return (GrantEnded(person=args.person, system=args.system),) if args.person else ()


@reclaim.resolve
async def _(about: About) -> Call | None:
    """Whose licence: the holder who has not used it for longest, if that is long enough."""
    access, system = about.offer(Access), about.call.arguments.get("system")
    if about.call.arguments.get("person"):
        return about.call
    if access is None or not isinstance(system, str):
        return None
    idle: list[tuple[datetime, str]] = []
    for grant in about.directory.holders_of(system):
        held = await known(access.holding(grant.person, system), None)
        if held is not None and held.last_used is not None and (about.now - held.last_used).days >= IDLE_DAYS:
            idle.append((held.last_used, grant.person))
    return Call(action="license.reclaim", arguments={"system": system, "person": min(idle)[1]}) if idle else None


@fact("license.reclaim", "access.revoke", sentence="days since the person last used the system (0: not known)", unserved=0)
async def days_since_last_use(about: About, access: Access) -> int:
    """Where nobody can tell, it counts as used today."""
    held = await access.holding(str(about.call.arguments.get("person")), str(about.call.arguments.get("system")))
    return 0 if held is None or held.last_used is None else max(0, (about.now - held.last_used).days)
