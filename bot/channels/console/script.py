"""Plays conversations written as transcript.py describes, and holds their expectations against what is shown."""

from __future__ import annotations

import asyncio
import shlex
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from re import Pattern
from typing import Any

from bot.channels.console.channel import HELPDESK, ConsoleChannel
from bot.channels.console.parse import Session, answer, conversations, field_called, file_at, form_message, person_called
from bot.channels.console.render import lines as text_of
from bot.channels.console.transcript import BRACKET, LATER, Line, pattern_of, read, short
from bot.desk.ports import Clock, Hearing, Ledger
from bot.domain.messages import Click, File, Message, Post
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.errors import BadInput, BellhopError, Unknown

Advance = Callable[[timedelta], Awaitable[None]]


@dataclass
class Checked:
    """What was shown, and each expectation that was not met. `ok` if none."""

    transcript: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


async def run_script(
    lines: Iterable[str],
    hearing: Hearing,
    channel: ConsoleChannel,
    ledger: Ledger,
    *,
    clock: Clock,
    speaker: str = "",
    base: Path = Path(),
    quiet: float = 0.3,
    patience: float = 10.0,
    advance: Advance | None = None,
) -> Checked:
    """Says every line, waits until nothing has been shown for `quiet` seconds, and checks the expectations, each for at most
    `patience` seconds. `base` is the folder that file names are relative to."""
    run = _Run(hearing, channel, ledger, Session(clock), base, quiet, patience, advance)
    channel.watchers.append(run.shown)
    try:
        for line in read(lines, speaker):
            await run.line(line)
        await run.settle()
        run.check_never()
    finally:
        channel.watchers.remove(run.shown)
    return run.checked


async def check_transcript(path: Path, hearing: Hearing, channel: ConsoleChannel, ledger: Ledger, **how: Any) -> Checked:
    """Runs the script in a file; file names in it are relative to its folder. `how` goes to `run_script`."""
    try:
        lines = (await asyncio.to_thread(path.read_text, "utf-8")).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"Cannot read the script {path}: {error}") from None
    return await run_script(lines, hearing, channel, ledger, base=path.parent, **how)


@dataclass
class _Run:
    hearing: Hearing
    channel: ConsoleChannel
    ledger: Ledger
    session: Session
    base: Path
    quiet: float
    patience: float
    advance: Advance | None
    checked: Checked = field(default_factory=Checked)
    events: list[tuple[str, str]] = field(default_factory=list)
    never: list[tuple[Line, int]] = field(default_factory=list)
    at: Counter[str] = field(default_factory=Counter)
    since: int = 0
    stir: asyncio.Event = field(default_factory=asyncio.Event)

    def shown(self, post: Post) -> None:
        told = text_of(post.reply)
        label = short(post.place.conversation)
        self.events.append((label, "\n".join(told)))
        first, *rest = told or [""]
        self.checked.transcript += [f"bellhop→{label}: {first}", *(f"    {line}" for line in rest)]
        self.stir.set()

    async def line(self, line: Line) -> None:
        try:
            match line.kind:
                case "say":
                    await self._say(line)
                case "expect":
                    await self._expect(line)
                case "never":
                    self.never.append((line, self.since))
                case "later":
                    await self._later(line)
        except BellhopError as error:
            self.checked.problems.append(f"line {line.number}: {error}")

    async def settle(self) -> None:
        """Waits until nothing is shown any more."""
        while await self._stirs(self.quiet):
            pass

    async def _stirs(self, seconds: float) -> bool:
        self.stir.clear()
        try:
            await asyncio.wait_for(self.stir.wait(), seconds)
        except TimeoutError:
            return False
        return True

    # Said ------------------------------------------------------------------------------------------------------------------------

    async def _say(self, line: Line) -> None:
        await self.settle()
        self.check_never()
        person = person_called(line.who, await self.ledger.directory())
        message = await self._message(line, person)
        self.since = len(self.events)
        self.at.clear()
        where = f"@{line.where}" if line.where else ""
        self.checked.transcript.append(f"{short(person.email)}{where}> {line.text}")
        await self.hearing.hear(message)

    async def _message(self, line: Line, person: Person) -> Message:
        bracket = BRACKET.match(line.text)
        what, rest, after = (bracket["what"], bracket["rest"].strip(), bracket["after"]) if bracket else ("", "", line.text)
        match what:
            case "press":
                return await self._press(line, person, rest)
            case "choose" | "form":
                return await self._fill(line, person, what, rest)
            case "new":
                self.session.new_thread(person.email)
        files = (file_at(self.base / rest),) if what == "file" else ()
        return self.session.said(person.email, after, self._place(line, person), files)

    def _place(self, line: Line, person: Person) -> Place | None:
        if not line.where:
            return None
        conversation = HELPDESK if line.where == HELPDESK else person.email
        found = (
            p.place for p in self.channel.latest(frozenset({conversation})) if line.where == HELPDESK or p.place.thread.startswith("dm-")
        )
        place = next(found, None)
        if place is None:
            raise Unknown(f"There is no thread yet for {line.who}@{line.where} to write in.")
        return place

    async def _seen(self, line: Line, person: Person) -> frozenset[str]:
        if line.where == HELPDESK:
            return frozenset({HELPDESK})
        return conversations(person.email, await self.ledger.directory())

    async def _press(self, line: Line, person: Person, rest: str) -> Message:
        label, _, reason = rest.partition(":")
        seen = await self._seen(line, person)
        found = await self._until(lambda: self.channel.button(label, seen))
        if found is None:
            raise Unknown(f"{short(person.email)} sees no button “{label}”.")
        post, button = found
        values = {"reason": reason.strip()} if reason.strip() else {}
        return self.session.pressed(person.email, post.place, Click(verb=button.verb, ref=button.ref, values=values))

    async def _fill(self, line: Line, person: Person, what: str, rest: str) -> Message:
        seen = await self._seen(line, person)
        found = await self._until(lambda: self.channel.form(seen))
        if found is None:
            raise Unknown(f"{short(person.email)} sees no form to answer.")
        post, form = found
        pairs = [f"{form.fields[0].name}={rest}"] if what == "choose" else shlex.split(rest)
        values: dict[str, Any] = {}
        files: list[File] = []
        for pair in pairs:
            name, _, typed = pair.partition("=")
            asked = field_called(form, name)
            if asked.kind == "file":
                files.append(file_at(self.base / typed.removeprefix("@")))
                values[asked.name] = files[-1].name
            else:
                values[asked.name] = answer(asked, typed)
        return form_message(self.session, person.email, post.place, form, values, tuple(files))

    async def _until(self, look: Callable[[], Any]) -> Any:
        """What `look` finds, as soon as it finds something; None after the time-out."""
        end = asyncio.get_running_loop().time() + self.patience
        while (found := look()) is None and (left := end - asyncio.get_running_loop().time()) > 0:
            await self._stirs(left)
        return found

    async def _later(self, line: Line) -> None:
        told = LATER.match(line.text)
        if self.advance is None or told is None:
            raise BadInput("the clock of this run does not move")
        await self.settle()
        self.check_never()
        self.since = len(self.events)
        self.at.clear()
        self.checked.transcript.append(line.text)
        await self.advance(timedelta(**{f"{told['unit']}s": int(told["n"])}))

    # Expected --------------------------------------------------------------------------------------------------------------------

    async def _expect(self, line: Line) -> None:
        label, pattern = short(line.who), pattern_of(line.text)

        def look() -> int | None:
            start = max(self.since, self.at[label])
            return next((n for n in range(start, len(self.events)) if self._fits(n, label, pattern)), None)

        found = await self._until(look)
        if found is None:
            told = [text for who, text in self.events[self.since :] if who == label]
            heard = "\n".join(told) if told else "(nothing)"
            raise BadInput(f"{label} was not told “{line.text}”. They were told:\n{heard}")
        self.at[label] = found + 1

    def _fits(self, number: int, label: str, pattern: Pattern[str]) -> bool:
        who, text = self.events[number]
        return who == label and bool(pattern.fullmatch(" ".join(text.split())))

    def check_never(self) -> None:
        """Holds the scene's prohibitions against what was shown in it."""
        for line, since in self.never:
            pattern = pattern_of(line.text)
            if any(self._fits(n, short(line.who), pattern) for n in range(since, len(self.events))):
                self.checked.problems.append(f"line {line.number}: {short(line.who)} was told “{line.text}”, which must not be")
        self.never.clear()
