from __future__ import annotations

from typing import Any

import pytest

from bot.domain.people import Standing
from bot.errors import NotFound
from tests.actions.conftest import DIRECTORY, DOMAIN, REGISTRY
from tests.contracts.world import NOW, OFFERS

JOHN = f"john.smith@{DOMAIN}"
ROSA = f"rosa.delgado@{DOMAIN}"


async def expanded(about: Any) -> list[Any]:
    action = REGISTRY.action(about.call.action)
    assert action.expand is not None
    calls = await action.expand(about)
    for call in calls:
        REGISTRY.action(call.action).parse(call)
    return calls


def names(calls: list[Any]) -> list[str]:
    return [c.action for c in calls]


async def test_an_offboarding_takes_back_everything_the_record_knows(about: Any) -> None:
    calls = await expanded(about("account.offboard", person="john.carter"))
    john = DIRECTORY.person(f"john.carter@{DOMAIN}")
    assert {c.arguments["system"] for c in calls if c.action == "access.revoke"} == {g.system for g in DIRECTORY.grants_of(john.email)}
    assert "badge" in {c.arguments["system"] for c in calls if c.action == "access.revoke"}, (
        "no vendor serves it, and still it is taken back"
    )
    assert {c.arguments["group"] for c in calls if c.action == "group.remove"} == DIRECTORY.groups_of(john.email)
    assert [c.arguments["device"] for c in calls if c.action == "device.lock"] == [d.serial for d in john.devices]
    assert [c.arguments["summary"] for c in calls if c.action == "ticket.create"] == [
        f"Collect laptop {john.devices[0].serial} from {john.email}"
    ]


async def test_work_is_handed_over_before_the_account_ends(about: Any) -> None:
    calls = await expanded(about("account.offboard", person="john.smith", last_day="2026-12-04"))
    assert names(calls)[:3] == ["calendar.reassign", "mailbox.delegate", "account.disable"]
    assert calls[0].arguments == {"from": JOHN, "to": ROSA} and calls[1].arguments["to"] == ROSA


async def test_for_cause_sign_in_ends_first_and_at_once(about: Any) -> None:
    calls = await expanded(about("account.offboard", person="john.smith", last_day="2026-12-04", for_cause=True))
    assert names(calls)[:2] == ["account.disable", "device.lock"]
    assert names(calls)[-2:] == ["calendar.reassign", "mailbox.delegate"]
    disable = REGISTRY.action("account.disable")
    assert disable.due is not None and disable.due(disable.parse(calls[0])) is None
    said = await expanded(about("account.offboard", person="john.smith", reason="let go for cause"))
    assert names(said)[0] == "account.disable"


async def test_a_planned_account_ends_once_the_last_day_is_over(about: Any) -> None:
    calls = await expanded(about("account.offboard", person="john.smith", last_day="2026-12-04"))
    call = next(c for c in calls if c.action == "account.disable")
    disable = REGISTRY.action("account.disable")
    assert disable.due is not None and disable.record is not None
    due = disable.due(disable.parse(call))
    assert due is not None and due.isoformat() == "2026-12-05T00:00:00+00:00"
    (effect,) = disable.record(disable.parse(call))
    assert effect.model_dump()["fields"] == {"status": Standing.OFFBOARDED.value, "end_date": "2026-12-04"}


async def test_undoing_an_offboarding_gives_back_standing_and_end_date(about: Any, demo: Any) -> None:
    contractor = f"john.abara@{DOMAIN}"
    call = next(c for c in await expanded(about("account.offboard", person="john.abara")) if c.action == "account.disable")
    disable, enable = REGISTRY.action("account.disable"), REGISTRY.action("account.enable")
    assert disable.run is not None and enable.record is not None
    outcome = await disable.run(disable.parse(call), OFFERS["demo"]["identity"](demo.client, "k"))
    (effect,) = enable.record(enable.parse(outcome.undo))
    assert effect.model_dump() == {"kind": "person.changed", "person": contractor, "fields": {"status": "active", "end_date": "2027-01-22"}}


async def test_a_named_successor_takes_over(about: Any) -> None:
    calls = await expanded(about("account.offboard", person="john.smith", to="tom.becker"))
    assert {c.arguments["to"] for c in calls if "to" in c.arguments} == {f"tom.becker@{DOMAIN}"}


async def test_onboarding_gives_what_everybody_has_and_what_was_asked_for(about: Any) -> None:
    calls = await expanded(
        about(
            "account.onboard",
            name="Zoë Ångström",
            role="SDR",
            manager="sam.okafor",
            start_date="2026-12-01",
            systems=["salesforce"],
            ship_to="office",
        )
    )
    person = f"zoe.angstrom@{DOMAIN}"
    assert calls[0].arguments == {
        "person": person,
        "name": "Zoë Ångström",
        "title": "SDR",
        "department": "Sales",
        "manager": f"sam.okafor@{DOMAIN}",
        "location": "London",
        "start_date": "2026-12-01",
    }
    birthright = {s.id for s in DIRECTORY.systems.values() if "birthright" in s.approval}
    assert {c.arguments["system"] for c in calls if c.action == "access.grant"} == birthright | {"salesforce"}
    assert {c.arguments["group"] for c in calls if c.action == "group.add"} == {"all-staff", "sales"}
    assert calls[-1].action == "device.provision" and calls[-1].arguments == {"person": person, "ship_to": "office"}


async def test_a_newcomer_with_a_known_name_gets_an_address_of_their_own(about: Any) -> None:
    calls = await expanded(about("account.onboard", name="John Smith"))
    assert calls[0].arguments["person"] == f"john.smith2@{DOMAIN}"
    nameless = await expanded(about("account.onboard", name="李小龙"))
    assert nameless[0].arguments["person"] == f"new@{DOMAIN}"


async def test_provisioning_chooses_the_device_and_shows_it(about: Any) -> None:
    calls = await expanded(about("device.provision", person="jane.doe", apps=["standard", "Figma", "figma"], ship_to="home"))
    assert names(calls) == ["device.reserve", "device.enroll", "device.ship"]
    assert {c.arguments["device"] for c in calls} == {"BWL-2001"}
    assert calls[0].arguments["model"] == "MacBook Air 13"
    assert calls[1].arguments["apps"] == ["Chrome", "Slack", "Zoom", "Office", "1Password", "VPN client", "Figma"]
    assert calls[2].arguments["ship_to"] == "home"


@pytest.mark.parametrize(
    ("model", "serial"), [("ThinkPad", "BWL-2006"), ("macbook pro", "BWL-2004"), ("laptop", "BWL-2001"), (None, "BWL-2001")]
)
async def test_the_model_asked_for_is_handed_out(about: Any, model: str | None, serial: str) -> None:
    wanted = {"model": model} if model else {}
    calls = await expanded(about("device.provision", person="jane.doe", **wanted))
    assert names(calls) == ["device.reserve", "device.enroll"]
    assert calls[0].arguments["device"] == serial


async def test_what_is_not_in_stock_is_said(about: Any) -> None:
    with pytest.raises(NotFound, match="no Commodore 64 in stock"):
        await expanded(about("device.provision", person="jane.doe", model="Commodore 64"))


async def test_without_a_device_vendor_a_human_chooses(about: Any) -> None:
    calls = await expanded(about("device.provision", person="jane.doe", model="ThinkPad", ship_to="home", served=False))
    assert [c.arguments.get("device") for c in calls] == [None, None, None]
    assert calls[0].arguments == {"person": f"jane.doe@{DOMAIN}", "model": "ThinkPad"}


def test_the_clock_of_these_tests_is_the_day_the_company_was_written() -> None:
    assert NOW.date().isoformat() == "2026-11-23"
