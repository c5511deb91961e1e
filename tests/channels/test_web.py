"""The web channel over a real socket: what goes in comes out as Messages, what the desk posts arrives at the page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import FormData

from bot.channels.web import WebChannel
from bot.channels.web.live import BACKLOG, Hub
from bot.domain.tickets import Place
from tests.channels.conftest import JOHN, PRIYA, ROSA, SAM, Site
from tests.channels.echo import XSS


class Stream:
    """Reads server-sent events as a browser does."""

    def __init__(self, response: Any) -> None:
        self.response = response

    async def event(self) -> tuple[str, str, Any]:
        """Name, id and data of the next event."""
        found: dict[str, str] = {}
        async with asyncio.timeout(5):
            while line := (await self.response.content.readline()).decode().rstrip("\n") or not found:
                if isinstance(line, str) and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    found[name] = value
        return found["event"], found["id"], json.loads(found["data"])


async def follow(site: Site, who: str, conversation: str = "", last: str = "") -> Stream:
    response = await site.client.get(
        "/events", params={"as": who, "conversation": conversation or who}, headers={"Last-Event-ID": last} if last else {}
    )
    assert response.status == 200
    return Stream(response)


async def settled(site: Site, count: int) -> None:
    async with asyncio.timeout(5):
        while len(site.desk.messages) < count:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)


def test_places() -> None:
    channel = WebChannel()
    assert channel.direct(SAM, "BH-7") == Place(channel="web", conversation=SAM, thread="dm-BH-7")
    assert channel.analysts("BH-7") == Place(channel="web", conversation="helpdesk", thread="BH-7")


async def test_a_message_opens_a_thread_and_is_answered_live(site: Site) -> None:
    stream = await follow(site, SAM)
    assert (await stream.event())[0] == "hello"
    answer = await site.say(SAM, "hello there")
    told = await answer.json()
    assert answer.status == 202
    name, _, post = await stream.event()
    assert (name, post["thread"], post["reply"]["kind"]) == ("post", told["thread"], "text")
    assert post["reply"]["blocks"] == [{"kind": "paragraph", "spans": [{"text": "I heard: hello there"}]}]
    name, _, said = await stream.event()
    assert (name, said["id"], said["text"], said["person"]) == ("said", told["id"], "hello there", SAM)


async def test_the_page_s_thread_and_person_reach_the_desk(site: Site) -> None:
    await site.say(f" {SAM.upper()} ", "a\x1b[31m b\ud800", thread="t-1")
    await settled(site, 1)
    (message,) = site.desk.messages
    assert (message.person, message.place) == (SAM, Place(channel="web", conversation=SAM, thread="t-1"))
    assert message.text == "a[31m b?"


async def test_a_slow_desk_does_not_hold_up_the_page(site: Site) -> None:
    async with asyncio.timeout(2):
        assert (await site.say(SAM, "slow")).status == 202
        assert (await site.say(JOHN, "hi")).status == 202
        await settled(site, 2)


async def test_a_failure_is_said_without_its_inside(site: Site) -> None:
    stream = await follow(site, SAM)
    await stream.event()
    await site.say(SAM, "break", thread="t1")
    _, _, post = await stream.event()
    assert (post["reply"]["kind"], post["reply"]["tone"]) == ("status", "failed")
    assert "secret inner detail" not in json.dumps(post)
    recorded = await (await site.get("/api/posts", **{"as": SAM, "thread": "t1"})).json()
    assert [p["reply"]["tone"] for p in recorded["posts"]] == ["failed"]


async def test_a_refusal_is_said_in_its_own_words(site: Site) -> None:
    stream = await follow(site, SAM)
    await stream.event()
    await site.say(SAM, "refuse")
    _, _, post = await stream.event()
    assert post["reply"]["text"] == "The desk refuses this, politely."


async def test_others_see_the_masked_words_only(site: Site) -> None:
    await site.say(SAM, "everything")
    await settled(site, 1)
    stream = await follow(site, PRIYA, "helpdesk")
    await stream.event()
    await site.say(PRIYA, "his password is hunter2", conversation="helpdesk", thread="BH-1001")
    events = [await stream.event(), await stream.event()]
    (said,) = [data for name, _, data in events if name == "said"]
    assert said["text"] == "his password is •••"


async def test_every_kind_is_told_to_the_page_whole(site: Site) -> None:
    await site.say(SAM, "everything", thread="t1")
    await settled(site, 1)
    told = await (await site.get("/api/posts", **{"as": SAM, "thread": "t1"})).json()
    kinds = [p["reply"]["kind"] for p in told["posts"]]
    assert kinds == ["text", "answer", "form", "form", "plan", "status", "status", "brief", "said"]
    assert told["said"][0]["text"] == "everything"
    assert told["ticket"]["id"] == "BH-1001"
    links = [s.get("href") for s in told["posts"][0]["reply"]["blocks"][0]["spans"]]
    assert [link for link in links if link] == ["https://intranet.example/x"]
    desk = await (await site.get("/api/posts", **{"as": PRIYA, "conversation": "helpdesk", "thread": "BH-1001"})).json()
    assert [p["reply"]["kind"] for p in desk["posts"]] == ["brief", "approval"]
    assert XSS in desk["posts"][1]["reply"]["said"]


async def test_threads_of_employee_approver_and_queue(site: Site) -> None:
    await site.say(SAM, "everything", thread="t1")
    await settled(site, 1)
    own = (await (await site.get("/api/threads", **{"as": SAM})).json())["threads"]
    asked = (await (await site.get("/api/threads", **{"as": ROSA})).json())["threads"]
    queue = (await (await site.get("/api/threads", **{"as": PRIYA, "conversation": "helpdesk"})).json())["threads"]
    assert [(t["thread"], t["own"], t["ticket"]["id"]) for t in own] == [("t1", True, "BH-1001")]
    assert [(t["thread"], t["own"], t["ticket"]["name"]) for t in asked] == [("dm-BH-1001", False, "Sam Okafor")]
    assert [t["thread"] for t in queue] == ["BH-1001"]
    assert (await (await site.get("/api/threads", **{"as": JOHN})).json())["threads"] == []


async def test_a_click_carries_an_id_and_values(site: Site) -> None:
    await site.say(SAM, "everything", thread="t1")
    click = {
        "as": PRIYA,
        "place": {"conversation": "helpdesk", "thread": "BH-1001"},
        "verb": "decline",
        "ref": "A-1",
        "values": {"reason": " not now "},
        "id": "c1",
    }
    assert (await site.post("/api/clicks", click)).status == 202
    await settled(site, 2)
    message = site.desk.messages[-1]
    assert message.click is not None
    assert (message.click.verb, message.click.ref, message.click.values) == ("decline", "A-1", {"reason": "not now"})
    assert (message.person, message.place.conversation, message.text) == (PRIYA, "helpdesk", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": None},
        {"place": {"conversation": SAM}},
        {"verb": ""},
        {"verb": 5},
        {"values": []},
        {"values": {"a": "x" * 5000}},
        {"ref": None},
    ],
)
async def test_malformed_clicks_are_refused(site: Site, wrong: dict[str, Any]) -> None:
    click = {"as": SAM, "place": {"conversation": SAM, "thread": "t1"}, "verb": "form", "ref": "f", "values": {}} | wrong
    assert (await site.post("/api/clicks", click)).status == 400
    assert site.desk.messages == []


def upload(content: bytes, name: str = "id.png", field: str = "file") -> FormData:
    form = FormData(quote_fields=False)
    form.add_field(field, content, filename=name, content_type="image/png")
    return form


async def test_a_file_goes_with_the_click_and_is_gone_after(site: Site) -> None:
    await site.say(SAM, "hello", thread="t1")
    handed = await site.client.post("/api/files", params={"as": SAM}, data=upload(b"\x89PNG" * 10, "../../etc/my id.png"))
    assert handed.status == 201
    key = (await handed.json())["file"]
    click = {"as": SAM, "place": {"conversation": SAM, "thread": "t1"}, "verb": "form", "ref": "f", "values": {"document": {"file": key}}}
    assert (await site.post("/api/clicks", {**click, "as": JOHN, "place": {"conversation": JOHN, "thread": "t1"}})).status == 404
    assert (await site.post("/api/clicks", click)).status == 202
    await settled(site, 2)
    message = site.desk.messages[-1]
    assert message.click is not None
    assert [(f.name, f.media_type, f.content) for f in message.files] == [("my id.png", "image/png", b"\x89PNG" * 10)]
    assert message.click.values == {"document": "my id.png"}
    assert (await site.post("/api/clicks", click)).status == 404


async def test_uploads_are_bounded(site: Site) -> None:
    big = await site.client.post("/api/files", params={"as": SAM}, data=upload(b"x" * (10 * 1024 * 1024 + 1)))
    assert big.status == 413
    assert (await site.client.post("/api/files", params={"as": SAM}, data=upload(b""))).status == 400
    assert (await site.client.post("/api/files", params={"as": SAM}, data=upload(b"x", field="other"))).status == 400
    assert (await site.client.post("/api/files", params={"as": SAM}, json={})).status == 415
    assert (await site.client.post("/api/files", params={"as": "nobody"}, data=upload(b"x"))).status == 403


async def test_whoever_comes_back_gets_what_was_missed(site: Site) -> None:
    stream = await follow(site, SAM)
    _, last, _ = await stream.event()
    stream.response.close()
    await site.say(JOHN, "not for sam", thread="t1")
    await settled(site, 1)
    await site.say(SAM, "one", thread="t1")
    await settled(site, 2)
    again = await follow(site, SAM, last=last)
    assert (await again.event())[0] == "hello"
    name, _, post = await again.event()
    assert (name, post["reply"]["text"]) == ("post", "I heard: one")
    name, _, said = await again.event()
    assert (name, said["text"]) == ("said", "one")


@pytest.mark.parametrize("last", ["other.1", "1", "x.y", "\u0661.\u0661"])
async def test_whoever_comes_back_too_late_is_told_to_reload(last: str) -> None:
    hub = Hub()
    for n in range(5):
        hub.publish(SAM, "post", {"n": n})
    with hub.subscribe(SAM, last) as stream:
        async for chunk in stream:
            assert b"event: refresh" in chunk
            break


async def test_a_stream_that_missed_too_much_reloads_and_a_slow_reader_is_cut() -> None:
    hub = Hub()
    hub.publish("a", "post", {"n": 0})
    with hub.subscribe("a") as slow:
        for n in range(1500):
            hub.publish("a", "post", {"n": n})
        assert [chunk async for chunk in slow] == []
    with hub.subscribe("a", f"{hub.run}.1") as late:
        late.end()
    assert BACKLOG < 1500


async def test_a_stream_carries_its_own_conversation_only(site: Site) -> None:
    stream = await follow(site, SAM)
    await stream.event()
    await site.say(JOHN, "not for sam")
    await settled(site, 1)
    await site.say(SAM, "for sam")
    assert (await stream.event())[2]["reply"]["text"] == "I heard: for sam"


async def test_shutting_down_ends_the_streams(site: Site) -> None:
    stream = await follow(site, SAM)
    await stream.event()
    site.channel.close()
    async with asyncio.timeout(2):
        assert await stream.response.content.read() == b""


async def test_me_list(site: Site) -> None:
    told = await (await site.get("/api/me-list")).json()
    people = {p["email"]: p for p in told["people"]}
    assert "payroll@brightwater.example" not in people
    assert people[PRIYA]["analyst"]
    assert not people["victor.hale@brightwater.example"]["active"]
    assert not people["victor.hale@brightwater.example"]["analyst"]
    assert {"value": "figma", "label": "Figma"} in told["systems"]
