"""Teams as people use it: what their clients send to the bot, and what they see of it. The driver of the tests."""

from __future__ import annotations

import asyncio
import html
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.teams.standin import cardplay
from tests.teams.standin.cardplay import Json, NotSent
from tests.teams.standin.cards import problems
from tests.teams.standin.connector import Connector
from tests.teams.standin.login import Login
from tests.teams.standin.refusals import CARD
from tests.teams.standin.tokens import Bearers, channel_token, key
from tests.teams.standin.world import TENANT, Chat, Shown, User, World

APP_ID = "5b3f2c1a-0000-4000-8000-000000000b01"
SECRET = "the-app's-own-secret"
BOT_NAME = "Bellhop"
PATIENCE = 15.0


@dataclass(frozen=True)
class Answered:
    """What the bot said to an HTTP request of Teams'."""

    status: int
    body: Any = None
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.status in (200, 201, 202)

    @property
    def said(self) -> str:
        """What the client shows of an invoke's answer: a sentence, or everything readable in a card."""
        value = self._value
        return cardplay.read(value) if isinstance(value, dict) and value.get("type") == "AdaptiveCard" else _sentence(value)

    @property
    def card(self) -> Json | None:
        value = self._value
        return value if isinstance(value, dict) and value.get("type") == "AdaptiveCard" else None

    @property
    def kind(self) -> str:
        """What came back: "message", "card" or "error" of a card's button; "message", "continue" or "closed" of a dialog."""
        if not isinstance(self.body, dict):
            return "closed"
        if "task" in self.body:
            return str(self.body["task"].get("type"))
        return {"application/vnd.microsoft.activity.message": "message", CARD: "card"}.get(str(self.body.get("type")), "error")

    @property
    def _value(self) -> Any:
        if not isinstance(self.body, dict):
            return ""
        task = self.body.get("task")
        if task is None:
            return self.body.get("value")
        value = task.get("value")
        return value["card"]["content"] if task.get("type") == "continue" else value


def _sentence(value: Any) -> str:
    return str(value.get("message", "")) if isinstance(value, dict) else str(value or "")


@dataclass
class Dialog:
    """A task module that somebody has open: its card, and where it was opened from."""

    person: str
    shown: Shown
    card: Json
    title: str


@dataclass
class Teams:
    """`endpoint` is the bot's address once it listens; `sent` every activity that was posted to it, in order."""

    world: World
    connector: Connector
    login: Login
    base: str = ""
    endpoint: str = ""
    sent: list[Json] = field(default_factory=list)
    holding: bool = False
    """While true, activities are noted and not delivered."""
    signed: bool = True
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    session: aiohttp.ClientSession | None = None
    runner: web.AppRunner | None = None

    async def open(self) -> Teams:
        site = web.Application(client_max_size=4 * 1024 * 1024)
        self.login.mount(site)
        self.connector.mount(site)
        self.runner = web.AppRunner(site, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        return self

    async def close(self) -> None:
        if self.session:
            await self.session.close()
        if self.runner:
            await self.runner.cleanup()

    # what goes to the bot

    def service_url(self, chat: Chat) -> str:
        return f"{self.base}/{chat.region}/"

    def token(self, service_url: str, **claims: Any) -> str:
        return channel_token(self.world.app_id, service_url, key("teams"), at=self.clock().timestamp(), **claims)

    async def deliver(self, activity: Json, *, token: str | None = None, endpoint: str = "") -> Answered:
        """Posts one activity to the bot, signed as Teams signs; `token` "" sends none, another is sent as it is. `endpoint`: to another
        process than the usual one."""
        if token is None:
            token = self.token(activity["serviceUrl"]) if self.signed else ""
        told = {"Authorization": f"Bearer {token}"} if token else {}
        assert self.session is not None
        async with self.session.post(endpoint or self.endpoint, json=activity, headers=told) as response:
            text = await response.text()
            body = await response.json() if text and "json" in response.content_type else None
            return Answered(response.status, body, text)

    async def send(self, activity: Json) -> Answered:
        self.sent.append(activity)
        return Answered(202) if self.holding else await self.deliver(activity)

    def activity(self, person: User, chat: Chat, kind: str, *, thread: str = "", **fields: Any) -> Json:
        """The envelope that every activity comes in."""
        now = self.clock()
        conversation: Json = {"conversationType": chat.kind, "tenantId": TENANT, "id": chat.id + (f";messageid={thread}" if thread else "")}
        data: Json = {"tenant": {"id": TENANT}}
        if chat.kind != "personal":
            conversation["isGroup"] = True
        if chat.kind == "channel":
            data |= {"teamsChannelId": chat.id, "teamsTeamId": chat.team, "channel": {"id": chat.id}, "team": {"id": chat.team}}
        return {
            "type": kind,
            "id": fields.pop("id", None) or self.world.tick(),
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "localTimestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "serviceUrl": self.service_url(chat),
            "channelId": "msteams",
            "from": {"id": person.id, "name": person.name, "aadObjectId": person.aad},
            "conversation": conversation,
            "recipient": {"id": self.world.bot_id, "name": BOT_NAME},
            "entities": [{"locale": "en-GB", "country": "GB", "platform": "Web", "timezone": "Europe/London", "type": "clientInfo"}],
            "channelData": data | fields.pop("channelData", {}),
            "locale": "en-GB",
            "localTimezone": "Europe/London",
            **fields,
        }

    def message(self, person: User, chat: Chat, text: str, mention: bool, thread: str, attachments: list[Json], **fields: Any) -> Json:
        """A written message: its text, and the same as HTML beside it, with mentions as entities."""
        entities = []
        shown = f"<p>{html.escape(text)}</p>"
        if mention:
            shown = (
                f'<p><span itemtype="http://schema.skype.com/Mention" itemscope itemid="0">{BOT_NAME}</span>&nbsp;{html.escape(text)}</p>'
            )
            text = f"<at>{BOT_NAME}</at> {text}"
            entities.append({"mentioned": {"id": self.world.bot_id, "name": BOT_NAME}, "text": f"<at>{BOT_NAME}</at>", "type": "mention"})
        told = self.activity(person, chat, fields.pop("type", "message"), thread=thread, **fields)
        told["entities"] = [*entities, *told["entities"]]
        page = [{"contentType": "text/html", "content": shown}] if text.strip() else []
        return {**told, "text": text, "textFormat": "plain", "attachments": [*page, *attachments]}

    def user(self, who: str | User, **other: Any) -> User:
        return who if isinstance(who, User) else self.world.user(who, **other)

    def place(self, who: str | User, place: Chat | None) -> Chat:
        return place or self.world.personal(self.user(who))

    async def say(
        self,
        who: str | User,
        text: str,
        place: Chat | None = None,
        *,
        mention: bool | None = None,
        thread: str = "",
        attachments: list[Json] | None = None,
        **fields: Any,
    ) -> Shown:
        """Writes a message: to the bot directly, or in a group chat or channel (`thread`: the id of the root it answers)."""
        person, chat = self.user(who), self.place(who, place)
        mine = self.world.tick()
        root = (thread or mine) if chat.kind == "channel" else ""
        named = chat.kind != "personal" and not thread if mention is None else mention
        activity = self.message(person, chat, text, named, root, attachments or [], id=mine, **fields)
        shown = Shown(mine, chat, person.id, activity, root if thread else "", [activity])
        self.world.shown.append(shown)
        answered = await self.send(activity)
        assert answered.ok, f"the bot answered {answered.status} to a message: {answered.text[:200]}"
        return shown

    async def edit(self, shown: Shown, text: str) -> Answered:
        """Its author changes a message."""
        person = self.world.by_id(shown.by)
        assert person is not None
        mention = any(e.get("type") == "mention" for e in shown.activity["entities"])
        root = (shown.root or shown.id) if shown.chat.kind == "channel" else ""
        data = {"eventType": "editMessage"}
        activity = self.message(person, shown.chat, text, mention, root, [], type="messageUpdate", id=shown.id, channelData=data)
        shown.activity = activity
        shown.versions.append(activity)
        return await self.send(activity)

    async def delete(self, shown: Shown) -> Answered:
        """Its author takes a message back."""
        person = self.world.by_id(shown.by)
        assert person is not None
        shown.deleted = True
        root = (shown.root or shown.id) if shown.chat.kind == "channel" else ""
        data = {"eventType": "softDeleteMessage"}
        return await self.send(self.activity(person, shown.chat, "messageDelete", thread=root, id=shown.id, channelData=data))

    async def press(self, who: str | User, shown: Shown, title: str, inputs: Mapping[str, Any] | None = None) -> Answered:
        """Presses a button of a card, its inputs filled in. Execute becomes an invoke, Submit a message, a dialog's opener task/fetch."""
        action, data = cardplay.press(self.card(shown), title, inputs or {})
        return await self.act(who, shown, action, data)

    async def act(self, who: str | User, shown: Shown, action: Json, data: Any) -> Answered:
        """Sends what pressing this action with this data sends, whether or not the card holds it: forgers do not use a client."""
        person = self.user(who)
        if action["type"] == "Action.Execute":
            told = {"type": "Action.Execute", "id": action.get("id", ""), "verb": action.get("verb", ""), "data": data}
            return await self.invoke(person, shown, "adaptiveCard/action", {"action": told, "trigger": "manual"})
        extra = data.get("msteams") if isinstance(data, dict) else None
        if isinstance(extra, dict) and extra.get("type") == "task/fetch":
            return await self.invoke(person, shown, "task/fetch", {"data": data, "context": {"theme": "default"}})
        root = self._root(shown)
        activity = self.activity(person, shown.chat, "message", thread=root, replyToId=shown.id, value=data)
        return await self.send(activity)

    def _root(self, shown: Shown) -> str:
        return (shown.root or shown.id) if shown.chat.kind == "channel" else ""

    async def invoke(self, who: str | User, shown: Shown, name: str, value: Json) -> Answered:
        """An invoke about a message; the answer is checked as a client would."""
        person = self.user(who)
        activity = self.activity(
            person, shown.chat, "invoke", thread=self._root(shown), id=f"f:{uuid.uuid4()}", name=name, replyToId=shown.id, value=value
        )
        answered = await self.send(activity)
        if not self.holding:
            check_invoke(name, answered)
        return answered

    async def fill(self, who: str | User, shown: Shown, values: Mapping[str, Any], title: str = "") -> Answered:
        """Fills in a form that stands in the chat and sends it by its first button that sends inputs."""
        first = next(
            (f for f in cardplay.buttons(self.card(shown)) if cardplay.sends(f.action) and f.action.get("associatedInputs") != "none"), None
        )
        if first is None:
            raise NotSent(f"This card has no form: {cardplay.titles(self.card(shown))}")
        return await self.press(who, shown, title or first.action["title"], values)

    async def open_dialog(self, who: str | User, shown: Shown, title: str) -> Dialog:
        """Presses a button that opens a dialog."""
        answered = await self.press(who, shown, title)
        if answered.kind != "continue" or answered.card is None:
            raise NotSent(f"No dialog opened: {answered.body}")
        return Dialog(self.user(who).email, shown, answered.card, str(answered.body["task"]["value"].get("title", "")))

    async def submit_dialog(self, dialog: Dialog, values: Mapping[str, Any], title: str = "", who: str | User = "") -> Answered:
        """Sends a dialog; if it comes back with another card, `dialog` shows that one."""
        first = next(f.action["title"] for f in cardplay.buttons(dialog.card) if f.action["type"] == "Action.Submit")
        _, data = cardplay.press(dialog.card, title or first, values)
        value = {"data": data, "context": {"theme": "default"}}
        answered = await self.invoke(who or dialog.person, dialog.shown, "task/submit", value)
        if answered.kind == "continue" and answered.card:
            dialog.card = answered.card
        return answered

    async def install(self, who: str | User, place: Chat | None = None) -> Answered:
        """Adds the bot to somebody's own apps, or to a team or group chat."""
        person, chat = self.user(who), self.place(who, place)
        chat.installed = True
        self.world.uninstalled.discard(person.id)
        added = [{"id": self.world.bot_id}]
        extra = {"eventType": "teamMemberAdded"} if chat.kind == "channel" else {}
        first = await self.send(self.activity(person, chat, "conversationUpdate", membersAdded=added, channelData=extra))
        await self.send(self.activity(person, chat, "installationUpdate", action="add", channelData={"source": {"name": "message"}}))
        return first

    async def uninstall(self, who: str | User, place: Chat | None = None) -> Answered:
        person, chat = self.user(who), self.place(who, place)
        if chat.kind == "personal":
            self.world.uninstalled.add(person.id)
        else:
            chat.installed = False
        return await self.send(self.activity(person, chat, "installationUpdate", action="remove"))

    async def react(self, who: str | User, shown: Shown, reaction: str = "like") -> Answered:
        """A thumb on one of the bot's messages."""
        added = [{"type": reaction}]
        root = self._root(shown)
        return await self.send(
            self.activity(self.user(who), shown.chat, "messageReaction", thread=root, reactionsAdded=added, replyToId=shown.id)
        )

    # files

    def picture(self, content: bytes, media_type: str = "image/png", region: str = "emea") -> Json:
        """A picture pasted into a message: to be fetched from the connector with the bot's token."""
        name = uuid.uuid4().hex
        self.connector.files[name] = (media_type, content)
        return {"contentType": "image/*", "contentUrl": f"{self.base}/{region}/v3/attachments/{name}/views/original"}

    def upload(self, name: str, content: bytes, media_type: str = "image/png") -> Json:
        """A file added to a direct conversation: it lies in the person's own store, and its address says all."""
        where = uuid.uuid4().hex
        self.connector.files[where] = (media_type, content)
        at = f"{self.base}/personal/files/{where}"
        told = {"downloadUrl": at, "uniqueId": where, "fileType": name.rpartition(".")[2]}
        return {
            "contentType": "application/vnd.microsoft.teams.file.download.info",
            "contentUrl": f"{at}/{name}",
            "name": name,
            "content": told,
        }

    # what people see

    def messages(self, place: Chat, thread: str | None = None, *, bot: bool = True) -> list[Shown]:
        """What stands in a conversation now, in order; with `thread` only the root and its answers; the bot's only, unless told."""
        found = [s for s in self.world.shown if s.chat is place and not s.deleted and (not bot or s.by == self.world.bot_id)]
        return [s for s in found if thread is None or thread in (s.id, s.root)]

    def dms(self, who: str | User) -> list[Shown]:
        """What the bot says in somebody's direct conversation."""
        return self.messages(self.world.personal(self.user(who)))

    def card(self, shown: Shown) -> Json:
        for attachment in shown.activity.get("attachments") or []:
            if attachment["contentType"] == CARD:
                content: Json = attachment["content"]
                return content
        raise NotSent(f"This message has no card: {shown.text!r}")

    def has_card(self, shown: Shown) -> bool:
        return any(a["contentType"] == CARD for a in shown.activity.get("attachments") or [])

    def reads(self, shown: Shown) -> str:
        """Everything readable in a message."""
        cards = [a["content"] for a in shown.activity.get("attachments") or [] if a["contentType"] == CARD]
        return "\n".join([shown.text, *(cardplay.read(c) for c in cards)]).strip()

    def buttons(self, shown: Shown) -> list[str]:
        return cardplay.titles(self.card(shown)) if self.has_card(shown) else []

    def typing(self, place: Chat) -> int:
        """How often the bot showed that it is typing there."""
        return sum(1 for where, _ in self.world.typing if where.partition(";")[0] == place.id)

    def find(self, place: Chat, *words: str, thread: str | None = None, button: str = "") -> Shown | None:
        """The newest message of the bot's that holds all these words (and this button)."""
        for shown in reversed(self.messages(place, thread)):
            if all(w in self.reads(shown) for w in words) and (not button or button in self.buttons(shown)):
                return shown
        return None

    async def until(self, check: Callable[[], Any], seconds: float = PATIENCE, what: str = "") -> Any:
        """Waits for something to become true; `check` may be a coroutine function."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = check()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            assert asyncio.get_running_loop().time() < deadline, f"this did not happen in time: {what}\n{self.transcript()}"
            await asyncio.sleep(0.02)

    async def sees(self, place: Chat, *words: str, thread: str | None = None, button: str = "") -> Shown:
        """Waits for a message of the bot's that holds all these words."""
        found = await self.until(lambda: self.find(place, *words, thread=thread, button=button), what=f"{words} {button}")
        assert isinstance(found, Shown)
        return found

    async def told(self, who: str | User, *words: str, button: str = "") -> Shown:
        """As `sees`, in somebody's direct conversation."""
        return await self.sees(self.world.personal(self.user(who)), *words, button=button)

    async def calm(self, seconds: float = 0.15) -> None:
        """Waits until nothing was written for a while: for tests of what must not come."""
        before = -1
        while before != (now := sum(len(s.versions) for s in self.world.shown) + len(self.connector.calls)):
            before = now
            await asyncio.sleep(seconds)

    def transcript(self, last: int = 25) -> str:
        """The newest messages everywhere, for the report of a failed test."""
        told = []
        for shown in self.world.shown[-last:]:
            who = (
                "bot" if shown.by == self.world.bot_id else next((u.name for u in self.world.users.values() if u.id == shown.by), shown.by)
            )
            where = shown.chat.name or shown.chat.members[0].name
            told.append(f"[{where}{' ' + shown.root if shown.root else ''}] {who}: {self.reads(shown)[:300]!r} {self.buttons(shown)}")
        failed = [f"{c.method} {c.path} → {c.status}" for c in self.connector.calls[-40:] if c.status >= 400]
        return "\n".join([*told, *failed])


def check_invoke(name: str, answered: Answered) -> None:
    """What a client does not take from an invoke is shown as "Something went wrong": here it fails the test."""
    assert answered.status == 200, f"{name} was answered with {answered.status}: {answered.text[:300]}"
    body = answered.body
    if name == "adaptiveCard/action":
        assert isinstance(body, dict) and isinstance(body.get("statusCode"), int), (
            f"{name} needs statusCode, type and value: {answered.text[:300]}"
        )
        assert body.get("type") in (
            "application/vnd.microsoft.activity.message",
            "application/vnd.microsoft.error",
            CARD,
        ), f"{name} was answered with type {body.get('type')!r}"
        assert isinstance(body.get("value"), dict if body["type"] != "application/vnd.microsoft.activity.message" else str), answered.text[
            :300
        ]
    elif body:
        assert isinstance(body, dict) and body.get("task", {}).get("type") in ("continue", "message"), answered.text[:300]
    if answered.card is not None:
        wrong = problems(answered.card, dialog=name.startswith("task/"))
        assert not wrong, wrong


def standin() -> Teams:
    """A Teams of its own, not yet listening."""
    world = World(APP_ID)
    bearers = Bearers()
    return Teams(world, Connector(world, bearers), Login(APP_ID, SECRET, TENANT, bearers))
