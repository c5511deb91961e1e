"""Slack's limits are met, and what Slack refuses or cannot do now stops nobody."""

from __future__ import annotations

import itertools

from tests.slack.conftest import ANALYSTS, HELP, House, both
from tests.slack.standin.driver import Slack, labels, pings, shown
from tests.slack.standin.limits import check_blocks
from tests.slack.standin.state import Fault
from tests.slack.standin.workspace import Json
from tests.slack.test_scenes import HANNAH, IVAN, ROSA, SAM, removal

QUESTION = "Why isn't my Microsoft Teams microphone working?"
PEOPLE = ["Rosa Delgado", "Tom Becker", "Lucy Chen", "Emily Clarke", "Niels Jensen", "Chloe Martin"]


async def test_one_message_a_second_in_each_channel(closed_house: House, slack: Slack) -> None:
    """Six people at once in one channel, at the pace that Slack allows: nobody is refused, everybody is answered."""
    slack.state.paced = True
    closed_house.pace = 1.0
    house = await closed_house.open()
    said = [await slack.mention(who, HELP, QUESTION) for who in PEOPLE]
    for message in said:
        await slack.seen(HELP, "icrophone not working", message["ts"], 30)
    await house.quiet()
    posts = [c for c in slack.state.calls if c.method == "chat.postMessage"]
    assert len(posts) == len(PEOPLE) and all(c.result == "ok" for c in posts)


@both
async def test_asked_to_wait_it_waits_as_long_as_it_was_told(house: House, slack: Slack) -> None:
    house.expected.add("ratelimited")
    slack.state.faults += [Fault("chat.postMessage", times=2, after=1), Fault("users.info", after=1), Fault("reactions.add", after=30)]
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])
    tried = [c for c in slack.state.calls if c.method == "chat.postMessage"]
    gaps = [b.at - a.at for a, b in itertools.pairwise(tried)]
    assert [c.result for c in tried] == ["ratelimited", "ratelimited", "ok"] and min(gaps) >= 0.95
    assert len(slack.messages(HELP, said["ts"])) == 1


async def test_updates_wait_too_and_only_the_newest_is_drawn(house: House, slack: Slack) -> None:
    house.expected.add("ratelimited")
    said = await removal(slack, HELP)
    asked = await slack.seen(SAM, "Approval: ")
    slack.state.faults.append(Fault("chat.update", times=2, after=1))
    await slack.press(SAM, asked, "Approve")
    plan = await slack.seen(HELP, "Plan: ", said["ts"])
    await slack.until(lambda: "✅ Done" in shown(plan) and not labels(asked))


@both
async def test_slack_out_of_order_delays_and_loses_nothing(house: House, slack: Slack) -> None:
    house.expected |= {"fatal_error", "internal_error", "service_unavailable"}
    slack.state.faults += [
        Fault("chat.postMessage", status=500),
        Fault("chat.postMessage", status=503),
        Fault("chat.postMessage", error="internal_error"),
        Fault("chat.startStream", status=500),
        Fault("conversations.open", status=500),
        Fault("users.lookupByEmail", status=500),
    ]
    await slack.mention(HANNAH, HELP, "Remove John Smith's access to Slack.")
    await slack.seen(SAM, "Approval: ")
    said = await slack.say(ROSA, ROSA, QUESTION)
    await slack.seen(ROSA, "icrophone not working", said["ts"])
    await house.quiet()
    assert len(slack.messages(SAM)) == 1 and len(slack.messages(ROSA, said["ts"])) == 1


async def test_a_message_that_is_gone_is_posted_anew(house: House, slack: Slack) -> None:
    """An admin deleted the card: what is new is said all the same."""
    house.expected.add("message_not_found")
    said = await removal(slack, HELP)
    plan = await slack.seen(HELP, "Plan: ", said["ts"])
    slack.state.workspace.messages[HELP].remove(plan)
    asked = await slack.seen(SAM, "Approval: ")
    await slack.press(SAM, asked, "Approve")
    await slack.seen(HELP, "Plan: .*✅ Done", said["ts"])


async def test_an_approver_who_is_not_in_slack_is_reported_to_the_analysts(house: House, slack: Slack) -> None:
    house.expected.add("users_not_found")
    slack.user(SAM).deleted = True
    await slack.mention(HANNAH, HELP, "Remove John Smith's access to Slack.")
    await slack.seen(ANALYSTS, "could not reach Sam Okafor in Slack")


async def test_without_the_analysts_channel_people_are_served_all_the_same(house: House, slack: Slack) -> None:
    """It was archived, then the bot was thrown out: whoever asked hears what they would have heard."""
    house.expected |= {"is_archived", "channel_not_found"}
    slack.channel(ANALYSTS).archived = True
    said = await slack.mention(ROSA, HELP, "talk to a human")
    await slack.seen(HELP, "handed this to the help desk", said["ts"])
    slack.channel(ANALYSTS).archived = False
    slack.channel(ANALYSTS).members.discard("U0BELLHOP1")
    other = await removal(slack, HELP, "Remove John's access to Slack.")
    await slack.press(SAM, await slack.seen(SAM, "Approval: "), "Approve")
    await slack.seen(HELP, "no longer has access|All done", other["ts"])


async def test_what_is_long_is_cut_and_the_rest_is_behind_a_button(house: House, slack: Slack) -> None:
    paragraphs = [f"Paragraph {n}: the display shows this, then that, then nothing at all. " + "Very odd. " * 18 for n in range(28)]
    await slack.mention(ROSA, HELP, "talk to a human")
    brief = await slack.seen(ANALYSTS, "BH-1001")
    root = (await house.ticket()).place.thread
    await slack.say(ROSA, HELP, "\n\n".join(paragraphs), root)
    relayed = await slack.seen(ANALYSTS, "Paragraph 0", brief["ts"])
    assert not check_blocks(relayed["blocks"]) and "Paragraph 27" not in shown(relayed)
    await slack.press(IVAN, relayed, "Show everything")
    view: Json = await slack.until(lambda: slack.has_modal(IVAN) and slack.modal(IVAN))
    assert "Paragraph 0" in shown(view) and "Paragraph 27" in shown(view)


async def test_words_of_people_stay_words(house: House, slack: Slack) -> None:
    """Mentions, links and markup that somebody typed or pasted: what is relayed calls nobody and leads nowhere it does not say."""
    text = (
        "talk to a human <!channel> <!here> <!everyone> <!subteam^S123|@admins> &lt;!channel&gt; @everyone @here "
        "<https://evil.example|https://bank.example> [bank](javascript:alert(1)) *bold* `code` ```block``` "
        "&amp;lt;!channel&amp;gt; <@U0003>"
    )
    said = await slack.mention(ROSA, HELP, text)
    brief = await slack.seen(ANALYSTS, "BH-1001")
    await slack.say(IVAN, ANALYSTS, f"Look: {text}", brief["ts"])
    await slack.seen(HELP, "Look: ", said["ts"])
    await slack.open_home(IVAN)
    home = await slack.until(lambda: slack.home(IVAN))
    for message in (*slack.messages(HELP), *slack.messages(ANALYSTS), home):
        assert not pings(message), shown(message)
        assert "javascript:" not in str(links(message))
    assert not [u for m in slack.messages(ANALYSTS) for u, label in links(m) if label.startswith("http") and label != u]


def links(part: object) -> list[tuple[str, str]]:
    """Every link that is drawn: where it leads, and what it says."""
    if isinstance(part, list):
        return [found for item in part for found in links(item)]
    if not isinstance(part, dict):
        return []
    own = [(str(part["url"]), str(part.get("text", "")))] if part.get("type") in ("link", "button") and "url" in part else []
    return own + [found for value in part.values() for found in links(value)]


async def test_scopes_that_are_missing_degrade_what_needs_them(house: House, slack: Slack) -> None:
    """Without the right to react or to write under the box there is no sign of life, but an answer."""
    house.expected.add("missing_scope")
    slack.state.scopes -= {"reactions:write", "assistant:write"}
    for who in (ROSA, "Tom Becker"):
        said = await slack.mention(who, HELP, QUESTION)
        await slack.seen(HELP, "icrophone not working", said["ts"])
    assert len(slack.called("reactions.add")) <= 1
