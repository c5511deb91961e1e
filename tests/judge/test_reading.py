"""Mistakes in policies are found when they are loaded, and said with file, line and rule."""

from __future__ import annotations

import pytest

from bot.errors import BadInput
from bot.judge.engine import load_judge
from bot.judge.rules import statements
from tests.judge.small import PERMIT, REGISTRY

GOOD = '@id("r") @because("Because it is so.") '
FORBID = "forbid(principal, action, resource)"
NO_MANAGER = 'when { !context.approvals.contains("manager") }'
NO_OWNER = 'when { !context.approvals.contains("owner") }'
GRANT = 'forbid(principal, action == Action::"access.grant", resource)'


def problem(judge_of, *texts: str) -> str:
    with pytest.raises(BadInput) as caught:
        judge_of(*texts)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("permit(principal, action, resource)", ("not a Cedar policy", "unexpected end")),
        (f"{GOOD} permit(principal, actoin, resource);", ("not a Cedar policy",)),
        (f"{GOOD} permit(principal == ?principal, action, resource);", ("?principal",)),
        ('@because("Because it is so.") permit(principal, action, resource);', ("needs an id",)),
        ('@id("a b") @because("Because it is so.") permit(principal, action, resource);', ("needs an id",)),
        ('@id("r") permit(principal, action, resource);', ("needs a sentence",)),
        ('@id("r") @because("Well.") permit(principal, action, resource);', ("needs a sentence",)),
        (f'{GOOD} @aproval("manager") {FORBID};', ("no annotation @aproval", "did you mean 'approval'")),
        (f'{GOOD} @approval("manger") {FORBID} when {{ !context.approvals.contains("manger") }};', ("'manger'", "did you mean 'manager'")),
        (f'{GOOD} @approval("manager") {FORBID};', ("asks for 'manager'", "never looks for it")),
        (
            f'{GOOD} @approval("manager") {FORBID} {NO_OWNER};',
            ("asks for 'manager'", "looks for 'owner'"),
        ),
        (f'{GOOD} @approval("") {FORBID};', ("@approval is empty",)),
        (
            f'{GOOD} @approval("manager") @quorum("many") {FORBID} {NO_MANAGER};',
            ("@quorum is a number",),
        ),
        (f'{GOOD} @stage("2") {FORBID};', ("@stage means something only",)),
        (
            f'{GOOD} @companion("hand_over") {FORBID} unless {{ context.companions.contains("hand_over") }};',
            ("'hand_over', which nothing declares",),
        ),
        (f'{GOOD} @require("verification") {FORBID};', ("asks for 'verification'", "never reads")),
        (f'{GOOD} @approval("manager") permit(principal, action, resource);', ("Only a forbid",)),
        (f'{GOOD} permit(principal, action == Action::"access.grnt", resource);', ("access.grnt", "did you mean 'access.grant'")),
        (f'{GOOD} permit(principal, action in [Action::"acces"], resource);', ("'acces'", "nothing declares")),
        (
            f'{GOOD} permit(principal, action, resource) when {{ false || !context.approvals.contains("hr") }};',
            ("stricter",),
        ),
        (f'{GOOD} {FORBID} when {{ context.approvals.contains("manager") }};', ("stricter",)),
        (f"{GOOD} {FORBID} when {{ context.approvals == [] }};", ("stricter",)),
        (f"{GOOD} {GRANT} when {{ context has legal_hold && context.legal_hold }};", ("'legal_hold'", "without `has`")),
        (f"{GOOD} {GRANT} when {{ context == context }};", ("context as a whole",)),
        (f"{GOOD} {GRANT} when {{ context.leagl_hold }};", ("leagl_hold",)),
        (f"{GOOD} {GRANT} when {{ context.days }};", ("0.cedar, line 1, rule 'r'",)),
        (f"{GOOD} {GRANT} when {{ context.place > 3 }};", ("0.cedar, line 1, rule 'r'",)),
        (f"{GOOD} {FORBID} when {{ context.legal_hold }};", ("legal_hold",)),
        (f"{GOOD} {GRANT} when {{ context.until < context.now }};", ("optional attribute `until`",)),
    ],
)
def test_each_mistake_has_its_sentence(judge_of, text, words):
    said = problem(judge_of, text)
    assert said.startswith("0.cedar, line 1")
    for word in words:
        assert word in said, said


def test_file_line_and_rule_are_named(judge_of):
    rule = f'@id("the-bad-one")\n@because("Because it is so.")\n{GRANT}\nwhen {{ context.nope }};'
    bad = f"// a comment; with a semicolon\n\n{PERMIT}\n\n  // more\n{rule}"
    assert problem(judge_of, PERMIT.replace('"all"', '"first"'), bad).startswith("1.cedar, line 7, rule 'the-bad-one': ")


def test_every_problem_of_every_file_is_told(judge_of):
    said = problem(judge_of, "nonsense;", PERMIT, f"{GOOD} {GRANT} when {{ context.nope }};")
    assert [line.split(":")[0] for line in said.splitlines()] == ["0.cedar, line 1", "2.cedar, line 1, rule 'r'"]


def test_the_same_id_twice(judge_of):
    assert "0.cedar, line 1 already has a rule of this id" in problem(judge_of, PERMIT, PERMIT)


def test_no_folder_no_policies_no_text(tmp_path):
    with pytest.raises(BadInput, match="no such policy folder"):
        load_judge(tmp_path / "none", REGISTRY)
    with pytest.raises(BadInput, match="nothing would ever be allowed"):
        load_judge(tmp_path, REGISTRY)
    (tmp_path / "a.cedar").write_bytes(b"// fine\n\xff\xfe;")
    with pytest.raises(BadInput, match=r"a\.cedar, line 2: This is not UTF-8"):
        load_judge(tmp_path, REGISTRY)


def test_statements_are_cut_where_cedar_cuts_them():
    text = '// one; two\n@because("a; \\"b\\" // c;") permit(principal);\n\n// x\nforbid(principal, action, resource); // end'
    assert [(line, s[:6]) for line, s in statements(text)] == [(2, "@becau"), (5, "forbid")]
    assert list(statements("// only; comments\n\n")) == []
    assert [line for line, _ in statements('\npermit(principal) when { "unclosed; };\n')] == [2]


def test_monotonic_conditions_are_accepted(judge_of):
    judge_of(
        PERMIT,
        f"""{GOOD} @approval("manager+hr") {FORBID}
        when {{ if principal == resource then !context.approvals.contains("hr")
                else !(context.approvals.containsAny(["manager", "hr"])) }};
        @id("r2") @because("Because it is so.") @approval("hr") {FORBID}
        unless {{ context.approvals.contains("hr") || principal.type == "x" }};
        """,
    )
