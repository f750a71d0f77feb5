# SPDX-License-Identifier: Apache-2.0
"""What a gateway says: one frozen value a message, whatever bytes will carry it.

An unset number is None and is rendered as each format spells it. Times are IB's own text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from ib_provider.domain.contract import Contract
from ib_provider.wire.wire_order import WireOrder, WireOrderState

__all__ = [
    "AccountDownloadEnd",
    "AccountSummaryAnswer",
    "AccountSummaryEnd",
    "AccountUpdateMulti",
    "AccountUpdateMultiEnd",
    "AccountUpdateTime",
    "AccountValueAnswer",
    "Answer",
    "BarRow",
    "CommissionReport",
    "CompletedOrder",
    "CompletedOrdersEnd",
    "ContractData",
    "ContractDataEnd",
    "CurrentTime",
    "CurrentTimeMillis",
    "ErrorMessage",
    "ExecutionDetails",
    "ExecutionDetailsEnd",
    "HistoricalData",
    "HistoricalDataEnd",
    "ManagedAccounts",
    "MarketDataTypeAnswer",
    "NextValidId",
    "OpenOrder",
    "OpenOrderEnd",
    "OrderStatusAnswer",
    "PnlAnswer",
    "PortfolioValue",
    "PositionAnswer",
    "PositionEnd",
    "TickGeneric",
    "TickPrice",
    "TickReqParams",
    "TickSize",
    "TickSnapshotEnd",
    "TickString",
]

BarRow: TypeAlias = tuple[str, float, float, float, float, Decimal | int, Decimal | float, int]
"""Date text, open, high, low, close, volume, wap, count: a plain tuple, for 100,000 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedAccounts:
    """The accounts of the login."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextValidId:
    """The next order id this client may use; also the sign that the gateway is ready."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """An error, warning or notice.

    Attributes:
        request_id: The request or order it concerns; -1 for the session.
        time_ms: Epoch milliseconds; carried from version 194.
        advanced_reject: IB's JSON about a rejected order; empty for the rest.
    """

    request_id: int
    code: int
    message: str
    time_ms: int = 0
    advanced_reject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTime:
    """The gateway's time, epoch seconds."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTimeMillis:
    """The gateway's time, epoch milliseconds."""

    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractData:
    """One contract that fits a description, with what IB knows of it.

    Attributes:
        min_tick: In the contract's currency.
        valid_exchanges: Comma-separated; ``market_rule_ids`` has one entry for each.
        sec_ids: (type, id), ``("ISIN", "US0378331005")``.
        trading_hours: ``20260408:0400-20260408:2000;20260411:CLOSED`` in ``time_zone``.
    """

    request_id: int
    contract: Contract
    min_tick: Decimal
    market_name: str = ""
    order_types: str = ""
    valid_exchanges: str = ""
    price_magnifier: int = 1
    under_con_id: int = 0
    long_name: str = ""
    contract_month: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    time_zone: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""
    ev_rule: str = ""
    ev_multiplier: int = 0
    sec_ids: tuple[tuple[str, str], ...] = ()
    agg_group: int = 1
    under_symbol: str = ""
    under_sec_type: str = ""
    market_rule_ids: str = ""
    real_expiration_date: str = ""
    stock_type: str = ""
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    suggested_size_increment: Decimal = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDataEnd:
    """No more contracts for this request."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalData:
    """Bars. Below version 196 this also ends the answer, so it cannot come in parts.

    Attributes:
        bars: Rows of ``BarRow``, ascending.
        start: IB's text of the span; carried by this message only below version 196.
    """

    request_id: int
    bars: Sequence[BarRow]
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalDataEnd:
    """No more bars for this request. Not sent below version 196."""

    request_id: int
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReqParams:
    """What a quote stream is made of."""

    request_id: int
    min_tick: Decimal
    bbo_exchange: str = ""
    snapshot_permissions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDataTypeAnswer:
    """Whether a stream is 1 live, 2 frozen, 3 delayed or 4 delayed-frozen."""

    request_id: int
    market_data_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TickPrice:
    """A price, with the size that belongs to it. ``attr_mask``: 1 auto, 2 past limit, 4 pre-open."""

    request_id: int
    tick_type: int
    price: Decimal
    size: Decimal | None = None
    attr_mask: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSize:
    """A size."""

    request_id: int
    tick_type: int
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TickString:
    """A value that is text, such as the time of the last trade."""

    request_id: int
    tick_type: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickGeneric:
    """A value that is neither price nor size, such as the halted flag."""

    request_id: int
    tick_type: int
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSnapshotEnd:
    """A snapshot is complete."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order at the broker."""

    order_id: int
    contract: Contract
    order: WireOrder
    state: WireOrderState


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrderEnd:
    """No more open orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusAnswer:
    """How far an order has come. Prices in the contract's currency."""

    order_id: int
    status: str
    filled: Decimal
    remaining: Decimal
    avg_fill_price: Decimal
    perm_id: int
    parent_id: int = 0
    last_fill_price: Decimal = Decimal(0)
    client_id: int = 0
    why_held: str = ""
    mkt_cap_price: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionDetails:
    """One execution. ``contract.exchange`` is where it traded.

    Attributes:
        request_id: -1 for a fill as it happens.
        time: IB's text, ``20260413 15:27:04 US/Eastern``.
        side: ``BOT`` or ``SLD``.
    """

    request_id: int
    order_id: int
    contract: Contract
    exec_id: str
    time: str
    account: str
    exchange: str
    side: str
    shares: Decimal
    price: Decimal
    perm_id: int
    client_id: int
    cum_qty: Decimal
    avg_price: Decimal
    order_ref: str = ""
    liquidation: bool = False
    ev_rule: str = ""
    ev_multiplier: Decimal | None = None
    model_code: str = ""
    last_liquidity: int = 0
    pending_price_revision: bool = False
    submitter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionDetailsEnd:
    """No more executions for this request."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionReport:
    """What an execution cost. ``realized_pnl`` is None for one that opened a position."""

    exec_id: str
    commission: Decimal
    currency: str
    realized_pnl: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedOrder:
    """An order that ended: no order id and no client id on the wire, only the perm id."""

    contract: Contract
    order: WireOrder
    state: WireOrderState
    filled: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedOrdersEnd:
    """No more completed orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAnswer:
    """Units held of one contract; negative for a short."""

    account: str
    contract: Contract
    position: Decimal
    avg_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEnd:
    """No more positions, for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummaryAnswer:
    """One value of an account summary."""

    request_id: int
    account: str
    tag: str
    value: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummaryEnd:
    """The summary is complete, for now."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValueAnswer:
    """One value of the account stream."""

    key: str
    value: str
    currency: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioValue:
    """One position of the account stream, valued in the contract's currency."""

    contract: Contract
    position: Decimal
    market_price: Decimal
    market_value: Decimal
    average_cost: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdateTime:
    """When the account values were taken: ``HH:MM``."""

    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDownloadEnd:
    """The account stream has sent everything once."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdateMulti:
    """One value of an account-or-model stream."""

    request_id: int
    account: str
    key: str
    value: str
    currency: str
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdateMultiEnd:
    """That stream has sent everything once."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlAnswer:
    """Profit and loss of the account in its base currency; None where IB has none."""

    request_id: int
    daily: Decimal | None
    unrealized: Decimal | None = None
    realized: Decimal | None = None


Answer = (
    ManagedAccounts
    | NextValidId
    | ErrorMessage
    | CurrentTime
    | CurrentTimeMillis
    | ContractData
    | ContractDataEnd
    | HistoricalData
    | HistoricalDataEnd
    | TickReqParams
    | MarketDataTypeAnswer
    | TickPrice
    | TickSize
    | TickString
    | TickGeneric
    | TickSnapshotEnd
    | OpenOrder
    | OpenOrderEnd
    | OrderStatusAnswer
    | ExecutionDetails
    | ExecutionDetailsEnd
    | CommissionReport
    | CompletedOrder
    | CompletedOrdersEnd
    | PositionAnswer
    | PositionEnd
    | AccountSummaryAnswer
    | AccountSummaryEnd
    | AccountValueAnswer
    | PortfolioValue
    | AccountUpdateTime
    | AccountDownloadEnd
    | AccountUpdateMulti
    | AccountUpdateMultiEnd
    | PnlAnswer
)
