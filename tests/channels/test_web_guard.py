"""The page keeps strangers, other sites and other people out."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession

from bot.channels.web import check_address
from bot.channels.web.article import anchor, article_page
from bot.desk.ports import Page
from bot.errors import BadSettings
from tests.channels.conftest import JOHN, PRIYA, ROSA, SAM, Site, Start, settings
from tests.channels.echo import XSS


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_fine(host: str) -> None:
    check_address(settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "bellhop.example", "localhost.example", "127.0.0.1.example", ""])
def test_demo_refuses_other_addresses(host: str) -> None:
    with pytest.raises(BadSettings, match="BELLHOP_DEMO_BEYOND_LOOPBACK"):
        check_address(settings(host=host))
    check_address(settings(host=host, demo_beyond_loopback=True))
    check_address(settings(host=host, demo=False))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1", ""])
async def test_a_rebound_name_is_refused(site: Site, host: str) -> None:
    for path in ("/", "/api/me-list", f"/events?as={SAM}", f"/api/threads?as={SAM}"):
        answer = await site.client.get(path, headers={"Host": host})
        assert answer.status == 403, path
        assert "does not answer" in (await answer.json())["error"]


async def test_beyond_loopback_takes_addresses_but_no_names(start: Start) -> None:
    site = await start(host="0.0.0.0", demo_beyond_loopback=True)
    assert (await site.client.get("/healthz", headers={"Host": "192.168.1.4:8080"})).status == 200
    assert (await site.client.get("/healthz", headers={"Host": "evil.example"})).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", "http://localhost.evil.example"])
async def test_other_origins_cannot_post(site: Site, origin: str) -> None:
    answer = await site.post("/api/messages", {"as": SAM, "text": "hi"}, headers={"Origin": origin})
    assert answer.status == 403
    assert site.desk.messages == []


async def test_own_origin_can(site: Site) -> None:
    own = str(site.client.make_url("")).rstrip("/")
    assert (await site.post("/api/messages", {"as": SAM, "text": "hi"}, headers={"Origin": own})).status == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_of_another_site_is_no_message(site: Site, kind: str) -> None:
    """A browser sends these types across origins without asking first."""
    data = json.dumps({"as": SAM, "text": "hi"})
    answer = await site.client.post("/api/messages", data=data, headers={"Content-Type": kind})
    assert answer.status == 415
    assert site.desk.messages == []


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "[" * 100_000, "{}", '{"as": 5, "text": "x"}'])
async def test_malformed_bodies_get_a_sentence(site: Site, body: str) -> None:
    answer = await site.client.post("/api/messages", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert (await answer.json())["error"].endswith((".", "text."))


async def test_sizes_are_bounded(site: Site) -> None:
    huge = await site.client.post("/api/messages", data=b" " * 600_000, headers={"Content-Type": "application/json"})
    assert huge.status == 413
    long = await site.say(SAM, "x" * 8001)
    assert long.status == 400
    assert "8,001" in (await long.json())["error"]
    assert (await site.say(SAM, "x" * 8000)).status == 202
    assert (await site.say(SAM, "  \n ")).status == 400


@pytest.mark.parametrize(
    "who",
    ["nobody@brightwater.example", "victor.hale@brightwater.example", "payroll@brightwater.example", "bellhop@desk.internal", "", "SAM"],
)
async def test_only_active_people_speak(site: Site, who: str) -> None:
    assert (await site.say(who, "hi")).status == 403
    assert (await site.get("/api/threads", **{"as": who})).status == 403
    assert site.desk.messages == []


async def test_without_demo_the_page_has_no_door(start: Start) -> None:
    site = await start(demo=False)
    for answer in (await site.say(SAM, "hi"), await site.get("/api/me-list"), await site.get("/events", **{"as": SAM})):
        assert answer.status == 403
    assert (await site.get("/healthz")).status == 200


async def test_conversations_are_private(site: Site) -> None:
    await site.say(SAM, "everything", thread="t1")
    for path in ("/api/threads", "/api/posts", "/events"):
        assert (await site.get(path, **{"as": JOHN, "conversation": SAM, "thread": "t1"})).status == 403
        assert (await site.get(path, **{"as": SAM, "conversation": "helpdesk", "thread": "BH-1001"})).status == 403
        assert (await site.get(path, **{"as": PRIYA, "conversation": SAM, "thread": "t1"})).status == 403
    assert (await site.get("/api/threads", **{"as": PRIYA, "conversation": "helpdesk"})).status == 200


async def test_nobody_speaks_or_clicks_in_another_conversation(site: Site) -> None:
    assert (await site.say(JOHN, "hi", conversation=SAM, thread="t1")).status == 403
    assert (await site.say(SAM, "hi", conversation="helpdesk", thread="BH-1001")).status == 403
    click = {"as": JOHN, "place": {"conversation": SAM, "thread": "t1"}, "verb": "approve", "ref": "A-1"}
    assert (await site.post("/api/clicks", click)).status == 403
    assert site.desk.messages == []


async def test_message_ids_belong_to_their_speaker(site: Site) -> None:
    """Using up another's id would make the desk drop what they say."""
    await site.say(JOHN, "mine", id="same")
    await site.say(SAM, "mine too", id="same")
    assert {m.id for m in site.desk.messages} == {f"web:{JOHN}:same", f"web:{SAM}:same"}
    assert (await site.say(SAM, "x", id="a b\n")).status == 400


async def test_timeline_is_for_those_concerned(site: Site) -> None:
    await site.say(SAM, "everything")
    path = "/api/tickets/BH-1001/timeline"
    assert (await site.get(path, **{"as": JOHN})).status == 403
    for who in (SAM, PRIYA, ROSA):
        assert (await site.get(path, **{"as": who})).status == 200
    assert (await site.get("/api/tickets/BH-9/timeline", **{"as": SAM})).status == 404
    asked = await (await site.get(path, **{"as": ROSA})).json()
    own = await (await site.get(path, **{"as": PRIYA})).json()
    assert [e["data"] for e in asked["entries"]] == [{}]
    assert own["entries"][0]["data"] == {"text": "everything"}
    assert "never shown" not in json.dumps(own)


async def test_words_among_analysts_stay_among_them(site: Site) -> None:
    await site.say(SAM, "everything")
    await site.say(PRIYA, "he sounds upset", conversation="helpdesk", thread="BH-1001")
    path = "/api/tickets/BH-1001/timeline"
    assert "upset" not in json.dumps(await (await site.get(path, **{"as": SAM})).json())
    assert "upset" in json.dumps(await (await site.get(path, **{"as": PRIYA})).json())


async def test_articles_are_for_their_audience(site: Site) -> None:
    assert (await site.get("/knowledge/it/internal.md", **{"as": PRIYA})).status == 200
    assert (await site.get("/knowledge/it/internal.md", **{"as": SAM})).status == 404
    assert (await site.get("/knowledge/it/internal.md")).status == 400


async def test_article_pages_hold_no_script(site: Site) -> None:
    answer = await site.get("/knowledge/meetings/teams-microphone.md", **{"as": SAM})
    html = await answer.text()
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert XSS not in html
    assert "&lt;img src=x" in html
    assert "javascript:" not in html
    assert html.count("<h1") == 1
    assert 'href="/knowledge/vpn/setup.md?as=sam.okafor%40brightwater.example#top"' in html


async def test_headers(site: Site) -> None:
    answer = await site.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/static/..%2frender.py", "/static/%2e%2e/render.py", "/static/nothing.js", "/static/"])
async def test_only_the_page_s_own_files_are_served(site: Site, path: str) -> None:
    async with ClientSession() as raw:
        answer = await raw.get(str(site.client.make_url("/")).rstrip("/") + path)
        assert answer.status == 404


def test_sections_of_the_same_name_have_anchors_of_their_own() -> None:
    html = article_page(Page(title="Wi-Fi", path="a.md", text="## On a Mac\n\nOne.\n\n## On a Mac\n\nTwo.\n\n## C++ & <Go>\n\nThree."), SAM)
    assert re.findall(r'<h2 id="([^"]*)"', html) == [anchor("On a Mac"), "on-a-mac-2", anchor("C++ & <Go>")]


async def test_what_a_model_took_is_shown_to_analysts(site: Site) -> None:
    await site.say(SAM, "everything")
    path = "/api/tickets/BH-1001/timeline"
    assert (await (await site.get(path, **{"as": PRIYA})).json())["spent"] == ""
    known = {"calls": 2, "input_tokens": 2500, "output_tokens": 90, "cost": 0.0061}
    site.ledger.note("understood", "desk", "BH-1001", datetime.now(UTC), spent=known)
    site.ledger.note("answer", SAM, "BH-1001", datetime.now(UTC), spent={"calls": 1, "unmetered": 1})
    own = await (await site.get(path, **{"as": PRIYA})).json()
    assert own["spent"] == "Language model: asked 3 times; 2,500 tokens in, 90 out; cost 0.0061; what 1 of these took is not known."
    assert (await (await site.get(path, **{"as": SAM})).json())["spent"] == ""
