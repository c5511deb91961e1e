"""Who may talk to the page at all: loopback addresses, our own origin, JSON of a sensible size."""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from aiohttp import web
from yarl import URL

from bot.errors import BadInput, BadSettings, BellhopError, NotAllowed, Unknown
from bot.settings import Settings

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_JSON = 256 * 1024
"""Bytes of a JSON body; a message of the longest allowed length fits, however it is escaped."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class TooLarge(BadInput):
    """This is larger than the desk takes."""


class WrongType(BadInput):
    """This address takes JSON only."""


def check_address(settings: Settings) -> None:
    """BadSettings where the demo page, which has no sign-in, would listen on an address that other machines can reach."""
    if settings.demo and not settings.demo_beyond_loopback and not is_loopback(settings.host):
        raise BadSettings(
            f"BELLHOP_HOST is {settings.host}, which other machines can reach, and the demo page lets anyone speak as anyone. "
            "Use 127.0.0.1, or set BELLHOP_DEMO_BEYOND_LOOPBACK=true if that is what you want."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name other than "localhost" is not trusted to stay on the machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return False


class Guard:
    """Wraps handlers. A foreign site that re-points its own name at this machine (DNS rebinding) is stopped by the Host check, a
    form or script on a foreign site by the Origin check and the JSON content type."""

    def __init__(self, settings: Settings) -> None:
        self._own = {settings.host.casefold()}
        self._open = settings.demo_beyond_loopback and not is_loopback(settings.host)
        self._machine = {socket.gethostname().casefold()} if self._open else set()

    def __call__(self, handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self.check(request)
                response = await handler(request)
            except BellhopError as error:
                response = refusal(error)
            except (ConnectionError, web.HTTPException):
                raise
            except Exception:  # the page must get a sentence, whatever broke; the log has the rest
                log.exception("could not answer %s %s", request.method, request.path)
                response = web.json_response({"error": "Something went wrong on our side. It has been logged."}, status=500)
            if not response.prepared:
                for name, value in HEADERS.items():
                    response.headers.setdefault(name, value)
            return response

        return guarded

    def check(self, request: web.Request) -> None:
        """NotAllowed where the request was not made for, or not from, this page."""
        host = _hostname(request.headers.get("Host", ""))
        if not self._is_ours(host):
            raise NotAllowed(f"This page does not answer to the name {host!r}.")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.headers['Host']}":
            raise NotAllowed("Requests from other pages are not accepted.")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none") and request.method != "GET":
            raise NotAllowed("Requests from other pages are not accepted.")

    def _is_ours(self, host: str) -> bool:
        return is_loopback(host) or host in self._own or (self._open and (_is_address(host) or host in self._machine))


def _hostname(host: str) -> str:
    try:
        return (URL(f"http://{host}").host or "").casefold()
    except ValueError:
        return ""


def refusal(error: BellhopError) -> web.Response:
    """An error as the page gets it: a sentence, and a status that fits."""
    status = {NotAllowed: 403, Unknown: 404, TooLarge: 413, WrongType: 415}.get(type(error), 400 if isinstance(error, BadInput) else 409)
    return web.json_response({"error": str(error)}, status=status)


async def body(request: web.Request) -> dict[str, Any]:
    """The JSON object a request carries; BadInput where it is none."""
    if request.content_type != "application/json":
        raise WrongType("Send this as application/json.")
    raw = await _limited(request, MAX_JSON)
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadInput("The request is not valid JSON.") from None
    if not isinstance(data, dict):
        raise BadInput("The request must be a JSON object.")
    return data


async def _limited(request: web.Request, limit: int) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > limit:
            raise TooLarge(f"The request is larger than {limit // 1024} KB.")
    return bytes(raw)
