"""The vendors that are installed and set up: who serves what."""

from __future__ import annotations

import importlib
import importlib.util
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.desk.registry import capabilities_of
from bot.domain.capabilities import Access, Capability
from bot.domain.directory import Directory
from bot.errors import BadSettings

HUMAN = "human"
ANY = "*"


class Installed:
    """Implements ports.Vendors. A vendor's client is made on its first use.

    `serves` names the vendor of each capability ("*": of all others; "human": nobody); access is served by the system's own vendor.
    """

    def __init__(self, serves: Mapping[str, str], settings: Mapping[str, Mapping[str, str]], package: str = "actions.vendors") -> None:
        self._serves = dict(serves)
        self._settings = settings
        self._package = package
        self._offers: dict[str, dict[str, type[Capability]]] = {}
        self._clients: dict[str, Any] = {}
        for capability, vendor in serves.items():
            if vendor != HUMAN and not self.installed(vendor):
                raise BadSettings(f"BELLHOP_VENDORS: {capability!r} is to be served by {vendor!r}, and there is no such vendor.")

    def installed(self, vendor: str) -> bool:
        """Whether there is a folder for this vendor."""
        return vendor.isidentifier() and importlib.util.find_spec(f"{self._package}.{vendor}") is not None

    def serving(self, capability: type[Any], system: str | None, directory: Directory) -> str | None:
        """Name of the vendor; None where a human serves it."""
        if capability is Access:
            known = directory.systems.get(str(system))
            vendor = known.vendor if known else None
        else:
            vendor = self._serves.get(capability.name, self._serves.get(ANY))
        if vendor in (None, HUMAN) or not self.installed(vendor):
            return None
        return vendor if capability.name in self._capabilities(vendor) else None

    def _capabilities(self, vendor: str) -> dict[str, type[Capability]]:
        if vendor not in self._offers:
            self._offers[vendor] = capabilities_of(vendor, self._package)
        return self._offers[vendor]

    def offer(self, vendor: str, capability: type[Any], key: str = "") -> Any:
        """The vendor's implementation, bound to an idempotency key."""
        return self._capabilities(vendor)[capability.name](self.client(vendor), key)

    def client(self, vendor: str) -> Any:
        """The vendor's client, connected with its settings; BadSettings names one that its manifest needs and that is missing."""
        if vendor not in self._clients:
            given = self._settings.get(vendor, {})
            module = importlib.import_module(f"{self._package}.{vendor}.client")
            missing = [n for n in needed(module.__file__ or "") if n not in given]
            if missing:
                raise BadSettings(f"The vendor {vendor} needs the setting {missing[0]!r}; its manifest.toml says what it is.")
            self._clients[vendor] = module.connect(given)
        return self._clients[vendor]

    def close(self) -> None:
        """Lets go of every client."""
        for client in self._clients.values():
            if hasattr(client, "close"):
                client.close()
        self._clients.clear()


def needed(client_file: str) -> list[str]:
    """The settings that a vendor's manifest says it cannot do without."""
    manifest = tomllib.loads((Path(client_file).parent / "manifest.toml").read_text(encoding="utf-8"))
    settings: Mapping[str, Any] = manifest.get("settings", {})
    return [name for name, about in settings.items() if isinstance(about, dict) and about.get("required")]
