"""The terminal over the echo desk: scripts, their expectations, and the chat itself."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console as Screen

from bot.channels.console import Checked, ConsoleChannel, run_script
from bot.channels.console.chat import Chat
from bot.channels.console.listen import Console
from bot.channels.console.render import lines
from bot.channels.console.transcript import pattern_of, read
from bot.domain.messages import Status, Text
from bot.errors import BadInput, BellhopError, Unknown
from tests.channels.conftest import JOHN, PRIYA, SAM
from tests.channels.echo import EchoDesk, MemoryLedger, every_kind


def now() -> datetime:
    return datetime.now(UTC)


class Terminal:
    """A console channel over the echo desk."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self.channel = ConsoleChannel()
        self.desk = EchoDesk(self.ledger, self.channel)

    async def script(self, text: str, **how: object) -> Checked:
        return await run_script(
            text.splitlines(),
            self.desk,
            self.channel,
            self.ledger,
            clock=now,
            quiet=0.02,
            patience=0.3,
            **how,  # type: ignore[arg-type]
        )


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


async def test_a_conversation_holds(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "id.png").write_bytes(b"1234567")
    checked = await terminal.script(
        """
# one scene
sam.okafor> everything
bellhop→sam.okafor: Plan: Remove John Smith's access … [running] … [Cancel]
bellhop->helpdesk: Approval: ... [open] ... [Approve] [Decline]
priya.nair@helpdesk> [press Decline: he is still under notice]
bellhop→helpdesk: Pressed decline A-1 reason=he is still under notice
bellhop→helpdesk: Approval: … Declined by priya.nair@brightwater.example …
bellhop→rosa.delgado: Approval: …
bellhop↛sam.okafor: …under notice…
sam.okafor> [form person="john.carter@brightwater.example" "Which systems?"=email,slack day=2026-12-01
    ship_to=office document=@id.png]
bellhop→sam.okafor: Pressed form form-1 day=2026-12-01 document=id.png person=john.carter@brightwater.example ship_to=office
    systems=['email', 'slack'] and id.png (7 bytes)
sam.okafor> [new] another need
bellhop→sam.okafor: I heard: another need
rosa.delgado@dm> noted
bellhop→rosa.delgado: I heard: noted
sam.okafor> [file id.png] look at this
bellhop→sam.okafor: I heard: look at this with id.png (7 bytes)
""",
        base=tmp_path,
    )
    assert checked.problems == []
    assert checked.ok
    assert len(terminal.ledger.all_tickets) == 2
    assert "priya.nair@helpdesk> [press Decline: he is still under notice]" in checked.transcript


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("sam.okafor> hi\nbellhop→sam.okafor: I heard: ho", "line 2: sam.okafor was not told “I heard: ho”. They were told:\nI heard: hi"),
        ("sam.okafor> hi\nbellhop→priya.nair: …", "line 2: priya.nair was not told"),
        ("sam.okafor> hi\nbellhop↛sam.okafor: …hi", "line 2: sam.okafor was told “…hi”, which must not be"),
        ("sam.okafor> hi\nbellhop→sam.okafor: …hi\nbellhop→sam.okafor: …hi", "line 3"),
        ("sam.okafor> hi\nsam.okafor> [press Approve]", "line 2: sam.okafor sees no button “Approve”"),
        ("sam.okafor> everything\nsam.okafor> [press Approve]", "line 2: sam.okafor sees no button “Approve”"),
        ("sam.okafor> hi\nsam.okafor> [choose John Smith]", "line 2: sam.okafor sees no form"),
        ("sam.okafor> everything\nsam.okafor> [form nonsense=1]", "has no field 'nonsense'"),
        ("sam.okafor> everything\nsam.okafor> [form ship_to=moon]", "'moon' is none of: Home, Office"),
        ("nobody> hi", "line 1: Nobody in the directory is called 'nobody'"),
        ("sam.okafor> hi\nsam.okafor@helpdesk> hello", "There is no thread yet"),
        ("*** 3 days later", "line 1: the clock of this run does not move"),
        ("sam.okafor> hi\nsam.okafor> ho\nbellhop→sam.okafor: I heard: hi", "line 3"),
    ],
)
async def test_what_does_not_hold_is_named(terminal: Terminal, script: str, problem: str) -> None:
    checked = await terminal.script(script)
    assert len(checked.problems) == 1
    assert problem in checked.problems[0]


async def test_expectations_wait_for_what_comes_later(terminal: Terminal) -> None:
    async def later() -> None:
        await asyncio.sleep(0.1)
        ticket = await terminal.ledger.ticket("BH-1001")
        await terminal.desk.say(ticket, ticket.place, "late", Text(text="at last"))

    task = asyncio.create_task(later())
    checked = await terminal.script("sam.okafor> hi\nbellhop→sam.okafor: at last")
    await task
    assert checked.ok


async def test_the_clock_moves_where_it_can(terminal: Terminal) -> None:
    moved: list[timedelta] = []

    async def advance(span: timedelta) -> None:
        moved.append(span)

    assert (await terminal.script("sam.okafor> hi\n*** 73 hours later", advance=advance)).ok
    assert moved == [timedelta(hours=73)]


def test_a_line_that_nobody_says_is_refused() -> None:
    with pytest.raises(BadInput, match="Line 3: nobody says this"):
        read(["sam.okafor> hi", "", "hello"])
    assert [(x.who, x.text) for x in read(["hello"], speaker="sam.okafor")] == [("sam.okafor", "hello")]


def test_patterns_are_no_regular_expressions() -> None:
    assert pattern_of("a.c (x) …").fullmatch("a.c (x) and more")
    assert not pattern_of("a.c").fullmatch("abc")


@pytest.mark.parametrize("key", sorted(every_kind("BH-1")))
def test_every_kind_reads_as_lines(key: str) -> None:
    told = lines(every_kind("BH-1")[key], now=now())
    assert told
    assert all(line.strip() and "\n" not in line for line in told)
    for button in every_kind("BH-1")[key].buttons:
        assert f"[{button.label}]" in told[-1]


def test_transcripts_hold_nothing_that_differs_from_run_to_run() -> None:
    card = every_kind("BH-1")["approval"]
    assert "Fingerprint" not in "\n".join(lines(card))
    assert "Fingerprint ab12 cd34 ef56 · expires in 3 days" in lines(card, now=now())[-2]


def test_no_text_can_steer_the_terminal() -> None:
    attack = "\x1b]0;owned\x07\x1b[2J\x9b31m ok \u202egnp.exe"
    told = "\n".join(lines(Status(text=attack, tone="done")))
    assert not any(c in told for c in "\x1b\x07\x9b\u202e")


class Typist:
    """Types these lines; what was asked is kept."""

    def __init__(self, *typed: str) -> None:
        self.typed = list(typed)
        self.asked: list[str] = []

    async def __call__(self, prompt: str) -> str | None:
        self.asked.append(prompt)
        await asyncio.sleep(0.01)
        return self.typed.pop(0) if self.typed else None


def chat(terminal: Terminal, typist: Typist, demo: bool = True) -> tuple[Chat, Callable[[], str]]:
    out = io.StringIO()
    screen = Screen(file=out, width=100, color_system=None)
    return Chat(terminal.channel, terminal.desk, terminal.ledger, now, demo=demo, console=screen, ask=typist), out.getvalue


async def test_chat_presses_buttons_by_number(terminal: Terminal) -> None:
    typist = Typist("everything", "/skip", "/skip", ":1", "/press 99", "/nonsense", "/quit")
    talk, shown = chat(terminal, typist)
    await talk.run(SAM)
    clicks = [m.click for m in terminal.desk.messages if m.click]
    assert [(c.verb, c.ref) for c in clicks] == [("helpful", "BH-1001")]
    for part in ("Microphone in Teams", ":1 This helped", "There is no such button any more.", "There is no command /nonsense", "Goodbye."):
        assert part in shown()
    assert "Decline" not in shown()


async def test_chat_asks_for_reasons_and_yes(terminal: Terminal) -> None:
    typist = Typist("everything", "/skip", "/skip", ":4", "n", ":4", "y", f"/as {PRIYA}", ":10", "", ":10", "too early", "/quit")
    talk, shown = chat(terminal, typist)
    await talk.run(SAM)
    clicks = [m.click for m in terminal.desk.messages if m.click]
    assert clicks[0].verb == "cancel"
    assert len([c for c in clicks if c.verb == "cancel"]) == 1
    declined = [c for c in clicks if c.verb == "decline"]
    assert [c.values for c in declined] == [{"reason": "too early"}], shown()
    assert "This needs a reason" in shown()


async def test_chat_asks_forms_field_by_field(terminal: Terminal, tmp_path: Path) -> None:
    photo = tmp_path / "id.png"
    photo.write_bytes(b"123")
    fields = [JOHN, "email, slack", "2026-12-01", "", "moon", "2", "", str(tmp_path / "nothing.png"), str(photo)]
    typist = Typist("everything", "3", *fields, "/quit")
    talk, shown = chat(terminal, typist)
    await talk.run(SAM)
    picked, filled = [m for m in terminal.desk.messages if m.click]
    assert picked.click is not None
    assert filled.click is not None
    assert picked.click.values == {"q1": "john.abara@brightwater.example"}
    assert filled.click.values == {
        "person": JOHN,
        "systems": ["email", "slack"],
        "day": "2026-12-01",
        "ship_to": "office",
        "document": "id.png",
    }
    assert filled.files[0].content == b"123"
    assert "'moon' is none of" in shown()
    assert "Cannot read" in shown()


async def test_chat_as_somebody_else_is_for_the_demo(terminal: Terminal) -> None:
    talk, shown = chat(terminal, Typist(f"/as {PRIYA}", "hi", "/quit"), demo=False)
    await talk.run(SAM)
    assert "Only the demo" in shown()
    assert [m.person for m in terminal.desk.messages] == [SAM]
    with pytest.raises(BellhopError, match="only active people"):
        await talk.become("victor.hale@brightwater.example")


async def test_once_returns_the_ticket_s_posts(terminal: Terminal) -> None:
    console = Console(terminal.desk, terminal.channel, terminal.ledger, now)
    posts = await console.once("sam.okafor", "hello")
    assert [p.reply.kind for p in posts] == ["text"]
    assert console.transcript(posts) == "bellhop→sam.okafor: I heard: hello"
    with pytest.raises(Unknown):
        await console.once("nobody@brightwater.example", "hello")


async def test_scripts_from_files(terminal: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(terminal.desk, terminal.channel, terminal.ledger, now)
    script = tmp_path / "hello.txt"
    script.write_text("hello\nbellhop→sam.okafor: I heard: hello\n")
    assert await console.run_script(script, SAM) == 0
    assert capsys.readouterr().out == "sam.okafor> hello\nbellhop→sam.okafor: I heard: hello\n"
    script.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="Cannot read the script"):
        await console.run_script(script, SAM)
    with pytest.raises(BadInput, match="Cannot read the script"):
        await console.run_script(tmp_path / "none.txt", SAM)
