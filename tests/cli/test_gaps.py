"""`bellhop knowledge gaps` as an operator meets it: asked at a desk, listed, drafted, pushed, checked, merged."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.app import open_app
from bot.channels.console.channel import ConsoleChannel
from bot.settings import Settings
from tests.cli.conftest import Run
from tests.library.vain import Clock, Git, Vain, pages, repository

ASKED = (
    ("John Smith", "how do I open the garage door with my badge"),
    ("Rosa Delgado", "my badge does not open the garage door, call me on +44 20 7946 0958"),
    ("Tom Becker", "how can Ravi Kumar open the garage door with his badge"),
    ("Leo Fontaine", "how do I complain about harassment"),
)
OFF = {"BELLHOP_EMBEDDING": "off"}


@pytest.fixture
def company(tmp_path: Path) -> Git:
    return repository(tmp_path / "company")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a desk at which questions were asked in vain."""
    place = tmp_path_factory.mktemp("asked")

    async def ask() -> None:
        settings = Settings(data_dir=place / "data", knowledge_dir=pages(place / "kb"), embedding="off")
        app = await open_app(settings, [channel := ConsoleChannel()])
        desk = Vain(app, channel, place / "kb", Clock())
        for who, text in ASKED:
            await desk.ask(who, text)
        await app.close()

    asyncio.run(ask())
    return place / "data"


@pytest.fixture
def asked(record: Path, company: Git, tmp_path: Path) -> dict[str, str]:
    """The settings of that desk, with the knowledge base in a repository."""
    shutil.copytree(record, tmp_path / "data")
    return {**OFF, "BELLHOP_KNOWLEDGE_DIR": str(company.tree / "knowledge")}


def test_lists_drafts_and_merges(run: Run, company: Git, asked: dict[str, str], tmp_path: Path) -> None:
    before = company.state()
    ran = run("knowledge", "gaps", **asked)
    assert ran.code == 0 and company.drafts() == []
    assert "1. Garage door badge: 3 people, 3 questions" in ran.out and "“how do I open the garage door with my badge”" in ran.out
    assert "-> write a new article in printing/ (mei.lin@brightwater.example)" in ran.out
    assert "Besides, 1 question that fewer people asked" in ran.out and "harassment" not in ran.out
    assert "harassment" not in run("knowledge", "gaps", "--least", "1", **asked).out, "the floor stands"
    (line,) = run("knowledge", "gaps", "--json", **asked).out.splitlines()
    assert json.loads(line)["people"] == 3

    ran = run("knowledge", "gaps", "--branches", **asked)
    (branch,) = company.drafts()
    assert f"{branch} at " in ran.out and "a new branch" in ran.out and company.state() == before
    assert "nothing new" in run("knowledge", "gaps", "--branches", **asked).out
    shown = company("show", branch)
    for needle in ("smith", "delgado", "becker", "ravi", "kumar", "7946", "leo", "harassment"):
        assert needle not in shown.lower().replace("mei.lin@brightwater.example", "")

    company("merge", "-q", branch)
    check = run("knowledge", "check", "--knowledge", company.tree / "knowledge", **OFF)
    assert check.code == 1 and "this draft still has to be written" in check.out and "1 problems" in check.out
    page = next((company.tree / "knowledge/printing").glob("garage-door-badge*.md"))
    text = page.read_text()
    page.write_text(text[: text.index("[To be written")] + "1. Hold the badge flat against the reader of the garage door.\n")
    check = run("knowledge", "check", "--knowledge", company.tree / "knowledge", **OFF)
    assert check.code == 0, check.out
    assert "Garage door badge" not in run("knowledge", "gaps", **asked).out, "it is answered by now"


def test_the_floor_is_a_setting(run: Run, company: Git, asked: dict[str, str]) -> None:
    ran = run("knowledge", "gaps", "--branches", **asked, BELLHOP_KNOWLEDGE_GAP_PEOPLE="4")
    assert "3 people, 3 questions" in ran.out and "too few people asked to show their words" in ran.out
    assert "No drafts: nothing was asked in vain by 4 people." in ran.out and company.drafts() == []


def test_into_a_folder_without_git(run: Run, asked: dict[str, str], tmp_path: Path) -> None:
    ran = run("knowledge", "gaps", "--into", tmp_path / "drafts", **asked)
    (page,) = (tmp_path / "drafts").rglob("*.md")
    assert f"{page}: a new file" in ran.out and page.with_suffix(".evidence.txt").is_file()


def test_what_cannot_be_done_is_said_in_a_sentence(run: Run, asked: dict[str, str], tmp_path: Path) -> None:
    ran = run("knowledge", "gaps", "--push", **asked)
    assert ran.code == 1 and "BELLHOP_KNOWLEDGE_URL is not set" in ran.err
    ran = run("knowledge", "gaps", "--since", "yesterday-ish", **asked)
    assert ran.code == 1 and "neither a day such as 2026-09-01 nor a span" in ran.err
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/page.md").write_text("# Page\n\nWords.\n")
    ran = run("knowledge", "gaps", "--branches", **OFF, BELLHOP_KNOWLEDGE_DIR=str(tmp_path / "plain"))
    assert ran.code == 1 and "so there can be no branches: use --into" in ran.err
    ran = run("knowledge", "gaps", **OFF, BELLHOP_DATA_DIR=str(tmp_path / "nowhere"))
    assert ran.code == 1 and "There is no record" in ran.err
    assert "nothing was asked in vain" in run("knowledge", "gaps", "--since", "2999-01-01", **asked).out


def test_pushed_to_where_the_knowledge_comes_from(run: Run, company: Git, asked: dict[str, str], tmp_path: Path) -> None:
    bare = tmp_path / "origin.git"
    company("clone", "-q", "--bare", str(company.tree), str(bare))
    origin = Git(bare)
    asked = {**OFF, "BELLHOP_KNOWLEDGE_URL": str(bare), "BELLHOP_KNOWLEDGE_SUBFOLDER": "knowledge"}
    ran = run("knowledge", "gaps", "--push", **asked)
    assert ran.code == 1 and "bellhop knowledge sync" in ran.err
    run("knowledge", "sync", **asked)
    ran = run("knowledge", "gaps", "--push", **asked)
    (branch,) = origin.drafts()
    assert f"{branch}: pushed" in ran.out and origin("rev-list", "--count", f"main..{branch}") == "1"
    assert "stands there already" in run("knowledge", "gaps", "--push", **asked).out

    run("ask", "--as", "chloe.martin@brightwater.example", "my badge cannot open the garage door", **asked)
    first = origin("rev-parse", branch)
    ran = run("knowledge", "gaps", "--push", **asked)
    assert "written anew" in ran.out and f"{branch}: pushed" in ran.out and origin("rev-parse", branch) != first

    theirs = Git(tmp_path / "theirs")
    subprocess.run(["git", "clone", "-q", "-b", branch, str(bare), str(theirs.tree)], check=True, env={"PATH": os.environ["PATH"]})
    (theirs.tree / "README.md").write_text("a human's words\n")
    theirs("commit", "-aqm", "Better")
    theirs("push", "-q")
    tip = origin("rev-parse", branch)
    run("ask", "--as", "kenji.watanabe@brightwater.example", "which badge can open the garage door", **asked)
    ran = run("knowledge", "gaps", "--push", **asked)
    assert "somebody has worked on it there" in ran.out and origin("rev-parse", branch) == tip
    run("knowledge", "sync", **asked)
    assert "nothing new" in run("knowledge", "gaps", "--branches", **asked).out, "a pull leaves the branches alone"


def test_a_branch_that_was_deleted_there_is_not_pushed_again(run: Run, company: Git, asked: dict[str, str], tmp_path: Path) -> None:
    asked = {**OFF, "BELLHOP_KNOWLEDGE_URL": str(company.tree), "BELLHOP_KNOWLEDGE_SUBFOLDER": "knowledge"}
    run("knowledge", "sync", **asked)
    run("knowledge", "gaps", "--push", **asked)
    (branch,) = company.drafts()
    company("branch", "-qD", branch)
    assert "left alone, it was deleted there" in run("knowledge", "gaps", "--push", **asked).out and company.drafts() == []
