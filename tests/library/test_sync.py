"""The knowledge fetched from real repositories: pushes, force pushes, what is broken, unreachable or hostile."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import BadSettings, Busy
from bot.library import git as git_module
from bot.library.articles import LARGEST
from bot.library.commit import commit_of
from bot.library.git import GitFailed, git
from bot.library.pulling import Pulling
from bot.library.search import FolderLibrary, open_library
from bot.library.sync import Source, Sync, SyncFailed
from bot.settings import load

EVERYONE = frozenset({"everyone"})
WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Mei"), ("EMAIL", "mei@b.example"))}


@dataclass
class Repository:
    """A repository of the company's, with a working tree."""

    folder: Path

    def git(self, *arguments: str, given: str = "") -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_GLOBAL": os.devnull, **WHO}
        command = ["git", "-C", str(self.folder), "-c", "protocol.file.allow=always", *arguments]
        return subprocess.run(command, env=env, input=given, capture_output=True, text=True, check=True).stdout.strip()

    def push(self, **files: str) -> str:
        """Writes the files (`__` is a slash, `.md` is added), commits, and returns the commit."""
        for name, text in files.items():
            path = self.folder / (name.replace("__", "/") + ".md")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return self.commit()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "words")
        return self.git("rev-parse", "HEAD")

    def hang_in(self, mode: str, kind: str, content: str, name: str) -> str:
        """Commits a tree with an entry that no working tree would make; objects are written unchecked."""
        blob = self.git("hash-object", "-w", "--stdin", given=content) if kind == "blob" else content
        listing = self.git("ls-tree", "HEAD") + f"\n{mode} {kind} {blob}\t{name}\n"
        tree = self.git("mktree", "--missing", given=listing)
        commit = self.git("commit-tree", tree, "-p", "HEAD", "-m", "hostile")
        self.git("update-ref", "refs/heads/main", commit)
        return commit


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "company")
    made.folder.mkdir()
    made.git("init", "-q", "-b", "main")
    made.push(printer="# Printer\n\nSwitch the printer on at the back.", vpn__tunnel="# Tunnel\n\nOpen the tunnel with GlobalProtect.")
    return made


@pytest.fixture
def sync(repository: Repository, tmp_path: Path) -> Sync:
    return Sync(Source(str(repository.folder)), tmp_path / "data" / "knowledge")


def texts(folder: Path) -> dict[str, str]:
    root = folder.resolve()
    return {p.relative_to(root).as_posix(): p.read_text() for p in sorted(root.rglob("*")) if p.is_file() and not p.name.startswith(".")}


def test_a_push_becomes_visible_and_answers_name_their_commit(repository: Repository, sync: Sync) -> None:
    sync.prepare()
    library = FolderLibrary(sync.folder)
    first = library.find("switch the printer on", EVERYONE)
    assert first.ranking == ("printer.md",) and first.commit == repository.git("rev-parse", "HEAD") == sync.commit
    commit = repository.push(scanner="# Scanner\n\nLift the lid of the scanner.")
    (repository.folder / "printer.md").unlink()
    commit = repository.commit()
    pulled = sync.pull()
    assert (pulled.before, pulled.after, pulled.changed, pulled.gone) == (first.commit, commit, 1, 1)
    library.refresh()
    found = library.find("lift the lid of the scanner", EVERYONE)
    assert found.ranking[0] == "scanner.md" and found.commit == commit
    assert library.find("switch the printer on", EVERYONE).answer is None
    assert sync.pull().changed == 0


def test_only_what_changed_is_read_again(repository: Repository, sync: Sync, tmp_path: Path) -> None:
    sync.prepare()
    library = open_library(sync.folder, cache_dir=tmp_path / "index")
    tunnel = sync.folder / "vpn" / "tunnel.md"
    before = tunnel.stat()
    kept = library.view(EVERYONE).index.by_path["vpn/tunnel.md"]
    repository.push(printer="# Printer\n\nSwitch the printer on at the front.")
    sync.pull()
    library.refresh()
    assert (tunnel.stat().st_mtime_ns, tunnel.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert library.view(EVERYONE).index.by_path["vpn/tunnel.md"] is kept
    assert "front" in library.view(EVERYONE).index.by_path["printer.md"].passages[0].text
    counted: list[str] = []
    again = open_library(sync.folder, cache_dir=tmp_path / "index", progress=counted.append)
    assert again.size == 2 and again.commit == sync.commit


def test_a_force_push_is_followed_back_and_forth(repository: Repository, sync: Sync) -> None:
    first = repository.git("rev-parse", "HEAD")
    sync.prepare()
    second = repository.push(printer="# Printer\n\nThrow it away.")
    sync.pull()
    repository.git("reset", "-q", "--hard", first)
    third = repository.push(other="# Other\n\nAnother history.")
    assert sync.pull().after == third and "printer.md" in texts(sync.folder) and "Throw" not in texts(sync.folder)["printer.md"]
    repository.git("reset", "-q", "--hard", second)
    sync.pull()
    assert texts(sync.folder).keys() == {"printer.md", "vpn/tunnel.md"} and "Throw" in texts(sync.folder)["printer.md"]


def test_branch_and_subfolder(repository: Repository, tmp_path: Path) -> None:
    repository.git("checkout", "-q", "-b", "docs/next")
    repository.push(vpn__tunnel="# Tunnel\n\nOn the branch.")
    one = Sync(Source(str(repository.folder), "docs/next", "vpn"), tmp_path / "a")
    one.prepare()
    assert texts(one.folder) == {"tunnel.md": "# Tunnel\n\nOn the branch."}
    for branch, subfolder, said in (("no", "", "remote ref"), ("", "no", "no"), ("", "printer.md", "not a tree")):
        with pytest.raises(SyncFailed, match=said):
            Sync(Source(str(repository.folder), branch, subfolder), tmp_path / "b").pull()


def test_a_broken_article_is_left_out_and_the_rest_stays(repository: Repository, sync: Sync) -> None:
    repository.push(printer="---\ntitle: [\naudience: [hr]\n---\nSecret.", scanner="# Scanner\n\nLift the lid.")
    sync.prepare()
    library = FolderLibrary(sync.folder)
    assert library.size == 2 and [p.split(":")[0] for p in library.problems] == ["printer.md"]


@pytest.mark.parametrize("why", ["Host key verification failed.", "git@kb.example: Permission denied (publickey)."])
def test_what_ssh_says_against_it_is_told(why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git itself only says that it could not read; the line before says why."""
    script = tmp_path / "ssh"
    script.write_text(f"#!/bin/sh\necho Warning: a banner >&2\necho '{why}' >&2\nexit 255\n")
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    with pytest.raises(SyncFailed, match=re.escape(why)):
        Sync(Source("git@kb.example:kb.git", "main", ""), tmp_path / "kb").pull()


def test_unreachable_keeps_serving_and_says_so(repository: Repository, sync: Sync, tmp_path: Path) -> None:
    sync.prepare()
    served = texts(sync.folder)
    repository.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(SyncFailed, match="was not fetched"):
        sync.pull()
    assert texts(sync.folder) == served and sync.state.failed and sync.state.fetched < sync.state.tried
    with pytest.raises(GitFailed):
        sync.reach()
    (tmp_path / "elsewhere").rename(repository.folder)
    sync.pull()
    assert sync.state.failed == ""


def test_nothing_there_at_the_first_start_serves_nothing_and_recovers(tmp_path: Path, repository: Repository) -> None:
    repository.folder.rename(tmp_path / "elsewhere")
    sync = Sync(Source(str(repository.folder)), tmp_path / "data")
    sync.prepare()
    library = FolderLibrary(sync.folder)
    assert library.size == 0 and sync.commit == ""
    (tmp_path / "elsewhere").rename(repository.folder)
    sync.pull()
    library.refresh()
    assert library.size == 2


def test_another_source_does_not_serve_the_first_ones_articles(repository: Repository, sync: Sync, tmp_path: Path) -> None:
    sync.prepare()
    other = Sync(Source(str(tmp_path / "nowhere")), tmp_path / "data" / "knowledge")
    other.prepare()
    assert texts(other.folder) == {}


def test_an_emptied_repository_empties_nothing(repository: Repository, sync: Sync) -> None:
    sync.prepare()
    repository.git("rm", "-q", "-r", ".")
    repository.commit()
    with pytest.raises(SyncFailed, match="there is no article"):
        sync.pull()
    assert len(texts(sync.folder)) == 2


def test_links_submodules_huge_files_and_wild_names_stay_outside(repository: Repository, sync: Sync, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n\nThe password is swordfish.")
    (repository.folder / "passwd.md").symlink_to("/etc/passwd")
    (repository.folder / "out.md").symlink_to(tmp_path / "secret.md")
    (repository.folder / "etc").symlink_to("/etc")
    (repository.folder / "synonyms.txt").symlink_to("/etc/passwd")
    (repository.folder / "huge.md").write_text("# Huge\n\n" + "x" * (LARGEST + 1))
    (repository.folder / "back\\slash.md").write_text("# B\n\nText.")
    (repository.folder / "new\nline.md").write_text("# N\n\nText.")
    (repository.folder / ".commit").write_text("0" * 40)
    (repository.folder / ".gitattributes").write_text("*.md filter=evil\n")
    (repository.folder / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = /etc\n')
    repository.git("config", "filter.evil.smudge", f"touch {tmp_path}/pwned")
    repository.commit()
    commit = repository.hang_in("160000", "commit", "1" * 40, "module")
    sync.prepare()
    assert texts(sync.folder).keys() == {"printer.md", "vpn/tunnel.md"}
    assert sync.commit == commit_of(sync.folder.resolve()) == commit
    assert not any(p.is_symlink() for p in sync.folder.resolve().rglob("*"))
    left = "\n".join(sync.state.left_out)
    for name in (
        "passwd.md: is a link",
        "etc: is a link",
        "synonyms.txt: is a link",
        "huge.md: is 2.0 MB",
        "module: is another",
        "slash.md: has a",
    ):
        assert name in left
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "."])
def test_a_tree_that_climbs_out_is_refused_whole(repository: Repository, sync: Sync, tmp_path: Path, name: str) -> None:
    sync.prepare()
    served = texts(sync.folder)
    tree = repository.git("rev-parse", "HEAD:vpn")
    blob = bytes.fromhex(tree)
    raw = b"40000 " + name.encode() + b"\0" + blob
    made = subprocess.run(
        ["git", "-C", str(repository.folder), "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        input=raw, capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    commit = repository.git("commit-tree", made, "-m", "climb")
    repository.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(SyncFailed):
        sync.pull()
    assert texts(sync.folder) == served
    assert not list((tmp_path / "data").rglob("tunnel.md/..")) and not (tmp_path / "data" / "knowledge" / "trees" / "tunnel.md").exists()


def test_no_hook_and_no_configuration_of_this_machine_runs(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap, template = tmp_path / "trap", tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    home = tmp_path / "home"
    home.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc", "post-rewrite"):
        for hook in (template / name, repository.folder / ".git" / "hooks" / name):
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
            hook.chmod(0o755)
    (home / ".gitconfig").write_text(f"[init]\n\ttemplateDir = {template.parent}\n[core]\n\tfsmonitor = touch {trap}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(template.parent))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    sync = Sync(Source(str(repository.folder)), tmp_path / "data")
    sync.prepare()
    repository.push(new="# New\n\nText.")
    trap.unlink(missing_ok=True)  # the company's own hooks may run where the company commits
    assert sync.pull().changed == 1
    assert not trap.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://kb.example/x.git",
        "git://kb.example/x",
        "ext::sh -c x",
        "--upload-pack=x",
        "http://localhost.kb.example/x",
        "ftp://127.0.0.1/x",
    ],
)
def test_settings_refuse_addresses_that_anyone_could_answer(url: str) -> None:
    with pytest.raises(BadSettings, match="KNOWLEDGE_URL"):
        load(knowledge_url=url)


def test_the_address_is_a_secret_and_all_usual_ones_are_taken() -> None:
    for url in (
        "https://mei:swordfish@kb.example/x.git",
        "git@kb.example:it/kb.git",
        "ssh://git@kb.example/x",
        "kb",
        "/srv/kb",
        "file:///kb",
    ):
        assert "kb" not in str(load(knowledge_url=url).knowledge_url)


@pytest.mark.parametrize(
    ("field", "value"), [("knowledge_branch", "--exec=x"), ("knowledge_branch", "a b"), ("knowledge_subfolder", "../x")]
)
def test_settings_refuse_branches_and_folders_that_are_none(field: str, value: str) -> None:
    with pytest.raises(BadSettings, match=field.upper()):
        load(**{field: value})


@pytest.mark.parametrize("url", ["ext::sh -c 'touch pwned'", "git://127.0.0.1/x", "ftp://127.0.0.1/x"])
def test_other_protocols_are_never_spoken(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Source(url).protocol in ("file", "none")
    with pytest.raises(SyncFailed):
        Sync(Source(url), tmp_path / "data").pull()
    assert not (tmp_path / "pwned").exists()
    (tmp_path / "r.git").mkdir()
    with pytest.raises(GitFailed):
        git("ls-remote", "--", url, repository=tmp_path / "r.git", protocols="https", seconds=10)
    assert not (tmp_path / "pwned").exists()


def test_credentials_are_in_no_log_file_message_or_command_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[list[str]] = []
    real = subprocess.Popen

    def noting(command: list[str], **options: object) -> object:
        seen.append(command)
        return real(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(git_module.subprocess, "Popen", noting)
    source = Source("http://mei:swordfish@127.0.0.1:9/knowledge.git")
    sync = Sync(source, tmp_path / "data")
    sync.prepare()
    with pytest.raises(SyncFailed) as failed:
        sync.pull()
    told = [str(failed.value), caplog.text, repr(source), repr(seen), json.dumps(sync.state.failed)]
    told += [p.read_bytes().decode("latin-1") for p in (tmp_path / "data").rglob("*") if p.is_file()]
    assert seen and not any("swordfish" in text for text in told)
    assert "127.0.0.1" in str(failed.value)


def test_git_is_stopped_when_it_takes_too_long_or_too_much(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "sleep 60 #")
    asked = {"repository": tmp_path / "r.git", "protocols": "ssh", "config": {"remote.origin.url": "git@127.0.0.1:x"}}
    with pytest.raises(GitFailed, match="in time"):
        git("ls-remote", "origin", seconds=0.5, **asked)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(GitFailed, match="was stopped"):
        git("ls-remote", "origin", stop=stop, **asked)
    monkeypatch.setattr(git_module, "LARGEST_REPOSITORY", 1)
    with pytest.raises(GitFailed, match="larger"):
        git("ls-remote", "origin", watched=repository.folder, **asked)


def test_a_process_that_died_on_the_way_leaves_nothing_in_the_way(repository: Repository, sync: Sync) -> None:
    sync.prepare()
    data = sync.folder.parent
    (data / "repository.git" / "shallow.lock").touch()
    (data / "repository.git" / "refs" / "bellhop" / "next.lock").parent.mkdir(exist_ok=True)
    (data / "repository.git" / "refs" / "bellhop" / "next.lock").touch()
    (data / "trees" / ".part").mkdir()
    (data / "trees" / ".part" / "old.md").write_text("# Old")
    (data / ".next").symlink_to("trees")
    repository.push(scanner="# Scanner\n\nLift the lid.")
    assert sync.pull().changed == 1
    assert texts(sync.folder).keys() == {"printer.md", "scanner.md", "vpn/tunnel.md"}


def test_a_damaged_copy_of_the_repository_is_made_anew(repository: Repository, sync: Sync) -> None:
    sync.prepare()
    repository.push(scanner="# Scanner\n\nLift the lid.")
    for pack in (sync.folder.parent / "repository.git" / "objects").rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"rubbish")
    for _ in range(3):
        try:
            sync.pull()
        except SyncFailed:
            continue
    assert "scanner.md" in texts(sync.folder)


def test_two_at_once_one_waits_for_nothing(sync: Sync) -> None:
    with sync._alone(), pytest.raises(Busy):
        sync.pull()
    assert sync.pull().changed == 2


def test_old_copies_go_and_a_reader_of_the_last_one_may_finish(repository: Repository, sync: Sync) -> None:
    sync.prepare()
    for number in range(6):
        old = sync.folder.resolve()
        repository.push(printer=f"# Printer\n\nVersion {number}.")
        sync.pull()
        assert (old / "printer.md").read_text() and old != sync.folder.resolve()
    assert len(list((sync.folder.parent / "trees").iterdir())) == 3


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.02)


async def test_in_the_background_a_ring_brings_what_is_new(
    repository: Repository, sync: Sync, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sync.prepare()
    library = FolderLibrary(sync.folder)
    pulling = Pulling(sync, library, minutes=0)
    pulling.start()
    commit = repository.push(bad="---\naudience: [hr\n---\nSecret.")
    pulling.wake()
    await until(lambda: library.commit == commit)
    repository.folder.rename(tmp_path / "elsewhere")
    pulling.wake()
    await until(lambda: "was not fetched" in caplog.text)
    assert library.size == 2 and "left out of the knowledge: bad.md" in caplog.text
    (tmp_path / "elsewhere").rename(repository.folder)
    commit = repository.push(more="# More\n\nText.")
    pulling.wake()
    await until(lambda: library.commit == commit)
    assert caplog.text.count("left out of the knowledge: bad.md") == 1
    await pulling.stop()


async def test_the_schedule_pulls_without_a_ring(repository: Repository, sync: Sync) -> None:
    sync.prepare()
    library = FolderLibrary(sync.folder)
    pulling = Pulling(sync, library, minutes=0.005)
    pulling.start()
    for number in range(2):
        commit = repository.push(printer=f"# Printer\n\nVersion {number}.")
        await until(lambda wanted=commit: library.commit == wanted)
    await pulling.stop()
