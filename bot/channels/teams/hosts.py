"""Which addresses Teams may send us to. Every activity names the connector it came from; whoever could name any other would make the
desk talk to it, and show it our token."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from yarl import URL

from bot.settings import Settings

_CONNECTORS = (
    "smba.trafficmanager.net",
    ".botframework.com",
    ".botframework.us",
    ".botframework.azure.us",
    ".teams.microsoft.com",
    ".teams.microsoft.us",
)
"""Hosts of the Bot Framework's connectors; those that begin with a dot stand for all below them."""
_STORES = (".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn", ".svc.ms", "graph.microsoft.com")
"""Where Teams keeps the files that people send."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name other than "localhost" is not trusted to stay on the machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def parsed(address: object) -> URL | None:
    """The address, where it is a plain http(s) one: no name or password in it, and nothing that a template would fill in."""
    if not isinstance(address, str) or len(address) > 2_000 or set(address) & set("{}\\ \t\r\n"):
        return None
    try:
        url = URL(address)
        return url if url.scheme in ("http", "https") and url.host and not url.user and not url.password and url.port else None
    except ValueError:
        return None


class Hosts:
    """The hosts that these settings let us talk to."""

    def __init__(self, settings: Settings) -> None:
        own = parsed(settings.teams_service_url)
        self._own = own.origin() if own and (own.scheme == "https" or is_loopback(own.host or "")) else None
        self._unsigned = settings.teams_unsigned

    def local(self, address: object) -> bool:
        """Whether this is a connector on this machine: the only kind that an unsigned request may name."""
        url = parsed(address)
        return url is not None and self._unsigned and is_loopback(url.host or "")

    def trusted(self, address: object) -> bool:
        """Whether our token may be shown there: a connector of Microsoft's, or the one the settings name."""
        url = parsed(address)
        return url is not None and (url.origin() == self._own or _among(url, _CONNECTORS))

    def speaks(self, address: object) -> bool:
        """Whether a connector at this address is talked to at all; with unsigned requests also one on this machine, without our token."""
        return self.trusted(address) or self.local(address)

    def stores(self, address: object) -> bool:
        """Whether a file that somebody sent may be fetched from there, without our token."""
        url = parsed(address)
        return url is not None and (self.speaks(address) or _among(url, _STORES))


def _among(url: URL, hosts: Iterable[str]) -> bool:
    host = (url.host or "").casefold()
    known = any(host.endswith(h) if h.startswith(".") else host == h for h in hosts)
    return known and url.scheme == "https" and url.port == 443
