"""Slack as a test uses it: people say and press things, and one looks at what the bot shows them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tests.slack.standin import events
from tests.slack.standin.delivery import COMMANDS, EVENTS, INTERACTIVE, Delivery, HttpLine, Office, SocketLine
from tests.slack.standin.limits import elements
from tests.slack.standin.server import Server
from tests.slack.standin.state import State
from tests.slack.standin.workspace import BOT, BOT_USER, TEAM, Channel, Json, StoredFile, User

MENTION = f"<@{BOT_USER}>"
CALLING = r"<(?:@|!(?!date\^))[^>]*>"
"""What notifies people where Slack reads it as markup; a date does not."""
Upload = tuple[str, str, bytes]
"""Name, media type, bytes."""


class Slack:
    """The stand-in, running. Conversations are named by id, by "#name", or by the person whose direct conversation with the bot it is."""

    def __init__(self) -> None:
        self.state = State()
        self.sockets = SocketLine(self.state)
        self.server = Server(self.state, self.sockets.link)
        self.office = Office(self.state, self.sockets)
        self.state.emit = self._echo
        self.echoes = True

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.office.close()
        await self.sockets.close()
        await self.server.stop()

    def over_http(self, url: str) -> None:
        """Events go to this address from now on."""
        self.office.line = HttpLine(self.state, url)

    @property
    def api_url(self) -> str:
        return f"{self.state.base}/api/"

    # ---- people and places

    def user(self, who: str) -> User:
        return self.state.workspace.user(who)

    def channel(self, where: str) -> Channel:
        names = self.state.workspace
        if where in names.channels or where.startswith("#"):
            return names.channel(where)
        return names.direct(names.user(where).id)

    # ---- what people do

    async def say(self, who: str, where: str, text: str, thread: str = "", files: Iterable[Upload] = (), **odd: Any) -> Json:
        """Posts a message; one that names the bot in a channel is told of twice, as Slack does. `odd` overrides fields of it."""
        user, channel = self.user(who), self.channel(where)
        given = [self.upload(user, f).to_json() for f in files]
        said = self.state.workspace.add(channel.id, events.message(self.state, user, text, thread, given) | odd)
        await self.tell(channel, said)
        return said

    async def tell(self, channel: Channel, said: Json) -> None:
        """Sends the events of a message that stands in a channel."""
        if BOT_USER not in channel.members:
            return
        told = [events.message_event(channel, said)]
        if MENTION in said["text"] and not channel.with_user:
            told.append(events.mention_event(channel, said))
        await asyncio.gather(*(self.event(e) for e in told))

    async def mention(self, who: str, where: str, text: str, thread: str = "") -> Json:
        return await self.say(who, where, f"{MENTION} {text}", thread)

    async def event(self, event: Json, team: str = TEAM) -> Delivery:
        """Tells the app of an event, if it is subscribed to those."""
        if not self.subscribed(event):
            return Delivery(EVENTS, {})
        return await self.office.deliver(EVENTS, events.wrapped(self.state, event, team))

    def subscribed(self, event: Json) -> bool:
        kind = events.subscription(event)
        return self.state.subscribed is None or kind not in events.SUBSCRIPTIONS or kind in self.state.subscribed

    async def edit(self, said: Json, where: str, text: str) -> Delivery:
        channel, before = self.channel(where), dict(said)
        said |= {"text": text, "blocks": events.rich(text), "edited": {"user": said["user"], "ts": self.state.workspace.ts()}}
        return await self.event(events.changed_event(self.state, channel, said, before))

    async def delete(self, said: Json, where: str) -> Delivery:
        """Deletes a message. The root of a thread with answers stays, without its words, and Slack calls that a change."""
        channel, before = self.channel(where), dict(said)
        if said.get("reply_count"):
            for name in ("blocks", "files", "client_msg_id"):
                said.pop(name, None)
            said |= {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.", "hidden": True}
            return await self.event(events.changed_event(self.state, channel, said, before))
        self.state.workspace.messages[channel.id].remove(said)
        return await self.event(events.deleted_event(self.state, channel, said))

    async def react(self, who: str, said: Json, where: str, name: str) -> Delivery:
        item = {"type": "message", "channel": self.channel(where).id, "ts": said["ts"]}
        ts = self.state.workspace.ts()
        told = {"type": "reaction_added", "user": self.user(who).id, "reaction": name, "item": item, "event_ts": ts}
        return await self.event(told | {"item_user": said.get("user", "")})

    async def press(self, who: str, what: Json, label: str, where: str = "") -> Delivery:
        """Presses a button, by its label or its verb, of a message, an ephemeral message or a view."""
        block, element = button(what, label)
        if element["type"] == "feedback_buttons":
            chosen = next(element[k] for k in ("positive_button", "negative_button") if label in _names(element[k]))
            element = {**element, "value": chosen["value"], "text": chosen["text"]}
        return await self.act(who, what, events.action(self.state, block, element), where)

    async def select(self, who: str, what: Json, option: str, where: str = "") -> Delivery:
        """Chooses an option, by its text or its value, from a menu of a message or a view."""
        for block in what["blocks"]:
            for element in elements(block):
                found = next((o for o in options(element) if option in (o["text"]["text"], o["value"])), None)
                if found is not None:
                    chosen = {"selected_options": [found]} if element["type"].startswith(("multi", "check")) else {"selected_option": found}
                    return await self.act(who, what, events.action(self.state, block, element, **chosen), where)
        raise AssertionError(f"no option “{option}” in {labels(what)}")

    async def act(self, who: str, what: Json, act: Json, where: str = "") -> Delivery:
        user = self.user(who)
        if what.get("type") in ("home", "modal"):
            return await self.interact(events.pressed_in_view(self.state, user, what, act))
        channel = self.channel(where or self.whereabouts(what))
        ephemeral = "type" not in what
        return await self.interact(events.pressed_in_message(self.state, user, channel, what, act, ephemeral))

    async def interact(self, body: Json) -> Delivery:
        return await self.office.deliver(INTERACTIVE, body)

    def whereabouts(self, said: Json) -> str:
        """The channel that a message stands in."""
        if "channel" in said:
            return str(said["channel"])
        return next(c for c, all_ in self.state.workspace.messages.items() if any(m is said for m in all_))

    async def submit(self, who: str, values: dict[str, Any] | None = None) -> Delivery:
        """Fills in the open modal by the labels of its questions, and sends it. Slack closes it unless the answer says otherwise."""
        user, view = self.user(who), self.modal(who)
        view["state"]["values"] = self.filled(user, view, values or {})
        delivery = await self.interact(events.submission(self.state, user, view))
        self._answered(user, view, delivery)
        return delivery

    def filled(self, user: User, view: Json, values: dict[str, Any]) -> Json:
        """Every question's answer as view.state.values; questions that are not named keep what they begin with."""
        left, told = dict(values), {}
        for block in (b for b in view["blocks"] if b["type"] == "input"):
            name = next((n for n in (block["label"]["text"], block["block_id"]) if n in left), None)
            given = left.pop(name) if name else None
            answer = self._value(user, block["element"], given)
            empty = all(v in (None, "", []) for k, v in answer.items() if k != "type")
            assert not empty or block.get("optional"), f"Slack does not send a form without “{block['label']['text']}”"
            told[block["block_id"]] = {block["element"]["action_id"]: answer}
        assert not left, f"no question {sorted(left)}; there are {[b['label']['text'] for b in view['blocks'] if b['type'] == 'input']}"
        return told

    def _value(self, user: User, element: Json, given: Any) -> Json:
        kind = element["type"]
        if kind == "file_input":
            return {"type": kind, "files": [self.upload(user, f).to_json() for f in given or []]}
        if kind in ("multi_static_select", "checkboxes"):
            wanted = given if given is not None else [o["value"] for o in element.get("initial_options", [])]
            found = [o for o in options(element) if {o["text"]["text"], o["value"]} & set(wanted)]
            assert len(found) == len(wanted), f"{wanted} are not all offered"
            return {"type": kind, "selected_options": found}
        if kind in ("static_select", "radio_buttons"):
            wanted = given if given is not None else (element.get("initial_option") or {}).get("value")
            found = [o for o in options(element) if wanted in (o["text"]["text"], o["value"])]
            assert found or not given, f"{given} is not offered"
            return {"type": kind, "selected_option": found[0] if found else None}
        if kind == "users_select":
            return {"type": kind, "selected_user": self.user(given).id if given else element.get("initial_user")}
        if kind == "multi_users_select":
            return {"type": kind, "selected_users": [self.user(g).id for g in given or []]}
        if kind == "datepicker":
            return {"type": kind, "selected_date": given or element.get("initial_date")}
        text = given if given is not None else element.get("initial_value")
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        assert text is None or least <= len(text) <= most, f"Slack takes {least} to {most} characters"
        return {"type": kind, "value": text or None}

    def _answered(self, user: User, view: Json, delivery: Delivery) -> None:
        """What becomes of a modal after its submission."""
        told = delivery.response or {}
        if not delivery.acked:
            return
        what = told.get("response_action") if isinstance(told, dict) else None
        stack = self.state.stacks.get(user.id, [])
        if what == "errors":
            asked = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
            if not told.get("errors") or not set(told["errors"]) <= asked or not all(told["errors"].values()):
                self.state.complaints.append(f"view_submission: errors that belong to no question: {told}")
            view["errors"] = told["errors"]
        elif what == "update":
            self.state.rewrite(view, self._checked(told))
        elif what == "push":
            stack.append(self.state.view(self._checked(told), user.id, previous_view_id=view["id"])["id"])
        elif what == "clear":
            stack.clear()
        elif what is None and not told:
            stack[:] = [v for v in stack if v != view["id"]]
        else:
            self.state.complaints.append(f"view_submission: unknown answer {told}")

    def _checked(self, told: Json) -> Json:
        from tests.slack.standin.limits import check_view

        self.state.complaints += [f"view_submission: {fault}" for fault in check_view(told.get("view"), "modal")]
        return dict(told["view"])

    async def shortcut(self, who: str, callback: str, said: Json | None = None, where: str = "") -> Delivery:
        """A message shortcut, or a global one where no message is given."""
        user = self.user(who)
        if said is None:
            return await self.interact(events.global_shortcut(self.state, user, callback))
        return await self.interact(events.message_shortcut(self.state, user, self.channel(where or self.whereabouts(said)), said, callback))

    async def command(self, who: str, where: str, text: str, name: str = "/bellhop") -> Delivery:
        return await self.office.deliver(COMMANDS, events.command(self.state, self.user(who), self.channel(where), name, text))

    async def open_home(self, who: str) -> Delivery:
        user = self.user(who)
        told = {"type": "app_home_opened", "user": user.id, "channel": self.channel(who).id, "tab": "home"}
        if user.id in self.state.homes:
            told["view"] = self.state.homes[user.id]
        return await self.event(told | {"event_ts": self.state.workspace.ts()})

    async def assistant_start(self, who: str) -> str:
        """Opens the assistant pane; the thread's ts."""
        user, channel = self.user(who), self.channel(who)
        root = self.state.workspace.ts()
        self.state.panes.add((channel.id, root))
        context = {"channel_id": "C0GENERAL", "team_id": TEAM, "enterprise_id": None}
        told = {"user_id": user.id, "context": context, "channel_id": channel.id, "thread_ts": root}
        await self.event({"type": "assistant_thread_started", "assistant_thread": told, "event_ts": self.state.workspace.ts()})
        return root

    def upload(self, user: User, given: Upload, host: str = "") -> StoredFile:
        """Keeps a file; its address is this server's, or pretends to be at another host."""
        name, media_type, content = given
        number = f"F{self.state.workspace.number():08d}"
        url = f"{host or self.state.base}/files-pri/{number}/{name}"
        kept = self.state.workspace.files[number] = StoredFile(number, name, media_type, content, user.id, url)
        return kept

    # ---- what people see

    def messages(self, where: str, thread: str = "") -> list[Json]:
        """The bot's messages of a conversation, or of one thread in it, oldest first."""
        found = self.state.workspace.messages[self.channel(where).id]
        return [m for m in found if m.get("bot_id") == BOT and (not thread or thread in (m["ts"], m.get("thread_ts")))]

    def ephemerals(self, who: str) -> list[Json]:
        return [e for e in self.state.ephemerals if e["user"] == self.user(who).id]

    def home(self, who: str) -> Json | None:
        return self.state.homes.get(self.user(who).id)

    def modal(self, who: str) -> Json:
        stack = self.state.stacks.get(self.user(who).id)
        assert stack, f"{who} sees no modal"
        return self.state.views[stack[-1]]

    def has_modal(self, who: str) -> bool:
        return bool(self.state.stacks.get(self.user(who).id))

    def status(self, where: str, thread: str) -> str:
        """What the pane says the bot is doing; "" where nothing."""
        at = self.channel(where).id
        shown = [s for s in self.state.statuses if (s["channel_id"], s["thread_ts"]) == (at, thread) and s["shown"]]
        return str(shown[-1]["status"]) if shown else ""

    def reactions(self, said: Json) -> set[str]:
        return {r["name"] for r in said.get("reactions", []) if BOT_USER in r["users"]}

    def refused(self) -> list[str]:
        """Every call that the bot made and Slack refused."""
        return [f"{c.method}: {c.result} {c.args}" for c in self.state.calls if c.result != "ok"]

    def called(self, method: str) -> list[Json]:
        return [c.args for c in self.state.calls if c.method == method]

    async def until(self, check: Callable[[], Any | Awaitable[Any]], seconds: float = 15.0) -> Any:
        """Waits for something to become true, and returns it."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            changed = self.state.changed
            found = check()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            left = deadline - asyncio.get_running_loop().time()
            assert left > 0, f"this did not happen in time; refused: {self.refused()[-5:]}; complaints: {self.state.complaints[-5:]}"
            with _quietly():
                await asyncio.wait_for(changed.wait(), min(left, 0.1))

    async def seen(self, where: str, words: str, thread: str = "", seconds: float = 15.0) -> Json:
        """Waits until a message of the bot's holds these words (a regular expression), and returns the newest that does."""

        def there() -> Json | None:
            return next((m for m in reversed(self.messages(where, thread)) if re.search(words, shown(m), re.S)), None)

        try:
            return await self.until(there, seconds)  # type: ignore[no-any-return]
        except AssertionError as late:
            said = [shown(m) for m in self.messages(where, thread)]
            raise AssertionError(f"nothing reads “{words}”; there are {said}; {late}") from None

    async def told(self, who: str, words: str) -> Json:
        """Waits until this person alone reads these words: where only they see them, or in their direct conversation."""

        def there() -> Json | None:
            return next((m for m in (*self.ephemerals(who), *self.messages(who)) if re.search(words, shown(m), re.S)), None)

        try:
            return await self.until(there)  # type: ignore[no-any-return]
        except AssertionError as late:
            said = [shown(m) for m in (*self.ephemerals(who), *self.messages(who))]
            raise AssertionError(f"{who} does not read “{words}” but {said}; {late}") from None

    def _echo(self, event: Json) -> None:
        """The bot hears what it says, like everybody in the channel."""
        if self.echoes and self.subscribed(event):
            self.office.later(EVENTS, events.wrapped(self.state, event))


class _quietly:
    """A wait that ran out is no news here."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return isinstance(error, TimeoutError)


def options(element: Json) -> list[Json]:
    found = list(element.get("options", []))
    for group in element.get("option_groups", []):
        found += group["options"]
    return found


def _names(element: Json) -> set[str]:
    """What an element may be called: its label, its verb."""
    text = element.get("text") or {}
    return {text.get("text", "") if isinstance(text, dict) else "", *str(element.get("action_id", "")).split(":")[1:2]} - {""}


def pressable(what: Json) -> list[tuple[Json, Json]]:
    """Every button of a message or view, with the block it stands in."""
    kinds = ("button", "feedback_buttons", "icon_button")
    return [(b, e) for b in what["blocks"] for e in elements(b) if e["type"] in kinds]


def labels(what: Json) -> list[str]:
    """What can be pressed or chosen."""
    found = []
    for block in what["blocks"]:
        for element in elements(block):
            if element["type"] == "feedback_buttons":
                found += [element[k]["text"]["text"] for k in ("positive_button", "negative_button")]
            elif element["type"] in ("button", "icon_button"):
                found.append(element["text"]["text"])
            else:
                found += [o["text"]["text"] for o in options(element)]
    return found


def button(what: Json, label: str) -> tuple[Json, Json]:
    for block, element in pressable(what):
        sides = [element[k] for k in ("positive_button", "negative_button") if k in element]
        if any(label in _names(e) for e in (element, *sides)):
            return block, element
    raise AssertionError(f"no button “{label}”; there are {labels(what)}")


def shown(what: Json) -> str:
    """The words of a message or view as somebody reads them: its blocks, or its text where it has none; without buttons."""
    return "\n".join(_words(what["blocks"])) if what.get("blocks") else str(what.get("text", ""))


def _words(part: Any) -> list[str]:
    """Text of every leaf, rich text put together run by run."""
    if isinstance(part, list):
        return [word for item in part for word in _words(item)]
    if not isinstance(part, dict):
        return []
    kind = part.get("type")
    if kind in ("button", "overflow", "feedback_buttons", "icon_button"):
        return []
    if kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote"):
        return ["".join(_run(r) for r in part["elements"])]
    if isinstance(part.get("text"), str):
        return [part["text"]]
    return [word for value in part.values() if isinstance(value, dict | list) for word in _words(value)]


def _run(run: Json) -> str:
    if run["type"] == "user":
        return f"<@{run['user_id']}>"
    if run["type"] == "broadcast":
        return f"<!{run['range']}>"
    return str(run.get("text") or run.get("url") or run.get("name") or "")


def pings(what: Json) -> set[str]:
    """Whom a message calls: "<!channel>" and its like, people, groups; wherever in the text or the blocks they stand."""
    found = set(re.findall(CALLING, what.get("text", "")))

    def walk(part: Any) -> None:
        if isinstance(part, list):
            for item in part:
                walk(item)
        elif isinstance(part, dict):
            if part.get("type") in ("user", "usergroup", "broadcast"):
                found.add(_run(part) if part["type"] != "usergroup" else part["usergroup_id"])
            if part.get("type") == "mrkdwn":
                found.update(re.findall(CALLING, part["text"]))
            for value in part.values():
                walk(value)

    walk(what.get("blocks", []))
    return found
