"""Devices: hand one out with its apps, lock it, wipe it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.sdk import (
    About,
    Address,
    Arguments,
    BadArguments,
    Call,
    Change,
    DeviceAssigned,
    DeviceRef,
    DeviceReturned,
    Devices,
    DeviceState,
    Is,
    Kind,
    NotFound,
    Outcome,
    PersonRef,
    Risk,
    Text,
    action,
    fact,
)

STANDARD_PROFILE = "standard"
STANDARD_APPS = ("Chrome", "Slack", "Zoom", "Office", "1Password", "VPN client")
"""What "standard apps" means here."""

NEVER_SEEN = 10_000
"""Days that stand for a device that never reported, or of which nobody knows."""

Apps = Annotated[tuple[str, ...], Is(Kind.TEXT), Field(description="names of apps", max_length=50)]


class Provision(Arguments):
    person: PersonRef
    model: Text | None = None
    apps: Apps | None = None
    ship_to: Address | None = None


class Lock(Arguments):
    device: DeviceRef | None = None
    person: PersonRef | None = None
    reason: Text | None = None
    one_of = (("device", "person"),)


class Wipe(Lock):
    pass


class Reserve(Arguments):
    person: PersonRef
    device: DeviceRef | None = None
    model: Text | None = None


class Release(Arguments):
    device: DeviceRef
    person: PersonRef


class Enroll(Arguments):
    person: PersonRef | None = None
    device: DeviceRef | None = None
    profile: Text = STANDARD_PROFILE
    apps: Apps = STANDARD_APPS


class Unenroll(Arguments):
    device: DeviceRef
    profile: Text | None = None
    apps: Apps = ()


class Unlock(Arguments):
    device: DeviceRef


def standard(apps: tuple[str, ...] | list[str] | None) -> list[str]:
    """The apps meant: the standard ones where none or "standard" are named, each once."""
    named = list(apps or ("standard",))
    spread = [a for app in named for a in (STANDARD_APPS if app.casefold() in ("standard", "standard apps") else (app,))]
    return list({a.casefold(): a for a in spread}.values())


def chosen(device: str | None, action: str) -> str:
    """The serial; BadArguments where the plan could not settle on a device."""
    if device is None:
        raise BadArguments(f"{action}: it is not clear which device is meant; please give its serial.")
    return device


async def only_device(about: About, name: str) -> Call | None:
    """The call with the person's only device; as it is where a device is named, None where there is none or several."""
    given = dict(about.call.arguments)
    if given.get("device"):
        return Call(action=name, arguments=given)
    owner = str(given.get("person"))
    devices = about.offer(Devices)
    person = about.directory.people.get(owner)
    serials = [d.serial for d in await devices.owned(owner)] if devices else [d.serial for d in person.devices] if person else []
    return Call(action=name, arguments={**given, "device": serials[0]}) if len(serials) == 1 else None


@action(
    "device.provision",
    title="Provide a laptop",
    sentence="Provide a [{model} ]laptop for {person}[ with {apps}][, shipped to {ship_to}]",
    examples=(
        "provision a laptop for {person}",
        "provision a laptop with standard apps for {person} and ship it to {ship_to}",
        "provision a laptop with {apps} for {person}",
        "order a {model} for {person}",
        "send {person} a new laptop to {ship_to}",
        "{person} needs a laptop",
        "{person} needs a {model} in the office",
        "set up a laptop for {person}",
        "get {person} a computer",
        "ship a laptop to {person} at {ship_to}",
        "I need a new laptop",
        "issue {person} a {model}",
    ),
    risk=Risk.MEDIUM,
)
async def provision(about: About, args: Provision) -> list[Call]:
    devices = about.offer(Devices)
    free = await in_stock(devices, args.model) if devices else None
    device = {"device": free.serial} if free else {}
    model = {"model": free.model} if free else {"model": args.model} if args.model else {}
    steps = [
        Call(action="device.reserve", arguments={"person": args.person, **device, **model}),
        Call(
            action="device.enroll",
            arguments={"person": args.person, **device, "profile": STANDARD_PROFILE, "apps": standard(args.apps)},
        ),
    ]
    if args.ship_to:
        steps.append(Call(action="device.ship", arguments={"person": args.person, **device, "ship_to": args.ship_to}))
    return steps


async def in_stock(devices: Devices, model: str | None) -> DeviceState:
    """The device to hand out: of the model asked for, the first by serial; NotFound where the stock has none."""
    wanted = (model or "").strip()
    generic = wanted.casefold() in ("", "laptop", "computer", "notebook")
    stock = [d for d in await devices.stock("" if generic else wanted) if d.kind == "laptop"]
    if not stock:
        raise NotFound(f"There is no {wanted or 'laptop'} in stock.")
    return min(stock, key=lambda d: d.serial)


@action(
    "device.reserve",
    title="Reserve a device",
    sentence="Reserve [{model} ][{device} ]from stock for {person}",
    risk=Risk.LOW,
    undo="device.release",
    offered=False,
)
async def reserve(args: Reserve, devices: Devices) -> Outcome:
    serial = chosen(args.device, "device.reserve")
    state = await devices.device(serial)
    if not await devices.assign(serial, args.person):
        return Outcome.already(f"{serial} is reserved for {args.person} already.", device=serial)
    return Outcome.done(
        f"{state.model} {serial} is reserved for {args.person}.",
        before="in stock",
        after=f"{args.person}'s",
        undo=Call(action="device.release", arguments={"device": serial, "person": args.person}),
        device=serial,
    )


@reserve.preview
async def _(args: Reserve, devices: Devices) -> Change:
    return await _handed(args.device, f"{args.person}'s", devices)


@reserve.resolve
async def _(about: About) -> Call | None:
    """The device from stock that will be handed out, so that the plan shows it."""
    given, devices = dict(about.call.arguments), about.offer(Devices)
    if given.get("device") or devices is None:
        return about.call
    free = await in_stock(devices, given.get("model"))
    return Call(action="device.reserve", arguments={**given, "device": free.serial, "model": free.model})


@reserve.record
def _(args: Reserve) -> tuple[DeviceAssigned, ...]:
    return (DeviceAssigned(person=args.person, serial=args.device, model=args.model or ""),) if args.device else ()


@action(
    "device.release",
    title="Put a device back",
    sentence="Put {device} back into stock",
    risk=Risk.LOW,
    undo="device.reserve",
    offered=False,
)
async def release(args: Release, devices: Devices) -> Outcome:
    if not await devices.assign(args.device, None):
        return Outcome.already(f"{args.device} is in stock.")
    return Outcome.done(
        f"{args.device} is back in stock.",
        before=f"{args.person}'s",
        after="in stock",
        undo=Call(action="device.reserve", arguments={"device": args.device, "person": args.person}),
    )


@release.preview
async def _(args: Release, devices: Devices) -> Change:
    return await _handed(args.device, "in stock", devices)


@release.record
def _(args: Release) -> tuple[DeviceReturned, ...]:
    return (DeviceReturned(serial=args.device),)


async def _handed(serial: str | None, after: str, devices: Devices) -> Change:
    owner = (await devices.device(serial)).owner if serial else None
    return Change(before=f"{owner}'s" if owner else "in stock", after=after)


@action(
    "device.enroll",
    title="Set up a device",
    sentence="Set up [{device} ]with the {profile} profile and {apps}",
    risk=Risk.LOW,
    undo="device.unenroll",
    offered=False,
)
async def enroll(args: Enroll, devices: Devices) -> Outcome:
    serial = chosen(args.device, "device.enroll")
    before = await devices.device(serial)
    if not await devices.enroll(serial, args.profile, args.apps):
        return Outcome.already(f"{serial} is set up like that already.")
    return Outcome.done(
        f"{serial} is set up with the {args.profile} profile and {', '.join(args.apps) or 'no apps'}.",
        before=_setup(before.profile, before.software),
        after=_setup(args.profile, args.apps),
        undo=Call(action="device.unenroll", arguments=_as_it_was(before)),
    )


def _setup(profile: str | None, apps: tuple[str, ...]) -> str:
    return f"{profile} profile with {', '.join(apps) or 'no apps'}" if profile else "not managed"


def _as_it_was(before: DeviceState) -> dict[str, object]:
    managed = {"profile": before.profile} if before.profile else {}
    return {"device": before.serial, **managed, "apps": list(before.software)}


@enroll.preview
async def _(args: Enroll, devices: Devices) -> Change:
    before = await devices.device(args.device) if args.device else None
    return Change(before=_setup(before.profile, before.software) if before else "", after=_setup(args.profile, args.apps))


@action(
    "device.unenroll",
    title="Take a device out of management",
    sentence="Set {device} up as it was before",
    risk=Risk.LOW,
    undo="device.enroll",
    subject="device",
    offered=False,
)
async def unenroll(args: Unenroll, devices: Devices) -> Outcome:
    before = await devices.device(args.device)
    if not await devices.enroll(args.device, args.profile, args.apps):
        return Outcome.already(f"{args.device} is set up like that already.")
    return Outcome.done(
        f"{args.device} is set up as it was before.",
        before=_setup(before.profile, before.software),
        after=_setup(args.profile, args.apps),
        undo=Call(action="device.unenroll", arguments=_as_it_was(before)),
    )


@unenroll.preview
async def _(args: Unenroll, devices: Devices) -> Change:
    before = await devices.device(args.device)
    return Change(before=_setup(before.profile, before.software), after=_setup(args.profile, args.apps))


@action(
    "device.lock",
    title="Lock a device",
    sentence="Lock [{person}'s device ]{device}",
    examples=(
        "lock {person}'s laptop",
        "lock {device}",
        "lock the device {device}",
        "lock my laptop",
        "I lost my laptop",
        "my laptop was stolen",
        "{person}'s laptop was stolen, lock it",
        "{person} lost the laptop",
        "remotely lock {person}'s computer",
        "lock down {device}",
    ),
    risk=Risk.MEDIUM,
    undo="device.unlock",
)
async def lock(args: Lock, devices: Devices) -> Outcome:
    serial = chosen(args.device, "device.lock")
    if not await devices.lock(serial):
        return Outcome.already(f"{serial} is locked already.")
    return Outcome.done(
        f"{serial} is locked.", before="unlocked", after="locked", undo=Call(action="device.unlock", arguments={"device": serial})
    )


@lock.preview
async def _(args: Lock, devices: Devices) -> Change:
    return Change(before=await _locked(args.device, devices), after="locked")


@lock.resolve
async def _(about: About) -> Call | None:
    return await only_device(about, "device.lock")


@action(
    "device.unlock",
    title="Unlock a device",
    sentence="Unlock {device}",
    risk=Risk.MEDIUM,
    undo="device.lock",
    subject="device",
    offered=False,
)
async def unlock(args: Unlock, devices: Devices) -> Outcome:
    if not await devices.unlock(args.device):
        return Outcome.already(f"{args.device} is not locked.")
    return Outcome.done(
        f"{args.device} is unlocked.",
        before="locked",
        after="unlocked",
        undo=Call(action="device.lock", arguments={"device": args.device}),
    )


@unlock.preview
async def _(args: Unlock, devices: Devices) -> Change:
    return Change(before=await _locked(args.device, devices), after="unlocked")


async def _locked(serial: str | None, devices: Devices) -> str:
    return "" if serial is None else "locked" if (await devices.device(serial)).locked else "unlocked"


@action(
    "device.wipe",
    title="Wipe a device",
    sentence="Erase everything on [{person}'s device ]{device}",
    examples=(
        "wipe {person}'s laptop",
        "wipe {device}",
        "erase {device}",
        "erase everything on {person}'s laptop",
        "factory reset {device}",
        "remotely wipe {person}'s computer",
        "wipe my laptop",
        "do a remote wipe of {device}",
    ),
    risk=Risk.HIGH,
)
async def wipe(args: Wipe, devices: Devices) -> Outcome:
    serial = chosen(args.device, "device.wipe")
    if not await devices.wipe(serial):
        return Outcome.already(f"{serial} has been erased already.")
    return Outcome.done(f"{serial} is being erased.", before="data on it", after="erased")


@wipe.preview
async def _(args: Wipe, devices: Devices) -> Change:
    erased = args.device is not None and (await devices.device(args.device)).wiped
    return Change(before="erased" if erased else "data on it", after="erased, for good")


@wipe.resolve
async def _(about: About) -> Call | None:
    return await only_device(about, "device.wipe")


_TOUCHING = ("device.lock", "device.wipe", "device.unlock", "device.release", "device.ship", "device.enroll", "software.install")


@fact(
    *_TOUCHING,
    sentence="whether the device is the named person's, or with nobody named the asker's (no where no vendor knows)",
    unserved=False,
)
async def device_of_subject(about: About, devices: Devices) -> bool:
    serial = about.call.arguments.get("device")
    whose = about.call.arguments.get("person") or about.speaker.email
    return bool(serial) and (await devices.device(str(serial))).owner == whose


@fact(
    "device.lock",
    "device.wipe",
    "device.unlock",
    sentence="days since the device last reported (10000: never, or nobody knows)",
    unserved=NEVER_SEEN,
)
async def device_seen_days(about: About, devices: Devices) -> int:
    serial = about.call.arguments.get("device")
    seen = (await devices.device(str(serial))).last_seen if serial else None
    return NEVER_SEEN if seen is None else max(0, (about.now - seen).days)


@fact("device.lock", "device.wipe", sentence="whether the device's disk is encrypted (no where no vendor knows)", unserved=False)
async def device_encrypted(about: About, devices: Devices) -> bool:
    serial = about.call.arguments.get("device")
    return bool(serial) and (await devices.device(str(serial))).encrypted
