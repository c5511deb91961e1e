"""What the model writes is seen as it comes, on the page and in Slack: the second line is written only once the first has been seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from endpoint import Endpoint, called, event, piece

from bot.app import open_app, web_app
from bot.channels.web.channel import WebChannel
from bot.settings import load
from tests.slack.conftest import House
from tests.slack.standin.driver import Slack, labels, shown

ROSA = "rosa.delgado@brightwater.example"
QUESTION = "vpn wont connect"
ONE = "1. Select the **GlobalProtect** icon, then the menu, **Refresh Connection**. [1]\n"
TWO = "2. Turn off other VPNs and ad blockers of your own. [1]\n"


class Writer:
    """Streams the first line, and the second only when told that somebody has seen the first."""

    def __init__(self) -> None:
        self.seen = asyncio.Event()
        self.done = False

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(piece(ONE))
        await self.seen.wait()
        self.done = True
        for part in (piece(TWO), piece(finish="stop"), event("[DONE]")):
            await response.write(part)
        return response


@pytest.fixture
def writer(endpoint: Endpoint) -> Writer:
    made = Writer()
    endpoint.aside = called(("answer_question", {}))
    endpoint.says(made)
    return made


def model(endpoint: Endpoint) -> dict[str, Any]:
    return {"language_model_url": endpoint.url, "language_model_name": "scripted", "answers_by_model_seconds": 20}


async def posts(client: TestClient[web.Request, web.Application]) -> AsyncIterator[str]:
    """What is drawn of Rosa's conversation, as the page hears it."""
    response = await client.get("/events", params={"as": ROSA, "conversation": ROSA})
    async for line in response.content:
        text = line.decode()
        if text.startswith("data:") and "reply" in text:
            yield json.dumps(json.loads(text[5:])["reply"], ensure_ascii=False)


async def test_on_the_page(tmp_path: Path, endpoint: Endpoint, writer: Writer) -> None:
    channel = WebChannel()
    app = await open_app(load(data_dir=tmp_path, **model(endpoint)), [channel])
    await app.start()
    client: TestClient[web.Request, web.Application] = TestClient(TestServer(web_app(app, channel)))
    await client.start_server()
    drawn = posts(client)
    try:
        async with asyncio.timeout(30):
            told = asyncio.create_task(client.post("/api/messages", json={"as": ROSA, "text": QUESTION}))
            first = await anext(d async for d in drawn if "Refresh Connection" in d)
            assert not writer.done and "ad blockers" not in first and "This helped" not in first
            writer.seen.set()
            last = await anext(d async for d in drawn if "This helped" in d)
            assert "Refresh Connection" in last and "ad blockers" in last
            await told
    finally:
        await client.close()
        await app.close()


async def test_in_slack(closed_house: House, slack: Slack, endpoint: Endpoint, writer: Writer) -> None:
    house = await closed_house.open(**model(endpoint))
    said = await slack.say("Rosa Delgado", "Rosa Delgado", QUESTION)
    first = await slack.seen("Rosa Delgado", "Refresh Connection", said["ts"])
    assert not writer.done and "ad blockers" not in shown(first) and "This helped" not in labels(first)
    writer.seen.set()
    last = await slack.seen("Rosa Delgado", "ad blockers", said["ts"])
    await slack.until(lambda: "This helped" in labels(last))
    assert last["ts"] == first["ts"], "the same message grows"
    await house.quiet()
