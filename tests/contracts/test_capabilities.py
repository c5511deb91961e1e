"""The contract of every capability, over every vendor that implements it."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.capabilities import CAPABILITIES, Capability
from bot.domain.people import Person
from bot.errors import NotFound, Refused, TryLater
from tests.contracts.world import BY_NAME, FOLDER, NOW, OFFERS, VENDORS

Known = Mapping[str, Any]
Use = Callable[[Any, Known], Awaitable[Any]]
SPAN = (NOW, NOW + timedelta(days=60))


@dataclass(frozen=True)
class Move:
    """A write that changes something, what changes it back exactly, and what must have been done before."""

    method: str
    do: Use
    back: Use | None = None
    before: Use | None = None
    seen: Use | None = None
    """Reads what the write is about: it must differ afterwards."""


async def _ids(c: Any, person: str) -> list[str]:
    return [m.id for m in await c.meetings(person, *SPAN)]


async def _hand_over(c: Any, k: Known) -> Any:
    mine = await _ids(c, k["person"])
    return await c.hand_over(mine or await _ids(c, k["colleague"]), k["colleague"])


async def _hand_back(c: Any, k: Known) -> Any:
    return await c.hand_over(await _ids(c, k["colleague"]), k["person"])


async def _both_calendars(c: Any, k: Known) -> Any:
    return await _ids(c, k["person"]), await _ids(c, k["colleague"])


async def _free(c: Any, k: Known) -> str:
    return str(min(d.serial for d in await c.stock(k["model"])))


async def _reserve(c: Any, k: Known) -> Any:
    mine = [d.serial for d in await c.owned(k["person"]) if d.model == k["model"]]
    return await c.assign(mine[0] if mine else await _free(c, k), k["person"])


async def _put_back(c: Any, k: Known) -> Any:
    return await c.assign(next(d.serial for d in await c.owned(k["person"]) if d.model == k["model"]), None)


async def _restore_setup(c: Any, k: Known) -> Any:
    return await c.enroll(k["device"], k["profile"], (await c.device(k["device"])).software)


async def _clear(c: Any, k: Known) -> Any:
    """The colleague's own meetings out of the way, so that what comes over can be told apart."""
    return await c.hand_over(await _ids(c, k["colleague"]), k["locked_person"])


NEW = Person(id="n", name="New Comer", email="new.comer@brightwater.example")

MOVES: dict[str, list[Move]] = {
    "identity": [
        Move("disable", lambda c, k: c.disable(k["person"]), lambda c, k: c.enable(k["person"]), seen=lambda c, k: c.account(k["person"])),
        Move("enable", lambda c, k: c.enable(k["person"]), lambda c, k: c.disable(k["person"]), lambda c, k: c.disable(k["person"])),
        Move("unlock", lambda c, k: c.unlock(k["locked_person"]), seen=lambda c, k: c.account(k["locked_person"])),
        Move("reset_password", lambda c, k: c.reset_password(k["person"])),
        Move("reset_mfa", lambda c, k: c.reset_mfa(k["person"]), seen=lambda c, k: c.account(k["person"])),
        Move("create", lambda c, k: c.create(NEW), lambda c, k: c.delete(NEW.email)),
        Move("delete", lambda c, k: c.delete(NEW.email), lambda c, k: c.create(NEW), lambda c, k: c.create(NEW)),
    ],
    "groups": [
        Move(
            "add",
            lambda c, k: c.add(k["person"], k["group_not_joined"]),
            lambda c, k: c.remove(k["person"], k["group_not_joined"]),
            seen=lambda c, k: c.members(k["group_not_joined"]),
        ),
        Move(
            "remove",
            lambda c, k: c.remove(k["person"], k["group"]),
            lambda c, k: c.add(k["person"], k["group"]),
            seen=lambda c, k: c.members(k["group"]),
        ),
    ],
    "access": [
        Move(
            "grant",
            lambda c, k: c.grant(k["person"], k["system_not_held"], "read", NOW + timedelta(days=14, hours=3)),
            lambda c, k: c.revoke(k["person"], k["system_not_held"]),
            seen=lambda c, k: c.holding(k["person"], k["system_not_held"]),
        ),
        Move(
            "revoke",
            lambda c, k: c.revoke(k["person"], k["system"]),
            lambda c, k: c.grant(k["person"], k["system"], "member", None),
            seen=lambda c, k: c.holding(k["person"], k["system"]),
        ),
    ],
    "calendar": [Move("hand_over", _hand_over, _hand_back, _clear, seen=_both_calendars)],
    "mailbox": [
        Move("forward", lambda c, k: c.forward(k["person"], k["colleague"]), lambda c, k: c.forward(k["person"], None)),
        Move("delegate", lambda c, k: c.delegate(k["person"], k["colleague"]), lambda c, k: c.undelegate(k["person"], k["colleague"])),
        Move(
            "undelegate",
            lambda c, k: c.undelegate(k["person"], k["colleague"]),
            lambda c, k: c.delegate(k["person"], k["colleague"]),
            lambda c, k: c.delegate(k["person"], k["colleague"]),
            seen=lambda c, k: c.state(k["person"]),
        ),
    ],
    "devices": [
        Move("assign", _reserve, _put_back, seen=lambda c, k: c.stock()),
        Move("enroll", lambda c, k: c.enroll(k["device"], k["profile"], [k["app"]]), seen=lambda c, k: c.device(k["device"])),
        Move("lock", lambda c, k: c.lock(k["device"]), lambda c, k: c.unlock(k["device"]), seen=lambda c, k: c.device(k["device"])),
        Move("unlock", lambda c, k: c.unlock(k["device"]), lambda c, k: c.lock(k["device"]), lambda c, k: c.lock(k["device"])),
        Move("wipe", lambda c, k: c.wipe(k["device"]), seen=lambda c, k: c.device(k["device"])),
    ],
    "software": [
        Move(
            "install",
            lambda c, k: c.install(k["device"], k["app"]),
            lambda c, k: c.remove(k["device"], k["app"]),
            seen=lambda c, k: c.installed(k["device"]),
        ),
        Move(
            "remove",
            lambda c, k: c.remove(k["device"], k["app"]),
            lambda c, k: c.install(k["device"], k["app"]),
            lambda c, k: c.install(k["device"], k["app"]),
        ),
    ],
    "shipping": [],
    "id_check": [],
}


READS: dict[str, dict[str, Use]] = {
    "identity": {"account": lambda c, k: c.account(k["person"]), "admins": lambda c, k: c.admins()},
    "groups": {"members": lambda c, k: c.members(k["group"])},
    "access": {"holding": lambda c, k: c.holding(k["person"], k["system"]), "seats": lambda c, k: c.seats(k["system"])},
    "calendar": {"meetings": lambda c, k: c.meetings(k["person"], *SPAN)},
    "mailbox": {"state": lambda c, k: c.state(k["person"])},
    "devices": {
        "device": lambda c, k: c.device(k["device"]),
        "owned": lambda c, k: c.owned(k["person"]),
        "stock": lambda c, k: c.stock(k["model"]),
    },
    "software": {"installed": lambda c, k: c.installed(k["device"])},
    "shipping": {
        "home_address": lambda c, k: c.home_address(k["person"]),
        "office_address": lambda c, k: c.office_address(k["location"]),
        "find": lambda c, k: c.find(k["device"]),
    },
    "id_check": {"read": lambda c, k: c.read(b"not a picture", "image/png")},
}

STRANGERS: dict[str, list[Use]] = {
    "identity": [
        lambda c, k: c.account(k["stranger"]),
        lambda c, k: c.disable(k["stranger"]),
        lambda c, k: c.enable(k["stranger"]),
        lambda c, k: c.unlock(k["stranger"]),
        lambda c, k: c.reset_password(k["stranger"]),
        lambda c, k: c.reset_mfa(k["stranger"]),
    ],
    "groups": [
        lambda c, k: c.members("no-such-group"),
        lambda c, k: c.add(k["stranger"], k["group"]),
        lambda c, k: c.add(k["person"], "no-such-group"),
        lambda c, k: c.remove(k["stranger"], k["group"]),
    ],
    "access": [
        lambda c, k: c.holding(k["stranger"], k["system"]),
        lambda c, k: c.holding(k["person"], "no-such-system"),
        lambda c, k: c.grant(k["stranger"], k["system"], "member", None),
        lambda c, k: c.revoke(k["stranger"], k["system"]),
        lambda c, k: c.seats("no-such-system"),
    ],
    "calendar": [
        lambda c, k: c.meetings(k["stranger"], *SPAN),
        lambda c, k: c.hand_over(["no-such-meeting"], k["colleague"]),
    ],
    "mailbox": [
        lambda c, k: c.state(k["stranger"]),
        lambda c, k: c.forward(k["stranger"], k["colleague"]),
        lambda c, k: c.delegate(k["stranger"], k["colleague"]),
        lambda c, k: c.delegate(k["person"], k["stranger"]),
        lambda c, k: c.undelegate(k["stranger"], k["colleague"]),
    ],
    "devices": [
        lambda c, k: c.device("NO-SUCH"),
        lambda c, k: c.owned(k["stranger"]),
        lambda c, k: c.assign("NO-SUCH", k["person"]),
        lambda c, k: c.enroll("NO-SUCH", k["profile"], []),
        lambda c, k: c.lock("NO-SUCH"),
        lambda c, k: c.unlock("NO-SUCH"),
        lambda c, k: c.wipe("NO-SUCH"),
    ],
    "software": [
        lambda c, k: c.installed("NO-SUCH"),
        lambda c, k: c.install("NO-SUCH", k["app"]),
        lambda c, k: c.install(k["device"], "no such app"),
        lambda c, k: c.remove("NO-SUCH", k["app"]),
    ],
    "shipping": [lambda c, k: c.ship(k["device"], k["stranger"], k["address"]), lambda c, k: c.cancel("NO-SUCH")],
    "id_check": [],
}
ALSO = {"shipping": {"ship", "cancel"}}
"""Writing methods that a test of their own covers."""

EVERY = [(v, c) for v in VENDORS for c in OFFERS[v]]
EVERY_MOVE = [pytest.param(v, c, m, id=f"{v}-{c}-{m.method}") for v, c in EVERY for m in MOVES[c]]


@pytest.mark.parametrize("capability", [c.name for c in CAPABILITIES])
def test_the_suite_knows_every_method(capability: str) -> None:
    declared = {n for n, f in inspect.getmembers(BY_NAME[capability], inspect.isfunction) if getattr(f, "__isabstractmethod__", False)}
    assert declared == {m.method for m in MOVES[capability]} | set(READS[capability]) | ALSO.get(capability, set())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_says_what_it_needs(vendor: str) -> None:
    manifest = tomllib.loads((FOLDER / vendor / "manifest.toml").read_text())
    assert manifest["title"] and manifest["docs"]
    assert set(manifest["scopes"]) == set(OFFERS[vendor])
    assert all(s["help"].endswith(".") for s in manifest["settings"].values())
    assert all(issubclass(c, Capability) for c in OFFERS[vendor].values())


@pytest.mark.parametrize(("vendor", "capability", "move"), EVERY_MOVE)
async def test_twice_is_already_so(vendor: str, capability: str, move: Move, world: Any, offer: Any) -> None:
    trial = world(vendor)
    if move.before:
        await move.before(offer(trial, vendor, capability, "before"), trial.known)
    seen = await move.seen(offer(trial, vendor, capability), trial.known) if move.seen else None
    before = trial.snapshot()
    assert await move.do(offer(trial, vendor, capability, "one"), trial.known) is True
    after = trial.snapshot()
    assert after != before
    if move.seen:
        assert await move.seen(offer(trial, vendor, capability), trial.known) != seen
    assert await move.do(offer(trial, vendor, capability, "two"), trial.known) is False
    assert trial.snapshot() == after


@pytest.mark.parametrize(("vendor", "capability", "move"), EVERY_MOVE)
async def test_the_same_key_is_the_same_as_once(vendor: str, capability: str, move: Move, world: Any, offer: Any) -> None:
    trial = world(vendor)
    if move.before:
        await move.before(offer(trial, vendor, capability, "before"), trial.known)
    assert await move.do(offer(trial, vendor, capability, "one"), trial.known) is True
    after = trial.snapshot()
    assert await move.do(offer(trial, vendor, capability, "one"), trial.known) is True
    assert trial.snapshot() == after


@pytest.mark.parametrize(("vendor", "capability", "move"), [p for p in EVERY_MOVE if p.values[2].back])
async def test_undoing_restores_exactly(vendor: str, capability: str, move: Move, world: Any, offer: Any) -> None:
    trial = world(vendor)
    if move.before:
        await move.before(offer(trial, vendor, capability, "before"), trial.known)
    before = trial.snapshot()
    await move.do(offer(trial, vendor, capability, "one"), trial.known)
    assert move.back is not None
    assert await move.back(offer(trial, vendor, capability, "back"), trial.known) is True
    assert trial.snapshot() == before


@pytest.mark.parametrize(("vendor", "capability", "move"), EVERY_MOVE)
async def test_a_write_that_may_not_happen_changes_nothing(vendor: str, capability: str, move: Move, world: Any, offer: Any) -> None:
    trial = world(vendor)
    if move.before:
        await move.before(offer(trial, vendor, capability, "before"), trial.known)
    before = trial.snapshot()
    for kind, error in (("try later", TryLater), ("refused", Refused)):
        trial.trouble(capability, kind, move.method)
        with pytest.raises(error):
            await move.do(offer(trial, vendor, capability, "one"), trial.known)
        assert trial.snapshot() == before
    assert await move.do(offer(trial, vendor, capability, "one"), trial.known) is True


@pytest.mark.parametrize(("vendor", "capability", "move"), EVERY_MOVE)
async def test_a_lost_reply_is_found_again_under_the_key(vendor: str, capability: str, move: Move, world: Any, offer: Any) -> None:
    trial = world(vendor)
    if move.before:
        await move.before(offer(trial, vendor, capability, "before"), trial.known)
    trial.trouble(capability, "reply lost", move.method)
    with pytest.raises(TryLater):
        await move.do(offer(trial, vendor, capability, "one"), trial.known)
    after = trial.snapshot()
    assert await move.do(offer(trial, vendor, capability, "one"), trial.known) is True
    assert trial.snapshot() == after


@pytest.mark.parametrize(("vendor", "capability"), EVERY)
async def test_reading_writes_nothing(vendor: str, capability: str, world: Any, offer: Any) -> None:
    trial = world(vendor)
    before = trial.snapshot()
    for read in READS[capability].values():
        one = await read(offer(trial, vendor, capability, "read"), trial.known)
        assert await read(offer(trial, vendor, capability), trial.known) == one
    assert trial.snapshot() == before


@pytest.mark.parametrize(("vendor", "capability"), EVERY)
async def test_what_is_not_there_is_not_found(vendor: str, capability: str, world: Any, offer: Any) -> None:
    trial = world(vendor)
    before = trial.snapshot()
    for ask in STRANGERS[capability]:
        with pytest.raises(NotFound) as found:
            await ask(offer(trial, vendor, capability, "ask"), trial.known)
        assert str(found.value).endswith(".")
    assert trial.snapshot() == before


@pytest.mark.parametrize("vendor", [v for v in VENDORS if "shipping" in OFFERS[v]])
async def test_a_parcel_is_booked_once(vendor: str, world: Any, offer: Any) -> None:
    trial = world(vendor)
    k, before = trial.known, trial.snapshot()
    shipment = await offer(trial, vendor, "shipping", "one").ship(k["device"], k["person"], k["address"])
    assert await offer(trial, vendor, "shipping", "one").ship(k["device"], k["person"], k["address"]) == shipment
    assert await offer(trial, vendor, "shipping").find(k["device"]) == shipment
    with pytest.raises(Refused):
        await offer(trial, vendor, "shipping", "two").ship(k["device"], k["person"], k["address"])
    assert await offer(trial, vendor, "shipping", "back").cancel(shipment.tracking) is True
    assert await offer(trial, vendor, "shipping", "back").cancel(shipment.tracking) is True
    assert await offer(trial, vendor, "shipping", "again").cancel(shipment.tracking) is False
    assert await offer(trial, vendor, "shipping").find(k["device"]) is None
    assert trial.snapshot() == before
    again = await offer(trial, vendor, "shipping", "three").ship(k["device"], k["person"], k["address"])
    assert again.tracking != shipment.tracking


@pytest.mark.parametrize("vendor", [v for v in VENDORS if "access" in OFFERS[v]])
async def test_a_system_without_free_licences_refuses(vendor: str, world: Any, offer: Any) -> None:
    trial = world(vendor)
    seats = await offer(trial, vendor, "access").seats(trial.known["system_full"])
    assert seats.total is not None and seats.used >= seats.total
    with pytest.raises(Refused):
        await offer(trial, vendor, "access", "one").grant(trial.known["person"], trial.known["system_full"], "member", None)


@pytest.mark.parametrize("vendor", [v for v in VENDORS if "devices" in OFFERS[v]])
async def test_nobody_is_handed_the_device_of_another(vendor: str, world: Any, offer: Any) -> None:
    trial = world(vendor)
    with pytest.raises(Refused):
        await offer(trial, vendor, "devices", "one").assign(trial.known["device"], trial.known["colleague"])


@pytest.mark.parametrize("vendor", [v for v in VENDORS if "id_check" in OFFERS[v]])
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "application/pdf", "text/html", ""])
@pytest.mark.parametrize("document", [b"", b"\x00" * 100, b"<html>", b"%PDF-1.7 %%EOF", b"\x89PNG\r\n\x1a\n" + b"\xff" * 200])
async def test_an_unreadable_document_is_a_clear_problem(vendor: str, media_type: str, document: bytes, world: Any, offer: Any) -> None:
    found = await offer(world(vendor), vendor, "id_check").read(document, media_type)
    assert not found.readable
    assert found.problem.endswith(".") and not found.name and not found.address
