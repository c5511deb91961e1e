"""Who gets in at all: a verified token, a body of sensible size, a connector of Microsoft's, a tenant on the list. In this order."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from bot.channels.teams.hosts import Hosts, is_loopback
from bot.channels.teams.tokens import Claims, Forged, Verifier
from bot.errors import BadInput, BadSettings, Misconfigured, NotAllowed
from bot.settings import Settings

MOST = 256 * 1024
"""Bytes of an activity."""


def check_settings(settings: Settings) -> None:
    """BadSettings where these settings would let strangers in, Misconfigured where something is missing."""
    if settings.teams_unsigned:
        if not is_loopback(settings.teams_host):
            raise BadSettings(
                f"BELLHOP_TEAMS_UNSIGNED lets anyone speak as anyone, and BELLHOP_TEAMS_HOST is {settings.teams_host}, which other "
                "machines can reach. Unset the one, or set the other to 127.0.0.1."
            )
        return
    if not settings.teams_app_id:
        raise Misconfigured("Teams needs BELLHOP_TEAMS_APP_ID, the id of the app in Entra.")
    if not settings.teams_app_password.get_secret_value():
        raise Misconfigured("Teams needs BELLHOP_TEAMS_APP_PASSWORD, a client secret of the app in Entra.")
    if not tenants(settings):
        raise Misconfigured("Teams needs BELLHOP_TEAMS_TENANT_ID, the tenant whose people are heard: without it, anyone's could come.")


def tenants(settings: Settings) -> frozenset[str]:
    return frozenset(t.strip().casefold() for t in (settings.teams_tenant_id, *settings.teams_tenants) if t.strip())


class Gate:
    """Lets a request in or answers it with 401 (not from Teams), 403 (from Teams, but not for us), 413, 415 or 400."""

    def __init__(self, settings: Settings, verifier: Verifier, hosts: Hosts) -> None:
        self._unsigned = settings.teams_unsigned
        self._app = settings.teams_app_id
        self._verifier = verifier
        self._hosts = hosts
        self._tenants = tenants(settings)

    async def admit(self, request: web.Request) -> dict[str, Any]:
        """The activity of a request; Forged, NotAllowed, BadInput, or TryLater where the keys cannot be looked up."""
        claims = await self._claims(request)
        payload = await _body(request)
        if claims is None:
            if not self._hosts.local(payload.get("serviceUrl")):
                raise NotAllowed("Unsigned requests may only name a connector on this machine.")
        else:
            self._vouched(claims, payload)
        self._check_tenant(payload)
        return payload

    async def _claims(self, request: web.Request) -> Claims | None:
        """What the request's token vouches for; None where it may come without one."""
        header = request.headers.get("Authorization", "")
        if self._unsigned and not (header and self._app):
            if not is_loopback(request.url.host or "") or not is_loopback(request.remote or ""):
                raise Forged
            return None
        return await self._verifier.verify(header)

    def _vouched(self, claims: Claims, payload: dict[str, Any]) -> None:
        address = payload.get("serviceUrl")
        if claims.service_url is not None and claims.service_url != address:
            raise Forged
        if claims.channels and payload.get("channelId") not in claims.channels:
            raise Forged
        if not self._hosts.trusted(address):
            raise NotAllowed("This activity names a connector that is not one of Microsoft's.")

    def _check_tenant(self, payload: dict[str, Any]) -> None:
        """Every tenant that an activity names has to be on the list, and it has to name one."""
        named = {t.casefold() for t in tenants_of(payload)}
        if self._tenants and not (named and named <= self._tenants):
            raise NotAllowed("People of this tenant are not heard here.")


def tenants_of(payload: dict[str, Any]) -> list[str]:
    """The tenants that an activity names."""
    conversation, data = payload.get("conversation"), payload.get("channelData")
    tenant = data.get("tenant") if isinstance(data, dict) else None
    first = conversation.get("tenantId") if isinstance(conversation, dict) else None
    second = tenant.get("id") if isinstance(tenant, dict) else None
    return [t for t in (first, second) if isinstance(t, str) and t]


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    raw = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > MOST:
            raise web.HTTPRequestEntityTooLarge(MOST, len(raw))
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadInput("The request is not valid JSON.") from None
    if not isinstance(payload, dict) or not isinstance(payload.get("type"), str):
        raise BadInput("The request is not an activity.")
    return payload
