# SPDX-License-Identifier: Apache-2.0
"""Every answer, as clients we did not write decode it, means the same at every version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import LocalProtocolError
from ib_provider.wire import answers as a
from ib_provider.wire.codec import frame_answer, render_answer
from ib_provider.wire.wire_order import WireOrder, WireOrderState
from tests.support.wire_peers import (
    IB_ASYNC_VERSIONS,
    VERSIONS,
    ib_async_callbacks,
    ibapi_callbacks,
)

UNSET = 1.7976931348623157e308
ACCOUNT = "DU1000001"
AAPL = Contract(
    con_id=265598,
    symbol="AAPL",
    exchange="SMART",
    primary_exchange="NASDAQ",
    currency="USD",
    local_symbol="AAPL",
    trading_class="NMS",
)

# Answer, the callback it becomes, and that callback's arguments.
PLAIN: list[tuple[a.Answer, str, tuple[Any, ...]]] = [
    (a.ManagedAccounts(accounts=(ACCOUNT, "DU2")), "managedAccounts", (f"{ACCOUNT},DU2",)),
    (a.NextValidId(order_id=42), "nextValidId", (42,)),
    (a.CurrentTime(seconds=1362409200), "currentTime", (1362409200,)),
    (a.ContractDataEnd(request_id=3), "contractDetailsEnd", (3,)),
    (
        a.TickReqParams(request_id=4, min_tick=Decimal("0.01"), bbo_exchange="9c0001"),
        "tickReqParams",
        (4, 0.01, "9c0001", 0),
    ),
    (a.MarketDataTypeAnswer(request_id=4, market_data_type=3), "marketDataType", (4, 3)),
    (
        a.TickSize(request_id=4, tick_type=8, size=Decimal("1000000")),
        "tickSize",
        (4, 8, 1000000),
    ),
    (
        a.TickString(request_id=4, tick_type=45, value="1362409200"),
        "tickString",
        (4, 45, "1362409200"),
    ),
    (
        a.TickGeneric(request_id=4, tick_type=49, value=Decimal(0)),
        "tickGeneric",
        (4, 49, 0.0),
    ),
    (a.TickSnapshotEnd(request_id=4), "tickSnapshotEnd", (4,)),
    (a.OpenOrderEnd(), "openOrderEnd", ()),
    (
        a.OrderStatusAnswer(
            order_id=11,
            status="Filled",
            filled=Decimal("10.5"),
            remaining=Decimal(0),
            avg_fill_price=Decimal("431.25"),
            perm_id=9223372036,
            parent_id=10,
            last_fill_price=Decimal("431.5"),
            client_id=7,
            why_held="locate",
        ),
        "orderStatus",
        (11, "Filled", 10.5, 0, 431.25, 9223372036, 10, 431.5, 7, "locate", 0.0),
    ),
    (a.ExecutionDetailsEnd(request_id=5), "execDetailsEnd", (5,)),
    (a.CompletedOrdersEnd(), "completedOrdersEnd", ()),
    (a.PositionEnd(), "positionEnd", ()),
    (
        a.AccountSummaryAnswer(
            request_id=6, account=ACCOUNT, tag="NetLiquidation", value="1000000.00", currency="USD"
        ),
        "accountSummary",
        (6, ACCOUNT, "NetLiquidation", "1000000.00", "USD"),
    ),
    (a.AccountSummaryEnd(request_id=6), "accountSummaryEnd", (6,)),
    (
        a.AccountValueAnswer(key="CashBalance", value="1.5", currency="USD", account=ACCOUNT),
        "updateAccountValue",
        ("CashBalance", "1.5", "USD", ACCOUNT),
    ),
    (a.AccountUpdateTime(time="10:00"), "updateAccountTime", ("10:00",)),
    (a.AccountDownloadEnd(account=ACCOUNT), "accountDownloadEnd", (ACCOUNT,)),
    (
        a.AccountUpdateMulti(
            request_id=8, account=ACCOUNT, key="Currency", value="USD", currency="USD"
        ),
        "accountUpdateMulti",
        (8, ACCOUNT, "", "Currency", "USD", "USD"),
    ),
    (a.AccountUpdateMultiEnd(request_id=8), "accountUpdateMultiEnd", (8,)),
    (
        a.PnlAnswer(request_id=2, daily=Decimal("12.5"), unrealized=Decimal("-3")),
        "pnl",
        (2, 12.5, -3.0, UNSET),
    ),
]


def _name(value: object) -> str:
    return str(value) if isinstance(value, int | str) else type(value).__name__


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("answer", "callback", "arguments"), PLAIN, ids=_name)
def test_answer_reaches_ibapi_as_its_callback_at_every_version(
    version: int, answer: a.Answer, callback: str, arguments: tuple[Any, ...]
) -> None:
    """Text or protobuf, the callback and its values are the same."""
    assert ibapi_callbacks(version, render_answer(answer, version)) == [(callback, arguments)]


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
@pytest.mark.parametrize(("answer", "callback", "arguments"), PLAIN, ids=_name)
def test_answer_reaches_ib_async_as_its_callback(
    version: int, answer: a.Answer, callback: str, arguments: tuple[Any, ...]
) -> None:
    """The other client family counts fields exactly."""
    assert ib_async_callbacks(version, render_answer(answer, version)) == [(callback, arguments)]


def test_time_in_milliseconds_reaches_ibapi_in_both_formats() -> None:
    """It exists from version 197 on."""
    answer = a.CurrentTimeMillis(milliseconds=1362409200123)
    for version in (200, 207, 213, 225):
        assert ibapi_callbacks(version, render_answer(answer, version)) == [
            ("currentTimeInMillis", (1362409200123,))
        ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("message", ["plain", "zażółć €", "back\\slash\nline", "emoji 😀"])
def test_error_reaches_ibapi_with_its_exact_text(version: int, message: str) -> None:
    """Text is ASCII on the wire and whatever it was on both sides of it."""
    answer = a.ErrorMessage(
        request_id=-1, code=2104, message=message, time_ms=1362409200123, advanced_reject='{"a":1}'
    )
    time_ms = 1362409200123 if version >= 194 else 0
    assert ibapi_callbacks(version, render_answer(answer, version)) == [
        ("error", (-1, time_ms, 2104, message, '{"a":1}'))
    ]


def test_error_reaches_ib_async() -> None:
    """Minus one stays minus one."""
    answer = a.ErrorMessage(request_id=-1, code=2104, message="OK:usfarm")
    assert ib_async_callbacks(178, render_answer(answer, 178)) == [
        ("error", (-1, 2104, "OK:usfarm", ""))
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_tick_price_reaches_ibapi_with_its_size(version: int) -> None:
    """A size tick is made of the size that came with the price."""
    answer = a.TickPrice(
        request_id=4, tick_type=1, price=Decimal("431.25"), size=Decimal(300), attr_mask=5
    )
    price, size = ibapi_callbacks(version, render_answer(answer, version))
    assert price[1][:3] == (4, 1, 431.25)
    assert (price[1][3].canAutoExecute, price[1][3].pastLimit, price[1][3].preOpen) == (
        True,
        False,
        True,
    )
    assert size == ("tickSize", (4, 0, 300))


def test_tick_price_reaches_ib_async_with_its_size() -> None:
    """ib_async keeps price and size together; a size of None is nothing."""
    answer = a.TickPrice(request_id=4, tick_type=1, price=Decimal("431.25"))
    assert ib_async_callbacks(178, render_answer(answer, 178)) == [
        ("priceSizeTick", (4, 1, 431.25, 0.0))
    ]


DETAILS = a.ContractData(
    request_id=3,
    contract=AAPL,
    min_tick=Decimal("0.01"),
    market_name="NMS",
    order_types="LMT,MKT",
    valid_exchanges="SMART,NASDAQ",
    price_magnifier=1,
    long_name="APPLE INC Ünïcode €",
    industry="Technology",
    category="Computers",
    subcategory="Computers",
    time_zone="US/Eastern",
    trading_hours="20130304:0400-20130304:2000",
    liquid_hours="20130304:0930-20130304:1600",
    sec_ids=(("ISIN", "US0378331005"),),
    market_rule_ids="26,26",
    stock_type="COMMON",
    min_size=Decimal("0.0001"),
    size_increment=Decimal("0.0001"),
)


def _assert_details(details: Any) -> None:
    contract = details.contract
    assert (contract.conId, contract.symbol, contract.secType) == (265598, "AAPL", "STK")
    assert (contract.exchange, contract.primaryExchange) == ("SMART", "NASDAQ")
    assert (contract.currency, contract.localSymbol, contract.tradingClass) == (
        "USD",
        "AAPL",
        "NMS",
    )
    assert (details.minTick, details.priceMagnifier, details.marketName) == (0.01, 1, "NMS")
    assert (details.orderTypes, details.validExchanges) == ("LMT,MKT", "SMART,NASDAQ")
    assert details.longName == "APPLE INC Ünïcode €"
    assert (details.industry, details.category) == ("Technology", "Computers")
    assert (details.timeZoneId, details.tradingHours, details.liquidHours) == (
        "US/Eastern",
        "20130304:0400-20130304:2000",
        "20130304:0930-20130304:1600",
    )
    assert [(pair.tag, pair.value) for pair in details.secIdList] == [("ISIN", "US0378331005")]
    assert (details.marketRuleIds, details.stockType, details.aggGroup) == ("26,26", "COMMON", 1)
    assert [float(v) for v in (details.minSize, details.sizeIncrement)] == [0.0001, 0.0001]
    assert float(details.suggestedSizeIncrement) == 100


@pytest.mark.parametrize("version", VERSIONS)
def test_contract_data_reaches_ibapi_at_every_version(version: int) -> None:
    """Every field arrives in its place."""
    ((name, (request_id, details)),) = ibapi_callbacks(version, render_answer(DETAILS, version))
    assert (name, request_id) == ("contractDetails", 3)
    _assert_details(details)


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_contract_data_reaches_ib_async(version: int) -> None:
    """Every field arrives in its place."""
    ((name, (request_id, details)),) = ib_async_callbacks(version, render_answer(DETAILS, version))
    assert (name, request_id) == ("contractDetails", 3)
    _assert_details(details)


@pytest.mark.parametrize("version", VERSIONS)
def test_contract_data_of_an_option_reaches_ibapi(version: int) -> None:
    """Expiry, strike, right and multiplier survive both formats."""
    option = Contract(
        con_id=1,
        symbol="AAPL",
        sec_type=SecType.OPT,
        last_trade_date="20260116",
        strike=Decimal("187.5"),
        right="C",
        multiplier="100",
    )
    answer = a.ContractData(request_id=3, contract=option, min_tick=Decimal("0.01"))
    ((_, (_, details)),) = ibapi_callbacks(version, render_answer(answer, version))
    contract = details.contract
    assert contract.lastTradeDateOrContractMonth == "20260116"
    assert (contract.strike, contract.right, contract.multiplier) == (187.5, "C", "100")


BARS: list[a.BarRow] = [
    ("20130301", 438.0, 438.18, 429.98, 430.47, Decimal(138112), Decimal("432.5"), 90000),
    ("20130304", 427.8, 428.2, 419.0, 420.05, 145000, 423.25, 91000),
]
HISTORY = a.HistoricalData(request_id=9, bars=BARS, start="20130228", end="20130305")
HISTORY_END = a.HistoricalDataEnd(request_id=9, start="20130228", end="20130305")


def _assert_bar(bar: Any, row: a.BarRow) -> None:
    assert (str(bar.date).replace("-", ""), bar.open, bar.high, bar.low, bar.close) == row[:5]
    wap = bar.wap if hasattr(bar, "wap") else bar.average
    assert (float(bar.volume), float(wap), bar.barCount) == (
        float(row[5]),
        float(row[6]),
        row[7],
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_historical_bars_and_their_end_reach_ibapi_once_at_every_version(version: int) -> None:
    """Below 196 the bars imply the end; from there it is a message of its own."""
    payloads = [render_answer(HISTORY, version), render_answer(HISTORY_END, version)]
    assert (payloads[1] == b"") == (version < 196)
    calls = [call for payload in payloads if payload for call in ibapi_callbacks(version, payload)]
    assert [name for name, _ in calls] == ["historicalData"] * 2 + ["historicalDataEnd"]
    for (_, (request_id, bar)), row in zip(calls, BARS, strict=False):
        assert request_id == 9
        _assert_bar(bar, row)
    assert calls[-1][1] == (9, "20130228", "20130305")


def test_historical_bars_reach_ib_async() -> None:
    """The end is implied at the versions it speaks."""
    *bars, end = ib_async_callbacks(178, render_answer(HISTORY, 178))
    for (_, (request_id, bar)), row in zip(bars, BARS, strict=True):
        assert request_id == 9
        _assert_bar(bar, row)
    assert end == ("historicalDataEnd", (9, "20130228", "20130305"))


@pytest.mark.parametrize("version", VERSIONS)
def test_no_historical_bars_reach_ibapi_as_an_end_alone(version: int) -> None:
    """An empty answer is an answer."""
    empty = a.HistoricalData(request_id=9, bars=(), start="a", end="b")
    payloads = [
        render_answer(empty, version),
        render_answer(a.HistoricalDataEnd(request_id=9, start="a", end="b"), version),
    ]
    calls = [call for payload in payloads if payload for call in ibapi_callbacks(version, payload)]
    assert calls == [("historicalDataEnd", (9, "a", "b"))]


def test_frame_answer_of_a_message_the_version_lacks_is_nothing() -> None:
    """Nothing to send is not a frame of nothing."""
    assert frame_answer(HISTORY_END, 178) == b""
    assert frame_answer(a.NextValidId(order_id=1), 178) == b"\0\0\0\x069\x001\x001\0"


@pytest.mark.parametrize("version", VERSIONS)
def test_position_reaches_ibapi_at_every_version(version: int) -> None:
    """A short position and its cost."""
    answer = a.PositionAnswer(
        account=ACCOUNT, contract=AAPL, position=Decimal("-10.5"), avg_cost=Decimal("431.25")
    )
    ((name, arguments),) = ibapi_callbacks(version, render_answer(answer, version))
    assert (name, arguments[0], *arguments[2:]) == ("position", ACCOUNT, Decimal("-10.5"), 431.25)
    assert (arguments[1].conId, arguments[1].tradingClass) == (265598, "NMS")


PORTFOLIO = a.PortfolioValue(
    contract=AAPL,
    position=Decimal(10),
    market_price=Decimal("431.25"),
    market_value=Decimal("4312.5"),
    average_cost=Decimal(430),
    unrealized_pnl=Decimal("12.5"),
    realized_pnl=Decimal(0),
    account=ACCOUNT,
)


@pytest.mark.parametrize("version", VERSIONS)
def test_portfolio_value_reaches_ibapi_at_every_version(version: int) -> None:
    """The one message that carries the primary exchange in the exchange's place."""
    ((name, arguments),) = ibapi_callbacks(version, render_answer(PORTFOLIO, version))
    assert name == "updatePortfolio"
    assert arguments[1:] == (10, 431.25, 4312.5, 430.0, 12.5, 0.0, ACCOUNT)
    assert arguments[0].primaryExchange == "NASDAQ"


def test_account_answers_reach_ib_async() -> None:
    """Positions and portfolio, with exact counts."""
    ((name, arguments),) = ib_async_callbacks(178, render_answer(PORTFOLIO, 178))
    assert (name, arguments[1:]) == (
        "updatePortfolio",
        (10, 431.25, 4312.5, 430.0, 12.5, 0.0, ACCOUNT),
    )
    answer = a.PositionAnswer(
        account=ACCOUNT, contract=AAPL, position=Decimal(3), avg_cost=Decimal(1)
    )
    ((name, arguments),) = ib_async_callbacks(178, render_answer(answer, 178))
    assert (name, arguments[0], *arguments[2:]) == ("position", ACCOUNT, 3.0, 1.0)


EXECUTION = a.ExecutionDetails(
    request_id=-1,
    order_id=11,
    contract=AAPL,
    exec_id="0000e0d5.69dd7411.01.01",
    time="20130304 10:00:04 US/Eastern",
    account=ACCOUNT,
    exchange="IEX",
    side="BOT",
    shares=Decimal("10.5"),
    price=Decimal("431.25"),
    perm_id=9223372036,
    client_id=7,
    cum_qty=Decimal("10.5"),
    avg_price=Decimal("431.25"),
    order_ref="momentum/1",
    last_liquidity=2,
    submitter="me",
)


def _assert_execution(execution: Any) -> None:
    assert (execution.execId, execution.orderId, execution.permId, execution.clientId) == (
        "0000e0d5.69dd7411.01.01",
        11,
        9223372036,
        7,
    )
    assert (execution.acctNumber, execution.exchange, execution.side) == (ACCOUNT, "IEX", "BOT")
    assert (float(execution.shares), execution.price) == (10.5, 431.25)
    assert (float(execution.cumQty), execution.avgPrice) == (10.5, 431.25)
    assert (execution.orderRef, execution.lastLiquidity) == ("momentum/1", 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_execution_reaches_ibapi_at_every_version(version: int) -> None:
    """With -1 for a fill that nobody asked for."""
    ((name, (request_id, contract, execution)),) = ibapi_callbacks(
        version, render_answer(EXECUTION, version)
    )
    assert (name, request_id, contract.conId) == ("execDetails", -1, 265598)
    _assert_execution(execution)
    assert execution.time == "20130304 10:00:04 US/Eastern"
    assert execution.submitter == ("me" if version >= 198 else "")


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_execution_reaches_ib_async(version: int) -> None:
    """Its time zone must be one that Python knows."""
    ((name, (request_id, _, execution)),) = ib_async_callbacks(
        version, render_answer(EXECUTION, version)
    )
    assert (name, request_id) == ("execDetails", -1)
    _assert_execution(execution)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("pnl", "seen"), [(None, UNSET), (Decimal("-3.5"), -3.5)])
def test_commission_reaches_ibapi_at_every_version(
    version: int, pnl: Decimal | None, seen: float
) -> None:
    """A profit that does not exist is not a profit of zero."""
    answer = a.CommissionReport(
        exec_id="e.1", commission=Decimal("1.05"), currency="USD", realized_pnl=pnl
    )
    ((_, (report,)),) = ibapi_callbacks(version, render_answer(answer, version))
    assert (report.execId, report.commissionAndFees, report.currency) == ("e.1", 1.05, "USD")
    assert report.realizedPNL == seen
    ((_, (report,)),) = ib_async_callbacks(178, render_answer(answer, 178))
    assert (report.commission, report.realizedPNL) == (1.05, seen)


ORDER = WireOrder(
    action="BUY",
    total_quantity=Decimal("10.5"),
    order_type="TRAIL LIMIT",
    lmt_price=Decimal("431.25"),
    tif="GTC",
    oca_group="oca",
    account=ACCOUNT,
    order_ref="momentum/1",
    parent_id=10,
    display_size=5,
    outside_rth=True,
    good_till_date="20130305",
    oca_type=1,
    all_or_none=True,
    min_qty=2,
    trail_stop_price=Decimal("430.5"),
    trailing_percent=Decimal("2.5"),
    not_held=True,
    algo_strategy="Adaptive",
    algo_params=(("adaptivePriority", "Normal"),),
    what_if=True,
    cash_qty=Decimal("55.5"),
    perm_id=9223372036,
    client_id=7,
)
STATE = WireOrderState(
    status="PreSubmitted",
    init_margin_change=Decimal("1000.25"),
    commission=Decimal("1.05"),
    commission_currency="USD",
    warning_text="careful",
    completed_time="20130304 16:00:00 US/Eastern",
    completed_status="Filled Size: 10",
)
OPEN = a.OpenOrder(order_id=11, contract=AAPL, order=ORDER, state=STATE)
COMPLETED = a.CompletedOrder(contract=AAPL, order=ORDER, state=STATE, filled=Decimal("10.5"))


def _assert_terms(order: Any) -> None:
    assert (order.action, float(order.totalQuantity), order.orderType) == (
        "BUY",
        10.5,
        "TRAIL LIMIT",
    )
    assert (order.lmtPrice, order.auxPrice, order.tif) == (431.25, UNSET, "GTC")
    assert (order.ocaGroup, order.ocaType, order.account) == ("oca", 1, ACCOUNT)
    assert (order.orderRef, order.permId) == ("momentum/1", 9223372036)
    assert (order.displaySize, order.minQty, order.goodTillDate) == (5, 2, "20130305")
    assert (order.outsideRth, order.allOrNone, order.notHeld) == (True, True, True)
    assert (order.trailStopPrice, order.trailingPercent) == (430.5, 2.5)
    assert (order.algoStrategy, order.cashQty) == ("Adaptive", 55.5)
    assert [(pair.tag, pair.value) for pair in order.algoParams] == [("adaptivePriority", "Normal")]


def _assert_open(order_id: int, contract: Any, order: Any, state: Any) -> None:
    assert (int(order_id), contract.conId, order.clientId, order.parentId) == (11, 265598, 7, 10)
    _assert_terms(order)
    assert order.whatIf
    assert (state.status, float(state.initMarginChange)) == ("PreSubmitted", 1000.25)
    assert state.warningText == "careful"


@pytest.mark.parametrize("version", VERSIONS)
def test_open_order_reaches_ibapi_at_every_version(version: int) -> None:
    """135 to 156 fields of text, or one message: the same order."""
    ((name, (order_id, contract, order, state)),) = ibapi_callbacks(
        version, render_answer(OPEN, version)
    )
    assert name == "openOrder"
    _assert_open(order_id, contract, order, state)
    assert (state.commissionAndFees, state.commissionAndFeesCurrency) == (1.05, "USD")
    assert (state.minCommissionAndFees, order.minTradeQty) == (UNSET, 2147483647)


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_open_order_reaches_ib_async(version: int) -> None:
    """Exact counts, again."""
    ((name, arguments),) = ib_async_callbacks(version, render_answer(OPEN, version))
    assert name == "openOrder"
    _assert_open(*arguments)


@pytest.mark.parametrize("version", [178, 200])
def test_open_order_of_a_plain_stock_has_as_many_fields_as_a_gateways(version: int) -> None:
    """135 at 178 and 156 at 200, id included, as prototyped against real clients."""
    plain = WireOrder(action="BUY", total_quantity=Decimal(1), order_type="MKT")
    answer = a.OpenOrder(order_id=1, contract=AAPL, order=plain, state=STATE)
    count = render_answer(answer, version).count(b"\0")
    assert count == {178: 135, 200: 156}[version]


@pytest.mark.parametrize("version", VERSIONS)
def test_completed_order_reaches_ibapi_at_every_version(version: int) -> None:
    """No order id and no client id, but what became of it."""
    ((name, (contract, order, state)),) = ibapi_callbacks(
        version, render_answer(COMPLETED, version)
    )
    assert (name, contract.conId) == ("completedOrder", 265598)
    _assert_terms(order)
    assert (state.status, state.completedStatus) == ("PreSubmitted", "Filled Size: 10")
    assert state.completedTime == "20130304 16:00:00 US/Eastern"
    assert order.filledQuantity == Decimal("10.5")


@pytest.mark.parametrize(
    "answer", [OPEN, COMPLETED, EXECUTION, DETAILS, HISTORY, PORTFOLIO], ids=_name
)
def test_long_answer_reaches_ibapi_at_every_single_version(answer: a.Answer) -> None:
    """Each gate between the oldest and the newest version opens where ibapi's does."""
    for version in range(176, 226):
        payload = render_answer(answer, version)
        calls = ibapi_callbacks(version, payload)
        assert len(calls) in (1, 2, 3), version
        if payload[-1:] == b"\0" and version < 201 and not isinstance(answer, a.HistoricalData):
            with pytest.raises(TypeError):  # how ibapi fails over a message that is too short
                ibapi_callbacks(version, b"\0".join(payload.split(b"\0")[:-2]) + b"\0")


@pytest.mark.parametrize("version", [178, 207, 225])
def test_historical_bar_that_cannot_be_spelled_is_refused(version: int) -> None:
    """A bar is text too."""
    bars: list[a.BarRow] = [("2013\0", 1.0, 1.0, 1.0, 1.0, 1, 1.0, 2**40)]
    with pytest.raises(LocalProtocolError, match="bar"):
        render_answer(a.HistoricalData(request_id=9, bars=bars), version)


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_completed_order_reaches_ib_async(version: int) -> None:
    """Exact counts, again."""
    ((name, (_, order, state)),) = ib_async_callbacks(version, render_answer(COMPLETED, version))
    assert name == "completedOrder"
    _assert_terms(order)
    assert (state.completedStatus, float(order.filledQuantity)) == ("Filled Size: 10", 10.5)
