# SPDX-License-Identifier: Apache-2.0
"""The layouts of requests about contracts, the past, prices, news and scanners, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from ib_provider.errors import RemoteProtocolError
from ib_provider.wire import requests as r
from ib_provider.wire.text.contract import DATA_LEGS, REQUEST_CONTRACT, delta_neutral
from ib_provider.wire.text.kinds import BOOL, DECIMAL, ID, INT, OPTIONAL_INT, OPTIONS, SEC_TYPE
from ib_provider.wire.text.layout import Cursor, Field, Row, Values, constant, fields, skip

__all__ = ["DATA_REQUESTS"]

_REQUEST_ID = Field("request_id", ID)
_VERSION = skip()
_ONE = (*_VERSION, _REQUEST_ID)
_ASKED = (_REQUEST_ID, *REQUEST_CONTRACT)
_EXPIRED = Field("include_expired", BOOL)
_OPTIONS = Field("options", OPTIONS)


@dataclass(frozen=True, slots=True)
class _CalculationOptions:
    """Options of a calculation: ibapi sends them alone, ib_async with their count in front."""

    def read(self, cursor: Cursor, values: Values) -> None:
        text = cursor.take("options")
        if text.isascii() and text.isdigit():
            text = cursor.take("options")
        try:
            values["options"] = OPTIONS.parse(text)
        except ValueError:
            raise RemoteProtocolError(f"field options is malformed: {text[:80]!r}") from None

    def write(self, source: object, version: int) -> Iterable[str]:  # noqa: ARG002
        yield OPTIONS.render(attrgetter("options")(source))


_CONTRACT_DETAILS: tuple[Row, ...] = (
    *_VERSION,
    *_ASKED,
    _EXPIRED,
    *fields("sec_id_type sec_id issuer_id"),
)

_OPTION_CHAIN: tuple[Row, ...] = (
    _REQUEST_ID,
    *fields("underlying_symbol fut_fop_exchange underlying_sec_type"),
    Field("underlying_con_id", INT),
)

_HISTORICAL_DATA: tuple[Row, ...] = (
    *_ASKED,
    _EXPIRED,
    *fields("end bar_size duration"),
    Field("use_rth", BOOL),
    Field("what_to_show"),
    Field("format_date", INT),
    DATA_LEGS,
    Field("keep_up_to_date", BOOL),
    _OPTIONS,
)

_HEAD_TIMESTAMP: tuple[Row, ...] = (
    *_ASKED,
    _EXPIRED,
    Field("use_rth", BOOL),
    Field("what_to_show"),
    Field("format_date", INT),
)

_HISTORICAL_TICKS: tuple[Row, ...] = (
    *_ASKED,
    _EXPIRED,
    *fields("start end"),
    Field("count", INT),
    Field("what_to_show"),
    *fields("use_rth ignore_size", BOOL),
    _OPTIONS,
)

_MKT_DATA: tuple[Row, ...] = (
    *_VERSION,
    *_ASKED,
    DATA_LEGS,
    delta_neutral("delta_neutral"),
    Field("generic_ticks"),
    *fields("snapshot regulatory_snapshot", BOOL),
    _OPTIONS,
)

_FUNDAMENTALS: tuple[Row, ...] = (
    *_ONE,
    Field("contract.con_id", INT),
    Field("contract.symbol"),
    Field("contract.sec_type", SEC_TYPE),
    *fields("contract.exchange contract.primary_exchange contract.currency"),
    *fields("contract.local_symbol report_type"),
    constant("0"),  # how many options
    _OPTIONS,
)

_SCANNER: tuple[Row, ...] = (
    _REQUEST_ID,
    Field("rows", OPTIONAL_INT),
    *fields("instrument location_code scan_code"),
    *fields("above_price below_price", DECIMAL),
    Field("above_volume", OPTIONAL_INT),
    *fields("market_cap_above market_cap_below", DECIMAL),
    *fields("moody_rating_above moody_rating_below sp_rating_above sp_rating_below"),
    *fields("maturity_date_above maturity_date_below"),
    *fields("coupon_rate_above coupon_rate_below", DECIMAL),
    Field("exclude_convertible", BOOL),
    Field("average_option_volume_above", OPTIONAL_INT),
    *fields("setting_pairs stock_type_filter"),
    Field("filter_options", OPTIONS),
    _OPTIONS,
)

DATA_REQUESTS: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    1: (r.ReqMktData, _MKT_DATA),
    2: (r.CancelMktData, _ONE),
    9: (r.ReqContractDetails, _CONTRACT_DETAILS),
    10: (
        r.ReqMktDepth,
        (*_VERSION, *_ASKED, Field("rows", INT), Field("smart_depth", BOOL), _OPTIONS),
    ),
    11: (r.CancelMktDepth, (*_ONE, Field("smart_depth", BOOL))),
    20: (r.ReqHistoricalData, _HISTORICAL_DATA),
    22: (r.ReqScannerSubscription, _SCANNER),
    23: (r.CancelScannerSubscription, _ONE),
    24: (r.ReqScannerParameters, _VERSION),
    25: (r.CancelHistoricalData, _ONE),
    50: (
        r.ReqRealTimeBars,
        (
            *_VERSION,
            *_ASKED,
            Field("bar_size", INT),
            Field("what_to_show"),
            Field("use_rth", BOOL),
            _OPTIONS,
        ),
    ),
    51: (r.CancelRealTimeBars, _ONE),
    52: (r.ReqFundamentalData, _FUNDAMENTALS),
    53: (r.CancelFundamentalData, _ONE),
    54: (
        r.CalculateImpliedVolatility,
        (*_VERSION, *_ASKED, *fields("option_price under_price", DECIMAL), _CalculationOptions()),
    ),
    55: (
        r.CalculateOptionPrice,
        (*_VERSION, *_ASKED, *fields("volatility under_price", DECIMAL), _CalculationOptions()),
    ),
    56: (r.CancelCalculateImpliedVolatility, _ONE),
    57: (r.CancelCalculateOptionPrice, _ONE),
    59: (r.ReqMarketDataType, (*_VERSION, Field("market_data_type", INT))),
    78: (r.ReqSecDefOptParams, _OPTION_CHAIN),
    81: (r.ReqMatchingSymbols, (_REQUEST_ID, Field("pattern"))),
    82: (r.ReqMktDepthExchanges, ()),
    83: (r.ReqSmartComponents, (_REQUEST_ID, Field("bbo_exchange"))),
    84: (r.ReqNewsArticle, (_REQUEST_ID, *fields("provider_code article_id"), _OPTIONS)),
    85: (r.ReqNewsProviders, ()),
    86: (
        r.ReqHistoricalNews,
        (
            _REQUEST_ID,
            Field("con_id", INT),
            *fields("provider_codes start end"),
            Field("count", INT),
            _OPTIONS,
        ),
    ),
    87: (r.ReqHeadTimestamp, _HEAD_TIMESTAMP),
    88: (r.ReqHistogramData, (*_ASKED, _EXPIRED, Field("use_rth", BOOL), Field("period"))),
    89: (r.CancelHistogramData, (_REQUEST_ID,)),
    90: (r.CancelHeadTimestamp, (_REQUEST_ID,)),
    91: (r.ReqMarketRule, (Field("market_rule_id", INT),)),
    96: (r.ReqHistoricalTicks, _HISTORICAL_TICKS),
    97: (
        r.ReqTickByTickData,
        (*_ASKED, Field("tick_type"), Field("count", INT), Field("ignore_size", BOOL)),
    ),
    98: (r.CancelTickByTickData, (_REQUEST_ID,)),
}
