"""What a language model took for a ticket, as its audit entries have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.tickets import Entry


def spent_of(entries: Iterable[Entry]) -> dict[str, float]:
    """The sum of what these entries say was spent: calls, unmetered (those of which nobody knows the tokens), input_tokens, output_tokens,
    cost."""
    total: dict[str, float] = {}
    for entry in entries:
        spent = entry.data.get("spent")
        for name, amount in (spent if isinstance(spent, Mapping) else {}).items():
            if isinstance(amount, int | float):
                total[str(name)] = total.get(str(name), 0) + amount
    return total


def told(spent: Mapping[str, Any]) -> str:
    """That sum in words; "" where no model was asked."""
    if not spent:
        return ""
    calls, unknown = int(spent.get("calls", 0)), int(spent.get("unmetered", 0))
    parts = [f"asked {calls} {'time' if calls == 1 else 'times'}"] if calls else []
    if "input_tokens" in spent:
        parts.append(f"{int(spent['input_tokens']):,} tokens in, {int(spent.get('output_tokens', 0)):,} out")
    if "cost" in spent:
        parts.append(f"cost {spent['cost']:.4f}")
    if unknown:
        parts.append(f"what {unknown} of these took is not known")
    return f"Language model: {'; '.join(parts)}."
