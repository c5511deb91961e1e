"""Whether a request really comes from the Bot Framework: the token in its Authorization header, verified by ourselves.

Two issuers are believed. The Bot Framework signs what Teams sends. Entra signs tokens that the app itself asked for, as the Bot
Framework's own tools do; a token that another app or a person got for us is none of these, so that nobody in the tenant can speak in
others' names.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options

from bot.channels.teams.hosts import is_loopback, parsed
from bot.channels.teams.wire import Wire
from bot.desk.ports import Clock
from bot.errors import NotAllowed, TryLater
from bot.settings import Settings

log = logging.getLogger(__name__)

BOT_FRAMEWORK = "https://api.botframework.com"
SKEW = timedelta(minutes=5)
FRESH = timedelta(hours=24)
PAUSE = timedelta(minutes=3)
"""Keys are looked up again for an unknown id, but not more often than this: anyone can make up ids."""
RETRY = timedelta(seconds=10)
LONGEST = 16_000
"""Characters of an Authorization header."""


_OPTIONS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "strict_aud": True,
    "require": ["exp", "iss", "aud"],
}


class Forged(NotAllowed):
    """This request does not come from Teams."""


@dataclass(frozen=True)
class Claims:
    """What a token vouches for. `service_url`: the connector that its activity must name; None for Entra's, which say nothing about it.
    `channels`: those that the signing key may speak for; empty: any."""

    issuer: str
    service_url: str | None
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Key:
    public: Any
    channels: frozenset[str]


class Keys:
    """The keys that one metadata address names, kept for a day."""

    def __init__(self, url: str, wire: Wire, clock: Clock) -> None:
        self._url = url
        self._wire = wire
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: dict[str, Key] = {}
        self._read: datetime | None = None
        self._tried: datetime | None = None

    async def find(self, kid: str) -> Key | None:
        """The key of this id; TryLater where the metadata cannot be read and no key is known yet."""
        async with self._lock:
            if self._due(kid):
                await self._refresh()
            return self._keys.get(kid)

    async def refresh(self) -> int:
        """Reads the metadata now and tells how many keys it names."""
        async with self._lock:
            self._read = None
            await self._refresh()
            return len(self._keys)

    def _due(self, kid: str) -> bool:
        now = self._clock()
        if self._read is None:
            return True
        stale = now - self._read > (PAUSE if kid not in self._keys else FRESH)
        return stale and (self._tried is None or now - self._tried > RETRY)

    async def _refresh(self) -> None:
        self._tried = self._clock()
        try:
            self._keys = await self._fetched()
            self._read = self._clock()
        except TryLater:
            if self._read is None:
                raise
            log.warning("the keys of Teams could not be looked up again; those known stay in use")

    async def _fetched(self) -> dict[str, Key]:
        metadata = await self._json(self._url)
        address = parsed(metadata.get("jwks_uri"))
        if address is None or (address.scheme != "https" and not is_loopback(address.host or "")):
            raise TryLater("The metadata that names Teams' keys is not readable.")
        given = (await self._json(str(address))).get("keys")
        keys = [k for k in given if isinstance(k, dict)] if isinstance(given, list) else []
        return {str(k["kid"]): key for k in keys if k.get("kid") and (key := _key(k)) is not None}

    async def _json(self, url: str) -> dict[str, Any]:
        answer = await self._wire.ask("GET", url)
        try:
            told = json.loads(answer.content) if answer.status_code == 200 else None
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise TryLater("The metadata that names Teams' keys is not readable.")
        return told


def _key(given: Mapping[str, Any]) -> Key | None:
    """A signing key; None for any other kind."""
    if given.get("kty") != "RSA" or given.get("use", "sig") != "sig":
        return None
    try:
        public = jwt.PyJWK({k: v for k, v in given.items() if k in ("kty", "n", "e", "kid")}, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError):
        return None
    endorsed = given.get("endorsements")
    return Key(public, frozenset(str(c) for c in endorsed) if isinstance(endorsed, list) else frozenset())


class Verifier:
    """Reads Authorization headers. Forged says no more than that: whoever forges needs no help."""

    def __init__(self, settings: Settings, wire: Wire, clock: Clock) -> None:
        self._app = settings.teams_app_id
        self._clock = clock
        self.keys = Keys(settings.teams_openid_url, wire, clock)
        self._entra: dict[str, Keys] = {}
        login = settings.teams_login_url.rstrip("/")
        for tenant in {t for t in (settings.teams_tenant_id, *settings.teams_tenants) if t}:
            keys = Keys(f"{login}/{tenant}/v2.0/.well-known/openid-configuration", wire, clock)
            issuers = (f"https://sts.windows.net/{tenant}/", f"https://login.microsoftonline.com/{tenant}/v2.0", f"{login}/{tenant}/v2.0")
            self._entra |= dict.fromkeys(issuers, keys)

    async def verify(self, header: str) -> Claims:
        """What the header vouches for; Forged where it vouches for nothing, TryLater where the keys cannot be looked up."""
        token = self._token(header)
        kid, issuer = _unverified(token)
        keys = self.keys if issuer == BOT_FRAMEWORK else self._entra.get(issuer)
        key = await keys.find(kid) if keys is not None else None
        if key is None:
            raise Forged
        told = self._decoded(token, key, issuer)
        if issuer != BOT_FRAMEWORK:
            return self._own(told, key)
        address = told.get("serviceurl") or told.get("serviceUrl")
        if not isinstance(address, str) or not address:
            raise Forged
        return Claims(issuer, address, key.channels)

    def _token(self, header: str) -> str:
        scheme, _, token = header.partition(" ")
        if scheme.casefold() != "bearer" or not token or len(header) > LONGEST or not self._app:
            raise Forged
        return token

    def _decoded(self, token: str, key: Key, issuer: str) -> dict[str, Any]:
        """The claims, once signature, issuer, audience and times are right. Times are compared with our own clock."""
        try:
            told = jwt.decode(token, key.public, algorithms=["RS256"], audience=self._app, issuer=issuer, options=_OPTIONS)
            now = self._clock().timestamp()
            timely = float(told["exp"]) + SKEW.total_seconds() > now and float(told.get("nbf", 0)) - SKEW.total_seconds() <= now
        except (jwt.PyJWTError, TypeError, ValueError):
            raise Forged from None
        if not timely:
            raise Forged
        return told

    def _own(self, told: Mapping[str, Any], key: Key) -> Claims:
        """Entra's tokens count only where the app itself asked for them, in its own name and no person's."""
        asked = told.get("azp") if told.get("ver") == "2.0" else told.get("appid")
        if asked != self._app or "scp" in told or told.get("idtyp", "app") != "app":
            raise Forged
        return Claims(str(told["iss"]), None, key.channels)


def _unverified(token: str) -> tuple[str, str]:
    """The id of the key that is said to have signed, and who is said to have issued: only to know where to look the key up."""
    try:
        header = jwt.get_unverified_header(token)
        told = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        raise Forged from None
    kid, issuer = header.get("kid"), told.get("iss")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or not isinstance(issuer, str):
        raise Forged
    return kid, issuer
