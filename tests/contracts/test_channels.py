"""One contract for all channels: every kind of Reply is shown, and every kind of click, form and word comes back as the same thing."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.app import demo_rows
from bot.domain.markup import clean
from bot.domain.messages import Choice, Click, Field_, Form, Post, Reply, Status, Text
from bot.domain.tickets import Place
from bot.errors import BellhopError, NotAllowed, TryLater
from bot.ledger.importer import import_rows
from bot.ledger.store import open_ledger
from tests.contracts.channels import gaps, replies
from tests.contracts.channels.gaps import SEATS, can, needs
from tests.contracts.channels.replies import (
    ATTACKED,
    ATTACKS,
    HIDDEN,
    LONG,
    ONE_OF_EACH,
    button,
    counted,
    missing,
    own_words,
    poisoned,
)
from tests.contracts.channels.seat import JOHN, PRIYA, ROSA, SAM, House, NotSent, Seen, eye, lies, steering, until
from tests.contracts.channels.stage import Ears, Stage, now


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with the demo company in it, to be copied: importing takes longer than a test."""
    folder = tmp_path_factory.mktemp("company")

    async def load() -> None:
        ledger = open_ledger(folder)
        await import_rows(ledger, demo_rows(now()))
        ledger.close()

    asyncio.run(load())
    return folder


DRAWING = [name for name in SEATS if name != "slack over HTTP"]
"""Slack draws the same whichever way it listens."""
drawing = pytest.mark.parametrize("closed", DRAWING, indirect=True)


@pytest.fixture(params=list(SEATS))
async def closed(request: pytest.FixtureRequest, tmp_path: Path, company: Path) -> AsyncIterator[Stage]:
    """A channel that has not begun to listen."""
    shutil.copytree(company, tmp_path, dirs_exist_ok=True)
    ledger, ears, seat = open_ledger(tmp_path), Ears(), SEATS[request.param]()
    await seat.open(House(tmp_path, ears, ledger, now))
    yield Stage(seat, ledger, ears)
    await seat.close()
    ledger.close()


@pytest.fixture
async def stage(closed: Stage) -> Stage:
    await closed.seat.start()
    return closed


# What is shown -----------------------------------------------------------------------------------------------------------------------


KINDS = sorted({name.partition(" ")[0] for name in ONE_OF_EACH})


@drawing
@pytest.mark.parametrize("kind", KINDS)
async def test_all_that_must_be_read_is_there(stage: Stage, kind: str) -> None:
    """Of each kind in each of its states."""
    wrong = {}
    for name in [n for n in ONE_OF_EACH if n.partition(" ")[0] == kind]:
        wrong[name] = await faults(stage, ONE_OF_EACH[name])
    assert not {name: told for name, told in wrong.items() if told}


async def faults(stage: Stage, reply: Reply) -> list[str]:
    """What is wrong with how a reply is shown."""
    post = await stage.post(reply)
    seen = await stage.seat.look(SAM, post)
    words = seen.words
    if isinstance(reply, Form) and not reply.settled:
        words += " " + " ".join(q.label for q in await stage.seat.questions(SAM, post))
    told = missing(reply, words)
    told += [f"shows {mark}" for mark in (HIDDEN, "**", "](", "```") if mark in words]
    told += [f"lacks the button {b.label}" for b in reply.buttons if b.label not in seen.buttons]
    told += [f"calls {seen.calls}"] if seen.calls else []
    return [*told, words] if told else []


@drawing
async def test_four_tones_read_differently(stage: Stage) -> None:
    """A tone is a sign or a word, never a colour alone."""
    told = [eye(" ".join((await stage.seen(ONE_OF_EACH[f"status {t}"])).lines)) for t in ("working", "done", "warning", "failed")]
    assert len(set(told)) == 4, told


@drawing
async def test_an_open_approval_says_until_when(stage: Stage) -> None:
    assert stage.seat.deadline.search((await stage.seen(replies.approval("open"))).words)
    assert not stage.seat.deadline.search((await stage.seen(replies.approval("approved"))).words)


@drawing
async def test_a_cited_page_can_be_opened(stage: Stage) -> None:
    seen = await stage.seen(ONE_OF_EACH["answer"])
    needs(stage.seat, "link")
    assert "https://intranet.example/headsets" in [href for _, href in seen.links]
    assert "https://intranet.example/mic" in [href for _, href in seen.links]


async def test_one_person_s_words_are_not_another_s(stage: Stage) -> None:
    """What is said to an approver and to the analysts is read by them alone."""
    ticket = await stage.need(await stage.thread())
    told = {
        SAM: await stage.post(Status(text="for-the-requester")),
        ROSA: await stage.post(Status(text="for-the-approver"), stage.seat.channel.direct(ROSA, ticket.id)),
        PRIYA: await stage.post(Status(text="for-the-analysts"), stage.seat.channel.analysts(ticket.id)),
    }
    for who, post in told.items():
        await until(lambda who=who, post=post: post.reply.text in stage.seat.page(who), who)  # type: ignore[misc]
        others = [p.reply.text for p in told.values() if p is not post]  # type: ignore[union-attr]
        assert not [words for words in others if words in stage.seat.page(who)]
    assert "for-the" not in stage.seat.page(JOHN)


# Updates -----------------------------------------------------------------------------------------------------------------------------


@drawing
async def test_an_update_changes_the_same_message(stage: Stage) -> None:
    first = await stage.post(replies.plan("waiting for approval"), key="plan")
    needs(stage.seat, "update in place")
    count = len(stage.seat.page(SAM).split("Shipped by hand"))
    second = await stage.post(replies.plan("done", note="Shipped by hand."), key="plan")
    seen = await stage.seat.look(SAM, second)
    assert second.ref == first.ref and second.id == first.id
    assert "Shipped by hand." in seen.words and "by Friday" not in stage.seat.page(SAM)
    assert len(stage.seat.page(SAM).split("Shipped by hand")) == count + 1


@drawing
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (replies.plan("waiting for approval"), replies.plan("done")),
        (replies.approval("open"), replies.approval("declined")),
        (replies.details(), replies.SETTLED),
        (replies.pick(), replies.pick().model_copy(update={"settled": "John Smith"})),
        (replies.brief("new"), replies.brief("resolved")),
    ],
    ids=["plan", "approval", "form", "pick", "brief"],
)
async def test_what_is_settled_has_nothing_to_press(stage: Stage, before: Any, after: Any) -> None:
    post = await stage.post(before, key="same")
    assert (await stage.seat.look(SAM, post)).buttons
    post = await stage.post(after, key="same")
    assert (await stage.seat.look(SAM, post)).buttons == []


@drawing
async def test_a_post_that_was_deleted_is_said_anew(stage: Stage) -> None:
    needs(stage.seat, "be slow or away")
    post = await stage.post(Status(text="first"), key="status")
    stage.seat.lose(post)
    again = await stage.post(Status(text="second"), key="status")
    assert again.ref != post.ref
    assert "second" in (await stage.seat.look(SAM, again)).words


# Buttons -----------------------------------------------------------------------------------------------------------------------------

VERBS = ("approve", "decline", "cancel", "undo", "tick", "cannot", "take", "resolve", "human", "helpful", "unhelpful", "act")


async def test_every_button_comes_back_as_what_it_is(stage: Stage) -> None:
    """The verb and the id it carries, from whoever pressed it, at the place where it stands."""
    where = await stage.thread()
    for some in (VERBS[:4], VERBS[4:8], VERBS[8:]):
        post = await stage.post(Status(text="Well?", tone="done", buttons=tuple(button(v, f"Do {v}") for v in some)))
        for verb in some:
            assert await stage.seat.press(SAM, post, f"Do {verb}") == ""
            heard = await stage.heard()
            assert heard.click == Click(verb=verb, ref=f"{HIDDEN}-{verb}")
            assert (heard.person, heard.place, heard.text, heard.files) == (SAM, where, "", ())
            assert heard.addressed


async def test_each_press_is_an_act_of_its_own(stage: Stage) -> None:
    post = await stage.post(Status(text="Well?", buttons=(button("human", "Talk to a human"),)))
    ids = []
    for _ in range(2):
        await stage.seat.press(SAM, post, "Talk to a human")
        ids.append((await stage.heard()).id)
    assert len(set(ids)) == 2


REASON = "he is still under notice; ask *me* again & <soon>"


@pytest.mark.parametrize("need", ["required", "optional"])
async def test_a_reason_comes_along(stage: Stage, need: Any) -> None:
    post = await stage.post(Status(text="Well?", buttons=(button("decline", "Decline", ask_reason=need),)))
    await stage.seat.press(SAM, post, "Decline", reason=REASON)
    heard = await stage.heard()
    assert heard.click == Click(verb="decline", ref=f"{HIDDEN}-decline", values={"reason": REASON})
    assert (heard.person, heard.place) == (SAM, post.place)


async def test_without_a_reason_that_is_required_nothing_is_pressed(stage: Stage) -> None:
    post = await stage.post(Status(text="Well?", buttons=(button("decline", "Decline", ask_reason="required"),)))
    with pytest.raises(NotSent):
        await stage.seat.press(SAM, post, "Decline")
    await stage.silence()


async def test_a_reason_may_be_left_out_where_it_is_optional(stage: Stage) -> None:
    post = await stage.post(Status(text="Well?", buttons=(button("resolve", "Resolve", ask_reason="optional"),)))
    await stage.seat.press(SAM, post, "Resolve")
    heard = (await stage.heard()).click
    assert heard is not None
    assert (heard.verb, heard.values.get("reason", "")) == ("resolve", "")


async def test_a_question_is_asked_before_it_counts(stage: Stage) -> None:
    post = await stage.post(Status(text="Well?", buttons=(button("undo", "Undo", confirm="Undo 3 steps? This cannot be undone: a text."),)))
    with pytest.raises(NotSent, match="Undo 3 steps"):
        await stage.seat.press(SAM, post, "Undo", yes=False)
    assert await stage.seat.press(SAM, post, "Undo") == "Undo 3 steps? This cannot be undone: a text."
    assert (await stage.heard()).click == Click(verb="undo", ref=f"{HIDDEN}-undo")


# Forms -------------------------------------------------------------------------------------------------------------------------------

FILLED = {
    "Who is it about?": JOHN,
    "Who else?": [ROSA, PRIYA],
    "Which size?": "Medium",
    "Which parts?": ["Option 001", "Option 003"],
    "Last day?": "2026-12-01",
    "How many?": "3",
    "Why is that?": "because of A, B & <C>",
    "Which words?": ["red", "blue"],
}
SENT = {
    "who": JOHN,
    "team": [ROSA, PRIYA],
    "size": "m",
    "parts": [f"{HIDDEN}-1", f"{HIDDEN}-3"],
    "day": "2026-12-01",
    "count": "3",
    "why": "because of A, B & <C>",
    "tags": ["red", "blue"],
}


def sent(click: Click | None) -> dict[str, Any]:
    """A form's values; what was left empty may be there, and empty, or not be there."""
    assert click is not None
    assert (click.verb, click.ref) == ("form", f"{HIDDEN}-form")
    return {k: v for k, v in click.values.items() if v not in ("", None, [])}


async def test_a_form_comes_back_with_its_values(stage: Stage) -> None:
    post = await stage.post(replies.details())
    await stage.seat.fill(SAM, post, FILLED)
    heard = await stage.heard()
    assert sent(heard.click) == SENT
    assert (heard.person, heard.place, heard.text) == (SAM, post.place, "")


@pytest.mark.parametrize("left_out", ["Who is it about?", "Which parts?", "Last day?", "Why is that?"])
async def test_a_form_without_what_is_required_is_not_sent(stage: Stage, left_out: str) -> None:
    post = await stage.post(replies.details())
    with pytest.raises(NotSent):
        await stage.seat.fill(SAM, post, {k: v for k, v in FILLED.items() if k != left_out})
    await stage.silence()


@pytest.mark.parametrize("count", [3, 5, 6, 40, 250])
async def test_a_pick_list_of_any_length_comes_back_as_the_choice(stage: Stage, count: int) -> None:
    """Few answers are pressed, many are chosen from a list; of too many, the last can be chosen like the first."""
    post = await stage.post(replies.pick(count))
    (asked,) = await stage.seat.questions(SAM, post)
    assert len(asked.choices) == count or not can(stage.seat, "offer hundreds")
    label, value = ("John Abara", "john.abara@brightwater.example") if count == 3 else (f"Option {count - 1:03}", f"{HIDDEN}-{count - 1}")
    if count <= 5 or await listed(stage, post):
        await stage.seat.choose(SAM, post, label)
    else:
        await stage.seat.fill(SAM, post, {asked.label: label})
    heard = await stage.heard()
    assert sent(heard.click) == {"q1": value}
    assert (heard.person, heard.place) == (SAM, post.place)


async def listed(stage: Stage, post: Post) -> bool:
    """Whether the choices stand in the message itself."""
    return len((await stage.seat.look(SAM, post)).buttons) > 5


@drawing
async def test_namesakes_are_told_apart(stage: Stage) -> None:
    words = (await stage.seen(replies.pick())).words
    assert all(c.detail in words for c in replies.JOHNS)


async def test_namesakes_can_be_chosen(stage: Stage) -> None:
    """Two people of one name: what tells them apart stands where the choice is made."""
    two = tuple(Choice(value=f"{n}@brightwater.example", label="John Smith", detail=d) for n, d in (("a", "Sales"), ("b", "Finance")))
    post = await stage.post(replies.form(Field_(name="q1", label="Which one?", kind="person", choices=two)))
    for value, detail in (("a@brightwater.example", "Sales"), ("b@brightwater.example", "Finance")):
        await stage.seat.choose(SAM, post, "John Smith", detail)
        assert sent((await stage.heard()).click) == {"q1": value}


@drawing
async def test_what_is_wrong_and_what_was_filled_in_stand_at_the_questions(stage: Stage) -> None:
    post = await stage.post(replies.wrong())
    words = (await stage.seat.look(SAM, post)).words
    assert "That day is a Sunday." in words and "A little more, please." in words
    values = {q.label: q.value for q in await stage.seat.questions(SAM, post)}
    assert values == {
        "Last day?": "2026-12-01",
        "Which size?": "Medium",
        "Which parts?": ["Option 001", "Option 002"],
        "Why is that?": "because",
    }


async def test_what_was_filled_in_before_is_sent_again(stage: Stage) -> None:
    post = await stage.post(replies.wrong())
    await stage.seat.fill(SAM, post, {"Last day?": "2026-11-30", "Why is that?": "because it is"})
    told = sent((await stage.heard()).click)
    assert told == {"day": "2026-11-30", "size": "m", "parts": [f"{HIDDEN}-1", f"{HIDDEN}-2"], "why": "because it is"}


PHOTO = ("id card.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 64)


async def test_a_file_in_a_form(stage: Stage) -> None:
    needs(stage.seat, "hand over a file in a form")
    post = await stage.post(replies.DOCUMENT)
    await stage.seat.fill(SAM, post, {"Photo of the ID": PHOTO})
    heard = await stage.heard()
    assert sent(heard.click) == {"document": "id card.png"}
    assert [(f.name, f.media_type, f.content) for f in heard.files] == [PHOTO]
    assert (heard.person, heard.place) == (SAM, post.place)


async def test_a_file_in_the_chat(stage: Stage) -> None:
    post = await stage.post(replies.DOCUMENT)
    await stage.seat.reply(SAM, post, "here it is", files=(PHOTO,))
    heard = await stage.heard()
    assert (heard.text, heard.person, heard.place) == ("here it is", SAM, post.place)
    assert [(f.name, f.media_type, f.content) for f in heard.files] == [PHOTO]


# Words -------------------------------------------------------------------------------------------------------------------------------

WORDS = "Please look at *this*, `that` & <them>: it costs > 5 € _each_"


async def test_what_is_written_is_heard_as_it_was_written(stage: Stage) -> None:
    await stage.seat.begin(SAM, WORDS)
    heard = await stage.heard()
    assert (heard.text, heard.person, heard.click, heard.files) == (WORDS, SAM, None, ())
    assert heard.addressed


async def test_what_steers_is_not_heard(stage: Stage) -> None:
    await stage.seat.begin(SAM, "please \x1b[31mopen\x07 \u202egnp.exe\u2066")
    assert (await stage.heard()).text == "please [31mopen gnp.exe"
    post = await stage.post(Status(text="Well?", buttons=(button("decline", "Decline", ask_reason="required"),)))
    await stage.seat.press(SAM, post, "Decline", reason="no\u202eon")
    assert (await stage.heard()).click == Click(verb="decline", ref=f"{HIDDEN}-decline", values={"reason": "noon"})


async def test_what_is_answered_to_a_post_is_heard_at_its_place(stage: Stage) -> None:
    """The requester in their thread, an approver in their direct messages, an analyst in the ticket's thread: at that very place,
    and what is posted there next stands in the same thread."""
    ticket = await stage.need(await stage.thread())
    places = {SAM: await stage.thread(), ROSA: stage.seat.channel.direct(ROSA, ticket.id), PRIYA: stage.seat.channel.analysts(ticket.id)}
    for who, place in places.items():
        post = await stage.post(Status(text="What do you say?", buttons=(button("act", "Do it"),)), place)
        await stage.seat.reply(who, post, f"said by {who}")
        heard = await stage.heard()
        assert (heard.place, heard.person, heard.text) == (place, who, f"said by {who}")
        await stage.seat.press(who, post, "Do it")
        heard = await stage.heard()
        assert (heard.place, heard.person) == (place, who)
        second = await stage.post(Status(text="And now?"), place)
        await stage.seat.reply(who, second, "again")
        assert (await stage.heard()).place == place


@drawing
async def test_places_are_shared_or_not(stage: Stage) -> None:
    ticket = await stage.need(await stage.thread())
    channel = stage.seat.channel
    assert not any(channel.shared(p) for p in (await stage.thread(), channel.direct(ROSA, ticket.id), channel.analysts(ticket.id)))
    assert channel.direct(ROSA, ticket.id) != channel.direct(PRIYA, ticket.id) != channel.analysts(ticket.id)
    assert channel.direct(ROSA, ticket.id) == channel.direct(ROSA, ticket.id)


async def test_second_thoughts(stage: Stage) -> None:
    needs(stage.seat, "edit")
    await stage.seat.begin(SAM, "I need a mouse")
    first = await stage.heard()
    await stage.seat.edit(SAM, "I need a *keyboard*")
    changed = await stage.heard()
    assert changed.click == Click(verb="edit", ref=first.id, values={"text": "I need a *keyboard*"})
    await stage.seat.withdraw(SAM)
    gone = await stage.heard()
    assert gone.click == Click(verb="withdraw", ref=first.id)
    assert {m.place for m in (first, changed, gone)} == {first.place}
    assert {m.person for m in (first, changed, gone)} == {SAM}
    assert len({m.id for m in (first, changed, gone)}) == 3


async def test_people_who_are_mentioned_are_heard_as_their_addresses(stage: Stage) -> None:
    needs(stage.seat, "mention")
    await stage.seat.mention(SAM, "please give {} my old laptop", ROSA)
    heard = await stage.heard()
    assert heard.text == f"please give {ROSA} my old laptop"
    assert heard.named and heard.addressed and heard.begins
    assert stage.seat.channel.shared(heard.place)


# Who -----------------------------------------------------------------------------------------------------------------------------------


async def test_who_it_is_comes_from_the_platform(stage: Stage) -> None:
    """Not from what somebody writes, fills in, or is called."""
    claim = f"I am Priya Nair <{PRIYA}>. person={PRIYA}"
    await stage.seat.begin(SAM, claim)
    assert (await stage.heard()).person == SAM
    post = await stage.post(Status(text="Well?", buttons=(button("decline", "Decline", ask_reason="required"),)))
    await stage.seat.press(SAM, post, "Decline", reason=claim)
    assert (await stage.heard()).person == SAM


async def test_nobody_of_the_company_is_not_heard_and_told_why(stage: Stage) -> None:
    told = await stage.seat.stranger("please approve it all")
    assert "directory" in told
    await stage.silence()


async def test_who_has_left_is_not_heard_any_more(stage: Stage) -> None:
    """Not even with a button that was theirs a minute ago."""
    post = await stage.post(Status(text="Well?", buttons=(button("approve", "Approve"),)))
    await stage.seat.press(SAM, post, "Approve")
    assert (await stage.heard()).person == SAM
    needs(stage.seat, "look again who somebody is")
    await stage.leaves(SAM)
    with suppress(AssertionError):  # whether the client is told at once is the platform's affair
        await stage.seat.press(SAM, post, "Approve")
    await stage.seat.begin(ROSA, "Anybody there?")
    assert (await stage.heard()).person == ROSA


async def test_what_is_not_theirs_is_closed_to_them(stage: Stage) -> None:
    """The requester's thread, an approver's direct messages and the analysts' thread, for somebody whom nothing concerns."""
    ticket = await stage.need(await stage.thread())
    for place in (await stage.thread(), stage.seat.channel.direct(ROSA, ticket.id), stage.seat.channel.analysts(ticket.id)):
        post = await stage.post(Status(text="Well?", buttons=(button("approve", "Approve"),)), place)
        assert await stage.seat.intrude(JOHN, post) == []
    await stage.silence()


async def test_others_press_in_their_own_name(stage: Stage) -> None:
    """Where many read along, whoever presses is who pressed, at the place where it stands."""
    needs(stage.seat, "read along")
    await stage.seat.mention(SAM, "hello, {} knows", ROSA)
    place = (await stage.heard()).place
    post = await stage.post(Status(text="Well?", buttons=(button("approve", "Approve"),)), place)
    for who in (SAM, ROSA, JOHN):
        await stage.seat.press(who, post, "Approve")
        heard = await stage.heard()
        assert (heard.person, heard.place) == (who, place)


async def test_a_refusal_is_told_to_the_one_who_acted(stage: Stage) -> None:
    """What the desk has no thread to say in, the channel says to whoever pressed, and to nobody else."""
    why = "Only the owner may do this; ask Rosa."
    post = await stage.post(Status(text="Well?", buttons=(button("approve", "Approve"),)))
    stage.ears.refusal = NotAllowed(why)
    await stage.seat.press(SAM, post, "Approve")
    await stage.heard()
    await until(lambda: why in stage.seat.page(SAM) or why in stage.seat.refusals, "the refusal to be told")
    assert not any(why in stage.seat.page(who) for who in (ROSA, PRIYA, JOHN))


async def test_a_whisper_is_heard_by_one_person(stage: Stage) -> None:
    """An answer that not everybody in the channel may read goes to the one who asked."""
    await stage.seat.begin(SAM, "a secret question") if "read along" in stage.seat.cannot else await stage.seat.mention(
        SAM, "psst, {}", ROSA
    )
    heard = await stage.heard()
    whispered = await stage.seat.channel.whisper(heard, Text(text="for Sam's eyes only"))
    assert whispered == can(stage.seat, "whisper")
    needs(stage.seat, "whisper")
    await until(lambda: "for Sam's eyes only" in stage.seat.page(SAM), "the whisper")
    assert not any("eyes only" in stage.seat.page(who) for who in (ROSA, PRIYA, JOHN))


# Attacks -----------------------------------------------------------------------------------------------------------------------------


@drawing
@pytest.mark.parametrize("kind", list(ATTACKED))
async def test_words_stay_words(stage: Stage, kind: str) -> None:
    """Nothing that somebody wrote calls people, lies about a link, makes a button, steers a terminal or turns text around."""
    wrong = {}
    clean_post = await stage.seat.look(SAM, await stage.post(ATTACKED[kind]))
    for name, attack in ATTACKS.items():
        reply = poisoned(ATTACKED[kind], attack)
        seen = await stage.seat.look(SAM, await stage.post(reply))
        wrong[name] = attacked(reply, seen) + ([] if len(seen.buttons) == len(clean_post.buttons) else [f"buttons: {seen.buttons}"])
    assert not {name: told for name, told in wrong.items() if told}


def attacked(reply: Reply, seen: Seen) -> list[str]:
    """What an attack achieved."""
    told = [f"calls {who}" for who in seen.calls]
    told += [f"a link lies: {words!r} leads to {href}" for words, href in seen.links if lies(words, href)]
    told += [f"steers: {c!r}" for c in steering(seen.raw)]
    said = eye(clean(own_words(reply)))
    return told if said in seen.words else [*told, f"changed words: {seen.words}"]


# What is long ------------------------------------------------------------------------------------------------------------------------


@drawing
@pytest.mark.parametrize("kind", list(LONG))
async def test_what_is_long_is_cut_and_the_rest_is_all_there(stage: Stage, kind: str) -> None:
    reply, count = LONG[kind]
    post = await stage.post(reply)
    seen = await stage.seat.look(SAM, post)
    assert set(seen.buttons) >= {b.label for b in reply.buttons}
    begin = counted(seen.lines)
    assert begin[:1] == [0]
    assert counted(await stage.seat.everything(SAM, post)) == list(range(count))
    if len(begin) < count:
        assert can(stage.seat, "cut")
        assert begin == list(range(len(begin)))
        assert re.search("shortened|more than fits|…", seen.words)


async def test_a_form_of_many_questions_asks_them_all(stage: Stage) -> None:
    asked = replies.form(*(Field_(name=f"q{n}", label=f"Question {n}?") for n in range(30)))
    post = await stage.post(asked)
    assert [q.label for q in await stage.seat.questions(SAM, post)] == [f.label for f in asked.fields]
    await stage.seat.fill(SAM, post, {f.label: f"answer to {f.name}" for f in asked.fields})
    assert sent((await stage.heard()).click) == {f.name: f"answer to {f.name}" for f in asked.fields}


# Trouble -----------------------------------------------------------------------------------------------------------------------------


async def test_before_it_listens_a_channel_says_wait(closed: Stage) -> None:
    needs(closed.seat, "be slow or away")
    place = Place(channel=closed.seat.channel.name, conversation=ROSA, thread="dm-BH-1")
    with pytest.raises(TryLater) as wait:
        await closed.seat.channel.show(Post(ticket="BH-1", audience=ROSA, key="k", place=place, reply=Status(text="x"), at=now()))
    assert wait.value.after is not None and wait.value.after <= 1


@drawing
@pytest.mark.parametrize("again", [False, True], ids=["new", "update"])
@pytest.mark.parametrize("trouble", ["too fast", "outage"])
async def test_trouble_that_passes_means_later(stage: Stage, trouble: str, again: bool) -> None:
    """The post is not lost, and is drawn once: by the next try."""
    needs(stage.seat, "be slow or away")
    place = await stage.thread()
    if again:
        await stage.post(Status(text="first"), key="status")
    (stage.seat.break_down if trouble == "outage" else lambda: stage.seat.slow_down(7))()
    before = stage.seat.posts(place)
    with pytest.raises(TryLater) as wait:
        await stage.post(Status(text="at last"), key="status")
    assert wait.value.after == (7 if trouble == "too fast" else None)
    assert stage.seat.posts(place) == before
    stage.seat.mend()
    post = await stage.post(Status(text="at last"), key="status")
    assert "at last" in (await stage.seat.look(SAM, post)).words
    assert stage.seat.posts(place) == (before if again else before + 1)


@drawing
async def test_trouble_that_stays_is_no_later(stage: Stage) -> None:
    needs(stage.seat, "be slow or away")
    ticket = await stage.need(await stage.thread())
    stage.seat.shut(ROSA)
    with pytest.raises(BellhopError) as never:
        await stage.post(Status(text="x"), stage.seat.channel.direct(ROSA, ticket.id))
    assert not isinstance(never.value, TryLater)
    assert str(never.value).endswith((".", "everyone."))


# What channels cannot do -------------------------------------------------------------------------------------------------------------


def test_what_channels_cannot_do_is_counted() -> None:
    """A gap is known here, says why in a sentence, and is met by a test of this file; that there are no more of them is on purpose."""
    assert {name: set(seat.cannot) for name, seat in SEATS.items()} == gaps.KNOWN
    assert sum(map(len, gaps.KNOWN.values())) == 17
    assert all(why.endswith(".") and len(why) > 30 for seat in SEATS.values() for why in seat.cannot.values())
    source = Path(__file__).read_text()
    assert not [gap for known in gaps.KNOWN.values() for gap in known if source.count(f'"{gap}"') < 1]
