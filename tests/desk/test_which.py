"""One clarifying question: where twins for different platforms fit equally well, the desk asks which is meant, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.desk.which import Case, Which, picked
from bot.domain.messages import Form
from bot.domain.tickets import Place, TicketStatus
from bot.settings import Settings
from tests.desk.conftest import Clock, Desk, Room
from tests.language_model.endpoint import Endpoint, called, start, streams

QUESTION = "how do i sync my device by hand"
WINDOWS, MAC = "devices/sync-windows.md", "devices/sync-mac.md"
FRONT = """---
title: {}
owner: mei.lin@brightwater.example
audience: [{}]
reviewed: 2026-07-20
review_every: 1 year
asked_as: [{}]
---

{}
"""
BODY = "1. Open the Company app on {}.\n2. Choose **Sync**, and wait until it says that it is done."

Opened = Callable[..., Any]


def write(folder: Path, path: str, title: str, body: str, audience: str = "everyone") -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(FRONT.format(title, audience, title.lower(), body))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Knowledge with twins, and pages about other things."""
    folder = tmp_path / "kb"
    write(folder, WINDOWS, "Sync your Windows device by hand", BODY.format("the Start menu"))
    write(folder, MAC, "Sync your Mac device by hand", BODY.format("the Dock"))
    write(folder, "a/printer.md", "Printer does not print", "1. Switch the printer off and on.\n2. Restart the spooler.")
    write(folder, "a/vpn.md", "Connecting to the VPN", "1. Open GlobalProtect.\n2. Sign in with Okta.")
    write(folder, "a/lost.md", "Lost or stolen laptop", "1. Call the help desk at once.")
    return folder


@pytest.fixture
def opened(tmp_path: Path, folder: Path, clock: Clock) -> Opened:
    @asynccontextmanager
    async def one(**settings: Any) -> AsyncIterator[Desk]:
        room = Room()
        app = await open_app(Settings(data_dir=tmp_path / "data", knowledge_dir=folder, **settings), [room], clock=clock)
        try:
            yield Desk(app, room, clock)
        finally:
            await app.close()

    return one


@pytest.fixture
async def desk(opened: Opened) -> AsyncIterator[Desk]:
    async with opened() as one:
        yield one


def value(form: Form, label: str) -> str:
    """What the button of this name carries."""
    return next(c.value for c in form.fields[0].choices if c.label == label)


async def asked(desk: Desk, who: str = "Rosa Delgado", text: str = QUESTION) -> tuple[Place, Form]:
    place = await desk.say(who, text)
    return place, await desk.last(place, "form")


async def kinds(desk: Desk, place: Place) -> list[str]:
    return [p.reply.kind for p in await desk.posts(place)]


async def told(desk: Desk, place: Place, kind: str) -> list[dict[str, Any]]:
    return [e.data for e in await desk.ledger.entries((await desk.ticket(place)).id) if e.kind == kind]


async def test_it_asks_which_one_and_answers_from_the_one_that_was_chosen(desk: Desk) -> None:
    place, form = await asked(desk)
    assert [c.label for c in form.fields[0].choices][-1] == "None of these" and "human" in {b.verb for b in form.buttons}
    assert {c.label: c.detail for c in form.fields[0].choices[:-1]} == {
        "Windows": "Sync your Windows device by hand",
        "Mac": "Sync your Mac device by hand",
    }
    assert await kinds(desk, place) == ["form"] and (await desk.ticket(place)).status is TicketStatus.WAITING
    await desk.choose("Rosa Delgado", place, value(form, "Mac"))
    answer = await desk.last(place, "answer")
    assert "Dock" in answer.text and "Start menu" not in answer.text and [c.path for c in answer.citations] == [MAC]
    assert {"helpful", "unhelpful", "human"} <= {b.verb for b in answer.buttons}
    settled = await desk.last(place, "form")
    assert settled.settled == "Mac" and not settled.buttons
    assert (await desk.ticket(place)).status is TicketStatus.ANSWERED and not (await desk.ticket(place)).draft


async def test_the_record_says_that_it_asked_and_what_was_chosen_in_paths(desk: Desk) -> None:
    place, form = await asked(desk)
    await desk.choose("Rosa Delgado", place, value(form, "Windows"))
    (before,), (after,) = await told(desk, place, "answer.asked"), await told(desk, place, "answer")
    assert set(before["articles"]) == {WINDOWS, MAC} and QUESTION not in str(before)
    assert after["chosen"] == WINDOWS and after["articles"] == [WINDOWS]


@pytest.mark.parametrize("reply", ["the mac one", "Mac", "macOS!", "it's a MacBook pro", "I have a mac", "  mac. "])
async def test_words_choose_as_a_button_does(desk: Desk, reply: str) -> None:
    place, _ = await asked(desk)
    await desk.say("Rosa Delgado", reply, place.thread)
    assert [c.path for c in (await desk.last(place, "answer")).citations] == [MAC]
    assert (await desk.last(place, "form")).settled == "Mac"
    assert len(await told(desk, place, "understood")) == 1, "the reply is no sentence to be understood"


async def test_a_number_chooses_in_the_order_of_the_buttons(desk: Desk) -> None:
    place, form = await asked(desk)
    await desk.say("Rosa Delgado", "2", place.thread)
    assert (await desk.last(place, "form")).settled == form.fields[0].choices[1].label


@pytest.mark.parametrize("reply", ["printer does not print", "how do i connect to the vpn on my mac?"])
async def test_something_else_is_heard_as_usual_and_the_buttons_are_settled(desk: Desk, reply: str) -> None:
    place, form = await asked(desk)
    await desk.say("Rosa Delgado", reply, place.thread)
    assert [c.path for c in (await desk.last(place, "answer")).citations] in (["a/printer.md"], ["a/vpn.md"])
    assert (await desk.last(place, "form")).settled
    await desk.press("Rosa Delgado", place, "form", form.id, which=value(form, "Mac"))
    assert "no longer open" in (await desk.last(place, "status")).text
    assert len([k for k in await kinds(desk, place) if k == "answer"]) == 1


async def test_a_request_instead_is_a_request(desk: Desk) -> None:
    place, _ = await asked(desk)
    await desk.say("Rosa Delgado", "I need access to Figma", place.thread)
    assert (await desk.plan(place)).requested[0].action == "access.grant" and (await desk.last(place, "form")).settled


async def test_it_asks_once_in_a_thread(desk: Desk) -> None:
    place, form = await asked(desk)
    await desk.choose("Rosa Delgado", place, value(form, "Mac"))
    await desk.say("Rosa Delgado", "and how do i sync the other device by hand?", place.thread)
    assert len(await told(desk, place, "answer.asked")) == 1 and len(await told(desk, place, "answer")) == 2


async def test_none_of_these_is_an_honest_i_dont_know_with_a_human(desk: Desk) -> None:
    place, form = await asked(desk)
    await desk.choose("Rosa Delgado", place, value(form, "None of these"))
    reply = await desk.last(place, "text")
    assert "I don't know" in reply.text and [b.verb for b in reply.buttons] == ["human"]
    (none,) = await told(desk, place, "answer.none")
    assert none["chosen"] == "none" and set(none["nearest"]) == {WINDOWS, MAC}
    await desk.press("Rosa Delgado", place, reply.buttons[0])
    assert (await desk.ticket(place)).status is TicketStatus.ESCALATED


async def test_nobody_else_chooses(desk: Desk) -> None:
    place, form = await asked(desk)
    for verb_value in (value(form, "Mac"), "none"):
        await desk.press("Tom Becker", place, "form", form.id, which=verb_value)
    assert "answer" not in await kinds(desk, place) and not (await desk.last(place, "form")).settled
    assert "Only the person who asked" in (await desk.last(place, "status")).text


@pytest.mark.parametrize("forged", ["9", "0", "-1", "", MAC, "a/lost.md", "١", ["1"], None])
async def test_a_click_carries_a_number_and_nothing_else_is_believed(desk: Desk, forged: Any) -> None:
    place, form = await asked(desk)
    await desk.press("Rosa Delgado", place, "form", form.id, which=forged)
    assert "answer" not in await kinds(desk, place) and (await desk.ticket(place)).draft, "the question stays open"


async def test_a_second_press_finds_it_settled(desk: Desk) -> None:
    place, form = await asked(desk)
    await desk.choose("Rosa Delgado", place, value(form, "Mac"))
    await desk.choose("Rosa Delgado", place, value(form, "Windows"))
    assert [c.path for c in (await desk.last(place, "answer")).citations] == [MAC]
    assert "no longer open" in (await desk.last(place, "status")).text


@pytest.mark.parametrize("change", ["gone", "restricted"])
async def test_an_article_that_may_no_longer_be_read_gets_a_plain_sentence(desk: Desk, folder: Path, change: str) -> None:
    place, form = await asked(desk)
    if change == "gone":
        (folder / MAC).unlink()
    else:
        write(folder, MAC, "Sync your Mac device by hand", BODY.format("the Dock"), audience="it-helpdesk")
    desk.app.library.refresh()
    await desk.choose("Rosa Delgado", place, value(form, "Mac"))
    reply = await desk.last(place, "text")
    assert "no longer there, or not for you to read" in reply.text and [b.verb for b in reply.buttons] == ["human"]
    assert "answer" not in await kinds(desk, place) and "Dock" not in str(await desk.posts(place))


async def test_a_twin_for_the_staff_alone_makes_no_question_for_others(desk: Desk, folder: Path) -> None:
    write(folder, MAC, "Sync your Mac device by hand", BODY.format("the Dock"), audience="it-helpdesk")
    desk.app.library.refresh()
    place = await desk.say("Rosa Delgado", QUESTION)
    assert [c.path for c in (await desk.last(place, "answer")).citations] == [WINDOWS] and "Mac" not in str(await desk.posts(place))


async def test_where_others_read_along_a_twin_for_the_staff_is_asked_about_in_private(desk: Desk, folder: Path) -> None:
    write(folder, MAC, "Sync your Mac device by hand", BODY.format("the Dock"), audience="it-helpdesk")
    desk.app.library.refresh()
    open_place = Place(channel="room", conversation="#help", thread="t1")
    await desk.hear("Mei Lin", open_place, text=QUESTION, named=True, begins=True)
    private = desk.room.direct("mei.lin@brightwater.example", (await desk.ticket(open_place)).id)
    form = await desk.last(private, "form")
    await desk.press("Mei Lin", private, "form", form.id, which=value(form, "Mac"))
    assert [c.path for c in (await desk.last(private, "answer")).citations] == [MAC]
    assert (await desk.last(private, "form")).settled == "Mac"
    assert "Mac" not in str(await desk.posts(open_place)) and "Dock" not in str(await desk.posts(open_place))


async def test_a_request_does_not_put_a_private_question_into_the_thread(desk: Desk, folder: Path) -> None:
    write(folder, MAC, "Sync your Mac device by hand", BODY.format("the Dock"), audience="it-helpdesk")
    desk.app.library.refresh()
    open_place = Place(channel="room", conversation="#help", thread="t1")
    await desk.hear("Mei Lin", open_place, text=QUESTION, named=True, begins=True)
    await desk.hear("Mei Lin", open_place, text="I need access to Figma", named=True)
    assert "Mac" not in str(await desk.posts(open_place))


async def test_while_a_human_looks_after_it_nothing_is_asked(desk: Desk) -> None:
    place = await desk.say("Rosa Delgado", "I want to talk to a human")
    await desk.say("Rosa Delgado", QUESTION, place.thread, named=True)
    assert not await told(desk, place, "answer.asked")


async def test_a_deleted_question_takes_the_asking_back(desk: Desk) -> None:
    place = await desk.say("Rosa Delgado", QUESTION, id="first")
    await desk.press("Rosa Delgado", place, "withdraw", "first")
    assert (await desk.last(place, "form")).settled and not (await desk.ticket(place)).draft


async def test_with_a_model_the_answer_is_written_from_the_chosen_article(opened: Opened) -> None:
    endpoint = Endpoint(aside=called(("answer_question", {})))
    runner = await start(endpoint)
    try:
        endpoint.says(streams("1. Open the Company app on the Dock. [1]\n"))
        async with opened(language_model_url=endpoint.url, language_model_name="scripted", answers_by_model_seconds=2) as desk:
            place, form = await asked(desk)
            await desk.choose("Rosa Delgado", place, value(form, "Mac"))
            answer = await desk.last(place, "answer")
            (entry,) = await told(desk, place, "answer")
    finally:
        await runner.cleanup()
    assert answer.text == "1. Open the Company app on the Dock." and [c.path for c in answer.citations] == [MAC] and entry["written"]
    assert "Start menu" not in str(endpoint.asked), "the other article is not shown to the model"


CASES = Which(
    question=QUESTION,
    cases=(
        Case(path="a", label="Windows", words=("windows", "win10", "pc")),
        Case(path="b", label="Mac", words=("mac", "macbook", "os x")),
        Case(path="c", label="2016"),
    ),
)


@pytest.mark.parametrize(
    ("reply", "chosen"),
    [
        ("windows", "1"), ("On a PC", "1"), ("os x", "2"), ("my macbook", "2"), ("2016", "3"), ("third", "3"), ("the 2nd one", "2"),
        ("none of these", "none"), ("neither", "none"), ("no", "none"), ("none", "none"),
        ("", ""), ("4", ""), ("windows and mac", ""), ("I need windows", ""), ("is it for windows?", ""), ("thanks", ""),
        ("no, I need access to Figma", ""), ("the machine", ""), ("forget it, I want a new mac from the shop please", ""),
        ("mac " * 2000, ""),
    ],
)  # fmt: skip
def test_what_a_reply_in_words_chooses(reply: str, chosen: str) -> None:
    assert picked(reply, CASES) == chosen
