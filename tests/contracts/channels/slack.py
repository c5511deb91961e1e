"""Slack, over the stand-in's sockets or as signed HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels.slack.channel import SlackChannel
from bot.domain.messages import Post
from bot.domain.tickets import Place
from bot.settings import Settings
from tests.contracts.channels.seat import PRIYA, Asked, House, NotSent, Seat, Seen, Upload, leaves
from tests.slack.conftest import ANALYSTS, ENDPOINT, HELP, free_port
from tests.slack.standin import driver
from tests.slack.standin.driver import Slack
from tests.slack.standin.limits import elements
from tests.slack.standin.state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Fault
from tests.slack.standin.workspace import BOT_USER, Json, User

OWN = "bellhop:more:"
"""The button that leads to the rest of what is cut."""
WRITING = ("chat.postMessage", "chat.update")


class SlackSeat(Seat):
    name = "slack"
    deadline = re.compile(r"Open until \w+ \d+ \w+ \d{4}, \d\d:\d\d UTC")
    mode = "socket"

    async def open(self, house: House) -> None:
        self.slack = Slack()
        await self.slack.start()
        self.house = house
        self.slack.state.workspace.channels[ANALYSTS].members = {self.user(PRIYA).id, BOT_USER}
        self.said: dict[str, tuple[Json, str]] = {}
        self.provoked: list[str] = []
        port = free_port()
        listen = {"slack_app_token": APP_TOKEN} if self.mode == "socket" else {"slack_signing_secret": SIGNING_SECRET}
        settings = Settings(
            _env_file=None,
            data_dir=house.folder,
            slack_bot_token=BOT_TOKEN,
            slack_analysts=ANALYSTS,
            slack_api_url=self.slack.api_url,
            slack_port=port,
            **listen,
        )
        self.channel: SlackChannel = SlackChannel(settings, house.clock)

    async def start(self) -> None:
        await self.channel.start(self.house.hearing, self.house.ledger)
        if self.mode == "http":
            host, port = self.channel.address
            self.slack.over_http(f"http://{host}:{port}{ENDPOINT}")
        else:
            await self.slack.until(lambda: self.slack.sockets.live)

    async def close(self) -> None:
        await self.channel.stop()
        await self.slack.stop()
        refused = [line for line in self.slack.refused() if not any(word in line for word in self.provoked)]
        assert not refused, f"Slack refused: {refused[:5]}"
        assert not self.slack.state.complaints, self.slack.state.complaints[:5]

    def user(self, who: str) -> User:
        found = self.slack.state.workspace.by_email(who)
        assert found is not None, who
        return found

    def message(self, post: Post) -> Json:
        channel, _, ts = post.ref.partition(":")
        found = self.slack.state.workspace.find(channel, ts)
        assert found is not None, f"{post.ref} is not there"
        return found

    # what people see

    async def look(self, who: str, post: Post) -> Seen:
        channel = self.slack.state.workspace.channels[post.ref.partition(":")[0]]
        assert self.user(who).id in channel.members, f"{who} does not see {channel}"
        return seen(self.message(post))

    async def everything(self, who: str, post: Post) -> list[str]:
        here = seen(self.message(post))
        if "Show everything" not in driver.labels(self.message(post)):
            return here.lines
        await self.slack.press(self.user(who).id, self.message(post), "Show everything")
        await self.slack.until(lambda: self.slack.has_modal(self.user(who).id))
        lines = seen(self.slack.modal(self.user(who).id)).lines
        self._leave(who)
        return lines

    async def questions(self, who: str, post: Post) -> list[Asked]:
        if any(e["type"] == "static_select" for b in self.message(post)["blocks"] for e in elements(b)) or not self._opener(post):
            (field,) = post.reply.fields  # type: ignore[union-attr]
            return [Asked(field.label, choices=[x for x in driver.labels(self.message(post)) if x != "Show everything"])]
        view = await self._form(who, post)
        found = [_asked(b) for b in view["blocks"] if b["type"] == "input"]
        self._leave(who)
        return found

    def page(self, who: str) -> str:
        own = self.user(who).id
        there = [m for c in self.slack.state.workspace.channels.values() if own in c.members for m in self.slack.messages(c.id)]
        return "\n".join(line for m in [*there, *self.slack.ephemerals(own)] for line in seen(m).lines)

    # what people do

    async def begin(self, who: str, text: str, files: tuple[Upload, ...] = ()) -> None:
        own = self.user(who).id
        self.said[who] = (await self.slack.say(own, own, typed(text), files=files), own)

    async def reply(self, who: str, post: Post, text: str, files: tuple[Upload, ...] = ()) -> None:
        message = self.message(post)
        where = post.ref.partition(":")[0]
        self.said[who] = (
            await self.slack.say(self.user(who).id, where, typed(text), message.get("thread_ts", message["ts"]), files),
            where,
        )

    async def press(self, who: str, post: Post, label: str, *, reason: str | None = None, yes: bool = True) -> str:
        own, message = self.user(who).id, self.message(post)
        _, element = driver.button(message, label)
        asked = element.get("confirm", {}).get("text", {}).get("text", "")
        if asked and not yes:
            raise NotSent(asked)
        await self.slack.press(own, message, label)
        if ":required:" in element["action_id"] or ":optional:" in element["action_id"]:
            await self.slack.until(lambda: self.slack.has_modal(own))
            (name,) = [b["label"]["text"] for b in self.slack.modal(own)["blocks"] if b["type"] == "input"]
            await self._submit(who, {name: reason} if reason else {})
        return str(asked)

    async def choose(self, who: str, post: Post, label: str, detail: str = "") -> None:
        message = self.message(post)
        label = next((x for x in driver.labels(message) if label in x and detail in x), label) if detail else label
        menu = any(e["type"] == "static_select" for b in message["blocks"] for e in elements(b))
        own = self.user(who).id
        await (self.slack.select(own, message, label) if menu else self.slack.press(own, message, label))

    async def fill(self, who: str, post: Post, values: Mapping[str, Any]) -> None:
        view = await self._form(who, post)
        asked = {b["label"]["text"]: b["element"] for b in view["blocks"] if b["type"] == "input"}
        await self._submit(who, {label: self._given(asked[label], value) for label, value in values.items()})

    def _given(self, element: Json, value: Any) -> Any:
        """What a person does at this element for a value."""
        kind = element["type"]
        if kind == "users_select":
            return self.user(value).id
        if kind == "multi_users_select":
            return [self.user(v).id for v in value]
        if kind == "file_input":
            return [value]
        return ", ".join(value) if kind == "plain_text_input" and isinstance(value, list) else value

    def _opener(self, post: Post) -> str:
        return next((e["text"]["text"] for _, e in driver.pressable(self.message(post)) if e["action_id"].startswith("bellhop:fill:")), "")

    async def _form(self, who: str, post: Post) -> Json:
        own = self.user(who).id
        await self.slack.press(own, self.message(post), self._opener(post))
        await self.slack.until(lambda: self.slack.has_modal(own))
        return self.slack.modal(own)

    async def _submit(self, who: str, values: Mapping[str, Any]) -> None:
        own = self.user(who).id
        try:
            await self.slack.submit(own, dict(values))
        except AssertionError as error:
            self._leave(who)
            raise NotSent(str(error)) from None
        if self.slack.has_modal(own):
            errors = " ".join(self.slack.modal(own).get("errors", {}).values())
            self._leave(who)
            raise NotSent(errors)

    def _leave(self, who: str) -> None:
        self.slack.state.stacks[self.user(who).id].clear()

    async def edit(self, who: str, text: str) -> None:
        said, where = self.said[who]
        await self.slack.edit(said, where, typed(text))

    async def withdraw(self, who: str) -> None:
        said, where = self.said[who]
        self.provoked += ["thread_not_found"]
        await self.slack.delete(said, where)

    async def mention(self, who: str, text: str, other: str) -> None:
        await self.slack.mention(self.user(who).id, HELP, typed(text).format(f"<@{self.user(other).id}>"))

    async def stranger(self, text: str) -> str:
        await self.slack.say("look-alike", "look-alike", text)
        await self.slack.until(lambda: self.slack.messages("look-alike") or self.slack.ephemerals("look-alike"))
        return " ".join(driver.shown(m) for m in (*self.slack.messages("look-alike"), *self.slack.ephemerals("look-alike")))

    # what happens to Slack

    def slow_down(self, after: int) -> None:
        self.provoked += ["ratelimited"]
        self.slack.state.faults += [Fault(method, after=after) for method in WRITING]

    def break_down(self) -> None:
        self.provoked += ["fatal_error"]
        self.slack.state.faults += [Fault(method, status=503) for method in WRITING]

    def mend(self) -> None:
        self.slack.state.faults.clear()

    def shut(self, who: str) -> None:
        self.provoked += ["users_not_found"]
        self.user(who).deleted = True

    def lose(self, post: Post) -> None:
        self.provoked += ["message_not_found"]
        channel, _, _ = post.ref.partition(":")
        self.slack.state.workspace.messages[channel].remove(self.message(post))

    def posts(self, place: Place) -> int:
        return len(self.slack.messages(place.conversation))


class SlackOverHttp(SlackSeat):
    name = "slack over HTTP"
    mode = "http"


# Reading blocks ----------------------------------------------------------------------------------------------------------------------


def seen(what: Json) -> Seen:
    """A message or view as Slack's client draws it."""
    found = Seen(raw=leaves([what.get("blocks", []), what.get("text", "")]), calls=driver.pings(what))
    for block in what.get("blocks") or []:
        found.lines += [line for text in _texts(block) for line in _drawn(text, found).split("\n") if line.strip()]
    if not what.get("blocks"):
        found.lines = _drawn({"type": "mrkdwn", "text": what.get("text", "")}, found).split("\n")
    own = {e["text"]["text"] for _, e in driver.pressable(what) if e["action_id"].startswith(OWN)} if what.get("blocks") else set()
    found.buttons = [x for x in driver.labels(what) if x not in own] if what.get("blocks") and what.get("type") != "modal" else []
    return found


def _texts(block: Json) -> Iterator[Json]:
    kind = block["type"]
    if kind in ("section", "header"):
        yield block["text"]
    elif kind == "context":
        yield from block["elements"]
    elif kind == "actions":
        yield from (e["text"] for e in block["elements"] if e["type"] == "button")
        yield from (o["text"] for e in block["elements"] if e["type"] != "button" for o in driver.options(e))
        yield from (o["description"] for e in block["elements"] if e["type"] != "button" for o in driver.options(e) if "description" in o)
    elif kind == "input":
        yield block["label"]
        yield from [block["hint"]] if "hint" in block else []
    else:
        assert kind == "divider", kind


def _drawn(text: Json, found: Seen) -> str:
    return _mrkdwn(text["text"], found) if text["type"] == "mrkdwn" else str(text["text"])


def _mrkdwn(text: str, found: Seen) -> str:
    """The words without the marks that Slack reads, code kept as it is."""
    codes: list[str] = []

    def kept(match: re.Match[str]) -> str:
        codes.append(match[1])
        return f"\x00{len(codes) - 1}\x00"

    def entity(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith(("!", "@", "#")):
            return label or target
        found.links.append((_unescaped(label or target), _unescaped(target)))
        return label or target

    text = re.sub(r"```\n?(.*?)\n?```", kept, text, flags=re.S)
    text = re.sub(r"`([^`\n]+)`", kept, text)
    text = re.sub(r"<([^<>\n]+)>", entity, text)
    for mark in "*_~":
        own = re.escape(mark)
        text = re.sub(rf"(?<![\w{own}]){own}(?=\S)([^\n]*?)(?<=\S){own}(?![\w{own}])", r"\1", text)
    text = re.sub(r"^> ?", "", text, flags=re.M)
    return _unescaped(re.sub("\x00(\\d+)\x00", lambda m: codes[int(m[1])], text))


def typed(text: str) -> str:
    """What somebody types, as Slack tells it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _asked(block: Json) -> Asked:
    element = block["element"]
    chosen = [o["text"]["text"] for o in element.get("initial_options", [])]
    one = element.get("initial_option", {}).get("text", {}).get("text")
    value = chosen or one or element.get("initial_value") or element.get("initial_date")
    return Asked(
        block["label"]["text"],
        required=not block.get("optional"),
        value=value,
        help=block.get("hint", {}).get("text", ""),
        choices=[o["text"]["text"] for o in driver.options(element)],
    )
