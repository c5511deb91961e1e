"""Golden questions: read, asked, and compared with another revision, as `bellhop knowledge check` does it in a pipeline."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.knowledge_commands import check
from bot.library import golden
from bot.library.golden import BadGolden, Golden, Result, ask, read
from bot.library.regression import SHOWN, Change, compare, markdown
from bot.settings import Settings

WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Mei"), ("EMAIL", "mei@b.example"))}
GOLDEN = """
- ask: printer has no toner left
  answer: printer.md
- ask: what is for lunch
  abstain: true
- ask: how do we dismiss somebody
  hide: hr/dismissal.md
- ask: how do we dismiss somebody
  as: [hr]
  answer: hr/dismissal.md
"""


@pytest.fixture
def folder(write: Callable[..., Path], tmp_path: Path) -> Path:
    write(
        "printer.md", "Printer out of toner", "1. Open the printer.\n2. Take a new toner from the shelf.", asked="no toner in the printer"
    )
    write("tunnel.md", "Tunnel", "Open the tunnel with GlobalProtect.", asked="globalprotect tunnel")
    write("hr/dismissal.md", "Dismiss somebody", "How we dismiss somebody: in person.", audience="hr", asked="dismiss somebody now")
    (tmp_path / "kb" / "golden.yaml").write_text(GOLDEN)
    return tmp_path / "kb"


def test_each_expectation_is_met_or_not(folder, opened, write):
    assert [r.passed for r in ask(read(folder), opened())] == [True] * 4
    write("printer.md", "Copier", "Ask somebody.", asked="hello copier")
    write("lunch.md", "What is for lunch", "Soup.", asked="what is for lunch")
    write("hr/dismissal.md", "Dismiss somebody", "How we dismiss somebody: in person.", asked="dismiss somebody now")
    results = ask(read(folder), opened())
    assert [r.passed for r in results] == [False, False, False, True]
    assert results[1].said == "lunch.md" and results[2].said == "shows hr/dismissal.md"


def test_within_and_one_of_several(write, opened):
    for name in ("a", "b", "c"):
        write(f"{name}.md", f"Printer toner {name}", "Printer toner. " * (5 if name == "a" else 1))
    library = opened()
    ranking = library.find("printer toner", frozenset()).ranking
    last = ranking[2]
    results = [Golden(ask="printer toner", answer=[last], within=n) for n in (1, 2, 3)] + [Golden(ask="printer toner", answer=[*ranking])]
    assert [r.passed for r in ask(results, library)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- ask: hello there\n", "golden.yaml:1: should say what has to come of it"),
        ("- ask: hello there\n  answer: a.md\n  abstain: true\n", "should say what has to come"),
        ("\n\n- ask: x1\n  abstain: true\n- ask: hello there\n  anwser: a.md\n", "golden.yaml:5: anwser is no field"),
        ("- answer: a.md\n", "ask is missing"),
        ("- ask: one\n  abstain: true\n- ask: ONE \n  abstain: true\n", "golden.yaml:3: “ONE” stands here twice"),
        ("- ask: one\n  abstain: true\n  abstain: false\n", "golden.yaml:3: is not readable: abstain stands here twice"),
        ("- ask: one\n  abstain: 'yes'\n", "abstain: Input should be a valid boolean"),
        ("- ask: one\n  answer: a.md\n  within: 99\n", "within: Input should be less than or equal to 10"),
        ("ask: one\n", "should be a list"),
        ("- [\n", "golden.yaml:2: is not readable"),
        ("- &a [x]\n- *a\n", "references"),
        ("- !!python/object/apply:os.system ['true']\n", "is not readable"),
        ("[" * 5000, "is not readable"),
        ("- 2026-99-99\n", "is not readable"),
        ("\0", "is not readable"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path, text, said):
    (tmp_path / "golden.yaml").write_text(text)
    with pytest.raises(BadGolden) as error:
        read(tmp_path)
    assert said in str(error.value)


def test_no_file_an_empty_one_and_one_that_is_a_link_ask_nothing(tmp_path):
    assert read(tmp_path) == ()
    (tmp_path / "golden.yaml").write_text("# nothing yet\n")
    assert read(tmp_path) == ()
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "golden.yaml").symlink_to("/etc/passwd")
    assert read(tmp_path / "kb") == ()
    (tmp_path / "golden.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadGolden, match="UTF-8"):
        read(tmp_path)


def test_an_article_that_is_not_there_is_named(folder):
    assert (
        golden.unknown(read(folder), frozenset({"printer.md"}))
        == ["golden.yaml: “how do we dismiss somebody” names hr/dismissal.md, which is no article"] * 2
    )


def result(question: str, passed: bool, said: str = "a.md", **more: object) -> Result:
    return Result(Golden(ask=question, abstain=not more, **more), passed, said, 0.5)


def test_every_kind_of_change_is_told_apart():
    before = [
        result("kept", True),
        result("broke", True),
        result("bad", False),
        result("mended", False),
        result("moved", True),
        result("gone", True),
    ]
    after = [result("kept", True), result("broke", False), result("bad", False), result("mended", True), result("moved", True, "b.md"),
             result("new good", True), result("new bad", False)]  # fmt: skip
    kinds = {c.question: c.kind for c in compare(before, after)}
    assert kinds == {
        "kept": "as before", "broke": "fails now", "bad": "still fails", "mended": "mended", "moved": "changed", "new good": "new",
        "new bad": "fails now", "gone": "no longer asked",
    }  # fmt: skip


def test_an_expectation_that_was_lowered_is_shown():
    change = Change(result("q1", True, answer=["a.md"]), result("q1", True, answer=["a.md"], within=3))
    assert change.kind == "changed"
    assert change.expected == "answered from a.md among the first 3 (before: answered from a.md)"


def test_the_comment_holds_no_markup_of_others_and_is_short_enough():
    wild = "a|b <img src=x onerror=y> @team `x` [l](http://e) ![i](j) #1\n| x |"
    text = markdown([Change(None, result(wild, False, wild))], [wild], [wild], wild)
    for part in ("<img", "@team", "[l](", "![i]", "`x`", " #1"):
        assert part not in text.replace("\\#1", "").replace("\\`", "").replace("\\[", "").replace("\\!", "")
    rows = [line for line in text.splitlines() if line.startswith("| a")]
    assert len(rows) == 1 and rows[0].replace("\\|", "").count("|") == 6
    many = [Change(None, result(f"question {n} " + "x" * 900, False, "y" * 900)) for n in range(300)]
    assert len(markdown(many, ["z" * 900] * 300, [], "")) <= 60_100
    few = [Change(None, result(f"question {n}", False)) for n in range(300)]
    assert f"… and {300 - SHOWN} more" in markdown(few, [], [], "")


@pytest.fixture
def checked(folder: Path, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Runs `bellhop knowledge check`; its exit code, what it printed, and its markdown report."""

    def run(base: str = "") -> tuple[int, str, str]:
        lines: list[str] = []
        settings = Settings(knowledge_dir=folder, data_dir=tmp_path / "data")
        code = check(settings, base, tmp_path / "report.md", lines.append, lambda _: None)
        return code, "\n".join(lines), (tmp_path / "report.md").read_text()

    return run


def commit(folder: Path) -> None:
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **WHO}
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "words")):
        subprocess.run(["git", "-C", str(folder.parent), *arguments], env=env, capture_output=True, check=True)


def test_without_git_it_passes_or_fails(folder, checked, write):
    code, said, report = checked()
    assert code == 0 and "All good: 0 problems" in said and "4 golden questions" in said and "passed" in report
    write("printer.md", "Copier", "Ask somebody.", asked="hello copier")
    code, said, report = checked()
    assert code == 1 and "fails now: “printer has no toner left” (as everyone): no answer" in said and "**failed**" in report
    code = 0
    with pytest.raises(Exception, match="is in no git repository"):
        checked("main")


def test_against_a_base_only_what_fails_anew_counts(folder, checked, write):
    (folder / "golden.yaml").write_text(GOLDEN + "- ask: never answered by anything here\n  answer: tunnel.md\n")
    commit(folder)
    code, said, report = checked("HEAD")
    assert code == 0 and "still fails: “never answered by anything here”" in said and "1 of them fail, 0 that did not at HEAD" in said
    write("printer.md", "Copier", "Ask somebody.", asked="hello copier")
    code, said, report = checked("main")
    assert code == 1
    assert "fails now: “printer has no toner left” (as everyone): printer.md (" in said and "→ no answer (" in said
    assert "#### Fails now (1)" in report and "| printer has no toner left | everyone | answered from printer.md | printer.md (" in report
    commit(folder)
    assert checked("main")[0] == 0, "what was broken before is not this change's fault"
    assert checked("main~1")[0] == 1


def test_dropping_or_weakening_a_question_shows(folder, checked):
    commit(folder)
    (folder / "golden.yaml").write_text(
        GOLDEN.replace("- ask: what is for lunch\n  abstain: true\n", "").replace(
            "  answer: printer.md", "  answer: [printer.md, tunnel.md]"
        )
    )
    code, said, _ = checked("main")
    assert code == 0
    assert "no longer asked: “what is for lunch”" in said
    assert "(before: answered from printer.md)" in said


def test_a_leak_that_a_change_brings_fails(folder, checked, write):
    commit(folder)
    write("hr/dismissal.md", "Dismiss somebody", "How we dismiss somebody: in person.", asked="dismiss somebody now")
    code, said, _ = checked("main")
    assert code == 1 and "→ shows hr/dismissal.md" in said


@pytest.mark.parametrize("base", ["nowhere", "--output=x", "main^{tree}", "main; touch x"])
def test_a_base_that_is_none_is_refused_with_a_sentence(folder, checked, base):
    commit(folder)
    with pytest.raises(Exception, match="there is no revision"):
        checked(base)


def test_a_base_without_the_folder_compares_with_nothing(folder, checked):
    (folder.parent / "README").write_text("first")
    kb = folder.rename(folder.parent.parent / f"{folder.parent.name}-kb")
    commit(folder)
    kb.rename(folder)
    code, said, _ = checked("HEAD")
    assert code == 0 and "0 that did not at HEAD" in said


def test_the_base_is_read_without_the_working_tree_or_the_network(folder, checked, write, monkeypatch):
    commit(folder)
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull}
    trap = folder.parent.parent / "trap"
    for key, value in (("core.fsmonitor", f"touch {trap}"), ("core.pager", f"touch {trap}"), ("remote.origin.url", "ext::touch trap")):
        subprocess.run(["git", "-C", str(folder.parent), "config", key, value], env=env, check=True)
    before = sorted(str(p) for p in folder.rglob("*"))
    assert checked("main")[0] == 0
    assert sorted(str(p) for p in folder.rglob("*")) == before and not trap.exists()
