"""The cached directory and the effects: each may come twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.outcomes import (
    DeviceAssigned,
    DeviceReturned,
    Effect,
    GrantEnded,
    GrantStarted,
    MemberAdded,
    MemberRemoved,
    PersonChanged,
)
from bot.domain.people import Standing
from bot.errors import BadInput, Unknown
from bot.ledger.importer import import_rows
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.world import ANN, BOB, CAT, COMPANY, NOW

LATER = NOW + timedelta(hours=1)
EFFECTS: list[Effect] = [
    GrantStarted(person=CAT, system="vault", level="admin", until=LATER),
    GrantEnded(person=BOB, system="email"),
    MemberAdded(person=CAT, group="ops"),
    MemberRemoved(person=BOB, group="ops"),
    PersonChanged(person=BOB, fields={"status": "offboarded", "end_date": "2026-12-01", "forwarding": "off"}),
    PersonChanged(person="New.Person@corp.example", fields={"name": "Nia New", "manager": ANN.upper()}),
    DeviceAssigned(person=BOB, serial="sn-1", model="Book 14"),
    DeviceReturned(serial="SN-1"),
]


async def test_the_directory_is_the_same_object_until_something_changes(company: SqlLedger) -> None:
    first = await company.directory()
    assert await company.directory() is first
    await company.append("x", ANN, at=NOW)
    assert await company.directory() is first
    await company.apply([GrantEnded(person=BOB, system="email")], NOW)
    second = await company.directory()
    assert (first.grants_of(BOB) != (), second.grants_of(BOB)) == (True, ())
    assert second.version > first.version


async def test_the_directory_shows_what_was_imported(company: SqlLedger) -> None:
    directory = await company.directory()
    bob = directory.person(BOB)
    assert (bob.manager, str(bob.end_date), bob.attributes) == (ANN, "2027-01-31", {"cost_center": 7})
    assert directory.person(ANN).devices[0].serial == "SN-1"
    assert directory.system("vault").approval == ("manager", "owner")
    assert directory.group("ops").members == (BOB,)
    assert directory.reports_of(ANN) == [bob, directory.person(CAT)]


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda e: e.kind)
async def test_an_effect_twice_is_an_effect_once(company: SqlLedger, effect: Effect) -> None:
    before = await company.directory()
    await company.apply([effect], NOW)
    once = await company.directory()
    assert once is not before
    await company.apply([effect, effect], LATER)
    assert await company.directory() is once  # nothing was written, not even a later moment


async def test_what_the_effects_bring_about(company: SqlLedger, where: str) -> None:
    other = open_ledger(where)
    await other.directory()
    await company.apply(EFFECTS, NOW)
    for ledger in (company, other):  # the second had the old one cached
        directory = await ledger.directory()
        grant = directory.grants_of(CAT)[0]
        assert (grant.system, grant.level, grant.since, grant.until) == ("vault", "admin", NOW, LATER)
        assert directory.grants_of(BOB) == ()
        assert directory.group("ops").members == (CAT,)
        bob = directory.person(BOB)
        assert (bob.status, str(bob.end_date), bob.attributes) == (
            Standing.OFFBOARDED,
            "2026-12-01",
            {"cost_center": 7, "forwarding": "off"},
        )
        assert bob.devices == directory.person(ANN).devices == ()
        assert directory.person("new.person@corp.example").manager == ANN
    other.close()


async def test_a_device_goes_from_one_to_the_other(company: SqlLedger) -> None:
    await company.apply([DeviceAssigned(person=CAT, serial="sn-1"), DeviceAssigned(person=CAT, serial="X-9", device="phone")], NOW)
    directory = await company.directory()
    assert directory.person(ANN).devices == ()
    assert [(d.kind, d.serial) for d in directory.person(CAT).devices] == [("laptop", "SN-1"), ("phone", "X-9")]


async def test_a_grant_takes_on_a_new_end_and_keeps_its_beginning(company: SqlLedger) -> None:
    await company.apply([GrantStarted(person=BOB, system="email", level="member", until=LATER)], NOW)
    grant = (await company.directory()).grants_of(BOB)[0]
    assert (grant.until, grant.since.year if grant.since else None) == (LATER, 2026)
    assert [g.system for g in await company.ended_grants(LATER)] == ["email"]
    assert await company.ended_grants(NOW) == []
    await company.apply([GrantEnded(person=BOB, system="email")], LATER)
    assert await company.ended_grants(LATER) == []


@pytest.mark.parametrize(
    ("effect", "error", "words"),
    [
        (GrantStarted(person="no@corp.example", system="email"), Unknown, "no person 'no@corp.example'"),
        (GrantStarted(person=BOB, system="nothing"), Unknown, "no system 'nothing'"),
        (MemberAdded(person=BOB, group="nothing"), Unknown, "no group 'nothing'"),
        (PersonChanged(person=BOB, fields={"status": "vanished"}), BadInput, "status"),
        (PersonChanged(person=BOB, fields={"email": ANN}), BadInput, "email of bob@corp.example"),
    ],
)
async def test_what_cannot_be_leaves_nothing_behind(company: SqlLedger, effect: Effect, error: type[Exception], words: str) -> None:
    before = await company.directory()
    with pytest.raises(error, match=words):
        await company.apply([MemberAdded(person=CAT, group="ops"), effect], NOW)
    assert await company.directory() is before


async def test_racing_effects_make_one_grant(company: SqlLedger, where: str) -> None:
    other = open_ledger(where)
    effect = [GrantStarted(person=CAT, system="vault")]
    await asyncio.gather(*((company, other)[n % 2].apply(effect, NOW) for n in range(12)))
    assert len((await company.directory()).grants_of(CAT)) == 1
    other.close()


async def test_readers_never_see_half_of_a_change(company: SqlLedger) -> None:
    """Every version of the directory that is seen while grants and groups change together holds both or neither."""
    seen = []

    async def look() -> None:
        for _ in range(40):
            directory = await company.directory()
            seen.append((bool(directory.grants_of(CAT)), CAT in directory.group("ops").members))

    async def change() -> None:
        for n in range(20):
            on = [GrantStarted(person=CAT, system="vault"), MemberAdded(person=CAT, group="ops")]
            off = [GrantEnded(person=CAT, system="vault"), MemberRemoved(person=CAT, group="ops")]
            await company.apply(off if n % 2 else on, NOW)

    await asyncio.gather(look(), look(), look(), change())
    assert {a == b for a, b in seen} == {True}


def test_several_event_loops_may_use_one_ledger(company: SqlLedger) -> None:
    for _ in range(3):
        assert ANN in asyncio.run(company.directory()).people


async def test_a_second_import_of_the_same_rows_keeps_the_directory(company: SqlLedger) -> None:
    before = await company.directory()
    assert not (await import_rows(company, COMPANY, now=LATER)).changed
    assert await company.directory() is before
