"""Every transcript in this folder, played on a fresh demo company. What must be true after each of them is checked as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.capabilities import Calendar, Mailbox
from bot.domain.people import Standing
from bot.ledger.chain import verify
from tests.conversations.conftest import DOMAIN, Stage

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(p.name for p in HERE.glob("*.txt"))
JOHN, ROSA, TOM, ADA, EMILY = (f"{n}@{DOMAIN}" for n in ("john.smith", "rosa.delgado", "tom.becker", "ada.byron", "emily.clarke"))


async def held(stage: Stage, person: str) -> set[str]:
    """The systems that somebody holds, by the record."""
    return {g.system for g in (await stage.app.ledger.directory()).grants_of(person)}


async def john_is_out_and_rosa_takes_over(stage: Stage) -> None:
    assert not {"email", "slack"} & await held(stage, JOHN)
    soon = stage.clock(), stage.clock() + timedelta(days=60)
    calendar = stage.app.vendors.offer("demo", Calendar)
    assert not await calendar.meetings(JOHN, *soon)
    assert len([m for m in await calendar.meetings(ROSA, *soon) if m.customer]) >= 4
    assert ROSA in (await stage.app.vendors.offer("demo", Mailbox).state(JOHN)).delegates


async def nothing_changed(stage: Stage) -> None:
    assert stage.services() == stage.before


async def johns_email_is_gone(stage: Stage) -> None:
    assert "email" not in await held(stage, JOHN) and "slack" in await held(stage, JOHN)


async def jane_has_one_laptop_under_way(stage: Stage) -> None:
    jane = (await stage.app.ledger.directory()).person(f"jane.doe@{DOMAIN}")
    (parcel,) = stage.services()["shipment"]
    assert [d.serial for d in jane.devices] == [parcel[3]]


async def tom_has_left(stage: Stage) -> None:
    directory = await stage.app.ledger.directory()
    assert directory.person(TOM).status is Standing.OFFBOARDED
    assert not await held(stage, TOM)
    assert not [g for g in directory.groups.values() if TOM in g.members]


async def ada_can_start(stage: Stage) -> None:
    assert {"email", "slack", "zoom", "salesforce"} <= await held(stage, ADA)
    assert (await stage.app.ledger.directory()).person(ADA).manager == f"sam.okafor@{DOMAIN}"


async def emily_has_no_notion(stage: Stage) -> None:
    assert "jira" not in await held(stage, EMILY)


AFTER: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "scene1-answer.txt": nothing_changed,
    "scene2-remove-access.txt": john_is_out_and_rosa_takes_over,
    "scene3-laptop-matching-id.txt": jane_has_one_laptop_under_way,
    "scene3-laptop-near-miss.txt": jane_has_one_laptop_under_way,
    "scene3-laptop-refused.txt": nothing_changed,
    "scene4-instruction.txt": johns_email_is_gone,
    "scene5-declined.txt": nothing_changed,
    "scene5-undone.txt": nothing_changed,
    "offboarding.txt": tom_has_left,
    "onboarding.txt": ada_can_start,
    "access-for-a-while.txt": emily_has_no_notion,
    "talk-to-a-human.txt": nothing_changed,
    "secrets-are-masked.txt": nothing_changed,
    "not-entitled.txt": nothing_changed,
    "injection.txt": nothing_changed,
    "words-that-ask-for-nothing.txt": nothing_changed,
    "tickets.txt": nothing_changed,
    "second-thoughts.txt": nothing_changed,
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_the_conversation_goes_as_written(stage: Stage, name: str) -> None:
    played = await stage.play(HERE / name)
    assert played.ok, "\n".join(["", *played.problems, "", "What was said last:", *played.transcript[-40:]])
    if name in AFTER:
        await AFTER[name](stage)
    await _record_and_services_agree(stage)
    await _nobody_met_silence(stage)
    proof = await verify(stage.app.ledger)
    assert proof.whole, str(proof)


async def _record_and_services_agree(stage: Stage) -> None:
    """What the record says people hold is what the services give them; systems served by humans are in no service."""
    directory = await stage.app.ledger.directory()
    by_hand = {s.id for s in directory.systems.values() if not s.vendor}
    recorded = {(p, g.system) for p in directory.people for g in directory.grants_of(p) if g.system not in by_hand}
    served = {(str(row[0]), str(row[1])) for row in stage.services()["holding"]}
    assert recorded == served


async def _nobody_met_silence(stage: Stage) -> None:
    """Whoever opened a ticket was told something in its thread."""
    for ticket in await stage.app.ledger.tickets(limit=100):
        if ticket.requester.endswith(DOMAIN):
            assert await stage.app.ledger.posts(place=ticket.place), ticket


def test_each_scene_of_the_request_has_a_transcript() -> None:
    said = "\n".join((HERE / name).read_text("utf-8") for name in TRANSCRIPTS if name.startswith("scene"))
    for sentence in (
        "> Why isn't my Microsoft Teams microphone working?\n",
        "> Remove John's access to email and Slack.\n",
        "> Provision a laptop with standard apps for Jane and ship it to her home.\n",
        "> When deactivating John's email, reassign upcoming sales meetings to a colleague.\n",
    ):
        assert sentence in said
    assert set(AFTER) <= set(TRANSCRIPTS)
