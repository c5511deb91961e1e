"""Devices: lock, unlock and wipe them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from actions.reading import known
from bot.sdk import (
    About,
    Arguments,
    BadArguments,
    Call,
    Change,
    DeviceRef,
    Devices,
    Is,
    Kind,
    Outcome,
    PersonRef,
    Risk,
    Text,
    action,
    fact,
)

NEVER_SEEN = 10_000
"""Days that stand for a device that never reported, or of which nobody knows."""

Apps = Annotated[tuple[str, ...], Is(Kind.TEXT), Field(description="names of apps", max_length=50)]


class Lock(Arguments):
    device: DeviceRef | None = None
    person: PersonRef | None = None
    reason: Text | None = None
    one_of = (("device", "person"),)


class Wipe(Lock):
    pass


class Unlock(Arguments):
    device: DeviceRef


def chosen(device: str | None, action: str) -> str:
    """The serial; BadArguments where the plan could not settle on a device."""
    if device is None:
        raise BadArguments(f"{action}: it is not clear which device is meant; please give its serial.")
    return device


async def only_device(about: About, name: str) -> Call | None:
    """The call with the person's only device; None where there is none or several. Where only a device is named, with the person
    who has it, so that policy sees whom it is about."""
    given = dict(about.call.arguments)
    if given.get("device"):
        holder = about.directory.device(str(given["device"]))
        return Call(action=name, arguments={"person": holder[0].email, **given} if holder else given)
    owner = str(given.get("person"))
    devices = about.offer(Devices)
    person = about.directory.people.get(owner)
    serials = [d.serial for d in await known(devices.owned(owner), ())] if devices else [d.serial for d in person.devices] if person else []
    return Call(action=name, arguments={**given, "device": serials[0]}) if len(serials) == 1 else None


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
    if (await devices.device(serial)).locked or not await devices.lock(serial):
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
    if not (await devices.device(args.device)).locked or not await devices.unlock(args.device):
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
    if (await devices.device(serial)).wiped or not await devices.wipe(serial):
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
