"""The door for git hosts: what is signed rings, anything else does nothing."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web import hooks
from bot.channels.web.hooks import hook

SECRET = "s3cret-ß"
BODY = b'{"ref": "refs/heads/main"}'


def signed(body: bytes, secret: str = SECRET, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.fixture
def rings() -> list[int]:
    return []


@pytest.fixture
async def client(rings: list[int]) -> AsyncIterator[TestClient]:
    app = web.Application()
    app.add_routes([hook("/hooks/knowledge", SECRET, lambda: rings.append(1))])
    async with TestClient(TestServer(app)) as made:
        yield made


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": signed(BODY), "X-GitHub-Event": "push", "Host": "kb.example"},
        {"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "Push Hook"},
    ],
)
async def test_a_signed_call_rings_once(client, rings, headers):
    response = await client.post("/hooks/knowledge", data=BODY, headers=headers)
    assert response.status == 202 and rings == [1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": signed(BODY + b" ")},
        {"X-Hub-Signature-256": signed(BODY, "other")},
        {"X-Hub-Signature-256": signed(BODY, "")},
        {"X-Hub-Signature-256": signed(BODY).removeprefix("sha256=")},
        {"X-Hub-Signature-256": signed(BODY).upper()},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=", "X-Gitlab-Token": SECRET},
        {"X-Hub-Signature": signed(BODY, method="sha1")},
        {"X-Hub-Signature-256": "sha256=ü\u20ac"},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": SECRET[:-1]},
        {"X-Gitlab-Token": SECRET + "x"},
    ],
)
async def test_anything_else_is_refused_and_does_nothing(client, rings, headers):
    response = await client.post("/hooks/knowledge", data=BODY, headers=headers)
    assert response.status == 403 and rings == []
    assert SECRET not in await response.text()


async def test_other_methods_and_endless_bodies_do_nothing(client, rings, monkeypatch):
    monkeypatch.setattr(hooks, "LARGEST", 1000)
    body = b"x" * 1001
    response = await client.post("/hooks/knowledge", data=body, headers={"X-Hub-Signature-256": signed(body)})
    assert response.status == 403
    assert (await client.get("/hooks/knowledge", headers={"X-Gitlab-Token": SECRET})).status == 405
    assert rings == []
