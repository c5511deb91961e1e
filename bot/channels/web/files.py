"""Files handed over for a form. They live in memory, for minutes, for their owner only."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from aiohttp import BodyPartReader, web

from bot.channels.web.guard import TooLarge, WrongType
from bot.domain.markup import clean
from bot.domain.messages import LARGEST_FILE, File
from bot.errors import BadInput, Unknown

MAX_TOTAL = 100 * 1024 * 1024
MAX_EACH = 5
KEPT = timedelta(minutes=15)


@dataclass(frozen=True)
class _Kept:
    owner: str
    file: File
    until: datetime


class Files:
    """What was handed over and not used yet."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def put(self, file: File, owner: str, now: datetime) -> str:
        """Keeps a file and returns its id. A person's oldest goes when they hand over more than a few."""
        self._kept = {k: v for k, v in self._kept.items() if v.until > now}
        theirs = [k for k, v in self._kept.items() if v.owner == owner]
        for key in theirs[: max(0, len(theirs) - MAX_EACH + 1)]:
            del self._kept[key]
        if sum(len(v.file.content) for v in self._kept.values()) + len(file.content) > MAX_TOTAL:
            raise TooLarge("Too many files are waiting at the moment. Please try again in a few minutes.")
        key = secrets.token_urlsafe(16)
        self._kept[key] = _Kept(owner, file, now + KEPT)
        return key

    def take(self, key: str, owner: str) -> File:
        """Hands a file out, once, to whoever handed it in."""
        kept = self._kept.get(key)
        if kept is None or kept.owner != owner:
            raise Unknown("This file is no longer here. Please choose it again.")
        del self._kept[key]
        return kept.file


async def read_upload(request: web.Request) -> File:
    """The one file of a multipart request."""
    if request.content_type != "multipart/form-data":
        raise WrongType("Send the file as multipart/form-data.")
    try:
        part = await (await request.multipart()).next()
    except ValueError as error:
        raise BadInput("The upload is malformed.") from error
    if not isinstance(part, BodyPartReader) or part.name != "file" or not part.filename:
        raise BadInput("The upload has no file in it.")
    content = await _content(part)
    if not content:
        raise BadInput("The file is empty.")
    media_type = part.headers.get("Content-Type", "application/octet-stream").split(";")[0].strip()
    return File(name=_name(part.filename), media_type=media_type[:100], content=content)


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        content += chunk
        if len(content) > LARGEST_FILE:
            raise TooLarge(f"The file is larger than {LARGEST_FILE // 1024 // 1024} MB.")
    return bytes(content)


def _name(given: str) -> str:
    return re.sub(r"\s+", " ", PurePosixPath(clean(given).replace("\\", "/")).name)[:120] or "file"
