import os
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from bot.library.articles import LARGEST
from bot.library.asked import without
from bot.library.check import check, inspect

ACTIONS = {"ticket.create"}
TODAY = date(2026, 9, 1)


def problems(tmp_path: Path) -> list[str]:
    return check(tmp_path / "kb", ACTIONS, TODAY)


def test_a_good_folder_has_none(write, tmp_path):
    write("a.md", "Printer", "Switch it on. See [the other](b.md#top) and [the web](https://example.com).", actions="ticket.create")
    write("b.md", "Tunnel", "Open it. `[no](link.md)`")
    assert problems(tmp_path) == []


def test_each_kind_of_problem_is_found_where_it_is(write, tmp_path):
    text = "One two three four five six seven eight nine ten eleven twelve."
    body = f"{text}\n\nSee [gone](gone.md).\n\n![pic](pic.png)\n\n[out](../../etc/passwd)"
    write("a.md", "Printer", body, actions="door.open")
    write("b.md", "printer", text + " Thirteen.")
    write("c.md", "Broken", "x").write_text("no front matter")
    write("d.md", "Tunnel", "Open the tunnel.", reviewed="2025-01-01", asked="how to bake bread")
    found = "\n".join(problems(tmp_path))
    for expected in (
        "a.md:14: the link gone.md leads nowhere",
        "a.md:16: the image pic.png leads nowhere",
        "a.md:18: the link ../../etc/passwd leads nowhere",
        "a.md:1: offers the action door.open, which does not exist",
        "b.md:1: has the same title as a.md",
        "b.md:1: says nearly the same as a.md",
        "c.md:1: starts with no front matter",
        "warning: d.md:1: its review was due on 2025-06-30 (mei.lin@brightwater.example)",
    ):
        assert expected in found


def test_an_asked_as_line_that_finds_other_pages_is_reported(write, tmp_path):
    for n in range(4):
        write(f"p{n}.md", f"Printer toner jam {n}", "printer toner jam " * 20, asked="printer toner jam")
    write("z.md", "Garden", "Flowers. " * 30 + "printer toner jam", asked="printer toner jam")
    assert any(line.startswith("z.md:1: asked_as “printer toner jam” finds p") for line in problems(tmp_path))


def test_an_empty_or_missing_folder_is_a_problem(tmp_path):
    (tmp_path / "kb").mkdir()
    assert problems(tmp_path) == [f"{tmp_path / 'kb'}: holds no articles"]
    assert "there is no such folder" in check(tmp_path / "no", ACTIONS)[0]


GOOD = """---
title: {title}
owner: mei.lin@brightwater.example
audience: [everyone]
reviewed: 2026-06-01
review_every: 6 months
asked_as: [open the garage]
---

Open the garage with the button.
"""
BOMB = (
    "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghij"))
    + "description: *j\n"
)
BAD: dict[str, tuple[bytes, str]] = {
    "broken yaml": (b"---\ntitle: [\n---\nText.", "the front matter is not readable"),
    "nul bytes": (b"---\ntitle: x\x00\n---\nText.", "{}: is not a text file"),
    "huge": (b"---\n---\n" + b"x" * (LARGEST + 1), "{}: is 2.0 MB"),
    "long front matter": (b"---\ntitle: " + b"x" * 30_000 + b"\n---\nText.", "{}:1: the front matter is too long"),
    "front matter that never ends": (b"---\n" + b" \n" * 900_000 + b"x: y\n", "{}:1: starts with no front matter"),
    "deep nesting": (b"---\ntitle: " + b"[" * 9_000 + b"\n---\nText.", "levels are not read"),
    "deep mappings": (b"---\ntitle: " + b"{a: " * 4_000 + b"\n---\nText.", "levels are not read"),
    "duplicate keys": (GOOD.format(title="Twice").replace("[everyone]", "[hr]\naudience: [everyone]").encode(),
                       "{}:5: the front matter is not readable: audience stands here twice"),
    "bomb": (b"---\n" + BOMB.encode() + b"---\nText.", "references (*name) are not read"),
    "merge": (b"---\nx: &x {title: abc}\n<<: *x\n---\nText.", "references (*name) are not read"),
    "cycle": (b"---\ntitle: &t [*t]\n---\nText.", "references (*name) are not read"),
    "python tag": (b"---\ntitle: !!python/object/apply:os.system [true]\n---\nText.", "the front matter is not readable"),
    "wrong types": (GOOD.format(title="[1, 2]").replace("2026-06-01", "yesterday").encode(), "{}:5: reviewed: should be a day"),
    "number as title": (GOOD.format(title="12345").encode(), "{}:2: title: Input should be a valid string"),
    "huge number": (GOOD.format(title="9" * 5_000).encode(), "{}:2: the front matter is not readable"),
    "unknown keys": (GOOD.format(title="Unknown").replace("audience:", "audeince:").encode(),
                     "{}:4: audeince is not a field of an article"),
    "a list": (b"---\n- title\n---\nText.", "{}:2: the front matter is not readable: should be fields"),
    "no such day": (GOOD.format(title="No day").replace("2026-06-01", "2026-02-31").encode(), "{}:2: the front matter is not readable"),
    "not utf-8": (GOOD.format(title="Latin").replace("button", "kn\xf6pf").encode("latin-1"), "{}:10: is not UTF-8 text"),
    "utf-16": (GOOD.format(title="Wide").encode("utf-16"), "{}: is not"),
    "no text": (GOOD.format(title="Empty page").split("\n\nOpen")[0].encode() + b"\n\n<!-- nothing -->\n", "{}: has no text"),
    "empty": (b"", "{}:1: starts with no front matter"),
    "includes itself": (GOOD.format(title="Includes").replace("Open the garage with the button.",
                        "{% include 'includes-itself.md' %}").encode(),
                        "{}: has no text"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_articles_of_every_kind_are_named_and_the_rest_is_checked(kind, write, tmp_path):
    content, said = BAD[kind]
    write("good.md", "Printer", "Switch it on.")
    name = f"{kind.replace(' ', '-')}.md"
    write(name, "x", "x").write_bytes(content)
    found = problems(tmp_path)
    assert found, kind
    assert all(line.startswith(f"{name}:") for line in found), found
    assert any(said.format(name) in line for line in found), found


@pytest.mark.parametrize(
    "kind", [k for k in BAD if k not in ("unknown keys", "wrong types", "number as title", "no text", "includes itself")]
)
def test_no_bad_article_stops_or_slows_the_library_that_people_ask(kind, write, opened):
    content, _ = BAD[kind]
    write("good.md", "Printer", "Switch the printer on.")
    write("bad.md", "x", "x").write_bytes(content)
    assert opened().find("switch the printer on", frozenset()).ranking[0] == "good.md"


def test_an_audience_that_stands_twice_is_nobodys(write, opened):
    write("bad.md", "x", "x").write_bytes(b"---\naudience: [hr]\naudience: [everyone]\n---\nThe salary list.")
    library = opened()
    assert library.size == 0 and "audience stands here twice" in library.problems[0]


def test_links_out_pipes_and_circles_are_no_articles(write, tmp_path):
    write("good.md", "Printer", "Switch it on.")
    kb = tmp_path / "kb"
    (tmp_path / "outside.md").write_text("secret")
    (kb / "out.md").symlink_to(tmp_path / "outside.md")
    (kb / "circle.md").symlink_to(kb / "circle.md")
    (kb / "dangling.md").symlink_to(kb / "gone.md")
    (kb / "folder").symlink_to("/etc")
    (kb / "around").symlink_to(kb)
    os.mkfifo(kb / "pipe.md")
    assert problems(tmp_path) == ["pipe.md: is not a file"]


def test_links_anchors_and_images_in_every_spelling(write, tmp_path):
    write(
        "b.md",
        "Tunnel",
        'Text.\n\n## Open it: now!\n\nText.\n\n## Open it: now!\n\nText.\n\n<a id="Here"></a>\n\n```\n## Not a heading\n```',
    )
    write("pic.png", "x", "x")
    good = "[a](b.md#open-it-now) [a](b.md#open-it-now-1) [a](b.md#here) [a](b.md#top) [a](./b.md?x=1) [a](/b.md) [a](<b.md>) "
    good += "![p](pic.png 'x')"
    good += " [a](#mine) [a](mailto:x@y.z) [a](//h/x) `[no](no.md)`\n\n```\n[no](no.md)\n```\n\n## Mine\n\nText."
    write("a.md", "Printer", good)
    assert problems(tmp_path) == []
    bad = (
        "[a](b.md#not-a-heading)\n[a][ref] <img src='no.png'>\n\n[ref]: gone.md\n\n[a](no%00.md) [b]("
        + "x" * 5000
        + ".md)\n\n[c](#nope)\n\n<p>\n<a href=no.md>x</a>\n</p>"
    )
    write("a.md", "Printer", bad)
    assert [line[:60] for line in problems(tmp_path)] == [
        "a.md:12: the link b.md#not-a-heading leads to a heading that",
        "a.md:13: the link gone.md leads nowhere",
        "a.md:13: the image no.png leads nowhere",
        "a.md:17: the link no%00.md leads nowhere",
        "a.md:17: the link " + "x" * 42,
        "a.md:19: the link #nope leads to a heading that is not there",
        "a.md:22: the link no.md leads nowhere",
    ]


def test_an_owner_who_is_not_there_is_named(write, tmp_path):
    write("a.md", "Printer", "Switch it on.")
    kb = tmp_path / "kb"
    assert inspect(kb, ACTIONS, TODAY, owners=frozenset({"mei.lin@brightwater.example"})).errors == ()
    (error,) = inspect(kb, ACTIONS, TODAY, owners=frozenset({"ada@brightwater.example"})).errors
    assert error == "a.md:1: its owner mei.lin@brightwater.example is nobody who works here"


def test_a_line_is_tried_without_itself(write, tmp_path):
    for n in range(5):
        write(f"p{n}.md", f"Oven {n}", f"Bake bread in oven {n}.")
    file = write("t.md", "Tunnel", "Open the tunnel.", asked="how to bake bread")
    assert any("t.md:1: asked_as “how to bake bread” finds the page by itself alone" in line for line in problems(tmp_path))
    file.write_text(file.read_text().replace("  - how to bake bread", "  - how to bake bread\n  - open my tunnel\n  - tunnel please"))
    (line,) = [line for line in problems(tmp_path) if "t.md" in line]
    assert line.startswith("warning: t.md:1: asked_as “how to bake bread” finds the page by itself alone"), "most lines are right"


def test_leaving_a_line_out_is_as_if_the_page_were_written_without_it(write, opened):
    """Against an index made anew; scores too, since nothing of the line may shine through."""
    texts = ["open the garage", "garage door jammed", "the gate at the front"]
    for n, text in enumerate(texts):
        write(f"{n}.md", f"Page {n}", f"Words about {text}.", asked=f"{text}\n  - {text} again, please\n  - zebra crossing {n}")
    library = opened()
    view = library.view(frozenset())
    for number, line in ((0, "zebra crossing 0"), (1, "garage door jammed"), (2, "the gate at the front again, please")):
        file = library.folder / f"{number}.md"
        whole = file.read_text()
        file.write_text(whole.replace(f"  - {line}\n", "", 1))
        anew = opened()
        for question in (line, "garage", "zebra"):
            expected = [(h.article, round(h.score, 4)) for h in anew.ranked(question, anew.view(frozenset())).hits]
            assert [(h.article, round(h.score, 4)) for h in library.ranked(question, without(view, number, line)).hits] == expected
        file.write_text(whole)


def test_the_same_text_in_other_clothes(write, tmp_path):
    text = "Open the tunnel with GlobalProtect. Choose the portal of your country, sign in with Okta, confirm on your phone, and wait "
    text += "until the shield in the menu bar turns green."
    more = " ".join(f"Another sentence {n} about printers, badges, paper {n * 7} and toner cartridges on floor {n}." for n in range(12))
    write("a.md", "Tunnel", text)
    write("b.md", "How to reach the office network", "**Note.** " + text.replace("shield", "*shield*") + " Done.")
    write("c.md", "Everything about the office", more + "\n\n" + text)
    write("d.md", "Printers", more.replace("paper", "trays"))
    found = [line for line in problems(tmp_path) if "says" in line]
    assert found[:2] == [
        "b.md:1: says nearly the same as a.md; keep one of them",
        "warning: c.md:1: says much of what a.md says (100%); could it stand in one place?",
    ]
    assert not any(line.startswith(("warning: d.md:1: says much of what a", "a.md")) for line in found)


def test_two_pages_that_claim_one_line_are_told(write, tmp_path):
    write("a.md", "Tunnel", "Open the tunnel.", asked="open the tunnel")
    write("b.md", "Gate", "Open the gate.", asked="please open the tunnel")
    write("c.md", "Door", "Open the door.", asked="open the tunnel", audience="hr")
    lines = [line for line in problems(tmp_path) if "too" in line]
    assert lines[0] == "warning: b.md:1: asked_as “please open the tunnel” stands in a.md too"


@pytest.mark.parametrize("piece", ["![", "{% ", "[!INCLUDE ", "{{ ", "<a "])
def test_what_never_closes_does_not_take_for_ever(piece, write, opened):
    """Each beginning is sought to its end within reach only, not to the end of the page."""
    write("good.md", "Printer", "Switch the printer on.")
    write("bad.md", "x", "x").write_bytes(b"# Bad\n\n" + piece.encode() * (500_000 // len(piece)))
    assert opened().size == 2
