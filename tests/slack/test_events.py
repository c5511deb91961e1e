"""Everything people do in Slack besides writing: edits, deletions, files, dialogs, the home page, shortcuts, commands and the pane."""

from __future__ import annotations

import pytest

from bot.domain.plans import PlanState
from bot.domain.tickets import TicketStatus
from tests.slack.conftest import ANALYSTS, HELP, House, both, mail, over_http, specimen
from tests.slack.standin.driver import Slack, labels, pings, shown
from tests.slack.standin.events import deleted_event, message
from tests.slack.standin.state import Fault
from tests.slack.standin.workspace import Json
from tests.slack.test_scenes import HANNAH, IVAN, JANE, MARIA, ROSA, SAM, removal

LUCY, TOM, EMILY = "Lucy Chen", "Tom Becker", "Emily Clarke"
QUESTION = "Why isn't my Microsoft Teams microphone working?"


# ---- second thoughts


async def test_an_edit_replaces_what_still_waits(house: House, slack: Slack) -> None:
    said = await slack.say(HANNAH, HANNAH, "Remove John Smith's access to Slack.")
    asked = await slack.seen(SAM, "Approval: .*Slack")
    await slack.edit(said, HANNAH, "Remove John Smith's access to Zoom.")
    await slack.seen(SAM, "Approval: Remove John Smith's access to Zoom")
    await slack.until(lambda: not labels(asked))
    states = {p.steps[0].call.arguments["system"]: p.state for p in await house.plans()}
    assert states == {"slack": PlanState.CANCELLED, "zoom": PlanState.ASKING}
    assert len(await house.tickets()) == 1


async def test_an_edit_after_the_fact_changes_nothing_and_says_so(house: House, slack: Slack) -> None:
    said = await slack.say(TOM, TOM, "I'm locked out")
    await house.settled(PlanState.DONE)
    await slack.edit(said, TOM, "I need access to Figma for two weeks")
    await slack.seen(TOM, "already acted on what you wrote first", said["ts"])
    assert len(await house.plans()) == 1


async def test_a_preview_of_a_link_is_no_edit(house: House, slack: Slack) -> None:
    """Slack tells of a changed message when it unfurls a link or adds the number of answers."""
    said = await slack.say(HANNAH, HANNAH, "Remove John Smith's access to Slack.")
    await slack.seen(SAM, "Approval: ")
    channel = slack.channel(HANNAH)
    changed = {**said, "attachments": [{"title": "A page"}]}
    event = {"type": "message", "subtype": "message_changed", "message": changed, "previous_message": said, "channel": channel.id}
    await slack.event({**event, "ts": slack.state.workspace.ts(), "event_ts": "1", "hidden": True, "channel_type": "im"})
    await house.quiet()
    assert [p.state for p in await house.plans()] == [PlanState.ASKING]


@over_http
async def test_a_deleted_request_is_dropped(house: House, slack: Slack) -> None:
    """The root of a thread with answers becomes a tombstone, which is a change; an answer in a thread is deleted."""
    said = await slack.mention(HANNAH, HELP, "Remove John Smith's access to Slack.")
    asked = await slack.seen(SAM, "Approval: .*Slack")
    await slack.delete(said, HELP)
    await house.settled(PlanState.CANCELLED)
    await slack.seen(HELP, "You deleted your message", said["ts"])
    await slack.until(lambda: not labels(asked))
    other = await slack.mention(HANNAH, HELP, "hello")
    await slack.seen(HELP, "Hello Hannah", other["ts"])
    below = await slack.say(HANNAH, HELP, "Remove John Smith's access to Zoom.", other["ts"])
    again = await slack.seen(SAM, "Approval: Remove John Smith's access to Zoom")
    await slack.delete(below, HELP)
    await slack.until(lambda: not labels(again))
    assert {"slack", "zoom"} <= await house.holds("John Smith")


async def test_nobody_edits_or_deletes_for_somebody_else(house: House, slack: Slack) -> None:
    """The words that count are the author's: an event that says otherwise changes nothing."""
    said = await slack.mention(HANNAH, HELP, "Remove John Smith's access to Slack.")
    await slack.seen(SAM, "Approval: ")
    tom = slack.user(TOM).id
    await slack.edit({**said, "user": tom}, HELP, "<@U0BELLHOP1> Remove John Smith's access to email.")
    forged = {**said, "user": tom}
    await slack.event(deleted_event(slack.state, slack.channel(HELP), forged))
    await house.quiet()
    assert [p.state for p in await house.plans()] == [PlanState.ASKING]


# ---- files


async def posted(slack: Slack, form: Json, file: Json) -> None:
    """Jane posts a file in the thread that asked for one."""
    event = message(slack.state, slack.user(JANE), "", form["ts"], [file])
    await slack.tell(slack.channel(JANE), slack.state.workspace.add(slack.channel(JANE).id, event))


async def test_files_that_are_no_business_of_ours(house: House, slack: Slack) -> None:
    """Another host's file is never fetched, with or without the token; nor what is no picture, or too large."""
    await slack.say(MARIA, MARIA, "Provision a laptop with standard apps for Jane and ship it to her home.")
    form = await slack.seen(JANE, "Confirm the shipping address")
    foreign = slack.upload(slack.user(JANE), specimen("jane-doe-match"), host="http://127.0.0.1:9")
    await posted(slack, form, foreign.to_json())
    await slack.told(JANE, "not kept by Slack itself")
    text = slack.upload(slack.user(JANE), ("id.txt", "text/plain", b"John"))
    await posted(slack, form, text.to_json())
    await slack.told(JANE, "only read pictures and PDFs")
    large = {**slack.upload(slack.user(JANE), ("id.png", "image/png", b"x")).to_json(), "size": 11 * 1024 * 1024}
    await posted(slack, form, large)
    await slack.told(JANE, "larger than 10 MB")
    assert not slack.called("file")
    assert (await house.plans())[0].state is PlanState.VERIFYING


async def test_a_file_without_the_scope_says_what_is_missing(house: House, slack: Slack) -> None:
    await slack.say(MARIA, MARIA, "Provision a laptop with standard apps for Jane and ship it to her home.")
    form = await slack.seen(JANE, "Confirm the shipping address")
    slack.state.scopes.discard("files:read")
    await slack.say(JANE, JANE, "", form["ts"], files=[specimen("jane-doe-match")])
    await slack.told(JANE, "files:read")
    assert (await house.plans())[0].state is PlanState.VERIFYING


# ---- dialogs


@both
async def test_a_form_says_at_its_fields_what_is_wrong(house: House, slack: Slack) -> None:
    said = await slack.say(ROSA, ROSA, "forward my email")
    form = await slack.seen(ROSA, "Which person", said["ts"])
    await slack.press(ROSA, form, "Fill in")
    view = await slack.until(lambda: slack.has_modal(ROSA) and slack.modal(ROSA))
    (asked,) = [b["label"]["text"] for b in view["blocks"] if b["type"] == "input"]
    await slack.submit(ROSA, {asked: "guest"})
    assert "not in the company's directory" in str(slack.modal(ROSA)["errors"]), "the dialog stays open and says why"
    assert not await house.plans()
    await slack.submit(ROSA, {asked: TOM})
    assert not slack.has_modal(ROSA)
    await slack.until(lambda: "Fill in" not in labels(form) and TOM in shown(form))
    await slack.seen(ROSA, "Plan: |can't do this", said["ts"])


async def test_a_dialog_that_comes_too_late_says_so(house: House, slack: Slack) -> None:
    """A trigger lives three seconds: whoever pressed hears that it took too long, and may press again."""
    house.expected.add("expired_trigger_id")
    await removal(slack)
    asked = await slack.seen(SAM, "Approval: ")
    slack.state.trigger_life = 0
    await slack.press(SAM, asked, "Decline")
    await slack.told(SAM, "took too long.*press the button once more")
    slack.state.trigger_life = 3
    await slack.press(SAM, asked, "Decline")
    await slack.until(lambda: slack.has_modal(SAM))
    await slack.submit(SAM, {"Reason": "Not now."})
    await house.settled(PlanState.DECLINED)


async def test_a_dialog_opens_before_slow_work(house: House, slack: Slack) -> None:
    """What a dialog needs of Slack's other methods may be slow: it opens all the same."""
    await removal(slack)
    asked = await slack.seen(SAM, "Approval: ")
    slack.state.faults.append(Fault("users.info", times=3, slow=1.0))
    slack.state.trigger_life = 0.8
    await slack.press(SAM, asked, "Decline")
    await slack.until(lambda: slack.has_modal(SAM))


# ---- the rest of the house


@over_http
async def test_the_home_page(house: House, slack: Slack) -> None:
    await slack.open_home(SAM)
    empty = await slack.until(lambda: slack.home(SAM))
    assert "Sam" in shown(empty) and "Approve" not in labels(empty)
    await removal(slack)
    asked = await slack.seen(SAM, "Approval: ")
    await slack.open_home(SAM)
    home = await slack.until(lambda: "Approve" in labels(slack.home(SAM) or {"blocks": []}) and slack.home(SAM))
    assert isinstance(home, dict)
    await slack.press(SAM, home, "Approve")
    await house.settled(PlanState.DONE)
    await slack.until(lambda: not labels(asked) and "Sam Okafor approved" in shown(asked))
    await slack.until(lambda: "Approve" not in labels(slack.home(SAM) or {"blocks": []}))
    await slack.open_home(HANNAH)
    mine = await slack.until(lambda: slack.home(HANNAH))
    assert "My access" in shown(mine)
    await slack.say(LUCY, LUCY, "talk to a human")
    await slack.seen(ANALYSTS, "talk to a human")
    await slack.open_home(IVAN)
    await slack.until(lambda: "BH-1002" in shown(slack.home(IVAN) or {"blocks": []}))
    await slack.open_home("guest")
    await slack.until(lambda: "guest account" in shown(slack.home("guest") or {"blocks": []}))
    assert "BH-1002" not in shown(mine)


async def test_a_shortcut_makes_a_ticket_of_a_message(house: House, slack: Slack) -> None:
    said = await slack.say(TOM, "#lounge", "The coffee machine's display flickers &lt;!channel&gt;")
    await slack.shortcut(LUCY, "create_ticket", said)
    view = await slack.until(lambda: slack.has_modal(LUCY) and slack.modal(LUCY))
    assert "coffee machine" in str(view["blocks"])
    await slack.submit(LUCY, {})
    brief = await slack.seen(ANALYSTS, "coffee machine")
    assert "Lucy Chen" in shown(brief) and not pings(brief)
    ticket = await house.ticket()
    assert (ticket.requester, ticket.status) == (mail(LUCY), TicketStatus.ESCALATED)
    assert ticket.place.conversation == slack.channel(LUCY).id
    await slack.say(LUCY, LUCY, "It is the one on floor 2", ticket.place.thread)
    await slack.seen(ANALYSTS, "floor 2", brief["ts"])
    assert not slack.messages("#lounge")


@both
async def test_the_slash_command(house: House, slack: Slack) -> None:
    told = await slack.command(ROSA, "#lounge", QUESTION)
    assert "direct messages" in told.response["text"] and told.response["response_type"] == "ephemeral"
    await slack.seen(ROSA, "icrophone not working in Microsoft Teams")
    assert not slack.messages("#lounge")
    helped = await slack.command(ROSA, "#lounge", "")
    assert "/bellhop" in helped.response["text"]
    assert len(await house.tickets()) == 1
    await slack.command("guest", "#general", "I need access to Figma for two weeks")
    await slack.told("guest", "guest account")
    assert len(await house.tickets()) == 1


async def test_an_emoji_makes_a_ticket(house: House, slack: Slack) -> None:
    said = await slack.say(TOM, HELP, "The monitor in room 4 flickers")
    await slack.react(LUCY, said, HELP, "ticket")
    await slack.react(TOM, said, HELP, "eyes")
    await house.quiet()
    assert not await house.tickets(), "neither anybody's emoji nor any emoji makes a ticket"
    await slack.react(IVAN, said, HELP, "ticket")
    brief = await slack.seen(ANALYSTS, "monitor in room 4")
    assert "Tom Becker" in shown(brief)
    await slack.seen(HELP, "handed this to the help desk", said["ts"])
    await slack.react(TOM, said, HELP, "ticket")
    await house.quiet()
    assert [t.requester for t in await house.tickets()] == [mail(TOM)]


@over_http
async def test_the_assistant_pane(house: House, slack: Slack) -> None:
    thread = await slack.assistant_start(ROSA)
    await slack.seen(ROSA, "Hello Rosa", thread)
    assert 1 <= len(slack.state.prompts[thread]) <= 4
    await slack.say(ROSA, ROSA, QUESTION, thread)
    answer = await slack.seen(ROSA, "icrophone not working in Microsoft Teams", thread)
    await slack.until(lambda: "This helped" in labels(answer))
    assert slack.called("assistant.threads.setStatus")
    await slack.until(lambda: not slack.status(ROSA, thread))
    await slack.until(lambda: slack.state.titles.get(thread))
    assert "icrophone" in slack.state.titles[thread]
    other = await slack.assistant_start(ROSA)
    await slack.say(ROSA, ROSA, "I'm locked out", other)
    await slack.seen(ROSA, "account is (unlocked|not locked)", other)
    assert {t.place.thread for t in await house.tickets()} == {thread, other}


async def test_a_workspace_without_the_new_things_misses_nothing(closed_house: House, slack: Slack) -> None:
    """No streams, no pane: each is tried once, and everything is said all the same."""
    lacking = {
        "chat.startStream",
        "chat.appendStream",
        "chat.stopStream",
        "assistant.threads.setStatus",
        "assistant.threads.setTitle",
        "assistant.threads.setSuggestedPrompts",
    }
    slack.state.lacking |= lacking
    closed_house.expected.add("unknown_method")
    house = await closed_house.open()
    for who in (ROSA, LUCY, TOM):
        said = await slack.say(who, who, QUESTION)
        answer = await slack.seen(who, "icrophone not working in Microsoft Teams", said["ts"])
        assert "This helped" in labels(answer) and "streaming" not in answer
        await slack.until(lambda said=said: not slack.reactions(said))
        assert said["ts"] in [a["timestamp"] for a in slack.called("reactions.add")]
    thread = await slack.assistant_start(ROSA)
    await slack.seen(ROSA, "Hello Rosa", thread)
    tried = [c.method for c in slack.state.calls if c.method in lacking]
    assert all(tried.count(m) <= 1 for m in lacking), tried
    assert len(await house.tickets()) == 3


@both
async def test_the_first_event_is_not_lost_where_slack_has_trouble(house: House, slack: Slack) -> None:
    """Whatever fails while it is heard for the first time, it is acknowledged and answered; the sign of life may be missing."""
    house.expected.add("fatal_error")
    slack.state.faults += [Fault("auth.test", times=3, status=500), Fault("users.info", status=500), Fault("reactions.add", status=500)]
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])


async def test_a_message_just_sent_shows_that_it_was_seen(house: House, slack: Slack) -> None:
    """In a channel a pair of eyes, before the answer; gone with it."""
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])
    await slack.until(lambda: not slack.reactions(said))
    order = [c.method for c in slack.state.calls if c.method in ("reactions.add", "reactions.remove", "chat.postMessage")]
    assert order.index("reactions.add") < order.index("chat.postMessage")


async def test_a_pick_list_in_a_message(house: House, slack: Slack) -> None:
    said = await slack.mention(EMILY, HELP, "add me to a group")
    form: Json = await slack.until(lambda: next((m for m in slack.messages(HELP, said["ts"]) if "press-list" in labels(m)), None))
    await slack.select(EMILY, form, "press-list", HELP)
    await slack.seen(HELP, "press-list", said["ts"])
    await slack.until(lambda: "press-list" not in labels(form))
    await slack.until(house.plans)


@pytest.mark.parametrize("mode", ["socket", "http"], indirect=True)
async def test_everything_is_acknowledged_at_once(house: House, slack: Slack) -> None:
    """However slow Slack's own methods are: nothing is done before the acknowledgement."""
    slow = 2.5
    slack.state.faults.append(Fault("*", times=40, slow=slow))
    slack.echoes = False
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.command(LUCY, HELP, QUESTION)
    await slack.open_home(LUCY)
    await slack.react(LUCY, said, HELP, "ticket")
    assert all(d.acked and len(d.attempts) == 1 and (d.attempts[0].took or 9) < slow for d in slack.office.all)
    slack.state.faults.clear()
    await slack.seen(HELP, "icrophone not working", said["ts"])
