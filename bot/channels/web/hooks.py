"""Doors for git hosts: a call that is signed as GitHub or GitLab sign theirs rings once. Its content is not read."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable

from aiohttp import web

log = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024
"""Bytes of the largest call; GitHub sends no larger ones."""
SIGNATURE, TOKEN = "X-Hub-Signature-256", "X-Gitlab-Token"


def hook(path: str, secret: str, ring: Callable[[], None]) -> web.RouteDef:
    """POST on this path calls `ring` if the secret signed it; anything else gets 403 and does nothing.

    The page's other guards do not apply: a call comes from another machine, under whatever name a proxy gives this one.
    """

    async def called(request: web.Request) -> web.Response:
        if not await _is_signed(request, secret.encode()):
            log.warning("a call of %s without a valid signature was refused", path)
            return web.json_response({"error": "This call is not signed with the secret of this webhook."}, status=403)
        ring()
        return web.json_response({"status": "pulling"}, status=202)

    return web.post(path, called)


async def _is_signed(request: web.Request, secret: bytes) -> bool:
    """GitHub: an HMAC-SHA256 of the body. GitLab: the secret itself. One of the two has to be there, and right."""
    signature, token = request.headers.get(SIGNATURE), request.headers.get(TOKEN)
    if signature is None:
        return token is not None and hmac.compare_digest(token.encode("utf-8", "surrogateescape"), secret)
    sum_ = hmac.new(secret, digestmod="sha256")
    size = 0
    async for chunk in request.content.iter_chunked(64 * 1024):
        sum_.update(chunk)
        size += len(chunk)
        if size > LARGEST:
            return False
    return hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), f"sha256={sum_.hexdigest()}".encode())
