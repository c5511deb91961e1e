"""Files that people hand over: pictures and PDFs, in memory only, fetched from Slack's own host and from nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.client import SECONDS, answered
from bot.domain.messages import LARGEST_FILE, File
from bot.errors import BellhopError, Refused, TryLater

MOST = 5
"""Files looked at of one message."""
HOSTS = frozenset({"slack.com", "files.slack.com"})


@dataclass(frozen=True)
class Handed:
    """The files that could be read, and a sentence for each that could not."""

    files: tuple[File, ...] = ()
    problems: tuple[str, ...] = ()


class Files:
    """Fetches what an event names. The token goes to Slack only, and no redirect is followed."""

    def __init__(self, web: AsyncWebClient, session: aiohttp.ClientSession, api_url: str) -> None:
        self._web = web
        self._session = session
        self._api = urlsplit(api_url)

    async def fetch(self, listed: Sequence[dict[str, Any]]) -> Handed:
        files, problems = [], []
        for one in listed[:MOST]:
            try:
                files.append(await self._one(one))
            except BellhopError as error:
                problems.append(str(error))
        return Handed(tuple(files), tuple(problems))

    async def _one(self, listed: dict[str, Any]) -> File:
        if listed.get("file_access") == "check_file_info":
            listed = (await answered(self._web.files_info(file=str(listed.get("id")))))["file"]
        name, kind = str(listed.get("name") or "file")[:200], str(listed.get("mimetype") or "").lower()
        if not usable(kind):
            raise Refused(f"I can only read pictures and PDFs, so I left {name} alone.")
        if int(listed.get("size") or 0) > LARGEST_FILE:
            raise Refused(f"{name} is larger than 10 MB, so I left it alone. A smaller one will do.")
        url = str(listed.get("url_private_download") or listed.get("url_private") or "")
        if not self.trusted(url):
            raise Refused(f"{name} is not kept by Slack itself, so I left it alone.")
        return File(name=name, media_type=kind, content=await self._content(url, name))

    def trusted(self, url: str) -> bool:
        """Whether the token may be sent there: Slack's own hosts over https, and the host that the Web API's setting names."""
        try:
            at = urlsplit(url)
            port = at.port
        except ValueError:
            return False
        own = (self._api.scheme, self._api.hostname, self._api.port)
        return (at.scheme, at.hostname, port) == own or (at.scheme == "https" and at.hostname in HOSTS and port in (None, 443))

    async def _content(self, url: str, name: str) -> bytes:
        headers = {"Authorization": f"Bearer {self._web.token}"}
        limit = aiohttp.ClientTimeout(total=3 * SECONDS)
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False, timeout=limit) as response:
                if response.status != 200 or response.content_type == "text/html":
                    raise Refused(f"Slack did not hand me {name}: the app may lack the scope files:read.")
                content = await response.content.read(LARGEST_FILE + 1)
                while len(content) <= LARGEST_FILE and (more := await response.content.read(LARGEST_FILE + 1 - len(content))):
                    content += more
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(f"I could not get {name} from Slack. Please send it once more.") from error
        if len(content) > LARGEST_FILE:
            raise Refused(f"{name} is larger than 10 MB, so I left it alone. A smaller one will do.")
        return content


def usable(media_type: str) -> bool:
    return media_type == "application/pdf" or (media_type.startswith("image/") and media_type != "image/svg+xml")
