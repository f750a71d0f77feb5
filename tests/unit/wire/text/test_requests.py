# SPDX-License-Identifier: Apache-2.0
"""Every request, as clients we did not write encode it, gives the same value at every version."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ib_async import Contract as IbAsyncContract
from ib_async import ExecutionFilter as IbAsyncFilter
from ibapi.contract import Contract as IbapiContract
from ibapi.execution import ExecutionFilter
from ibapi.order_cancel import OrderCancel

from ib_provider.domain.contract import Contract, SecType
from ib_provider.wire import requests as r
from ib_provider.wire.codec import parse_request
from tests.support.wire_peers import (
    AAPL,
    IB_ASYNC_VERSIONS,
    VERSIONS,
    ib_async_payload,
    ibapi_payload,
)

OPTION = Contract(
    symbol="AAPL",
    sec_type=SecType.OPT,
    last_trade_date="20260116",
    strike=Decimal("187.5"),
    right="C",
    multiplier="100",
    exchange="SMART",
    currency="USD",
)


def foreign(cls: Any, contract: Contract, **more: object) -> Any:
    """Return the contract as the client's own class."""
    theirs = cls()
    theirs.conId = contract.con_id
    theirs.symbol = contract.symbol
    theirs.secType = str(contract.sec_type)
    theirs.lastTradeDateOrContractMonth = contract.last_trade_date
    if contract.strike is not None:
        theirs.strike = float(contract.strike)
    theirs.right = contract.right
    theirs.multiplier = contract.multiplier
    theirs.exchange = contract.exchange
    theirs.primaryExchange = contract.primary_exchange
    theirs.currency = contract.currency
    theirs.localSymbol = contract.local_symbol
    theirs.tradingClass = contract.trading_class
    for name, value in more.items():
        setattr(theirs, name, value)
    return theirs


def ibapi(contract: Contract, **more: object) -> IbapiContract:
    return foreign(IbapiContract, contract, **more)


def executions(**fields: object) -> ExecutionFilter:
    theirs = ExecutionFilter()
    for name, value in fields.items():
        setattr(theirs, name, value)
    return theirs


HISTORY = r.ReqHistoricalData(
    request_id=9,
    contract=AAPL,
    end="20130304 16:00:00 US/Eastern",
    duration="1 Y",
    bar_size="1 day",
    what_to_show="TRADES",
    use_rth=True,
    format_date=2,
)
FILTER = r.ReqExecutions(
    request_id=5, client_id=0, account="DU1000001", time="20130304-10:00:00", side="BUY"
)

SAME_AT_EVERY_VERSION: list[tuple[Callable[[Any], object], r.Request]] = [
    (lambda c: c.startApi(), r.StartApi(client_id=7)),
    (lambda c: c.reqIds(1), r.ReqIds(count=1)),
    (lambda c: c.reqManagedAccts(), r.ReqManagedAccounts()),
    (lambda c: c.reqCurrentTime(), r.ReqCurrentTime()),
    (lambda c: c.setServerLogLevel(2), r.SetServerLogLevel(level=2)),
    (
        lambda c: c.reqContractDetails(3, ibapi(AAPL)),
        r.ReqContractDetails(request_id=3, contract=AAPL),
    ),
    (
        lambda c: c.reqContractDetails(3, ibapi(OPTION, includeExpired=True)),
        r.ReqContractDetails(request_id=3, contract=OPTION, include_expired=True),
    ),
    (
        lambda c: c.reqContractDetails(
            3, ibapi(Contract(sec_type=SecType.UNSAID), secIdType="ISIN", secId="US0378331005")
        ),
        r.ReqContractDetails(
            request_id=3,
            contract=Contract(sec_type=SecType.UNSAID),
            sec_id_type="ISIN",
            sec_id="US0378331005",
        ),
    ),
    (
        lambda c: c.reqHistoricalData(
            9, ibapi(AAPL), HISTORY.end, "1 Y", "1 day", "TRADES", 1, 2, False, []
        ),
        HISTORY,
    ),
    (lambda c: c.cancelHistoricalData(9), r.CancelHistoricalData(request_id=9)),
    (
        lambda c: c.reqMktData(4, ibapi(AAPL), "233", True, False, []),
        r.ReqMktData(request_id=4, contract=AAPL, generic_ticks="233", snapshot=True),
    ),
    (lambda c: c.cancelMktData(4), r.CancelMktData(request_id=4)),
    (lambda c: c.reqMarketDataType(3), r.ReqMarketDataType(market_data_type=3)),
    (lambda c: c.cancelOrder(11, OrderCancel()), r.CancelOrder(order_id=11)),
    (lambda c: c.reqGlobalCancel(OrderCancel()), r.GlobalCancel()),
    (lambda c: c.reqOpenOrders(), r.ReqOpenOrders()),
    (lambda c: c.reqAllOpenOrders(), r.ReqAllOpenOrders()),
    (lambda c: c.reqAutoOpenOrders(True), r.ReqAutoOpenOrders(auto_bind=True)),
    (lambda c: c.reqCompletedOrders(True), r.ReqCompletedOrders(api_only=True)),
    (
        lambda c: c.reqExecutions(
            5, executions(acctCode="DU1000001", time="20130304-10:00:00", side="BUY")
        ),
        FILTER,
    ),
    (lambda c: c.reqPositions(), r.ReqPositions()),
    (lambda c: c.cancelPositions(), r.CancelPositions()),
    (
        lambda c: c.reqAccountSummary(6, "All", "NetLiquidation,BuyingPower"),
        r.ReqAccountSummary(request_id=6, group="All", tags="NetLiquidation,BuyingPower"),
    ),
    (lambda c: c.cancelAccountSummary(6), r.CancelAccountSummary(request_id=6)),
    (
        lambda c: c.reqAccountUpdates(True, "DU1000001"),
        r.ReqAccountUpdates(subscribe=True, account="DU1000001"),
    ),
    (
        lambda c: c.reqAccountUpdatesMulti(8, "DU1000001", "", True),
        r.ReqAccountUpdatesMulti(request_id=8, account="DU1000001", ledger_and_nlv=True),
    ),
    (lambda c: c.cancelAccountUpdatesMulti(8), r.CancelAccountUpdatesMulti(request_id=8)),
    (lambda c: c.reqPnL(2, "DU1000001", ""), r.ReqPnl(request_id=2, account="DU1000001")),
    (lambda c: c.cancelPnL(2), r.CancelPnl(request_id=2)),
]


def _name(value: object) -> str:
    return type(value).__name__ if not isinstance(value, int) else str(value)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("call", "expected"), SAME_AT_EVERY_VERSION, ids=_name)
def test_request_of_ibapi_parses_to_the_same_value_at_every_version(
    version: int, call: Callable[[Any], object], expected: r.Request
) -> None:
    """The format is the codec's affair: the value does not show it."""
    assert parse_request(ibapi_payload(version, call), version) == expected


@pytest.mark.parametrize("version", [200, 213])
def test_current_time_in_milliseconds_parses_from_where_it_exists(version: int) -> None:
    """Version 197 brought it; its text form has no field at all."""
    payload = ibapi_payload(version, lambda c: c.reqCurrentTimeInMillis())
    assert parse_request(payload, version) == r.ReqCurrentTimeMillis()


@pytest.mark.parametrize("version", [200, 201, 225])
def test_executions_request_of_several_days_carries_the_days(version: int) -> None:
    """Version 200 brought days back and single dates."""
    theirs = executions(lastNDays=3, specificDates=[20130304, 20130305])
    payload = ibapi_payload(version, lambda c: c.reqExecutions(5, theirs))
    assert parse_request(payload, version) == r.ReqExecutions(
        request_id=5, client_id=0, last_n_days=3, specific_dates=(20130304, 20130305)
    )


IB_ASYNC_REQUESTS: list[tuple[Callable[[Any], object], r.Request]] = [
    (lambda c: c.startApi(), r.StartApi(client_id=7)),
    (lambda c: c.reqIds(1), r.ReqIds(count=1)),
    (lambda c: c.reqManagedAccts(), r.ReqManagedAccounts()),
    (lambda c: c.reqCurrentTime(), r.ReqCurrentTime()),
    (
        lambda c: c.reqContractDetails(3, foreign(IbAsyncContract, AAPL)),
        r.ReqContractDetails(request_id=3, contract=AAPL),
    ),
    (
        lambda c: c.reqHistoricalData(
            9,
            foreign(IbAsyncContract, AAPL),
            HISTORY.end,
            "1 Y",
            "1 day",
            "TRADES",
            True,
            2,
            False,
            [],
        ),
        HISTORY,
    ),
    (lambda c: c.cancelHistoricalData(9), r.CancelHistoricalData(request_id=9)),
    (
        lambda c: c.reqMktData(4, foreign(IbAsyncContract, AAPL), "233", True, False, []),
        r.ReqMktData(request_id=4, contract=AAPL, generic_ticks="233", snapshot=True),
    ),
    (lambda c: c.cancelMktData(4), r.CancelMktData(request_id=4)),
    (lambda c: c.reqMarketDataType(3), r.ReqMarketDataType(market_data_type=3)),
    (lambda c: c.cancelOrder(11), r.CancelOrder(order_id=11)),
    (lambda c: c.reqGlobalCancel(), r.GlobalCancel()),
    (lambda c: c.reqOpenOrders(), r.ReqOpenOrders()),
    (lambda c: c.reqAllOpenOrders(), r.ReqAllOpenOrders()),
    (lambda c: c.reqAutoOpenOrders(True), r.ReqAutoOpenOrders(auto_bind=True)),
    (lambda c: c.reqCompletedOrders(False), r.ReqCompletedOrders(api_only=False)),
    (
        lambda c: c.reqExecutions(
            5, IbAsyncFilter(acctCode="DU1000001", time="20130304-10:00:00", side="BUY")
        ),
        FILTER,
    ),
    (lambda c: c.reqPositions(), r.ReqPositions()),
    (
        lambda c: c.reqAccountSummary(6, "All", "NetLiquidation"),
        r.ReqAccountSummary(request_id=6, group="All", tags="NetLiquidation"),
    ),
    (
        lambda c: c.reqAccountUpdates(True, "DU1000001"),
        r.ReqAccountUpdates(subscribe=True, account="DU1000001"),
    ),
    (
        lambda c: c.reqAccountUpdatesMulti(8, "DU1000001", "", False),
        r.ReqAccountUpdatesMulti(request_id=8, account="DU1000001"),
    ),
    (lambda c: c.reqPnL(2, "DU1000001", ""), r.ReqPnl(request_id=2, account="DU1000001")),
]


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
@pytest.mark.parametrize(("call", "expected"), IB_ASYNC_REQUESTS, ids=_name)
async def test_request_of_ib_async_parses_to_the_same_value(
    version: int, call: Callable[[Any], object], expected: r.Request
) -> None:
    """The other client family differs only in how it spells "unset"."""
    assert parse_request(ib_async_payload(version, call), version) == expected


def test_every_request_parses_the_same_at_every_single_version() -> None:
    """Each gate and each cut-over lies where ibapi's does."""
    for version in range(176, 226):
        for call, expected in SAME_AT_EVERY_VERSION:
            assert parse_request(ibapi_payload(version, call), version) == expected, version
