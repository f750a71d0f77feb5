# SPDX-License-Identifier: Apache-2.0
"""No order without the approval of that very plan, and no order from a question about one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ib_provider.domain.account import TradingMode
from ib_provider.domain.approval import Approval
from ib_provider.errors import LedgerError, LimitBreached, NotApproved
from ib_provider.ledger.positions import InstrumentLock
from ib_provider.usecases.preview_plan import preview_plan
from ib_provider.usecases.trading_guard import TradingGuard
from tests.support.control import carry_out
from tests.support.main_job import ACCOUNT, GUARD
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_ASKS = replace(GUARD, needs_approval=True)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RebalanceDesk]:
    async with rebalance_desk(tmp_path) as running:
        yield running


def _word(plan_id: str, *, ago: timedelta = timedelta(0), yes: bool = True) -> Approval:
    return Approval(plan_id=plan_id, is_approved=yes, who="ada", at=datetime.now(UTC) - ago)


async def test_plan_is_sent_once_a_person_has_approved_it(desk: RebalanceDesk) -> None:
    """Before that, the one function that sends orders sends none, whoever calls it."""
    plan = await desk.plan()
    with pytest.raises(NotApproved, match="nobody has approved it"):
        await desk.submit(plan, guard=_ASKS)
    assert desk.orders_of(plan) == [0] * len(plan.legs)
    desk.ledger.record_approval(_word(plan.plan_id))
    await desk.submit(plan, guard=_ASKS)
    assert desk.orders_of(plan) == [1] * len(plan.legs)


async def test_approval_of_another_plan_sends_nothing(desk: RebalanceDesk) -> None:
    """It is bound to the hash of what was shown."""
    plan, other = await desk.plan("one"), await desk.plan("other")
    desk.ledger.record_approval(_word(other.plan_id))
    with pytest.raises(NotApproved):
        await desk.submit(plan, guard=_ASKS)
    assert desk.orders_of(plan) == [0] * len(plan.legs)


@pytest.mark.parametrize("guard", [GUARD, _ASKS], ids=["paper", "asked"])
async def test_rejection_after_an_approval_sends_nothing(
    desk: RebalanceDesk, guard: TradingGuard
) -> None:
    """The last word counts, also where none was needed."""
    plan = await desk.plan()
    desk.ledger.record_approval(_word(plan.plan_id, ago=timedelta(minutes=1)))
    desk.ledger.record_approval(_word(plan.plan_id, yes=False))
    with pytest.raises(NotApproved, match="ada rejected it"):
        await desk.submit(plan, guard=guard)
    assert desk.orders_of(plan) == [0] * len(plan.legs)


async def test_approval_that_is_too_old_sends_nothing(desk: RebalanceDesk) -> None:
    """A task that is cleared the next day does not trade on yesterday's word."""
    plan = await desk.plan()
    desk.ledger.record_approval(_word(plan.plan_id, ago=timedelta(hours=2)))
    with pytest.raises(NotApproved, match="ada approved it 2:00:"):
        await desk.submit(plan, guard=_ASKS)
    assert desk.orders_of(plan) == [0] * len(plan.legs)


async def test_live_account_needs_an_approval_whatever_the_switch_says(
    desk: RebalanceDesk,
) -> None:
    """The switch can ask for more, never for less."""
    plan = await desk.plan()
    live = replace(GUARD, trading_mode=TradingMode.LIVE, needs_approval=False)
    with pytest.raises(NotApproved):
        live.refuse_unapproved(plan, [], datetime.now(UTC))


async def test_approval_by_nobody_or_of_no_plan_is_refused(desk: RebalanceDesk) -> None:
    """The audit names who."""
    plan = await desk.plan()
    with pytest.raises(LedgerError, match="nobody"):
        desk.ledger.record_approval(replace(_word(plan.plan_id), who=" "))
    with pytest.raises(LedgerError, match="not in the ledger"):
        desk.ledger.record_approval(_word("0" * 64))


async def test_locked_instrument_stops_the_whole_plan_until_it_is_unlocked(
    desk: RebalanceDesk,
) -> None:
    """What broker and ledger disagree about is not traded."""
    plan = await desk.plan()
    lock = InstrumentLock(
        account=ACCOUNT,
        instrument_id="IBM.NYSE",
        who="reconcile",
        why="10 held, 0 known",
        at=datetime.now(UTC),
    )
    desk.ledger.lock_instrument(lock)
    with pytest.raises(LimitBreached, match=r"locked: IBM\.NYSE: 10 held, 0 known"):
        await desk.submit(plan)
    assert desk.orders_of(plan) == [0] * len(plan.legs)
    desk.ledger.unlock_instrument(replace(lock, who="ada", why="was a gift"))
    await desk.submit(plan)
    assert desk.orders_of(plan) == [1] * len(plan.legs)


async def test_order_of_another_plan_that_nobody_knows_of_locks_its_instrument(
    desk: RebalanceDesk,
) -> None:
    """Holdings do not show an order that may be at the broker, so no second one joins it."""
    lost, plan = await desk.plan("lost"), await desk.plan("next")
    now = datetime.now(UTC)
    desk.ledger.intend(lost.legs[0], plan=lost, order_id=90, client_id=7, at=now)
    desk.ledger.record_unknown(lost.legs[0].order_ref, "no answer", now)
    with pytest.raises(LimitBreached, match=f"locked: {lost.legs[0].instrument_id}: nobody knows"):
        await desk.submit(plan)
    assert desk.orders_of(plan) == [0] * len(plan.legs)


async def test_preview_says_what_the_plan_binds_and_costs_and_makes_no_order(
    desk: RebalanceDesk,
) -> None:
    """A question about an order is none, and the answers are kept beside the plan."""
    plan = await desk.plan()
    async with desk.client() as client:
        preview = await preview_plan(client, plan)
    desk.ledger.save_preview(preview)
    assert [leg.order_ref for leg in preview.legs] == [leg.order_ref for leg in plan.legs]
    assert not any(leg.problem for leg in preview.legs)
    assert preview.commissions["USD"] > 0
    margin, use = preview.margin_after, preview.margin_use
    assert margin is not None
    assert use is not None
    # Half of what is bought binds margin at a Reg-T account, and all is bought here.
    assert 0 < use < 1
    assert list(desk.gateway.brokerage.book.orders()) == []
    assert desk.ledger.find_preview(plan.plan_id) == preview
    assert desk.ledger.intents(plan.plan_id) == ()


async def test_preview_of_a_gateway_that_only_reads_says_so_for_each_order(
    tmp_path: Path,
) -> None:
    """Error 321 of one question is no answer, and no failure of the plan."""
    async with rebalance_desk(tmp_path / "other") as desk:
        plan = await desk.plan()
        await carry_out(
            desk.gateway.control_port, "next_request", request="PlaceOrder", code=321, count=99
        )
        async with desk.client() as client:
            preview = await preview_plan(client, plan)
    assert all("321" in leg.problem for leg in preview.legs)
    assert preview.refused == ()
    assert preview.margin_after is None
