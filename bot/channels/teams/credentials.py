"""The bot's own token, which the connector wants to see: asked of Entra with the app's id and secret."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

from bot.channels.teams.wire import Answered, Wire, after
from bot.desk.ports import Clock
from bot.errors import Misconfigured, TryLater
from bot.settings import Settings

SCOPE = "https://api.botframework.com/.default"
EVERYONE = "botframework.com"
"""The tenant that issues tokens to apps of many tenants."""
EARLY = timedelta(minutes=5)
_REASONS = {
    "AADSTS7000215": "The client secret is wrong: set BELLHOP_TEAMS_APP_PASSWORD to the secret's value, not to its id.",
    "AADSTS7000222": "The client secret has expired: make a new one in Entra and set BELLHOP_TEAMS_APP_PASSWORD.",
    "AADSTS700016": "Entra does not know this app in this tenant: check BELLHOP_TEAMS_APP_ID and BELLHOP_TEAMS_TENANT_ID.",
    "AADSTS90002": "Entra does not know this tenant: check BELLHOP_TEAMS_TENANT_ID.",
}


class Credentials:
    """Keeps the token until shortly before it ends. Without an app id there is none (development only)."""

    def __init__(self, settings: Settings, wire: Wire, clock: Clock) -> None:
        self._settings = settings
        self._wire = wire
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._until: datetime | None = None

    async def token(self) -> str:
        """Misconfigured where Entra refuses the app, TryLater where it does not answer; "" without an app id."""
        if not self._settings.teams_app_id:
            return ""
        async with self._lock:
            if self._until is None or self._clock() >= self._until:
                await self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """The connector did not take this token: the next one is asked for anew."""
        if token == self._token:
            self._until = None

    async def _renew(self) -> None:
        tenant = self._settings.teams_tenant_id or EVERYONE
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.teams_app_id,
            "client_secret": self._settings.teams_app_password.get_secret_value(),
            "scope": SCOPE,
        }
        answer = await self._wire.ask("POST", f"{self._settings.teams_login_url.rstrip('/')}/{tenant}/oauth2/v2.0/token", data=form)
        told = _json(answer)
        if answer.status_code in (400, 401, 403, 404):
            raise Misconfigured(_reason(told))
        if answer.status_code != 200 or not isinstance(told.get("access_token"), str):
            raise TryLater("Entra is not giving out tokens at the moment.", after(answer.headers))
        self._token = told["access_token"]
        self._until = self._clock() + max(timedelta(seconds=float(told.get("expires_in") or 0)) - EARLY, timedelta(seconds=30))


def _json(answer: Answered) -> dict[str, Any]:
    try:
        told = json.loads(answer.content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _reason(told: dict[str, Any]) -> str:
    described = str(told.get("error_description") or "")
    known = next((sentence for code, sentence in _REASONS.items() if f"{code}:" in described), "")
    return known or f"Entra refuses the Teams app ({str(told.get('error') or 'no reason given')[:60]}): check its id, secret and tenant."
