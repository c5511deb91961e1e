"""Apps on managed devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from actions.devices import Apps, only_device
from bot.sdk import About, Arguments, BadArguments, Call, Change, DeviceRef, Outcome, PersonRef, Risk, Software, action, fact


class Install(Arguments):
    apps: Annotated[Apps, Field(min_length=1)]
    person: PersonRef | None = None
    device: DeviceRef | None = None
    one_of = (("person", "device"),)


class Remove(Arguments):
    apps: Annotated[Apps, Field(min_length=1)]
    device: DeviceRef


def _missing(apps: Sequence[str], installed: Sequence[str]) -> list[str]:
    have = {a.casefold() for a in installed}
    return [a for a in dict.fromkeys(apps) if a.casefold() not in have]


def _listed(apps: Sequence[str]) -> str:
    return ", ".join(apps) or "nothing"


@action(
    "software.install",
    title="Install software",
    sentence="Install {apps}[ for {person}][ on {device}]",
    examples=(
        "install {apps} for {person}",
        "install {apps} on {person}'s laptop",
        "install {apps} on {device}",
        "install {apps} on my laptop",
        "please install {apps}",
        "I need {apps} on my computer",
        "put {apps} on {person}'s machine",
        "{person} needs {apps} installed",
        "can I get {apps} installed",
        "set up {apps} on {device}",
    ),
    risk=Risk.LOW,
    undo="software.remove",
)
async def install(args: Install, software: Software) -> Outcome:
    serial = _serial(args.device)
    wanted = _missing(args.apps, await software.installed(serial))
    new = [app for app in wanted if await software.install(serial, app)]
    if not new:
        return Outcome.already(f"{_listed(args.apps)} is on {serial} already.")
    return Outcome.done(
        f"{_listed(new)} is being installed on {serial}.",
        before=f"without {_listed(new)}",
        after=f"with {_listed(new)}",
        undo=Call(action="software.remove", arguments={"apps": new, "device": serial}),
    )


def _serial(device: str | None) -> str:
    if device is None:
        raise BadArguments("software.install: it is not clear which device is meant; please give its serial.")
    return device


@install.preview
async def _(args: Install, software: Software) -> Change:
    wanted = _missing(args.apps, await software.installed(args.device)) if args.device else list(args.apps)
    return Change(before=f"without {_listed(wanted)}", after=f"with {_listed(wanted)}") if wanted else Change(after="all installed")


@install.resolve
async def _(about: About) -> Call | None:
    """Onto the person's only device, where none was named."""
    return await only_device(about, "software.install")


@action(
    "software.remove",
    title="Remove software",
    sentence="Remove {apps} from {device}",
    risk=Risk.LOW,
    undo="software.install",
    subject="device",
    offered=False,
)
async def remove(args: Remove, software: Software) -> Outcome:
    have = {app.casefold() for app in await software.installed(args.device)}
    gone = [app for app in dict.fromkeys(args.apps) if app.casefold() in have and await software.remove(args.device, app)]
    if not gone:
        return Outcome.already(f"{_listed(args.apps)} is not on {args.device}.")
    return Outcome.done(
        f"{_listed(gone)} is being removed from {args.device}.",
        before=f"with {_listed(gone)}",
        after=f"without {_listed(gone)}",
        undo=Call(action="software.install", arguments={"apps": gone, "device": args.device}),
    )


@remove.preview
async def _(args: Remove, software: Software) -> Change:
    have = {a.casefold() for a in await software.installed(args.device)}
    gone = [a for a in args.apps if a.casefold() in have]
    return Change(before=f"with {_listed(gone)}", after=f"without {_listed(gone)}")


@fact("software.install", sentence="apps asked for that the company has not approved (none where the record names no list)")
async def unapproved_apps(about: About) -> frozenset[str]:
    """Approved is what the catalogue knows, by id, name or alias; "standard" means the standard set."""
    known = {"standard"}
    for system in about.directory.systems.values():
        known |= {n.casefold() for n in (system.id, system.name, *system.aliases)}
    asked = about.call.arguments.get("apps")
    return frozenset(str(a) for a in asked if str(a).casefold() not in known) if isinstance(asked, list | tuple) else frozenset()
