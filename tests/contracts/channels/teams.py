"""Teams, over the stand-in's connector and signed activities."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels.teams.channel import TeamsChannel
from bot.domain.messages import Form, Post
from bot.domain.tickets import Place
from bot.settings import Settings
from tests.contracts.channels.seat import PEOPLE, PRIYA, Asked, House, NotSent, Seat, Seen, Upload, leaves
from tests.teams.conftest import free_port
from tests.teams.standin import cardplay
from tests.teams.standin.cardplay import Json
from tests.teams.standin.refusals import Refusal
from tests.teams.standin.teams import APP_ID, BOT_NAME, SECRET, standin
from tests.teams.standin.world import TENANT, Shown, User

OWN = ("Show everything", "Show the passage", "Show the passages")
"""Buttons that show more of the same."""


class TeamsSeat(Seat):
    name = "teams"
    deadline = re.compile(r"Please answer by .*\d{4}-\d\d-\d\d")
    cannot = {
        "hand over a file in a form": "A card of Teams takes no files: the form asks for the picture to be sent in the chat, and it is.",
        "offer hundreds": "Hundreds of choices are more than a card of Teams holds: a name is typed, and read as the choice it names.",
    }

    async def open(self, house: House) -> None:
        self.teams = await standin().open()
        self.house = house
        self.said: dict[str, Shown] = {}
        world = self.teams.world
        everybody = [world.user(who) for who in PEOPLE]
        self.help = world.channel("help", everybody)
        self.helpdesk = world.channel("helpdesk", [world.user(PRIYA)], team="Help desk")
        settings = Settings(
            _env_file=None,
            data_dir=house.folder,
            teams_app_id=APP_ID,
            teams_app_password=SECRET,
            teams_tenant_id=TENANT,
            teams_analysts=self.helpdesk.id,
            teams_service_url=f"{self.teams.base}/teams/",
            teams_login_url=self.teams.base,
            teams_openid_url=f"{self.teams.base}/v1/.well-known/openidconfiguration",
            teams_port=free_port(),
        )
        self.channel: TeamsChannel = TeamsChannel(settings, house.clock)

    async def start(self) -> None:
        await self.channel.start(self.house.hearing, self.house.ledger)
        self.teams.endpoint = f"{self.channel.address}/api/messages"

    async def close(self) -> None:
        await self.channel.stop()
        await self.teams.close()
        assert not self.teams.connector.leaks

    def message(self, post: Post) -> Shown:
        conversation, _, message = post.ref.rpartition("|")
        chat = self.teams.world.chat(conversation)
        found = self.teams.world.message(chat, message) if chat else None
        assert found is not None, f"{post.ref} is not there"
        assert not found.deleted
        return found

    # what people see

    async def look(self, who: str, post: Post) -> Seen:
        message = self.message(post)
        assert self.teams.user(who) in message.chat.members, f"{who} does not see {message.chat.name}"
        return seen(message)

    async def everything(self, who: str, post: Post) -> list[str]:
        message = self.message(post)
        if "Show everything" not in self.teams.buttons(message):
            return seen(message).lines
        dialog = await self.teams.open_dialog(who, message, "Show everything")
        lines = drawn(dialog.card).lines
        while "Next page" in cardplay.titles(dialog.card):
            await self.teams.submit_dialog(dialog, {}, "Next page")
            lines += drawn(dialog.card).lines
        return lines

    async def questions(self, who: str, post: Post) -> list[Asked]:
        message = self.message(post)
        card = self.teams.card(message)
        if "Fill in" in self.teams.buttons(message):
            card = (await self.teams.open_dialog(who, message, "Fill in")).card
        found = [_asked(e) for e in _inputs(card)]
        form = post.reply
        assert isinstance(form, Form)
        if not found and all(f.kind != "file" for f in form.fields):
            found = [Asked(form.fields[0].label, choices=[x for x in self.teams.buttons(message) if x not in OWN])]
        return found

    def page(self, who: str) -> str:
        user = self.teams.user(who)
        there = [s for s in self.teams.world.shown if user in s.chat.members and s.by == self.teams.world.bot_id and not s.deleted]
        return "\n".join(line for s in there for line in seen(s).lines)

    # what people do

    async def begin(self, who: str, text: str, files: tuple[Upload, ...] = ()) -> None:
        self.said[who] = await self.teams.say(who, text, attachments=self._attached(files))

    async def reply(self, who: str, post: Post, text: str, files: tuple[Upload, ...] = ()) -> None:
        """In a team's channel in the post's thread; in a chat, which has none, as an answer that quotes the post."""
        message = self.message(post)
        given = self._attached(files)
        if message.chat.kind == "channel":
            self.said[who] = await self.teams.say(who, text, message.chat, thread=message.root or message.id, attachments=given)
        else:
            self.said[who] = await self.teams.say(who, text, message.chat, replyToId=message.id, attachments=given)

    def _attached(self, files: tuple[Upload, ...]) -> list[Json]:
        return [self.teams.upload(name, content, media_type) for name, media_type, content in files]

    async def press(self, who: str, post: Post, label: str, *, reason: str | None = None, yes: bool = True) -> str:
        message = self.message(post)
        found = next(f for f in cardplay.buttons(self.teams.card(message)) if f.action.get("title") == label)
        asked, given = "", {}
        if found.action["type"] == "Action.ShowCard":
            inner = found.action["card"]
            asked = " ".join(drawn({"body": [e for e in inner["body"] if not e["type"].startswith("Input.")]}).lines)
            given = {e["id"]: reason for e in _inputs(inner) if reason}
        if asked and not yes:
            raise NotSent(asked)
        try:
            answered = await self.teams.press(who, message, label, given)
        except cardplay.NotSent as error:
            raise NotSent(str(error)) from None
        assert answered.kind in ("message", "card"), answered
        self.refusals = [*self.refusals, answered.said] if answered.kind == "message" else self.refusals
        return asked

    async def choose(self, who: str, post: Post, label: str, detail: str = "") -> None:
        message = self.message(post)
        label = next((x for x in self.teams.buttons(message) if label in x and detail in x), label) if detail else label
        await self.teams.press(who, message, label)

    async def fill(self, who: str, post: Post, values: Mapping[str, Any]) -> None:
        message = self.message(post)
        try:
            if "Fill in" in self.teams.buttons(message):
                dialog = await self.teams.open_dialog(who, message, "Fill in")
                answered = await self.teams.submit_dialog(dialog, _given(dialog.card, values))
                wrong = drawn(answered.card).lines if answered.card else []
            else:
                answered = await self.teams.fill(who, message, _given(self.teams.card(message), values))
                wrong = []
        except cardplay.NotSent as error:
            raise NotSent(str(error)) from None
        if wrong:
            raise NotSent(" ".join(wrong))

    async def edit(self, who: str, text: str) -> None:
        await self.teams.edit(self.said[who], text)

    async def withdraw(self, who: str) -> None:
        await self.teams.delete(self.said[who])

    async def mention(self, who: str, text: str, other: str) -> None:
        """Teams gives mentions by position: their words in the text, and who is meant beside it."""
        person, named = self.teams.user(who), self.teams.user(other)
        at = f"<at>{named.name}</at>"
        mine = self.teams.world.tick()
        activity = self.teams.message(person, self.help, text.format(at), True, mine, [], id=mine)
        activity["entities"].append({"type": "mention", "text": at, "mentioned": {"id": named.id, "name": named.name}})
        assert BOT_NAME in activity["text"]
        self.teams.world.shown.append(Shown(mine, self.help, person.id, activity, "", [activity]))
        assert (await self.teams.send(activity)).ok

    async def stranger(self, text: str) -> str:
        """A member of the tenant who is in no directory of the company, and shows Ivan's name."""
        mallory = User("29:1mallory", "Ivan Petrov", "mallory@elsewhere.example", "mallory@elsewhere.example", "aad-mallory")
        self.teams.world.users[mallory.email] = mallory
        await self.teams.say(mallory, text)
        await self.teams.until(lambda: self.teams.dms(mallory))
        return " ".join(line for s in self.teams.dms(mallory) for line in seen(s).lines)

    # what happens to Teams

    def slow_down(self, after: int) -> None:
        self.teams.connector.fail.append(Refusal(429, "Throttled", "Too many requests.", after=after))

    def break_down(self) -> None:
        self.teams.connector.fail.append(Refusal(503, "ServiceUnavailable", "Try again later."))

    def mend(self) -> None:
        self.teams.connector.fail.clear()

    def shut(self, who: str) -> None:
        self.teams.world.uninstalled.add(self.teams.user(who).id)

    def lose(self, post: Post) -> None:
        self.message(post).deleted = True

    def posts(self, place: Place) -> int:
        chat = self.teams.world.chat(place.conversation)
        assert chat is not None
        return len(self.teams.messages(chat))


# Reading cards -----------------------------------------------------------------------------------------------------------------------


def seen(message: Shown) -> Seen:
    """A message as Teams' client draws it."""
    cards = [a["content"] for a in message.activity.get("attachments") or [] if "adaptive" in a["contentType"]]
    found = Seen(lines=[message.text] if message.text else [], raw=leaves(message.activity))
    for card in cards:
        told = drawn(card)
        found.lines += told.lines
        found.links += told.links
        found.buttons += told.buttons
    entities = message.activity.get("entities") or []
    found.calls = {str(e.get("text")) for e in entities if e.get("type") == "mention"} | set(re.findall(r"<at\b[^>]*>", found.raw))
    return found


def drawn(card: Json) -> Seen:
    found = Seen()
    for element in card.get("body", []):
        found.lines += _lines(element, found)
    shown = [
        f.action["title"]
        for f in cardplay.buttons({"body": card.get("body", []), "actions": card.get("actions", [])})
        if len(f.cards) == 1 and "title" in f.action
    ]
    found.buttons = [x for x in shown if x not in OWN]
    found.lines += found.buttons
    return found


def _lines(element: Json, found: Seen) -> Iterator[str]:
    kind = element["type"]
    if kind == "TextBlock":
        assert "](" not in element["text"], f"a TextBlock reads markdown: {element['text']}"
        yield re.sub(r"\{\{(?:DATE|TIME)\(([^,)]+)[^)]*\)\}\}", r"\1", element["text"])
    elif kind == "RichTextBlock":
        for run in element["inlines"]:
            if "selectAction" in run:
                found.links.append((run["text"], run["selectAction"]["url"]))
        yield "".join(run["text"] for run in element["inlines"])
    elif kind.startswith("Input."):
        yield from (str(element[k]) for k in ("label", "placeholder") if k in element)
        yield from (c["title"] for c in element.get("choices", []))
    elif kind == "ActionSet":
        return
    else:
        inner = [e for k in ("items", "columns", "rows", "cells") for e in element.get(k, [])]
        for e in inner:
            yield from _lines({"type": "Column", **e}, found)


def _inputs(card: Json) -> list[Json]:
    return [e for e in cardplay.elements(card.get("body", [])) if str(e.get("type", "")).startswith("Input.")]


def _asked(element: Json) -> Asked:
    titles = {c["value"]: c["title"] for c in element.get("choices", [])}
    value = element.get("value")
    if element.get("isMultiSelect") and value:
        value = [titles[v] for v in str(value).split(",")]
    return Asked(
        html.unescape(element["label"]).removesuffix(" (optional)"),
        required=bool(element.get("isRequired")),
        value=titles.get(value, value) if isinstance(value, str) else value,
        help=element.get("placeholder", ""),
        choices=list(titles.values()),
    )


def _given(card: Json, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the client would send: a choice's value for its title."""
    inputs = {_asked(e).label: e for e in _inputs(card)}
    told = {}
    for label, value in values.items():
        element = inputs[label]
        offered = {c["title"]: c["value"] for c in element.get("choices", [])}

        def one(title: str, offered: dict[str, str] = offered) -> str:
            return next((v for t, v in offered.items() if t == title or t.startswith(f"{title} (")), title)

        told[element["id"]] = ([one(v) for v in value] if offered else ", ".join(value)) if isinstance(value, list) else one(value)
    return told
