# SPDX-License-Identifier: Apache-2.0
"""Contracts, bars and quotes, as clients we did not write decode them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import LocalProtocolError
from ib_provider.wire import answers as a
from ib_provider.wire.codec import frame_answer, render_answer
from tests.support.wire_peers import (
    AAPL,
    IB_ASYNC_VERSIONS,
    VERSIONS,
    assert_exact_at_every_version,
    ib_async_callbacks,
    ibapi_callbacks,
)


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
    # As bars that are not made of trades are sent.
    ("20130305", 421.0, 435.0, 420.5, 431.1, -1, -1, -1),
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
    assert [name for name, _ in calls] == ["historicalData"] * 3 + ["historicalDataEnd"]
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


@pytest.mark.parametrize("version", [178, 207, 225])
def test_historical_bar_that_cannot_be_spelled_is_refused(version: int) -> None:
    """A bar is text too."""
    bars: list[a.BarRow] = [("2013\0", 1.0, 1.0, 1.0, 1.0, 1, 1.0, 2**40)]
    with pytest.raises(LocalProtocolError, match="bar"):
        render_answer(a.HistoricalData(request_id=9, bars=bars), version)


@pytest.mark.parametrize("answer", [DETAILS], ids=lambda answer: type(answer).__name__)
def test_long_answer_reaches_ibapi_at_every_single_version(answer: a.Answer) -> None:
    """Each gate between the oldest and the newest version opens where ibapi's does."""
    assert_exact_at_every_version(answer)
