# SPDX-License-Identifier: Apache-2.0
"""Every message's number, and the server version at which it left text for protobuf.

Source: the request cut-overs are those of ibapi 10.46; answers follow their requests by analogy,
and from 213 on everything is protobuf, which independent clients require.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ib_provider.wire import answers as a

__all__ = ["ANSWERS", "PROTOBUF_OFFSET", "RAW_ID_SINCE"]

RAW_ID_SINCE: Final = 201
"""From here a payload begins with a four-byte id instead of a text field."""

PROTOBUF_OFFSET: Final = 200
"""A raw id above this says that the body is protobuf; the message is what is left."""

ANSWERS: Mapping[type, tuple[int, int]] = {
    a.TickPrice: (1, 206),
    a.TickSize: (2, 206),
    a.OrderStatusAnswer: (3, 203),
    a.ErrorMessage: (4, 203),
    a.OpenOrder: (5, 203),
    a.AccountValueAnswer: (6, 207),
    a.PortfolioValue: (7, 207),
    a.AccountUpdateTime: (8, 207),
    a.NextValidId: (9, 213),
    a.ContractData: (10, 205),
    a.ExecutionDetails: (11, 201),
    a.ManagedAccounts: (15, 207),
    a.HistoricalData: (17, 208),
    a.TickGeneric: (45, 206),
    a.TickString: (46, 206),
    a.CurrentTime: (49, 213),
    a.ContractDataEnd: (52, 205),
    a.OpenOrderEnd: (53, 204),
    a.AccountDownloadEnd: (54, 207),
    a.ExecutionDetailsEnd: (55, 201),
    a.TickSnapshotEnd: (57, 206),
    a.MarketDataTypeAnswer: (58, 206),
    a.CommissionReport: (59, 211),
    a.PositionAnswer: (61, 207),
    a.PositionEnd: (62, 207),
    a.AccountSummaryAnswer: (63, 207),
    a.AccountSummaryEnd: (64, 207),
    a.AccountUpdateMulti: (73, 207),
    a.AccountUpdateMultiEnd: (74, 207),
    a.TickReqParams: (81, 206),
    a.PnlAnswer: (94, 210),
    a.CompletedOrder: (101, 204),
    a.CompletedOrdersEnd: (102, 204),
    a.HistoricalDataEnd: (108, 208),
    a.CurrentTimeMillis: (109, 213),
}
"""Answer → (its number, the first version that carries it as protobuf)."""
