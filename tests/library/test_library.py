"""The folder as it changes, the cache, and what a broken file does."""

import os
import subprocess
import time

import pytest

from bot.errors import BadInput
from bot.library import cache
from bot.library.search import open_library

EVERYONE = frozenset({"everyone"})


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(BadInput, match="There is no folder"):
        open_library(tmp_path / "nowhere")


def test_an_empty_folder_knows_nothing(tmp_path):
    found = open_library(tmp_path).find("anything", EVERYONE)
    assert (found.answer, found.score, found.ranking) == (None, 0.0, ())


def test_broken_files_are_reported_and_the_rest_stays(write, opened, tmp_path):
    write("good.md", "Printer", "Switch it on.")
    write("bad.md", "Vpn", "Open it.").write_text("---\naudience: {a: b}\n---\nSecret vpn")
    (tmp_path / "kb/binary.md").write_bytes(b"\x00\x01")
    library = opened()
    assert library.size == 1
    assert sorted(p.split(":")[0] for p in library.problems) == ["bad.md", "binary.md"]
    assert library.find("vpn", EVERYONE).ranking == ()


async def test_changes_are_seen_within_a_second(write, opened, tmp_path):
    file = write("p.md", "Printer", "Switch it on.")
    library = opened()
    write("vpn.md", "Tunnel", "Open the tunnel.")
    file.unlink()
    time.sleep(1.05)
    assert (await library.search("tunnel", EVERYONE)).ranking == ("vpn.md",)
    assert (await library.search("printer", EVERYONE)).ranking == ()


def test_an_article_that_becomes_restricted_is_gone_at_once(write, opened):
    write("p.md", "Printer", "Switch it on.")
    library = opened()
    assert library.find("printer", EVERYONE).ranking == ("p.md",)
    write("p.md", "Printer", "Switch it on.", audience="it-helpdesk")
    assert library.refresh()
    assert library.find("printer", EVERYONE).ranking == ()


def test_an_article_that_breaks_is_left_out_and_comes_back_when_mended(write, opened):
    file = write("p.md", "Printer", "Switch it on.")
    library = opened()
    good = file.read_text()
    file.write_text(good.replace("owner:", "ovner:"))
    library.refresh()
    assert library.size == 0
    assert library.problems
    file.write_text(good)
    library.refresh()
    assert (library.size, library.problems) == (1, ())


def test_a_company_synonym_counts_as_soon_as_it_is_written(write, opened, tmp_path):
    write("p.md", "Intranet", "Open the intranet.")
    library = opened()
    assert library.find("beacon", EVERYONE).ranking == ()
    (tmp_path / "kb/synonyms.txt").write_text("beacon, intranet\n")
    library.refresh()
    assert library.find("beacon", EVERYONE).ranking == ("p.md",)


def test_the_second_start_reads_the_cache_and_answers_the_same(write, opened, tmp_path):
    write("p.md", "Printer", "# Top\n\nSwitch it on.\n\n## Deep\n\n1. a\n2. b", actions="ticket.create")
    write("s.md", "Secret", "Hidden words.", audience="it-helpdesk")
    one = opened(cache_dir=tmp_path / "cache")
    one.close()
    said = []
    kept = cache.load(cache.cache_file(tmp_path / "cache", tmp_path / "kb"))
    assert kept.articles == one.view(EVERYONE).index.articles
    two = opened(cache_dir=tmp_path / "cache", progress=said.append)
    for audiences in (EVERYONE, frozenset({"it-helpdesk"})):
        assert one.find("switch printer hidden", audiences) == two.find("switch printer hidden", audiences)


def test_a_change_between_two_starts_is_read_though_there_is_a_cache(write, opened, tmp_path):
    write("p.md", "Printer", "Switch it on.")
    opened(cache_dir=tmp_path / "cache").close()
    write("p.md", "Printer", "Switch it on.", audience="it-helpdesk")
    assert opened(cache_dir=tmp_path / "cache").find("printer", EVERYONE).ranking == ()


@pytest.mark.parametrize("junk", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_a_damaged_cache_is_made_anew(write, opened, tmp_path, junk):
    write("p.md", "Printer", "Switch it on.")
    opened(cache_dir=tmp_path / "cache").close()
    cache.cache_file(tmp_path / "cache", tmp_path / "kb").write_bytes(junk)
    assert opened(cache_dir=tmp_path / "cache").find("printer", EVERYONE).ranking == ("p.md",)


def test_the_answer_names_the_commit(write, opened, tmp_path):
    write("p.md", "Printer", "Switch it on.")

    def git(*arguments: str) -> str:
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(["git", *arguments], cwd=tmp_path / "kb", check=True, capture_output=True, env=env)
        return done.stdout.decode().strip()

    git("init", "-q")
    git("add", ".")
    git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "first")
    head = git("rev-parse", "HEAD")
    assert opened().find("printer", EVERYONE).commit == head
    git("pack-refs", "--all")
    assert opened().commit == head
    git("checkout", "-q", "--detach")
    assert opened().commit == head
