"""Reading from a vendor who may never have heard of somebody, such as a person whom an earlier step of the plan creates."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from bot.sdk import NotFound

T = TypeVar("T")


async def known(read: Awaitable[T], otherwise: T) -> T:
    """What was read, or `otherwise` where the vendor knows no such thing. Every other trouble passes through."""
    try:
        return await read
    except NotFound:
        return otherwise
