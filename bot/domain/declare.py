"""The decorators with which `actions/` declares actions and facts. Declaring is registering: the loader collects what they leave."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from bot.domain.calls import Action, Arguments, Call, Risk
from bot.domain.capabilities import Capability
from bot.domain.facts import MISSING, About, Fact
from bot.domain.outcomes import Change, Effect


class Declared:
    """A declared action, still callable as the function it decorates. Its methods declare the rest of it."""

    def __init__(self, action: Action, function: Callable[..., Any]) -> None:
        self.action = action
        self.function = function
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def preview(self, function: Callable[..., Awaitable[Change]]) -> Callable[..., Awaitable[Change]]:
        """Declares `(arguments, capability) -> Change`: what would change; it writes nothing."""
        self.action.preview = function
        return function

    def record(self, function: Callable[[Any], tuple[Effect, ...]]) -> Callable[[Any], tuple[Effect, ...]]:
        """Declares `(arguments) -> effects`: what the ledger notes once the step is done."""
        self.action.record = function
        return function

    def companion(self, function: Callable[[About], Awaitable[Call | None]]) -> Callable[[About], Awaitable[Call | None]]:
        """Declares how to complete this action when policy wants it beside another: `about.companions_of` is that other call."""
        self.action.companion = function
        return function

    def resolve(self, function: Callable[[About], Awaitable[Call | None]]) -> Callable[[About], Awaitable[Call | None]]:
        """Declares how to fill what a request left open; the call as it then stands, or None where it cannot be filled."""
        self.action.resolve = function
        return function

    def due(self, function: Callable[[Any], datetime | None]) -> Callable[[Any], datetime | None]:
        """Declares `(arguments) -> datetime`: the moment before which the step must not run."""
        self.action.due = function
        return function

    def ends(self, function: Callable[[Any], tuple[datetime, Call] | None]) -> Callable[[Any], tuple[datetime, Call] | None]:
        """Declares `(arguments) -> (when, call)`: what ends it again, where it was asked for a limited time."""
        self.action.ends = function
        return function


def action(
    name: str,
    *,
    sentence: str,
    examples: tuple[str, ...] = (),
    risk: Risk = Risk.MEDIUM,
    undo: str = "",
    title: str = "",
    subject: str = "person",
    offered: bool = True,
) -> Callable[[Callable[..., Any]], Declared]:
    """Declares the decorated function as an action.

    `async def f(args: SomeArguments, capability: SomeCapability) -> Outcome` runs through a capability,
    `async def f(args: SomeArguments) -> Outcome` is carried out by the desk itself, and
    `async def f(about: About, args: SomeArguments) -> list[Call]` is a runbook that expands.
    `sentence` has the arguments' public names in braces and reads as an order ("Remove {person}'s access to {system}"); what
    depends on an optional argument stands in brackets ("[ until {until}]").
    """

    def declare(function: Callable[..., Any]) -> Declared:
        hints = typing.get_type_hints(function)
        kinds = [hints[p] for p in inspect.signature(function).parameters]
        arguments = next(k for k in kinds if isinstance(k, type) and issubclass(k, Arguments))
        capability = next((k for k in kinds if isinstance(k, type) and issubclass(k, Capability)), None)
        runbook = About in kinds
        spec = Action(
            name=name,
            sentence=sentence,
            arguments=arguments,
            examples=examples,
            risk=risk,
            undo=undo,
            title=title or name.replace(".", " ").capitalize(),
            offered=offered,
            subject=subject,
            capability=capability,
            run=None if runbook else function,
            expand=_expander(function, arguments) if runbook else None,
            declared_in=function.__module__,
        )
        return Declared(spec, function)

    return declare


def _expander(function: Callable[..., Any], arguments: type[Arguments]) -> Callable[[About], Awaitable[list[Call]]]:
    async def expand(about: About) -> list[Call]:
        assert isinstance(about.arguments, arguments)
        return list(await function(about, about.arguments))

    return expand


class DeclaredFact:
    """A declared fact, still callable as the function it decorates."""

    def __init__(self, spec: Fact) -> None:
        self.fact = spec

    def __call__(self, *arguments: Any) -> Any:
        return self.fact.fetch(*arguments)


def fact(*actions: str, sentence: str, name: str = "", unserved: Any = MISSING) -> Callable[[Callable[..., Awaitable[Any]]], DeclaredFact]:
    """Declares the decorated function as a fact that matters to these actions.

    `async def f(about: About, capability: SomeCapability) -> bool | int | str | frozenset[str]`; the capability may be left
    out where the record knows. The function's name is the fact's name.
    """

    def declare(function: Callable[..., Awaitable[Any]]) -> DeclaredFact:
        hints = typing.get_type_hints(function)
        capability = next((k for k in hints.values() if isinstance(k, type) and issubclass(k, Capability)), None)
        return DeclaredFact(
            Fact(
                name=name or function.__name__,
                sentence=sentence,
                returns=hints["return"],
                actions=actions,
                fetch=function,
                capability=capability,
                unserved=unserved,
                declared_in=function.__module__,
            )
        )

    return declare
