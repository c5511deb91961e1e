from datetime import date
from pathlib import Path

from bot.library.check import check

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
