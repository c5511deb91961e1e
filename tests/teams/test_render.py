"""Every kind of reply as an Adaptive Card: readable, within Teams' limits, and never more than was meant by whoever wrote its words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.teams.forms import form_dialog, full_dialog
from bot.channels.teams.render import draw, drawn
from bot.channels.teams.text import blocks
from bot.domain.messages import (
    Answer,
    ApprovalCard,
    ApprovalView,
    Brief,
    Button,
    Choice,
    Citation,
    Field_,
    Form,
    PlanCard,
    Post,
    Reply,
    Said,
    Status,
    StepView,
    Style,
    Text,
)
from bot.domain.tickets import Place
from tests.teams.reading import seen, shown, walk
from tests.teams.standin.cardplay import titles
from tests.teams.standin.cards import LARGEST, CardRefused, check, check_dialog, problems, weight

EXPIRES = datetime(2026, 11, 27, 9, 30, 15, 123456, tzinfo=UTC)
PRINT = "0123456789abcdef" * 4
APPROVE = Button(verb="approve", ref="A1", label="Approve", style=Style.PRIMARY)
DECLINE = Button(verb="decline", ref="A1", label="Decline", style=Style.DANGER, ask_reason="required")
UNDO = Button(verb="undo", ref="P1", label="Undo", confirm="Undo 2 steps?")


def step(number: int, **more: Any) -> StepView:
    return StepView(**{"number": number, "sentence": f"Remove John Smith's access to System {number}", **more})


def approval(**more: Any) -> ApprovalCard:
    told = {
        "approval": "A1",
        "plan": "P1",
        "ticket": "BH-1001",
        "title": "Remove John Smith's access to Slack",
        "asked_by": "Hannah Weber",
        "said": "Remove John's access\nto *Slack*, please.",
        "state": "open",
        "steps": (step(1, before="member", after="none", because="He left on Friday.", rule="leavers-1", vendor="demo", undoable=True),),
        "who": ("Sam Okafor", "Priya Nair"),
        "because": ("The system's owner decides who is in.",),
        "expires": EXPIRES,
        "fingerprint": PRINT,
        "buttons": (APPROVE, DECLINE),
    }
    return ApprovalCard(**{**told, **more})


def plan(**more: Any) -> PlanCard:
    told = {
        "plan": "P1",
        "ticket": "BH-1001",
        "title": "Offboard John Smith",
        "state": "running",
        "note": "",
        "steps": (
            step(1, state="done", before="member", after="none", said="Removed.", vendor="demo", undoable=True),
            step(2, state="running", because="He left.", rule="leavers-1", vendor="demo"),
            step(3, state="waiting", because="He left.", rule="leavers-1", vendor="human"),
        ),
        "approvals": (ApprovalView(kind="the owner", who=("Sam Okafor",), state="approved", decided="Sam Okafor approved this"),),
        "fingerprint": PRINT,
    }
    return PlanCard(**{**told, **more})


def read(reply: Reply) -> str:
    card = drawn(reply, "key").card
    check(card)
    return seen(card)


def lines(text: str) -> str:
    return dedent(text).strip()


# What people see.


def test_an_approval_says_who_asks_in_which_words_what_will_run_why_and_until_when() -> None:
    assert read(approval()) == lines(
        """
        Approval
        *Remove John Smith's access to Slack*   *◔ Open*
        Asked by *Hannah Weber*
        ▌ “Remove John's access
        ▌ to *Slack*, please.”
        This will run, exactly
        *1. Remove John Smith's access to System 1*
        member → none
        Because: He left on Friday. · rule leavers-1 · through demo · can be undone
        Why it needs you
        •  The system's owner decides who is in.
        May answer: Sam Okafor or Priya Nair
        Please answer by {{DATE(2026-11-27T09:30:15Z, SHORT)}} {{TIME(2026-11-27T09:30:15Z)}}.
        BH-1001 · Fingerprint 0123 4567 89ab
        [Approve] [Decline]
            Why? A sentence is enough.*: []
            [Decline]
        """
    )


def test_a_settled_approval_says_who_decided_and_asks_nothing_more() -> None:
    told = read(approval(state="declined", decided="Sam Okafor declined this: He is only on leave.", buttons=()))
    assert told.splitlines()[1:3] == [
        "*Remove John Smith's access to Slack*   *✗ Declined*",
        "*Sam Okafor declined this: He is only on leave.*",
    ]
    assert "What it was about" in told and "Asked: Sam Okafor or Priya Nair" in told
    assert "Please answer" not in told and "[" not in told


def test_a_plan_shows_its_steps_and_how_each_stands() -> None:
    assert read(plan(buttons=(UNDO,))) == lines(
        """
        Plan
        *Offboard John Smith*   *▸ Running*
        1 of 3 steps done
        *1. Remove John Smith's access to System 1**   ✓ Done*
        member → none
        Removed.
        Through demo · can be undone
        *2. Remove John Smith's access to System 2**   ▸ Running*
        Because: He left. · rule leavers-1 · through demo
        *3. Remove John Smith's access to System 3**   ○ Waiting*
        Rule leavers-1 · by a human at the help desk
        Approval by the owner: Sam Okafor*   ✓ Approved*
        Sam Okafor approved this
        BH-1001 · Fingerprint 0123 4567 89ab
        [Undo]
            Undo 2 steps?
            [Yes, undo]
        """
    )


def test_a_step_that_was_undone_goes_back_from_after_to_before() -> None:
    told = read(plan(state="undone", steps=(step(1, state="undone", before="member", after="none", undoable=True),)))
    assert "none → member" in told and "↺ Undone" in told and "can be undone" not in told


def test_steps_of_a_plan_that_stopped_or_never_ran_are_not_said_to_wait() -> None:
    assert "○ Not run" in read(plan(state="stopped"))
    assert "Waiting" not in read(plan(state="declined"))


def test_an_answer_names_its_sources_and_says_when_it_is_only_the_closest() -> None:
    cited = Citation(
        title="Microphone in Teams",
        path="meetings/teams-microphone.md",
        section="On Windows",
        quote="Choose **Devices**.",
        url="https://kb.brightwater.example/mic",
        note="Reviewed 3 weeks ago",
    )
    reply = Answer(
        text="1. Open **Settings**.\n2. Choose `Devices`.", citations=(cited, Citation(title="Other", path="o.md")), closest=True
    )
    assert read(reply) == lines(
        """
        ⚠ The closest I have. It may not be what you asked.
        1. Open *Settings*.
        2. Choose `Devices`.
        Sources
        1. Microphone in Teams › On Windows<https://kb.brightwater.example/mic>
           Reviewed 3 weeks ago
        2. Other
        [Show the passage]
        """
    )
    assert "Choose Devices." in shown(drawn(reply).card), "the passage is there, to be unfolded"


def test_a_short_list_of_choices_is_buttons_and_namesakes_are_told_apart() -> None:
    who = Field_(
        name="q1",
        label="Which “John” do you mean?",
        kind="person",
        choices=(
            Choice(value="john.smith@b.example", label="John Smith", detail="Engineer, Platform"),
            Choice(value="john.smith2@b.example", label="John Smith", detail="Sales"),
            Choice(value="john.doe@b.example", label="John Doe"),
        ),
    )
    form = Form(id="BH-1:abc", title="Which “John” do you mean?", fields=(who,))
    assert read(form) == lines(
        """
        *Which “John” do you mean?*
        •  John Smith (Engineer, Platform)
        •  John Smith (Sales)
        [John Smith (Engineer, Platform)] [John Smith (Sales)] [John Doe]
        """
    )
    assert read(form.model_copy(update={"settled": "John Doe"})) == "*Which “John” do you mean?*\n✓ John Doe"


def test_other_forms_are_filled_in_on_the_card() -> None:
    form = Form(
        id="f",
        title="A few details first",
        text="For the **laptop**:",
        fields=(
            Field_(
                name="q1",
                label="Which systems?",
                many=True,
                choices=(Choice(value="a,b", label="A"), Choice(value="c", label="C")),
                value=["a,b"],
            ),
            Field_(name="q2", label="Until when?", kind="date", value="2026-12-01", error="This day is over."),
            Field_(name="q3", label="Why?", kind="long", required=False),
        ),
    )
    assert read(form) == lines(
        """
        *A few details first*
        For the *laptop*:
        Which systems?*: [a%2Cb] of A / C
        *✗ This day is over.*
        Until when?*: [2026-12-01]
        Why? (optional): []
        [Continue]
        """
    )


def test_a_photo_is_asked_for_in_the_chat_because_cards_take_none() -> None:
    form = Form(
        id="verify:P1", title="Confirm the address", fields=(Field_(name="d", label="Photo of the ID", kind="file", help="PNG or JPEG"),)
    )
    assert read(form) == lines(
        """
        *Confirm the address*
        *Photo of the ID*
        PNG or JPEG
        Please send the photo here in this chat, with the paper-clip or by pasting the picture. Cards cannot take files.
        """
    )


def test_short_signs_tickets_and_relayed_words() -> None:
    assert read(Status(text="Good to hear.", tone="done")) == "*✓* Good to hear."
    assert read(Text(text="Hello **you**")) == "Hello *you*"
    assert read(Said(person="r@b.example", name="Rosa Delgado", text="It **still** fails\n  here")) == lines(
        """
        *Rosa Delgado* wrote:
        ▌ It **still** fails
        ▌ \u00a0\u00a0here
        """
    )
    brief = Brief(ticket="BH-7", title="No sound", requester="Rosa", status="with a human", text="It *fails*", lines=("Taken by Sam",))
    assert read(brief) == "Ticket\n*No sound*   *☞ With a human*\nFrom *Rosa* · BH-7\n▌ It *fails*\n•  Taken by Sam"


def test_notifications_are_one_plain_line() -> None:
    assert drawn(approval()).summary == "Approval: Remove John Smith's access to Slack (open)"
    assert drawn(Text(text="**Hello**\n\n- a\n- b")).summary == "Hello • a • b"
    assert drawn(Status(text="")).summary
    assert len(drawn(Said(person="a", name="A", text="long " * 500)).summary) <= 200


def test_tables_code_quotes_and_nested_lists_are_drawn() -> None:
    text = "## Head\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n> said\n\n```\nif x:\n  y\n```\n\n- one\n  1. deep\n- two\n\n---\nend"
    card = drawn(Text(text=text)).card
    check(card)
    assert seen(card).splitlines() == [
        "*Head*", "*a* | *b*", "1 | *2*", "▌ said", "▌ `if x:`", "▌ `\u00a0\u00a0y`", "•  one", "   1. deep", "•  two", "end",
    ]  # fmt: skip
    assert any(e.get("separator") for e in card["body"])


def test_every_row_of_a_table_has_all_its_cells() -> None:
    """Teams does not draw a cell without content, and its neighbours would stand under other heads."""
    card = drawn(Text(text="| a | b | c |\n|---|---|---|\n| 1 |\n| 1 | | 3 |")).card
    check(card)
    rows = [e["cells"] for e in walk(card) if e.get("type") == "TableRow"]
    assert [len(r) for r in rows] == [3, 3, 3] and all(c["items"] for r in rows for c in r)


def test_a_table_too_wide_for_a_chat_is_told_row_by_row() -> None:
    head, row = "|".join(f"h{n}" for n in range(9)), "|".join(f"c{n}" for n in range(9))
    told = read(Text(text=f"|{head}|\n|{'-|' * 9}\n|{row}|"))
    assert "h0: c0" in told and "h8: c8" in told


# Whose words are whose: nothing that somebody wrote becomes more than words.

MARK = "zqx"
HOSTILE = (
    "zqx<at>Everyone</at> @everyone [click zqx](https://evil.example/x) **zqx** _zqx_ `zqx` <b>zqx</b> <https://evil.example|zqx> "
    "{{DATE(2020-01-01T00:00:00Z)}} ${zqx} \u202ezqx\u202c \x00\x07 \ud800 ![zqx](https://evil.example/i.png)"
    "\n\n# zqx\n\n- zqx\n\n| zqx |\n|---|\n| zqx |"
)


def every_kind(text: str, button: Button | None = None) -> dict[str, Reply]:
    """Each kind of reply, with these words wherever words can be."""
    press = button or Button(verb="human", ref="BH-1", label=text, confirm=text)
    buttons = (press, press.model_copy(update={"ask_reason": "optional", "style": Style.DANGER}))
    steps = tuple(
        StepView(number=n, sentence=text, before=text, after=text, because=f"{n} {text}", rule=text, vendor=text, state=state, said=text)
        for n, state in enumerate(("waiting", "done", "failed", "undone", "with a human", text[:300] or "odd"), 1)
    )
    field = Field_(name="q1", label=text, help=text, error=text, value=text)
    choices = tuple(Choice(value=f"v{n}", label=text, detail=text) for n in range(3))
    views = (ApprovalView(kind=text, who=(text, text), state="open", decided=text, because=(text,)),)
    cited = (Citation(title=text, path="a.md", section=text, quote=text, url="https://kb.example/a", note=text),) * 3
    form: dict[str, Any] = {"id": "f", "title": text, "text": text, "submit": text or "Go", "buttons": buttons}
    return {
        "text": Text(text=text, buttons=buttons),
        "answer": Answer(text=text, citations=cited, buttons=buttons),
        "pick": Form(fields=(field.model_copy(update={"choices": choices, "value": None}),), **form),
        "form": Form(fields=(field, field.model_copy(update={"name": "q2", "choices": choices * 9, "many": True})), **form),
        "file": Form(fields=(field.model_copy(update={"kind": "file"}),), **form),
        "settled": Form(fields=(field,), settled=text, **form),
        "plan": plan(title=text, note=text, steps=steps, approvals=views, buttons=buttons),
        "approval": approval(title=text, asked_by=text, said=text, steps=steps, who=(text, text), because=(text,), buttons=buttons),
        "decided": approval(title=text, state="declined", decided=text, asked_by=text, said=text, steps=steps, buttons=()),
        "status": Status(text=text, tone="failed", buttons=buttons),
        "brief": Brief(ticket="BH-1", title=text, requester=text, status="new", text=text, lines=(text,), buttons=buttons),
        "said": Said(person="a@b.example", name=text, text=text, buttons=buttons),
    }


KINDS = list(every_kind(""))
MARKED_UP = {"text", "answer", "pick", "form", "file", "settled", "status"}
"""Kinds with words in the small markdown; everything else in them, and all of the others, is verbatim."""


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_stay_words(kind: str) -> None:
    reply = every_kind(HOSTILE)[kind]
    pages = [drawn(reply, "key").card, full_dialog(reply, "key")["card"]["content"]]
    if isinstance(reply, Form):
        pages.append(form_dialog(reply, {"q1": HOSTILE}, {"q1": HOSTILE})["card"]["content"])
    for n, card in enumerate(pages):
        assert not problems(card, dialog=n > 0)
        inputs = [e.pop("value") for e in walk(card) if str(e.get("type")).startswith("Input.") and "value" in e]
        assert all("\u202e" not in value and "\ud800" not in value for value in inputs), "else as it was typed"
        told = json.dumps(card, ensure_ascii=False)
        assert "<at>" not in told and "</at>" not in told and "{{DATE(2020" not in told and "@everyone" not in told
        assert "\u202e" not in told and "\x00" not in told and "entities" not in told
        assert not [e["text"] for e in walk(card) if e.get("type") == "TextBlock" and MARK in e["text"]], "TextBlocks read markdown"
        labels = [str(e[k]) for e in walk(card) for k in ("title", "label", "placeholder", "errorMessage") if isinstance(e.get(k), str)]
        assert not [text for text in labels if "](" in text or "://" in text or "**" in text]
        links = {e["url"] for e in walk(card) if "url" in e}
        allowed = {"https://kb.example/a"} if kind == "answer" else set()
        allowed |= {"https://evil.example/x", "https://evil.example"} if kind in MARKED_UP else set()
        assert links <= allowed, "a link that nobody wrote as one"
    assert "\n" not in drawn(reply).summary and "<at>" not in drawn(reply).summary


@pytest.mark.parametrize("kind", ["said", "brief", "approval"])
def test_peoples_own_words_are_shown_letter_by_letter(kind: str) -> None:
    said = "*a* **b** _c_ `d` [e](https://evil.example) # f https://evil.example"
    card = drawn(every_kind(said)[kind]).card
    assert said in shown(card)
    assert not [e for e in walk(card) if e.get("type") == "Action.OpenUrl"]


@pytest.mark.parametrize(
    ("text", "label", "url"),
    [
        ("[our portal](https://p.example/a)", "our portal", "https://p.example/a"),
        ("[www.bank.example](https://evil.example/x)", "www.bank.example (evil.example)", "https://evil.example/x"),
        ("[https://bank.example/login](https://evil.example/x)", "https://bank.example/login (evil.example)", "https://evil.example/x"),
        ("[bank.example](https://www.bank.example/x)", "bank.example", "https://www.bank.example/x"),
        ("[x](https://bank.example@evil.example/)", "x (https://bank.example@evil.example/)", None),
        ("[x](https://bank.example\\@evil.example/)", "x (https://bank.example\\@evil.example/)", None),
        ("[x](https://bаnk.example/)", "x (https://bаnk.example/)", None),
        ("[x](http://[::1/a)", "x (http://[::1/a)", None),
        ("[x](javascript:alert)", "x", None),
        ("[x](https://a.example/<at>b</at>)", "x", "https://a.example/%3Cat%3Eb%3C/at%3E"),
        ('see https://a.example/q?x="1', "see https://a.example/q?x=", "https://a.example/q?x="),
    ],
)
def test_a_link_says_where_it_leads(text: str, label: str, url: str | None) -> None:
    card = drawn(Text(text=text)).card
    check(card)
    assert shown(card).replace("  ", " ").startswith(label)
    assert [e["url"] for e in walk(card) if "url" in e] == ([url] if url else [])


# Teams' limits.

HUGE = {
    "words": "A sentence of some words. " * 1_500,
    "paragraphs": "\n\n".join(f"Paragraph {n} of the long story." for n in range(1_000)),
    "one word": "x" * 40_000,
    "emoji": "👩‍🚒" * 3_000,
    "lines": "\n" * 20_000 + "end",
    "list": "\n".join(f"- item {n}" for n in range(900)),
    "nested": "\n".join("  " * (n % 12) + f"- item {n}" for n in range(700)),
    "table": "| a | b |\n|---|---|\n" + "\n".join(f"| {n} | {'cell ' * 40} |" for n in range(150)),
    "wide table": "|" + "h|" * 400 + "\n|" + "-|" * 400 + "\n|" + "c|" * 400,
    "code": "```\n" + "\n".join(f"  line {n}" for n in range(900)),
    "quotes": "> " * 2_000 + "deep",
    "blank": "   ",
    "nothing": "",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", HUGE)
def test_whatever_is_said_fits_into_one_message(kind: str, text: str) -> None:
    reply = every_kind(HUGE[text], Button(verb="human", ref="BH-1", label=HUGE[text] or "x", confirm=HUGE[text]))[kind]
    card = drawn(reply, "key").card
    assert problems(card) == []
    assert weight(card) <= LARGEST - 2_000, "what stands around the card needs room too"
    check_dialog(full_dialog(reply, "key"))
    if isinstance(reply, Form):
        check_dialog(form_dialog(reply, {"q1": HUGE[text]}))


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.sampled_from(KINDS))
def test_no_text_makes_a_card_that_teams_refuses(text: str, kind: str) -> None:
    reply = every_kind(text, Button(verb="human", ref="BH-1", label="Go", confirm=text))[kind]
    assert problems(drawn(reply, "key").card) == []


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab*_`[]()#>-|\n 1.~<@{:/\\", max_size=200))
def test_no_markup_makes_a_card_that_teams_refuses(text: str) -> None:
    assert problems(drawn(Answer(text=text, citations=(Citation(title=text, path="p", quote=text, note=text),))).card) == []


def test_a_long_answer_is_cut_between_paragraphs_and_all_of_it_is_a_button_away() -> None:
    told = [f"Paragraph number {n} says something of its own." for n in range(1_000)]
    reply = Answer(text="\n\n".join(told), citations=(Citation(title="Source of it all", path="a.md"),), buttons=(UNDO,))
    post = Post(
        ticket="BH-1", audience="requester", key="answer:7", place=Place(channel="teams", conversation="c"), reply=reply, at=EXPIRES
    )
    card = draw(post).card
    paragraphs = [line for line in seen(card).splitlines() if line.startswith("Paragraph")]
    assert paragraphs == told[: len(paragraphs)] and 50 < len(paragraphs) < 1_000
    assert "Source of it all" in seen(card) and "Show everything" in titles(card)
    everything = next(e for e in walk(card) if e.get("title") == "Show everything")
    assert everything["type"] == "Action.Submit"
    assert everything["data"] == {"msteams": {"type": "task/fetch"}, "bellhop": {"verb": "more", "ref": "answer:7"}}


def pages(reply: Reply) -> list[dict[str, Any]]:
    """The dialog page by page, turned as a person turns it."""
    told = []
    page: int | None = 0
    while page is not None:
        info = full_dialog(reply, "key", page)
        check_dialog(info)
        told.append(info["card"]["content"])
        turn = [a for a in told[-1].get("actions", ()) if a["title"] == "Next page"]
        page = turn[0]["data"]["bellhop"]["values"]["page"] if turn else None
    return told


def test_the_pages_of_everything_leave_nothing_out() -> None:
    sentences = [f"sentence-{n} " + "word " * 300 for n in range(40)]
    steps = tuple(
        step(n, sentence=s, because=f"because-{n}", said=f"said-{n}", before="b " * 400, after="a " * 400) for n, s in enumerate(sentences)
    )
    who = tuple(f"Person-{n}" for n in range(300))
    said = " ".join(f"own-{n}" for n in range(3_000))
    reply = approval(steps=steps, who=who, said=said, because=tuple(f"reason-{n}" for n in range(50)), title="title " * 100)
    told = " ".join(shown(card) for card in pages(reply))
    for word, count in (("sentence", 40), ("because", 40), ("said", 40), ("Person", 300), ("own", 3_000), ("reason", 50)):
        found = [int(n) for n in re.findall(rf"\b{word}-(\d+)", told)]
        assert found == list(range(count)), word
    assert told.count("word") == 40 * 300 and told.count("title") >= 100
    assert len(pages(reply)) > 2 and "Back" in titles(pages(reply)[1])


def test_a_page_that_is_not_there_is_the_last_or_the_first() -> None:
    reply = Text(text="a\n\n" * 5_000)
    last = pages(reply)[-1]
    assert full_dialog(reply, "key", 10_000)["card"]["content"] == last
    assert full_dialog(reply, "key", -5) == full_dialog(reply, "key", 0)


def test_whoever_approves_more_than_fits_is_told_to_read_it_all_first() -> None:
    card = drawn(approval(steps=tuple(step(n, because=f"{n} because of this") for n in range(1, 60))), "key").card
    check(card)
    told = seen(card)
    assert "Please read all of it before you answer." in told and "[Show everything]" in told
    assert "Please answer by" in told and "Fingerprint" in told and "[Approve] [Decline]" in told
    steps = [line for line in told.splitlines() if re.match(r"\*\d+\. ", line)]
    assert len(steps) > 15 and told.index("Show everything") > told.index(steps[-1])


def test_twenty_steps_fit_into_a_card() -> None:
    steps = tuple(
        step(n, before="member", after="none", because="He left on Friday.", rule="leavers-1", vendor="demo", undoable=True)
        for n in range(20)
    )
    assert "Show everything" not in read(plan(steps=steps, buttons=(UNDO,)))


def test_where_nobody_could_show_everything_there_is_no_such_button() -> None:
    assert titles(drawn(Text(text="word " * 20_000)).card) == []


def test_more_buttons_than_teams_shows_go_behind_the_dots_but_never_those_that_open() -> None:
    plain = [Button(verb="act", ref=f"BH-1:{n}", label=f"Do {n}") for n in range(10)]
    card = drawn(Text(text="x", buttons=(*plain, DECLINE, UNDO))).card
    check(card)
    beside = [a for a in card["actions"] if a.get("mode") != "secondary"]
    assert [a["title"] for a in beside] == ["Do 0", "Do 1", "Do 2", "Do 3", "Decline", "Undo"]
    assert {a["type"] for a in card["actions"] if a.get("mode") == "secondary"} == {"Action.Execute"}
    assert len(card["actions"]) == 12


def test_states_are_told_by_sign_and_word_not_by_colour_alone() -> None:
    for name in ("waiting", "running", "with a human", "done", "already so", "failed", "undone"):
        told = read(plan(steps=(step(1, state=name),)))
        assert re.search(rf"[✓▸◔✗○☞↺] {name.capitalize()}", told), name


def test_long_paragraphs_are_split_between_words() -> None:
    text = "lorem ipsum dolor " * 400
    told = [seen({"body": [e]}) for e in blocks(text)]
    assert len(told) > 5 and "".join(told).split() == text.split()
    assert all(len(line) <= 801 for line in told)


# The checker itself refuses what Teams refuses.


def _card(*body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body) or [{"type": "TextBlock", "text": "x"}], **more}


SHOW = {"type": "Action.ShowCard", "title": "s", "card": _card()}
INPUT = {"type": "Input.Text", "id": "a", "label": "A"}


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (_card(version="1.6"), "version"),
        (_card({"type": "Video"}), "no element"),
        (_card({"type": "TextBlock", "text": "x", "colour": "good"}), "no property"),
        (_card({"type": "TextBlock"}), "without text"),
        (_card(INPUT, INPUT), "twice"),
        (_card({**INPUT, "isRequired": True}), "required"),
        (_card({"type": "TextBlock", "text": "x" * 15_000}), "bytes"),
        (_card(actions=[]), "empty"),
        (_card(actions=[{"type": "Action.Execute", "title": "x"}]), "without verb"),
        (_card(actions=[{"type": "Action.OpenUrl", "title": "x", "url": "javascript:alert(1)"}]), "url"),
        (_card({"type": "Image", "url": "http://a.example/b.png", "altText": "b"}), "url"),
        (_card(actions=[{**SHOW, "mode": "secondary"}]), "does not open"),
        (_card(actions=[{**SHOW, "card": _card(actions=[SHOW])}]), "inside of another"),
        (_card(actions=[{"type": "Action.Submit", "title": str(n)} for n in range(7)]), "primary"),
        (_card({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "<at>a</at>"}]}), "mentions"),
        (_card({"type": "Input.ChoiceSet", "id": "a", "label": "a", "choices": [{"title": "x", "value": "1"}], "value": "2"}), "not among"),
    ],
)
def test_the_checker_refuses(card: dict[str, Any], why: str) -> None:
    with pytest.raises(CardRefused, match=why):
        check(card)


def test_the_checker_takes_what_is_right() -> None:
    check(_card(INPUT, actions=[SHOW, {"type": "Action.OpenUrl", "title": "x", "url": "https://a.example"}]))
