from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actions.spans import after, end, moment, readable
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.people import Standing
from bot.errors import BadArguments
from tests.actions.conftest import DIRECTORY, DOMAIN, REGISTRY
from tests.contracts.world import NOW, OFFERS

JOHN = f"john.smith@{DOMAIN}"
ROSA = f"rosa.delgado@{DOMAIN}"


async def resolved(about: Any) -> Call | None:
    resolve = REGISTRY.action(about.call.action).resolve
    assert resolve is not None
    return await resolve(about)


@pytest.mark.parametrize(
    ("duration", "until"),
    [
        ("P14D", "2026-12-07"),
        ("P2W", "2026-12-07"),
        ("P3M", "2027-02-23"),
        ("P1Y", "2027-11-23"),
        ("PT4H", "2026-11-23T13:00:00Z"),
        ("P1DT12H", "2026-11-24T21:00:00Z"),
    ],
)
async def test_a_duration_becomes_an_end(about: Any, duration: str, until: str) -> None:
    call = await resolved(about("access.grant", person="john.smith", system="figma", duration=duration))
    assert call is not None
    assert call.arguments == {"person": JOHN, "system": "figma", "level": "member", "until": until}


def test_months_end_where_the_shorter_month_ends() -> None:
    assert after(datetime(2027, 1, 31, tzinfo=UTC), "P1M") == "2027-02-28"
    assert after(datetime(2028, 2, 29, tzinfo=UTC), "P1Y") == "2029-02-28"


@pytest.mark.parametrize("duration", ["14 days", "P", "PT", "P-3D", "P1.5D", "P9999999D", "p14d", "P999999Y"])
async def test_a_duration_that_is_none_is_refused_not_dropped(about: Any, duration: str) -> None:
    with pytest.raises(BadArguments):
        await resolved(about("access.grant", person="john.smith", system="figma", duration=duration))


@pytest.mark.parametrize("until", ["2026-02-30", "2026-13-01", "2026-12-24T25:00Z"])
def test_a_day_that_is_none_is_refused(until: str) -> None:
    with pytest.raises(BadArguments, match="calendar"):
        end(until)


async def test_an_unresolved_duration_never_becomes_an_open_end(demo: Any) -> None:
    grant = REGISTRY.action("access.grant")
    assert grant.run is not None
    args = grant.parse(Call(action="access.grant", arguments={"person": JOHN, "system": "figma", "duration": "P1D"}))
    with pytest.raises(BadArguments, match="end date"):
        await grant.run(args, OFFERS["demo"]["access"](demo.client, "k"))


async def test_of_two_ends_the_earlier_counts(about: Any) -> None:
    call = await resolved(about("access.grant", person="john.smith", system="figma", duration="P3D", until="2026-12-24"))
    assert call is not None and call.arguments["until"] == "2026-11-26"


async def test_asking_again_does_not_take_a_level_away(about: Any) -> None:
    call = await resolved(about("access.grant", person="grace.kim", system="aws-prod"))
    assert call is not None and call.arguments["level"] == "admin"


def test_a_day_lasts_to_its_end_and_moments_survive() -> None:
    assert end("2026-12-07") == datetime(2026, 12, 8, tzinfo=UTC)
    odd = datetime(2026, 12, 7, 13, 5, 6, 789, tzinfo=UTC)
    assert end(moment(odd)) == odd
    assert readable(end("2026-12-07")) == " until 7 December 2026"
    assert readable(odd) == " until 7 December 2026, 13:05 UTC"


def test_access_and_membership_for_a_time_end_by_themselves() -> None:
    for name, arguments, gone in (
        ("group.add", {"person": JOHN, "group": "design", "until": "2026-12-07"}, "group.remove"),
        ("mailbox.forward", {"from": JOHN, "to": ROSA, "until": "2026-12-07"}, "mailbox.unforward"),
        ("mailbox.delegate", {"from": JOHN, "to": ROSA, "until": "2026-12-07"}, "mailbox.undelegate"),
    ):
        action = REGISTRY.action(name)
        assert action.ends is not None
        ending = action.ends(action.parse(Call(action=name, arguments=arguments)))
        assert ending is not None and ending[0] == datetime(2026, 12, 8, tzinfo=UTC) and ending[1].action == gone
        REGISTRY.action(gone).parse(ending[1])
        assert action.ends(action.parse(Call(action=name, arguments={k: v for k, v in arguments.items() if k != "until"}))) is None
    grant = REGISTRY.action("access.grant")
    assert grant.record is not None
    (effect,) = grant.record(grant.parse(Call(action="access.grant", arguments={"person": JOHN, "system": "figma", "until": "2026-12-07"})))
    assert effect.model_dump()["until"] == datetime(2026, 12, 8, tzinfo=UTC)


def test_a_revocation_for_a_later_day_waits_for_it() -> None:
    revoke = REGISTRY.action("access.revoke")
    assert revoke.due is not None
    later = revoke.parse(Call(action="access.revoke", arguments={"person": JOHN, "system": "slack", "when": "2026-12-07"}))
    assert revoke.due(later) == datetime(2026, 12, 7, tzinfo=UTC)
    assert revoke.due(later.model_copy(update={"when": None})) is None


async def test_meetings_go_to_the_senior_colleague(about: Any) -> None:
    call = await resolved(about("calendar.reassign", from_="john.smith"))
    assert call is not None
    assert call.arguments == {"from": JOHN, "to": ROSA, "since": "2026-11-23T09:00:00Z"}


async def test_whom_the_request_named_takes_over(about: Any, beside: Any) -> None:
    tom = f"tom.becker@{DOMAIN}"
    revoke = about("access.revoke", person="john.smith", system="email", known={"to": tom})
    for companion in ("calendar.reassign", "mailbox.delegate"):
        make = REGISTRY.action(companion).companion
        assert make is not None
        call = await make(beside(revoke, companion))
        assert call is not None and (call.arguments["from"], call.arguments["to"]) == (JOHN, tom)
        REGISTRY.action(companion).parse(call)


@pytest.mark.parametrize(
    "named", [JOHN, "nobody@elsewhere.example", f"walter.fink@{DOMAIN}", f"svc-backup@{DOMAIN}", f"ravi.kumar@{DOMAIN}"]
)
async def test_who_cannot_take_over_is_passed_over(about: Any, beside: Any, named: str) -> None:
    make = REGISTRY.action("calendar.reassign").companion
    assert make is not None
    call = await make(beside(about("access.revoke", person="john.smith", system="email", known={"to": named}), "calendar.reassign"))
    assert call is not None and call.arguments["to"] == ROSA


async def test_among_equals_the_one_with_fewer_meetings_takes_over(about: Any) -> None:
    """Rosa away, there are an account executive and others of the same rank; those on legal hold and those leaving are left out."""
    people = [p.model_copy(update={"status": Standing.LEAVE}) if p.email == ROSA else p for p in DIRECTORY.people.values()]
    company = Directory(people, DIRECTORY.systems.values(), DIRECTORY.groups.values())
    call = await resolved(about("calendar.reassign", from_="john.smith", company=company))
    assert call is not None and call.arguments["to"] == f"bianca.rossi@{DOMAIN}"


async def test_with_nobody_left_the_manager_takes_over_and_then_nobody(about: Any) -> None:
    sales = {p.email for p in DIRECTORY.people.values() if p.department == "Sales"} - {JOHN, f"sam.okafor@{DOMAIN}"}
    people = [p for p in DIRECTORY.people.values() if p.email not in sales]
    call = await resolved(about("calendar.reassign", from_="john.smith", company=Directory(people)))
    assert call is not None and call.arguments["to"] == f"sam.okafor@{DOMAIN}"
    alone = Directory([DIRECTORY.person(JOHN).model_copy(update={"manager": None}), DIRECTORY.person(f"alice.brandt@{DOMAIN}")])
    assert await resolved(about("calendar.reassign", from_="john.smith", speaker="alice.brandt", company=alone)) is None


async def test_only_upcoming_meetings_move_and_exactly_those_come_back(about: Any, demo: Any) -> None:
    call = await resolved(about("calendar.reassign", from_="john.smith"))
    assert call is not None
    reassign, restore = REGISTRY.action("calendar.reassign"), REGISTRY.action("calendar.restore")
    calendar = OFFERS["demo"]["calendar"]
    assert reassign.run is not None and restore.run is not None
    outcome = await reassign.run(reassign.parse(call), calendar(demo.client, "k"))
    hers = await calendar(demo.client).meetings(ROSA, NOW, NOW + timedelta(days=60))
    assert len(hers) == 8 and "6 meetings, 4 with customers" in outcome.said
    past = await calendar(demo.client).meetings(JOHN, NOW - timedelta(days=30), NOW + timedelta(days=60))
    assert [m.title for m in past] == ["Litware: kick-off"]
    assert outcome.undo is not None
    await restore.run(restore.parse(outcome.undo), calendar(demo.client, "back"))
    assert len(await calendar(demo.client).meetings(ROSA, NOW, NOW + timedelta(days=60))) == 2


@pytest.mark.parametrize("action", ["device.lock", "device.wipe", "software.install"])
async def test_a_persons_only_device_is_meant(about: Any, action: str) -> None:
    apps = {"apps": ["Figma"]} if action == "software.install" else {}
    for served in (True, False):
        call = await resolved(about(action, person="john.smith", served=served, **apps))
        assert call is not None and call.arguments["device"] == "BWL-1018"
        assert await resolved(about(action, person="grace.kim", served=served, **apps)) is None, "a laptop and a phone: ask which"
        assert await resolved(about(action, person="jane.doe", served=served, **apps)) is None, "has none"


async def test_a_device_needs_a_serial_or_a_person() -> None:
    with pytest.raises(BadArguments, match="device, person"):
        REGISTRY.action("device.wipe").parse(Call(action="device.wipe", arguments={"reason": "lost"}))


async def test_home_and_office_become_the_addresses_on_file(about: Any) -> None:
    home = await resolved(about("device.ship", person="jane.doe", device="BWL-2001", ship_to="Home"))
    office = await resolved(about("device.ship", person="john.smith", device="BWL-2001", ship_to="the office"))
    asked = await resolved(about("device.ship", person="jane.doe", device="BWL-2001", ship_to="1 Main St, Salem, OR 97301"))
    unknown = await resolved(about("device.ship", person="tom.becker", device="BWL-2001", ship_to="home"))
    assert home is not None and home.arguments["ship_to"] == "4127 NE Willowmere Street, Apt 3B, Portland, OR 97211, USA"
    assert office is not None and "40 Tannery Lane" in office.arguments["ship_to"]
    assert asked is not None and asked.arguments["ship_to"] == "1 Main St, Salem, OR 97301"
    assert unknown is not None and unknown.arguments["ship_to"] == "home"


async def test_the_longest_unused_licence_is_reclaimed(about: Any) -> None:
    call = await resolved(about("license.reclaim", system="figma"))
    assert call is not None and call.arguments == {"system": "figma", "person": f"john.carter@{DOMAIN}"}
    assert await resolved(about("license.reclaim", system="salesforce")) is None
    named = await resolved(about("license.reclaim", system="figma", person="lucy.chen"))
    assert named is not None and named.arguments["person"] == f"lucy.chen@{DOMAIN}"
