# SPDX-License-Identifier: Apache-2.0
"""Answers about prices, the past and contracts, as ibapi decodes them, in both formats."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.contract import Contract, SecType
from ib_provider.wire import answers as a
from ib_provider.wire.codec import render_answer
from tests.support.wire_peers import (
    IB_ASYNC_VERSIONS,
    VERSIONS,
    ib_async_callbacks,
    ibapi_callbacks,
)

D = Decimal
BAR: a.BarRow = ("20130304", 1.0, 4.0, 0.5, 2.0, D(100), D("1.5"), 7)

# Answer, the callback it becomes, and that callback's arguments.
FLAT: list[tuple[a.Answer, str, tuple[Any, ...] | None]] = [
    (
        a.TickOptionComputation(request_id=1, tick_type=13, implied_vol=D("0.2"), theta=D("-0.1")),
        "tickOptionComputation",
        (1, 13, 0, 0.2, None, None, None, None, None, -0.1, None),
    ),
    (
        a.TickByTickMidPoint(request_id=1, time=5, price=D("1.5")),
        "tickByTickMidPoint",
        (1, 5, 1.5),
    ),
    (
        a.RealTimeBar(
            request_id=1,
            time=5,
            open_=D(1),
            high=D(4),
            low=D("0.5"),
            close=D(2),
            volume=D(100),
            wap=D("1.5"),
            count=7,
        ),
        "realtimeBar",
        (1, 5, 1.0, 4.0, 0.5, 2.0, D(100), D("1.5"), 7),
    ),
    (
        a.MarketDepth(request_id=1, position=2, operation=1, side=0, price=D("1.5"), size=D(9)),
        "updateMktDepth",
        (1, 2, 1, 0, 1.5, D(9)),
    ),
    (
        a.MarketDepthL2(
            request_id=1,
            position=2,
            market_maker="ISLAND",
            operation=1,
            side=0,
            price=D("1.5"),
            size=D(9),
            smart_depth=True,
        ),
        "updateMktDepthL2",
        (1, 2, "ISLAND", 1, 0, 1.5, D(9), True),
    ),
    (a.HeadTimestamp(request_id=1, timestamp="19801212-14:30:00"), "headTimestamp", None),
    (
        a.SecDefOptParams(
            request_id=1,
            exchange="SMART",
            under_con_id=7,
            trading_class="AAPL",
            multiplier="100",
            expirations=("20260116", "20260220"),
            strikes=(D("187.5"), D(190)),
        ),
        "securityDefinitionOptionParameter",
        (1, "SMART", 7, "AAPL", "100", {"20260116", "20260220"}, {187.5, 190.0}),
    ),
    (a.SecDefOptParamsEnd(request_id=1), "securityDefinitionOptionParameterEnd", (1,)),
    (
        a.PnlSingleAnswer(request_id=1, position=D(3), daily=D("1.5"), value=D(9)),
        "pnlSingle",
        None,
    ),
    (a.OrderBound(perm_id=2**40, client_id=3, order_id=5), "orderBound", (2**40, 3, 5)),
    (a.UserInfo(request_id=1, white_branding_id="w"), "userInfo", (1, "w")),
    (a.WshMetaData(request_id=1, data_json="{}"), "wshMetaData", (1, "{}")),
    (a.FundamentalData(request_id=1, data="<x/>"), "fundamentalData", (1, "<x/>")),
    (a.ScannerParameters(xml="<x/>"), "scannerParameters", ("<x/>",)),
    (a.ReceiveFa(fa_data_type=1, xml="<x/>"), "receiveFA", (1, "<x/>")),
    (a.HistoricalNewsEnd(request_id=1, has_more=True), "historicalNewsEnd", (1, True)),
    (
        a.NewsBulletin(message_id=1, message_type=2, message="m", exchange="NYSE"),
        "updateNewsBulletin",
        (1, 2, "m", "NYSE"),
    ),
    (a.RerouteMktData(request_id=1, con_id=7, exchange="NYSE"), "rerouteMktDataReq", None),
    (a.DisplayGroupList(request_id=1, groups="3|1"), "displayGroupList", (1, "3|1")),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("answer", "name", "arguments"), FLAT, ids=lambda v: type(v).__name__)
def test_answer_reaches_ibapi(
    version: int, answer: a.Answer, name: str, arguments: tuple[Any, ...] | None
) -> None:
    """The format is the codec's affair: the callback does not show it."""
    ((called, got),) = ibapi_callbacks(version, render_answer(answer, version))
    assert called == name
    if arguments is not None:
        assert got == arguments


@pytest.mark.parametrize("version", VERSIONS)
def test_masks_of_live_and_past_quotes_are_opposite_and_mean_the_same(version: int) -> None:
    """Bit 0 is the bid's in a live tick and the ask's in a past one; each flag arrives as meant."""
    quote = {"time": 5, "bid": D(1), "ask": D(2), "bid_size": D(3), "ask_size": D(4)}
    live = a.TickByTickBidAsk(request_id=1, bid_past_low=True, **quote)  # type: ignore[arg-type]
    past = a.HistoricalTicksBidAsk(
        request_id=1,
        ticks=(a.HistoricalTickBidAsk(bid_past_low=True, **quote),),  # type: ignore[arg-type]
        done=True,
    )
    ((_, (*_, live_flags)),) = ibapi_callbacks(version, render_answer(live, version))
    ((_, (_, (tick,), done)),) = ibapi_callbacks(version, render_answer(past, version))
    assert (live_flags.bidPastLow, live_flags.askPastHigh, done) == (True, False, True)
    assert (tick.tickAttribBidAsk.bidPastLow, tick.tickAttribBidAsk.askPastHigh) == (True, False)
    assert (tick.priceBid, tick.priceAsk, tick.sizeBid, tick.sizeAsk) == (1.0, 2.0, 3, 4)


@pytest.mark.parametrize("version", VERSIONS)
def test_growing_bar_reaches_ibapi_with_its_fields_in_place(version: int) -> None:
    """The text's order differs from that of a finished bar."""
    answer = a.HistoricalDataUpdate(request_id=1, bar=BAR)
    ((name, (_, bar)),) = ibapi_callbacks(version, render_answer(answer, version))
    assert name == "historicalDataUpdate"
    assert (bar.open, bar.high, bar.low, bar.close) == (1.0, 4.0, 0.5, 2.0)
    assert (bar.date, bar.volume, bar.wap, bar.barCount) == ("20130304", 100, D("1.5"), 7)


@pytest.mark.parametrize("version", VERSIONS)
def test_bond_and_fund_reach_ibapi(version: int) -> None:
    """A bond has a message of its own, a fund seventeen fields more from version 179."""
    bond = a.BondContractData(
        request_id=1,
        contract=Contract(
            con_id=7, symbol="US-T", sec_type=SecType.BOND, last_trade_date="20340215"
        ),
        min_tick=D("0.01"),
        cusip="912828",
        coupon=D("2.5"),
    )
    ((name, (_, details)),) = ibapi_callbacks(version, render_answer(bond, version))
    assert (name, details.cusip, details.coupon) == ("bondContractDetails", "912828", 2.5)
    assert (details.maturity, details.minTick, details.contract.conId) == ("20340215", 0.01, 7)
    fund = a.ContractData(
        request_id=1,
        contract=Contract(con_id=8, symbol="VFINX", sec_type=SecType.FUND),
        min_tick=D("0.01"),
        fund=a.FundData(name="Vanguard 500", closed=True, asset_type="004"),
        ineligibility=(("id", "why"),),
    )
    ((_, (_, details)),) = ibapi_callbacks(version, render_answer(fund, version))
    if version >= 179:
        assert (details.fundName, details.fundClosed) == ("Vanguard 500", True)
    if version >= 186:
        assert [reason.id_ for reason in details.ineligibilityReasonList] == ["id"]


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
@pytest.mark.parametrize(
    "answer", [answer for answer, *_ in FLAT[:8]], ids=lambda v: type(v).__name__
)
def test_answer_reaches_ib_async(version: int, answer: a.Answer) -> None:
    """The other client family unpacks by position; a count that is off would raise."""
    assert len(ib_async_callbacks(version, render_answer(answer, version))) == 1
