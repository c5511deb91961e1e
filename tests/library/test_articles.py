import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bot.library.articles import EVERYONE, BadArticle, article_files, parse, read

GOOD = """---
title: Guest Wi-Fi
owner: mei.lin@brightwater.example
audience: [everyone]
reviewed: 2026-07-20
review_every: 1 year
asked_as:
  - wifi for visitors
---

1. Join **Brightwater-Guest**.
"""


def said(text: str, checked: bool = True) -> str:
    with pytest.raises(BadArticle) as caught:
        parse(text.encode("utf-8", "surrogatepass"), "wifi/guest.md", checked=checked)
    return str(caught.value)


def test_a_good_article_has_everything_it_says():
    article = parse(GOOD.encode(), "wifi/guest.md", checked=True)
    assert (article.title, article.owner, article.audience) == ("Guest Wi-Fi", "mei.lin@brightwater.example", EVERYONE)
    assert article.due.isoformat() == "2027-07-20"
    assert article.asked_as == ("wifi for visitors",)
    assert article.passages[0].steps


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("owner: mei.lin@brightwater.example", "owner: Mei", "wifi/guest.md:3: owner: should be an e-mail address"),
        ("reviewed: 2026-07-20", "reviewed: last summer", "wifi/guest.md:5: reviewed: should be a day"),
        ("reviewed: 2026-07-20", "reviewed: 2026-13-40", "wifi/guest.md"),
        ("review_every: 1 year", "review_every: often", "wifi/guest.md:6: review_every: should be a span"),
        ("title: Guest Wi-Fi\n", "", "title is missing"),
        ("audience: [everyone]", "audience: []", "wifi/guest.md:4: audience"),
        ("audience: [everyone]", "audience: [Every One]", "wifi/guest.md:4: audience (item 1)"),
        ("audience:", "audence:", "wifi/guest.md:4: audence is not a field of an article"),
        ("  - wifi for visitors", "  - [x", "wifi/guest.md:"),
        ("1. Join **Brightwater-Guest**.", "<!-- nothing -->", "has no text"),
        ("---\ntitle", "title", "starts with no front matter"),
        ("visitors\n---", "visitors\n", "never closed"),
    ],
)
def test_each_mistake_is_named_by_file_and_line(was, becomes, sentence):
    assert was in GOOD
    assert sentence.split(":")[0] in said(GOOD.replace(was, becomes))
    assert sentence in said(GOOD.replace(was, becomes)) or "never closed" in sentence


def test_all_mistakes_are_told_at_once():
    assert len(said(GOOD.replace("owner: mei.lin@brightwater.example", "owner: x").replace("1 year", "often")).splitlines()) == 2


@pytest.mark.parametrize("front", ["audience: it-helpdesk\nbroken: [", "Audience: it", "audiences: [hr]", "audience: {a: 1}", "audience:"])
def test_a_foreign_page_whose_audience_is_not_understood_is_nobodys(front):
    text = f"---\n{front}\n---\n\nSecret words."
    assert "front matter" in said(text, checked=False) or "who may read it" in said(text, checked=False)


def test_a_page_of_ours_with_a_misspelt_audience_is_left_out_even_when_lenient():
    assert "audence" in said(GOOD.replace("audience:", "audence:"), checked=False)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (b"# Fix the printer\n\nTurn it on.", "Fix the printer"),
        (b"Fix it\n======\n\nTurn it on.", "Fix it"),
        (b"Turn it on.", "some page"),
        (b"---\ntitle: Printer: the story\ndate: [\n---\nTurn it on.", "Printer: the story"),
        (b"---\ntitle: 42\nlayout: x\n---\nTurn it on.", "42"),
        ("---\ntitle: Café\n---\nTurn it on.".encode("cp1252"), "Café"),
        ("# Weit\n\nAn.".encode("utf-16"), "Weit"),
        (b"\xef\xbb\xbf# With a mark\n\nAn.", "With a mark"),
        (b"---\r\ntitle: Old Mac\r\n---\r\nTurn it on.\r\n", "Old Mac"),
    ],
)
def test_foreign_pages_are_read_as_they_are(raw, title):
    assert parse(raw, "topic/some-page.md").title == title


@pytest.mark.parametrize("raw", [b"\x00\x01\x02", b"", b"   \n\n", b"![only a picture](x.png)"])
def test_what_is_no_text_is_refused_with_a_sentence(raw):
    with pytest.raises(BadArticle, match=r"topic/x\.md"):
        parse(raw, "topic/x.md")


def test_front_matter_that_nests_without_end_is_refused():
    assert "front matter" in said("---\ntitle: " + "[" * 9000 + "\n---\nx", checked=True)


def test_files_that_are_no_articles_are_passed_over(tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("secret")
    folder = tmp_path / "kb"
    for name in ("README.md", "a/README.md", "a/b.md", ".git/x.md", "a/.hidden.md", "c.txt", "D.MD"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")
    (folder / "link.md").symlink_to(outside)
    assert [f.relative_to(folder).as_posix() for f in article_files(folder)] == ["D.MD", "a/README.md", "a/b.md"]


def test_a_huge_file_is_refused_by_its_size(tmp_path):
    (tmp_path / "big.md").write_bytes(b"a" * 2_000_001)
    with pytest.raises(BadArticle, match=r"big.md: is 2.0 MB"):
        read(tmp_path / "big.md", tmp_path)


def test_an_article_of_very_many_lines_is_refused():
    with pytest.raises(BadArticle, match=r"long.md: has 20,001 lines"):
        parse(b"- a\n" * 20_001, "long.md")


SLOW = (
    *("\u00a0" * 300_000 + "x", "# a" + " " * 300_000 + "x", "# " + "{#" * 150_000, "# a" + " {#" * 100_000, "<br " * 80_000),
    *("<br\n" * 15_000, "{{" * 150_000, "{%" * 150_000, "{:" * 150_000, "::: a " * 60_000, "[!INCLUDE[" * 30_000, "<" * 300_000),
    *('<a b="' * 50_000, "<!--" * 80_000, "<script>" * 40_000, "<<b>script>" * 30_000, "[" * 300_000, "![a](x(y)" * 30_000),
    *('[a](b "' * 40_000, "`" * 300_000, "*a " * 100_000, "a" + "\u0301" * 150_000, "a." * 150_000, "Ab" * 150_000),
    *("out of the " * 30_000 + "ffice", "---\n" + " " * 300_000, "# a\n\n" + "-" * 300_000),
)
"""Pages that are read in time that grows with the square of their length where a pattern looks at them again and again."""


def test_a_page_made_to_be_slow_takes_no_more_time_than_its_length():
    read = "import sys; from bot.library.articles import parse; from bot.library.index import Counting, Vocabulary\n"
    read += "for page in sys.stdin.buffer.read().split(b'\\0'): Counting(Vocabulary()).add(parse(b'So.\\n\\n' + page, 'a.md'))"
    done = subprocess.run(
        [sys.executable, "-c", read],
        input="\0".join(SLOW).encode(),
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),  # of processor time; one bad pattern takes more
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
