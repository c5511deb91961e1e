"""The terminal: each person at a chat of their own, typing; scripts where the chat has no way."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console as Screen

from bot.channels.console import ConsoleChannel, run_script
from bot.channels.console.channel import HELPDESK
from bot.channels.console.chat import Chat
from bot.domain.messages import Form, Post
from bot.errors import BellhopError
from tests.contracts.channels.seat import JOHN, PEOPLE, Asked, House, NotSent, Seat, Seen, Upload, until

IDLE = re.compile(r"^\w+> $")


class Typist:
    """Somebody at a keyboard: `asked` is what the terminal waits for an answer to; "" while it is busy."""

    def __init__(self) -> None:
        self.asked = ""
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()

    async def __call__(self, prompt: str) -> str | None:
        self.asked = prompt
        line = await self._lines.get()
        self.asked = ""
        return line

    async def type(self, line: str | None) -> None:
        """Types a line, and waits until the terminal wants the next."""
        self._lines.put_nowait(line)
        await asyncio.sleep(0)
        if line is not None:
            await until(lambda: self.asked, f"a prompt after {line!r}")


class Desk:
    """One terminal."""

    def __init__(self, chat: Chat, typist: Typist, out: io.StringIO) -> None:
        self.chat, self.typist, self.out = chat, typist, out
        self.running: asyncio.Task[None] | None = None

    def since(self, at: int) -> str:
        return self.out.getvalue()[at:]


class ConsoleSeat(Seat):
    name = "console"
    deadline = re.compile(r"expires in \d+ days")
    cannot = {
        "edit": "The terminal cannot take back what was typed.",
        "mention": "The terminal has no mentions: people are named by their address.",
        "be slow or away": "The terminal is in the same process: nothing lies between the desk and its readers.",
        "read along": "Every conversation of the terminal is one person's own, or the help desk's.",
        "whisper": "At the terminal nobody reads along, so nothing need be whispered.",
        "cut": "The terminal shows a post of any length whole.",
        "update in place": "The terminal prints a new version of a post anew; the buttons of the old one are void.",
        "look again who somebody is": "The terminal asks who somebody is when they sit down, and not at each line.",
        "link": "A terminal shows addresses, not links: a label stands beside the address it leads to.",
    }

    async def open(self, house: House) -> None:
        self.house = house
        self.channel: ConsoleChannel = ConsoleChannel()
        self.desks: dict[str, Desk] = {}
        self.drawn: dict[tuple[str, int], str] = {}

    async def start(self) -> None:
        for who in PEOPLE:
            out, typist = io.StringIO(), Typist()
            screen = Screen(file=out, width=4000, color_system=None, legacy_windows=False)
            chat = Chat(self.channel, self.house.hearing, self.house.ledger, self.house.clock, demo=True, console=screen, ask=typist)
            self.desks[who] = desk = Desk(chat, typist, out)
            desk.running = asyncio.create_task(chat.run(who))
            await until(lambda desk=desk: desk.typist.asked)  # type: ignore[misc]
        self.channel.watchers.insert(0, self._before)
        self.channel.watchers.append(self._after)

    def _before(self, _: Post) -> None:
        self.marks = {who: len(desk.out.getvalue()) for who, desk in self.desks.items()}

    def _after(self, post: Post) -> None:
        """What a post printed at each terminal, told from what else is printed there."""
        self.drawn |= {(who, post.id): desk.since(self.marks[who]) for who, desk in self.desks.items()}

    async def close(self) -> None:
        for desk in self.desks.values():
            if desk.running is not None and not desk.running.done():
                desk.running.cancel()
        await asyncio.gather(*(d.running for d in self.desks.values() if d.running), return_exceptions=True)

    # what people see

    async def look(self, who: str, post: Post) -> Seen:
        told = self.drawn.get((who, post.id), "")
        assert told, f"{who} does not see post {post.id}"
        lines = [line.strip(" │╭╰╮╯─").strip() for line in told.split("\n")]
        lines = [line for line in lines if line]
        buttons = [m[1] for line in lines if (m := re.match(r"^:\d+ (.*)$", line))]
        form = post.reply
        picks = [f.submit for f in [form] if isinstance(f, Form) and not f.settled]
        return Seen(lines, [*buttons, *picks], [], set(), told)

    async def everything(self, who: str, post: Post) -> list[str]:
        return (await self.look(who, post)).lines

    async def questions(self, who: str, post: Post) -> list[Asked]:
        """Each question as it is asked, with the choices printed above it; /skip leaves the form."""
        desk = self.desks[who]
        form = post.reply
        assert isinstance(form, Form)
        found = []
        at = len(desk.out.getvalue())
        await self._form(who, post)
        for field in form.fields:
            prompt = desk.typist.asked
            assert not IDLE.match(prompt), f"{field.label} is not asked"
            printed = desk.since(at).split("\n")
            choices = [m[1] for line in printed if (m := re.match(r"^\s+\d+\. (.*)$", line))]
            at = len(desk.out.getvalue())
            value = m[1] if (m := re.search(r" \[(.*)\]$", prompt.strip())) else None
            label = re.sub(r"( \((optional|path of a file)\))?( \[.*\])?$", "", prompt.strip())
            value = value.split(", ") if value and field.many else value
            if field.kind != "file":
                found.append(Asked(label, field.required, value, "", choices))
            await desk.typist.type("/skip" if field is form.fields[-1] else self._any(field))
            if IDLE.match(desk.typist.asked):
                break
        if not IDLE.match(desk.typist.asked):
            await desk.typist.type("/skip")
        return found

    @staticmethod
    def _any(field: Any) -> str:
        """Something that gets to the next question."""
        if field.kind == "file":
            return "/skip"
        return "1" if field.choices else "x"

    async def _form(self, who: str, post: Post) -> None:
        """The terminal asks a new form by itself once a line was typed; one that was left is asked again when the post is shown."""
        desk = self.desks[who]
        await desk.typist.type("")
        if IDLE.match(desk.typist.asked):
            desk.chat.show(post)
            await desk.typist.type("")

    def page(self, who: str) -> str:
        return self.desks[who].out.getvalue()

    # what people do

    async def begin(self, who: str, text: str, files: tuple[Upload, ...] = ()) -> None:
        await self._typed(who, "/new")
        await self._say(who, text, files)

    async def _typed(self, who: str, line: str) -> None:
        desk = self.desks[who]
        while not IDLE.match(desk.typist.asked):
            await desk.typist.type("/skip")
        await desk.typist.type(line)

    async def _say(self, who: str, text: str, files: tuple[Upload, ...]) -> None:
        for file in files:
            await self._typed(who, f"/file '{self._kept(file)}'")
        await self._typed(who, text)

    def _kept(self, file: Upload) -> Path:
        name, _, content = file
        path = self.house.folder / name
        path.write_bytes(content)
        return path

    async def reply(self, who: str, post: Post, text: str, files: tuple[Upload, ...] = ()) -> None:
        """In one's own thread by typing; in the help desk's threads and in direct messages by a script, which names the place."""
        where = post.place
        if where.conversation == who and not where.thread.startswith("dm-"):
            await self._say(who, text, files)
            return
        name = who.partition("@")[0] + ("@helpdesk" if where.conversation == HELPDESK else "@dm")
        lines = [f"{name}> [file {self._kept(f).name}] {text}" for f in files] or [f"{name}> {text}"]
        done = await run_script(
            lines, self.house.hearing, self.channel, self.house.ledger, clock=self.house.clock, quiet=0.01, base=self.house.folder
        )
        assert done.ok, done.problems

    async def press(self, who: str, post: Post, label: str, *, reason: str | None = None, yes: bool = True) -> str:
        desk = self.desks[who]
        told = await self.look(who, post)
        number = next(m[1] for line in told.lines if (m := re.match(r"^:(\d+) (.*)$", line)) and m[2] == label)
        at, asked = len(desk.out.getvalue()), ""
        await self._typed(who, f":{number}")
        if "[y/N]" in desk.typist.asked:
            asked = desk.typist.asked.removesuffix(" [y/N] ")
            await desk.typist.type("y" if yes else "n")
            if not yes:
                raise NotSent(asked)
        if "Reason" in desk.typist.asked:
            await desk.typist.type(reason or "")
        if "nothing was pressed" in desk.since(at) or "no such button" in desk.since(at):
            raise NotSent(desk.since(at))
        return asked

    async def choose(self, who: str, post: Post, label: str, detail: str = "") -> None:
        (field,) = post.reply.fields  # type: ignore[union-attr]
        if detail:
            label = next(str(n) for n, c in enumerate(field.choices, 1) if (c.label, c.detail) == (label, detail))
        await self.fill(who, post, {field.label: label})

    async def fill(self, who: str, post: Post, values: Mapping[str, Any]) -> None:
        desk = self.desks[who]
        form = post.reply
        assert isinstance(form, Form)
        left = dict(values)
        await self._form(who, post)
        for field in form.fields:
            assert not IDLE.match(desk.typist.asked), f"{field.label} is not asked"
            given = left.pop(field.label, "")
            needed = field.required and not given and not field.value
            typed = str(self._kept(given)) if isinstance(given, tuple) else ", ".join(given) if isinstance(given, list) else given
            await desk.typist.type(typed)
            if needed:
                await desk.typist.type("/skip")
                raise NotSent("Please fill this in.")
        assert not left, left

    async def intrude(self, who: str, post: Post) -> list[str]:
        desk = self.desks[who]
        for number in range(1, 6):
            at = len(desk.out.getvalue())
            await self._typed(who, f":{number}")
            if "no such button" not in desk.since(at):
                return ["press"]
        return ["read"] if self.drawn.get((who, post.id)) else []

    async def stranger(self, text: str) -> str:
        desk = self.desks[JOHN]
        at = len(desk.out.getvalue())
        await self._typed(JOHN, "/as mallory@elsewhere.example")
        try:
            await desk.chat.become("mallory@elsewhere.example")
        except BellhopError as error:
            return str(error)
        return desk.since(at)
