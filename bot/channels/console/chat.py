"""`bellhop chat`: the desk in a terminal."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.text import Text as RichText

from bot.channels.console.channel import HELPDESK, ConsoleChannel
from bot.channels.console.parse import Session, answer, conversations, file_at, form_message, person_called
from bot.channels.console.render import lines
from bot.desk.ports import Clock, Hearing, Ledger
from bot.domain.markup import clean
from bot.domain.messages import Button, Click, Field_, File, Form, Post, Said, Status, Text
from bot.domain.people import Person, Standing
from bot.errors import BadInput, BellhopError, NotAllowed

HELP = """Type what you need. Buttons have numbers: :1 or /press 1 [reason] presses one.
/new a new thread    /file PATH hands over a file with what you say next    /tickets your tickets
/as EMAIL be somebody else (demo)    /wait [seconds] wait for news    /help    /quit"""

Ask = Callable[[str], Awaitable[str | None]]
"""Shows a prompt and returns what was typed; None at the end of input."""


class Left(Exception):
    """Whoever typed has left."""


class Chat:
    """One terminal. Posts are printed as they come, whether or not somebody is typing."""

    def __init__(
        self,
        channel: ConsoleChannel,
        hearing: Hearing,
        ledger: Ledger,
        clock: Clock,
        *,
        demo: bool,
        console: Console | None = None,
        ask: Ask | None = None,
    ) -> None:
        self._channel = channel
        self._hearing = hearing
        self._ledger = ledger
        self._clock = clock
        self._demo = demo
        self._console = console or Console()
        self._ask = ask or self._typed
        self._session = Session(clock)
        self._person: Person | None = None
        self._seen: frozenset[str] = frozenset()
        self._buttons: dict[int, tuple[Post, Button]] = {}
        self._count = 0
        self._forms: list[Post] = []
        self._file: File | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def _typed(self, prompt: str) -> str | None:
        self._console.print(RichText(prompt, style="bold"), end="")
        line = await asyncio.to_thread(self._console.input)
        return line

    async def run(self, email: str) -> None:
        """Chats until /quit or the end of input."""
        await self.become(email)
        self._channel.watchers.append(self.show)
        self._console.print(HELP, style="dim", markup=False)
        try:
            while True:
                await self._turn()
        except (Left, EOFError):
            self._console.print("Goodbye.", style="dim")
        finally:
            self._channel.watchers.remove(self.show)

    async def become(self, email: str) -> None:
        """Speaks as this person from now on; NotAllowed for those who cannot use the desk."""
        directory = await self._ledger.directory()
        person = person_called(email, directory)
        if person.status is not Standing.ACTIVE:
            raise NotAllowed(f"{person.name} cannot use the desk: only active people can.")
        self._person = person
        self._seen = conversations(person.email, directory)
        self._forms.clear()
        for post in [p for p in self._channel.latest(self._seen) if p.reply.buttons or isinstance(p.reply, Form)][::-1]:
            self.show(post)

    @property
    def _email(self) -> str:
        assert self._person
        return self._person.email

    # Shown -----------------------------------------------------------------------------------------------------------------------

    def show(self, post: Post) -> None:
        """Prints a post that the current person sees."""
        if post.place.conversation not in self._seen:
            return
        self._forget(post)
        told = lines(post.reply, now=self._clock())
        numbered = [self._number(post, b) for b in post.reply.buttons]
        body = "\n".join([*(told[:-1] if numbered else told), *numbered])
        where = " · help desk" if post.place.conversation == HELPDESK else ""
        if isinstance(post.reply, Text | Status | Said):
            self._console.print(RichText(f"bellhop{where}  {body}", style="red" if getattr(post.reply, "tone", "") == "failed" else ""))
        else:
            self._console.print(Panel(RichText(body), title=RichText(f"{post.ticket}{where}"), title_align="left", border_style="cyan"))
        if isinstance(post.reply, Form) and not post.reply.settled:
            self._forms.append(post)

    def _forget(self, post: Post) -> None:
        """An updated post's earlier buttons and form are void."""
        same = (post.ticket, post.place, post.key)
        self._buttons = {n: (p, b) for n, (p, b) in self._buttons.items() if (p.ticket, p.place, p.key) != same}
        self._forms = [p for p in self._forms if (p.ticket, p.place, p.key) != same]

    def _number(self, post: Post, button: Button) -> str:
        self._count += 1
        self._buttons[self._count] = (post, button)
        return clean(f":{self._count} {button.label}")

    # Typed -----------------------------------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        try:
            if self._forms:
                await self._fill(self._forms.pop(0))
                return
            await self._command((await self._line(f"{self._person.first_name if self._person else ''}> ")).strip())
        except BellhopError as error:
            self._console.print(RichText(str(error), style="red"))

    async def _line(self, prompt: str) -> str:
        typed = await self._ask(prompt)
        if typed is None:
            raise Left
        return typed

    async def _command(self, typed: str) -> None:
        if typed.startswith(":"):
            typed = f"/press {typed[1:]}"
        if not typed.startswith("/"):
            await self._say(typed)
            return
        name, _, rest = typed[1:].partition(" ")
        known: dict[str, Callable[[str], Awaitable[None]]] = {
            "press": self._press,
            "new": self._new,
            "file": self._attach,
            "as": self._switch,
            "wait": self._wait,
            "tickets": self._tickets,
            "help": self._help,
            "quit": self._quit,
        }
        if name not in known:
            raise BadInput(f"There is no command /{clean(name)}. /help lists them.")
        await known[name](rest.strip())

    async def _say(self, text: str) -> None:
        if not text and not self._file:
            return
        files = (self._file,) if self._file else ()
        self._file = None
        await self._hearing.hear(self._session.said(self._email, text, files=files))

    async def _press(self, rest: str) -> None:
        number, _, reason = rest.partition(" ")
        if not number.isdecimal() or int(number) not in self._buttons:
            raise BadInput("There is no such button any more." if number.isdecimal() else "Say which button: /press 1")
        post, button = self._buttons[int(number)]
        if button.confirm and (await self._line(f"{clean(button.confirm)} [y/N] ")).strip().lower() not in ("y", "yes"):
            return
        if button.ask_reason and not reason:
            reason = (await self._line("Reason: " if button.ask_reason == "required" else "Reason (optional): ")).strip()
        if button.ask_reason == "required" and not reason:
            raise BadInput("This needs a reason; nothing was pressed.")
        values = {"reason": clean(reason)} if reason else {}
        click = Click(verb=button.verb, ref=button.ref, values=values)
        await self._hearing.hear(self._session.pressed(self._email, post.place, click))

    async def _new(self, rest: str) -> None:
        self._session.new_thread(self._email)
        if rest:
            await self._say(rest)

    async def _attach(self, rest: str) -> None:
        try:
            (path,) = shlex.split(rest)
        except ValueError:
            raise BadInput("Name one file: /file photo.png") from None
        self._file = await asyncio.to_thread(file_at, Path(path))
        self._console.print(RichText(f"{self._file.name} goes with what you say next.", style="dim"))

    async def _switch(self, rest: str) -> None:
        if not self._demo:
            raise NotAllowed("Only the demo lets you be somebody else.")
        await self.become(rest)

    async def _wait(self, rest: str) -> None:
        await asyncio.sleep(min(float(rest), 3600.0) if rest.replace(".", "", 1).isdecimal() else 5.0)

    async def _tickets(self, _: str) -> None:
        for ticket in await self._ledger.tickets(requester=self._email):
            self._console.print(RichText(f"{ticket.id}  [{ticket.status}]  {clean(ticket.summary)}"))

    async def _help(self, _: str) -> None:
        self._console.print(HELP, style="dim", markup=False)

    async def _quit(self, _: str) -> None:
        raise Left

    # Forms -----------------------------------------------------------------------------------------------------------------------

    async def _fill(self, post: Post) -> None:
        """Asks a form field by field; /skip leaves it open."""
        form = post.reply
        assert isinstance(form, Form)
        values: dict[str, Any] = {}
        files: list[File] = []
        for field in form.fields:
            value = await self._field(field)
            if isinstance(value, File):
                files.append(value)
                value = value.name
            if value == "/skip":
                self._console.print("Left open. /help lists the commands.", style="dim", markup=False)
                return
            if value not in ("", []):
                values[field.name] = value
        await self._hearing.hear(form_message(self._session, self._email, post.place, form, values, tuple(files)))

    async def _field(self, field: Field_) -> Any:
        for n, choice in enumerate(field.choices, 1):
            detail = f", {choice.detail}" if choice.detail else ""
            self._console.print(RichText(clean(f"  {n}. {choice.label}{detail}")))
        hint = " (path of a file)" if field.kind == "file" else "" if field.required else " (optional)"
        given = _given(field)
        while True:
            typed = (await self._line(clean(f"{field.label}{hint}{f' [{given}]' if given else ''} "))).strip() or given
            if typed == "/skip" or (not typed and not field.required):
                return typed
            try:
                if typed:
                    return file_at(Path(typed)) if field.kind == "file" else answer(field, _numbers(field, typed))
            except BadInput as error:
                self._console.print(RichText(str(error), style="red"))


def _given(field: Field_) -> str:
    """What a field is filled in with, as it would be typed: Enter takes it."""
    values = field.value if isinstance(field.value, list | tuple) else [] if field.value is None else [field.value]
    return ", ".join(next((c.label for c in field.choices if c.value == v), str(v)) for v in values)


def _numbers(field: Field_, typed: str) -> str:
    """Choices typed by number, as their values."""

    def one(part: str) -> str:
        at = int(part) - 1 if part.strip().isdecimal() else -1
        return field.choices[at].value if 0 <= at < len(field.choices) else part

    return ",".join(one(p) for p in typed.split(",")) if field.many else one(typed)
