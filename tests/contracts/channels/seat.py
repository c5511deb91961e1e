"""A person's seat at a channel: what they see there and what they can do, in the same words for every channel."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from re import Pattern
from typing import Any, ClassVar
from urllib.parse import urlsplit

from bot.desk.ports import Channel, Clock, Hearing, Ledger
from bot.domain.messages import Post
from bot.domain.tickets import Place

SAM = "sam.okafor@brightwater.example"
ROSA = "rosa.delgado@brightwater.example"
PRIYA = "priya.nair@brightwater.example"
JOHN = "john.smith@brightwater.example"
PEOPLE = (SAM, ROSA, PRIYA, JOHN)
"""Who sits at each channel: a requester, an approver, an analyst, and somebody whom nothing concerns."""

Upload = tuple[str, str, bytes]
"""Name, media type, bytes."""

_ALIKE = str.maketrans({"∗": "*", "∼": "~", "ˋ": "`", "ˍ": "_", "∶": ":", "¦": "|", "\u200b": None})
"""What stands for a mark that a platform would read, and looks the same; and the space of no width that breaks mentions."""


def eye(text: str) -> str:
    """Words as the eye takes them: on one line, look-alikes as what they look like."""
    return " ".join(text.translate(_ALIKE).split())


def steering(text: str) -> set[str]:
    """Characters that steer a terminal or turn text around."""
    return {
        c
        for c in text
        if (unicodedata.category(c) == "Cc" and c not in "\n\t") or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    }


_NAMED = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}\b", re.I)


def lies(words: str, address: str) -> bool:
    """Whether a link's words name another site than the one it leads to, and not that one too; pages of our own have no site."""
    host = (urlsplit(address).hostname or "").lower()
    named = {name.lower() for name in _NAMED.findall(words)}
    return bool(host and named) and host not in named


def leaves(payload: Any) -> str:
    """Every text in a payload."""
    if isinstance(payload, dict | list):
        return "\n".join(leaves(part) for part in (payload.values() if isinstance(payload, dict) else payload))
    return payload if isinstance(payload, str) else ""


class NotSent(AssertionError):
    """The client did not send it: something that has to be filled in is empty, or a question was answered with no."""


@dataclass
class Asked:
    """A question as it stands in a form. `value` is what it begins with."""

    label: str
    required: bool = True
    value: Any = None
    help: str = ""
    choices: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """What a person sees of a post: `lines` to read, what can be pressed (without the channel's own "Show everything" and "Fill in"),
    links as (words, address), and whom it calls. `raw` is every text that went over the wire."""

    lines: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    raw: str = ""

    @property
    def words(self) -> str:
        return eye(" ".join(self.lines))


@dataclass(frozen=True)
class House:
    """What a channel is opened with."""

    folder: Path
    hearing: Hearing
    ledger: Ledger
    clock: Clock


class Seat(ABC):
    """One channel with people at it. `cannot` names what it has not got, and says so in a sentence: gaps.py counts them."""

    name: ClassVar[str]
    cannot: ClassVar[Mapping[str, str]] = {}
    deadline: ClassVar[Pattern[str]]
    """How an open approval says until when it waits."""
    channel: Channel
    refusals: Sequence[str] = ()
    """What people were told at once when something they did was refused."""

    @abstractmethod
    async def open(self, house: House) -> None:
        """Makes the platform and the channel, which does not listen yet."""

    @abstractmethod
    async def start(self) -> None:
        """The channel begins to listen."""

    @abstractmethod
    async def close(self) -> None: ...

    # what people see

    @abstractmethod
    async def look(self, who: str, post: Post) -> Seen:
        """A post as this person sees it now."""

    @abstractmethod
    async def everything(self, who: str, post: Post) -> list[str]:
        """All of a post: where it is cut, by whatever way leads to the rest."""

    @abstractmethod
    async def questions(self, who: str, post: Post) -> list[Asked]:
        """The questions of a form, where they are answered; that is left again without an answer."""

    @abstractmethod
    def page(self, who: str) -> str:
        """Every word that this person sees anywhere."""

    # what people do

    @abstractmethod
    async def begin(self, who: str, text: str, files: tuple[Upload, ...] = ()) -> None:
        """Writes to the desk, in a thread of their own."""

    @abstractmethod
    async def reply(self, who: str, post: Post, text: str, files: tuple[Upload, ...] = ()) -> None:
        """Answers in the thread where a post stands."""

    @abstractmethod
    async def press(self, who: str, post: Post, label: str, *, reason: str | None = None, yes: bool = True) -> str:
        """Presses a button and answers what it asks; returns the question that had to be said yes to. NotSent where nothing was sent."""

    @abstractmethod
    async def choose(self, who: str, post: Post, label: str, detail: str = "") -> None:
        """Picks one of a form's few answers, told from its namesakes by its detail."""

    @abstractmethod
    async def fill(self, who: str, post: Post, values: Mapping[str, Any]) -> None:
        """Fills in a form by the labels of its questions: choices by label, people by address, several as a list, files as Uploads."""

    async def edit(self, who: str, text: str) -> None:
        """Changes what this person wrote last."""
        raise NotImplementedError

    async def withdraw(self, who: str) -> None:
        """Deletes what this person wrote last."""
        raise NotImplementedError

    async def mention(self, who: str, text: str, other: str) -> None:
        """Calls the desk by name where many read along, and somebody else in the middle: "{}" in the text."""
        raise NotImplementedError

    @abstractmethod
    async def stranger(self, text: str) -> str:
        """Somebody who is no employee, but is called like an analyst, writes to the desk; returns what they are told."""

    async def intrude(self, who: str, post: Post) -> list[str]:
        """Tries to read, press and answer a post of a conversation that is not theirs; returns what of it went through. Platforms
        with members let nobody come near."""
        return []

    # what happens to the platform

    def slow_down(self, after: int) -> None:
        """The next message is refused: too fast; try again after so many seconds."""
        raise NotImplementedError

    def break_down(self) -> None:
        """The next message meets an outage."""
        raise NotImplementedError

    def mend(self) -> None:
        """The trouble has passed."""
        raise NotImplementedError

    def shut(self, who: str) -> None:
        """From now on this person can never be reached."""
        raise NotImplementedError

    def lose(self, post: Post) -> None:
        """Somebody deletes a post of the desk's."""
        raise NotImplementedError

    def posts(self, place: Place) -> int:
        """How many messages of the desk's stand at a place."""
        raise NotImplementedError


async def until(check: Callable[[], Any | Awaitable[Any]], what: str = "", seconds: float = 10.0) -> Any:
    """Waits for something to become true, and returns it."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert asyncio.get_running_loop().time() < end, f"this did not happen in time: {what}"
        await asyncio.sleep(0.005)
