"""Where many write at once: whatever arrives is acknowledged before what has arrived is worked on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONGEST = 0.2
"""Seconds that work waits at most."""
STEP = 0.01
"""Seconds of quiet that count as a lull."""


class Lull:
    """Counts what is arriving."""

    def __init__(self) -> None:
        self._arriving = 0
        self._quiet = asyncio.Event()

    @contextmanager
    def arrival(self) -> Iterator[None]:
        """While a request is taken in."""
        self._arriving += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._arriving -= 1
            if not self._arriving:
                self._quiet.set()

    async def wait(self) -> None:
        """Until nothing arrives, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                while self._arriving:
                    await self._quiet.wait()
                    await asyncio.sleep(STEP)
