"""Accounts: make, unlock, disable and enable them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from actions.reading import known
from actions.spans import Until, end
from bot.sdk import (
    About,
    Account,
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

NewAddress = Annotated[
    str, Is(Kind.TEXT), Field(description="the e-mail address of the new account", pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)
]


class Unlock(Arguments):
    person: PersonRef
    system: SystemRef | None = None


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
    reason: Text | None = None


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
    if not (await identity.account(args.person)).locked or not await identity.unlock(args.person):
        return Outcome.already(f"{args.person}'s account is not locked.")
    return Outcome.done(f"{args.person}'s account is unlocked.", before="locked", after="unlocked")


@unlock.preview
async def _(args: Unlock, identity: Identity) -> Change:
    return Change(before="locked" if (await identity.account(args.person)).locked else "not locked", after="unlocked")


def given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@action(
    "account.create",
    title="Create an account",
    sentence="Create an account for {name} ({person})[, starting {start_date}]",
    risk=Risk.MEDIUM,
    undo="account.delete",
    offered=False,
)
async def create(args: Create, identity: Identity) -> Outcome:
    if await _account(args.person, identity) or not await identity.create(_person(args)):
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
    if not (await identity.account(args.person)).enabled or not await identity.disable(args.person):
        return Outcome.already(f"{args.person}'s account is disabled.")
    back = {"person": args.person, "status": args.was, "end_date": args.was_until}
    return Outcome.done(
        f"{args.person}'s account is disabled and all sessions have ended.",
        before="enabled",
        after="disabled",
        undo=Call(action="account.enable", arguments=given(back)),
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
    if (await identity.account(args.person)).enabled or not await identity.enable(args.person):
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
    if not await _account(args.person, identity) or not await identity.delete(args.person):
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
