"""A request that is taken back in the very moment in which its approvals are being opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.app import open_app
from bot.domain.messages import PlanCard, Post
from bot.domain.plans import PlanState
from bot.settings import Settings
from tests.desk.conftest import Clock, Desk, Room, mail


class Interrupted(Room):
    """A channel in which somebody acts as soon as a card says that approval is waited for."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def show(self, post: Post) -> str:
        if isinstance(post.reply, PlanCard) and post.reply.state == PlanState.ASKING and self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        return await super().show(post)


async def test_what_is_cancelled_while_its_approval_opens_is_shown_as_cancelled_everywhere(tmp_path: Path, clock: Clock) -> None:
    room = Interrupted()
    app = await open_app(Settings(data_dir=tmp_path), [room], clock=clock)
    desk = Desk(app, room, clock)
    try:

        async def cancel() -> None:
            plan = (await app.ledger.plans(state=(PlanState.ASKING,)))[0]
            await desk.press("Hannah Weber", (await app.ledger.ticket(plan.ticket)).place, "cancel", plan.id)

        room.meanwhile = cancel
        place = await desk.say("Hannah Weber", "Remove John Smith's access to Slack.")
        plan = await desk.settled(place, PlanState.CANCELLED)

        async def everywhere() -> bool:
            approvals = await app.ledger.approvals(plan.id)
            if not await desk.posts(room.direct(mail("Sam Okafor"), plan.ticket)):
                return False
            asked = await desk.last(room.direct(mail("Sam Okafor"), plan.ticket), "approval")
            cards = [await desk.last(at, "plan") for at in (place, room.analysts(plan.ticket))]
            shown = {c.state for c in cards} == {"cancelled"} and not any(c.buttons for c in cards)
            return shown and not asked.buttons and [a.state for a in approvals] == ["cancelled"]

        await desk.until(everywhere, seconds=5)
    finally:
        await app.close()
