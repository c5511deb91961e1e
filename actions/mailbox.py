"""Mailboxes: forward new mail, let a colleague read and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from actions.calendar import available, successor
from actions.reading import known
from actions.spans import Until, asked_until, end
from bot.sdk import About, Arguments, Call, Change, Duration, Is, Kind, Mailbox, MailboxState, Outcome, PersonRef, Risk, action, fact

Outside = Annotated[str, Is(Kind.PERSON), Field(description="e-mail address", max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
"""An address that need not be one of the company's: policy says whether it may be."""


class Forward(Arguments):
    from_: PersonRef = Field(alias="from")
    to: Outside
    until: Until | None = None
    duration: Duration | None = None


class Unforward(Arguments):
    from_: PersonRef = Field(alias="from")
    to: Outside | None = None


class Delegate(Arguments):
    from_: PersonRef = Field(alias="from")
    to: PersonRef
    until: Until | None = None


class Undelegate(Arguments):
    from_: PersonRef = Field(alias="from")
    to: PersonRef


def _forwarding(to: str | None) -> str:
    return f"forwards to {to}" if to else "no forwarding"


def _unforward(person: str, before: str | None) -> Call:
    return Call(action="mailbox.unforward", arguments={"from": person, **({"to": before} if before else {})})


def _pair(name: str, args: Delegate | Undelegate) -> Call:
    return Call(action=name, arguments={"from": args.from_, "to": args.to})


@action(
    "mailbox.forward",
    title="Forward mail",
    sentence="Forward {from}'s new mail to {to}[ until {until}]",
    examples=(
        "forward {from}'s mail to {to}",
        "forward {from}'s email to {to} until {until}",
        "forward {from}'s email to {to} for {duration}",
        "forward my mail to {to}",
        "redirect {from}'s mail to {to}",
        "send {from}'s incoming mail to {to}",
        "set up forwarding from {from} to {to}",
        "{from}'s emails should go to {to}",
    ),
    risk=Risk.MEDIUM,
    undo="mailbox.unforward",
    subject="from",
)
async def forward(args: Forward, mailbox: Mailbox) -> Outcome:
    before = (await mailbox.state(args.from_)).forward_to
    if before == args.to or not await mailbox.forward(args.from_, args.to):
        return Outcome.already(f"{args.from_}'s mail is forwarded to {args.to} already.")
    return Outcome.done(
        f"New mail for {args.from_} is forwarded to {args.to}.",
        before=_forwarding(before),
        after=_forwarding(args.to),
        undo=_unforward(args.from_, before),
    )


@forward.preview
async def _(args: Forward, mailbox: Mailbox) -> Change:
    return Change(before=_forwarding((await mailbox.state(args.from_)).forward_to), after=_forwarding(args.to))


@forward.resolve
async def _(about: About) -> Call | None:
    given, until = dict(about.call.arguments), asked_until(about)
    given.pop("duration", None)
    return Call(action="mailbox.forward", arguments={**given, "until": until} if until else given)


@forward.ends
def _(args: Forward) -> tuple[datetime, Call] | None:
    until = end(args.until)
    return (until, _unforward(args.from_, None)) if until else None


@action(
    "mailbox.unforward",
    title="Stop forwarding mail",
    sentence="Stop forwarding {from}'s mail[ and forward it to {to} as before]",
    risk=Risk.LOW,
    undo="mailbox.unforward",
    subject="from",
    offered=False,
)
async def unforward(args: Unforward, mailbox: Mailbox) -> Outcome:
    before = (await mailbox.state(args.from_)).forward_to
    if before == args.to or not await mailbox.forward(args.from_, args.to):
        return Outcome.already(f"{args.from_}'s mailbox: {_forwarding(args.to)}.")
    return Outcome.done(
        f"{args.from_}'s mailbox: {_forwarding(args.to)}.",
        before=_forwarding(before),
        after=_forwarding(args.to),
        undo=_unforward(args.from_, before),
    )


@unforward.preview
async def _(args: Unforward, mailbox: Mailbox) -> Change:
    return Change(before=_forwarding((await mailbox.state(args.from_)).forward_to), after=_forwarding(args.to))


@action(
    "mailbox.delegate",
    title="Delegate a mailbox",
    sentence="Let {to} read and answer {from}'s mailbox[ until {until}]",
    examples=(
        "delegate {from}'s mailbox to {to}",
        "give {to} access to {from}'s mailbox",
        "give {to} access to {from}'s inbox until {until}",
        "let {to} read {from}'s mail",
        "make {to} a delegate of {from}'s mailbox",
        "{to} should cover {from}'s inbox",
        "{to} needs to answer {from}'s emails until {until}",
        "delegate my mailbox to {to}",
    ),
    risk=Risk.MEDIUM,
    undo="mailbox.undelegate",
    subject="from",
)
async def delegate(args: Delegate, mailbox: Mailbox) -> Outcome:
    if args.to in (await mailbox.state(args.from_)).delegates or not await mailbox.delegate(args.from_, args.to):
        return Outcome.already(f"{args.to} can read and answer {args.from_}'s mailbox already.")
    return Outcome.done(
        f"{args.to} can now read and answer {args.from_}'s mailbox.",
        before="no access",
        after=f"{args.to} reads and answers",
        undo=_pair("mailbox.undelegate", args),
    )


@delegate.preview
async def _(args: Delegate, mailbox: Mailbox) -> Change:
    return Change(before=await _delegation(args, mailbox), after=f"{args.to} reads and answers")


@delegate.ends
def _(args: Delegate) -> tuple[datetime, Call] | None:
    until = end(args.until)
    return (until, _pair("mailbox.undelegate", args)) if until else None


@delegate.companion
async def _(about: About) -> Call | None:
    """Beside a call that closes somebody's mailbox: the colleague who takes over reads it."""
    beside = about.companions_of.arguments if about.companions_of else {}
    leaving = beside.get("person") or beside.get("from")
    to = await successor(about, leaving) if leaving else None
    return Call(action="mailbox.delegate", arguments={"from": leaving, "to": to}) if to else None


@action(
    "mailbox.undelegate",
    title="End a mailbox delegation",
    sentence="End {to}'s access to {from}'s mailbox",
    risk=Risk.LOW,
    undo="mailbox.delegate",
    subject="from",
    offered=False,
)
async def undelegate(args: Undelegate, mailbox: Mailbox) -> Outcome:
    if args.to not in (await mailbox.state(args.from_)).delegates or not await mailbox.undelegate(args.from_, args.to):
        return Outcome.already(f"{args.to} has no access to {args.from_}'s mailbox.")
    return Outcome.done(
        f"{args.to} can no longer read {args.from_}'s mailbox.",
        before=f"{args.to} reads and answers",
        after="no access",
        undo=_pair("mailbox.delegate", args),
    )


@undelegate.preview
async def _(args: Undelegate, mailbox: Mailbox) -> Change:
    return Change(before=await _delegation(args, mailbox), after="no access")


async def _delegation(args: Delegate | Undelegate, mailbox: Mailbox) -> str:
    state = await mailbox.state(args.from_)
    return f"{args.to} reads and answers" if args.to in state.delegates else "no access"


_CLOSING = (
    "access.revoke",
    "account.offboard",
    "account.disable",
    "account.delete",
    "mailbox.forward",
    "mailbox.delegate",
    "device.wipe",
    "license.reclaim",
)


@fact(*_CLOSING, sentence="whether what the person wrote is under legal hold (the directory's flag counts where no mailbox can be read)")
async def legal_hold(about: About) -> bool:
    email = str(about.call.arguments.get("person") or about.call.arguments.get("from") or "")
    owner = about.directory.device(str(about.call.arguments.get("device") or ""))
    person = about.directory.people.get(email) or (owner[0] if owner else None)
    if person is not None and "legal-hold" in person.flags:
        return True
    mailbox = about.offer(Mailbox)
    if mailbox is None or person is None:
        return False
    state: MailboxState = await known(mailbox.state(person.email), MailboxState(email=person.email))
    return state.legal_hold


@fact(*_CLOSING, sentence="whether a colleague reads the person's mail (no where no mailbox can be read)", unserved=False)
async def mailbox_covered(about: About, mailbox: Mailbox) -> bool:
    state = await mailbox.state(str(about.call.arguments.get("person") or about.call.arguments.get("from")))
    covering = (*state.delegates, *((state.forward_to,) if state.forward_to else ()))
    return any(available(about, email, state.email) for email in covering)


@fact("mailbox.forward", "mailbox.delegate", sentence="whether the mail would leave the company: nobody active there has that address")
async def forwards_outside(about: About) -> bool:
    to = str(about.call.arguments.get("to") or "").casefold()
    return not available(about, to, "")
