"""Groups: join and leave."""

from __future__ import annotations

from datetime import datetime

from actions.spans import Until, asked_until, days_asked, end
from bot.sdk import (
    About,
    Arguments,
    Call,
    Change,
    Duration,
    GroupRef,
    Groups,
    MemberAdded,
    MemberRemoved,
    Outcome,
    PersonRef,
    Risk,
    Text,
    action,
    fact,
)


class Join(Arguments):
    person: PersonRef
    group: GroupRef
    duration: Duration | None = None
    until: Until | None = None
    reason: Text | None = None


class Leave(Arguments):
    person: PersonRef
    group: GroupRef
    reason: Text | None = None


def _call(name: str, args: Join | Leave) -> Call:
    return Call(action=name, arguments={"person": args.person, "group": args.group})


@action(
    "group.add",
    title="Add to a group",
    sentence="Add {person} to the group {group}[ until {until}]",
    examples=(
        "add {person} to {group}",
        "add {person} to the {group} group",
        "add {person} to {group} for {duration}",
        "put {person} in the {group} group until {until}",
        "make {person} a member of {group}",
        "{person} should be in the {group} group",
        "add me to the {group} group",
        "subscribe {person} to the {group} list",
    ),
    risk=Risk.MEDIUM,
    undo="group.remove",
)
async def add(args: Join, groups: Groups) -> Outcome:
    if args.person in await groups.members(args.group) or not await groups.add(args.person, args.group):
        return Outcome.already(f"{args.person} is already in {args.group}.")
    return Outcome.done(f"{args.person} is now in {args.group}.", before="not a member", after="member", undo=_call("group.remove", args))


@add.preview
async def _(args: Join, groups: Groups) -> Change:
    return Change(before=await _standing(args, groups), after="member")


@add.record
def _(args: Join) -> tuple[MemberAdded, ...]:
    return (MemberAdded(person=args.person, group=args.group),)


@add.resolve
async def _(about: About) -> Call | None:
    given, until = dict(about.call.arguments), asked_until(about)
    given.pop("duration", None)
    return Call(action="group.add", arguments={**given, "until": until} if until else given)


@add.ends
def _(args: Join) -> tuple[datetime, Call] | None:
    until = end(args.until)
    return (until, _call("group.remove", args)) if until else None


@action(
    "group.remove",
    title="Remove from a group",
    sentence="Remove {person} from the group {group}",
    examples=(
        "remove {person} from {group}",
        "remove {person} from the {group} group",
        "take {person} out of {group}",
        "{person} should no longer be in the {group} group",
        "drop {person} from the {group} list",
        "remove me from {group}",
        "kick {person} out of the {group} group",
    ),
    risk=Risk.MEDIUM,
    undo="group.add",
)
async def remove(args: Leave, groups: Groups) -> Outcome:
    if args.person not in await groups.members(args.group) or not await groups.remove(args.person, args.group):
        return Outcome.already(f"{args.person} is not in {args.group}.")
    return Outcome.done(
        f"{args.person} is no longer in {args.group}.", before="member", after="not a member", undo=_call("group.add", args)
    )


@remove.preview
async def _(args: Leave, groups: Groups) -> Change:
    return Change(before=await _standing(args, groups), after="not a member")


@remove.record
def _(args: Leave) -> tuple[MemberRemoved, ...]:
    return (MemberRemoved(person=args.person, group=args.group),)


async def _standing(args: Join | Leave, groups: Groups) -> str:
    return "member" if args.person in await groups.members(args.group) else "not a member"


@fact("group.add", sentence="how many days of membership are asked for (100000: no end)")
async def membership_days(about: About) -> int:
    return days_asked(about)


@fact("group.add", "group.remove", sentence="whether the person is in the group already")
async def already_member(about: About) -> bool:
    return about.call.arguments.get("group") in about.directory.groups_of(str(about.call.arguments.get("person")))


@fact("group.add", "group.remove", sentence="how the group is joined: open, owner, or what else the directory says")
async def join_policy(about: About) -> str:
    group = about.directory.groups.get(str(about.call.arguments.get("group")))
    return group.join_policy if group else ""
