# SPDX-License-Identifier: Apache-2.0
"""Every answer as protobuf: which message it is, and which of its fields we write."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message
from ibapi.protobuf.AccountDataEnd_pb2 import AccountDataEnd
from ibapi.protobuf.AccountSummary_pb2 import AccountSummary
from ibapi.protobuf.AccountSummaryEnd_pb2 import AccountSummaryEnd
from ibapi.protobuf.AccountUpdateMulti_pb2 import AccountUpdateMulti
from ibapi.protobuf.AccountUpdateMultiEnd_pb2 import AccountUpdateMultiEnd
from ibapi.protobuf.AccountUpdateTime_pb2 import AccountUpdateTime
from ibapi.protobuf.AccountValue_pb2 import AccountValue
from ibapi.protobuf.CommissionAndFeesReport_pb2 import CommissionAndFeesReport
from ibapi.protobuf.CompletedOrder_pb2 import CompletedOrder
from ibapi.protobuf.CompletedOrdersEnd_pb2 import CompletedOrdersEnd
from ibapi.protobuf.ContractData_pb2 import ContractData
from ibapi.protobuf.ContractDataEnd_pb2 import ContractDataEnd
from ibapi.protobuf.CurrentTime_pb2 import CurrentTime
from ibapi.protobuf.CurrentTimeInMillis_pb2 import CurrentTimeInMillis
from ibapi.protobuf.ErrorMessage_pb2 import ErrorMessage
from ibapi.protobuf.ExecutionDetails_pb2 import ExecutionDetails
from ibapi.protobuf.ExecutionDetailsEnd_pb2 import ExecutionDetailsEnd
from ibapi.protobuf.HistoricalData_pb2 import HistoricalData
from ibapi.protobuf.HistoricalDataEnd_pb2 import HistoricalDataEnd
from ibapi.protobuf.ManagedAccounts_pb2 import ManagedAccounts
from ibapi.protobuf.MarketDataType_pb2 import MarketDataType
from ibapi.protobuf.NextValidId_pb2 import NextValidId
from ibapi.protobuf.OpenOrder_pb2 import OpenOrder
from ibapi.protobuf.OpenOrdersEnd_pb2 import OpenOrdersEnd
from ibapi.protobuf.OrderStatus_pb2 import OrderStatus
from ibapi.protobuf.PnL_pb2 import PnL
from ibapi.protobuf.PortfolioValue_pb2 import PortfolioValue
from ibapi.protobuf.Position_pb2 import Position
from ibapi.protobuf.PositionEnd_pb2 import PositionEnd
from ibapi.protobuf.TickGeneric_pb2 import TickGeneric
from ibapi.protobuf.TickPrice_pb2 import TickPrice
from ibapi.protobuf.TickReqParams_pb2 import TickReqParams
from ibapi.protobuf.TickSize_pb2 import TickSize
from ibapi.protobuf.TickSnapshotEnd_pb2 import TickSnapshotEnd
from ibapi.protobuf.TickString_pb2 import TickString

from ib_provider.errors import LocalProtocolError
from ib_provider.wire import answers as a
from ib_provider.wire.protobuf.kinds import (
    ACCOUNTS,
    BOOL,
    DECIMAL,
    DOUBLE,
    DOUBLE_OR_MAX,
    ID,
    INT,
    PAIRS,
    TEXT,
)
from ib_provider.wire.protobuf.layout import CONTRACT, Member, members, serialize, write
from ib_provider.wire.protobuf.order import ORDER, ORDER_STATE

__all__ = ["render_protobuf"]

_REQUEST_ID = Member("request_id", "reqId", ID)
_TICK = (_REQUEST_ID, Member("tick_type", "tickType", INT))

_ERROR = (
    Member("request_id", "id", ID),
    *members(INT, "time_ms=errorTime code=errorCode"),
    *members(TEXT, "message=errorMsg advanced_reject=advancedOrderRejectJson"),
)

_CONTRACT_DATA = (
    _REQUEST_ID,
    *CONTRACT,
    *members(
        DECIMAL,
        "min_tick=minTick min_size=minSize size_increment=sizeIncrement"
        " suggested_size_increment=suggestedSizeIncrement",
        field="contractDetails.",
    ),
    *members(
        TEXT,
        "market_name=marketName order_types=orderTypes valid_exchanges=validExchanges"
        " long_name=longName contract_month=contractMonth industry category subcategory"
        " time_zone=timeZoneId trading_hours=tradingHours liquid_hours=liquidHours"
        " ev_rule=evRule under_symbol=underSymbol under_sec_type=underSecType"
        " market_rule_ids=marketRuleIds real_expiration_date=realExpirationDate"
        " stock_type=stockType",
        field="contractDetails.",
    ),
    *members(
        INT,
        "price_magnifier=priceMagnifier under_con_id=underConId ev_multiplier=evMultiplier"
        " agg_group=aggGroup",
        field="contractDetails.",
    ),
    Member("sec_ids", "contractDetails.secIdList", PAIRS),
)

_ORDER_STATUS = (
    Member("order_id", "orderId", ID),
    *members(TEXT, "status why_held=whyHeld"),
    *members(DECIMAL, "filled remaining"),
    *members(
        DOUBLE,
        "avg_fill_price=avgFillPrice last_fill_price=lastFillPrice mkt_cap_price=mktCapPrice",
    ),
    *members(INT, "perm_id=permId parent_id=parentId client_id=clientId"),
)

_EXECUTION = (
    _REQUEST_ID,
    *CONTRACT,
    *members(
        TEXT,
        "exec_id=execId time account=acctNumber exchange side order_ref=orderRef"
        " ev_rule=evRule model_code=modelCode submitter",
        field="execution.",
    ),
    *members(DECIMAL, "shares cum_qty=cumQty", field="execution."),
    *members(DOUBLE, "price avg_price=avgPrice ev_multiplier=evMultiplier", field="execution."),
    *members(
        INT,
        "order_id=orderId perm_id=permId client_id=clientId last_liquidity=lastLiquidity",
        field="execution.",
    ),
    *members(
        BOOL,
        "liquidation=isLiquidation pending_price_revision=isPriceRevisionPending",
        field="execution.",
    ),
)

_COMMISSION = (
    *members(TEXT, "exec_id=execId currency"),
    *members(DOUBLE, "commission=commissionAndFees"),
    *members(DOUBLE_OR_MAX, "realized_pnl=realizedPNL"),
)

_PORTFOLIO = (
    *CONTRACT,
    *members(DECIMAL, "position"),
    *members(
        DOUBLE,
        "market_price=marketPrice market_value=marketValue average_cost=averageCost"
        " unrealized_pnl=unrealizedPNL realized_pnl=realizedPNL",
    ),
    *members(TEXT, "account=accountName"),
)

_TICK_PARAMS = (
    _REQUEST_ID,
    *members(DECIMAL, "min_tick=minTick"),
    *members(TEXT, "bbo_exchange=bboExchange"),
    *members(INT, "snapshot_permissions=snapshotPermissions"),
)

_LAYOUTS: Mapping[type, tuple[type[Message], tuple[Member, ...]]] = {
    a.TickPrice: (
        TickPrice,
        (
            *_TICK,
            *members(DOUBLE, "price"),
            *members(DECIMAL, "size"),
            *members(INT, "attr_mask=attrMask"),
        ),
    ),
    a.TickSize: (TickSize, (*_TICK, *members(DECIMAL, "size"))),
    a.OrderStatusAnswer: (OrderStatus, _ORDER_STATUS),
    a.ErrorMessage: (ErrorMessage, _ERROR),
    a.OpenOrder: (
        OpenOrder,
        (
            *members(ID, "order_id=orderId"),
            *CONTRACT,
            *ORDER,
            *members(ID, "order_id=order.orderId"),
            *ORDER_STATE,
        ),
    ),
    a.AccountValueAnswer: (
        AccountValue,
        members(TEXT, "key value currency account=accountName"),
    ),
    a.PortfolioValue: (PortfolioValue, _PORTFOLIO),
    a.AccountUpdateTime: (AccountUpdateTime, members(TEXT, "time=timeStamp")),
    a.NextValidId: (NextValidId, members(ID, "order_id=orderId")),
    a.ContractData: (ContractData, _CONTRACT_DATA),
    a.ExecutionDetails: (ExecutionDetails, _EXECUTION),
    a.ManagedAccounts: (ManagedAccounts, members(ACCOUNTS, "accounts=accountsList")),
    a.TickGeneric: (TickGeneric, (*_TICK, *members(DOUBLE, "value"))),
    a.TickString: (TickString, (*_TICK, *members(TEXT, "value"))),
    a.CurrentTime: (CurrentTime, members(INT, "seconds=currentTime")),
    a.ContractDataEnd: (ContractDataEnd, (_REQUEST_ID,)),
    a.OpenOrderEnd: (OpenOrdersEnd, ()),
    a.AccountDownloadEnd: (AccountDataEnd, members(TEXT, "account=accountName")),
    a.ExecutionDetailsEnd: (ExecutionDetailsEnd, (_REQUEST_ID,)),
    a.TickSnapshotEnd: (TickSnapshotEnd, (_REQUEST_ID,)),
    a.MarketDataTypeAnswer: (
        MarketDataType,
        (_REQUEST_ID, *members(INT, "market_data_type=marketDataType")),
    ),
    a.CommissionReport: (CommissionAndFeesReport, _COMMISSION),
    a.PositionAnswer: (
        Position,
        (
            *members(TEXT, "account"),
            *CONTRACT,
            *members(DECIMAL, "position"),
            *members(DOUBLE, "avg_cost=avgCost"),
        ),
    ),
    a.PositionEnd: (PositionEnd, ()),
    a.AccountSummaryAnswer: (
        AccountSummary,
        (_REQUEST_ID, *members(TEXT, "account tag value currency")),
    ),
    a.AccountSummaryEnd: (AccountSummaryEnd, (_REQUEST_ID,)),
    a.AccountUpdateMulti: (
        AccountUpdateMulti,
        (_REQUEST_ID, *members(TEXT, "account model_code=modelCode key value currency")),
    ),
    a.AccountUpdateMultiEnd: (AccountUpdateMultiEnd, (_REQUEST_ID,)),
    a.TickReqParams: (TickReqParams, _TICK_PARAMS),
    a.PnlAnswer: (
        PnL,
        (
            _REQUEST_ID,
            *members(DOUBLE, "daily=dailyPnL unrealized=unrealizedPnL realized=realizedPnL"),
        ),
    ),
    a.CompletedOrder: (
        CompletedOrder,
        (*CONTRACT, *ORDER, *members(DECIMAL, "filled=order.filledQuantity"), *ORDER_STATE),
    ),
    a.CompletedOrdersEnd: (CompletedOrdersEnd, ()),
    a.HistoricalDataEnd: (
        HistoricalDataEnd,
        (_REQUEST_ID, *members(TEXT, "start=startDateStr end=endDateStr")),
    ),
    a.CurrentTimeMillis: (CurrentTimeInMillis, members(INT, "milliseconds=currentTimeInMillis")),
}


def _render_bars(answer: a.HistoricalData) -> bytes:
    """A loop of its own: 100,000 rows do not go through a layout table."""
    message = HistoricalData(reqId=answer.request_id)
    add = message.historicalDataBars.add
    try:
        for date, open_, high, low, close, volume, wap, count in answer.bars:
            add(
                date=date,
                open=open_,
                high=high,
                low=low,
                close=close,
                volume=str(volume),
                WAP=str(wap),
                barCount=count,
            )
    except (TypeError, ValueError) as error:
        raise LocalProtocolError(f"a bar does not fit its message: {error}") from error
    return serialize(message)


def render_protobuf(answer: object) -> bytes:
    """Return the answer's protobuf bytes.

    Raises:
        LocalProtocolError: A value does not fit its field.
    """
    if isinstance(answer, a.HistoricalData):
        return _render_bars(answer)
    cls, rows = _LAYOUTS[type(answer)]
    message = cls()
    write(rows, answer, message)
    return serialize(message)
