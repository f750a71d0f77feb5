# SPDX-License-Identifier: Apache-2.0
"""The answers about contracts, the past and prices, as protobuf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

from google.protobuf.message import Message

from ib_provider.wire import answers as a
from ib_provider.wire.protobuf.contract import CONTRACT, LastTrade, contract
from ib_provider.wire.protobuf.kinds import (
    BOOL,
    DECIMAL,
    DOUBLE,
    ID,
    INT,
    OPTIONAL_INT,
    PAIRS,
    STRIKES,
    TEXT,
    TEXTS,
    ProtoKind,
)
from ib_provider.wire.protobuf.later import LaterText
from ib_provider.wire.protobuf.layout import Always, Member, Repeated, Row, members

__all__ = ["DATA_ANSWERS"]

_Layout: TypeAlias = tuple[str, tuple[Row, ...]]

_REQUEST_ID = Member("request_id", "reqId", ID)
_ONE = (_REQUEST_ID,)
_TICK = (_REQUEST_ID, *members(INT, "tick_type=tickType"))


def _details(kind: ProtoKind, pairs: str) -> tuple[Member, ...]:
    return members(kind, pairs, field="contractDetails.")


@dataclass(frozen=True, slots=True)
class _Fund:
    """What only a fund has; these fields lie flat among the others."""

    rows: tuple[Member, ...]

    def read(self, message: Message, values: dict[str, Any]) -> None:
        found: dict[str, Any] = {}
        for row in self.rows:
            row.read(message, found)
        values["fund"] = a.FundData(**found) if any(found.values()) else None

    def write(self, message: Message, source: object) -> None:
        fund = attrgetter("fund")(source)
        for row in self.rows if fund is not None else ():
            row.write(message, fund)


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar as a message of its own."""

    path: str
    field: str

    def read(self, message: Message, values: dict[str, Any]) -> None:
        bar = getattr(message, self.field)
        values[self.path] = (
            bar.date,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            DECIMAL.parse(bar.volume),
            DECIMAL.parse(bar.WAP),
            bar.barCount,
        )

    def write(self, message: Message, source: object) -> None:
        date, open_, high, low, close, volume, wap, count = attrgetter(self.path)(source)
        bar = getattr(message, self.field)
        bar.date, bar.barCount, bar.volume, bar.WAP = date, count, str(volume), str(wap)
        bar.open, bar.high, bar.low, bar.close = open_, high, low, close


class _Ineligibility:
    """The (id, why) pairs of reasons that forbid trading."""

    __slots__ = ()

    def read(self, message: Message, values: dict[str, Any]) -> None:
        details = message.contractDetails  # type: ignore[attr-defined]
        values["ineligibility"] = tuple(
            (reason.id, reason.description) for reason in details.ineligibilityReasonList
        )

    def write(self, message: Message, source: object) -> None:
        details = message.contractDetails  # type: ignore[attr-defined]
        for reason_id, description in attrgetter("ineligibility")(source):
            details.ineligibilityReasonList.add(id=reason_id, description=description)


_FUND = _Fund(
    (
        *_details(
            TEXT,
            "name=fundName family=fundFamily fund_type=fundType front_load=fundFrontLoad"
            " back_load=fundBackLoad back_load_time_interval=fundBackLoadTimeInterval"
            " management_fee=fundManagementFee notify_amount=fundNotifyAmount"
            " minimum_initial_purchase=fundMinimumInitialPurchase"
            " subsequent_minimum_purchase=fundMinimumSubsequentPurchase"
            " blue_sky_states=fundBlueSkyStates blue_sky_territories=fundBlueSkyTerritories"
            " distribution_policy=fundDistributionPolicyIndicator asset_type=fundAssetType",
        ),
        *_details(
            BOOL,
            "closed=fundClosed closed_for_new_investors=fundClosedForNewInvestors"
            " closed_for_new_money=fundClosedForNewMoney",
        ),
    )
)

_EVERY_CONTRACT: tuple[Row, ...] = (
    _REQUEST_ID,
    *contract(dated=False),
    *_details(
        DECIMAL,
        "min_tick=minTick min_size=minSize size_increment=sizeIncrement"
        " suggested_size_increment=suggestedSizeIncrement",
    ),
    *_details(
        TEXT,
        "market_name=marketName order_types=orderTypes valid_exchanges=validExchanges"
        " long_name=longName time_zone=timeZoneId trading_hours=tradingHours"
        " liquid_hours=liquidHours ev_rule=evRule market_rule_ids=marketRuleIds",
    ),
    *_details(INT, "agg_group=aggGroup"),
    *_details(DOUBLE, "ev_multiplier=evMultiplier"),
    Member("sec_ids", "contractDetails.secIdList", PAIRS),
)

_CONTRACT_DATA: tuple[Row, ...] = (
    *_EVERY_CONTRACT,
    LastTrade("last_trade_time"),
    *_details(
        TEXT,
        "contract_month=contractMonth industry category subcategory"
        " under_symbol=underSymbol under_sec_type=underSecType"
        " real_expiration_date=realExpirationDate stock_type=stockType"
        " event_contract=eventContract1 event_description_1=eventContractDescription1"
        " event_description_2=eventContractDescription2",
    ),
    *_details(INT, "price_magnifier=priceMagnifier under_con_id=underConId"),
    *_details(
        DECIMAL,
        "min_algo_size=minAlgoSize last_price_precision=lastPricePrecision"
        " last_size_precision=lastSizePrecision",
    ),
    _FUND,
    _Ineligibility(),
    LaterText("settlement_method", "contractDetails", 65),
)

_BOND: tuple[Row, ...] = (
    *_EVERY_CONTRACT,
    LastTrade("maturity_time"),
    *_details(
        TEXT,
        "cusip issue_date=issueDate ratings bond_type=bondType coupon_type=couponType"
        " description=descAppend next_option_date=nextOptionDate next_option_type=nextOptionType"
        " notes=bondNotes",
    ),
    *_details(DOUBLE, "coupon"),
    *_details(
        BOOL, "convertible callable_=callable puttable next_option_partial=nextOptionPartial"
    ),
)

_SAMPLE: tuple[Row, ...] = (
    *CONTRACT,
    *members(TEXTS, "derivative_sec_types=derivativeSecTypes"),
    *members(TEXT, "description issuer_id=issuerId", field="contract."),
)

_OPTION_CHAIN: tuple[Row, ...] = (
    _REQUEST_ID,
    *members(TEXT, "exchange trading_class=tradingClass multiplier"),
    *members(INT, "under_con_id=underlyingConId"),
    *members(TEXTS, "expirations"),
    *members(STRIKES, "strikes"),
)

_DEPTH_EXCHANGE = (
    *members(
        TEXT,
        "exchange sec_type=secType listing_exchange=listingExch service_data_type=serviceDataType",
    ),
    *members(OPTIONAL_INT, "agg_group=aggGroup"),
)

_MID = (*members(INT, "time"), *members(DOUBLE, "price"), *members(DECIMAL, "size"))
_QUOTE = (
    *members(INT, "time"),
    *members(DOUBLE, "bid=priceBid ask=priceAsk"),
    *members(DECIMAL, "bid_size=sizeBid ask_size=sizeAsk"),
    *members(BOOL, "bid_past_low=bidPastLow ask_past_high=askPastHigh", field="tickAttribBidAsk."),
)
_TRADE = (
    *members(INT, "time"),
    *members(DOUBLE, "price"),
    *members(DECIMAL, "size"),
    *members(TEXT, "exchange special_conditions=specialConditions"),
    *members(BOOL, "past_limit=pastLimit unreported", field="tickAttribLast."),
)


def _within(field: str, rows: tuple[Member, ...]) -> tuple[Member, ...]:
    return tuple(Member(row.path, f"{field}.{row.field}", row.kind) for row in rows)


_OPTION_TICK = (
    *_TICK,
    *members(INT, "attrib=tickAttrib"),
    *members(
        DOUBLE,
        "implied_vol=impliedVol delta option_price=optPrice pv_dividend=pvDividend gamma vega"
        " theta under_price=undPrice",
    ),
)

_REAL_TIME_BAR = (
    _REQUEST_ID,
    *members(INT, "time count"),
    *members(DOUBLE, "open_=open high low close"),
    *members(DECIMAL, "volume wap=WAP"),
)

_DEPTH = (
    _REQUEST_ID,
    *members(INT, "position operation side", field="marketDepthData."),
    *members(DOUBLE, "price", field="marketDepthData."),
    *members(DECIMAL, "size", field="marketDepthData."),
)

_PARAMS = (
    _REQUEST_ID,
    *members(
        DECIMAL,
        "min_tick=minTick last_price_precision=lastPricePrecision"
        " last_size_precision=lastSizePrecision",
    ),
    *members(TEXT, "bbo_exchange=bboExchange"),
    *members(INT, "snapshot_permissions=snapshotPermissions"),
)

_CONTRACTS: Mapping[type, _Layout] = {
    a.ContractData: ("ContractData", _CONTRACT_DATA),
    a.BondContractData: ("ContractData", _BOND),
    a.ContractDataEnd: ("ContractDataEnd", _ONE),
    a.SymbolSamples: (
        "SymbolSamples",
        (_REQUEST_ID, Repeated("samples", "contractDescriptions", a.SymbolSample, _SAMPLE)),
    ),
    a.SecDefOptParams: ("SecDefOptParameter", _OPTION_CHAIN),
    a.SecDefOptParamsEnd: ("SecDefOptParameterEnd", _ONE),
    a.MarketRule: (
        "MarketRule",
        (
            *members(INT, "market_rule_id=marketRuleId"),
            Repeated(
                "increments",
                "priceIncrements",
                a.PriceIncrement,
                members(DOUBLE, "low_edge=lowEdge increment"),
            ),
        ),
    ),
    a.SmartComponents: (
        "SmartComponents",
        (
            _REQUEST_ID,
            Repeated(
                "components",
                "smartComponents",
                a.SmartComponent,
                (
                    *members(INT, "bit_number=bitNumber"),
                    *members(TEXT, "exchange letter=exchangeLetter"),
                ),
            ),
        ),
    ),
    a.MktDepthExchanges: (
        "MarketDepthExchanges",
        (Repeated("exchanges", "depthMarketDataDescriptions", a.DepthExchange, _DEPTH_EXCHANGE),),
    ),
}

_HISTORY: Mapping[type, _Layout] = {
    a.HistoricalDataEnd: (
        "HistoricalDataEnd",
        (_REQUEST_ID, *members(TEXT, "start=startDateStr end=endDateStr")),
    ),
    a.HistoricalDataUpdate: (
        "HistoricalDataUpdate",
        (_REQUEST_ID, _Bar("bar", "historicalDataBar")),
    ),
    a.HistoricalSchedule: (
        "HistoricalSchedule",
        (
            _REQUEST_ID,
            *members(TEXT, "start=startDateTime end=endDateTime time_zone=timeZone"),
            Repeated(
                "sessions",
                "historicalSessions",
                a.HistoricalSession,
                members(TEXT, "start=startDateTime end=endDateTime ref_date=refDate"),
            ),
        ),
    ),
    a.HeadTimestamp: (
        "HeadTimestamp",
        (_REQUEST_ID, *members(TEXT, "timestamp=headTimestamp")),
    ),
    a.HistogramData: (
        "HistogramData",
        (
            _REQUEST_ID,
            Repeated(
                "entries",
                "histogramDataEntries",
                a.HistogramEntry,
                (*members(DOUBLE, "price"), *members(DECIMAL, "size")),
            ),
        ),
    ),
    a.HistoricalTicks: (
        "HistoricalTicks",
        (
            _REQUEST_ID,
            Repeated("ticks", "historicalTicks", a.HistoricalTick, _MID),
            *members(BOOL, "done=isDone"),
        ),
    ),
    a.HistoricalTicksBidAsk: (
        "HistoricalTicksBidAsk",
        (
            _REQUEST_ID,
            Repeated("ticks", "historicalTicksBidAsk", a.HistoricalTickBidAsk, _QUOTE),
            *members(BOOL, "done=isDone"),
        ),
    ),
    a.HistoricalTicksLast: (
        "HistoricalTicksLast",
        (
            _REQUEST_ID,
            Repeated("ticks", "historicalTicksLast", a.HistoricalTickLast, _TRADE),
            *members(BOOL, "done=isDone"),
        ),
    ),
}

_PRICES: Mapping[type, _Layout] = {
    a.TickPrice: (
        "TickPrice",
        (
            *_TICK,
            *members(DOUBLE, "price"),
            *members(DECIMAL, "size"),
            *members(INT, "attr_mask=attrMask"),
        ),
    ),
    a.TickSize: ("TickSize", (*_TICK, *members(DECIMAL, "size"))),
    a.TickString: ("TickString", (*_TICK, *members(TEXT, "value"))),
    a.TickGeneric: ("TickGeneric", (*_TICK, *members(DOUBLE, "value"))),
    a.TickSnapshotEnd: ("TickSnapshotEnd", _ONE),
    a.TickReqParams: ("TickReqParams", _PARAMS),
    a.MarketDataTypeAnswer: (
        "MarketDataType",
        (_REQUEST_ID, *members(INT, "market_data_type=marketDataType")),
    ),
    a.TickOptionComputation: ("TickOptionComputation", _OPTION_TICK),
    a.TickByTickAllLast: ("TickByTickData", (*_TICK, *_within("historicalTickLast", _TRADE))),
    a.TickByTickBidAsk: (
        "TickByTickData",
        (_REQUEST_ID, Always("tickType", 3), *_within("historicalTickBidAsk", _QUOTE)),
    ),
    a.TickByTickMidPoint: (
        "TickByTickData",
        (_REQUEST_ID, Always("tickType", 4), *_within("historicalTickMidPoint", _MID[:2])),
    ),
    a.RealTimeBar: ("RealTimeBarTick", _REAL_TIME_BAR),
    a.MarketDepth: ("MarketDepth", _DEPTH),
    a.MarketDepthL2: (
        "MarketDepthL2",
        (
            *_DEPTH,
            *members(TEXT, "market_maker=marketMaker", field="marketDepthData."),
            *members(BOOL, "smart_depth=isSmartDepth", field="marketDepthData."),
        ),
    ),
    a.RerouteMktData: (
        "RerouteMarketDataRequest",
        (_REQUEST_ID, *members(INT, "con_id=conId"), *members(TEXT, "exchange")),
    ),
    a.RerouteMktDepth: (
        "RerouteMarketDepthRequest",
        (_REQUEST_ID, *members(INT, "con_id=conId"), *members(TEXT, "exchange")),
    ),
}

DATA_ANSWERS: Mapping[type, _Layout] = {**_CONTRACTS, **_HISTORY, **_PRICES}
