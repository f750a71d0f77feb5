# SPDX-License-Identifier: Apache-2.0
"""The layout of every answer as text. Counts are exact: some clients unpack by position."""

from __future__ import annotations

from collections.abc import Mapping

from ib_provider.wire import answers as a
from ib_provider.wire.text.contract import ANSWER_CONTRACT, PORTFOLIO_CONTRACT
from ib_provider.wire.text.kinds import (
    DECIMAL,
    DECIMAL_OR_MAX,
    ESCAPED,
    ID,
    INT,
    SEC_TYPE,
    STRIKE,
    Kind,
)
from ib_provider.wire.text.layout import Field, Pairs, constant, fields, write
from ib_provider.wire.text.open_order import COMPLETED_ORDER_ROWS, OPEN_ORDER_ROWS

__all__ = ["render_text"]

_REQUEST_ID = Field("request_id", ID)
_TICK = (_REQUEST_ID, Field("tick_type", INT))
_ACCOUNTS = Kind(lambda text: tuple(text.split(",")), ",".join)
_MAX = DECIMAL_OR_MAX


def _v(version: int, until: int = 10_000) -> Field:
    """Return the literal version field that a message begins with."""
    return constant(str(version), until=until)


_ERROR = (
    _v(2, until=194),
    _REQUEST_ID,
    Field("code", INT),
    *fields("message advanced_reject", ESCAPED),
    Field("time_ms", INT, since=194),
)

_CONTRACT_DATA: tuple[Field | Pairs, ...] = (
    _REQUEST_ID,
    Field("contract.symbol"),
    Field("contract.sec_type", SEC_TYPE),
    Field("contract.last_trade_date"),
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
    *fields("min_size size_increment suggested_size_increment", DECIMAL),
    constant("0", since=186),  # reasons why the contract may not be traded
)

_ORDER_STATUS = (
    Field("order_id", ID),
    Field("status"),
    *fields("filled remaining avg_fill_price", DECIMAL),
    *fields("perm_id parent_id", INT),
    Field("last_fill_price", DECIMAL),
    Field("client_id", INT),
    Field("why_held"),
    Field("mkt_cap_price", DECIMAL),
)

_EXECUTION = (
    *fields("request_id order_id", ID),
    *ANSWER_CONTRACT,
    *fields("exec_id time account exchange side"),
    *fields("shares price", DECIMAL),
    *fields("perm_id client_id liquidation", INT),
    *fields("cum_qty avg_price", DECIMAL),
    *fields("order_ref ev_rule"),
    Field("ev_multiplier", DECIMAL),
    Field("model_code"),
    Field("last_liquidity", INT),
    Field("pending_price_revision", INT, since=178),
    Field("submitter", since=198),
)

_COMMISSION = (
    _v(1),
    Field("exec_id"),
    Field("commission", DECIMAL),
    Field("currency"),
    Field("realized_pnl", _MAX),
    constant("1.7976931348623157E308"),  # a bond's yield
    constant(),  # and when it is redeemed
)

_PORTFOLIO = (
    _v(8),
    *PORTFOLIO_CONTRACT,
    *fields("position market_price market_value average_cost", DECIMAL),
    *fields("unrealized_pnl realized_pnl", DECIMAL),
    Field("account"),
)

_LAYOUTS: Mapping[type, tuple[Field | Pairs, ...]] = {
    a.TickPrice: (
        _v(6),
        *_TICK,
        *fields("price size", DECIMAL),
        Field("attr_mask", INT),
    ),
    a.TickSize: (_v(6), *_TICK, Field("size", DECIMAL)),
    a.OrderStatusAnswer: _ORDER_STATUS,
    a.ErrorMessage: _ERROR,
    a.OpenOrder: OPEN_ORDER_ROWS,
    a.AccountValueAnswer: (_v(2), *fields("key value currency account")),
    a.PortfolioValue: _PORTFOLIO,
    a.AccountUpdateTime: (_v(1), Field("time")),
    a.NextValidId: (_v(1), Field("order_id", ID)),
    a.ContractData: _CONTRACT_DATA,
    a.ExecutionDetails: _EXECUTION,
    a.ManagedAccounts: (_v(1), Field("accounts", _ACCOUNTS)),
    a.TickGeneric: (_v(6), *_TICK, Field("value", DECIMAL)),
    a.TickString: (_v(6), *_TICK, Field("value")),
    a.CurrentTime: (_v(1), Field("seconds", INT)),
    a.ContractDataEnd: (_v(1), _REQUEST_ID),
    a.OpenOrderEnd: (_v(1),),
    a.AccountDownloadEnd: (_v(1), Field("account")),
    a.ExecutionDetailsEnd: (_v(1), _REQUEST_ID),
    a.TickSnapshotEnd: (_v(1), _REQUEST_ID),
    a.MarketDataTypeAnswer: (_v(1), _REQUEST_ID, Field("market_data_type", INT)),
    a.CommissionReport: _COMMISSION,
    a.PositionAnswer: (
        _v(3),
        Field("account"),
        *ANSWER_CONTRACT,
        *fields("position avg_cost", DECIMAL),
    ),
    a.PositionEnd: (_v(1),),
    a.AccountSummaryAnswer: (_v(1), _REQUEST_ID, *fields("account tag value currency")),
    a.AccountSummaryEnd: (_v(1), _REQUEST_ID),
    a.AccountUpdateMulti: (
        _v(1),
        _REQUEST_ID,
        *fields("account model_code key value currency"),
    ),
    a.AccountUpdateMultiEnd: (_v(1), _REQUEST_ID),
    a.TickReqParams: (
        _REQUEST_ID,
        Field("min_tick", DECIMAL),
        Field("bbo_exchange"),
        Field("snapshot_permissions", INT),
    ),
    a.PnlAnswer: (_REQUEST_ID, *fields("daily unrealized realized", _MAX)),
    a.CompletedOrder: COMPLETED_ORDER_ROWS,
    a.CompletedOrdersEnd: (),
    a.HistoricalDataEnd: (_REQUEST_ID, *fields("start end")),
    a.CurrentTimeMillis: (Field("milliseconds", INT),),
}


def render_text(answer: object, version: int) -> list[str]:
    """Return the answer's fields after the id, without their terminators.

    Raises:
        LocalProtocolError: A value has no spelling: text with a NUL, a number that is not finite.
    """
    return write(_LAYOUTS[type(answer)], answer, version)
