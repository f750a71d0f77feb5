# SPDX-License-Identifier: Apache-2.0
"""What a gateway says: one frozen value a message, whatever bytes will carry it.

An unset number is None and is rendered as each format spells it. Times are IB's own text.
"""

from __future__ import annotations

from typing import TypeAlias

from ib_provider.wire.answers.account import (
    AccountDownloadEnd,
    AccountSummaryAnswer,
    AccountSummaryEnd,
    AccountUpdateMulti,
    AccountUpdateMultiEnd,
    AccountUpdateTime,
    AccountValueAnswer,
    PnlAnswer,
    PnlSingleAnswer,
    PortfolioValue,
    PositionAnswer,
    PositionEnd,
    PositionMulti,
    PositionMultiEnd,
    ReceiveFa,
    ReplaceFaEnd,
)
from ib_provider.wire.answers.contracts import (
    BondContractData,
    ContractData,
    ContractDataEnd,
    DepthExchange,
    FundData,
    MarketRule,
    MktDepthExchanges,
    PriceIncrement,
    SecDefOptParams,
    SecDefOptParamsEnd,
    SmartComponent,
    SmartComponents,
    SymbolSample,
    SymbolSamples,
)
from ib_provider.wire.answers.history import (
    BarRow,
    HeadTimestamp,
    HistogramData,
    HistogramEntry,
    HistoricalData,
    HistoricalDataEnd,
    HistoricalDataUpdate,
    HistoricalSchedule,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    HistoricalTicks,
    HistoricalTicksBidAsk,
    HistoricalTicksLast,
)
from ib_provider.wire.answers.information import (
    FundamentalData,
    HistoricalNews,
    HistoricalNewsEnd,
    NewsArticle,
    NewsBulletin,
    NewsProvider,
    NewsProviders,
    ScannerData,
    ScannerParameters,
    ScannerRow,
    TickNews,
    WshEventData,
    WshMetaData,
)
from ib_provider.wire.answers.orders import (
    CommissionReport,
    CompletedOrder,
    CompletedOrdersEnd,
    ExecutionDetails,
    ExecutionDetailsEnd,
    OpenOrder,
    OpenOrderEnd,
    OrderBound,
    OrderStatusAnswer,
)
from ib_provider.wire.answers.quotes import (
    DeltaNeutralValidation,
    MarketDataTypeAnswer,
    MarketDepth,
    MarketDepthL2,
    RealTimeBar,
    RerouteMktData,
    RerouteMktDepth,
    TickByTickAllLast,
    TickByTickBidAsk,
    TickByTickMidPoint,
    TickGeneric,
    TickOptionComputation,
    TickPrice,
    TickReqParams,
    TickSize,
    TickSnapshotEnd,
    TickString,
)
from ib_provider.wire.answers.session import (
    ConfigResponse,
    CurrentTime,
    CurrentTimeMillis,
    DisplayGroupList,
    DisplayGroupUpdated,
    ErrorMessage,
    FamilyCode,
    FamilyCodes,
    ManagedAccounts,
    NextValidId,
    SoftDollarTiers,
    UpdateConfigResponse,
    UserInfo,
    VerifyAndAuthCompleted,
    VerifyAndAuthMessageApi,
    VerifyCompleted,
    VerifyMessageApi,
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
    "BondContractData",
    "CommissionReport",
    "CompletedOrder",
    "CompletedOrdersEnd",
    "ConfigResponse",
    "ContractData",
    "ContractDataEnd",
    "CurrentTime",
    "CurrentTimeMillis",
    "DeltaNeutralValidation",
    "DepthExchange",
    "DisplayGroupList",
    "DisplayGroupUpdated",
    "ErrorMessage",
    "ExecutionDetails",
    "ExecutionDetailsEnd",
    "FamilyCode",
    "FamilyCodes",
    "FundData",
    "FundamentalData",
    "HeadTimestamp",
    "HistogramData",
    "HistogramEntry",
    "HistoricalData",
    "HistoricalDataEnd",
    "HistoricalDataUpdate",
    "HistoricalNews",
    "HistoricalNewsEnd",
    "HistoricalSchedule",
    "HistoricalSession",
    "HistoricalTick",
    "HistoricalTickBidAsk",
    "HistoricalTickLast",
    "HistoricalTicks",
    "HistoricalTicksBidAsk",
    "HistoricalTicksLast",
    "ManagedAccounts",
    "MarketDataTypeAnswer",
    "MarketDepth",
    "MarketDepthL2",
    "MarketRule",
    "MktDepthExchanges",
    "NewsArticle",
    "NewsBulletin",
    "NewsProvider",
    "NewsProviders",
    "NextValidId",
    "OpenOrder",
    "OpenOrderEnd",
    "OrderBound",
    "OrderStatusAnswer",
    "PnlAnswer",
    "PnlSingleAnswer",
    "PortfolioValue",
    "PositionAnswer",
    "PositionEnd",
    "PositionMulti",
    "PositionMultiEnd",
    "PriceIncrement",
    "RealTimeBar",
    "ReceiveFa",
    "ReplaceFaEnd",
    "RerouteMktData",
    "RerouteMktDepth",
    "ScannerData",
    "ScannerParameters",
    "ScannerRow",
    "SecDefOptParams",
    "SecDefOptParamsEnd",
    "SmartComponent",
    "SmartComponents",
    "SoftDollarTiers",
    "SymbolSample",
    "SymbolSamples",
    "TickByTickAllLast",
    "TickByTickBidAsk",
    "TickByTickMidPoint",
    "TickGeneric",
    "TickNews",
    "TickOptionComputation",
    "TickPrice",
    "TickReqParams",
    "TickSize",
    "TickSnapshotEnd",
    "TickString",
    "UpdateConfigResponse",
    "UserInfo",
    "VerifyAndAuthCompleted",
    "VerifyAndAuthMessageApi",
    "VerifyCompleted",
    "VerifyMessageApi",
    "WshEventData",
    "WshMetaData",
]

Answer: TypeAlias = (
    ContractData
    | ContractDataEnd
    | BondContractData
    | SymbolSamples
    | SecDefOptParams
    | SecDefOptParamsEnd
    | MarketRule
    | SmartComponents
    | MktDepthExchanges
    | HistoricalData
    | HistoricalDataEnd
    | HistoricalDataUpdate
    | HistoricalSchedule
    | HeadTimestamp
    | HistogramData
    | HistoricalTicks
    | HistoricalTicksBidAsk
    | HistoricalTicksLast
    | TickReqParams
    | MarketDataTypeAnswer
    | TickPrice
    | TickSize
    | TickString
    | TickGeneric
    | TickSnapshotEnd
    | TickOptionComputation
    | TickByTickAllLast
    | TickByTickBidAsk
    | TickByTickMidPoint
    | RealTimeBar
    | MarketDepth
    | MarketDepthL2
    | DeltaNeutralValidation
    | RerouteMktData
    | RerouteMktDepth
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
    | PnlSingleAnswer
    | PositionMulti
    | PositionMultiEnd
    | ReceiveFa
    | ReplaceFaEnd
    | ManagedAccounts
    | NextValidId
    | ErrorMessage
    | CurrentTime
    | CurrentTimeMillis
    | UserInfo
    | FamilyCodes
    | SoftDollarTiers
    | VerifyMessageApi
    | VerifyCompleted
    | VerifyAndAuthMessageApi
    | VerifyAndAuthCompleted
    | DisplayGroupList
    | DisplayGroupUpdated
    | ConfigResponse
    | UpdateConfigResponse
    | OpenOrder
    | OpenOrderEnd
    | OrderStatusAnswer
    | ExecutionDetails
    | ExecutionDetailsEnd
    | CommissionReport
    | CompletedOrder
    | CompletedOrdersEnd
    | OrderBound
    | NewsBulletin
    | NewsProviders
    | NewsArticle
    | TickNews
    | HistoricalNews
    | HistoricalNewsEnd
    | WshMetaData
    | WshEventData
    | FundamentalData
    | ScannerParameters
    | ScannerData
)
