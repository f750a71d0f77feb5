# SPDX-License-Identifier: Apache-2.0
"""What a gateway says: one frozen value a message, whatever bytes will carry it.

An unset number is None and is rendered as each format spells it. Times are IB's own text.
"""

from __future__ import annotations

from ib_provider.wire.account_answers import (
    AccountDownloadEnd,
    AccountSummaryAnswer,
    AccountSummaryEnd,
    AccountUpdateMulti,
    AccountUpdateMultiEnd,
    AccountUpdateTime,
    AccountValueAnswer,
    PnlAnswer,
    PortfolioValue,
    PositionAnswer,
    PositionEnd,
)
from ib_provider.wire.market_answers import (
    BarRow,
    ContractData,
    ContractDataEnd,
    HistoricalData,
    HistoricalDataEnd,
    MarketDataTypeAnswer,
    TickGeneric,
    TickPrice,
    TickReqParams,
    TickSize,
    TickSnapshotEnd,
    TickString,
)
from ib_provider.wire.order_answers import (
    CommissionReport,
    CompletedOrder,
    CompletedOrdersEnd,
    ExecutionDetails,
    ExecutionDetailsEnd,
    OpenOrder,
    OpenOrderEnd,
    OrderStatusAnswer,
)
from ib_provider.wire.session_answers import (
    CurrentTime,
    CurrentTimeMillis,
    ErrorMessage,
    ManagedAccounts,
    NextValidId,
)

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
