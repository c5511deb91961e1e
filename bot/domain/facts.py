"""Facts: what is true about the business now, as policies ask for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.calls import Arguments, Call
from bot.domain.directory import Directory
from bot.domain.people import Person, System

if TYPE_CHECKING:
    from bot.domain.capabilities import Capability

MISSING: Any = object()
"""No value: a rule that reads it can never allow."""


@dataclass(frozen=True)
class About:
    """What a fact, an expansion or a companion may look at: the call, who asks, the company, the moment.

    `known` holds what earlier steps of the plan brought and what the request said in passing. `offer(Capability)` gives a
    read-only use of whichever vendor serves that capability (for the call's system where the capability is Access); None where
    a human does. `address_problem` says why nothing may be shipped to an address, "" where nothing is wrong with it.
    """

    call: Call
    arguments: Arguments
    speaker: Person
    directory: Directory
    now: datetime
    offer: Callable[[type[Any]], Any] = lambda capability: None
    address_problem: Callable[[str], str] = lambda address: ""
    known: Mapping[str, Any] = field(default_factory=dict)
    companions_of: Call | None = None

    def person(self, argument: str = "person") -> Person | None:
        """The directory's person behind an argument, or None."""
        value = self.call.arguments.get(argument)
        return self.directory.people.get(value) if isinstance(value, str) else None

    def system(self, argument: str = "system") -> System | None:
        """The catalogue's system behind an argument, or None."""
        value = self.call.arguments.get(argument)
        return self.directory.systems.get(value) if isinstance(value, str) else None


@dataclass
class Fact:
    """A declared fact. `returns` is bool, int, str or frozenset[str]; `actions` the actions it matters to ("*": all).

    `unserved` is what to assume where no vendor serves `capability`: always the cautious value. MISSING means that nothing may
    be allowed then.
    """

    name: str
    sentence: str
    returns: Any
    actions: tuple[str, ...]
    fetch: Callable[..., Awaitable[Any]]
    capability: type[Capability] | None = None
    unserved: Any = MISSING
    declared_in: str = field(default="", compare=False)
