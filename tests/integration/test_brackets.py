# SPDX-License-Identifier: Apache-2.0
"""What ends a position, from the plan to the gateway's own book: over TCP, its clock at a stop."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bracket import Bracket
from ib_provider.domain.execution_style import ExecutionStyle
from ib_provider.domain.order import OrderStatus, Side
from ib_provider.domain.portfolio import Limits, OrderPlan, Target, TargetKind
from ib_provider.errors import ConnectionLost, LedgerError, LimitBreached
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.operators.rebalance_approve import approval_request
from ib_provider.pages.rebalance_page import rebalance_page
from ib_provider.rebalance.plan_table import plan_lines
from ib_provider.sensors.fills import orders_in_scope
from ib_provider.simulator.exchange.matching import Match
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.usecases.cancel_orders import cancel_our_orders
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from ib_provider.usecases.rebalance_report import rebalance_report
from ib_provider.usecases.reconcile_positions import reconcile_positions
from ib_provider.usecases.review_orders import ConcernKind, review_orders
from ib_provider.usecases.submit_plan import SubmitReport, submit_plan
from tests.support.airflow_home import PROJECT
from tests.support.control import carry_out
from tests.support.main_job import ACCOUNT, GUARD
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_DEMO: Final = read_portfolio(PROJECT / "include", "demo")
_BRACKET: Final = Bracket(
    take_profit=Decimal("0.05"), stop_loss=Decimal("0.04"), stop_limit_bp=Decimal(100)
)
_IBM, _FB = "IBM.NYSE", "FB.NASDAQ"


@asynccontextmanager
async def _desk(
    tmp_path: Path, *, style: ExecutionStyle | None = None, **options: Any
) -> AsyncIterator[RebalanceDesk]:
    """Run a portfolio of a thousand shares of IBM, with a bracket."""
    async with rebalance_desk(tmp_path, **({"speed": 0.0} | options)) as desk:
        _want(desk, {_IBM: 1000})
        if style is not None and desk.portfolio is not None:
            desk.portfolio = replace(desk.portfolio, style=style)
        yield desk


def _want(desk: RebalanceDesk, shares: dict[str, int]) -> None:
    targets = tuple(
        Target(
            instrument_id=name,
            kind=TargetKind.QUANTITY if units else TargetKind.CLOSE,
            amount=Decimal(units),
        )
        for name, units in shares.items()
    )
    desk.portfolio = replace(_DEMO, targets=targets, bracket=_BRACKET)


def _open(desk: RebalanceDesk) -> dict[str, SimOrder]:
    """Return what is open in the gateway's own book, by order_ref."""
    return {order.terms.order_ref: order for order in desk.sent() if order.is_open}


def _fill(desk: RebalanceDesk, order_ref: str, shares: int) -> None:
    """Have the exchange fill a part of an order, now, at its limit."""
    brokerage = desk.gateway.brokerage
    (order,) = [item for item in desk.sent() if item.terms.order_ref == order_ref]
    match = Match(shares=Decimal(shares), price=order.terms.lmt_price or Decimal(0))
    brokerage.commit(brokerage.floor.fills.book(order, match, brokerage.clock.now()))


async def _execute(desk: RebalanceDesk, plan: OrderPlan, **more: Any) -> SubmitReport:
    return await desk.execute(plan, poll_s=0.05, **more)


def _dies_at(order_ref: str) -> Callable[[str], None]:
    def fence(ref: str) -> None:
        if ref == order_ref:
            raise LedgerError("the process died here")

    return fence


def _assert_bracketed(desk: RebalanceDesk, plan: OrderPlan, shares: int) -> None:
    """Each order of the plan is once at the gateway, and its exits alone are open, in one group."""
    assert desk.orders_of(plan) == [1] * len(plan.legs)
    exits = {leg.order_ref: leg for leg in plan.exits}
    assert _open(desk).keys() == exits.keys()
    assert len({leg.role for leg in plan.exits}) == len(exits) == 2
    for ref, order in _open(desk).items():
        assert (order.quantity, order.filled, order.terms.tif) == (shares, 0, "GTC")
        assert order.terms.oca_group == exits[ref].oca_group
        assert order.terms.oca_type == 2
    assert {desk.ledger.find_intent(ref).state for ref in exits} == {  # type: ignore[union-attr]
        IntentState.WORKING
    }


async def _assert_explained(desk: RebalanceDesk) -> None:
    """The watch of orders finds nothing for a person, and a reconciliation no difference."""
    async with desk.client() as client:
        review = await review_orders(
            client, ledger=desk.ledger, account=ACCOUNT, late_after=timedelta(0)
        )
        assert review.concerns == ()
        report = await reconcile_positions(client, ledger=desk.ledger, account=ACCOUNT)
        assert report.differences == ()


async def test_futures_have_exits_on_their_own_price_ladder(tmp_path: Path) -> None:
    """A long in quarters, a short in 64ths: each rounded so that it loses no more than asked."""
    async with _desk(tmp_path) as desk:
        desk.limits = read_limits(PROJECT / "include", "wide")
        _want(desk, {"ESH13.CME": 2, "ZNH13.CBOT": -3})
        plan = await desk.plan()
        await _execute(desk, plan)
        assert desk.orders_of(plan) == [1] * 6
        assert _open(desk).keys() == {leg.order_ref for leg in plan.exits}
        steps = {"ESH13.CME": Decimal("0.25"), "ZNH13.CBOT": Decimal("0.015625")}
        for leg in plan.exits:
            order, step = _open(desk)[leg.order_ref], steps[leg.instrument_id]
            is_long = leg.instrument_id == "ESH13.CME"
            assert order.terms.action == ("SELL" if is_long else "BUY")
            assert order.quantity == (2 if is_long else 3)
            assert leg.limit_price % step == 0
            if leg.stop_price is None:
                continue
            exact = leg.arrival_price * (Decimal("0.96") if is_long else Decimal("1.04"))
            assert leg.stop_price % step == 0
            loses_less = leg.stop_price - exact if is_long else exact - leg.stop_price
            assert 0 <= loses_less < step
        await _assert_explained(desk)


async def test_exits_follow_their_entry_in_one_group(tmp_path: Path) -> None:
    """Both are at the gateway for what was bought, at prices of the plan; it waits for neither."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        entry, stop, profit = plan.legs
        report = await _execute(desk, plan)
        assert (report.is_sent, report.working, report.later) == (True, (), ())
        _assert_bracketed(desk, plan, 1000)
        mid = entry.arrival_price
        terms = _open(desk)[stop.order_ref].terms
        assert (terms.order_type, terms.action) == ("STP LMT", "SELL")
        assert mid * Decimal("0.96") <= (terms.aux_price or 0) < mid * Decimal("0.96") + 1
        assert (terms.lmt_price or 0) < (terms.aux_price or 0)
        assert (_open(desk)[profit.order_ref].terms.lmt_price or 0) >= mid * Decimal("1.05")
        again = await _execute(desk, plan)
        assert again.sent == ()
        _assert_bracketed(desk, plan, 1000)
        await _assert_explained(desk)
        states = {
            row.leg.role: row.state for row in rebalance_report(desk.ledger, plan.plan_id).legs
        }
        assert states == {"entry": "filled", "stop": "working", "profit": "working"}


async def test_exits_are_shown_and_not_waited_for(tmp_path: Path) -> None:
    """In plan, approval, page and what a sensor waits for; a cancel of the plan takes them too."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        _, stop, profit = plan.legs
        said = [
            f"exit IBM.NYSE: stop, SELL at most 1000 from {stop.stop_price} at {stop.limit_price}",
            f"exit IBM.NYSE: profit, SELL at most 1000 at {profit.limit_price}",
        ]
        assert [line for line in plan_lines(plan) if line.startswith("exit")] == said
        _, body = approval_request(plan, None)
        assert [line for line in body.splitlines() if line.startswith("- IBM")] == [
            line.replace("exit", "-", 1) for line in said
        ]
        await _execute(desk, plan)
        report = rebalance_report(desk.ledger, plan.plan_id)
        assert "What ends the positions" in rebalance_page(report, is_file=True)
        assert (report.short, report.total_shortfall.unknown) == ((), 0)
        intents = desk.ledger.intents(plan.plan_id)
        assert orders_in_scope(plan, intents) == (plan.legs[0].order_ref,)
        assert orders_in_scope(plan, intents, wave=3) == (stop.order_ref,)

        def connect(client_id: int | None) -> IbClient:
            return desk.client() if client_id is None else desk.client(client_id)

        cancelled = await cancel_our_orders(connect, account=ACCOUNT)
        assert cancelled.done.keys() == {stop.order_ref, profit.order_ref}
        assert _open(desk) == {}
        async with desk.client() as client:
            review = await review_orders(
                client, ledger=desk.ledger, account=ACCOUNT, late_after=timedelta(0)
            )
        assert {concern.kind for concern in review.concerns} == {ConcernKind.SHORT}


async def test_entry_that_filled_in_part_has_exits_for_that(tmp_path: Path) -> None:
    """It is called off at its deadline; what it bought until then is what is ended."""
    style = ExecutionStyle(work_s=Decimal("0.3"))
    async with _desk(tmp_path, style=style, speed=1.0, fill_delay_s=600.0) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        _fill(desk, plan.legs[0].order_ref, 300)
        await _execute(desk, plan)
        _assert_bracketed(desk, plan, 300)


async def test_entry_of_which_nothing_filled_has_no_exits(tmp_path: Path) -> None:
    """There is nothing to end, and the plan is done."""
    style = ExecutionStyle(work_s=Decimal("0.3"))
    async with _desk(tmp_path, style=style, speed=1.0, fill_delay_s=600.0) as desk:
        plan = await desk.plan()
        report = await _execute(desk, plan)
        assert report.is_sent
        assert [order.status for order in desk.sent()] == [OrderStatus.CANCELLED]


async def test_profit_that_fills_in_part_lessens_the_stop_which_ends_the_rest(
    tmp_path: Path,
) -> None:
    """The gateway does it; ledger, positions and watch agree with it, and nobody is alarmed."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        await _execute(desk, plan)
        await _assert_explained(desk)
        _, stop, profit = plan.legs
        _fill(desk, profit.order_ref, 400)
        await _assert_explained(desk)
        assert {order.remaining for order in _open(desk).values()} == {Decimal(600)}
        _fill(desk, stop.order_ref, 600)
        await _assert_explained(desk)
        assert (_open(desk), desk.held()) == ({}, {})
        states = [desk.ledger.find_intent(ref) for ref in (stop.order_ref, profit.order_ref)]
        assert [intent and intent.state for intent in states] == ["filled", "cancelled"]


async def test_crashes_before_each_exit_end_as_without_them(tmp_path: Path) -> None:
    """Between entry and stop, and between stop and profit: one of each is at the gateway."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        for before, leg in enumerate(plan.exits):
            with pytest.raises(LedgerError, match="died here"):
                await _execute(desk, plan, fence=_dies_at(leg.order_ref))
            assert len(_open(desk)) == before
        await _execute(desk, plan)
        _assert_bracketed(desk, plan, 1000)


async def test_gateway_that_dies_with_an_exit_has_it_once(tmp_path: Path) -> None:
    """Taken and not answered, it is adopted by the retry, which sends the other."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await desk.follow(plan)
        await carry_out(desk.gateway.control_port, "next_order", how="swallow")
        sending = asyncio.ensure_future(desk.submit(plan))
        async with asyncio.timeout(30):
            while not _open(desk):  # noqa: ASYNC110 a book has no event
                await asyncio.sleep(0.01)
        await desk.gateway.stop()
        with pytest.raises(ConnectionLost):
            await sending
        await desk.start()
        report = await desk.submit(plan)
        assert report.sent == (plan.legs[2].order_ref,)
        _assert_bracketed(desk, plan, 1000)


async def test_next_rebalance_replaces_the_exits(tmp_path: Path) -> None:
    """Those of before are called off by us before the trade; the new are for what is held then."""
    async with _desk(tmp_path) as desk:
        plans = [await desk.plan("1000")]
        await _execute(desk, plans[0])
        for units in (1400, 400):
            _want(desk, {_IBM: units})
            plans.append(await desk.plan(str(units)))
            await _execute(desk, plans[-1])
            _assert_bracketed(desk, plans[-1], units)
        await _assert_explained(desk)
        _want(desk, {_IBM: 0})
        last = await desk.plan("0")
        assert last.exits == ()
        await _execute(desk, last)
        assert (_open(desk), desk.held()) == ({}, {})
        kept = {order.terms.order_ref: order for order in desk.sent()}
        for before, after in itertools.pairwise([*plans, last]):
            entry = kept[after.legs[0].order_ref]
            for leg in before.exits:
                intent, ended = desk.ledger.find_intent(leg.order_ref), kept[leg.order_ref].ended_at
                assert intent is not None
                assert intent.called_off_at is not None
                assert ended is not None
                assert ended <= entry.placed_at


async def test_gateway_that_dies_as_exits_are_called_off_lets_nothing_be_sent(
    tmp_path: Path,
) -> None:
    """Nobody knows then what became of the cancel; the retry asks, and ends as without it."""
    async with _desk(tmp_path) as desk:
        await _execute(desk, await desk.plan("one"))
        _want(desk, {_IBM: 1400})
        second = await desk.plan("two")
        stopping = []

        def dies(_ref: str) -> None:
            stopping.append(asyncio.ensure_future(desk.gateway.stop()))

        with _RacingLedger.open(desk.settings.ledger_url, locks=desk.settings.locks) as ledger:
            assert isinstance(ledger, _RacingLedger)
            ledger.race, desk.ledger = dies, ledger
            with pytest.raises(ConnectionLost):
                await desk.submit(second)
            await asyncio.gather(*stopping)
            await desk.start()
            assert desk.orders_of(second) == [0, 0, 0]
            await _execute(desk, second)
            _assert_bracketed(desk, second, 1400)


async def test_plan_that_is_refused_leaves_the_exits_at_work(tmp_path: Path) -> None:
    """By a limit, or because the exits are another client's: their ids are somebody else's here."""
    async with _desk(tmp_path) as desk:
        first = await desk.plan("one")
        await _execute(desk, first)
        _want(desk, {_IBM: 1400})
        second = await desk.plan("two")
        narrow = replace(_limits(desk), max_order_value=Decimal(1))
        with pytest.raises(LimitBreached, match="max_order_value"):
            await desk.submit(second, limits=narrow)
        async with desk.client(77) as client:
            with pytest.raises(LimitBreached, match="that client id 77 may cancel"):
                await submit_plan(
                    client,
                    ledger=desk.ledger,
                    store=desk.store,
                    plan_id=second.plan_id,
                    limits=_limits(desk),
                    guard=GUARD,
                    switch=KillSwitch(desk.ledger, desk.settings.kill_file),
                )
        _assert_bracketed(desk, first, 1000)


async def test_stop_that_traded_before_its_profit_was_sent_leaves_none_to_send(
    tmp_path: Path,
) -> None:
    """A profit for what is no longer held would sell short one day."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        _, stop, profit = plan.legs
        with pytest.raises(LedgerError, match="died here"):
            await _execute(desk, plan, fence=_dies_at(profit.order_ref))
        _fill(desk, stop.order_ref, 700)
        await _execute(desk, plan)
        assert {order.remaining for order in _open(desk).values()} == {Decimal(300)}
        _fill(desk, profit.order_ref, 300)
        await _assert_explained(desk)
        assert (_open(desk), desk.held()) == ({}, {})


async def test_exit_that_trades_as_the_other_is_sent_is_not_outlived(tmp_path: Path) -> None:
    """The broker took a profit for what was gone by then: it is called off."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        _, stop, profit = plan.legs

        def trades(ref: str) -> None:
            if ref == profit.order_ref:
                _fill(desk, stop.order_ref, 1000)

        await _execute(desk, plan, fence=trades)
        assert (_open(desk), desk.held()) == ({}, {})
        intent = desk.ledger.find_intent(profit.order_ref)
        assert intent is not None
        assert intent.called_off_at is not None


async def test_exits_of_what_is_not_traded_stay(tmp_path: Path) -> None:
    """Another name's rebalance leaves them as they are."""
    async with _desk(tmp_path) as desk:
        first = await desk.plan("one")
        await _execute(desk, first)
        _want(desk, {_IBM: 1000, _FB: 500})
        second = await desk.plan("two")
        await _execute(desk, second)
        refs = {leg.order_ref for leg in (*first.exits, *second.exits)}
        assert _open(desk).keys() == refs
        assert len(refs) == 4


async def test_exit_that_fills_between_plan_and_submission_refuses(tmp_path: Path) -> None:
    """The plan was made for another position: nothing of it goes out, whoever saw the fill."""
    async with _desk(tmp_path) as desk:
        first = await desk.plan("one")
        await _execute(desk, first)
        _want(desk, {_IBM: 1400})
        second = await desk.plan("two")
        _fill(desk, first.legs[2].order_ref, 1000)
        for _ in range(2):
            with pytest.raises(LimitBreached, match=r"position: IBM\.NYSE: 0 held, allowed 1000"):
                await desk.submit(second)
            await _assert_explained(desk)
        assert len(desk.sent()) == 3


async def test_exit_that_fills_as_it_is_called_off_refuses(tmp_path: Path) -> None:
    """It is said what is held now, and that it has no exits; nothing of the plan goes out."""
    async with _desk(tmp_path) as desk:
        first = await desk.plan("one")
        await _execute(desk, first)
        _want(desk, {_IBM: 1400})
        second = await desk.plan("two")
        with _RacingLedger.open(desk.settings.ledger_url, locks=desk.settings.locks) as ledger:
            assert isinstance(ledger, _RacingLedger)
            ledger.race = lambda ref: _fill(desk, ref, 200)
            desk.ledger = ledger
            with pytest.raises(LimitBreached) as refused:
                await desk.submit(second)
        said = [str(breach) for breach in refused.value.breaches]
        assert "position: IBM.NYSE: 800 held" in said[0]
        assert "bracket: IBM.NYSE: 800 held, whose exits were called off" in said[1]
        assert len(desk.sent()) == 3
        assert _open(desk) == {}


async def test_crash_after_the_exits_were_called_off_is_mended_by_the_retry(
    tmp_path: Path,
) -> None:
    """Nothing changed in between, so the plan goes on, and ends as without it."""
    async with _desk(tmp_path) as desk:
        await _execute(desk, await desk.plan("one"))
        _want(desk, {_IBM: 1400})
        second = await desk.plan("two")
        with pytest.raises(LedgerError, match="died here"):
            await desk.submit(second, fence=_dies_at(second.legs[0].order_ref))
        assert _open(desk) == {}
        await _execute(desk, second)
        _assert_bracketed(desk, second, 1400)


async def test_exit_that_a_later_plan_made_out_of_date_is_never_sent(tmp_path: Path) -> None:
    """The older plan's retry gives its profit up, and leaves the newer plan's exits alone."""
    async with _desk(tmp_path) as desk:
        first = await desk.plan("one")
        with pytest.raises(LedgerError, match="died here"):
            await _execute(desk, first, fence=_dies_at(first.legs[2].order_ref))
        _want(desk, {_IBM: 1400})
        second = await desk.plan("two")
        await _execute(desk, second)
        report = await _execute(desk, first)
        assert (report.sent, report.is_sent) == ((), True)
        _assert_bracketed(desk, second, 1400)


async def test_short_position_is_ended_by_purchases(tmp_path: Path) -> None:
    """Mirrored: the stop lies above, the profit below, and each buys what was sold."""
    async with _desk(tmp_path) as desk:
        _want(desk, {_IBM: -500})
        desk.portfolio = replace(desk.portfolio or _DEMO, allow_short=True)
        desk.limits = replace(_limits(desk), allow_short=True)
        plan = await desk.plan()
        await _execute(desk, plan)
        _assert_bracketed(desk, plan, 500)
        entry, stop, profit = plan.legs
        assert (stop.side, profit.side) == (Side.BUY, Side.BUY)
        assert profit.limit_price < entry.arrival_price < (stop.stop_price or 0) < stop.limit_price


class _RacingLedger(Ledger):
    """A ledger that lets something happen once, between the decision to cancel and the cancel."""

    race: Callable[[str], None] | None = None

    def call_off(self, order_ref: str, reason: str, at: datetime) -> None:
        super().call_off(order_ref, reason, at)
        race, self.race = self.race, None
        if race is not None:
            race(order_ref)


def _limits(desk: RebalanceDesk) -> Limits:
    return read_limits(desk.settings.include, "demo")
