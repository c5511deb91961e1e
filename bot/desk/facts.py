"""Fetches the facts that the applicable rules read, and only those."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.desk.ports import Addresses, Clock, Judge, Vendors
from bot.desk.registry import Registry
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.facts import MISSING, About, Fact
from bot.domain.people import Person
from bot.errors import BadArguments, NotFound


class Sources(Protocol):
    """Where facts come from; Parts is one."""

    @property
    def registry(self) -> Registry: ...
    @property
    def judge(self) -> Judge: ...
    @property
    def vendors(self) -> Vendors: ...
    @property
    def addresses(self) -> Addresses: ...
    @property
    def clock(self) -> Clock: ...


class Facts:
    """Reads the world about one call. VendorErrors pass through: a fact that cannot be had is never guessed."""

    def __init__(self, parts: Sources) -> None:
        self._parts = parts

    def about(
        self,
        call: Call,
        speaker: Person,
        directory: Directory,
        known: Mapping[str, Any],
        *,
        companions_of: Call | None = None,
        now: datetime | None = None,
    ) -> About:
        """The view of the company that a fact, an expansion or a companion gets. A call that is still open has arguments unset."""
        action = self._parts.registry.action(call.action)
        try:
            arguments = action.parse(call)
        except BadArguments:
            if action.resolve is None and companions_of is None:
                raise
            arguments = action.arguments.model_construct()  # still open: resolving fills it
        return About(
            call=call,
            arguments=arguments,
            speaker=speaker,
            directory=directory,
            now=now or self._parts.clock(),
            offer=lambda capability: self._offer(capability, call, directory),
            address_problem=self._parts.addresses.problem,
            known=known,
            companions_of=companions_of,
        )

    def _offer(self, capability: type[Any], call: Call, directory: Directory) -> Any:
        vendor = self._parts.vendors.serving(capability, call.arguments.get("system"), directory)
        return self._parts.vendors.offer(vendor, capability) if vendor else None

    async def gather(self, about: About, only: frozenset[str] | None = None) -> dict[str, Any]:
        """The facts that policy reads for this call (or those named), by name; those that are missing are left out."""
        declared = self._parts.registry.facts_of(about.call.action)
        names = self._parts.judge.facts_for(about.call) if only is None else only
        wanted = [declared[name] for name in sorted(names) if name in declared]
        values = await asyncio.gather(*(self._fetch(fact, about) for fact in wanted))
        return {fact.name: value for fact, value in zip(wanted, values, strict=True) if value is not MISSING}

    async def _fetch(self, fact: Fact, about: About) -> Any:
        if fact.capability is None:
            return await fact.fetch(about)
        served = about.offer(fact.capability)
        if served is None:
            return fact.unserved
        try:
            return await fact.fetch(about, served)
        except NotFound:
            # The vendor has never heard of this person: what holds where nobody serves it holds here.
            return fact.unserved
