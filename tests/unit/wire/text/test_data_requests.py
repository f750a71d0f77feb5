# SPDX-License-Identifier: Apache-2.0
"""Requests for data, accounts and news, as ibapi encodes them, in both formats."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ibapi.common import WshEventData
from ibapi.contract import ComboLeg as IbapiLeg
from ibapi.contract import Contract as IbapiContract
from ibapi.scanner import ScannerSubscription
from ibapi.tag_value import TagValue

from ib_provider.domain.contract import Contract, SecType
from ib_provider.wire import requests as r
from ib_provider.wire.codec import parse_request
from ib_provider.wire.order_parts import ComboLeg
from tests.support.wire_peers import VERSIONS, ibapi_payload

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")
BAG = Contract(symbol="AAPL", sec_type=SecType.BAG, exchange="SMART", currency="USD")
OPTIONS = (("a", "1"), ("b", "2"))


def aapl() -> IbapiContract:
    theirs = IbapiContract()
    theirs.conId, theirs.symbol, theirs.secType = 265598, "AAPL", "STK"
    theirs.exchange, theirs.currency = "SMART", "USD"
    return theirs


def bag() -> IbapiContract:
    theirs, leg = aapl(), IbapiLeg()
    theirs.conId, theirs.secType = 0, "BAG"
    leg.conId, leg.ratio, leg.action, leg.exchange = 1, 2, "SELL", "SMART"
    leg.exemptCode = -1
    theirs.comboLegs = [leg]
    return theirs


def options() -> list[TagValue]:
    return [TagValue("a", "1"), TagValue("b", "2")]


def scanner() -> ScannerSubscription:
    theirs = ScannerSubscription()
    theirs.numberOfRows, theirs.instrument, theirs.locationCode = 5, "STK", "STK.US"
    theirs.scanCode, theirs.abovePrice = "TOP_PERC_GAIN", 5.5
    return theirs


def events() -> WshEventData:
    theirs = WshEventData()
    theirs.conId, theirs.fillPortfolio, theirs.startDate, theirs.totalLimit = 7, True, "20260101", 9
    return theirs


CALLS: list[tuple[Callable[[Any], object], r.Request]] = [
    (
        lambda c: c.reqMktDepth(1, aapl(), 5, True, []),
        r.ReqMktDepth(request_id=1, contract=AAPL, rows=5, smart_depth=True),
    ),
    (lambda c: c.cancelMktDepth(1, True), r.CancelMktDepth(request_id=1, smart_depth=True)),
    (
        lambda c: c.reqRealTimeBars(1, aapl(), 5, "TRADES", True, []),
        r.ReqRealTimeBars(
            request_id=1, contract=AAPL, bar_size=5, what_to_show="TRADES", use_rth=True
        ),
    ),
    (lambda c: c.cancelRealTimeBars(1), r.CancelRealTimeBars(request_id=1)),
    (
        lambda c: c.reqTickByTickData(1, aapl(), "BidAsk", 10, True),
        r.ReqTickByTickData(
            request_id=1, contract=AAPL, tick_type="BidAsk", count=10, ignore_size=True
        ),
    ),
    (lambda c: c.cancelTickByTickData(1), r.CancelTickByTickData(request_id=1)),
    (
        lambda c: c.reqHeadTimeStamp(1, aapl(), "TRADES", 1, 2),
        r.ReqHeadTimestamp(
            request_id=1, contract=AAPL, what_to_show="TRADES", use_rth=True, format_date=2
        ),
    ),
    (lambda c: c.cancelHeadTimeStamp(1), r.CancelHeadTimestamp(request_id=1)),
    (
        lambda c: c.reqHistogramData(1, aapl(), True, "3 days"),
        r.ReqHistogramData(request_id=1, contract=AAPL, use_rth=True, period="3 days"),
    ),
    (lambda c: c.cancelHistogramData(1), r.CancelHistogramData(request_id=1)),
    (
        lambda c: c.reqHistoricalTicks(
            1, aapl(), "20130304-10:00:00", "", 1000, "BID_ASK", 1, True, options()
        ),
        r.ReqHistoricalTicks(
            request_id=1,
            contract=AAPL,
            start="20130304-10:00:00",
            end="",
            count=1000,
            what_to_show="BID_ASK",
            use_rth=True,
            ignore_size=True,
            options=OPTIONS,
        ),
    ),
    (
        lambda c: c.reqMktData(1, bag(), "", False, False, []),
        r.ReqMktData(
            request_id=1,
            contract=BAG,
            combo_legs=(ComboLeg(con_id=1, ratio=2, action="SELL", exchange="SMART"),),
        ),
    ),
    (
        lambda c: c.calculateImpliedVolatility(1, aapl(), 3.5, 430.0, []),
        r.CalculateImpliedVolatility(
            request_id=1, contract=AAPL, option_price=Decimal("3.5"), under_price=Decimal(430)
        ),
    ),
    (
        lambda c: c.calculateOptionPrice(1, aapl(), 0.25, 430.0, []),
        r.CalculateOptionPrice(
            request_id=1, contract=AAPL, volatility=Decimal("0.25"), under_price=Decimal(430)
        ),
    ),
    (
        lambda c: c.cancelCalculateImpliedVolatility(1),
        r.CancelCalculateImpliedVolatility(request_id=1),
    ),
    (lambda c: c.cancelCalculateOptionPrice(1), r.CancelCalculateOptionPrice(request_id=1)),
    (
        lambda c: c.reqSecDefOptParams(1, "ES", "CME", "FUT", 17),
        r.ReqSecDefOptParams(
            request_id=1,
            underlying_symbol="ES",
            fut_fop_exchange="CME",
            underlying_sec_type="FUT",
            underlying_con_id=17,
        ),
    ),
    (lambda c: c.reqMatchingSymbols(1, "AAP"), r.ReqMatchingSymbols(request_id=1, pattern="AAP")),
    (lambda c: c.reqMarketRule(26), r.ReqMarketRule(market_rule_id=26)),
    (
        lambda c: c.reqSmartComponents(1, "9c"),
        r.ReqSmartComponents(request_id=1, bbo_exchange="9c"),
    ),
    (lambda c: c.reqMktDepthExchanges(), r.ReqMktDepthExchanges()),
    (
        lambda c: c.exerciseOptions(1, aapl(), 1, 2, "DU1", 1, "", "", False),
        r.ExerciseOptions(
            request_id=1, contract=AAPL, action=1, quantity=2, account="DU1", override=True
        ),
    ),
    (
        lambda c: c.reqPnLSingle(1, "DU1", "", 7),
        r.ReqPnlSingle(request_id=1, account="DU1", con_id=7),
    ),
    (lambda c: c.cancelPnLSingle(1), r.CancelPnlSingle(request_id=1)),
    (
        lambda c: c.reqPositionsMulti(1, "DU1", "m"),
        r.ReqPositionsMulti(request_id=1, account="DU1", model_code="m"),
    ),
    (lambda c: c.cancelPositionsMulti(1), r.CancelPositionsMulti(request_id=1)),
    (lambda c: c.requestFA(1), r.RequestFa(fa_data_type=1)),
    (lambda c: c.replaceFA(1, 3, "<x/>"), r.ReplaceFa(request_id=1, fa_data_type=3, xml="<x/>")),
    (lambda c: c.reqNewsBulletins(True), r.ReqNewsBulletins(all_messages=True)),
    (lambda c: c.cancelNewsBulletins(), r.CancelNewsBulletins()),
    (lambda c: c.reqNewsProviders(), r.ReqNewsProviders()),
    (
        lambda c: c.reqNewsArticle(1, "BRFG", "id", options()),
        r.ReqNewsArticle(request_id=1, provider_code="BRFG", article_id="id", options=OPTIONS),
    ),
    (
        lambda c: c.reqHistoricalNews(1, 7, "BRFG+DJNL", "a", "b", 10, []),
        r.ReqHistoricalNews(
            request_id=1, con_id=7, provider_codes="BRFG+DJNL", start="a", end="b", count=10
        ),
    ),
    (lambda c: c.reqWshMetaData(1), r.ReqWshMetaData(request_id=1)),
    (lambda c: c.cancelWshMetaData(1), r.CancelWshMetaData(request_id=1)),
    (
        lambda c: c.reqWshEventData(1, events()),
        r.ReqWshEventData(
            request_id=1, con_id=7, fill_portfolio=True, start_date="20260101", total_limit=9
        ),
    ),
    (lambda c: c.cancelWshEventData(1), r.CancelWshEventData(request_id=1)),
    (
        lambda c: c.reqFundamentalData(1, aapl(), "ReportSnapshot", []),
        r.ReqFundamentalData(request_id=1, contract=AAPL, report_type="ReportSnapshot"),
    ),
    (lambda c: c.cancelFundamentalData(1), r.CancelFundamentalData(request_id=1)),
    (lambda c: c.reqScannerParameters(), r.ReqScannerParameters()),
    (
        lambda c: c.reqScannerSubscription(1, scanner(), options(), []),
        r.ReqScannerSubscription(
            request_id=1,
            rows=5,
            instrument="STK",
            location_code="STK.US",
            scan_code="TOP_PERC_GAIN",
            above_price=Decimal("5.5"),
            filter_options=(),
            options=OPTIONS,
        ),
    ),
    (lambda c: c.cancelScannerSubscription(1), r.CancelScannerSubscription(request_id=1)),
    (lambda c: c.reqUserInfo(1), r.ReqUserInfo(request_id=1)),
    (lambda c: c.reqFamilyCodes(), r.ReqFamilyCodes()),
    (lambda c: c.reqSoftDollarTiers(1), r.ReqSoftDollarTiers(request_id=1)),
    (lambda c: c.queryDisplayGroups(1), r.QueryDisplayGroups(request_id=1)),
    (
        lambda c: c.subscribeToGroupEvents(1, 4),
        r.SubscribeToGroupEvents(request_id=1, group_id=4),
    ),
    (
        lambda c: c.updateDisplayGroup(1, "8314@SMART"),
        r.UpdateDisplayGroup(request_id=1, contract_info="8314@SMART"),
    ),
    (lambda c: c.unsubscribeFromGroupEvents(1), r.UnsubscribeFromGroupEvents(request_id=1)),
]


def _name(value: object) -> str:
    return type(value).__name__ if not isinstance(value, int) else str(value)


@pytest.mark.parametrize("version", [v for v in VERSIONS if v >= 178])
@pytest.mark.parametrize(("call", "expected"), CALLS, ids=_name)
def test_request_of_ibapi_parses_to_the_same_value(
    version: int, call: Callable[[Any], object], expected: r.Request
) -> None:
    """The format is the codec's affair: the value does not show it."""
    assert parse_request(ibapi_payload(version, call), version) == expected
