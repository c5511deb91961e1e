"""A judgment stays quick however many rules there are. The limits are ten times what bench.py measures, for busy machines."""

from __future__ import annotations

from tests.judge.bench import judge_with, measure


def test_a_thousand_rules_on_one_action_and_on_all():
    for same_action in (True, False):
        median, _, _ = measure(judge_with(1000, same_action), rounds=150)
        assert median < 5000, f"{median:.0f} µs"


def test_rules_about_other_actions_cost_nothing():
    few, _, _ = measure(judge_with(50, False), rounds=150)
    many, _, _ = measure(judge_with(1000, False), rounds=150)
    assert many < few * 8, f"{few:.0f} µs with 50 rules, {many:.0f} µs with 1,000"
