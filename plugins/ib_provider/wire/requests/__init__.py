# SPDX-License-Identifier: Apache-2.0
"""What a client may ask of a gateway: one frozen value a message, whatever bytes carried it.

Text that IB leaves open (order types, bar sizes, times in force) stays text: the gateway judges it,
not the codec. A number the client left unset is None, however it spelled "unset".
"""

from __future__ import annotations

from typing import TypeAlias

from ib_provider.wire.requests.account import (
    CancelAccountSummary,
    CancelAccountUpdatesMulti,
    CancelPnl,
    CancelPnlSingle,
    CancelPositions,
    CancelPositionsMulti,
    ReplaceFa,
    ReqAccountSummary,
    ReqAccountUpdates,
    ReqAccountUpdatesMulti,
    ReqPnl,
    ReqPnlSingle,
    ReqPositions,
    ReqPositionsMulti,
    RequestFa,
)
from ib_provider.wire.requests.contracts import (
    CancelContractData,
    ReqContractDetails,
    ReqMarketRule,
    ReqMatchingSymbols,
    ReqMktDepthExchanges,
    ReqSecDefOptParams,
    ReqSmartComponents,
)
from ib_provider.wire.requests.history import (
    CancelHeadTimestamp,
    CancelHistogramData,
    CancelHistoricalData,
    CancelHistoricalTicks,
    ReqHeadTimestamp,
    ReqHistogramData,
    ReqHistoricalData,
    ReqHistoricalTicks,
)
from ib_provider.wire.requests.information import (
    CancelFundamentalData,
    CancelNewsBulletins,
    CancelScannerSubscription,
    CancelWshEventData,
    CancelWshMetaData,
    ReqFundamentalData,
    ReqHistoricalNews,
    ReqNewsArticle,
    ReqNewsBulletins,
    ReqNewsProviders,
    ReqScannerParameters,
    ReqScannerSubscription,
    ReqWshEventData,
    ReqWshMetaData,
)
from ib_provider.wire.requests.orders import (
    CancelOrder,
    ExerciseOptions,
    GlobalCancel,
    PlaceOrder,
    ReqAllOpenOrders,
    ReqAutoOpenOrders,
    ReqCompletedOrders,
    ReqExecutions,
    ReqOpenOrders,
)
from ib_provider.wire.requests.quotes import (
    CalculateImpliedVolatility,
    CalculateOptionPrice,
    CancelCalculateImpliedVolatility,
    CancelCalculateOptionPrice,
    CancelMktData,
    CancelMktDepth,
    CancelRealTimeBars,
    CancelTickByTickData,
    ReqMarketDataType,
    ReqMktData,
    ReqMktDepth,
    ReqRealTimeBars,
    ReqTickByTickData,
)
from ib_provider.wire.requests.session import (
    QueryDisplayGroups,
    ReqConfig,
    ReqCurrentTime,
    ReqCurrentTimeMillis,
    ReqFamilyCodes,
    ReqIds,
    ReqManagedAccounts,
    ReqSoftDollarTiers,
    ReqUserInfo,
    SetServerLogLevel,
    StartApi,
    SubscribeToGroupEvents,
    UnknownRequest,
    UnsubscribeFromGroupEvents,
    UpdateConfig,
    UpdateDisplayGroup,
    VerifyAndAuthMessage,
    VerifyAndAuthRequest,
    VerifyMessage,
    VerifyRequest,
)

__all__ = [
    "CalculateImpliedVolatility",
    "CalculateOptionPrice",
    "CancelAccountSummary",
    "CancelAccountUpdatesMulti",
    "CancelCalculateImpliedVolatility",
    "CancelCalculateOptionPrice",
    "CancelContractData",
    "CancelFundamentalData",
    "CancelHeadTimestamp",
    "CancelHistogramData",
    "CancelHistoricalData",
    "CancelHistoricalTicks",
    "CancelMktData",
    "CancelMktDepth",
    "CancelNewsBulletins",
    "CancelOrder",
    "CancelPnl",
    "CancelPnlSingle",
    "CancelPositions",
    "CancelPositionsMulti",
    "CancelRealTimeBars",
    "CancelScannerSubscription",
    "CancelTickByTickData",
    "CancelWshEventData",
    "CancelWshMetaData",
    "ExerciseOptions",
    "GlobalCancel",
    "PlaceOrder",
    "QueryDisplayGroups",
    "ReplaceFa",
    "ReqAccountSummary",
    "ReqAccountUpdates",
    "ReqAccountUpdatesMulti",
    "ReqAllOpenOrders",
    "ReqAutoOpenOrders",
    "ReqCompletedOrders",
    "ReqConfig",
    "ReqContractDetails",
    "ReqCurrentTime",
    "ReqCurrentTimeMillis",
    "ReqExecutions",
    "ReqFamilyCodes",
    "ReqFundamentalData",
    "ReqHeadTimestamp",
    "ReqHistogramData",
    "ReqHistoricalData",
    "ReqHistoricalNews",
    "ReqHistoricalTicks",
    "ReqIds",
    "ReqManagedAccounts",
    "ReqMarketDataType",
    "ReqMarketRule",
    "ReqMatchingSymbols",
    "ReqMktData",
    "ReqMktDepth",
    "ReqMktDepthExchanges",
    "ReqNewsArticle",
    "ReqNewsBulletins",
    "ReqNewsProviders",
    "ReqOpenOrders",
    "ReqPnl",
    "ReqPnlSingle",
    "ReqPositions",
    "ReqPositionsMulti",
    "ReqRealTimeBars",
    "ReqScannerParameters",
    "ReqScannerSubscription",
    "ReqSecDefOptParams",
    "ReqSmartComponents",
    "ReqSoftDollarTiers",
    "ReqTickByTickData",
    "ReqUserInfo",
    "ReqWshEventData",
    "ReqWshMetaData",
    "Request",
    "RequestFa",
    "SetServerLogLevel",
    "StartApi",
    "SubscribeToGroupEvents",
    "UnknownRequest",
    "UnsubscribeFromGroupEvents",
    "UpdateConfig",
    "UpdateDisplayGroup",
    "VerifyAndAuthMessage",
    "VerifyAndAuthRequest",
    "VerifyMessage",
    "VerifyRequest",
]

Request: TypeAlias = (
    StartApi
    | ReqIds
    | ReqManagedAccounts
    | ReqCurrentTime
    | ReqCurrentTimeMillis
    | SetServerLogLevel
    | UnknownRequest
    | ReqUserInfo
    | ReqFamilyCodes
    | ReqSoftDollarTiers
    | VerifyRequest
    | VerifyMessage
    | VerifyAndAuthRequest
    | VerifyAndAuthMessage
    | QueryDisplayGroups
    | SubscribeToGroupEvents
    | UpdateDisplayGroup
    | UnsubscribeFromGroupEvents
    | ReqConfig
    | UpdateConfig
    | ReqContractDetails
    | CancelContractData
    | ReqMatchingSymbols
    | ReqSecDefOptParams
    | ReqMarketRule
    | ReqSmartComponents
    | ReqMktDepthExchanges
    | ReqHistoricalData
    | CancelHistoricalData
    | ReqHeadTimestamp
    | CancelHeadTimestamp
    | ReqHistogramData
    | CancelHistogramData
    | ReqHistoricalTicks
    | CancelHistoricalTicks
    | ReqMktData
    | CancelMktData
    | ReqMarketDataType
    | ReqMktDepth
    | CancelMktDepth
    | ReqRealTimeBars
    | CancelRealTimeBars
    | ReqTickByTickData
    | CancelTickByTickData
    | CalculateImpliedVolatility
    | CancelCalculateImpliedVolatility
    | CalculateOptionPrice
    | CancelCalculateOptionPrice
    | PlaceOrder
    | CancelOrder
    | GlobalCancel
    | ReqOpenOrders
    | ReqAllOpenOrders
    | ReqAutoOpenOrders
    | ReqCompletedOrders
    | ReqExecutions
    | ExerciseOptions
    | ReqPositions
    | CancelPositions
    | ReqAccountSummary
    | CancelAccountSummary
    | ReqAccountUpdates
    | ReqAccountUpdatesMulti
    | CancelAccountUpdatesMulti
    | ReqPnl
    | CancelPnl
    | ReqPnlSingle
    | CancelPnlSingle
    | ReqPositionsMulti
    | CancelPositionsMulti
    | RequestFa
    | ReplaceFa
    | ReqNewsBulletins
    | CancelNewsBulletins
    | ReqNewsProviders
    | ReqNewsArticle
    | ReqHistoricalNews
    | ReqWshMetaData
    | CancelWshMetaData
    | ReqWshEventData
    | CancelWshEventData
    | ReqFundamentalData
    | CancelFundamentalData
    | ReqScannerParameters
    | ReqScannerSubscription
    | CancelScannerSubscription
)
