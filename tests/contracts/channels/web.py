"""The web chat over its addresses and its event stream; what the page draws of a post is read here as static/cards.js draws it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web import WebChannel, mount
from bot.domain.messages import Post
from bot.settings import Settings
from tests.contracts.channels.seat import PEOPLE, PRIYA, Asked, House, NotSent, Seat, Seen, Upload, leaves, until

Json = dict[str, Any]
HELPDESK = "helpdesk"


class WebSeat(Seat):
    name = "web"
    deadline = re.compile(r"expires in \d+ days")
    cannot = {
        "edit": "The page sends words once: there is no changing or deleting them.",
        "mention": "The page has no mentions: people are named by their address.",
        "be slow or away": "The page keeps its own posts: no platform lies between the desk and its readers.",
        "read along": "Every conversation of the page is one person's own, or the help desk's.",
        "whisper": "In the page nobody reads along, so nothing need be whispered.",
        "cut": "The page shows a post of any length whole.",
    }

    async def open(self, house: House) -> None:
        self.house = house
        self.channel: WebChannel = WebChannel()
        self.pages: dict[str, dict[int, Json]] = {}
        self.versions: dict[int, list[Json]] = {}
        self._streams: list[asyncio.Task[None]] = []
        self._threads = 0

    async def start(self) -> None:
        app = web.Application()
        settings = Settings(_env_file=None, data_dir=self.house.folder)
        mount(app, self.channel, self.house.hearing, self.house.ledger, settings=settings, clock=self.house.clock)
        self.client: TestClient[Any, Any] = TestClient(TestServer(app))
        await self.client.start_server()
        self.company = await (await self.client.get("/api/me-list")).json()
        open_ = [self._follow(who, who) for who in PEOPLE] + [self._follow(PRIYA, HELPDESK)]
        self._streams = [asyncio.create_task(self._read(r, name)) for r, name in await asyncio.gather(*open_)]

    async def close(self) -> None:
        for task in self._streams:
            task.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        if hasattr(self, "client"):
            await self.client.close()

    async def _follow(self, who: str, conversation: str) -> tuple[ClientResponse, str]:
        response = await self.client.get("/events", params={"as": who, "conversation": conversation})
        assert response.status == 200
        self.pages[conversation] = {}
        return response, conversation

    async def _read(self, response: ClientResponse, conversation: str) -> None:
        name = ""
        async for raw in response.content:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "post":
                post = json.loads(line.removeprefix("data: "))
                self.pages[conversation][post["id"]] = post
                self.versions.setdefault(post["id"], []).append(post)

    async def _post(self, who: str, post: Post) -> Json:
        """The newest version as the stream brought it; whoever loads the page now is told the very same."""
        conversation = post.place.conversation
        assert conversation == who or (conversation == HELPDESK and who == PRIYA), f"{who} does not see {conversation}"
        page = self.pages[conversation]
        live = await until(lambda: page.get(post.id) and page[post.id]["version"] >= post.version and page[post.id], "the post to come")
        query = {"as": who, "conversation": conversation, "thread": post.place.thread}
        loaded = await (await self.client.get("/api/posts", params=query)).json()
        assert "posts" in loaded, loaded
        (same,) = [p for p in loaded["posts"] if p["id"] == post.id]
        assert {**same, "at": ""} == {**live, "at": ""}
        return dict(live)

    # what people see

    async def look(self, who: str, post: Post) -> Seen:
        return Drawn(await self._post(who, post)).seen()

    async def everything(self, who: str, post: Post) -> list[str]:
        return (await self.look(who, post)).lines

    async def questions(self, who: str, post: Post) -> list[Asked]:
        form = (await self._post(who, post))["reply"]
        return [self._asked(f) for f in form["fields"] if f["kind"] != "file"]

    def _asked(self, field: Json) -> Asked:
        names = {o["value"]: o["label"] for o in self._options(field)}
        value = field["value"]
        shown = [names.get(v, v) for v in value] if isinstance(value, list) else names.get(value, value)
        return Asked(field["label"], field["required"], shown, field["help"], [c["label"] for c in field["choices"]])

    def _options(self, field: Json) -> list[Json]:
        people = [{"value": p["email"], "label": p["name"]} for p in self.company["people"]]
        known = {"person": people, "system": self.company["systems"], "group": self.company["groups"]}
        return list(field["choices"] or known.get(field["kind"], []))

    def page(self, who: str) -> str:
        mine = [who, *([HELPDESK] if who == PRIYA else [])]
        return "\n".join(line for c in mine for post in self.pages[c].values() for line in Drawn(post).seen().lines)

    # what people do

    async def _send(self, path: str, data: Json) -> None:
        answer = await self.client.post(path, json=data)
        assert answer.status == 202, await answer.text()

    async def begin(self, who: str, text: str, files: tuple[Upload, ...] = ()) -> None:
        self._threads += 1
        await self._send(
            "/api/messages", {"as": who, "text": text, "thread": f"t-{self._threads}", "files": await self._upload(who, files)}
        )

    async def reply(self, who: str, post: Post, text: str, files: tuple[Upload, ...] = ()) -> None:
        where = {"conversation": post.place.conversation, "thread": post.place.thread}
        await self._send("/api/messages", {"as": who, "text": text, **where, "files": await self._upload(who, files)})

    async def _upload(self, who: str, files: tuple[Upload, ...]) -> list[str]:
        keys = []
        for name, media_type, content in files:
            form = FormData(quote_fields=False)
            form.add_field("file", content, filename=name, content_type=media_type)
            answer = await self.client.post("/api/files", params={"as": who}, data=form)
            keys.append((await answer.json())["file"])
        return keys

    async def _click(self, who: str, post: Post, verb: str, ref: str, values: Json) -> None:
        place = {"conversation": post.place.conversation, "thread": post.place.thread}
        await self._send("/api/clicks", {"as": who, "place": place, "verb": verb, "ref": ref, "values": values})

    async def press(self, who: str, post: Post, label: str, *, reason: str | None = None, yes: bool = True) -> str:
        reply = (await self._post(who, post))["reply"]
        button = next(b for b in reply["buttons"] if b["label"] == label)
        if button["confirm"] and not yes:
            raise NotSent(button["confirm"])
        if button["ask_reason"] == "required" and not reason:
            raise NotSent("Please give a reason in a few words.")
        values = {"reason": reason} if button["ask_reason"] and reason else {}
        await self._click(who, post, button["verb"], button["ref"], values)
        return str(button["confirm"])

    async def choose(self, who: str, post: Post, label: str, detail: str = "") -> None:
        form = (await self._post(who, post))["reply"]
        (field,) = form["fields"]
        (value,) = [c["value"] for c in field["choices"] if c["label"] == label and detail in c["detail"]]
        await self._click(who, post, "form", form["id"], {field["name"]: value})

    async def fill(self, who: str, post: Post, values: Mapping[str, Any]) -> None:
        form = (await self._post(who, post))["reply"]
        left, sent = dict(values), {}
        for field in form["fields"]:
            value = await self._value(who, field, left.pop(field["label"], field["value"]))
            if field["required"] and value in (None, []):
                raise NotSent("Please fill this in.")
            sent |= {} if value is None else {field["name"]: value}
        assert not left, left
        await self._click(who, post, "form", form["id"], sent)

    async def _value(self, who: str, field: Json, given: Any) -> Any:
        """What the page sends for what was chosen, typed or handed over."""
        if field["kind"] == "file":
            return {"file": (await self._upload(who, (given,)))[0]} if given else None
        names = {o["label"]: o["value"] for o in self._options(field)}
        if isinstance(given, list):
            return [names.get(v, v) for v in given]
        if given is None or (names and given not in names and given not in names.values()):
            assert given is None, f"{given} is not offered"
            return None
        return names.get(given, given)

    async def stranger(self, text: str) -> str:
        answer = await self.client.post("/api/messages", json={"as": "mallory@elsewhere.example", "name": "Ivan Petrov", "text": text})
        assert answer.status == 403
        return str((await answer.json())["error"])

    async def intrude(self, who: str, post: Post) -> list[str]:
        place = {"conversation": post.place.conversation, "thread": post.place.thread}
        (button, *_) = post.reply.buttons
        click = {"as": who, "place": place, "verb": button.verb, "ref": button.ref, "values": {}}
        tried = {
            "read": await self.client.get("/api/posts", params={"as": who, **place}),
            "follow": await self.client.get("/events", params={"as": who, **place}),
            "press": await self.client.post("/api/clicks", json=click),
            "answer": await self.client.post("/api/messages", json={"as": who, "text": "I am in", **place}),
        }
        return [what for what, answer in tried.items() if answer.status != 403]


# As static/cards.js, form.js and markup.js draw it ------------------------------------------------------------------------------------

UNRUN = {"running": "waiting", "stopped": "not run"}
NEVER_RAN = ("refused", "declined", "lapsed", "cancelled")


class Drawn:
    def __init__(self, post: Json) -> None:
        self.reply: Json = post["reply"]
        self.links: list[tuple[str, str]] = []
        self.raw = leaves(post)

    def seen(self) -> Seen:
        lines = [line for text in getattr(self, f"_{self.reply['kind']}")() for line in str(text).split("\n") if line.strip()]
        buttons = [b["label"] for b in self.reply["buttons"]]
        return Seen([*lines, *buttons], [*self._picks(), *buttons], self.links, set(), self.raw)

    def _picks(self) -> list[str]:
        reply = self.reply
        if reply["kind"] != "form" or reply["settled"]:
            return []
        fields = reply["fields"]
        few = len(fields) == 1 and 0 < len(fields[0]["choices"]) <= 8 and not fields[0]["many"]
        return [c["label"] for c in fields[0]["choices"]] if few else [reply["submit"]]

    def _text(self) -> Iterator[str]:
        yield from self._blocks(self.reply["blocks"])

    def _answer(self) -> Iterator[str]:
        if self.reply["closest"]:
            yield "The closest I have. It may not be what you asked."
        yield from self._blocks(self.reply["blocks"])
        for c in self.reply["citations"]:
            title = f"{c['title']} › {c['section']}" if c["section"] else c["title"]
            self.links.append((title, c["url"] or f"/knowledge/{c['path']}#{c['anchor']}"))
            yield from (title, c["note"])

    def _status(self) -> Iterator[str]:
        yield f"{self.reply['tone'].capitalize()}: "
        yield from self._blocks(self.reply["blocks"])

    def _said(self) -> Iterator[str]:
        yield from (self.reply["name"], self.reply["text"])

    def _brief(self) -> Iterator[str]:
        yield from (self.reply["ticket"], self.reply["status"].capitalize(), self.reply["title"], f"From {self.reply['requester']}")
        yield from self._blocks(self.reply["blocks"])
        yield from self.reply["lines"]

    def _form(self) -> Iterator[str]:
        form = self.reply
        yield form["title"]
        if form["settled"]:
            yield form["settled"]
            return
        yield from self._blocks(form["blocks"])
        for field in form["fields"]:
            yield field["label"] + ("" if field["required"] else " (optional)")
            yield from (field["help"], field["error"])
            yield from (part for c in field["choices"] for part in (c["label"], c["detail"]))

    def _plan(self) -> Iterator[str]:
        card = self.reply
        yield from ("Plan", card["state"].capitalize(), card["title"], card["note"])
        yield from self._steps(card["steps"], UNRUN.get(card["state"], ""), card["state"] not in NEVER_RAN)
        for a in card["approvals"]:
            yield f"{a['kind'].capitalize()}: {_listed(a['who'])} {a['state'].capitalize()}"
            yield from (a["decided"], *a["because"])
        yield f"Fingerprint {_print(card['fingerprint'])}"

    def _approval(self) -> Iterator[str]:
        card = self.reply
        yield from ("Approval", card["state"].capitalize(), card["title"], f"Asked by {card['asked_by']}", card["said"])
        yield from self._steps(card["steps"], "", True)
        yield from (*card["because"], card["decided"], _listed(card["who"]))
        yield "expires in 3 days" if card["buttons"] else ""
        yield f"Fingerprint {_print(card['fingerprint'])}"

    def _steps(self, steps: list[Json], unrun: str, able: bool) -> Iterator[str]:
        before: Json = {}
        for s in steps:
            state = unrun if s["state"] == "waiting" else s["state"]
            ends = (s["after"], s["before"]) if s["state"] == "undone" else (s["before"], s["after"])
            yield f"{s['number']}. {s['sentence']} {state.capitalize()}"
            yield f"{ends[0]} → {ends[1] or 'nothing'}" if any(ends) else ""
            if (before.get("rule"), before.get("because")) != (s["rule"], s["because"]):
                yield s["because"]
            yield from (s["rule"], s["said"])
            yield "By a human at the help desk" if s["vendor"] == "human" else f"Through {s['vendor']}" if s["vendor"] else ""
            yield "can be undone" if able and s["undoable"] and state not in ("undone", "failed", "not run") else ""
            before = s

    def _blocks(self, blocks: list[Json]) -> Iterator[str]:
        for b in blocks:
            items = [line for item in b.get("items", []) for line in self._blocks(item)]
            rows = [" ".join(self._spans(cell) for cell in row) for row in b.get("rows", [])]
            yield from (self._spans(b.get("spans", [])), *items, *rows)

    def _spans(self, spans: list[Json]) -> str:
        self.links += [(s["text"], s["href"]) for s in spans if "href" in s]
        return "".join(s["text"] for s in spans)


def _listed(words: list[str]) -> str:
    return ", ".join(words)


def _print(fingerprint: str) -> str:
    return " ".join(fingerprint[n : n + 4] for n in range(0, 12, 4))
