# SPDX-License-Identifier: Apache-2.0
"""The layouts of answers about contracts, the past and prices, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from ib_provider.wire import answers as a
from ib_provider.wire.order_parts import DeltaNeutral
from ib_provider.wire.text.bars import UpdatedBar
from ib_provider.wire.text.contract import DELTA_NEUTRAL
from ib_provider.wire.text.kinds import (
    DECIMAL,
    ESCAPED,
    FLAG,
    ID,
    INT,
    NOT_COMPUTED_1,
    NOT_COMPUTED_2,
    OPTIONAL_INT,
    SEC_TYPE,
    STRIKE,
)
from ib_provider.wire.text.layout import Cursor, Field, Row, Values, constant, fields
from ib_provider.wire.text.sections import Blank, Each, Get, Many, Mask, Pairs, When

__all__ = ["DATA_ANSWERS"]

_REQUEST_ID = Field("request_id", ID)
_TICK = (_REQUEST_ID, Field("tick_type", INT))
_V1 = constant("1")
_V3 = constant("3")
_V6 = constant("6")
_NO_HEDGE = DeltaNeutral(con_id=0)
_SIZES = fields("min_size size_increment suggested_size_increment", DECIMAL)


@dataclass(frozen=True, slots=True)
class _LastTrade:
    """A date and, if there is one, a time and its zone: ``20260116 09:30:00 US/Eastern``."""

    time: str

    def read(self, cursor: Cursor, values: Values) -> None:
        date, _, rest = cursor.take("last trade date").partition(" ")
        values["contract.last_trade_date"] = date
        values[self.time] = rest.partition(" ")[0]

    def write(self, source: object, version: int) -> Iterable[str]:  # noqa: ARG002
        date, time = attrgetter("contract.last_trade_date")(source), getattr(source, self.time)
        zone = attrgetter("time_zone")(source)
        yield f"{date} {time} {zone}".strip() if date and time else date


def _is_fund(get: Get) -> bool:
    return bool(get("contract.sec_type") == "FUND")


_FUND = (
    *fields("name family fund_type front_load back_load back_load_time_interval management_fee"),
    *fields("closed closed_for_new_investors closed_for_new_money", FLAG),
    *fields("notify_amount minimum_initial_purchase subsequent_minimum_purchase"),
    *fields("blue_sky_states blue_sky_territories distribution_policy asset_type"),
)

_CONTRACT_DATA: tuple[Row, ...] = (
    _REQUEST_ID,
    Field("contract.symbol"),
    Field("contract.sec_type", SEC_TYPE),
    _LastTrade("last_trade_time"),
    Field("contract.last_trade_date", since=182),
    Field("contract.strike", STRIKE),
    *fields("contract.right contract.exchange contract.currency contract.local_symbol"),
    *fields("market_name contract.trading_class"),
    Field("contract.con_id", INT),
    Field("min_tick", DECIMAL),
    *fields("contract.multiplier order_types valid_exchanges"),
    *fields("price_magnifier under_con_id", INT),
    Field("long_name", ESCAPED),
    *fields("contract.primary_exchange contract_month industry category subcategory time_zone"),
    *fields("trading_hours liquid_hours ev_rule"),
    Field("ev_multiplier", INT),
    Pairs("sec_ids"),
    Field("agg_group", INT),
    *fields("under_symbol under_sec_type market_rule_ids real_expiration_date stock_type"),
    *_SIZES,
    When(_is_fund, (Blank("fund", a.FundData(name=""), _FUND),), since=179),
    Pairs("ineligibility", since=186),
)

_BOND: tuple[Row, ...] = (
    _REQUEST_ID,
    Field("contract.symbol"),
    Field("contract.sec_type", SEC_TYPE),
    Field("cusip"),
    Field("coupon", DECIMAL),
    _LastTrade("maturity_time"),
    *fields("issue_date ratings bond_type coupon_type"),
    *fields("convertible callable_ puttable", FLAG),
    *fields("description contract.exchange contract.currency market_name contract.trading_class"),
    Field("contract.con_id", INT),
    Field("min_tick", DECIMAL),
    *fields("order_types valid_exchanges next_option_date next_option_type"),
    Field("next_option_partial", FLAG),
    *fields("notes long_name"),
    *fields("time_zone trading_hours liquid_hours", since=188),
    Field("ev_rule"),
    Field("ev_multiplier", INT),
    Pairs("sec_ids"),
    Field("agg_group", INT),
    Field("market_rule_ids"),
    *_SIZES,
)

_SAMPLE: tuple[Row, ...] = (
    Field("contract.con_id", INT),
    Field("contract.symbol"),
    Field("contract.sec_type", SEC_TYPE),
    *fields("contract.primary_exchange contract.currency"),
    Each("derivative_sec_types"),
    *fields("description issuer_id"),
)

_OPTION_CHAIN: tuple[Row, ...] = (
    _REQUEST_ID,
    Field("exchange"),
    Field("under_con_id", INT),
    *fields("trading_class multiplier"),
    Each("expirations"),
    Each("strikes", DECIMAL),
)

_DEPTH_EXCHANGE = (
    *fields("exchange sec_type listing_exchange service_data_type"),
    Field("agg_group", OPTIONAL_INT),
)

_HISTORICAL_TICK = (Field("time", INT), constant("0"), *fields("price size", DECIMAL))
_HISTORICAL_QUOTE: tuple[Row, ...] = (
    Field("time", INT),
    Mask(("ask_past_high", "bid_past_low")),
    *fields("bid ask bid_size ask_size", DECIMAL),
)
_HISTORICAL_TRADE: tuple[Row, ...] = (
    Field("time", INT),
    Mask(("past_limit", "unreported")),
    *fields("price size", DECIMAL),
    *fields("exchange special_conditions"),
)
_SESSION = fields("start end ref_date")

_OPTION_TICK: tuple[Row, ...] = (
    *_TICK,
    Field("attrib", INT),
    Field("implied_vol", NOT_COMPUTED_1),
    Field("delta", NOT_COMPUTED_2),
    *fields("option_price pv_dividend", NOT_COMPUTED_1),
    *fields("gamma vega theta", NOT_COMPUTED_2),
    Field("under_price", NOT_COMPUTED_1),
)

_LIVE_TRADE: tuple[Row, ...] = (
    *_TICK,
    Field("time", INT),
    *fields("price size", DECIMAL),
    Mask(("past_limit", "unreported")),
    *fields("exchange special_conditions"),
)
_LIVE_QUOTE: tuple[Row, ...] = (
    _REQUEST_ID,
    _V3,
    Field("time", INT),
    *fields("bid ask bid_size ask_size", DECIMAL),
    Mask(("bid_past_low", "ask_past_high")),
)
_REAL_TIME_BAR: tuple[Row, ...] = (
    _V3,
    _REQUEST_ID,
    Field("time", INT),
    *fields("open_ high low close volume wap", DECIMAL),
    Field("count", INT),
)
_DEPTH = (*fields("operation side", INT), *fields("price size", DECIMAL))

DATA_ANSWERS: Mapping[type, tuple[Row, ...]] = {
    a.ContractData: _CONTRACT_DATA,
    a.BondContractData: _BOND,
    a.ContractDataEnd: (_V1, _REQUEST_ID),
    a.SymbolSamples: (_REQUEST_ID, Many("samples", a.SymbolSample, _SAMPLE)),
    a.SecDefOptParams: _OPTION_CHAIN,
    a.SecDefOptParamsEnd: (_REQUEST_ID,),
    a.MarketRule: (
        Field("market_rule_id", INT),
        Many("increments", a.PriceIncrement, fields("low_edge increment", DECIMAL)),
    ),
    a.SmartComponents: (
        _REQUEST_ID,
        Many(
            "components",
            a.SmartComponent,
            (Field("bit_number", INT), *fields("exchange letter")),
        ),
    ),
    a.MktDepthExchanges: (Many("exchanges", a.DepthExchange, _DEPTH_EXCHANGE),),
    a.HistoricalDataEnd: (_REQUEST_ID, *fields("start end")),
    a.HistoricalDataUpdate: (_REQUEST_ID, UpdatedBar("bar")),
    a.HistoricalSchedule: (
        _REQUEST_ID,
        *fields("start end time_zone"),
        Many("sessions", a.HistoricalSession, _SESSION),
    ),
    a.HeadTimestamp: (_REQUEST_ID, Field("timestamp")),
    a.HistogramData: (
        _REQUEST_ID,
        Many("entries", a.HistogramEntry, fields("price size", DECIMAL)),
    ),
    a.HistoricalTicks: (
        _REQUEST_ID,
        Many("ticks", a.HistoricalTick, _HISTORICAL_TICK),
        Field("done", FLAG),
    ),
    a.HistoricalTicksBidAsk: (
        _REQUEST_ID,
        Many("ticks", a.HistoricalTickBidAsk, _HISTORICAL_QUOTE),
        Field("done", FLAG),
    ),
    a.HistoricalTicksLast: (
        _REQUEST_ID,
        Many("ticks", a.HistoricalTickLast, _HISTORICAL_TRADE),
        Field("done", FLAG),
    ),
    a.TickReqParams: (
        _REQUEST_ID,
        Field("min_tick", DECIMAL),
        Field("bbo_exchange"),
        Field("snapshot_permissions", INT),
    ),
    a.MarketDataTypeAnswer: (_V1, _REQUEST_ID, Field("market_data_type", INT)),
    a.TickPrice: (_V6, *_TICK, *fields("price size", DECIMAL), Field("attr_mask", INT)),
    a.TickSize: (_V6, *_TICK, Field("size", DECIMAL)),
    a.TickString: (_V6, *_TICK, Field("value")),
    a.TickGeneric: (_V6, *_TICK, Field("value", DECIMAL)),
    a.TickSnapshotEnd: (_V1, _REQUEST_ID),
    a.TickOptionComputation: _OPTION_TICK,
    a.TickByTickAllLast: _LIVE_TRADE,
    a.TickByTickBidAsk: _LIVE_QUOTE,
    a.TickByTickMidPoint: (
        _REQUEST_ID,
        constant("4"),
        Field("time", INT),
        Field("price", DECIMAL),
    ),
    a.RealTimeBar: _REAL_TIME_BAR,
    a.MarketDepth: (_V1, _REQUEST_ID, Field("position", INT), *_DEPTH),
    a.MarketDepthL2: (
        _V1,
        _REQUEST_ID,
        Field("position", INT),
        Field("market_maker"),
        *_DEPTH,
        Field("smart_depth", FLAG),
    ),
    a.DeltaNeutralValidation: (
        _V1,
        _REQUEST_ID,
        Blank("delta_neutral", _NO_HEDGE, DELTA_NEUTRAL),
    ),
    a.RerouteMktData: (_REQUEST_ID, Field("con_id", INT), Field("exchange")),
    a.RerouteMktDepth: (_REQUEST_ID, Field("con_id", INT), Field("exchange")),
}
