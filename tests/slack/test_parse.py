"""The pure parts of the Slack channel: what an event says, who counts as an employee, where the token may go, what an error means."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack import parse
from bot.channels.slack.client import Features, code, translated
from bot.channels.slack.deliver import halves, pieces
from bot.channels.slack.doctor import MANIFEST, OPTIONAL, scopes
from bot.channels.slack.files import Files, usable
from bot.channels.slack.parts import Recent, Work, Workspace, patiently
from bot.channels.slack.people import member
from bot.channels.slack.socket import Watchdog
from bot.errors import Misconfigured, NotAllowed, NotFound, Refused, TryLater, VendorError

BOT = "U0BOT"
POST = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1", "ts": "171.0001", "text": "hello"}


def post(**over: Any) -> dict[str, Any]:
    return {**POST, **over}


# What an event says


def test_the_same_post_told_as_message_and_as_mention_is_one() -> None:
    text = f"<@{BOT}> reset my MFA"
    message = parse.heard(post(text=text), BOT)
    mention = parse.heard({"type": "app_mention", "channel": "C1", "user": "U1", "ts": "171.0001", "text": text}, BOT)
    assert message is not None and message == mention
    assert (message.id, message.named, message.begins, message.direct) == ("C1:171.0001", True, True, False)


def test_a_reply_knows_its_thread() -> None:
    reply = parse.heard(post(ts="172.0", thread_ts="171.0001"), BOT)
    assert reply is not None and (reply.thread, reply.begins, reply.named) == ("171.0001", False, False)
    again = parse.heard(post(ts="171.0001", thread_ts="171.0001"), BOT)
    assert again is not None and again.begins


@pytest.mark.parametrize(
    "over",
    [
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "message_replied"},
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"user": BOT},
        {"user": ""},
        {"hidden": True},
    ],
)
def test_what_no_person_wrote_is_not_heard(over: dict[str, Any]) -> None:
    assert parse.heard(post(**over), BOT) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_what_a_person_wrote_in_another_way_is_heard(subtype: str) -> None:
    assert parse.heard(post(subtype=subtype), BOT) is not None


@pytest.mark.parametrize(("channel", "kind", "direct"), [("D1", "im", True), ("D1", "", True), ("C1", "", False), ("G1", "mpim", False)])
def test_direct_conversations(channel: str, kind: str, direct: bool) -> None:
    said = parse.heard(post(channel=channel, channel_type=kind), BOT)
    assert said is not None and said.direct is direct


def change(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    told = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": "C1", "channel_type": "channel", "ts": "180.0"}
    return told | {"event_ts": "180.0", "message": now, "previous_message": before}


def test_an_edit_carries_the_first_posts_id_and_its_own() -> None:
    now = post(text="hello again", edited={"user": "U1", "ts": "179.5"})
    told = parse.edited(change(now, post()), BOT)
    assert told is not None and (told.id, told.edited, told.text) == ("C1:171.0001", "179.5", "hello again")


@pytest.mark.parametrize(
    "now",
    [
        post(edited={"user": "U1", "ts": "179.5"}, attachments=[{"title": "a preview"}]),
        post(text="a reply came"),
        post(text="x", edited={"user": "U1", "ts": "1"}, bot_id="B1"),
        post(text="x", edited={"user": BOT, "ts": "1"}, user=BOT),
        post(text="This message was deleted.", subtype="tombstone", edited={"user": "U1", "ts": "1"}),
    ],
)
def test_what_is_no_edit_of_somebodys_words(now: dict[str, Any]) -> None:
    assert parse.edited(change(now, post()), BOT) is None


def test_a_deletion_is_the_authors_in_both_of_slacks_tellings() -> None:
    plain = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": "C1", "deleted_ts": "171.0001"}
    gone = parse.deleted(plain | {"previous_message": post()}, BOT)
    with_replies = parse.deleted(change(post(subtype="tombstone", user="USLACKBOT"), post(thread_ts="171.0001")), BOT)
    assert gone is not None and with_replies is not None
    assert (gone.id, gone.user) == (with_replies.id, with_replies.user) == ("C1:171.0001", "U1")
    assert parse.deleted(plain | {"previous_message": post(user=BOT, bot_id="B1")}, BOT) is None
    assert parse.deleted(change(post(text="edited"), post()), BOT) is None


def test_reactions_on_posts_only() -> None:
    item = {"type": "message", "channel": "C1", "ts": "171.0001"}
    told = {"type": "reaction_added", "user": "U2", "reaction": "ticket::skin-tone-3", "item": item, "item_user": "U1"}
    found = parse.reaction(told)
    assert found == parse.Reaction("ticket", "U2", "C1", "171.0001", "U1")
    assert parse.reaction(told | {"item": {"type": "file", "file": "F1"}}) is None
    assert parse.reaction({k: v for k, v in told.items() if k != "item_user"}) is None


def test_events_of_other_workspaces_are_not_ours() -> None:
    assert parse.ours({"team_id": "T1"}, "T1") and not parse.ours({"team_id": "T2"}, "T1")
    assert parse.ours({"team_id": "T2", "authorizations": [{"team_id": "T1"}]}, "T1")
    assert not parse.ours({"team_id": "T2", "authorizations": [{"team_id": "T3"}]}, "T1")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"user": {"id": "U1"}, "container": {"type": "message", "message_ts": "2.0", "channel_id": "C1", "thread_ts": "1.0"}},
            ("C1:2.0", "1.0"),
        ),
        ({"user": {"id": "U1"}, "channel": {"id": "C1"}, "message": {"ts": "2.0"}}, ("C1:2.0", "2.0")),
        ({"user": {"id": "U1"}, "container": {"type": "view", "view_id": "V1"}, "view": {"type": "home"}}, ("", "")),
        ({"user_id": "U1", "channel_id": "C1", "text": "x"}, ("", "")),
    ],
)
def test_where_something_was_pressed(body: dict[str, Any], expected: tuple[str, str]) -> None:
    found = parse.source(body)
    assert found.user == "U1" and (found.ref, found.thread) == expected


# Words


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (f"<@{BOT}> reset my MFA", "reset my MFA"),
        (f"  <@{BOT}|bellhop>, <@{BOT}>: reset my MFA", "reset my MFA"),
        (f"reset my MFA, <@{BOT}>!", "reset my MFA!"),
        (f"can <@{BOT}> help", "can @Bellhop help"),
        ("remove <@U7>'s access", "remove john.smith@brightwater.example's access"),
        ("ask <@U8|mallory>", "ask @mallory"),
        ("ask <@U8>", "ask @U8"),
        ("in <#C2|general> and <#C3>", "in #general and #C3"),
        ("hey <!here> <!subteam^S1|@desk> <!channel>", "hey @here @desk @channel"),
        ("at <!date^1392734382^{date}|Feb 18>", "at Feb 18"),
        ("see <https://a.example/x?y=1&amp;z=2>", "see https://a.example/x?y=1&z=2"),
        ("see <http://a.example|a.example>", "see a.example"),
        ("see <https://evil.example|our wiki>", "see our wiki (https://evil.example)"),
        ("mail <mailto:a@b.example|a@b.example>", "mail a@b.example"),
        ("mail <mailto:evil@b.example|john.smith@brightwater.example>", "mail john.smith@brightwater.example (evil@b.example)"),
        ("1 &lt; 2 &amp;&amp; x", "1 < 2 && x"),
        ("&lt;@U7&gt; typed by hand", "<@U7> typed by hand"),
        ("&amp;lt;", "&lt;"),
        ("", ""),
        (f"<@{BOT}>", ""),
    ],
)
def test_words_are_read_as_their_author_saw_them(raw: str, read: str) -> None:
    assert parse.readable(raw, BOT, {"U7": "john.smith@brightwater.example"}) == read


def test_a_label_is_no_identity() -> None:
    """Whoever is mentioned is who Slack says, not what the mention is called."""
    raw = "give <@U8|john.smith@brightwater.example> access, <@U7|nobody> not"
    told = parse.readable(raw, BOT, {"U7": "john.smith@brightwater.example"})
    assert told == "give @john.smith@brightwater.example access, john.smith@brightwater.example not"
    assert parse.users_in(raw) == ("U8", "U7")


def test_mentions_are_looked_up_a_limited_number_of_times() -> None:
    assert len(parse.users_in(" ".join(f"<@U{n}>" for n in range(500)))) == parse.MOST_MENTIONS


# People

FULL = {
    "id": "U1",
    "team_id": "T1",
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "is_email_confirmed": True,
    "profile": {"email": "Jane.Doe@Brightwater.example", "real_name": "John Smith"},
}


def test_a_full_member_is_their_verified_address() -> None:
    assert member(FULL, "T1") == "jane.doe@brightwater.example"
    assert member({k: v for k, v in FULL.items() if k != "is_email_confirmed"}, "T1") == "jane.doe@brightwater.example"
    assert member({**FULL, "team_id": "E1", "enterprise_user": {"teams": ["T1", "T9"]}}, "T1") == "jane.doe@brightwater.example"


@pytest.mark.parametrize(
    "over",
    [
        {"is_bot": True},
        {"is_workflow_bot": True},
        {"id": "USLACKBOT"},
        {"deleted": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"team_id": "T2"},
        {"team_id": None},
        {"team_id": "E1", "enterprise_user": {"teams": ["T9"]}},
        {"is_email_confirmed": False},
        {"profile": {}},
        {"profile": {"email": None, "display_name": "jane.doe@brightwater.example"}},
    ],
)
def test_who_is_no_employee(over: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed) as why:
        member({**FULL, **over}, "T1")
    assert str(why.value).endswith(".")


# Files


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.png", True),
        ("https://slack.com/files/a.png", True),
        ("https://files.slack.com:443/a.png", True),
        ("http://127.0.0.1:4321/files/a.png", True),
        ("http://files.slack.com/a.png", False),
        ("https://files.slack.com:8443/a.png", False),
        ("https://files.slack.com.evil.example/a.png", False),
        ("https://evil.example/files.slack.com", False),
        ("https://files.slack.com@evil.example/a.png", False),
        ("http://127.0.0.1:9999/a.png", False),
        ("https://127.0.0.1:4321/a.png", False),
        ("https://[broken", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
async def test_the_token_goes_to_slacks_own_hosts_only(url: str, trusted: bool) -> None:
    async with aiohttp.ClientSession() as session:
        files = Files(None, session, "http://127.0.0.1:4321/api/")  # type: ignore[arg-type]
        assert files.trusted(url) is trusted


@pytest.mark.parametrize(
    ("kind", "fine"),
    [("image/png", True), ("image/heic", True), ("application/pdf", True), ("image/svg+xml", False), ("text/html", False), ("", False)],
)
def test_pictures_and_pdfs(kind: str, fine: bool) -> None:
    assert usable(kind) is fine


# Errors


def refused(said: str, status: int = 200, **headers: str) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.com/api/x",
        req_args={},
        data={"ok": False, "error": said, "needed": "files:read"},
        headers=headers,
        status_code=status,
    )
    return SlackApiError("refused", response)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (refused("ratelimited", 429, **{"Retry-After": "7"}), TryLater, "wait"),
        (refused("internal_error"), TryLater, "out of order"),
        (refused("", 503), TryLater, "out of order"),
        (refused("invalid_auth"), Misconfigured, "install"),
        (refused("missing_scope"), Misconfigured, "files:read"),
        (refused("not_in_channel"), Misconfigured, "/invite"),
        (refused("channel_not_found"), NotFound, "/invite"),
        (refused("users_not_found"), NotFound, "address"),
        (refused("is_archived"), Refused, "nother"),
        (refused("something_new"), Refused, "something_new"),
    ],
)
def test_slacks_errors_are_ours_and_say_what_mends_them(error: SlackApiError, kind: type[VendorError], words: str) -> None:
    ours = translated(error)
    assert type(ours) is kind and words in str(ours)


def test_slacks_wish_to_wait_is_kept() -> None:
    assert translated(refused("ratelimited", 429, **{"Retry-After": "7"})).after == 7.0  # type: ignore[attr-defined]
    assert translated(refused("ratelimited", 429, **{"Retry-After": "soon"})).after is None  # type: ignore[attr-defined]


def test_a_missing_feature_is_told_once_and_an_accident_is_none(caplog: pytest.LogCaptureFixture) -> None:
    features = Features()
    with caplog.at_level("INFO"):
        for said, missing in (("ratelimited", False), ("channel_not_found", False), ("unknown_method", True), ("unknown_method", True)):
            error = translated(refused(said))
            error.__cause__ = refused(said)
            assert features.lacks("streams", error) is missing and code(error) == said
    assert not features.has("streams") and features.has("reactions")
    assert len([r for r in caplog.records if "streams" in r.getMessage()]) == 1


async def test_trying_again_waits_as_long_as_slack_says_and_no_longer() -> None:
    tries: list[float] = []

    async def away() -> str:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise TryLater("not now", after=0.0)
        return "there"

    assert await patiently(away) == "there" and len(tries) == 3

    async def for_long() -> str:
        tries.append(0.0)
        raise TryLater("in an hour", after=3600)

    with pytest.raises(TryLater):
        await patiently(for_long)
    assert len(tries) == 4


# Streams, links, work


def test_an_answer_is_cut_before_its_buttons_and_streamed_in_few_pieces() -> None:
    blocks: list[Any] = [{"type": "rich_text", "n": n} for n in range(9)]
    tail = [{"type": "context"}, {"type": "actions"}]
    body, rest = halves([*blocks, *tail])
    assert (body, rest) == (blocks, tail)
    cut = pieces(body)
    assert len(cut) <= 4 and [b for piece in cut for b in piece] == blocks
    assert halves(tail) == ([], tail)


def test_links_to_posts() -> None:
    home = Workspace("T1", BOT, "B1", "https://corp.slack.com/")
    assert home.link("C1", "171.0001") == "https://corp.slack.com/archives/C1/p1710001"
    assert Workspace("T1", BOT, "B1", "").link("C1", "171.0001") == ""


def test_what_is_kept_in_memory_is_bounded() -> None:
    recent: Recent[int] = Recent()
    for n in range(10_000):
        recent.note(str(n), n)
    assert len(recent) == 4000 and "9999" in recent and "0" not in recent


async def test_work_under_way_is_finished_and_late_work_is_cut_off() -> None:
    work, done = Work(), []

    async def quick() -> None:
        await asyncio.sleep(0.01)
        done.append("quick")

    async def endless() -> None:
        await asyncio.sleep(3600)
        done.append("endless")

    for one in (quick(), endless()):
        work.begin(one)
    await asyncio.sleep(0)
    await work.finish(0.2)
    assert done == ["quick"]


async def test_what_fails_is_logged_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise ValueError(" ".join(("somebody's", "own", "words")))

    work = Work()
    work.begin(broken())
    await work.finish(1)
    assert "ValueError" in caplog.text and "somebody's own words" not in caplog.text


# The watchdog


class Line:
    """A connection that can fall silent."""

    def __init__(self, stuck: bool = False) -> None:
        self.heard = time.monotonic()
        self.closed = False
        self.stuck = stuck

    async def close(self) -> None:
        self.closed = True
        if self.stuck:
            raise OSError("cannot even be closed")


class Exchange:
    """Hands out connections, and fails where it is told to."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.lines: list[Line] = []

    async def __call__(self) -> Line:
        if self.failures and (failure := self.failures.pop(0)) is not None:
            raise failure
        self.lines.append(Line(stuck=not self.lines))
        return self.lines[-1]

    async def until(self, lines: int) -> None:
        while len(self.lines) < lines:
            await asyncio.sleep(0.01)


async def test_a_silent_connection_is_replaced_even_if_it_cannot_be_closed() -> None:
    exchange = Exchange(None, TryLater("away", after=0.01), Misconfigured("Socket Mode is off"))
    watchdog = Watchdog(exchange, patience=0.2)
    await watchdog.start()
    await asyncio.wait_for(exchange.until(2), 10)
    assert exchange.lines[0].closed and not exchange.lines[1].closed
    await watchdog.stop()
    assert exchange.lines[1].closed


async def test_a_connection_that_is_heard_of_is_left_alone() -> None:
    exchange = Exchange()
    watchdog = Watchdog(exchange, patience=0.3)
    await watchdog.start()
    for _ in range(20):
        await asyncio.sleep(0.03)
        exchange.lines[0].heard = time.monotonic()
    assert len(exchange.lines) == 1 and not exchange.lines[0].closed
    await watchdog.stop()


async def test_a_first_connection_that_is_refused_is_told() -> None:
    with pytest.raises(Misconfigured):
        await Watchdog(Exchange(Misconfigured("no")), patience=0.2).start()


# The manifest


def test_the_doctor_reads_the_manifests_scopes() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    assert list(scopes()) == manifest["oauth_config"]["scopes"]["bot"]
    assert set(OPTIONAL) < set(scopes())


def test_the_manifest_asks_for_what_is_listened_to() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    assert manifest["settings"]["socket_mode_enabled"] and manifest["settings"]["interactivity"]["is_enabled"]
    needs = {"message.channels": "channels:history", "message.groups": "groups:history", "message.im": "im:history"}
    needs |= {"message.mpim": "mpim:history", "app_mention": "app_mentions:read", "reaction_added": "reactions:read"}
    needs |= {"assistant_thread_started": "assistant:write"}
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {scope for event, scope in needs.items() if event in events} <= set(scopes()) and set(needs) <= set(events)
    assert [s["callback_id"] for s in manifest["features"]["shortcuts"]] == ["create_ticket"]
    assert [c["command"] for c in manifest["features"]["slash_commands"]] == ["/bellhop"]
    assert len(manifest["display_information"]["long_description"]) >= 174
    assert len(manifest["display_information"]["description"]) <= 140
