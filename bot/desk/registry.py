"""Collects what plugins declare: a new file in `actions/`, or a new folder in `actions/vendors/`, is enough."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import TypeVar

from bot.domain.calls import Action
from bot.domain.capabilities import Capability
from bot.domain.declare import Declared, DeclaredFact
from bot.domain.facts import Fact
from bot.errors import BadInput, Unknown

T = TypeVar("T", Action, Fact)


class Registry:
    """Every declared action and fact, by name."""

    def __init__(self, actions: Iterable[Action] = (), facts: Iterable[Fact] = ()) -> None:
        self.actions: dict[str, Action] = {}
        self.facts: dict[str, Fact] = {}
        for one in actions:
            self._add(self.actions, one, "action")
        for fact in facts:
            self._add(self.facts, fact, "fact")

    @staticmethod
    def _add(into: dict[str, T], one: T, what: str) -> None:
        if one.name in into:
            raise BadInput(f"{what} {one.name!r} is declared in {into[one.name].declared_in} and again in {one.declared_in}")
        into[one.name] = one

    def action(self, name: str) -> Action:
        """The action of this name; Unknown if nothing declares it."""
        try:
            return self.actions[name]
        except KeyError:
            raise Unknown(f"There is no action {name!r}.") from None

    def facts_of(self, action: str) -> dict[str, Fact]:
        """The facts declared for an action."""
        return {n: f for n, f in self.facts.items() if "*" in f.actions or action in f.actions}


def load(package: str = "actions") -> Registry:
    """Imports every module of the package and registers its actions and facts."""
    actions: list[Action] = []
    facts: list[Fact] = []
    for module in _modules(package):
        for value in vars(module).values():
            if isinstance(value, Declared) and value.action.declared_in == module.__name__:
                actions.append(value.action)
            elif isinstance(value, DeclaredFact) and value.fact.declared_in == module.__name__:
                facts.append(value.fact)
    return Registry(actions, facts)


def _modules(package: str) -> list[ModuleType]:
    root = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(root.__path__) if not m.ispkg)
    return [importlib.import_module(f"{package}.{name}") for name in names]


def capabilities_of(vendor: str, package: str = "actions.vendors") -> dict[str, type[Capability]]:
    """What a vendor implements, by the capability's name: every concrete Capability class in its folder's modules."""
    root = importlib.import_module(f"{package}.{vendor}")
    found: dict[str, type[Capability]] = {}
    for info in pkgutil.iter_modules(root.__path__):
        module = importlib.import_module(f"{root.__name__}.{info.name}")
        for value in vars(module).values():
            if (
                inspect.isclass(value)
                and issubclass(value, Capability)
                and not inspect.isabstract(value)
                and value.__module__ == module.__name__
            ):
                found[value.name] = value
    return found
