"""What is looked at every minute: grants whose time is over.

A plain loop. What is due stands in the record, and looking twice has the effect of looking once, so a look that a restart swallowed is
simply made by the next one; a durable schedule would add 1,440 workflows a day to the history for nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

MINUTE = 60.0


async def repeat(look: Callable[[], Awaitable[None]], every: float = MINUTE) -> None:
    """Calls `look` now and then every `every` seconds, until cancelled; one that fails is logged and does not end the round."""
    while True:
        try:
            await look()
        except Exception:  # the next round must come, whatever this one met
            log.exception("A scheduled look failed; the next one comes in %g s", every)
        await asyncio.sleep(every)
