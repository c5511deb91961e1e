"""`bellhop knowledge …` and a served desk whose knowledge comes from a repository, as an operator meets them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT

ARTICLE = """---
title: {title}
owner: mei.lin@brightwater.example
audience: [everyone]
reviewed: 2026-11-01
review_every: 1 year
asked_as: [{line}, "{line} please"]
---

{text}
"""
SECRET = "swordfish"
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in a repository of its own, `company`, with one article in it."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Mei"), ("EMAIL", "m@b.example"))}
    folder = tmp_path / "company"
    folder.mkdir()

    def run(*arguments: str) -> str:
        env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who}
        return subprocess.run(["git", "-C", str(folder), *arguments], env=env, capture_output=True, text=True, check=True).stdout.strip()

    run("init", "-q", "-b", "main")
    publish(run, folder, printer=("Printer", "switch the printer on", "1. Switch the printer on at the back."))
    return run


def publish(git: Git, folder: Path, **articles: tuple[str, str, str]) -> str:
    for name, (title, line, text) in articles.items():
        (folder / f"{name}.md").write_text(ARTICLE.format(title=title, line=line, text=text))
    git("add", "-A")
    git("commit", "-q", "-m", "words")
    return git("rev-parse", "HEAD")


def settings(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"BELLHOP_KNOWLEDGE_URL": str(tmp_path / "company"), "BELLHOP_EMBEDDING": "off", **more}


def test_sync_says_what_came_and_what_was_left_out(run, git, tmp_path):
    (tmp_path / "company" / "bad.md").write_text("---\naudience: [\n---\nx")
    commit = publish(git, tmp_path / "company")
    ran = run("knowledge", "sync", **settings(tmp_path))
    assert ran.code == 0 and f"stands at {commit[:12]}: 2 files new or changed" in ran.out and "left out: bad.md:" in ran.out
    assert "Nothing new" in run("knowledge", "sync", **settings(tmp_path)).out
    told = run("ask", "--as", "john.smith@brightwater.example", "how do I switch the printer on", "--json", **settings(tmp_path)).out
    assert "at the back" in told
    (tmp_path / "company").rename(tmp_path / "gone")
    ran = run("knowledge", "sync", **settings(tmp_path))
    assert ran.code == 1 and "The knowledge was not fetched." in ran.err
    doctor = run("doctor", **settings(tmp_path))
    assert "WARNING  Knowledge repository: Git says" in doctor.out and f"serving {commit[:12]}" in doctor.out
    ran = run("knowledge", "sync")
    assert ran.code == 1 and "BELLHOP_KNOWLEDGE_URL is not set" in ran.err


def test_the_answer_in_the_ledger_names_the_commit(run, git, tmp_path):
    run("ask", "--as", "john.smith@brightwater.example", "how do I switch the printer on", **settings(tmp_path))
    with sqlite3.connect(tmp_path / "data" / "bellhop.db") as record:
        entries = [row[0] for row in record.execute("select data from entries where kind = 'answer'")]
    assert len(entries) == 1 and git("rev-parse", "HEAD") in entries[0]


def test_check_writes_a_report_and_knows_its_base(run, git, tmp_path):
    folder = tmp_path / "company"
    (folder / "golden.yaml").write_text("- ask: how to switch on our printer\n  answer: printer.md\n")
    publish(git, folder)
    publish(git, folder, printer=("Scanner", "lift the scanner lid", "Lift the lid of the scanner."))
    ran = run(
        "knowledge", "check", "--knowledge", folder, "--base", "HEAD~1", "--markdown", tmp_path / "report.md", BELLHOP_EMBEDDING="off"
    )
    assert ran.code == 1 and "1 that did not at HEAD~1" in ran.out
    assert "#### Fails now (1)" in (tmp_path / "report.md").read_text()
    ran = run("check", "--knowledge", folder, BELLHOP_EMBEDDING="off")
    assert ran.code == 1 and "fails now: “how to switch on our printer”" in ran.out
    ran = run("knowledge", "check", "--knowledge", folder, "--base", "nowhere", BELLHOP_EMBEDDING="off")
    assert ran.code == 1 and "there is no revision 'nowhere' here" in ran.err


@pytest.fixture
def served(git: Git, tmp_path: Path) -> Iterator[str]:
    """Address of a desk that serves the repository's knowledge."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "BELLHOP_DATA_DIR": str(tmp_path / "data"), "BELLHOP_KNOWLEDGE_WEBHOOK_SECRET": SECRET}
    env |= settings(tmp_path, BELLHOP_KNOWLEDGE_MINUTES="0")
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen([sys.executable, "-m", "bot", "serve", "--port", "0"], env=env, cwd=tmp_path, stderr=log, text=True)
    try:
        until(lambda: "Ready: " in (tmp_path / "log").read_text() or process.poll() is not None)
        yield (tmp_path / "log").read_text().split("Ready: ")[1].split()[0].rstrip(",")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (tmp_path / "log").read_text()
        log.close()


def until(what: Callable[[], object]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def ring(address: str, secret: str) -> int:
    body = json.dumps({"ref": "refs/heads/main"}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(f"{address}/hooks/knowledge", body, {"X-Hub-Signature-256": signature, "Host": "kb.example"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def page(address: str, path: str) -> int:
    try:
        with urllib.request.urlopen(f"{address}/knowledge/{path}?as=john.smith@brightwater.example") as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_push_and_a_signed_ring_bring_an_article_to_a_running_desk(served, git, tmp_path):
    state = tmp_path / "data" / "knowledge" / "current" / ".commit"
    now = publish(git, tmp_path / "company", scanner=("Scanner", "lift the scanner lid", "Lift the lid of the scanner."))
    assert ring(served, SECRET) == 202
    until(lambda: state.read_text().strip() == now)
    until(lambda: page(served, "scanner.md") == 200)
    later = publish(git, tmp_path / "company", gate=("Gate", "open the gate", "Open the gate with your badge."))
    assert ring(served, "wrong") == 403
    time.sleep(0.5)
    assert state.read_text().strip() == now
    assert ring(served, SECRET) == 202
    until(lambda: state.read_text().strip() == later)
    until(lambda: page(served, "gate.md") == 200)
    assert SECRET not in (tmp_path / "log").read_text()
