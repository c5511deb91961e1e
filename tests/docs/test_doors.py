"""What the pages say comes out of a command is what comes out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import commands
from bot.channels.console.listen import Console
from bot.settings import load as settings
from tests.docs.conftest import ROOT, Block, Tree, blocks, documents

Compare = Callable[[Any, Any], list[str]]


def doors() -> list[tuple[str, str, str]]:
    """Command, what goes in, what comes out, for each door of doors.md."""
    found: list[tuple[str, str, str]] = []
    command, given = "", ""
    for block in blocks("docs/doors.md"):
        if block.note == "door":
            command, given = block.text.strip(), ""
        elif block.note == "in":
            given = block.text
        elif block.note == "out":
            found.append((command, given, block.text))
    return found


def noted(page: str, note: str) -> Block:
    return next(b for b in blocks(page) if b.note == note)


@pytest.mark.parametrize(("command", "given", "shown"), doors(), ids=[shlex.split(d[0])[1] for d in doors()])
def test_a_door_answers_as_the_page_says(command: str, given: str, shown: str, tree: Tree, compare: Compare) -> None:
    result = tree.run(*shlex.split(command)[1:], stdin=given)
    assert result.returncode == 0, result.stderr
    answers, wanted = documents(result.stdout), documents(shown)
    assert len(answers) == len(wanted)
    if given:
        assert len(result.stdout.splitlines()) == len(given.splitlines())
    assert [d for one, real in zip(wanted, answers, strict=True) for d in compare(one, real)] == []


def test_the_comparison_sees_differences(compare: Compare) -> None:
    """A page may leave out, never contradict."""
    assert compare({"a": [1, "…"], "…": "…"}, {"a": [1, 2], "b": 3}) == []
    assert compare({"a": "x … z"}, {"a": "x y z"}) == []
    for shown, real in (
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1], [1, 2]),
        ([1, 2, "…"], [1]),
        ({"a": "x …"}, {"a": "y"}),
        ({"a": True}, {"a": False}),
    ):
        assert compare(shown, real)


def test_the_script_of_a_conversation_holds(tree: Tree) -> None:
    block = next(b for b in blocks("docs/doors.md") if b.note.startswith("chat:"))
    script = tree.folder / "script.txt"
    script.write_text(block.text, encoding="utf-8")
    result = tree.run("chat", "--as", block.note.removeprefix("chat:"), str(script))
    assert result.returncode == 0, result.stdout + result.stderr


def load(tree: Tree, *kinds: str) -> Any:
    files = [part for kind in kinds for part in (f"--{kind}", str(next(tree.folder.glob(f"{kind}.*"))))]
    return tree.run("import", *files, "--company", "company")


def test_the_import_reports_as_the_page_says(tree: Tree) -> None:
    tree.write("docs/how-to-import.md")
    kinds = ("people", "systems", "groups", "grants")
    assert load(tree, *kinds).stdout == noted("docs/how-to-import.md", "report").text
    assert load(tree, *kinds).stdout == noted("docs/how-to-import.md", "again").text
    asked = '{"id": 1, "text": "give Omar access to the handbook", "speaker": "ada@larch.example"}'
    understood = documents(tree.run("understand", "--json", "--company", "company", stdin=asked).stdout)
    assert understood[0]["calls"] == [{"action": "access.grant", "arguments": {"person": "omar@larch.example", "system": "wiki"}}]


def test_the_import_complains_as_the_page_says(tree: Tree) -> None:
    tree.write("docs/how-to-import.md")
    load(tree, "people")
    (tree.folder / "wrong.csv").write_text(noted("docs/how-to-import.md", "wrong").text, encoding="utf-8")
    result = tree.run("import", "--people", "wrong.csv", "--company", "company")
    assert result.returncode == 1
    assert result.stderr == noted("docs/how-to-import.md", "problems").text
    assert "1 entries, unbroken" in tree.run("audit", "verify", "--company", "company").stdout


async def test_what_to_try_leads_somewhere(tmp_path: Path) -> None:
    """The README's sentences: each gets an answer, a form or a plan for the person that it names, and none a refusal."""
    tried = re.findall(r"^\| ([A-Z][a-z]+ [A-Z][a-z]+) \| “([^”]+)” \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert len(tried) >= 5
    silent = []
    async with commands.console(settings(data_dir=tmp_path, database_url="", demo=True), lambda _: None) as (app, channel):
        talk = Console(app.desk.hearing, channel, app.ledger, app.desk.parts.clock)
        for name, sentence in tried:
            posts = await talk.once(f"{name.lower().replace(' ', '.')}@brightwater.example", sentence)
            if not {p.reply.kind for p in posts} & {"answer", "form", "plan"}:
                silent.append((name, sentence, [p.reply for p in posts]))
    assert silent == []
