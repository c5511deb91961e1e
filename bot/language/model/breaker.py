"""A circuit breaker: an endpoint that keeps failing is left alone for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

Seconds = Callable[[], float]


@dataclass
class Breaker:
    """Opens after `failures` failures in a row, for `rest` seconds; then one attempt decides. `clock` counts seconds from anywhere."""

    failures: int = 3
    rest: float = 30.0
    clock: Seconds = time.monotonic
    _count: int = 0
    _opened: float | None = None
    _trying: bool = False

    @property
    def state(self) -> str:
        """ "closed", "open" or "half-open"."""
        if self._opened is None:
            return "closed"
        return "half-open" if self.clock() - self._opened >= self.rest else "open"

    def allows(self) -> bool:
        """Whether an attempt may be made now; of several at half-open only the first. Report each with `settle`."""
        if self.state == "closed":
            return True
        if self.state == "open" or self._trying:
            return False
        self._trying = True
        return True

    def settle(self, worked: bool | None) -> None:
        """How an attempt went; None where it says nothing about the endpoint."""
        trial, self._trying = self._trying, False
        if worked:
            if self._opened is not None:
                log.warning("model: answers again")
            self._count, self._opened = 0, None
        elif worked is False:
            self._count += 1
            if trial or self._count >= self.failures:
                if self._opened is None:
                    log.warning("model: failed %d times in a row, is tried again every %.0f s", self._count, self.rest)
                self._opened = self.clock()
