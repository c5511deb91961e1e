"""The same act once, and a word to whoever acted where it failed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.channels.slack.deliver import Delivery
from bot.channels.slack.parts import Recent, Speaker
from bot.errors import BellhopError, traced

log = logging.getLogger(__name__)

SORRY = "Something went wrong on my side, and nothing was changed. Please try again in a moment."


class Unasked(Exception):
    """Something went wrong over words that were not meant for the desk: nobody is told."""


class Once:
    """Slack tells many things twice. Here the second telling is dropped; across processes and restarts the record knows better."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._seen: Recent[bool] = Recent()

    async def do(self, key: str, speaker: Speaker, act: Callable[[], Awaitable[None]]) -> None:
        """What fails may be told again by Slack, and is tried again then."""
        if key in self._seen:
            return
        self._seen.note(key, True)
        try:
            await act()
        except BellhopError as error:
            self._seen.pop(key, None)
            await self._delivery.tell(speaker, str(error))
        except Unasked as error:
            self._seen.pop(key, None)
            log.warning("something overheard in Slack could not be looked at\n%s", traced(error.__cause__ or error))
        except Exception as error:  # the last line of defence: nobody is met with silence
            self._seen.pop(key, None)
            log.error("something that happened in Slack could not be handled\n%s", traced(error))
            await self._delivery.tell(speaker, SORRY)
