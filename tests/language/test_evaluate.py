"""The marks say what they claim to say, and the command prints them for any set and company."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.domain.calls import Call
from bot.domain.understanding import Gap, Intent, Understanding
from bot.errors import BadInput
from bot.language.evaluate import Score, Utterance, read_set

GRANT = ("access.grant", {"person": "a@x.example", "system": "figma"})
ASK = frozenset({(0, "person", frozenset({"a@x.example", "b@x.example"}))})
SET = """
domain: brightwater.example
speaker: sam.okafor
now: 2026-06-10T09:00:00+00:00
utterances:
  - {say: "I need access to Figma", do: [{access.grant: {person: "@sam.okafor", system: figma}}]}
  - {say: "and Zoom too, please", after: ["I need access to Figma"], do: [{access.grant: {person: "@sam.okafor", system: zoom}}]}
  - {say: "How do I reset my password?", is: question}
  - {say: "reset John's password", do: [{password.reset: {person: "@john.smith"}}], part: wrong}
"""


def got(intent: Intent, *calls: tuple[str, dict[str, Any]], gaps: tuple[Gap, ...] = ()) -> Understanding:
    return Understanding(intent=intent, calls=tuple(Call(action=a, arguments=v) for a, v in calls), gaps=gaps)


def marked(wanted: Utterance, found: Understanding) -> Score:
    score = Score()
    score.add(wanted, found)
    return score


def test_exact_needs_every_call_and_every_argument() -> None:
    wanted = Utterance("x", "a@x.example", (GRANT,), intents=("request",))
    assert marked(wanted, got(Intent.REQUEST, GRANT)).exact == 1
    assert marked(wanted, got(Intent.REQUEST, GRANT, GRANT)).exact == 0
    assert marked(wanted, got(Intent.REQUEST, (GRANT[0], {**GRANT[1], "level": "admin"}))).exact == 0
    assert marked(wanted, got(Intent.REQUEST, (GRANT[0], {**GRANT[1], "level": "admin"}))).arguments.value == pytest.approx(0.8)


def test_a_proposal_where_nothing_was_asked_is_a_false_action() -> None:
    wanted = Utterance("x", "a@x.example", intents=("question", "none"))
    assert marked(wanted, got(Intent.REQUEST, GRANT)).marks()["false_action"] == 1
    assert marked(wanted, got(Intent.NONE)).marks()["false_action"] == 0
    assert marked(wanted, got(Intent.NONE)).exact == 1
    assert marked(wanted, got(Intent.CHAT)).exact == 0


def test_acting_without_asking_is_counted_and_so_is_asking_the_wrong_thing() -> None:
    wanted = Utterance("x", "a@x.example", (("access.grant", {"system": "figma"}),), ASK, ("clarify",))
    assert marked(wanted, got(Intent.REQUEST, GRANT)).marks()["acted_without_asking"] == 1
    gap = Gap(call=0, argument="person", choices=("b@x.example", "a@x.example"))
    assert marked(wanted, got(Intent.CLARIFY, ("access.grant", {"system": "figma"}), gaps=(gap,))).exact == 1
    open_ = gap.model_copy(update={"choices": ()})
    other = marked(wanted, got(Intent.CLARIFY, ("access.grant", {"system": "figma"}), gaps=(open_,)))
    assert (other.exact, other.marks()["clarification_f1"], other.marks()["acted_without_asking"]) == (0, 0.0, 0.0)


def test_every_third_is_kept_back_unless_it_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    rows = "".join(f'  - {{say: "{n}", as: a@x.example, is: none, seen: {str(n == 5).lower()}}}\n' for n in range(6))
    path.write_text(f"utterances:\n{rows}", "utf-8")
    assert [u.part for u in read_set(path).utterances] == ["tuned", "tuned", "kept back", "tuned", "tuned", "tuned"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("utterances: 3", "needs `utterances`"),
        ("utterances: [{say: hello}]", "utterance 1"),
        ("utterances: [{say: hi, as: a@x.example, is: dance}]", "utterance 1"),
        ("now: soon\nutterances: []", "'soon'"),
        ("utterances: [", "own.yaml"),
    ],
)
def test_what_is_no_set_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=told):
        read_set(path)


def test_the_command_marks_any_set_in_any_company(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(SET, "utf-8")
    command = [sys.executable, "-m", "bot", "eval", "understand", "--set", str(path), "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    (line,) = result.stdout.splitlines()
    parts = json.loads(line)["parts"]
    assert parts["tuned"]["exact"] == 1.0
    assert parts["kept back"]["total"] == 1
    assert parts["wrong"]["acted_without_asking"] == 0.0
    assert parts["wrong"]["exact"] == 0.0
