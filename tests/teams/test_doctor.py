"""What `bellhop doctor` finds out about Teams, and what starting refuses."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from bot.channels.teams.channel import TeamsChannel
from bot.desk.ports import Diagnosis
from bot.domain.messages import Post, Text
from bot.domain.tickets import Place
from bot.errors import BadSettings, BellhopError, Misconfigured, TryLater
from tests.teams.conftest import House
from tests.teams.standin.teams import SECRET

NOBODY: Any = None
"""For what is refused before anything is heard or read."""


async def looked(house: House, **other: Any) -> dict[str, Diagnosis]:
    channel = TeamsChannel(house.settings(**other), house.clock)
    found: Sequence[Diagnosis] = await channel.diagnose()
    return {d.what: d for d in found}


async def test_all_is_well(closed: House) -> None:
    found = await looked(closed)
    assert {d.state for d in found.values()} == {"ok"}, found
    assert len(found) == 5


@pytest.mark.parametrize(
    ("settings", "what", "words"),
    [
        ({"teams_app_password": "wrong"}, "Teams credentials", "client secret is wrong"),
        ({"teams_app_id": "another"}, "Teams credentials", "does not know this app"),
        ({"teams_tenant_id": "another"}, "Teams credentials", "does not know this tenant"),
        ({"teams_tenant_id": ""}, "Teams tenants", "No tenant is named"),
        ({"teams_app_password": ""}, "Teams settings", "BELLHOP_TEAMS_APP_PASSWORD"),
        ({"teams_openid_url": "http://127.0.0.1:9/"}, "Teams signing keys", "not answering"),
        ({"teams_login_url": "http://127.0.0.1:9/"}, "Teams credentials", "not answering"),
        ({"teams_analysts": "BH-help"}, "Teams analysts' channel", "not the id of a team's channel"),
        ({"teams_analysts": "19:nowhere@thread.tacv2"}, "Teams analysts' channel", "does not know this conversation"),
        ({"teams_unsigned": True, "teams_host": "0.0.0.0"}, "Teams settings", "BELLHOP_TEAMS_UNSIGNED"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_said_with_how_to_mend_it(closed: House, settings: dict[str, Any], what: str, words: str) -> None:
    found = (await looked(closed, **settings))[what]
    assert found.state == "failed" and words in found.said and found.mend, found


async def test_what_only_fits_development_is_a_warning(closed: House) -> None:
    found = await looked(closed, teams_unsigned=True, teams_app_id="", teams_tenant_id="", teams_analysts="")
    assert {d.state for d in found.values()} == {"warning"}, found


async def test_a_channel_that_the_bot_was_not_added_to_is_found(closed: House) -> None:
    closed.analysts.installed = False
    found = (await looked(closed))["Teams analysts' channel"]
    assert found.state == "failed" and "not in this conversation" in found.said and "Add the app" in found.mend


async def test_no_secret_is_in_what_is_said(closed: House) -> None:
    found = await looked(closed, teams_app_password="a-wrong-secret")
    assert all("secret-" not in f"{d.said}{d.mend}" and SECRET not in f"{d.said}{d.mend}" for d in found.values())
    assert not any("a-wrong-secret" in f"{d.said}{d.mend}" for d in found.values())


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"teams_app_password": "wrong"}, Misconfigured),
        ({"teams_tenant_id": ""}, Misconfigured),
        ({"teams_unsigned": True, "teams_host": "0.0.0.0"}, BadSettings),
    ],
    ids=str,
)
async def test_it_does_not_start_with_what_cannot_work_or_lets_strangers_in(
    closed: House, settings: dict[str, Any], error: type[BellhopError]
) -> None:
    channel = TeamsChannel(closed.settings(**settings), closed.clock)
    with pytest.raises(error):
        await channel.start(NOBODY, NOBODY)
    assert channel.address == ""
    await channel.stop()


async def test_a_port_that_is_taken_is_said(closed: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        channel = TeamsChannel(closed.settings(teams_port=taken.getsockname()[1]), closed.clock)
        with pytest.raises(BadSettings, match="BELLHOP_TEAMS_PORT"):
            await channel.start(NOBODY, NOBODY)


async def test_it_starts_while_entra_is_down_and_knows_its_address(closed: House) -> None:
    closed.teams.login.down = True
    channel = TeamsChannel(closed.settings(teams_port=0), closed.clock)
    await channel.start(NOBODY, NOBODY)
    assert channel.address.startswith("http://127.0.0.1:") and not channel.address.endswith(":0")
    await channel.stop()
    assert channel.address == ""


async def test_before_it_starts_posts_wait(closed: House) -> None:
    channel = TeamsChannel(closed.settings(), closed.clock)
    place = Place(channel="teams", conversation="a:1")
    post = Post(ticket="BH-1", audience="requester", key="k", place=place, reply=Text(text="hi"), at=closed.clock())
    with pytest.raises(TryLater) as error:
        await channel.show(post)
    assert error.value.after == 0.5


def test_who_reads_along_is_told_by_the_place(closed: House) -> None:
    channel = TeamsChannel(closed.settings(), closed.clock)
    shared = [Place(channel="teams", conversation=c, thread="1") for c in ("19:a@thread.tacv2", "19:b@thread.v2")]
    private = [Place(channel="teams", conversation="a:1"), channel.direct("x@y.example", "BH-1"), channel.analysts("BH-1")]
    assert all(map(channel.shared, shared)) and not any(map(channel.shared, private))
