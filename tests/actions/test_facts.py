from __future__ import annotations

import typing
from typing import Any

import pytest

from bot.domain.directory import Directory
from bot.domain.facts import MISSING
from bot.errors import TryLater
from tests.actions.conftest import DIRECTORY, DOMAIN, REGISTRY
from tests.contracts.test_actions import KNOWN, sample
from tests.contracts.world import NOW

PAIRS = sorted((f, a) for f, d in REGISTRY.facts.items() for a in (REGISTRY.actions if "*" in d.actions else d.actions))


def test_facts_name_actions_that_exist_and_speak() -> None:
    for fact in REGISTRY.facts.values():
        assert fact.actions and all(a == "*" or a in REGISTRY.actions for a in fact.actions), fact.name
        assert fact.returns in (bool, int, str, frozenset[str]), fact.name
        assert fact.sentence and not fact.sentence.endswith(".")
        if fact.capability is not None:
            assert fact.unserved is not MISSING, f"{fact.name}: say what to assume where nobody serves {fact.capability.name}"
            assert isinstance(fact.unserved, typing.get_origin(fact.returns) or fact.returns)


@pytest.mark.parametrize(("name", "action"), PAIRS)
async def test_every_fact_answers_for_every_action_it_matters_to(name: str, action: str, about: Any, fact: Any) -> None:
    declared = REGISTRY.facts[name]
    call = sample(REGISTRY.action(action), {**KNOWN, "device": "BWL-1018"})
    for served in (True, False):
        value = await fact(name, about(action, served=served, **call.arguments))
        assert isinstance(value, typing.get_origin(declared.returns) or declared.returns)


async def test_customers_are_counted(about: Any, fact: Any) -> None:
    revoke = about("access.revoke", person="john.smith", system="email")
    assert await fact("upcoming_customer_meetings", revoke) == 4
    assert await fact("upcoming_customer_meetings", about("access.revoke", person="john.smith", system="email", served=False)) == 1
    assert await fact("upcoming_customer_meetings", about("calendar.reassign", from_="jane.doe")) == 0


async def test_hosting_a_customer_now(about: Any, fact: Any) -> None:
    assert await fact("hosting_customer_meeting", about("device.lock", person="chloe.martin")) is True
    assert await fact("hosting_customer_meeting", about("device.lock", person="john.smith")) is False


async def test_legal_hold_by_flag_by_mailbox_and_by_device(about: Any, fact: Any, demo: Any) -> None:
    assert await fact("legal_hold", about("access.revoke", person="victor.hale", system="email", served=False)) is True
    victor = DIRECTORY.person(f"victor.hale@{DOMAIN}")
    assert await fact("legal_hold", about("device.wipe", device=victor.devices[0].serial)) is True
    with demo.client.transaction() as db:
        db.execute("UPDATE mailbox SET legal_hold = 1 WHERE email = ?", (f"tom.becker@{DOMAIN}",))
    assert await fact("legal_hold", about("access.revoke", person="tom.becker", system="email")) is True
    assert await fact("legal_hold", about("access.revoke", person="tom.becker", system="email", served=False)) is False


async def test_an_outage_is_not_taken_for_an_answer(about: Any, fact: Any, demo: Any) -> None:
    demo.trouble("mailbox", "try later", times=9)
    with pytest.raises(TryLater):
        await fact("legal_hold", about("access.revoke", person="john.smith", system="email"))


async def test_administrators(about: Any, fact: Any, demo: Any) -> None:
    grace = about("account.disable", person="grace.kim")
    assert await fact("is_admin", grace) is True and await fact("last_admin", grace) is False
    with demo.client.transaction() as db:
        db.execute("UPDATE account SET admin = 0 WHERE email = ?", (f"priya.nair@{DOMAIN}",))
    assert await fact("last_admin", grace) is True
    assert await fact("last_admin", about("account.disable", person="grace.kim", served=False)) is False, "the record has two flagged"
    assert await fact("is_admin", about("account.disable", person="john.smith")) is False


async def test_seats(about: Any, fact: Any) -> None:
    assert await fact("seats_free", about("access.grant", person="john.smith", system="tableau")) == 0
    assert await fact("seats_free", about("access.grant", person="john.smith", system="tableau", served=False)) == 0
    assert await fact("seats_free", about("access.grant", person="john.smith", system="slack")) == 1_000_000
    assert await fact("seats_free", about("access.grant", person="john.smith", system="figma")) == 7


async def test_holding_already(about: Any, fact: Any) -> None:
    for served in (True, False):
        assert await fact("already_held", about("access.grant", person="john.smith", system="slack", served=served)) is True
        assert await fact("already_held", about("access.grant", person="john.smith", system="slack", level="admin", served=served)) is False
        assert await fact("already_held", about("access.grant", person="john.smith", system="figma", served=served)) is False
    assert await fact("already_held", about("access.grant", person="not.there.yet", system="slack")) is False


async def test_conflicting_duties_both_ways(about: Any, fact: Any) -> None:
    assert await fact("conflicting_duties", about("access.grant", person="ingrid.larsen", system="payments")) == {"netsuite"}
    assert await fact("conflicting_duties", about("access.grant", person="aisha.bello", system="netsuite")) == {"payments"}
    assert await fact("conflicting_duties", about("access.grant", person="aisha.bello", system="figma")) == frozenset()
    said = {"payments": {}, "netsuite": {"conflicts_with": "payments, figma"}}
    one_way = [s.model_copy(update={"attributes": said.get(s.id, s.attributes)}) for s in DIRECTORY.systems.values()]
    company = Directory(DIRECTORY.people.values(), one_way, (), [g for p in DIRECTORY.people for g in DIRECTORY.grants_of(p)])
    wanted = about("access.grant", person="ingrid.larsen", system="payments", company=company)
    assert await fact("conflicting_duties", wanted) == {"netsuite"}


async def test_days_asked_for(about: Any, fact: Any) -> None:
    for arguments, days in (({"duration": "P14D"}, 14), ({"until": "2026-12-07"}, 14), ({"duration": "PT4H"}, 1), ({}, 100_000)):
        assert await fact("grant_days", about("access.grant", person="john.smith", system="figma", **arguments)) == days
    assert await fact("membership_days", about("group.add", person="john.smith", group="design", duration="P1W")) == 7


async def test_contract_end(about: Any, fact: Any) -> None:
    assert await fact("days_to_contract_end", about("access.grant", person="john.abara", system="figma")) == 60
    assert await fact("days_to_contract_end", about("access.grant", person="john.smith", system="figma")) == 100_000
    assert await fact("person_active", about("access.grant", person="walter.fink", system="figma")) is False
    assert await fact("person_active", about("access.grant", person="john.smith", system="figma")) is True


async def test_expiry_and_freeze(about: Any, fact: Any) -> None:
    assert await fact("grant_expired", about("access.revoke", person="ahmed.saleh", system="aws-prod")) is False
    assert await fact("change_freeze", about("access.grant", person="john.smith", system="warehouse")) is True
    assert await fact("change_freeze", about("access.grant", person="john.smith", system="figma")) is False
    late = [g.model_copy(update={"until": NOW}) for g in DIRECTORY.grants_of(f"ahmed.saleh@{DOMAIN}")]
    company = Directory(DIRECTORY.people.values(), DIRECTORY.systems.values(), (), late)
    assert await fact("grant_expired", about("access.revoke", person="ahmed.saleh", system="aws-prod", company=company)) is True


async def test_mail_that_leaves_the_company(about: Any, fact: Any) -> None:
    forward = {"from_": "john.smith"}
    assert await fact("forwards_outside", about("mailbox.forward", to="me@private.example", **forward)) is True
    assert await fact("forwards_outside", about("mailbox.forward", to="walter.fink", **forward)) is True, "no longer one of us"
    assert await fact("forwards_outside", about("mailbox.forward", to="ROSA.DELGADO", **forward)) is False
    assert await fact("successor_ok", about("mailbox.delegate", to="john.smith", **forward)) is False
    assert await fact("successor_ok", about("mailbox.delegate", to="rosa.delgado", **forward)) is True
    assert await fact("mailbox_covered", about("access.revoke", person="ravi.kumar", system="email")) is True
    assert await fact("mailbox_covered", about("access.revoke", person="john.smith", system="email")) is False


@pytest.mark.parametrize(
    ("person", "asked", "kind", "problem"),
    [
        ("jane.doe", "home", "home", ""),
        ("jane.doe", "4127 NE Willowmere Street, Apt 3B, Portland, OR 97211, USA", "home", ""),
        ("jane.doe", "office", "office", ""),
        ("jane.doe", "9 Other Road, Salem, OR 97301", "other", ""),
        ("jane.doe", "PO Box 12, Salem, OR 97301", "other", "PO box"),
        ("yuki.tanaka", "home", "home", "PO box"),
        ("tom.becker", "home", "home", "no home address on file"),
    ],
)
async def test_where_it_is_shipped(about: Any, fact: Any, person: str, asked: str, kind: str, problem: str) -> None:
    for action in ("device.ship", "device.provision"):
        ship = about(action, person=person, ship_to=asked)
        assert await fact("ship_kind", ship) == kind
        assert await fact("ship_problem", ship) == problem


async def test_whose_device(about: Any, fact: Any) -> None:
    assert await fact("device_of_subject", about("device.lock", device="BWL-1018", person="john.smith")) is True
    assert await fact("device_of_subject", about("device.lock", device="BWL-1018", person="rosa.delgado")) is False
    assert await fact("device_of_subject", about("device.lock", device="BWL-1018", speaker="john.smith")) is True
    assert await fact("device_of_subject", about("device.lock", device="BWL-1018", speaker="sam.okafor")) is False
    assert await fact("device_seen_days", about("device.lock", device="BWL-1018")) == 0
    assert await fact("device_seen_days", about("device.lock", device="BWL-1003")) == 40
    assert await fact("device_seen_days", about("device.lock", device="BWL-2001")) == 10_000
    assert await fact("days_since_last_use", about("license.reclaim", system="figma", person="john.carter")) == 95


async def test_for_cause(about: Any, fact: Any) -> None:
    assert await fact("for_cause", about("account.offboard", person="john.smith", for_cause=True)) is True
    assert await fact("for_cause", about("account.offboard", person="john.smith", reason="Terminated FOR CAUSE")) is True
    assert await fact("for_cause", about("account.offboard", person="john.smith", reason="resigned")) is False


async def test_apps_the_company_does_not_know(about: Any, fact: Any) -> None:
    install = about("software.install", person="john.smith", apps=["Figma", "Snow White", "standard"])
    assert await fact("unapproved_apps", install) == {"Snow White"}
