"""Passwords and second factors. No password ever passes through the desk."""

from __future__ import annotations

from bot.sdk import Arguments, Change, Identity, Outcome, PersonRef, Risk, SystemRef, action


class Password(Arguments):
    person: PersonRef
    system: SystemRef | None = None


class SecondFactor(Arguments):
    person: PersonRef


@action(
    "password.reset",
    title="Reset a password",
    sentence="Reset {person}'s password",
    examples=(
        "reset {person}'s password",
        "reset {person}'s {system} password",
        "reset the password of {person}",
        "reset my password",
        "I forgot my password",
        "I forgot my {system} password",
        "{person} forgot the password",
        "{person} needs a new password",
        "send {person} a password reset link",
        "my password has expired",
    ),
    risk=Risk.MEDIUM,
)
async def reset_password(args: Password, identity: Identity) -> Outcome:
    if not await identity.reset_password(args.person):
        return Outcome.already(f"{args.person} has been asked to choose a new password.")
    return Outcome.done(
        f"{args.person} has been sent a way to choose a new password.", before="password in use", after="new password to be chosen"
    )


@reset_password.preview
async def _(args: Password, identity: Identity) -> Change:
    await identity.account(args.person)
    return Change(before="password in use", after="new password to be chosen; all sessions end")


@action(
    "mfa.reset",
    title="Reset the second factor",
    sentence="Let {person} set up a new second factor",
    examples=(
        "reset {person}'s MFA",
        "reset {person}'s two-factor authentication",
        "reset {person}'s authenticator",
        "reset my MFA",
        "I lost my phone and can't get the login code",
        "I have a new phone and need to set up the authenticator again",
        "{person} lost the second factor",
        "{person} has a new phone and cannot sign in with MFA",
        "re-enroll {person} in 2FA",
    ),
    risk=Risk.HIGH,
)
async def reset_mfa(args: SecondFactor, identity: Identity) -> Outcome:
    if not (await identity.account(args.person)).mfa or not await identity.reset_mfa(args.person):
        return Outcome.already(f"{args.person} has no second factor set up.")
    return Outcome.done(
        f"{args.person} sets up a new second factor at the next sign-in.", before="second factor set up", after="no second factor"
    )


@reset_mfa.preview
async def _(args: SecondFactor, identity: Identity) -> Change:
    account = await identity.account(args.person)
    return Change(before="second factor set up" if account.mfa else "no second factor", after="no second factor")
