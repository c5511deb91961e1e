"""How long one judgment takes with many rules; as medians with spread."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from time import perf_counter_ns

from bot.desk.registry import load
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.people import Group, Person, System
from bot.judge.engine import CedarJudge, load_judge
from tests.judge.small import NOW

FACTS = {
    "grant_days": 10,
    "days_to_contract_end": 100000,
    "seats_free": 5,
    "already_held": False,
    "conflicting_duties": [],
    "change_freeze": False,
    "for_cause": False,
}


def company(people: int = 1000) -> Directory:
    """A deep line of managers and many systems."""
    staff = [
        Person(id=str(n), name=f"P {n}", email=f"p{n}@x.example", manager=f"p{n // 8}@x.example" if n else None) for n in range(people)
    ]
    systems = [System(id=f"s{n}", name=f"S {n}", owner="p1@x.example", approval=("birthright",)) for n in range(200)]
    return Directory(staff, systems, [Group(id="it-helpdesk", members=("p3@x.example",))])


def many_rules(count: int, same_action: bool) -> str:
    """Rules as companies have them: most are about one action and one system, some about one action and what is true of it."""
    actions = ["access.grant"] if same_action else sorted(load().actions)
    rules = ['@id("permit") @because("Anyone may ask for this.") permit(principal, action, resource);']
    for n in range(count - 1):
        head = (
            f'@id("r{n}") @because("Rule number {n} says so.") forbid(principal, action == Action::"{actions[n % len(actions)]}", resource)'
        )
        test = f'principal.department == "D{n}" && context.now < datetime("2020-01-01")'
        if same_action and n % 4:
            test = f'context.system == System::"s{n % 199 + 1}" && {test}'
        rules.append(f"{head} when {{ {test} }};")
    return "\n".join(rules)


def judge_with(rules: int, same_action: bool) -> CedarJudge:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "many.cedar").write_text(many_rules(rules, same_action), encoding="utf-8")
        return load_judge(Path(folder), load())


def measure(judge: CedarJudge, rounds: int = 400) -> tuple[float, float, float]:
    """Median, 5th and 95th percentile of one judgment in microseconds, over different people."""
    directory = company()
    times = []
    for n in range(rounds):
        call = Call(action="access.grant", arguments={"person": f"p{n % 50}@x.example", "system": "s0"})
        speaker = directory.person(f"p{n % 50}@x.example")
        begin = perf_counter_ns()
        judge.judge(call, speaker, directory, FACTS, NOW)
        times.append((perf_counter_ns() - begin) / 1000)
    cuts = statistics.quantiles(times, n=20)
    return statistics.median(times), cuts[0], cuts[-1]


def main() -> None:
    starter = load_judge(Path(__file__).resolve().parents[2] / "policies", load())
    cases = [("starter policies", starter)]
    cases += [(f"{n} rules over all actions", judge_with(n, False)) for n in (200, 1000)]
    cases += [(f"{n} rules on this action", judge_with(n, True)) for n in (200, 1000)]
    for name, judge in cases:
        middle, low, high = measure(judge)
        print(f"{name}: median {middle:.0f} µs (p5 {low:.0f}, p95 {high:.0f})")


if __name__ == "__main__":
    main()
