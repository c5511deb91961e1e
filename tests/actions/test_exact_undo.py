"""Undo gives back what was there before, not merely the opposite of what was asked."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.calls import Call
from bot.domain.outcomes import Result
from tests.actions.conftest import DOMAIN, REGISTRY
from tests.contracts.world import OFFERS

AHMED = f"ahmed.saleh@{DOMAIN}"
RAVI = f"ravi.kumar@{DOMAIN}"


async def run(demo: Any, call: Call | None, key: str) -> Any:
    assert call is not None
    action = REGISTRY.action(call.action)
    assert action.run is not None and action.capability is not None
    return await action.run(action.parse(call), OFFERS["demo"][action.capability.name](demo.client, key))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("access.grant", {"person": AHMED, "system": "aws-prod", "level": "admin"}),
        ("access.grant", {"person": AHMED, "system": "aws-prod", "level": "read", "until": "2027-02-01"}),
        ("access.restore", {"person": AHMED, "system": "aws-prod", "level": "admin"}),
        ("access.revoke", {"person": AHMED, "system": "aws-prod"}),
        ("mailbox.forward", {"from": RAVI, "to": f"grace.kim@{DOMAIN}"}),
        ("mailbox.unforward", {"from": RAVI}),
        ("device.enroll", {"device": "BWL-1018", "profile": "developer", "apps": ["Git"]}),
        ("device.unenroll", {"device": "BWL-1018"}),
    ],
)
async def test_what_was_there_before_comes_back_and_goes_again(demo: Any, name: str, arguments: dict[str, Any]) -> None:
    before = demo.snapshot()
    done = await run(demo, Call(action=name, arguments=arguments), "do")
    after = demo.snapshot()
    assert done.result is Result.DONE and after != before
    undone = await run(demo, done.undo, "undo")
    assert demo.snapshot() == before
    assert (await run(demo, undone.undo, "redo")).result is Result.DONE
    assert demo.snapshot() == after


async def test_installing_what_is_partly_there_removes_only_what_was_added(demo: Any) -> None:
    before = demo.snapshot()
    call = Call(action="software.install", arguments={"apps": ["slack", "Git", "git", "Firefox"], "device": "BWL-1018"})
    done = await run(demo, call, "do")
    assert done.undo == Call(action="software.remove", arguments={"apps": ["Git", "Firefox"], "device": "BWL-1018"})
    await run(demo, done.undo, "undo")
    assert demo.snapshot() == before
