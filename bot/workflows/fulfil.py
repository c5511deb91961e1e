"""The workflows: fulfil a plan, undo a plan.

A workflow is replayed from its start after a restart: what it did before is read from its history instead of being done again, so it has
to make the same moves in the same order. Everything that decides a move is therefore a recorded result or an argument, never a
setting, a clock or a look at the record from in here.

Changing this file: plans that wait today are replayed through tomorrow's code. Put every change of the moves (a new `_tell`, another
order, another pause) behind ``if await DBOS.patch_async("what-changed"):`` and keep the old branch until no workflow is left that
started before it. Do not raise the application version instead: that strands them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from dbos import DBOS

from bot.desk.ports import Fulfilment, Wait
from bot.errors import BellhopError, TryLater

log = logging.getLogger(__name__)

WAKE = "wake"
LONGEST_PAUSE = 86_400.0
SHORTEST_PAUSE = 0.05
LONGEST_INSISTENCE = 600.0

Carry = Callable[..., Awaitable[Any]]


class Patience(TypedDict):
    """How a plan's steps are tried again: `retries` times, first after `seconds`, doubling. Part of the workflow's arguments, because a
    setting that changed between two processes would change the moves of a workflow that is replayed."""

    retries: int
    seconds: float


class Told(TypedDict, total=False):
    """How a piece of work went, as plain JSON: `how` is "done", "later" or "failed"."""

    how: str
    result: Any
    why: str
    after: float | None


class Workflows:
    """The moves, over a `Fulfilment` that is reached through `carry`."""

    def __init__(self, work: Fulfilment, carry: Carry) -> None:
        self._work = work
        self._carry = carry

    async def fulfil(self, plan: str, patience: Patience) -> str:
        """Waits until the plan may run, runs its steps in order, settles it. Returns "settled", "stopped" or "done"."""
        if not await self._cleared(plan, patience):
            return "settled"
        for number in await self._insist(patience, "steps", plan):
            if not await self._through(patience, "run_step", plan, number, f"{plan}:{number}"):
                return "stopped"
        await self._insist(patience, "finish", plan)
        return "done"

    async def undo(self, plan: str, by: str, patience: Patience) -> str:
        """Undoes the plan's steps, last first. `by` is who asked, kept with the workflow. Returns "settled", "stopped" or "done"."""
        numbers: Sequence[int] = await self._insist(patience, "undo_steps", plan)
        if not numbers:
            return "settled"
        for number in numbers:
            if not await self._through(patience, "undo_step", plan, number, f"{plan}:{number}:undo"):
                return "stopped"
        await self._insist(patience, "finish_undo", plan)
        return "done"

    async def _cleared(self, plan: str, patience: Patience) -> bool:
        """Sleeps until the record says go (True) or stop (False). A wake-up says nothing: the record is asked again."""
        while True:
            wait = Wait(**await self._insist(patience, "advance", plan))
            if wait.ready or wait.settled:
                return wait.ready
            await _rest(wait.seconds)

    async def _through(self, patience: Patience, name: str, plan: str, number: int, key: str) -> bool:
        """Carries one step through: True to go on with the next, False if the plan has ended here."""
        tries = 0
        while True:
            told = await self._tell(name, plan, number, key)
            if told["how"] == "later" and tries < patience["retries"]:
                await DBOS.sleep_async(_pause(patience["seconds"], tries, told.get("after")))
                tries += 1
            elif told["how"] != "done":
                tried = f" Tried {tries + 1} times." if tries else ""
                await self._insist(patience, "give_up", plan, number, told["why"] + tried)
                return False
            else:
                wait = Wait(**told["result"])
                if wait.ready or wait.settled:
                    return wait.ready
                await _rest(wait.seconds)
                tries = 0

    async def _insist(self, patience: Patience, name: str, *args: Any) -> Any:
        """Does what must not be given up, such as settling the plan, until it works."""
        tries = 0
        while True:
            told = await self._tell(name, *args)
            if told["how"] == "done":
                return told["result"]
            log.warning("%s of %s did not work and is tried again: %s", name, args[0], told["why"])
            await _rest(min(_pause(patience["seconds"], min(tries, 20)), LONGEST_INSISTENCE))
            tries += 1

    async def _tell(self, name: str, *args: Any) -> Told:
        """Calls the fulfilment's method `name` as a recorded step."""

        async def attempt() -> Told:
            return await _attempt(self._carry, getattr(self._work, name), args)

        return await DBOS.run_step_async({"name": name}, attempt)


async def _attempt(carry: Carry, work: Callable[..., Awaitable[Any]], args: tuple[Any, ...]) -> Told:
    """What happened, told rather than raised: DBOS would pickle an exception, and one that cannot be unpickled strands the plan."""
    try:
        result = await carry(work, *args)
    except TryLater as error:
        return {"how": "later", "why": str(error), "after": error.after}
    except BellhopError as error:
        return {"how": "failed", "why": str(error)}
    except Exception as error:  # whatever broke, a human must get the plan
        log.exception("%s%s broke", getattr(work, "__name__", work), args)
        return {"how": "failed", "why": f"Something unexpected went wrong inside Bellhop ({type(error).__name__})."}
    return {"how": "done", "result": _plain(result)}


def _plain(result: Any) -> Any:
    if isinstance(result, Wait):
        return asdict(result)
    return None if result is None else list(result)


def _pause(first: float, count: int, after: float | None = None) -> float:
    """`first` seconds doubled `count` times, at least what the service asked for, a day at most."""
    return min(max(first * 2.0 ** min(count, 40), after or 0.0, SHORTEST_PAUSE), LONGEST_PAUSE)


async def _rest(seconds: float) -> None:
    """Sleeps durably, until woken at the latest after `seconds`."""
    await DBOS.recv_async(WAKE, timeout_seconds=min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE))
