"""Files that came along with a message: fetched once, kept in memory only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from yarl import URL

from bot.channels.teams.credentials import Credentials
from bot.channels.teams.hosts import Hosts
from bot.channels.teams.parse import Handed
from bot.channels.teams.wire import Wire
from bot.domain.markup import clean
from bot.domain.messages import LARGEST_FILE, File
from bot.errors import BadInput, BellhopError, TryLater

MANY = 5
HOPS = 3
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
"""By how the content begins: what a sender says about it is not believed."""


class Files:
    """Fetches from where Teams keeps files, and from nowhere else. Only the connector is shown our token."""

    def __init__(self, wire: Wire, hosts: Hosts, credentials: Credentials) -> None:
        self._wire = wire
        self._hosts = hosts
        self._credentials = credentials

    async def fetch(self, handed: Sequence[Handed]) -> tuple[tuple[File, ...], tuple[str, ...]]:
        """The files, and a sentence for each that could not be taken."""
        taken: list[File] = []
        why: list[str] = [] if len(handed) <= MANY else [f"I take at most {MANY} files at once; I have left out the rest."]
        for one in handed[:MANY]:
            try:
                taken.append(await self._file(one))
            except BellhopError as error:
                why.append(f"{_name(one.name)}: {error}")
        return tuple(taken), tuple(why)

    async def _file(self, handed: Handed) -> File:
        url = handed.url
        for _ in range(HOPS):
            content, onward = await self._got(url, handed.own)
            if not onward:
                media_type = _kind(content)
                return File(name=_name(handed.name), media_type=media_type, content=content)
            url = str(URL(url).join(URL(onward)))
        raise BadInput("Teams did not hand the file over.")

    async def _got(self, url: str, own: bool) -> tuple[bytes, str]:
        """The content at an address, or the address it has moved to."""
        if not (self._hosts.speaks(url) if own else self._hosts.stores(url)):
            raise BadInput("This file is not kept where Teams keeps files, so I have not opened it.")
        token = await self._credentials.token() if own and self._hosts.trusted(url) else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._wire.request("GET", URL(url, encoded=True), headers=headers) as response:
            if response.status in (301, 302, 303, 307, 308):
                return b"", response.headers.get("Location", "")
            if response.status in (408, 429) or response.status >= 500:
                raise TryLater("Teams is not handing over files at the moment. Please send it again.")
            if response.status != 200:
                raise BadInput("Teams did not hand the file over. Please send it again.")
            content = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > LARGEST_FILE:
                    raise BadInput(f"This is larger than {LARGEST_FILE // 1024 // 1024} MB, which is the most I take.")
            return bytes(content), ""


def _kind(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = next((kind for start, kind in _KINDS if content.startswith(start)), "")
    if not found:
        raise BadInput("I can only take pictures (PNG, JPEG, GIF, WebP) and PDF files.")
    return found


def _name(given: str) -> str:
    return re.sub(r"\s+", " ", PurePosixPath(clean(given).replace("\\", "/")).name)[:120] or "file"
