"""Whatever is typed, piped or kept in a file: an answer or one clear sentence, never a stack trace, and nothing half-done."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from actions.vendors.demo.seed import COMPANY
from bot.ledger.evidence import check_pack
from bot.settings import ROOT
from tests.cli.conftest import Ran, Run, company_files

TOM = "tom.becker@brightwater.example"
HANNAH = "hannah.weber@brightwater.example"
ASK = json.dumps({"id": "last", "text": "I'm locked out", "speaker": TOM, "now": "2026-11-23T09:00:00Z"})
CALL = {"action": "access.revoke", "arguments": {"person": TOM, "system": "slack"}}


def refused(ran: Ran, *says: str) -> None:
    """One sentence on standard error that names the trouble, after the progress there may have been; a code that is not zero."""
    assert ran.code != 0
    assert "Traceback" not in ran.err
    assert all(word in ran.err for word in says), ran.err


# The doors ---------------------------------------------------------------------------------------------------------------------------

BAD_LINES = [
    b"{",
    b"[1]",
    b"null",
    b"\xff\xfe broken bytes",
    b'{"id": 5, "text": 7, "speaker": "x"}',
    b'{"id": {"deep": [1]}, "text": "hi", "speaker": "nobody@nowhere.example"}',
    b'{"id": "x", "text": "hi", "speaker": "' + TOM.encode() + b'", "now": "yesterday"}',
    b'{"id": "long", "text": "' + b"x" * 1_500_000 + b'"}',
    b"[" * 50_000,
]


@pytest.mark.parametrize("door", [("understand",), ("judge",), ("search", "--knowledge", ROOT / "knowledge")], ids=lambda d: d[0])
def test_every_line_gets_a_line_in_its_place(run: Run, door: tuple[object, ...]) -> None:
    good = json.dumps({"id": "last", "query": "vpn", "text": "hi", "speaker": TOM, "call": CALL}).encode()
    ran = run(*door, "--json", "--company", COMPANY, given=b"\n".join([*BAD_LINES, good, b"", good[:-1] + b', "id": "end"}']))
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, len(told)) == (0, len(BAD_LINES) + 2), ran.err
    errors = [line for line in told if "error" in line]
    assert [t["id"] for t in told[-2:]] == ["last", "end"] and not {"last", "end"} & {str(e["id"]) for e in errors}
    assert len(errors) >= len(BAD_LINES) - 2 and all(len(str(e["error"])) < 400 and "Traceback" not in str(e["error"]) for e in errors)


@pytest.mark.parametrize("text", ["", " \t ", "\x00\x1b[2J", "\ud800 I'm locked out", "<!channel> @everyone", '{"blocks": []}', "ا" * 5000])
def test_odd_words_are_understood_or_not_but_never_break_the_door(run: Run, text: str) -> None:
    line = json.dumps({"id": 1, "text": text, "speaker": TOM})
    ran = run("understand", "--json", "--company", COMPANY, given=f"{line}\n{ASK}\n")
    first, last = (json.loads(told) for told in ran.out.splitlines())
    assert "error" in first or first["kind"]
    assert last["calls"] == [{"action": "account.unlock", "arguments": {"person": TOM}}]


@pytest.mark.parametrize("door", ["understand", "judge"])
def test_twenty_thousand_lines_leave_the_memory_flat(door: str, tmp_path: Path) -> None:
    line = json.dumps({"id": 1, "text": "what a lovely day", "speaker": TOM, "call": {"action": "ticket.status"}, "facts": {}})
    feed = f"import sys\nfor n in range(20000): sys.stdout.write({line + chr(10)!r})"
    measured = (
        "import resource, sys\nfrom bot.__main__ import main\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(f'PEAK {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}')"
    )
    command = [sys.executable, "-c", measured, door, "--json", "--company", str(COMPANY)]
    with subprocess.Popen([sys.executable, "-c", feed], stdout=subprocess.PIPE) as feeder:
        ran = subprocess.run(command, stdin=feeder.stdout, capture_output=True, cwd=ROOT, timeout=60, check=True)
    alone = subprocess.run(command, input=line.encode(), capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert ran.stdout.count(b"\n") == 20_000 and ran.stdout.count(b'"error"') == 0
    more = int(ran.stderr.rpartition(b"PEAK ")[2]) - int(alone.stderr.rpartition(b"PEAK ")[2])
    assert more < 30_000, f"{more} kB more for 20,000 lines than for one"


# Settings and files that are not what they should be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BELLHOP_PORT", "abc"),
        ("BELLHOP_PORT", "70000"),
        ("BELLHOP_RETRIES", "-1"),
        ("BELLHOP_APPROVAL_EXPIRY_HOURS", "soon"),
        ("BELLHOP_LOG_LEVEL", "LOUD"),
        ("BELLHOP_DATABASE_URL", "nonsense"),
        ("BELLHOP_DATABASE_URL", "mysql://localhost/x"),
        ("BELLHOP_DEMO", "perhaps"),
    ],
)
def test_a_bad_setting_is_named_and_nothing_is_begun(run: Run, tmp_path: Path, name: str, value: str) -> None:
    refused(run("ask", "--as", TOM, "hi", **{name: value}), f"bellhop: {name}: ")
    assert not list(tmp_path.iterdir())


def test_settings_show_no_secret(run: Run) -> None:
    ran = run(
        "settings", BELLHOP_DATABASE_URL="postgresql://bellhop:hunter2@db/x", BELLHOP_VENDOR_SETTINGS='{"okta": {"token": "hunter3"}}'
    )
    assert ran.code == 0 and "BELLHOP_PORT" in ran.out
    assert "hunter" not in ran.out + ran.err


@pytest.mark.parametrize("command", [("audit", "verify"), ("audit", "export", "--ticket", "BH-1001"), ("simulate", "--ticket", "BH-1001")])
@pytest.mark.parametrize("where", ["nowhere", "mistyped.db", "empty/bellhop.db"])
def test_a_record_that_is_not_there_is_not_made_up(run: Run, tmp_path: Path, command: tuple[str, ...], where: str) -> None:
    """An empty record that was only just made would prove to be whole."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "mistyped.db").write_bytes(b"")
    before = sorted(tmp_path.rglob("*"))
    refused(run(*command, "--company", tmp_path / where), "bellhop: ", where.partition("/")[0])
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command", [("audit", "verify"), ("ask", "--as", TOM, "hi"), ("understand", "--json"), ("judge", "--json")])
def test_a_file_that_is_no_record_is_left_alone(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    broken = tmp_path / "c" / "bellhop.db"
    broken.parent.mkdir()
    broken.write_bytes(bytes(range(256)) * 20)
    refused(run(*command, "--company", broken.parent, given=ASK), "bellhop: ", "bellhop.db")
    assert broken.read_bytes() == bytes(range(256)) * 20


def test_what_typer_refuses_is_a_sentence_too(run: Run) -> None:
    refused(run("no-such-command"), "no-such-command")
    refused(run("import"), "--people")
    refused(run("understand"), "--json")
    refused(run("chat"), "--as")


@pytest.mark.parametrize("script", ["missing.txt", "bytes.txt", "."])
def test_a_script_that_cannot_be_read_is_named(run: Run, tmp_path: Path, script: str) -> None:
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    refused(run("chat", "--as", TOM, tmp_path / script), "bellhop: Cannot read the script")


# Import, check, simulate, audit ---------------------------------------------------------------------------------------------------------


def test_an_import_is_idempotent_and_whole_or_nothing(run: Run, tmp_path: Path) -> None:
    company = tmp_path / "co"
    assert run("import", *company_files(), "--company", company).code == 0
    again = run("import", *company_files(), "--company", company).out.splitlines()
    assert [line.split(": ")[1].split(", ")[:2] for line in again] == [["0 added", "0 changed"]] * 4

    rows = [
        {"id": "1", "name": "New One", "email": "new.one@brightwater.example", "status": "active"},
        {"id": "2", "name": "", "email": "not an address", "status": "asleep", "manager": "ghost@brightwater.example"},
    ]
    (tmp_path / "people.json").write_text(json.dumps(rows), "utf-8")
    bad = run("import", "--people", tmp_path / "people.json", "--company", company)
    refused(bad, "Nothing was loaded", "people.json row 2", "not an address", "asleep", "name is missing")
    assert run("import", *company_files(), "--company", company).out.splitlines() == again, "half of it was loaded"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("people.json", b'[{"id": ', "people.json: is not JSON"),
        ("people.json", b'{"id": "1"}', "people.json"),
        ("people.json", b"[1, 2]", "people.json row 1"),
        ("people.json", b"\xff\xfe", "people.json: is not UTF-8"),
        ("people.csv", b"id,name\n1,\xff\n", "people.csv: is not UTF-8"),
        ("people.csv", b"id,name\n1,Ann\n", "email"),
        ("people.txt", b"id,name\n", "neither .json nor .csv"),
        ("people.json", b"[" * 100_000, "people.json"),
    ],
)
def test_a_malformed_import_says_where(run: Run, tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(run("import", "--people", tmp_path / name, "--company", tmp_path / "co"), "Nothing was loaded", says)


@pytest.mark.parametrize(
    ("folder", "name", "old", "new", "says"),
    [
        ("policies", "access.cedar", "forbid (", "forbidden (", "access.cedar, line"),
        ("policies", "access.cedar", "context.seats_free", "context.free_seats", "access.cedar, line"),
        ("policies", "access.cedar", '@approval("manager")', '@approval("magician")', "magician"),
        ("policies", "access.examples.yaml", "verdict: deny", "verdict: allow", "access.examples.yaml"),
        ("knowledge", "vpn/connect.md", "title:", "titel:", "connect.md"),
        ("knowledge", "vpn/connect.md", "---\n", "", "connect.md"),
        ("knowledge", "vpn/connect.md", "actions: [", "actions: [no.such, ", "no.such"),
    ],
)
def test_check_finds_a_planted_mistake(run: Run, tmp_path: Path, folder: str, name: str, old: str, new: str, says: str) -> None:
    copy = Path(shutil.copytree(ROOT / folder, tmp_path / folder))
    text = (copy / name).read_text("utf-8")
    if old not in text:
        pytest.fail(f"{name} has no {old!r} to spoil")
    (copy / name).write_text(text.replace(old, new, 1), "utf-8")
    ran = run("check", f"--{folder}", copy)
    assert ran.code == 1 and says in ran.out + ran.err and "Traceback" not in ran.err


def test_check_is_content_with_what_we_ship(run: Run) -> None:
    ran = run("check")
    assert ran.code == 0 and "All good" in ran.out, ran.out


def test_simulate_tells_what_would_flip_and_where_a_line_is_wrong(run: Run, tmp_path: Path) -> None:
    lenient = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    (lenient / "no.cedar").write_text(
        '@id("nobody-out")\n@because("Nobody loses access today.")\nforbid (principal, action == Action::"access.revoke", resource);\n',
        "utf-8",
    )
    calls = [CALL, {"action": "ticket.create", "arguments": {"summary": "x"}}]
    given = "".join(json.dumps({"call": c, "speaker": HANNAH, "now": "2026-11-23T09:00:00Z"}) + "\n" for c in calls)
    ran = run("simulate", "--against", lenient, "--company", COMPANY, "--json", given=given)
    assert [line["flips"] for line in map(json.loads, ran.out.splitlines())] == [True, False], ran.err
    for bad in (b"\xff\n", b"{", b'{"call": {}}', json.dumps({"call": CALL, "speaker": "ghost@nowhere.example"}).encode()):
        refused(run("simulate", "--company", COMPANY, given=given.encode() + bad), "bellhop: line 3: ")


def test_the_ledger_is_proven_and_the_first_bad_entry_named(run: Run, tmp_path: Path) -> None:
    assert run("ask", "--as", HANNAH, "Remove John Smith's access to Slack.").code == 0
    whole = run("audit", "verify")
    assert whole.code == 0 and "unbroken" in whole.out

    pack = tmp_path / "pack.zip"
    assert run("audit", "export", "--ticket", "BH-1001", "--out", pack).code == 0
    assert check_pack(pack) == []
    refused(run("audit", "export", "--ticket", "BH-1001", "--out", pack), "pack.zip is there already")
    refused(run("audit", "export", "--ticket", "BH-4711"), "BH-4711")
    with zipfile.ZipFile(pack) as kept:
        kept.extractall(tmp_path / "pack")
    entries = tmp_path / "pack" / "entries.jsonl"
    entries.write_text(entries.read_text("utf-8").replace("Slack", "slack", 1), "utf-8")
    assert check_pack(tmp_path / "pack"), "an evidence pack that was changed must not check"

    with sqlite3.connect(tmp_path / "data" / "bellhop.db") as db:
        with pytest.raises(sqlite3.DatabaseError):
            db.execute("UPDATE entries SET actor = 'mallory' WHERE number = 2")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("UPDATE entries SET data = replace(data, 'Slack', 'Zoom') WHERE number = 2")
    broken = run("audit", "verify")
    assert broken.code == 1 and "Entry 2 is bad" in broken.out


def test_one_message_through_the_whole_desk_as_json(run: Run) -> None:
    ran = run("ask", "--as", HANNAH, "Remove John's access to email and Slack.", "--json")
    (post,) = json.loads(ran.out)
    assert post["reply"]["kind"] == "form" and len(post["reply"]["fields"][0]["choices"]) == 3
    refused(run("ask", "--as", "mallory@evil.example", "hi"), "mallory@evil.example")
    assert "empty" in run("ask", "--as", HANNAH, "").out
