"""Drafts as branches: nobody's work tree is touched, nobody's work overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.library.commit import repository_of
from bot.library.gaps.branches import Store, identity, into, store, write
from bot.library.gaps.draft import Draft
from tests.library.vain import Git, repository

DRAFT = Draft("printing/badge.md", b"words\n", "Draft: Badge\n\n3 people asked.", "e1", "aaaabbbb", ("BH-1001", "BH-1002"))
MORE = replace(DRAFT, content=b"more words\n", evidence="e2", tickets=("BH-1001", "BH-1002", "BH-1003"))
NAME = "knowledge-gap/badge-aaaabbbb"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return repository(tmp_path / "company")


def at(git: Git) -> Store:
    found, inside = repository_of(git.tree / "knowledge")
    assert found is not None
    return store(found, inside)


def wrote(git: Git, draft: Draft = DRAFT) -> tuple[str, str]:
    (one,) = write([draft], ["Badge"], at(git))
    return one.name, one.state


def test_one_branch_one_commit_one_file(git: Git) -> None:
    (git.tree / "knowledge/printing/toner.md").write_text("half a thought")
    (git.tree / "notes.txt").write_text("mine")
    git("add", "notes.txt")
    before = git.state()
    assert wrote(git) == (NAME, "new")
    assert git.state() == before and git.drafts() == [NAME]
    assert git("rev-list", "--count", f"main..{NAME}") == "1"
    assert git("diff", "--name-status", "main", NAME) == "A\tknowledge/printing/badge.md"
    assert git("show", f"{NAME}:knowledge/printing/badge.md") == "words"
    assert git("fsck", "--strict") == "" and git("log", "-1", "--format=%s", NAME) == "Draft: Badge"


def test_the_same_evidence_makes_nothing_new_and_more_of_it_writes_the_branch_anew(git: Git) -> None:
    wrote(git)
    tip = git("rev-parse", NAME)
    assert wrote(git) == (NAME, "as before") and git("rev-parse", NAME) == tip
    (git.tree / "README.md").write_text("new words\n")
    git("commit", "-aqm", "main moves on")
    assert wrote(git) == (NAME, "as before") and git("rev-parse", NAME) == tip
    assert wrote(git, replace(MORE, key="ccccdddd")) == (NAME, "updated"), "known by its tickets, whatever its name would be today"
    assert git("rev-list", "--count", f"main..{NAME}") == "1" and git("show", f"{NAME}:README.md") == "new words"


def test_evidence_that_is_no_longer_looked_at_takes_nothing_back(git: Git) -> None:
    wrote(git, MORE)
    assert wrote(git) == (NAME, "as before") and git("show", f"{NAME}:knowledge/printing/badge.md") == "more words"
    assert wrote(git, replace(MORE, evidence="e3")) == (NAME, "updated"), "an answer came"


@pytest.mark.parametrize(
    "how", ["commit on top", "amend", "amend the words only", "insert below", "add a file", "check it out", "a worktree of it", "stranger"]
)
def test_whoever_works_on_a_branch_keeps_it(git: Git, tmp_path: Path, how: str) -> None:
    if how == "stranger":
        git("branch", NAME)
    else:
        wrote(git)
    if how == "a worktree of it":
        git("worktree", "add", "-q", str(tmp_path / "other"), NAME)
    elif how not in ("stranger",):
        git("checkout", "-q", NAME)
    file = git.tree / "knowledge/printing/badge.md"
    if how == "commit on top":
        file.write_text("a human's words\n")
        git("commit", "-aqm", "Better")
    elif how == "amend":
        file.write_text("a human's words\n")
        git("commit", "-aq", "--amend", "--no-edit")
    elif how == "amend the words only":
        git("commit", "-q", "--amend", "-m", "Mine now")
    elif how == "add a file":
        (git.tree / "picture.txt").write_text("x")
        git("add", "-A")
        git("commit", "-q", "--amend", "--no-edit")
    elif how == "insert below":
        git("checkout", "-q", "main")
        (git.tree / "README.md").write_text("a human's words\n")
        git("commit", "-aqm", "below")
        git("checkout", "-q", NAME)
        git("rebase", "-q", "main")
    if how not in ("check it out", "a worktree of it", "stranger"):
        git("checkout", "-q", "main")
    before = git("rev-parse", NAME), git.state()
    assert wrote(git, MORE) == (NAME, "taken over")
    assert wrote(git) == (NAME, "taken over")
    assert (git("rev-parse", NAME), git.state()) == before


def test_an_article_that_is_there_is_changed_and_keeps_its_mode(git: Git) -> None:
    file = git.tree / "knowledge/printing/toner.md"
    file.chmod(0o755)
    git("commit", "-aqm", "strange, but theirs")
    wrote(git, replace(DRAFT, path="printing/toner.md"))
    assert git("diff", "--name-status", "main", NAME) == "M\tknowledge/printing/toner.md"
    assert git("ls-tree", NAME, "knowledge/printing/toner.md").startswith("100755")


def test_only_what_is_committed_is_added_to(git: Git) -> None:
    (git.tree / "knowledge/printing/new.md").write_text("not committed")
    kept = at(git)
    assert kept.content("printing/new.md") is None and (kept.content("printing/toner.md") or b"").startswith(b"---")
    assert kept.files() == {"printing/printer.md", "printing/toner.md", "printing/scan.md", "hr-it/dismissal.md"}


def test_new_folders_and_names_in_any_script(git: Git) -> None:
    wrote(git, replace(DRAFT, path="réseau/日本/a b.md"))
    assert git("-c", "core.quotePath=false", "diff", "--name-status", "main", NAME) == "A\tknowledge/réseau/日本/a b.md"
    assert git("show", "--stat", "--format=", "main..main") == ""


def test_where_the_repository_is_the_knowledge_base_itself(tmp_path: Path) -> None:
    git = repository(tmp_path / "kb", ".")
    found, inside = repository_of(git.tree)
    assert found is not None
    write([DRAFT], ["Badge"], store(found, inside))
    assert git("diff", "--name-status", "main", NAME) == "A\tprinting/badge.md"


def test_a_folder_that_is_not_committed_is_refused(git: Git, tmp_path: Path) -> None:
    found, _ = repository_of(git.tree)
    assert found is not None
    with pytest.raises(BadInput, match="use --into"):
        store(found, "elsewhere")
    git("init", "-q", str(tmp_path / "empty"))
    with pytest.raises(BadInput, match="use --into"):
        store(tmp_path / "empty/.git", "")


def test_commits_are_whom_git_knows_or_else_the_desks(git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert identity(git.tree / ".git") == ("Bellhop", "bellhop@desk.internal")
    wrote(git)
    assert git("log", "-1", "--format=%an %ae %cn", NAME) == "Bellhop bellhop@desk.internal Bellhop"
    (tmp_path / ".gitconfig").write_text("[user]\n name = Mei\n email = mei@b.example\n")
    assert identity(git.tree / ".git") == ("Mei", "mei@b.example")
    git("config", "user.name", "Team")
    git("config", "user.email", "team@b.example")
    assert identity(git.tree / ".git") == ("Team", "team@b.example")


def test_hooks_of_the_repository_do_not_run(git: Git, tmp_path: Path) -> None:
    for hook in ("reference-transaction", "post-commit", "pre-commit"):
        file = git.tree / ".git/hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        file.chmod(0o755)
    wrote(git)
    assert not (tmp_path / "ran").exists()


def test_without_git_files_are_written_and_none_overwritten(tmp_path: Path) -> None:
    assert [one.state for one in into([DRAFT], tmp_path / "drafts")] == ["new"]
    file = tmp_path / "drafts/printing/badge.md"
    assert file.read_bytes() == DRAFT.content and "3 people asked" in file.with_suffix(".evidence.txt").read_text()
    assert [one.state for one in into([DRAFT], tmp_path / "drafts")] == ["as before"]
    file.write_text("a human's words")
    assert [one.state for one in into([DRAFT], tmp_path / "drafts")] == ["taken over"] and file.read_text() == "a human's words"
