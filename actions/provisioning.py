"""Handing a device out: reserve it from stock and set it up."""

from __future__ import annotations

from actions.devices import Apps, chosen
from bot.sdk import (
    About,
    Address,
    Arguments,
    Call,
    Change,
    DeviceAssigned,
    DeviceRef,
    DeviceReturned,
    Devices,
    DeviceState,
    NotFound,
    Outcome,
    PersonRef,
    Risk,
    Text,
    action,
)

STANDARD_PROFILE = "standard"
STANDARD_APPS = ("Chrome", "Slack", "Zoom", "Office", "1Password", "VPN client")
"""What "standard apps" means here."""


class Provision(Arguments):
    person: PersonRef
    model: Text | None = None
    apps: Apps | None = None
    ship_to: Address | None = None


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


def standard(apps: tuple[str, ...] | list[str] | None) -> list[str]:
    """The apps meant: the standard ones where none or "standard" are named, each once."""
    named = list(apps or ("standard",))
    spread = [a for app in named for a in (STANDARD_APPS if app.casefold() in ("standard", "standard apps") else (app,))]
    return list({a.casefold(): a for a in reversed(spread)}.values())[::-1]


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
    if state.owner == args.person or not await devices.assign(serial, args.person):
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
    if (await devices.device(args.device)).owner is None or not await devices.assign(args.device, None):
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
    if _is_set_up(before, args.profile, args.apps) or not await devices.enroll(serial, args.profile, args.apps):
        return Outcome.already(f"{serial} is set up like that already.")
    return Outcome.done(
        f"{serial} is set up with the {args.profile} profile and {', '.join(args.apps) or 'no apps'}.",
        before=_setup(before.profile, before.software),
        after=_setup(args.profile, args.apps),
        undo=Call(action="device.unenroll", arguments=_as_it_was(before)),
    )


def _is_set_up(state: DeviceState, profile: str | None, apps: tuple[str, ...]) -> bool:
    return state.profile == profile and {a.casefold() for a in state.software} == {a.casefold() for a in apps}


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
    if _is_set_up(before, args.profile, args.apps) or not await devices.enroll(args.device, args.profile, args.apps):
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
