"""Parcels: send a device to somebody's home or an office, or call it back."""

from __future__ import annotations

import re

from actions.devices import chosen
from actions.reading import known
from bot.sdk import About, Address, Arguments, Call, Change, DeviceRef, Outcome, PersonRef, Risk, Shipping, action, fact

HOME = "home"
OFFICE = "office"


class Ship(Arguments):
    person: PersonRef
    ship_to: Address
    device: DeviceRef | None = None


class Recall(Arguments):
    device: DeviceRef


@action(
    "device.ship",
    title="Ship a device",
    sentence="Ship [{device} ]to {person} at {ship_to}",
    risk=Risk.MEDIUM,
    undo="device.recall",
    offered=False,
)
async def ship(args: Ship, shipping: Shipping) -> Outcome:
    serial = chosen(args.device, "device.ship")
    under_way = await shipping.find(serial)
    if under_way is not None:
        return Outcome.already(f"{serial} is under way already: {under_way.carrier} {under_way.tracking}.", tracking=under_way.tracking)
    shipment = await shipping.ship(serial, args.person, args.ship_to)
    return Outcome.done(
        f"{serial} is on its way to {args.person}: {shipment.carrier}, tracking {shipment.tracking}.",
        before="not shipped",
        after=f"{shipment.carrier} {shipment.tracking}",
        undo=Call(action="device.recall", arguments={"device": serial}),
        tracking=shipment.tracking,
        carrier=shipment.carrier,
    )


@ship.preview
async def _(args: Ship, shipping: Shipping) -> Change:
    under_way = await shipping.find(args.device) if args.device else None
    before = f"{under_way.carrier} {under_way.tracking}" if under_way else "not shipped"
    return Change(before=before, after=f"parcel to {args.ship_to}")


@ship.resolve
async def _(about: About) -> Call | None:
    """ "home" and "office" as postal addresses, so that the plan shows where the parcel goes; as asked where none is on file."""
    shipping, given = about.offer(Shipping), dict(about.call.arguments)
    kind = word(str(given.get("ship_to") or ""))
    if shipping is None or kind not in (HOME, OFFICE):
        return about.call
    address = await _filed(about, shipping, kind)
    return Call(action="device.ship", arguments={**given, "ship_to": address}) if address else about.call


async def on_file(about: About, shipping: Shipping, kind: str) -> str | None:
    """The person's home address, or that of the office they work at; None where the vendor has none."""
    if kind == HOME:
        return await shipping.home_address(str(about.call.arguments.get("person")))
    person = about.person()
    location = str(about.call.arguments.get("location") or (person.location if person else ""))
    return await shipping.office_address(location)


def word(address: str) -> str:
    """ "home" or "office" where that is all an address says, else the address with its spaces evened out."""
    plain = re.sub(r"\s+", " ", address).strip(" .,").casefold()
    if plain in ("home", "her home", "his home", "their home", "my home", "home address"):
        return HOME
    return OFFICE if plain in ("office", "the office", "my office", "work") else plain


@action(
    "device.recall",
    title="Call a parcel back",
    sentence="Cancel the shipment of {device}",
    risk=Risk.LOW,
    subject="device",
    offered=False,
)
async def recall(args: Recall, shipping: Shipping) -> Outcome:
    under_way = await shipping.find(args.device)
    if under_way is None or not await shipping.cancel(under_way.tracking):
        return Outcome.already(f"{args.device} is not under way.")
    return Outcome.done(f"The shipment of {args.device} is cancelled.", before=under_way.tracking, after="not shipped")


@recall.preview
async def _(args: Recall, shipping: Shipping) -> Change:
    under_way = await shipping.find(args.device)
    return Change(before=under_way.tracking if under_way else "not shipped", after="not shipped")


_SENDING = ("device.ship", "device.provision", "account.onboard")


@fact(*_SENDING, sentence='where it goes: "home", "office" or "other"; "none" where nothing is shipped')
async def ship_kind(about: About) -> str:
    """An address counts as home or office where it is the one on file, however "home" was put when it was asked for."""
    asked = word(str(about.call.arguments.get("ship_to") or ""))
    if asked in ("", HOME, OFFICE):
        return asked or "none"
    shipping = about.offer(Shipping)
    for kind in (HOME, OFFICE):
        if word(await _filed(about, shipping, kind) or "") == asked:
            return kind
    return "other"


@fact(*_SENDING, sentence='why nothing may be shipped there, "" where nothing is wrong with the address')
async def ship_problem(about: About) -> str:
    asked = str(about.call.arguments.get("ship_to") or "")
    if word(asked) not in (HOME, OFFICE):
        return about.address_problem(asked) if asked else ""
    shipping = about.offer(Shipping)
    address = await _filed(about, shipping, word(asked)) if shipping else None
    return about.address_problem(address) if address else f"no {word(asked)} address on file"


async def _filed(about: About, shipping: Shipping | None, kind: str) -> str | None:
    return await known(on_file(about, shipping, kind), None) if shipping else None
