from __future__ import annotations

import asyncio

from bot.workflows.expire import repeat


async def test_it_goes_on_after_a_look_that_failed() -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError("no")

    task = asyncio.create_task(repeat(look, every=0.01))
    async with asyncio.timeout(5):
        while looks < 3:
            await asyncio.sleep(0.01)
    task.cancel()
