"""The commands of the command line, as somebody types them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

COMPANY = ROOT / "actions" / "vendors" / "demo" / "company"
HANNAH = "hannah.weber@brightwater.example"
JOHN = "john.smith@brightwater.example"
REVOKE = {"action": "access.revoke", "arguments": {"person": JOHN, "system": "slack"}}


def bellhop(data: Path, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs one command on a data folder of its own."""
    env = {**os.environ, "BELLHOP_DATA_DIR": str(data), "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=env, cwd=data.parent, timeout=60, check=False)


def lines(result: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a company in it that `bellhop import` made."""
    data = tmp_path_factory.mktemp("import") / "company"
    files = [part for kind in ("people", "systems", "groups", "grants") for part in (f"--{kind}", str(COMPANY / f"{kind}.json"))]
    first = bellhop(data, "import", *files, "--company", str(data))
    assert first.returncode == 0, first.stderr
    again = bellhop(data, "import", *files, "--company", str(data))
    assert again.returncode == 0 and "added" not in again.stdout.split("unchanged")[0].replace("0 added", ""), again.stdout
    return data


@pytest.mark.parametrize("made", ["database folder", "database file", "folder of files"])
def test_the_doors_run_on_any_company(imported: Path, made: str, tmp_path: Path) -> None:
    company = {"database folder": imported, "database file": imported / "bellhop.db", "folder of files": COMPANY}[made]
    before = sorted(COMPANY.iterdir())
    asked = json.dumps({"id": 1, "text": "Remove John's access to email and Slack.", "speaker": HANNAH, "now": "2026-11-23T09:00:00Z"})
    (told,) = lines(bellhop(tmp_path / "d", "understand", "--json", "--company", str(company), stdin=asked))
    assert [c["arguments"]["system"] for c in told["calls"]] == ["email", "slack"]
    assert told["clarify"][0]["argument"] == "person" and len(told["clarify"][0]["choices"]) == 3
    call = json.dumps({"id": "a", "call": REVOKE, "speaker": HANNAH, "now": "2026-11-23T09:00:00Z"})
    (told,) = lines(bellhop(tmp_path / "d", "judge", "--json", "--company", str(company), stdin=call))
    assert told["outcome"] == "ask" and told["approvals"] == ["manager"]
    assert sorted(COMPANY.iterdir()) == before, "a door must not write into the company's folder"


def test_a_bad_line_costs_the_others_nothing(tmp_path: Path) -> None:
    good = json.dumps({"id": "good", "call": REVOKE, "speaker": HANNAH, "now": "2026-11-23T09:00:00Z"})
    bad = ["{", "[]", '{"id": 2}', '{"id": 3, "call": {"action": "no.such"}, "speaker": "' + HANNAH + '"}', '"\\ud800"', "x" * 1_200_000]
    told = lines(bellhop(tmp_path / "d", "judge", "--json", stdin="\n".join([good, *bad, good]) + "\n"))
    assert len(told) == len(bad) + 2
    assert told[0] == told[-1] and told[0]["outcome"] == "ask"
    assert all("error" in line or line["outcome"] == "deny" for line in told[1:-1])


def test_a_stream_leaves_the_memory_flat(tmp_path: Path) -> None:
    code = (
        "import io, json, resource, sys, itertools\n"
        "from pathlib import Path\n"
        "import asyncio\n"
        "from bot import commands\n"
        "from bot.settings import Settings\n"
        "class Lines(io.TextIOBase):\n"
        "    def __init__(self, n): self.left = n\n"
        "    def readline(self, size=-1):\n"
        "        self.left -= 1\n"
        "        return '' if self.left < 0 else LINE\n"
        "class Sink(io.TextIOBase):\n"
        "    def write(self, text): return len(text)\n"
        f"LINE = json.dumps({{'id': 1, 'text': 'Remove John from Slack', 'speaker': '{HANNAH}'}}) + '\\n'\n"
        "def peak(n):\n"
        f"    asyncio.run(commands.understand(Settings(data_dir=Path({str(tmp_path / 'none')!r})), Lines(n), Sink()))\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "first = peak(200)\n"
        "print(peak(4000) - first)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) < 30_000, "kilobytes more after 4,000 lines than after 200"


def test_the_audit_ledger_is_proven_exported_and_tampering_named(tmp_path: Path) -> None:
    data = tmp_path / "d"
    asked = bellhop(data, "ask", "--as", HANNAH, "Remove John Smith's access to email and Slack.", "--json")
    assert asked.returncode == 0 and json.loads(asked.stdout)
    proven = bellhop(data, "audit", "verify")
    assert proven.returncode == 0 and "unbroken" in proven.stdout
    head = proven.stdout.strip().rpartition("Head: ")[2]
    assert bellhop(data, "audit", "verify", "--kept", head).returncode == 0
    exported = bellhop(data, "audit", "export", "--ticket", "BH-1001", "--out", str(tmp_path / "pack.zip"))
    assert exported.returncode == 0 and (tmp_path / "pack.zip").is_file()
    assert "BH-9999" in bellhop(data, "audit", "export", "--ticket", "BH-9999").stderr
    with sqlite3.connect(data / "bellhop.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE entries SET actor = 'somebody.else@brightwater.example' WHERE number = 3")
    broken = bellhop(data, "audit", "verify")
    assert broken.returncode == 1 and "Entry 3 is bad" in broken.stdout


def test_simulate_shows_which_outcomes_another_policy_folder_flips(tmp_path: Path) -> None:
    other = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    (other / "today.cedar").write_text(
        '@id("no-revokes")\n@because("Nobody loses access today.")\nforbid (principal, action == Action::"access.revoke", resource);\n',
        encoding="utf-8",
    )
    call = json.dumps({"call": REVOKE, "speaker": HANNAH, "now": "2026-11-23T09:00:00Z"})
    result = bellhop(tmp_path / "d", "simulate", "--against", str(other), stdin=call)
    assert result.returncode == 0, result.stderr
    assert "deny" in result.stdout and "no-revokes now decides" in result.stdout and "1 of 1 outcomes flip" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        (("serve",), {"BELLHOP_PORT": "abc"}, "BELLHOP_PORT"),
        (("serve",), {"BELLHOP_VENDORS": "{bad"}, "vendors"),
        (("serve",), {"BELLHOP_HOST": "0.0.0.0"}, "BELLHOP_DEMO_BEYOND_LOOPBACK"),
        (("audit", "verify"), {"BELLHOP_DATA_DIR": "/proc/nothing/here"}, "BELLHOP_DATA_DIR"),
        (("ask", "--as", "mallory@evil.example", "hi"), {}, "mallory@evil.example"),
        (("import", "--people", "nowhere.json"), {}, "nowhere.json"),
        (("search", "--knowledge", "nowhere", "--json"), {}, "nowhere"),
        (("audit", "verify", "--kept", "7"), {}, "--kept"),
        (("judge", "--json", "--policies", "nowhere"), {}, "nowhere"),
    ],
)
def test_bad_input_is_told_in_a_sentence(arguments: tuple[str, ...], settings: dict[str, str], says: str, tmp_path: Path) -> None:
    result = bellhop(tmp_path / "d", *arguments, **settings)
    assert "Traceback" not in result.stderr
    assert result.returncode != 0 and says.lower() in (result.stderr + result.stdout).lower()


def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    well = bellhop(tmp_path / "data", "doctor")
    assert well.returncode == 0 and "Analysts: 3" in well.stdout and "docs/how-to-slack.md" in well.stdout
    slack = {"BELLHOP_SLACK_BOT_TOKEN": "xoxb-nothing", "BELLHOP_SLACK_APP_TOKEN": "xapp-nothing"}
    ill = bellhop(tmp_path / "data", "doctor", BELLHOP_SLACK_API_URL="http://127.0.0.1:9/api/", **slack)
    assert ill.returncode == 1 and "FAILED" in ill.stdout and "Traceback" not in ill.stderr
    assert "nothing" not in ill.stdout + ill.stderr, "tokens are not printed"
