# SPDX-License-Identifier: Apache-2.0
"""The requests about contracts, the past, prices, news and scanners, as protobuf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ib_provider.wire import requests as r
from ib_provider.wire.protobuf.contract import CONTRACT, EXPIRED, hedge, legs
from ib_provider.wire.protobuf.kinds import BOOL, DOUBLE, ID, INT, OPTIONAL_INT, PAIRS, TEXT
from ib_provider.wire.protobuf.layout import Member, Row, members

__all__ = ["DATA_REQUESTS"]

_Layout: TypeAlias = tuple[type[r.Request], str, tuple[Row, ...]]

_REQUEST_ID = Member("request_id", "reqId", ID)
_ONE = (_REQUEST_ID,)
_ASKED = (_REQUEST_ID, *CONTRACT)


def _options(field: str) -> Member:
    return Member("options", field, PAIRS)


_CONTRACT_DETAILS = (
    *_ASKED,
    EXPIRED,
    *members(TEXT, "sec_id_type=secIdType sec_id=secId issuer_id=issuerId", field="contract."),
)

_OPTION_CHAIN = (
    _REQUEST_ID,
    *members(
        TEXT,
        "underlying_symbol=underlyingSymbol fut_fop_exchange=futFopExchange"
        " underlying_sec_type=underlyingSecType",
    ),
    *members(INT, "underlying_con_id=underlyingConId"),
)

_HISTORICAL_DATA: tuple[Row, ...] = (
    *_ASKED,
    EXPIRED,
    *members(TEXT, "end=endDateTime bar_size=barSizeSetting duration what_to_show=whatToShow"),
    *members(BOOL, "use_rth=useRTH keep_up_to_date=keepUpToDate"),
    *members(INT, "format_date=formatDate"),
    *legs("combo_legs"),
    _options("chartOptions"),
)

_HEAD_TIMESTAMP = (
    *_ASKED,
    EXPIRED,
    *members(BOOL, "use_rth=useRTH"),
    *members(TEXT, "what_to_show=whatToShow"),
    *members(INT, "format_date=formatDate"),
)

_HISTOGRAM = (
    *_ASKED,
    EXPIRED,
    *members(BOOL, "use_rth=useRTH"),
    *members(TEXT, "period=timePeriod"),
)

_HISTORICAL_TICKS = (
    *_ASKED,
    EXPIRED,
    *members(TEXT, "start=startDateTime end=endDateTime what_to_show=whatToShow"),
    *members(INT, "count=numberOfTicks"),
    *members(BOOL, "use_rth=useRTH ignore_size=ignoreSize"),
    _options("miscOptions"),
)

_MKT_DATA: tuple[Row, ...] = (
    *_ASKED,
    *legs("combo_legs"),
    hedge("delta_neutral"),
    *members(TEXT, "generic_ticks=genericTickList"),
    *members(BOOL, "snapshot regulatory_snapshot=regulatorySnapshot"),
    _options("marketDataOptions"),
)

_MKT_DEPTH = (
    *_ASKED,
    *members(INT, "rows=numRows"),
    *members(BOOL, "smart_depth=isSmartDepth"),
    _options("marketDepthOptions"),
)

_REAL_TIME_BARS = (
    *_ASKED,
    *members(INT, "bar_size=barSize"),
    *members(TEXT, "what_to_show=whatToShow"),
    *members(BOOL, "use_rth=useRTH"),
    _options("realTimeBarsOptions"),
)

_TICK_BY_TICK = (
    *_ASKED,
    *members(TEXT, "tick_type=tickType"),
    *members(INT, "count=numberOfTicks"),
    *members(BOOL, "ignore_size=ignoreSize"),
)

_HISTORICAL_NEWS = (
    _REQUEST_ID,
    *members(INT, "con_id=conId count=totalResults"),
    *members(TEXT, "provider_codes=providerCodes start=startDateTime end=endDateTime"),
    _options("historicalNewsOptions"),
)

_EVENTS = (
    _REQUEST_ID,
    *members(OPTIONAL_INT, "con_id=conId total_limit=totalLimit"),
    *members(TEXT, "filter_json=filter start_date=startDate end_date=endDate"),
    *members(
        BOOL,
        "fill_watchlist=fillWatchlist fill_portfolio=fillPortfolio"
        " fill_competitors=fillCompetitors",
    ),
)

_SCANNER = (
    _REQUEST_ID,
    *members(
        OPTIONAL_INT,
        "rows=numberOfRows above_volume=aboveVolume"
        " average_option_volume_above=averageOptionVolumeAbove",
        field="scannerSubscription.",
    ),
    *members(
        TEXT,
        "instrument location_code=locationCode scan_code=scanCode"
        " moody_rating_above=moodyRatingAbove moody_rating_below=moodyRatingBelow"
        " sp_rating_above=spRatingAbove sp_rating_below=spRatingBelow"
        " maturity_date_above=maturityDateAbove maturity_date_below=maturityDateBelow"
        " setting_pairs=scannerSettingPairs stock_type_filter=stockTypeFilter",
        field="scannerSubscription.",
    ),
    *members(
        DOUBLE,
        "above_price=abovePrice below_price=belowPrice market_cap_above=marketCapAbove"
        " market_cap_below=marketCapBelow coupon_rate_above=couponRateAbove"
        " coupon_rate_below=couponRateBelow",
        field="scannerSubscription.",
    ),
    *members(BOOL, "exclude_convertible=excludeConvertible", field="scannerSubscription."),
    Member("filter_options", "scannerSubscription.scannerSubscriptionFilterOptions", PAIRS),
    _options("scannerSubscription.scannerSubscriptionOptions"),
)

DATA_REQUESTS: Mapping[int, _Layout] = {
    1: (r.ReqMktData, "MarketDataRequest", _MKT_DATA),
    2: (r.CancelMktData, "CancelMarketData", _ONE),
    9: (r.ReqContractDetails, "ContractDataRequest", _CONTRACT_DETAILS),
    10: (r.ReqMktDepth, "MarketDepthRequest", _MKT_DEPTH),
    11: (
        r.CancelMktDepth,
        "CancelMarketDepth",
        (_REQUEST_ID, *members(BOOL, "smart_depth=isSmartDepth")),
    ),
    12: (r.ReqNewsBulletins, "NewsBulletinsRequest", members(BOOL, "all_messages=allMessages")),
    13: (r.CancelNewsBulletins, "CancelNewsBulletins", ()),
    20: (r.ReqHistoricalData, "HistoricalDataRequest", _HISTORICAL_DATA),
    22: (r.ReqScannerSubscription, "ScannerSubscriptionRequest", _SCANNER),
    23: (r.CancelScannerSubscription, "CancelScannerSubscription", _ONE),
    24: (r.ReqScannerParameters, "ScannerParametersRequest", ()),
    25: (r.CancelHistoricalData, "CancelHistoricalData", _ONE),
    50: (r.ReqRealTimeBars, "RealTimeBarsRequest", _REAL_TIME_BARS),
    51: (r.CancelRealTimeBars, "CancelRealTimeBars", _ONE),
    52: (
        r.ReqFundamentalData,
        "FundamentalsDataRequest",
        (*_ASKED, *members(TEXT, "report_type=reportType"), _options("fundamentalsDataOptions")),
    ),
    53: (r.CancelFundamentalData, "CancelFundamentalsData", _ONE),
    54: (
        r.CalculateImpliedVolatility,
        "CalculateImpliedVolatilityRequest",
        (
            *_ASKED,
            *members(DOUBLE, "option_price=optionPrice under_price=underPrice"),
            _options("impliedVolatilityOptions"),
        ),
    ),
    55: (
        r.CalculateOptionPrice,
        "CalculateOptionPriceRequest",
        (
            *_ASKED,
            *members(DOUBLE, "volatility under_price=underPrice"),
            _options("optionPriceOptions"),
        ),
    ),
    56: (r.CancelCalculateImpliedVolatility, "CancelCalculateImpliedVolatility", _ONE),
    57: (r.CancelCalculateOptionPrice, "CancelCalculateOptionPrice", _ONE),
    59: (
        r.ReqMarketDataType,
        "MarketDataTypeRequest",
        members(INT, "market_data_type=marketDataType"),
    ),
    78: (r.ReqSecDefOptParams, "SecDefOptParamsRequest", _OPTION_CHAIN),
    81: (r.ReqMatchingSymbols, "MatchingSymbolsRequest", (_REQUEST_ID, *members(TEXT, "pattern"))),
    82: (r.ReqMktDepthExchanges, "MarketDepthExchangesRequest", ()),
    83: (
        r.ReqSmartComponents,
        "SmartComponentsRequest",
        (_REQUEST_ID, *members(TEXT, "bbo_exchange=bboExchange")),
    ),
    84: (
        r.ReqNewsArticle,
        "NewsArticleRequest",
        (
            _REQUEST_ID,
            *members(TEXT, "provider_code=providerCode article_id=articleId"),
            _options("newsArticleOptions"),
        ),
    ),
    85: (r.ReqNewsProviders, "NewsProvidersRequest", ()),
    86: (r.ReqHistoricalNews, "HistoricalNewsRequest", _HISTORICAL_NEWS),
    87: (r.ReqHeadTimestamp, "HeadTimestampRequest", _HEAD_TIMESTAMP),
    88: (r.ReqHistogramData, "HistogramDataRequest", _HISTOGRAM),
    89: (r.CancelHistogramData, "CancelHistogramData", _ONE),
    90: (r.CancelHeadTimestamp, "CancelHeadTimestamp", _ONE),
    91: (r.ReqMarketRule, "MarketRuleRequest", members(INT, "market_rule_id=marketRuleId")),
    96: (r.ReqHistoricalTicks, "HistoricalTicksRequest", _HISTORICAL_TICKS),
    97: (r.ReqTickByTickData, "TickByTickRequest", _TICK_BY_TICK),
    98: (r.CancelTickByTickData, "CancelTickByTick", _ONE),
    100: (r.ReqWshMetaData, "WshMetaDataRequest", _ONE),
    101: (r.CancelWshMetaData, "CancelWshMetaData", _ONE),
    102: (r.ReqWshEventData, "WshEventDataRequest", _EVENTS),
    103: (r.CancelWshEventData, "CancelWshEventData", _ONE),
    106: (r.CancelContractData, "CancelContractData", _ONE),
    107: (r.CancelHistoricalTicks, "CancelHistoricalTicks", _ONE),
}
