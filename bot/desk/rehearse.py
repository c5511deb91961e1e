"""Runs an action without letting it write: what it would do and how that would be undone, known before it is done.

A process may die after the vendor did its part and before the record heard of it. Run again, the action finds everything "already
so" and could no longer tell what it changed. So the rehearsal's outcome is stored first, and stands if that happens.
"""

from __future__ import annotations

import typing
from typing import Any

from bot.domain.calls import Action, Arguments
from bot.domain.capabilities import CAPABILITIES, Capability, Shipment
from bot.domain.outcomes import Outcome, Result

_NOTHING: dict[type, Any] = {bool: True, Shipment: Shipment(tracking="", carrier="")}


class Rehearsal:
    """A capability whose reading methods read and whose writing methods (those that return bool or a Shipment) do nothing."""

    def __init__(self, capability: Any) -> None:
        self._capability = capability
        self.key = ""

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._capability, method)
        declared = next((getattr(c, method) for c in CAPABILITIES if isinstance(self._capability, c) and hasattr(c, method)), None)
        returns = typing.get_type_hints(declared).get("return") if declared else None
        if returns not in _NOTHING:
            return real

        async def nothing(*args: Any, **kwargs: Any) -> Any:
            return _NOTHING[returns]

        return nothing


async def rehearse(action: Action, arguments: Arguments, capability: Capability) -> Outcome:
    """What running the action would bring about now. Writes nothing."""
    assert action.run is not None
    return await action.run(arguments, Rehearsal(capability))


def reconcile(expected: Outcome | None, actual: Outcome) -> Outcome:
    """The outcome of a step that may have been interrupted: what was about to be done counts as done where it is now so."""
    if expected is None or expected.result is not Result.DONE or actual.result is not Result.ALREADY:
        return actual
    return expected.model_copy(update={"facts": {**expected.facts, **actual.facts}})
