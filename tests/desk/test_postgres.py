"""The whole road with ledger and workflows on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import open_app
from bot.domain.plans import PlanState
from bot.settings import Settings
from tests.desk.conftest import Clock, Desk, Room, mail

pytestmark = pytest.mark.postgres


async def test_a_plan_is_approved_carried_out_and_undone(postgres_url: str, tmp_path: Path) -> None:
    room, clock = Room(), Clock()
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(postgres_url), retry_seconds=0.05)
    desk = Desk(await open_app(settings, [room], clock=clock), room, clock)
    try:
        place = await desk.say("Hannah Weber", "Remove John Smith's access to email and Slack.")
        plan = await desk.settled(place, PlanState.ASKING)
        await desk.approve(plan)
        await desk.settled(place, PlanState.DONE)
        held = {g.system for g in (await desk.ledger.directory()).grants_of(mail("John Smith"))}
        assert not {"email", "slack"} & held
        await desk.press("Ivan Petrov", room.analysts(plan.ticket), "undo", plan.id)
        await desk.settled(place, PlanState.UNDONE)
        assert {"email", "slack"} <= {g.system for g in (await desk.ledger.directory()).grants_of(mail("John Smith"))}
    finally:
        await desk.app.close()
    assert not (tmp_path / "bellhop.db").exists() and not (tmp_path / "workflows.db").exists()
