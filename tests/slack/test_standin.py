"""The stand-in refuses what Slack refuses: else every other test of this folder would prove little."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.standin.delivery import EVENTS, Delivery, signed
from tests.slack.standin.driver import Slack, button, pings, shown
from tests.slack.standin.limits import check_blocks, check_view
from tests.slack.standin.state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Fault
from tests.slack.standin.workspace import BOT_USER, IMPOSTORS

Json = dict[str, Any]
GENERAL = "C0GENERAL"


@pytest.fixture
def web(slack: Slack) -> AsyncWebClient:
    slack.echoes = False
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)


async def error(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def press(label: str = "Yes", **more: Any) -> Json:
    return {"type": "button", "text": plain(label), "action_id": more.pop("action_id", "a"), **more}


def menu(count: int, size: int = 5) -> Json:
    return {"type": "static_select", "action_id": "m", "options": [{"text": plain("x" * size), "value": str(n)} for n in range(count)]}


def actions(*found: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(found), **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


def question(**more: Any) -> Json:
    return {"type": "input", "label": plain("Why?"), "element": {"type": "plain_text_input", "action_id": "a"}, **more}


def runs(*found: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(found)}]}


FINE = {
    "a section": [section("x" * 3000)],
    "fifty blocks": [section("x")] * 50,
    "buttons": [actions(*(press("x" * 75, action_id=str(n), value="v" * 2000) for n in range(25)))],
    "a menu": [actions(menu(100, 75))],
    "a confirmation": [
        actions(press(confirm={"title": plain("t"), "text": plain("?"), "confirm": plain("Yes"), "deny": plain("No")}, style="danger"))
    ],
    "rich text": [runs({"type": "text", "text": "a", "style": {"bold": True}}, {"type": "link", "url": "https://a.example"})],
    "a list": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
                }
            ],
        }
    ],
    "a table": [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}],
    "feedback": [
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "f",
                    "positive_button": {"text": plain("Good"), "value": "1"},
                    "negative_button": {"text": plain("Bad"), "value": "0"},
                }
            ],
        }
    ],
}
WRONG = {
    "an unknown block": ([{"type": "carousel"}], "unsupported type"),
    "an unknown field": ([section("x", colour="red")], "additional property"),
    "no text": ([{"type": "section"}], "missing required field"),
    "an empty text": ([section("")], "more than 0 characters"),
    "a long section": ([section("x" * 3001)], "less than 3001"),
    "a long field": ([{"type": "section", "fields": [plain("x" * 2001)]}], "less than 2001"),
    "eleven fields": ([{"type": "section", "fields": [plain("x")] * 11}], "no more than 10"),
    "a long header": ([{"type": "header", "text": plain("x" * 151)}], "less than 151"),
    "a bold header": ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported value"),
    "fifty-one blocks": ([section("x")] * 51, "no more than 50"),
    "a long button": ([actions(press("x" * 76))], "less than 76"),
    "a long value": ([actions(press(value="x" * 2001))], "less than 2001"),
    "an empty value": ([actions(press(value=""))], "more than 0"),
    "a long action_id": ([actions(press(action_id="x" * 256))], "less than 256"),
    "an unknown style": ([actions(press(style="default"))], "unsupported value"),
    "an address that is none": ([actions(press(url="javascript:alert(1)"))], "expected format"),
    "the same action_id twice": ([actions(press(), press())], "already exists"),
    "the same block_id twice": ([section("x", block_id="b"), section("y", block_id="b")], "already exists"),
    "no actions": ([actions()], "no fewer than 1"),
    "twenty-six buttons": ([actions(*(press(action_id=str(n)) for n in range(26)))], "no more than 25"),
    "a hundred and one options": ([actions(menu(101))], "no more than 100"),
    "a long option": ([actions(menu(1, 76))], "less than 76"),
    "no options": ([actions({"type": "static_select", "action_id": "m"})], "exactly one of"),
    "an option it does not have": ([actions({**menu(1), "initial_option": {"text": plain("y"), "value": "9"}})], "one of the options"),
    "eleven things in a context": ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10"),
    "rich text of no kind": ([{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}], "unsupported type"),
    "an empty run": ([runs({"type": "text", "text": ""})], "more than 0"),
    "a text field of a wrong kind": ([{"type": "section", "text": "x"}], "must provide an object"),
    "two tables": ([{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}] * 2, "only_one_table"),
    "a file input in a message": ([{"type": "input", "label": plain("x"), "element": {"type": "file_input"}}], "unsupported type"),
}


@pytest.mark.parametrize("name", FINE)
def test_what_block_kit_allows_is_taken(name: str) -> None:
    assert check_blocks(FINE[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_block_kit_forbids_is_refused(name: str) -> None:
    blocks, words = WRONG[name]
    faults = check_blocks(blocks)
    assert faults and words in faults[0], faults


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (modal(question()), "missing required field: submit"),
        (modal(question(label=plain("")), submit=plain("Go")), "more than 0"),
        (modal({**question(), "label": {"type": "mrkdwn", "text": "x"}}, submit=plain("Go")), "unsupported value"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        (modal(title=plain("x" * 25)), "less than 25"),
        (modal(private_metadata="x" * 3001), "less than 3001"),
        (modal(*[section("x")] * 101), "no more than 100"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type"),
        ({"type": "home", "blocks": [], "title": plain("x")}, "additional property"),
    ],
)
def test_views_have_limits_of_their_own(view: Json, words: str) -> None:
    faults = check_view(view, "modal", "home")
    assert faults and words in faults[0], faults


async def test_messages_are_posted_updated_and_read(slack: Slack, web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=GENERAL, text="hello", blocks=[section("*hello*")])
    await web.chat_postMessage(channel=GENERAL, text="below", thread_ts=posted["ts"])
    await web.chat_update(channel=GENERAL, ts=posted["ts"], text="changed", blocks=[])
    (head, below) = (await web.conversations_replies(channel=GENERAL, ts=posted["ts"]))["messages"]
    assert (head["text"], head["blocks"], head["reply_count"]) == ("changed", [], 1)
    assert below["thread_ts"] == posted["ts"]


async def test_channels_refuse_as_slack_does(slack: Slack, web: AsyncWebClient) -> None:
    slack.office.hold()
    human = await slack.say("Rosa Delgado", GENERAL, "mine")
    posted = await web.chat_postMessage(channel=GENERAL, text="root")
    below = await web.chat_postMessage(channel=GENERAL, text="below", thread_ts=posted["ts"])
    assert await error(web.chat_postMessage(channel="C0NOWHERE", text="x")) == "channel_not_found"
    assert await error(web.chat_postMessage(channel="C0WITHOUT", text="x")) == "not_in_channel"
    assert await error(web.chat_postMessage(channel="C0ARCHIVE", text="x")) == "is_archived"
    assert await error(web.api_call("chat.postMessage", json={"channel": GENERAL, "text": " "})) == "no_text"
    assert await error(web.chat_postMessage(channel=GENERAL, text="x" * 40_001)) == "msg_too_long"
    assert await error(web.chat_postMessage(channel=GENERAL, text="x", blocks=[section("x" * 3001)])) == "invalid_blocks"
    assert await error(web.chat_postMessage(channel=GENERAL, text="x", thread_ts=below["ts"])) == "cannot_reply_to_message"
    assert await error(web.chat_postMessage(channel=GENERAL, text="x", colour="red")) == "invalid_arguments"
    assert await error(web.chat_update(channel=GENERAL, ts="1.1", text="x")) == "message_not_found"
    assert await error(web.chat_update(channel=GENERAL, ts=human["ts"], text="x")) == "cant_update_message"
    assert (
        await error(web.chat_postEphemeral(channel=GENERAL, user=IMPOSTORS["single-channel guest"].id, text="x")) == "user_not_in_channel"
    )
    assert await error(web.users_info(user="U0NOBODY")) == "user_not_found"
    assert await error(web.users_lookupByEmail(email="nobody@brightwater.example")) == "users_not_found"
    assert await error(web.conversations_open(users=[IMPOSTORS["deactivated"].id])) == "user_disabled"
    assert await error(web.reactions_remove(name="eyes", channel=GENERAL, timestamp=human["ts"])) == "no_reaction"
    assert await error(web.api_call("chat.invented")) == "unknown_method"


async def test_tokens_and_scopes(slack: Slack, web: AsyncWebClient) -> None:
    told = await web.auth_test()
    assert told["user_id"] == BOT_USER and "chat:write" in told.headers["x-oauth-scopes"]
    assert await error(AsyncWebClient("xoxb-wrong", base_url=slack.api_url).auth_test()) == "invalid_auth"
    assert await error(web.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    slack.state.scopes -= {"im:write", "users:read.email"}
    with pytest.raises(SlackApiError) as refused:
        await web.conversations_open(users=["U0001"])
    assert (refused.value.response["error"], refused.value.response["needed"]) == ("missing_scope", "im:write")
    assert "email" not in (await web.users_info(user="U0001"))["user"]["profile"]


async def test_one_message_a_second_and_faults_on_demand(slack: Slack, web: AsyncWebClient) -> None:
    slack.state.paced = True
    with pytest.raises(SlackApiError) as refused:
        for _ in range(slack.state.burst + 1):
            await web.chat_postMessage(channel=GENERAL, text="x")
    assert refused.value.response.status_code == 429 and int(refused.value.response.headers["Retry-After"]) >= 1
    await web.chat_postMessage(channel="C0ITHELP", text="another channel is not slowed down")
    slack.state.faults.append(Fault("users.info", status=500))
    with pytest.raises(SlackApiError) as broken:
        await web.users_info(user="U0001")
    assert broken.value.response.status_code == 500
    assert (await web.users_info(user="U0001"))["ok"]


async def test_a_trigger_opens_one_modal_and_soon_expires(slack: Slack, web: AsyncWebClient) -> None:
    trigger = slack.state.trigger("U0001")
    await web.views_open(trigger_id=trigger, view=modal(section("x")))
    assert slack.modal("U0001")["title"]["text"] == "Title"
    assert await error(web.views_open(trigger_id=trigger, view=modal(section("x")))) == "exchanged_trigger_id"
    slack.state.trigger_life = 0
    assert await error(web.views_open(trigger_id=slack.state.trigger("U0001"), view=modal(section("x")))) == "expired_trigger_id"
    view = slack.modal("U0001")
    await web.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("y")))
    assert await error(web.views_update(view_id=view["id"], hash="old", view=modal(section("z")))) == "hash_conflict"


async def test_files_are_for_who_has_the_token(slack: Slack) -> None:
    kept = slack.upload(slack.user("Jane Doe"), ("id.png", "image/png", b"\x89PNG"))
    async with aiohttp.ClientSession() as session:
        async with session.get(kept.url) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        async with session.get(kept.url, headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as answer:
            assert await answer.read() == b"\x89PNG"


async def test_streams(slack: Slack, web: AsyncWebClient) -> None:
    slack.office.hold()
    said = await slack.say("Rosa Delgado", "Rosa Delgado", "hello")
    channel = slack.channel("Rosa Delgado").id
    stream = await web.chat_stream(channel=channel, thread_ts=said["ts"], buffer_size=1)
    await stream.append(markdown_text="**a")
    assert await error(web.chat_update(channel=channel, ts=stream.ts, text="x")) == "streaming_state_conflict"
    await stream.append(chunks=[{"type": "blocks", "blocks": [section("x")]}])
    await stream.stop(markdown_text="b**", blocks=[section("y")])
    assert slack.messages(channel)[-1]["text"] == "**ab**"
    assert shown(slack.messages(channel)[-1]) == "x\ny"
    assert await error(web.chat_appendStream(channel=channel, ts=stream.ts, markdown_text="x")) == "message_not_in_streaming_state"
    assert await error(web.chat_startStream(channel=GENERAL, thread_ts=said["ts"])) == "missing_recipient_user_id"
    slack.state.lacking |= {"chat.startStream"}
    assert await error(web.chat_startStream(channel=channel, thread_ts=said["ts"])) == "unknown_method"


async def test_a_bolt_app_hears_over_sockets_and_is_asked_again(slack: Slack, web: AsyncWebClient) -> None:
    app = AsyncApp(client=web, signing_secret=SIGNING_SECRET)
    heard: list[Json] = []

    @app.event("message")
    async def hear(event: Json, body: Json) -> None:
        heard.append(event)

    @app.action("yes")
    async def pressed(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(question(block_id="q"), submit=plain("Go"), callback_id="asked"))

    @app.view("asked")
    async def sent(ack: Any, view: Json) -> None:
        said = view["state"]["values"]["q"]["a"]["value"]
        await ack(response_action="errors", errors={"q": "Longer, please."}) if len(said) < 3 else await ack()

    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=web)
    await handler.connect_async()
    await slack.until(lambda: slack.sockets.live)
    said = await slack.say("Rosa Delgado", "Rosa Delgado", "hello")
    await slack.until(lambda: heard)
    assert [(e["ts"], e["channel_type"]) for e in heard] == [(said["ts"], "im")]
    assert slack.office.all[-1].acked and len(slack.office.all[-1].attempts) == 1
    channel = slack.channel("Rosa Delgado").id
    await web.chat_postMessage(channel=channel, text="ask", blocks=[actions(press(action_id="yes"))])
    await slack.press("Rosa Delgado", slack.messages(channel)[-1], "Yes")
    await slack.until(lambda: slack.has_modal("Rosa Delgado"))
    await slack.submit("Rosa Delgado", {"Why?": "x"})
    assert slack.modal("Rosa Delgado")["errors"] == {"q": "Longer, please."}
    await slack.submit("Rosa Delgado", {"Why?": "because"})
    assert not slack.has_modal("Rosa Delgado") and not slack.state.complaints
    slack.sockets.live[0].dead = True
    slack.state.ack_within = 0.05
    again = await slack.event({"type": "message", "user": "U0001", "text": "x", "ts": "1.2", "channel": channel, "channel_type": "im"})
    assert not again.acked and [a.number for a in again.attempts] == [0, 1, 2, 3]
    await handler.close_async()


async def test_http_requests_are_signed_and_repeated(slack: Slack) -> None:
    from aiohttp import web as server

    got: list[tuple[Json, Any]] = []

    async def take(request: server.Request) -> server.Response:
        body = await request.text()
        stamp = float(request.headers["X-Slack-Request-Timestamp"])
        assert signed(body, SIGNING_SECRET, stamp)["X-Slack-Signature"] == request.headers["X-Slack-Signature"]
        got.append((json.loads(body)["event"], request.headers.get("X-Slack-Retry-Num")))
        return server.Response(status=500 if len(got) < 3 else 200)

    site = server.Application()
    site.router.add_post("/slack/events", take)
    runner = server.AppRunner(site)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    slack.over_http(f"http://127.0.0.1:{port}/slack/events")
    delivery = await slack.event({"type": "message", "text": "x"})
    assert delivery.acked and [n for _, n in got] == [None, "1", "2"]
    await runner.cleanup()


async def test_what_was_held_is_released_in_another_order(slack: Slack) -> None:
    order: list[str] = []

    class Noting:
        async def send(self, delivery: Delivery, attempt: Any, reason: str) -> None:
            order.append(delivery.body["event"]["ts"])
            attempt.took = 0.0

        async def close(self) -> None:
            await asyncio.sleep(0)

    slack.office.line = Noting()
    slack.office.hold()
    said = [await slack.say("Rosa Delgado", "Rosa Delgado", str(n)) for n in range(4)]
    assert order == []
    await slack.office.release(times=3, seed=1)
    assert sorted(order) == sorted([m["ts"] for m in said] * 3) and order != sorted(order)
    assert slack.office.all[0].kind == EVENTS


async def test_readers_see_what_a_person_sees(slack: Slack, web: AsyncWebClient) -> None:
    blocks = [
        section("*Plan*"),
        runs({"type": "text", "text": "one "}, {"type": "broadcast", "range": "channel"}),
        actions(press("Approve")),
    ]
    await web.chat_postMessage(channel=GENERAL, text="Plan", blocks=blocks)
    (message,) = slack.messages(GENERAL)
    assert shown(message) == "*Plan*\none <!channel>"
    assert pings(message) == {"<!channel>"}
    assert button(message, "Approve")[1]["action_id"] == "a"
    with pytest.raises(AssertionError, match="Approve"):
        button(message, "Decline")
