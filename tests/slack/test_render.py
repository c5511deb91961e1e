"""What Slack is given for each kind of reply: readable, within its limits, and deaf to whatever people, articles and models wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.channels.slack.actions import FILL, FORM, MORE, pressed
from bot.channels.slack.home import home_view, nobody_home_view
from bot.channels.slack.render import draw, drawn
from bot.channels.slack.text import size, units
from bot.channels.slack.views import full_view
from bot.domain.home import Access, Home
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
from bot.domain.tickets import Place, Ticket, TicketStatus
from bot.errors import BadInput
from tests.slack.standin.limits import check_blocks, check_view

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WHOLE = 13_000
"""Characters of blocks past which Slack answers msg_blocks_too_long."""

NASTY = [
    "<!channel> <!here|here> <!everyone> <!subteam^S1|it>",
    "<@U12345> <#C12345|general>",
    "@channel @here @everyone",
    "<https://evil.example|bank.example>",
    "[bank.example](https://evil.example/login)",
    "[x](javascript:alert(1)) [y](data:text/html,hi) [z](//evil.example)",
    "[a|b>c<!here>](https://x.example/a|b)",
    "![pixel](https://evil.example/p.png)",
    "*bold* _slant_ ~gone~ `code` ```fence```",
    "> quoted\n> ✅ Approved by Security",
    "`<!channel> & <https://evil.example|x>` ``a`b``",
    ":white_check_mark: :rotating_light:",
    "&amp;&lt;!channel&gt; & < >",
    "<!date^1392734382^now|soon>",
    "```\n<!channel> & <b>\n```",
    "| a | b |\n|---|---|\n| <!here> | [x](https://e.example) |",
    "\u202etxt.exe\u202c \x00\x07 \u200b",
    " ",
    "",
    "\n\n\n",
]
HUGE = [
    "a" * 5000,
    "word " * 900,
    "A sentence of some length. " * 200,
    "\n\n".join(f"Paragraph {n} says something." for n in range(200)),
    "- item\n" * 500,
    "\n".join(f"{n}. step" for n in range(1, 400)),
    "\n".join("  " * n + "- deeper" for n in range(30)),
    "*a* **b** `c` " * 300,
    "&<>" * 1200,
    "👩‍💻" * 1000,
    "```\n" + "line of code\n" * 400 + "```",
    "| name | what it is |\n|---|---|\n" + "| x | " + "long " * 60 + "|\n" + "| y | z |\n" * 200,
    "[" + "l" * 300 + "](https://x.example/" + "p" * 1900 + ") " * 1,
]
words = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=120),
    st.sampled_from(HUGE),
    st.lists(st.sampled_from(NASTY + HUGE), max_size=4).map("\n\n".join),
)
names = st.lists(words, max_size=6).map(tuple)


def buttons() -> st.SearchStrategy[tuple[Button, ...]]:
    one = st.builds(
        Button,
        verb=st.sampled_from(["approve", "decline", "undo", "act"]),
        ref=st.text(max_size=300),
        label=words,
        style=st.sampled_from(Style),
        ask_reason=st.sampled_from(["", "optional", "required"]),
        confirm=words,
    )
    return st.lists(one, max_size=30).map(tuple)


steps = st.lists(
    st.builds(
        StepView,
        number=st.integers(1, 99),
        sentence=words,
        before=words,
        after=words,
        because=words,
        rule=words,
        vendor=words,
        state=st.sampled_from(["waiting", "running", "done", "already so", "failed", "undone", "with a human"]),
        said=words,
        undoable=st.booleans(),
    ),
    max_size=25,
).map(tuple)
approvals = st.lists(
    st.builds(ApprovalView, kind=words, who=names, state=st.sampled_from(["open", "approved"]), decided=words, because=names), max_size=6
).map(tuple)
choices = st.lists(st.builds(Choice, value=words, label=words, detail=words), max_size=200).map(tuple)
fields = st.lists(
    st.builds(
        Field_,
        name=st.from_regex(r"[a-z]\w{0,8}", fullmatch=True),
        label=words,
        kind=st.sampled_from(["text", "long", "date", "number", "person", "choice", "file", "system"]),
        required=st.booleans(),
        many=st.booleans(),
        choices=choices,
        value=st.one_of(st.none(), words, st.lists(words, max_size=3), st.just("2026-12-01"), st.integers()),
        help=words,
        error=words,
    ),
    max_size=6,
).map(tuple)
citations = st.lists(st.builds(Citation, title=words, path=words, section=words, quote=words, url=words, note=words), max_size=15).map(
    tuple
)


def cards(of: st.SearchStrategy[Any]) -> st.SearchStrategy[ApprovalCard]:
    return st.builds(
        ApprovalCard,
        approval=words,
        plan=words,
        ticket=words,
        title=words,
        asked_by=words,
        said=words,
        state=st.sampled_from(["open", "approved", "declined", "lapsed"]) | words,
        decided=words,
        steps=of,
        who=names,
        because=names,
        expires=st.just(NOON),
        fingerprint=words,
        buttons=buttons(),
    )


KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.builds(Text, text=words, buttons=buttons()),
    "answer": st.builds(Answer, text=words, citations=citations, closest=st.booleans(), buttons=buttons()),
    "form": st.builds(
        Form, id=st.text(max_size=300), title=words, text=words, fields=fields, submit=words, settled=words, buttons=buttons()
    ),
    "plan": st.builds(
        PlanCard,
        plan=words,
        ticket=words,
        title=words,
        state=st.sampled_from(["proposed", "running", "stopped", "undoing", "done", "refused"]) | words,
        note=words,
        steps=steps,
        approvals=approvals,
        fingerprint=words,
        buttons=buttons(),
    ),
    "approval": cards(steps),
    "status": st.builds(Status, text=words, tone=st.sampled_from(["working", "done", "warning", "failed"]), buttons=buttons()),
    "brief": st.builds(Brief, ticket=words, title=words, requester=words, status=words, text=words, lines=names, buttons=buttons()),
    "said": st.builds(Said, person=words, name=words, text=words, buttons=buttons()),
}
calm = settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a structure."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(part)


OURS = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[\w ,:]+ UTC>"
    r"|<https?://[^\s<>|\"]+(\|[^<>|\n]+)?>"
    r"|^[ \u2003]*> ",
    re.M | re.I,
)
CODE = re.compile(r"```\n.*?\n```|`[^`\n]+`", re.S)
CALLS = re.compile(r"(?<!\w)@(everyone|here|channel)\b|<[!@#]", re.I)


def harmless(drawn_: Any, text: str = "") -> None:
    """Nothing in it calls anybody, leads anywhere but to http(s), or is read as anything but words."""
    parsed = [text]
    for part in inside(drawn_):
        if part.get("type") == "mrkdwn":
            assert part["verbatim"] is True
            parsed.append(OURS.sub("", part["text"]))
        if part.get("type") == "plain_text":
            assert part["emoji"] is False
            assert not CALLS.search(part["text"])
        assert "url" not in part and "image_url" not in part
    for words_ in parsed:
        assert not re.search("[<>]", words_), words_
        assert not re.search(r"&(?!(amp|lt|gt);)", words_), words_
        assert not re.search("^&gt;", words_, re.M) or words_ is text
        assert not CALLS.search(CODE.sub("", words_).replace("&lt;", "<")), words_


def fits(reply: Reply) -> None:
    shown = drawn(reply)
    assert check_blocks(shown.blocks) == []
    assert len(json.dumps(shown.blocks, ensure_ascii=False)) <= WHOLE
    assert len(shown.text) > 0 and size(shown.text) <= 3000 * 5
    harmless(shown.blocks, shown.text)
    view = full_view(reply)
    assert check_view(view, "modal") == []
    assert len(json.dumps(view, ensure_ascii=False).encode()) <= 250_000
    harmless(view["blocks"])


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_reply_holds_slack_takes_it_and_nothing_in_it_works(kind: str) -> None:
    @calm
    @given(KINDS[kind])
    def whatever(reply: Reply) -> None:
        fits(reply)
        shown = drawn(reply)
        carried = [e for b in shown.blocks if b["type"] == "actions" for e in b["elements"]]
        assert shown.cut == any(pressed(e).verb == MORE for e in carried if e["type"] == "button")

    whatever()


def everywhere(text: str) -> Iterator[Reply]:
    """One reply of each kind in which every word is this text."""
    press = tuple(Button(verb="act", ref=f"BH-1:{n}", label=text, confirm=text, ask_reason="optional") for n in range(30))
    step = StepView(number=1, sentence=text, before=text, after=text, because=text, rule=text, vendor=text, state="done", said=text)
    asked = ApprovalView(kind=text, who=(text, text), decided=text, because=(text,))
    pick_ = tuple(Choice(value=f"{n}", label=text, detail=text) for n in range(4))
    card: dict[str, Any] = {"ticket": text, "title": text, "state": "open", "steps": (step, step), "fingerprint": text, "buttons": press}
    yield Text(text=text, buttons=press)
    yield Answer(
        text=text, citations=(Citation(title=text, path=text, section=text, url=text, note=text),) * 7, closest=True, buttons=press
    )
    yield Form(id="F1", title=text, text=text, fields=(Field_(name="q1", label=text, choices=pick_, error=text),), buttons=press)
    yield Form(id="F1", title=text, fields=(), settled=text)
    yield PlanCard(plan=text, note=text, approvals=(asked, asked), **card)
    yield ApprovalCard(approval=text, plan=text, asked_by=text, said=text, decided=text, who=(text,), because=(text,), expires=NOON, **card)
    yield Status(text=text, tone="done", buttons=press)
    yield Brief(requester=text, status=text, text=text, lines=(text, text), ticket=text, title=text, buttons=press)
    yield Said(person=text, name=text, text=text, buttons=press)


@pytest.mark.parametrize("text", [*NASTY, *HUGE], ids=lambda text: repr(text[:20]))
def test_no_text_works_in_any_place_of_any_reply(text: str) -> None:
    for reply in everywhere(text):
        fits(reply)


homes = st.builds(
    Home,
    name=words,
    analyst=st.booleans(),
    tickets=st.lists(
        st.builds(
            Ticket,
            id=words,
            requester=words,
            place=st.just(Place(channel="slack", conversation="D1")),
            summary=words,
            status=st.sampled_from(TicketStatus),
            created=st.just(NOON),
            updated=st.just(NOON),
        ),
        max_size=40,
    ).map(tuple),
    access=st.lists(
        st.builds(Access, system=words, level=words, until=st.none() | st.datetimes(min_value=datetime(2020, 1, 1))), max_size=60
    ).map(tuple),
    approvals=st.lists(
        st.builds(
            Post,
            ticket=st.just("BH-1"),
            audience=st.just("a@b.example"),
            key=st.just("k"),
            place=st.just(Place(channel="slack", conversation="D1")),
            reply=cards(steps.map(lambda many: many[:6])),
            ref=st.sampled_from(["", "D024BE91L:1795405965.000100"]),
            at=st.just(NOON),
        ),
        max_size=7,
    ).map(tuple),
    queue=st.just(()),
)


def test_whatever_is_open_the_home_page_takes_it() -> None:
    @calm
    @given(homes, words)
    def whatever(home: Home, company: str) -> None:
        home = home.model_copy(update={"queue": home.tickets})
        view = home_view(home, company, {t.id: "https://x.slack.com/archives/D1/p1?a=1&b=<!here>" for t in home.tickets[::2]})
        faults = check_view(view, "home")
        assert faults == []
        harmless(view["blocks"])
        assert check_view(nobody_home_view(company), "home") == []
        harmless(nobody_home_view(company)["blocks"])

    whatever()


# How it reads ------------------------------------------------------------------------------------------------------------------------


def page(blocks: list[dict[str, Any]]) -> str:
    """Blocks as lines of text."""
    lines = []
    for block in blocks:
        match block["type"]:
            case "header":
                lines.append(f"# {block['text']['text']}")
            case "section":
                lines.append(block["text"]["text"].replace("\u2003", " "))
            case "context":
                lines += [f"({e['text']})" for e in block["elements"]]
            case "actions":
                lines.append(" ".join(f"[{e['text']['text']}]" if "text" in e else "[menu]" for e in block["elements"]))
            case other:
                lines.append(f"<{other}>")
    return "\n".join(lines)


STEPS = (
    StepView(number=1, sentence="Remove John Smith from Salesforce", before="member", after="", vendor="okta", state="done", undoable=True),
    StepView(
        number=2,
        sentence="Reassign his 3 customer meetings to Priya Nair",
        because="Customer meetings need somebody to hold them.",
        rule="meetings-need-a-host",
        vendor="human",
    ),
)
SAID = "Please take John out of *Salesforce* <!channel>"


def plan(**changes: Any) -> PlanCard:
    card = PlanCard(
        plan="P1",
        ticket="BH-1001",
        title="Remove access to Salesforce",
        state="waiting for approval",
        steps=tuple(s.model_copy(update={"state": "waiting"}) for s in STEPS),
        approvals=(ApprovalView(kind="the manager", who=("Ada Okafor", "Bo Li"), because=("Access of others is their manager's call.",)),),
        fingerprint="8f3a91c2d4e5f60718",
        buttons=(Button(verb="cancel", ref="P1", label="Cancel request"),),
    )
    return card.model_copy(update=changes)


def approval(**changes: Any) -> ApprovalCard:
    card = ApprovalCard(
        approval="A1",
        plan="P1",
        ticket="BH-1001",
        title="Remove access to Salesforce",
        asked_by="Maya Chen",
        said=SAID,
        state="open",
        steps=tuple(s.model_copy(update={"state": "waiting"}) for s in STEPS),
        who=("Ada Okafor", "Bo Li"),
        because=("Access of others is their manager's call.",),
        expires=NOON,
        fingerprint="8f3a91c2d4e5f60718",
        buttons=(
            Button(verb="approve", ref="A1", label="Approve", style=Style.PRIMARY),
            Button(verb="decline", ref="A1", label="Decline", style=Style.DANGER, ask_reason="required"),
        ),
    )
    return card.model_copy(update=changes)


def test_an_answer_reads_like_its_article() -> None:
    text = (
        "You need the **VPN** for `intranet`.\n\n"
        "## Connect\n\n1. Open *GlobalProtect*.\n2. Choose:\n   - Windows\n   - Mac\n3. Sign in.\n\n"
        "See [the page](https://vpn.example/a?b=1&c=2).\n\n| System | Where |\n|---|---|\n| VPN | outside |\n\n```\nping <host> & wait\n```"
    )
    cite = Citation(
        title="VPN", section="Connect", path="vpn/connect.md", url="https://kb.example/vpn?a=1&b=2", note="reviewed 12 Oct 2026"
    )
    plain = Citation(title="Wi-Fi", path="wifi/home.md")
    reply = Answer(text=text, citations=(cite, plain), closest=True, buttons=(Button(verb="helpful", ref="BH-1", label="This helped"),))
    assert page(drawn(reply).blocks).split("\n") == [
        "*⚠️ The closest I have. It may not be what you asked.*",
        "You need the *VPN* for `intranet`.",
        "*Connect*",
        "1. Open _GlobalProtect_.",
        "2. Choose:",
        " ◦ Windows",
        " ◦ Mac",
        "3. Sign in.",
        "See <https://vpn.example/a?b=1&amp;c=2|the page>.",
        "```",
        "System   Where",
        "──────   ───────",
        "VPN      outside",
        "```",
        "```",
        "ping &lt;host&gt; &amp; wait",
        "```",
        "(📖 <https://kb.example/vpn?a=1&amp;b=2|VPN › Connect> · reviewed 12 Oct 2026)",
        "(📖 Wi-Fi (wifi/home.md))",
        "[This helped]",
    ]


def test_a_plan_says_what_why_and_whose_turn_it_is() -> None:
    assert page(drawn(plan()).blocks).split("\n") == [
        "# Plan: Remove access to Salesforce",
        "(⏳ Waiting for approval · BH-1001)",
        "⏳ Waiting for *Ada Okafor or Bo Li*, as the manager",
        "1. *Remove John Smith from Salesforce*",
        "member → nothing",
        "Through okta · can be undone",
        "2. *Reassign his 3 customer meetings to Priya Nair*",
        "Why: Customer meetings need somebody to hold them. (meetings-need-a-host)",
        "By a human at the help desk",
        "*Approvals*",
        "*The manager*: Ada Okafor or Bo Li  ·  ⏳ Open",
        "Why: Access of others is their manager's call.",
        "(Fingerprint 8f3a 91c2 d4e5)",
        "[Cancel request]",
    ]


def test_a_running_plan_shows_how_far_it_is_and_an_undone_one_goes_back() -> None:
    running = page(drawn(plan(state="running", steps=STEPS, approvals=(), buttons=())).blocks)
    assert "(⚙️ Running · 1 of 2 steps · BH-1001)" in running
    assert "1. *Remove John Smith from Salesforce*  ·  ✅ Done" in running
    assert "Priya Nair*  ·  ⏳ Waiting" in running
    undone = page(drawn(plan(state="undone", steps=(STEPS[0].model_copy(update={"state": "undone"}),), buttons=())).blocks)
    assert "↩️ Undone\nnothing → member\n" in undone
    stopped = page(drawn(plan(state="stopped", steps=STEPS, note="Okta refused.")).blocks)
    assert "➖ Not run" in stopped and "Okta refused." in stopped


def test_an_approver_sees_the_words_the_steps_and_until_when() -> None:
    assert page(drawn(approval()).blocks).split("\n") == [
        "# Approval: Remove access to Salesforce",
        "(⏳ Open · Asked by Maya Chen · BH-1001)",
        "> Please take John out of ∗Salesforce∗ &lt;\u200b!channel&gt;",
        "*This will run, exactly*",
        "1. *Remove John Smith from Salesforce*",
        "member → nothing",
        "Through okta · can be undone",
        "2. *Reassign his 3 customer meetings to Priya Nair*",
        "Why: Customer meetings need somebody to hold them. (meetings-need-a-host)",
        "By a human at the help desk",
        "*Why it needs you*",
        "• Access of others is their manager's call.",
        "May answer: Ada Okafor or Bo Li",
        "(Open until <!date^1795521600^{date_short_pretty} at {time}|Tue 24 Nov 2026, 12:00 UTC> · Fingerprint 8f3a 91c2 d4e5)",
        "[Approve] [Decline]",
    ]


def test_a_settled_approval_says_who_and_why_and_takes_no_more_clicks() -> None:
    shown = drawn(approval(state="declined", decided="Ada Okafor declined this: not before Friday", buttons=()))
    assert "❌ Ada Okafor declined this: not before Friday" in page(shown.blocks)
    assert not [b for b in shown.blocks if b["type"] == "actions"]
    assert "Open until" not in page(shown.blocks)
    assert shown.text == "Approval: Remove access to Salesforce, asked by Maya Chen. Ada Okafor declined this: not before Friday."


def test_relayed_words_stay_words() -> None:
    blocks = drawn(Said(person="a@b.example", name="Maya *Chen*", text="*hi* [x](https://e.example)\n> ok <@U1>")).blocks
    assert page(blocks).split("\n") == ["*Maya ∗Chen∗*", "> ∗hi∗ [x](https://e.example)", "> › ok &lt;\u200b@U1&gt;"]


def test_a_brief_and_a_status() -> None:
    brief = Brief(
        ticket="BH-7", title="VPN *drops*", requester="Maya Chen", status="with a human", text=SAID, lines=("Taken by Ivy",),
        buttons=(Button(verb="resolve", ref="BH-7", label="Resolve", ask_reason="optional"),),
    )  # fmt: skip
    assert page(drawn(brief).blocks).split("\n") == [
        "# BH-7: VPN *drops*",
        "(👤 With a human · From Maya Chen)",
        "> Please take John out of ∗Salesforce∗ &lt;\u200b!channel&gt;",
        "• Taken by Ivy",
        "[Resolve]",
    ]
    done = Status(text="All done.\n- Removed **John**\n- Told Priya", tone="done")
    assert page(drawn(done).blocks) == "✅ All done.\n• Removed *John*\n• Told Priya"
    assert page(drawn(Status(text="- one", tone="failed")).blocks) == "❌\n• one"
    assert drawn(done).text == "✅ All done.\n• Removed John\n• Told Priya"


def test_a_link_cannot_name_another_site_than_it_leads_to() -> None:
    text = "[bank.example](https://evil.example) https://bank.example@evil.example/x [intranet.example](https://sso.intranet.example/x)"
    assert [u.text for u in units(text)] == [
        "<https://evil.example|bank.example (evil.example)> "
        "<https://bank.example@evil.example/x|https://bank.example@evil.example/x (evil.example)> "
        "<https://sso.intranet.example/x|intranet.example>"
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Device**s and un*friend*ly", "*Device*\u200bs and un*friend*ly"),
        ("a **bold** _and slanted_ `co<d>e` word", "a *bold* _and slanted_ `co&lt;d&gt;e` word"),
        ("**one `two` three**", "*one* *`two`* *three*"),
        ("my_app_name 2 * 3 * 4 at 10:30:45 ~ ok", "my_app_name 2 * 3 * 4 at 10:30:45 ~ ok"),
        ("\\*no :tada: ~gone~", "∗no ∶tada: ∼gone∼"),
        ("5 > 3 & <b>", "5 &gt; 3 &amp; &lt;b&gt;"),
        ("`` a`b ``", "`aˋb`"),
        ("<https://x.example/a_b_c?x=1&y=2>", "<https://x.example/a_b_c?x=1&amp;y=2>"),
        ("[x|y>z](https://x.example/a|b)", "<https://x.example/a%7Cb|x¦y&gt;z>"),
        ("> said\n> twice", "> said\n> twice"),
        ("```\na `b` <!here> ``` &\n```", "```\na `b` &lt;!here&gt; ˋˋˋ &amp;\n```"),
        ("- one\n\n  more of it\n- two\n  1. deep\n     - deeper", "• one\n\u2003more of it\n• two\n\u20031. deep\n\u2003\u2003• deeper"),
    ],
)
def test_the_small_markdown_in_slacks_own(text: str, shown: str) -> None:
    assert "\n".join(u.text for u in units(text)) == shown


def test_a_wide_table_is_told_row_by_row() -> None:
    text = "| Plan | What it covers |\n|---|---|\n| Basic | " + "a lot of words " * 8 + "|\n| Pro | |"
    told = [u.text for u in units(text)]
    assert told[0].startswith("• *Basic*\n\u2003What it covers: a lot of words") and told[1] == "• *Pro*\n\u2003What it covers: –"


def test_captions_cannot_be_dressed_up() -> None:
    """What stands in mrkdwn, the only text that Slack parses, shows borrowed words as words."""
    shown = drawn(approval(asked_by="*Ada* _Okafor_ ~x~ `y` :white_check_mark: <!here> <https://e.example|x> A&B", ticket="BH-1"))
    caption = shown.blocks[1]["elements"][0]["text"]
    assert caption == (
        "⏳ Open · Asked by ∗Ada∗ ˍOkaforˍ ∼x∼ ˋyˋ ∶white_check_mark: &lt;\u200b!here&gt; &lt;https://e.example|x&gt; A&amp;B · BH-1"
    )


# What does not fit -------------------------------------------------------------------------------------------------------------------


def test_a_long_answer_is_cut_between_paragraphs_and_the_rest_is_one_click_away() -> None:
    paragraphs = [f"Paragraph {n}. " + "It goes on for a while. " * 12 for n in range(40)]
    reply = Answer(text="\n\n".join(paragraphs), citations=(Citation(title="Long", path="a/long.md"),))
    shown = drawn(reply)
    lines = page(shown.blocks).split("\n")
    body = [line for line in lines if line.startswith("Paragraph")]
    assert shown.cut and 5 < len(body) < 15
    assert [line.strip() for line in body] == [p.strip() for p in paragraphs[: len(body)]]
    assert lines[-3:] == ["(This is shortened: there is more of it.)", "(📖 Long (a/long.md))", "[Show everything]"]
    everything = page(full_view(reply)["blocks"])
    assert all(p.strip() in everything for p in paragraphs)
    assert "shortened" not in everything


def test_a_cut_never_ends_with_a_heading() -> None:
    text = "\n\n".join(f"## Heading {n}\n\n" + "Words and words. " * 30 for n in range(30))
    lines = page(drawn(Text(text=text)).blocks).split("\n")
    assert lines[-2].startswith("(This is shortened") and lines[-3].startswith("Words")


def test_nobody_approves_what_they_were_not_shown() -> None:
    """A plan too long for one message says so, shows whole steps only, and its Approve button asks first."""
    many = tuple(
        StepView(number=n, sentence=f"Do thing {n}", because="Because it has to be so. " * 20 + str(n), vendor="okta", state="waiting")
        for n in range(1, 61)
    )
    card = approval(steps=many)
    shown = drawn(card)
    text = page(shown.blocks)
    steps_shown = re.findall(r"^(\d+)\. \*Do thing", text, re.M)
    assert shown.cut and 3 < len(steps_shown) < 60
    assert text.count("Through okta") == len(steps_shown)
    approve, decline, more = next(b for b in shown.blocks if b["type"] == "actions")["elements"]
    assert "Show everything" in approve["confirm"]["text"]["text"] and "confirm" not in decline
    assert pressed(more).verb == MORE
    everything = page(full_view(card)["blocks"])
    assert all(f"Do thing {n}*" in everything for n in range(1, 61)) and "> Please take John out of" in everything
    assert "confirm" not in json.dumps(drawn(approval()).blocks)


def test_what_is_shown_once_has_nothing_to_open_later() -> None:
    reply = Text(text="\n\n".join("Long and longer. " * 20 for _ in range(60)))
    once, kept = drawn(reply, kept=False), drawn(reply)
    assert not [b for b in once.blocks if b["type"] == "actions"]
    assert len(page(once.blocks)) > len(page(kept.blocks))
    assert check_blocks(once.blocks) == []


def test_a_little_too_long_is_shown_whole() -> None:
    assert not drawn(Text(text="\n\n".join("Nine words stand in this line, count them all. " * 5 for _ in range(14)))).cut


# What buttons carry ------------------------------------------------------------------------------------------------------------------


def carried(reply: Reply) -> list[dict[str, Any]]:
    post = Post(ticket="BH-1", audience="requester", key="k", place=Place(channel="slack", conversation="C1"), reply=reply, at=NOON)
    return [{**e, "block_id": b["block_id"]} for b in draw(post).blocks if b["type"] == "actions" for e in b["elements"]]


def test_a_button_comes_back_as_what_it_was() -> None:
    first, second = map(pressed, carried(approval()))
    assert (first.verb, first.ref, first.ask_reason, first.values, first.label, first.at) == ("approve", "A1", "", {}, "Approve", "")
    assert (second.verb, second.ref, second.ask_reason) == ("decline", "A1", "required")
    undo = Button(verb="undo", ref="P1", label="Undo", confirm="Undo 2 steps?", style=Style.DANGER)
    (element,) = carried(Text(text="x", buttons=(undo,)))
    assert element["confirm"]["text"]["text"] == "Undo 2 steps?" and element["confirm"]["style"] == "danger"


def pick_list(count: int, detail: str = "", **changes: Any) -> Form:
    options = tuple(Choice(value=f"sys-{n}", label=f"System {n}", detail=detail) for n in range(count))
    return Form(
        id="BH-1:0a1b",
        title="Which system?",
        fields=(Field_(name="q1", label="Which system?", choices=options, **changes),),
        submit="Choose",
    )


def test_a_few_choices_are_buttons() -> None:
    form = pick_list(3, detail="Sales <b>")
    elements = carried(form)
    assert [e["text"]["text"] for e in elements] == ["System 0", "System 1", "System 2"]
    answer = pressed(elements[1])
    assert (answer.verb, answer.ref, answer.values) == (FORM, "BH-1:0a1b", {"q1": "sys-1"})
    assert "*System 1*  Sales &lt;b&gt;" in page(drawn(form).blocks)


def test_more_choices_are_a_menu_whose_selection_is_the_answer() -> None:
    (menu,) = carried(pick_list(30, detail="Sales"))
    assert menu["type"] == "static_select" and menu["options"][7]["description"]["text"] == "Sales"
    answer = pressed({**menu, "selected_option": menu["options"][7]})
    assert (answer.verb, answer.ref, answer.values) == (FORM, "BH-1:0a1b", {"q1": "sys-7"})


def test_a_menu_gives_up_details_before_it_gives_up_choices() -> None:
    (menu,) = carried(pick_list(70, detail="A rather long word about what this system is for"))
    assert len(menu["options"]) == 70 and "description" not in menu["options"][0]


@pytest.mark.parametrize(
    "form",
    [
        pick_list(101),
        pick_list(3, many=True),
        Form(id="F", title="When?", fields=(Field_(name="q1", label="When?", kind="date"),)),
        Form(id="F", title="Two", fields=(*pick_list(2).fields, *pick_list(2).fields)),
    ],
)
def test_other_forms_take_a_dialog(form: Form) -> None:
    (element,) = carried(form)
    assert pressed(element).verb == FILL and pressed(element).ref == form.id


def test_a_settled_form_says_how() -> None:
    form = Form(id="F", title="Which system?", fields=(), settled="*Salesforce*")
    assert page(drawn(form).blocks) == "*Which system?* → ∗Salesforce∗"
    assert carried(form) == []


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"action_id": "other:approve::0", "value": "A1"},
        {"action_id": "bellhop"},
        {"action_id": "bellhop:form::0", "value": "not json"},
        {"action_id": "bellhop:form::0", "value": "[1]"},
        {"action_id": "bellhop:form::0", "value": '{"form": "F"}'},
    ],
)
def test_a_button_of_somebody_else_is_refused(action: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        pressed(action)


# The home page -----------------------------------------------------------------------------------------------------------------------


def test_the_home_page_shows_what_is_mine_soonest_end_first() -> None:
    place = Place(channel="slack", conversation="D1")
    ticket = Ticket(
        id="BH-1001",
        requester="maya@b.example",
        place=place,
        summary="VPN *drops*",
        status=TicketStatus.APPROVAL,
        created=NOON,
        updated=NOON,
    )
    post = Post(ticket="BH-1001", audience="ada@b.example", key="a", place=place, reply=approval(), ref="D9:1.0001", at=NOON)
    home = Home(
        name="Ada",
        analyst=True,
        tickets=(ticket,),
        access=(Access(system="Wiki", level="reader"), Access(system="Salesforce", level="admin", until=NOON)),
        approvals=(post,),
    )
    view = home_view(home, "Brightwater", {"BH-1001": "https://x.slack.com/archives/D1/p1"})
    text = page(view["blocks"])
    date = "<!date^1795521600^{date_short_pretty} at {time}|Tue 24 Nov 2026, 12:00 UTC>"
    assert f"*<https://x.slack.com/archives/D1/p1|BH-1001>*  VPN ∗drops∗\n⏳ Waiting for approval · {date}" in text
    assert f"• *Salesforce*, admin · ends {date}\n• *Wiki*, reader" in text
    assert "Nobody is waiting" in text and "[Approve] [Decline]" in text
    presses = [pressed({**e, "block_id": b["block_id"]}) for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert [(p.verb, p.ref, p.at) for p in presses] == [("approve", "A1", "D9:1.0001"), ("decline", "A1", "D9:1.0001")]


def test_an_empty_home_page_is_friendly() -> None:
    text = page(home_view(Home(name="Ada"), "Brightwater")["blocks"])
    assert "Nothing is open. Write to me whenever you need something." in text
    assert "Help desk queue" not in text and "Waiting for your answer" not in text
    assert "members only" in page(nobody_home_view("This is for members only.")["blocks"])
