# SPDX-License-Identifier: Apache-2.0
"""Positions are what was known and what is explained, or their instrument is locked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.cli.main import main
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, Side
from ib_provider.errors import LimitBreached, WrongAccount
from ib_provider.simulator.interventions import correct_execution
from ib_provider.usecases.reconcile_positions import ReconcileReport, reconcile_positions
from ib_provider.usecases.watch_orders import watch_orders
from tests.support.control import carry_out
from tests.support.main_job import ACCOUNT
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RebalanceDesk]:
    async with rebalance_desk(tmp_path, positions={"IBM": Decimal(100)}) as running:
        yield running


async def _reconcile(desk: RebalanceDesk) -> ReconcileReport:
    async with desk.client() as client:
        return await reconcile_positions(
            client, ledger=desk.ledger, account=ACCOUNT, between_looks_s=0.01
        )


async def _trade_by_hand(desk: RebalanceDesk, side: Side, quantity: int, ref: str) -> None:
    async with desk.client(90) as client:
        order = Order(
            side=side,
            quantity=Decimal(quantity),
            order_type=OrderType.MARKET,
            account=ACCOUNT,
            order_ref=ref,
        )
        contract = Contract(symbol="IBM", exchange="SMART", currency="USD")
        await client.place_order(client.next_order_id(), contract, order)
        assert (await watch_orders(client, [ref], timeout_s=30)).unsettled == ()


async def test_fills_of_ours_explain_what_is_held_after_them(desk: RebalanceDesk) -> None:
    """The first time takes what is held; a rebalance later everything is explained."""
    first = await _reconcile(desk)
    assert (first.since, first.instruments, first.differences) == (None, 1, ())
    plan = await desk.plan()
    await desk.submit(plan)
    await desk.follow(plan)
    after = await _reconcile(desk)
    assert after.since == first.at
    assert after.differences == ()
    assert after.instruments == 5


async def test_fills_that_were_never_written_down_are_read_before_anything_is_compared(
    desk: RebalanceDesk,
) -> None:
    """A run that died after its orders filled is no difference."""
    await _reconcile(desk)
    plan = await desk.plan()
    await desk.submit(plan)
    async with desk.client() as client:
        refs = [leg.order_ref for leg in plan.legs]
        assert (await watch_orders(client, refs, timeout_s=30)).unsettled == ()
    found = await _reconcile(desk)
    assert found.new_fills == len(desk.trades())
    assert found.differences == ()


async def test_trade_of_a_stranger_locks_its_instrument_until_it_is_undone(
    desk: RebalanceDesk,
) -> None:
    """The difference stays one, and stops the plan that was made before it, and the next one."""
    await _reconcile(desk)
    plan = await desk.plan()
    await _trade_by_hand(desk, Side.BUY, 7, "by hand")
    for _ in range(2):
        report = await _reconcile(desk)
        assert [str(item) for item in report.differences] == ["IBM.NYSE: 107 held, 100 expected"]
    (lock,) = desk.ledger.locked_instruments(ACCOUNT)
    assert (lock.instrument_id, lock.who) == ("IBM.NYSE", "reconcile")
    with pytest.raises(LimitBreached, match=r"locked: IBM\.NYSE: IBM\.NYSE: 107 held"):
        await desk.submit(plan)
    with pytest.raises(LimitBreached, match=r"locked: IBM\.NYSE: IBM\.NYSE: 107 held"):
        await desk.plan("another")
    await _trade_by_hand(desk, Side.SELL, 7, "undone")
    assert (await _reconcile(desk)).unlocked == ("IBM.NYSE",)
    assert desk.ledger.locked_instruments(ACCOUNT) == ()


async def test_difference_that_a_person_unlocks_is_taken_as_it_is(
    desk: RebalanceDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the terminal, with who and why; the next reconciliation counts from there."""
    await _reconcile(desk)
    await _trade_by_hand(desk, Side.BUY, 7, "by hand")
    await _reconcile(desk)
    monkeypatch.setenv("IB_PROVIDER_HOME", str(desk.settings.home))
    given = ["unlock", "IBM.NYSE", "--account", ACCOUNT, "--who", "ada", "--why", "a gift"]
    assert main(given) == 0
    assert "IBM.NYSE: 107 held, 100 expected" in capsys.readouterr().out
    assert main(given) == 1
    for _ in range(2):
        assert (await _reconcile(desk)).differences == ()
    assert desk.ledger.locked_instruments(ACCOUNT) == ()


async def test_position_that_is_not_told_is_a_difference_in_the_third_look(
    desk: RebalanceDesk,
) -> None:
    """Lost for two looks it locks nothing; lost for three it does, until it is told again."""
    await _reconcile(desk)
    for looks, differing in ((2, []), (3, ["IBM.NYSE: 0 held, 100 expected"]), (0, [])):
        await carry_out(desk.gateway.control_port, "calm_down")
        if looks:
            await carry_out(
                desk.gateway.control_port, "tamper", kinds=["positions"], how="lose", count=looks
            )
        report = await _reconcile(desk)
        assert [str(item) for item in report.differences] == differing
        assert len(desk.ledger.locked_instruments(ACCOUNT)) == len(differing)


async def test_correction_that_takes_shares_back_is_explained(desk: RebalanceDesk) -> None:
    """It changes the fill and the position alike."""
    await _reconcile(desk)
    plan = await desk.plan()
    await desk.submit(plan)
    await desk.follow(plan)
    await _reconcile(desk)
    trade = max(desk.trades(), key=lambda item: item.shares)
    correct_execution(desk.gateway.brokerage, trade.exec_id, trade.price, trade.shares // 2)
    assert (await _reconcile(desk)).differences == ()


async def test_account_the_login_does_not_hold_is_refused(desk: RebalanceDesk) -> None:
    """Nobody's positions are not noted as empty."""
    async with desk.client() as client:
        with pytest.raises(WrongAccount):
            await reconcile_positions(client, ledger=desk.ledger, account="DU7654321")
    assert desk.ledger.known_positions("DU7654321") is None
