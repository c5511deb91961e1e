"""What the stand-in remembers, and how it may be made to misbehave."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.slack.standin.limits import elements
from tests.slack.standin.refusals import Refused, TooFast
from tests.slack.standin.workspace import APP, BOT, TEAM, Json, Workspace

BOT_TOKEN = "xoxb-stand-in-bot"
APP_TOKEN = "xapp-1-stand-in"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
EVERY_SCOPE = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "users:read",
        "users:read.email",
    }
)


@dataclass(frozen=True)
class Call:
    """One request to the Web API and what came of it: "ok", or the error."""

    method: str
    args: Json
    at: float
    result: str
    token: str = ""


@dataclass
class Fault:
    """The next `times` calls of a method ("*": any) go wrong: HTTP `status`, with Retry-After `after`; or they are `slow` by seconds."""

    method: str
    times: int = 1
    status: int = 429
    after: int = 1
    slow: float = 0.0
    error: str = ""


class Bucket:
    """So many at once, and then so many per second."""

    def __init__(self, burst: float, per_second: float) -> None:
        self.burst, self.per_second = burst, per_second
        self.left, self.at = burst, time.monotonic()

    def take(self) -> None:
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left < 1:
            raise TooFast(max(1, round((1 - self.left) / self.per_second)))
        self.left -= 1


@dataclass
class Trigger:
    user: str
    at: float
    view: str = ""
    used: bool = False


@dataclass
class State:
    """`subscribed`: the events the app is told of; None: of all.

    `lacking`: methods that this workspace does not know. `paced`: whether posting too fast is refused. `trigger_life`, `ack_within`
    and `retry_after` are seconds; a real workspace waits a minute and five before its second and third try."""

    workspace: Workspace = field(default_factory=Workspace)
    scopes: set[str] = field(default_factory=lambda: set(EVERY_SCOPE))
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    subscribed: set[str] | None = None
    lacking: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    paced: bool = False
    burst: int = 4
    trigger_life: float = 3.0
    ack_within: float = 3.0
    retry_after: tuple[float, ...] = (0.05, 0.1, 0.2)
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    base: str = ""
    calls: list[Call] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    ephemerals: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    homes: dict[str, Json] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    statuses: list[Json] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, list[Json]] = field(default_factory=dict)
    panes: set[tuple[str, str]] = field(default_factory=set)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    hooks: dict[str, Json] = field(default_factory=dict)
    emit: Callable[[Json], None] = lambda event: None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def moved(self) -> None:
        """Wakes whoever waits for something to become true."""
        self.changed.set()
        self.changed = asyncio.Event()

    def take(self, name: str, burst: float, per_second: float) -> None:
        if self.paced:
            self.buckets.setdefault(name, Bucket(burst, per_second)).take()

    def trigger(self, user: str, view: str = "") -> str:
        """A trigger_id, as it comes with what people press."""
        number = f"{self.workspace.number()}.{TEAM[1:]}.{time.monotonic_ns():x}"
        self.triggers[number] = Trigger(user, time.monotonic(), view)
        return number

    def use(self, trigger_id: str) -> Trigger:
        found = self.triggers.get(trigger_id)
        if found is None:
            raise Refused("invalid_trigger_id")
        if found.used:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() - found.at > self.trigger_life:
            raise Refused("expired_trigger_id")
        found.used = True
        return found

    def fill(self, blocks: list[Json]) -> list[Json]:
        """The blocks with the ids that Slack gives where none were given."""
        filled = copy.deepcopy(blocks)
        for block in filled:
            block.setdefault("block_id", f"b{self.workspace.number()}")
            for element in elements(block):
                element.setdefault("action_id", f"a{self.workspace.number()}")
        return filled

    def view(self, given: Json, user: str, **more: Any) -> Json:
        """A view as Slack keeps it and sends it back."""
        number = f"V{self.workspace.number():08d}"
        kept = {
            "id": number,
            "team_id": TEAM,
            "type": given["type"],
            "blocks": self.fill(given["blocks"]),
            "private_metadata": given.get("private_metadata", ""),
            "callback_id": given.get("callback_id", ""),
            "external_id": given.get("external_id", ""),
            "state": {"values": {}},
            "hash": self.fresh_hash(),
            "title": given.get("title", {"type": "plain_text", "text": "View Title"}),
            "clear_on_close": given.get("clear_on_close", False),
            "notify_on_close": given.get("notify_on_close", False),
            "close": given.get("close"),
            "submit": given.get("submit"),
            "previous_view_id": None,
            "root_view_id": number,
            "app_id": APP,
            "app_installed_team_id": TEAM,
            "bot_id": BOT,
            **more,
        }
        self.views[kept["id"]] = kept
        return kept

    def fresh_hash(self) -> str:
        return f"{int(time.time())}.{self.workspace.number():x}"

    def rewrite(self, kept: Json, given: Json) -> None:
        """A view's new content in place: its id stays, its hash does not. What was typed into blocks that stay is kept."""
        blocks = self.fill(given["blocks"])
        stay = {b["block_id"] for b in blocks}
        values = {k: v for k, v in kept["state"]["values"].items() if k in stay}
        fields = ("private_metadata", "callback_id", "external_id", "title", "close", "submit", "clear_on_close", "notify_on_close")
        kept |= {name: given[name] for name in fields if name in given}
        kept |= {"blocks": blocks, "hash": self.fresh_hash(), "state": {"values": values}}
        self.moved()
