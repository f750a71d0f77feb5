# SPDX-License-Identifier: Apache-2.0
"""Each style as the gateway gets it, and what becomes of it; over TCP, the clock moved by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ib_provider.domain.execution_style import ExecutionStyle, InstrumentStyle, StyleKind
from ib_provider.domain.order import OrderStatus
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import LimitBreached
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator.exchange.matching import Match
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from ib_provider.usecases.rebalance_report import rebalance_report
from tests.support.airflow_home import PROJECT
from tests.support.control import carry_out
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_INCLUDE: Final = PROJECT / "include"
_DEMO: Final = read_portfolio(_INCLUDE, "demo")
_CHASE: Final = ExecutionStyle(kind=StyleKind.MIDPRICE_CHASE, work_s=Decimal(1), attempts=4)


@asynccontextmanager
async def _desk(
    tmp_path: Path, *styles: InstrumentStyle, **options: Any
) -> AsyncIterator[RebalanceDesk]:
    """Run the portfolio ``demo`` with these styles; market-on-close is allowed."""
    async with rebalance_desk(tmp_path, **({"speed": 0.0} | options)) as desk:
        desk.limits = replace(read_limits(_INCLUDE, "demo"), allow_unpriced=True)
        desk.portfolio = replace(_DEMO, styles=styles)
        yield desk


def _of(name: str, kind: StyleKind, **terms: Any) -> InstrumentStyle:
    return InstrumentStyle(instrument_id=name, style=ExecutionStyle(kind=kind, **terms))


def _only(desk: RebalanceDesk, name: str, style: ExecutionStyle) -> None:
    """Have the portfolio hold one name, executed in one style."""
    targets = tuple(item for item in _DEMO.targets if item.instrument_id == name)
    desk.portfolio = replace(_DEMO, targets=targets, style=style)


async def test_every_style_is_placed_and_filled_as_ib_would(tmp_path: Path) -> None:
    """The algorithms work under a limit until their window ends; the auctions fill at the close."""
    styles = (
        _of("IBM.NYSE", StyleKind.ADAPTIVE, urgency="Urgent"),
        _of("GOOG.NASDAQ", StyleKind.TWAP, start="10:30", end="11:30"),
        _of("MSFT.NASDAQ", StyleKind.VWAP, end="11:00", max_volume=Decimal("0.1"), past_end=True),
        _of("FB.NASDAQ", StyleKind.MOC),
        _of("AAPL.NASDAQ", StyleKind.LOC),
    )
    async with _desk(tmp_path, *styles) as desk:
        # The day's prices go up: a narrow collar would leave the algorithms behind.
        desk.portfolio = replace(desk.portfolio or _DEMO, collar_bp=Decimal(100))
        plan = await desk.plan()
        await desk.submit(plan)
        kept = {order.terms.order_ref: order.terms for order in desk.sent()}
        terms = {leg.instrument_id: kept[leg.order_ref] for leg in plan.legs}
        shown = {
            name: (item.order_type, item.algo_strategy, dict(item.algo_params))
            for name, item in terms.items()
        }
        assert shown == {
            "IBM.NYSE": ("LMT", "Adaptive", {"adaptivePriority": "Urgent"}),
            "GOOG.NASDAQ": (
                "LMT",
                "Twap",
                {
                    "strategyType": "Marketable",
                    "startTime": "20130304-15:30:00",
                    "endTime": "20130304-16:30:00",
                    "allowPastEndTime": "0",
                },
            ),
            "MSFT.NASDAQ": (
                "LMT",
                "Vwap",
                {"maxPctVol": "0.1", "endTime": "20130304-16:00:00", "allowPastEndTime": "1"},
            ),
            "FB.NASDAQ": ("MOC", "", {}),
            "AAPL.NASDAQ": ("LOC", "", {}),
        }
        assert not terms["FB.NASDAQ"].lmt_price
        for minutes in (*[5] * 20, 120, 180):
            await carry_out(desk.gateway.control_port, "advance", seconds=minutes * 60)
            await asyncio.sleep(0.05)
        await desk.follow(plan)
        states = {leg.leg.instrument_id: leg.state for leg in _report(desk, plan)}
        assert states == dict.fromkeys(terms, "filled")


async def test_order_for_the_open_waits_for_it_and_fills_there(tmp_path: Path) -> None:
    """Sent before it with a limit, it trades in the opening auction."""
    async with _desk(tmp_path, clock="2013-03-04T08:50:00-05:00") as desk:
        _only(desk, "AAPL.NASDAQ", ExecutionStyle(kind=StyleKind.OPG))
        plan = await desk.plan()
        await desk.submit(plan)
        (order,) = desk.sent()
        assert (order.terms.order_type, order.terms.tif, order.filled) == ("LMT", "OPG", 0)
        await carry_out(desk.gateway.control_port, "advance", seconds=41 * 60)
        await desk.follow(plan)
        assert [leg.state for leg in _report(desk, plan)] == ["filled"]


@pytest.mark.parametrize(
    ("kind", "clock", "until"),
    [
        (StyleKind.MOC, "2013-03-04T15:55:01-05:00", "2013-03-04 20:55:00"),
        (StyleKind.LOC, "2013-03-04T15:57:00-05:00", "2013-03-04 20:55:00"),
        (StyleKind.OPG, "2013-03-04T10:00:00-05:00", "2013-03-04 14:28:00"),
    ],
)
async def test_auction_whose_cut_off_has_passed_is_refused_when_planning(
    tmp_path: Path, kind: StyleKind, clock: str, until: str
) -> None:
    """Every such name is told, with the time until which the exchange took orders."""
    async with _desk(tmp_path, clock=clock) as desk:
        _only(desk, "AAPL.NASDAQ", ExecutionStyle(kind=kind))
        with pytest.raises(LimitBreached, match=rf"cut_off: AAPL\.NASDAQ: {kind} at .*{until} UTC"):
            await desk.plan()


async def test_plan_that_missed_its_cut_off_is_not_sent(tmp_path: Path) -> None:
    """Planned in time and sent too late, nothing of it goes out."""
    async with _desk(tmp_path, clock="2013-03-04T15:40:00-05:00") as desk:
        _only(desk, "AAPL.NASDAQ", ExecutionStyle(kind=StyleKind.MOC))
        plan = await desk.plan()
        await carry_out(desk.gateway.control_port, "advance", seconds=16 * 60)
        with pytest.raises(LimitBreached, match=r"cut_off: AAPL\.NASDAQ"):
            await desk.submit(plan)
        assert desk.sent() == []


async def test_market_on_close_needs_limits_that_allow_it(tmp_path: Path) -> None:
    """It has no worst price, and none is allowed by default."""
    async with _desk(tmp_path) as desk:
        _only(desk, "AAPL.NASDAQ", ExecutionStyle(kind=StyleKind.MOC))
        desk.limits = read_limits(_INCLUDE, "demo")
        with pytest.raises(LimitBreached, match=r"order_type: AAPL\.NASDAQ: MOC"):
            await desk.plan()


async def test_chase_comes_nearer_with_each_order_and_has_one_at_work(tmp_path: Path) -> None:
    """From the middle to beyond the other side; each order after the end of the one before."""
    async with _desk(tmp_path) as desk:
        _only(desk, "IBM.NYSE", _CHASE)
        plan = await desk.plan()
        await desk.execute(plan)
        orders = desk.sent()
        prices = [order.terms.lmt_price or Decimal(0) for order in orders]
        assert len(orders) == 4
        assert prices == sorted(prices)
        assert prices[0] < prices[-1] <= plan.legs[0].limit_price
        assert [order.status for order in orders[:-1]] == [OrderStatus.CANCELLED] * 3
        assert orders[-1].filled == plan.legs[0].quantity
        _assert_one_at_a_time(desk, plan)


@pytest.mark.parametrize("share", ["0.1", "0.4", "1"])
async def test_chase_whose_cancel_races_a_fill_never_buys_too_much(
    tmp_path: Path, share: str
) -> None:
    """What trades as the cancel goes out is counted, and only the rest is sent again."""
    async with _desk(tmp_path, speed=1.0, fill_delay_s=600.0) as desk:
        _only(desk, "IBM.NYSE", _CHASE)
        plan = await desk.plan()
        with _RacingLedger.open(desk.settings.ledger_url, locks=desk.settings.locks) as ledger:
            assert isinstance(ledger, _RacingLedger)
            ledger.race = lambda ref: _fill(desk, ref, Decimal(share))
            desk.ledger = ledger
            await desk.execute(plan)
            _assert_one_at_a_time(desk, plan)
            (leg,) = _report(desk, plan)
            assert leg.filled == sum(order.filled for order in desk.sent())
            assert (leg.filled == leg.leg.quantity) == (share == "1")
            assert len(desk.sent()) == (1 if share == "1" else 4)


async def test_order_past_its_deadline_is_called_off_and_the_rest_reported(
    tmp_path: Path,
) -> None:
    """With one attempt nothing is sent again; the report says how much is missing."""
    async with _desk(tmp_path, speed=1.0, fill_delay_s=600.0) as desk:
        _only(desk, "IBM.NYSE", ExecutionStyle(work_s=Decimal(1)))
        plan = await desk.plan()
        report = await desk.execute(plan)
        assert (report.working, report.later, report.is_sent) == ((), (), True)
        assert [order.status for order in desk.sent()] == [OrderStatus.CANCELLED]
        (leg,) = _report(desk, plan)
        assert (leg.state, leg.filled) == ("cancelled", 0)
        again = await desk.execute(plan)
        assert again.sent == ()


async def test_order_that_a_person_cancelled_is_not_sent_again(tmp_path: Path) -> None:
    """Attempts are for what we called off ourselves: whoever cancels by hand means it."""
    async with _desk(tmp_path, speed=1.0, fill_delay_s=600.0) as desk:
        _only(desk, "IBM.NYSE", ExecutionStyle(work_s=Decimal(60), attempts=5))
        plan = await desk.plan()
        await desk.submit(plan)
        (order,) = desk.sent()
        brokerage = desk.gateway.brokerage
        brokerage.commit(
            brokerage.exchange.cancel(order.key, by_client=0, now=brokerage.clock.now())
        )
        report = await desk.execute(plan)
        assert report.is_sent
        assert len(desk.sent()) == 1


class _RacingLedger(Ledger):
    """A ledger that lets something happen between the decision to cancel and the cancel."""

    race: Callable[[str], None]

    def call_off(self, order_ref: str, reason: str, at: datetime) -> None:
        super().call_off(order_ref, reason, at)
        self.race(order_ref)


def _fill(desk: RebalanceDesk, order_ref: str, share: Decimal) -> None:
    """Have the exchange fill a part of what is left of an order, now."""
    brokerage = desk.gateway.brokerage
    (order,) = [item for item in desk.sent() if item.terms.order_ref == order_ref]
    shares = (order.remaining * share).to_integral_value()
    match = Match(shares=shares, price=order.terms.lmt_price or Decimal(0))
    brokerage.commit(brokerage.floor.fills.book(order, match, brokerage.clock.now()))


def _report(desk: RebalanceDesk, plan: OrderPlan) -> tuple[Any, ...]:
    return rebalance_report(desk.ledger, plan.plan_id).legs


def _assert_one_at_a_time(desk: RebalanceDesk, plan: OrderPlan) -> None:
    """Each order began when the one before had ended, and was for no more than was left."""
    orders: list[SimOrder] = desk.sent()
    left = plan.legs[0].quantity
    for before, order in itertools.pairwise(orders):
        assert before.ended_at is not None
        assert before.ended_at <= order.placed_at
        left -= before.filled
        assert order.quantity == left
    assert sum(order.filled for order in orders) <= plan.legs[0].quantity
