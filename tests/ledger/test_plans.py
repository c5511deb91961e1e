"""Plans, approvals and votes; races have one winner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.domain.approvals import Approval, ApprovalState, Vote
from bot.domain.calls import Call
from bot.domain.outcomes import Outcome
from bot.domain.plans import Plan, PlanState, StepState
from bot.errors import Stale, Unknown
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.world import ANN, BOB, CAT, NOW, PLACE

PlanOf = Callable[..., Plan]
ApprovalOf = Callable[..., Approval]


@pytest_asyncio.fixture
async def plan(ledger: SqlLedger, plan_of: PlanOf) -> Plan:
    """A saved plan that waits for approval."""
    made = plan_of((await ledger.open_ticket(ANN, PLACE, "x", NOW)).id, state=PlanState.ASKING)
    await ledger.save_plan(made)
    return made


@pytest_asyncio.fixture
async def both(ledger: SqlLedger, where: str) -> AsyncIterator[tuple[SqlLedger, SqlLedger]]:
    """The same record, opened twice, as two processes would."""
    other = open_ledger(where)
    yield ledger, other
    other.close()


def _vote(person: str, approve: bool = True, **more: object) -> Vote:
    return Vote.model_validate({"person": person, "approve": approve, "at": NOW, **more})


async def test_a_plan_comes_back_exactly_and_with_its_fingerprint(ledger: SqlLedger, plan: Plan) -> None:
    found = await ledger.plan(plan.id)
    assert found == plan
    assert found.fingerprint == plan.fingerprint


async def test_saving_again_replaces_the_steps(ledger: SqlLedger, plan: Plan, plan_of: PlanOf) -> None:
    shorter = plan_of(plan.ticket, steps=1, note="shorter", state=PlanState.PROPOSED)
    await ledger.save_plan(shorter)
    assert await ledger.plan(plan.id) == shorter
    assert await ledger.plans(plan.ticket) == [shorter]


async def test_plans_by_ticket_and_state_oldest_first(ledger: SqlLedger, plan: Plan, plan_of: PlanOf) -> None:
    second = plan_of(plan.ticket, "A-comes-first-by-name", state=PlanState.DONE)
    await ledger.save_plan(second)
    assert await ledger.plans(plan.ticket) == [plan, second]
    assert await ledger.plans(state=[PlanState.DONE]) == [second]
    assert await ledger.plans("BH-7") == []


async def test_a_step_keeps_its_outcome(ledger: SqlLedger, plan: Plan) -> None:
    undo = Call(action="access.grant", arguments={"person": BOB, "levels": ["a", "b"]})
    step = plan.steps[1].model_copy(update={"state": StepState.DONE, "outcome": Outcome.done("Done.", before="a", undo=undo, serial="S")})
    await ledger.save_step(plan.id, step)
    assert (await ledger.plan(plan.id)).steps == (plan.steps[0], step)
    with pytest.raises(Unknown, match="no step 9"):
        await ledger.save_step(plan.id, step.model_copy(update={"number": 9}))


async def test_of_racing_moves_one_wins(both: tuple[SqlLedger, SqlLedger], plan: Plan) -> None:
    targets = [PlanState.RUNNING, PlanState.CANCELLED, PlanState.LAPSED, PlanState.DECLINED] * 5
    moves = [both[n % 2].move_plan(plan.id, [PlanState.ASKING], to, f"by {n}") for n, to in enumerate(targets)]
    results = await asyncio.gather(*moves, return_exceptions=True)
    won = [r for r in results if isinstance(r, Plan)]
    assert len(won) == 1
    assert all(isinstance(r, Stale) for r in results if r is not won[0])
    assert await both[0].plan(plan.id) == won[0]


async def test_a_move_from_another_state_says_where_the_plan_is(ledger: SqlLedger, plan: Plan) -> None:
    with pytest.raises(Stale, match="waiting for approval"):
        await ledger.move_plan(plan.id, [PlanState.RUNNING], PlanState.DONE)
    with pytest.raises(Unknown, match="P9"):
        await ledger.move_plan("P9", [PlanState.RUNNING], PlanState.DONE)


async def test_of_twenty_racing_votes_the_quorum_counts_and_the_rest_are_stale(
    both: tuple[SqlLedger, SqlLedger], plan: Plan, approval_of: ApprovalOf
) -> None:
    people = [f"p{n}@corp.example" for n in range(20)]
    await both[0].save_approval(approval_of(plan, quorum=3, approvers=tuple(people)))
    votes = [both[n % 2].vote("A1", plan.fingerprint, _vote(p)) for n, p in enumerate(people)]
    results = await asyncio.gather(*votes, return_exceptions=True)
    assert sum(isinstance(r, Approval) for r in results) == 3
    assert sum(isinstance(r, Stale) for r in results) == 17
    settled = await both[1].approval("A1")
    assert (settled.state, len(settled.votes)) == (ApprovalState.APPROVED, 3)


async def test_nobody_votes_twice_not_even_at_once(both: tuple[SqlLedger, SqlLedger], plan: Plan, approval_of: ApprovalOf) -> None:
    await both[0].save_approval(approval_of(plan, quorum=2))
    results = await asyncio.gather(*(both[n % 2].vote("A1", plan.fingerprint, _vote(BOB)) for n in range(20)), return_exceptions=True)
    assert sum(isinstance(r, Approval) for r in results) == 1
    assert (await both[0].approval("A1")).state is ApprovalState.OPEN


async def test_one_no_decides(ledger: SqlLedger, plan: Plan, approval_of: ApprovalOf) -> None:
    await ledger.save_approval(approval_of(plan, quorum=2))
    await ledger.vote("A1", plan.fingerprint, _vote(BOB))
    declined = await ledger.vote("A1", plan.fingerprint, _vote(CAT, False, reason="not now"))
    assert (declined.state, [v.reason for v in declined.votes]) == (ApprovalState.DECLINED, ["", "not now"])
    assert await ledger.approval("A1") == declined


@pytest.mark.parametrize(
    ("change", "vote", "fingerprint", "words"),
    [
        ({}, _vote(BOB), "0" * 64, "plan has changed"),
        ({"state": ApprovalState.WAITING}, _vote(BOB), "", "settled|waiting"),
        ({"state": ApprovalState.LAPSED}, _vote(BOB), "", "settled already"),
        ({}, _vote(BOB, at=NOW + timedelta(hours=73)), "", "time for an answer is over"),
        ({"votes": (_vote(BOB),)}, _vote(BOB, False), "", "answered this already"),
    ],
)
async def test_a_stale_vote_changes_nothing(
    ledger: SqlLedger, plan: Plan, approval_of: ApprovalOf, change: dict[str, object], vote: Vote, fingerprint: str, words: str
) -> None:
    await ledger.save_approval(approval_of(plan, quorum=2, **change))
    before = await ledger.approval("A1")
    with pytest.raises(Stale, match=words):
        await ledger.vote("A1", fingerprint or plan.fingerprint, vote)
    assert await ledger.approval("A1") == before


async def test_a_stale_copy_neither_reopens_an_approval_nor_loses_its_votes(ledger: SqlLedger, plan: Plan, approval_of: ApprovalOf) -> None:
    """A reminder that read the approval before the click saves it after the click."""
    early = approval_of(plan, quorum=2)
    await ledger.save_approval(early)
    await ledger.vote("A1", plan.fingerprint, _vote(BOB))
    await ledger.save_approval(early.model_copy(update={"reminded": 1}))
    kept = await ledger.approval("A1")
    assert (kept.reminded, [v.person for v in kept.votes]) == (1, [BOB])
    await ledger.vote("A1", plan.fingerprint, _vote(CAT))
    with pytest.raises(Stale, match="settled already"):
        await ledger.save_approval(early.model_copy(update={"reminded": 2}))
    assert (await ledger.approval("A1")).state is ApprovalState.APPROVED


async def test_approvals_by_plan_and_state_in_order(ledger: SqlLedger, plan: Plan, approval_of: ApprovalOf) -> None:
    first, second = approval_of(plan, "Z"), approval_of(plan, "A", stage=2, state=ApprovalState.WAITING)
    await ledger.save_approval(first)
    await ledger.save_approval(second)
    assert await ledger.approvals(plan.id) == [first, second]
    assert await ledger.approvals(state=[ApprovalState.WAITING]) == [second]
    with pytest.raises(Unknown, match="no approval B"):
        await ledger.approval("B")
    with pytest.raises(Unknown):
        await ledger.save_approval(approval_of(plan.model_copy(update={"id": "P9"}), "C"))
