"""What the model costs: tokens and money, per ticket and in all."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

KEPT = 10_000
"""Tickets whose spending is kept; the oldest go first. The total goes on counting."""
MILLION = 1_000_000


@dataclass(frozen=True)
class Spent:
    """`calls` are attempts that were answered, `unmetered` those among them whose answer did not say how many tokens it took."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unmetered: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.unmetered + other.unmetered,
        )

    @property
    def plain(self) -> dict[str, float]:
        """As the record keeps it; empty where nothing was spent. What is not known is left out, never 0: tokens that the endpoint did not
        tell, and the cost where they or the prices are not known."""
        if not self.calls:
            return {}
        found: dict[str, float] = {"calls": self.calls}
        if self.unmetered:
            found["unmetered"] = self.unmetered
        if self.unmetered < self.calls:
            found |= {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        return found | ({"cost": round(self.cost, 6)} if self.cost else {})


@dataclass
class Meter:
    """Adds up what is spent. Prices are per million tokens, in whichever currency they are set."""

    input_price: float = 0.0
    output_price: float = 0.0
    total: Spent = Spent()
    _tickets: OrderedDict[str, Spent] = field(default_factory=OrderedDict)

    def add(self, ticket: str, tokens: tuple[int, int] | None) -> Spent:
        """Counts one answered attempt: its input and output tokens, None where the endpoint did not say."""
        given, made = tokens or (0, 0)
        cost = (given * self.input_price + made * self.output_price) / MILLION
        spent = Spent(1, given, made, cost, int(tokens is None))
        self.total += spent
        if ticket:
            self._tickets[ticket] = self._tickets.get(ticket, Spent()) + spent
            self._tickets.move_to_end(ticket)
            if len(self._tickets) > KEPT:
                self._tickets.popitem(last=False)
        return spent

    def of(self, ticket: str) -> Spent:
        """What this ticket has cost so far."""
        return self._tickets.get(ticket, Spent())
