# SPDX-License-Identifier: Apache-2.0
"""Every answer as protobuf: which message it is, and which of its fields we write.

An answer is rendered by its type, and read by it: the simulator only renders, the tests read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ib_provider.errors import LocalProtocolError
from ib_provider.wire import answers as a
from ib_provider.wire.assembly import assemble
from ib_provider.wire.order_parts import SoftDollarTier
from ib_provider.wire.protobuf.bars import parse_bars, render_bars
from ib_provider.wire.protobuf.contract import CONTRACT
from ib_provider.wire.protobuf.data_answers import DATA_ANSWERS
from ib_provider.wire.protobuf.kinds import (
    ACCOUNTS,
    BOOL,
    DECIMAL,
    DOUBLE,
    DOUBLE_OR_MAX,
    ID,
    INT,
    TEXT,
    TEXTS,
    ProtoKind,
)
from ib_provider.wire.protobuf.layout import (
    Member,
    Repeated,
    Row,
    members,
    message_class,
    parse_message,
    read,
    serialize,
    write,
)
from ib_provider.wire.protobuf.order import ORDER, ORDER_STATE

__all__ = ["parse_protobuf_answer", "render_protobuf"]

_Layout: TypeAlias = tuple[str, tuple[Row, ...]]

_REQUEST_ID = Member("request_id", "reqId", ID)
_ONE = (_REQUEST_ID,)
_EXERCISE = ProtoKind(int, lambda value: value or None, 0)
_NAMED = (_REQUEST_ID, *members(TEXT, "account model_code=modelCode"))

_ERROR = (
    Member("request_id", "id", ID),
    *members(INT, "time_ms=errorTime code=errorCode"),
    *members(TEXT, "message=errorMsg advanced_reject=advancedOrderRejectJson"),
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
    *members(_EXERCISE, "exercise_type=optExerciseOrLapseType", field="execution."),
)

_COMMISSION = (
    *members(TEXT, "exec_id=execId currency yield_redemption_date=yieldRedemptionDate"),
    *members(DOUBLE, "commission=commissionAndFees"),
    *members(DOUBLE_OR_MAX, "realized_pnl=realizedPNL bond_yield=bondYield"),
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

_POSITION = (
    *members(TEXT, "account"),
    *CONTRACT,
    *members(DECIMAL, "position"),
    *members(DOUBLE, "avg_cost=avgCost"),
)

_SCANNER_ROW = (
    *CONTRACT,
    *members(INT, "rank"),
    *members(TEXT, "market_name=marketName distance benchmark projection legs=comboKey"),
)

_ACCOUNT: Mapping[type, _Layout] = {
    a.AccountValueAnswer: (
        "AccountValue",
        members(TEXT, "key value currency account=accountName"),
    ),
    a.PortfolioValue: ("PortfolioValue", _PORTFOLIO),
    a.AccountUpdateTime: ("AccountUpdateTime", members(TEXT, "time=timeStamp")),
    a.AccountDownloadEnd: ("AccountDataEnd", members(TEXT, "account=accountName")),
    a.PositionAnswer: ("Position", _POSITION),
    a.PositionEnd: ("PositionEnd", ()),
    a.PositionMulti: (
        "PositionMulti",
        (_REQUEST_ID, *_POSITION, *members(TEXT, "model_code=modelCode")),
    ),
    a.PositionMultiEnd: ("PositionMultiEnd", _ONE),
    a.AccountSummaryAnswer: (
        "AccountSummary",
        (_REQUEST_ID, *members(TEXT, "account tag value currency")),
    ),
    a.AccountSummaryEnd: ("AccountSummaryEnd", _ONE),
    a.AccountUpdateMulti: ("AccountUpdateMulti", (*_NAMED, *members(TEXT, "key value currency"))),
    a.AccountUpdateMultiEnd: ("AccountUpdateMultiEnd", _ONE),
    a.PnlAnswer: (
        "PnL",
        (
            _REQUEST_ID,
            *members(DOUBLE, "daily=dailyPnL unrealized=unrealizedPnL realized=realizedPnL"),
        ),
    ),
    a.PnlSingleAnswer: (
        "PnLSingle",
        (
            _REQUEST_ID,
            *members(DECIMAL, "position"),
            *members(DOUBLE, "daily=dailyPnL unrealized=unrealizedPnL realized=realizedPnL value"),
        ),
    ),
    a.ReceiveFa: ("ReceiveFA", (*members(INT, "fa_data_type=faDataType"), *members(TEXT, "xml"))),
    a.ReplaceFaEnd: ("ReplaceFAEnd", (_REQUEST_ID, *members(TEXT, "text"))),
}

_ORDERS: Mapping[type, _Layout] = {
    a.OrderStatusAnswer: ("OrderStatus", _ORDER_STATUS),
    a.OpenOrder: (
        "OpenOrder",
        (
            *members(ID, "order_id=orderId"),
            *CONTRACT,
            *ORDER,
            *members(ID, "order_id=order.orderId"),
            *ORDER_STATE,
        ),
    ),
    a.OpenOrderEnd: ("OpenOrdersEnd", ()),
    a.ExecutionDetails: ("ExecutionDetails", _EXECUTION),
    a.ExecutionDetailsEnd: ("ExecutionDetailsEnd", _ONE),
    a.CommissionReport: ("CommissionAndFeesReport", _COMMISSION),
    a.CompletedOrder: (
        "CompletedOrder",
        (*CONTRACT, *ORDER, *members(DECIMAL, "filled=order.filledQuantity"), *ORDER_STATE),
    ),
    a.CompletedOrdersEnd: ("CompletedOrdersEnd", ()),
    a.OrderBound: (
        "OrderBound",
        members(INT, "perm_id=permId client_id=clientId order_id=orderId"),
    ),
}

_SESSION: Mapping[type, _Layout] = {
    a.ErrorMessage: ("ErrorMessage", _ERROR),
    a.NextValidId: ("NextValidId", members(ID, "order_id=orderId")),
    a.ManagedAccounts: ("ManagedAccounts", members(ACCOUNTS, "accounts=accountsList")),
    a.CurrentTime: ("CurrentTime", members(INT, "seconds=currentTime")),
    a.CurrentTimeMillis: ("CurrentTimeInMillis", members(INT, "milliseconds=currentTimeInMillis")),
    a.UserInfo: (
        "UserInfo",
        (_REQUEST_ID, *members(TEXT, "white_branding_id=whiteBrandingId")),
    ),
    a.FamilyCodes: (
        "FamilyCodes",
        (
            Repeated(
                "codes",
                "familyCodes",
                a.FamilyCode,
                members(TEXT, "account=accountId code=familyCode"),
            ),
        ),
    ),
    a.SoftDollarTiers: (
        "SoftDollarTiers",
        (
            _REQUEST_ID,
            Repeated(
                "tiers",
                "softDollarTiers",
                SoftDollarTier,
                members(TEXT, "name value display_name=displayName"),
            ),
        ),
    ),
    a.VerifyMessageApi: ("VerifyMessageApi", members(TEXT, "api_data=apiData")),
    a.VerifyCompleted: (
        "VerifyCompleted",
        (*members(BOOL, "successful=isSuccessful"), *members(TEXT, "error=errorText")),
    ),
    a.DisplayGroupList: ("DisplayGroupList", (_REQUEST_ID, *members(TEXT, "groups"))),
    a.DisplayGroupUpdated: (
        "DisplayGroupUpdated",
        (_REQUEST_ID, *members(TEXT, "contract_info=contractInfo")),
    ),
    a.ConfigResponse: ("ConfigResponse", _ONE),
    a.UpdateConfigResponse: (
        "UpdateConfigResponse",
        (
            _REQUEST_ID,
            *members(TEXT, "status message"),
            *members(TEXTS, "changed_fields=changedFields errors"),
        ),
    ),
}

_INFORMATION: Mapping[type, _Layout] = {
    a.NewsBulletin: (
        "NewsBulletin",
        (
            *members(INT, "message_id=newsMsgId message_type=newsMsgType"),
            *members(TEXT, "message=newsMessage exchange=originatingExch"),
        ),
    ),
    a.NewsProviders: (
        "NewsProviders",
        (
            Repeated(
                "providers",
                "newsProviders",
                a.NewsProvider,
                members(TEXT, "code=providerCode name=providerName"),
            ),
        ),
    ),
    a.NewsArticle: (
        "NewsArticle",
        (
            _REQUEST_ID,
            *members(INT, "article_type=articleType"),
            *members(TEXT, "text=articleText"),
        ),
    ),
    a.TickNews: (
        "TickNews",
        (
            _REQUEST_ID,
            *members(INT, "time=timestamp"),
            *members(
                TEXT,
                "provider_code=providerCode article_id=articleId headline extra_data=extraData",
            ),
        ),
    ),
    a.HistoricalNews: (
        "HistoricalNews",
        (
            _REQUEST_ID,
            *members(TEXT, "time provider_code=providerCode article_id=articleId headline"),
        ),
    ),
    a.HistoricalNewsEnd: ("HistoricalNewsEnd", (_REQUEST_ID, *members(BOOL, "has_more=hasMore"))),
    a.WshMetaData: ("WshMetaData", (_REQUEST_ID, *members(TEXT, "data_json=dataJson"))),
    a.WshEventData: ("WshEventData", (_REQUEST_ID, *members(TEXT, "data_json=dataJson"))),
    a.FundamentalData: ("FundamentalsData", (_REQUEST_ID, *members(TEXT, "data"))),
    a.ScannerParameters: ("ScannerParameters", members(TEXT, "xml")),
    a.ScannerData: (
        "ScannerData",
        (_REQUEST_ID, Repeated("rows", "scannerDataElement", a.ScannerRow, _SCANNER_ROW)),
    ),
}

_LAYOUTS: Mapping[type, _Layout] = {
    **DATA_ANSWERS,
    **_ACCOUNT,
    **_ORDERS,
    **_SESSION,
    **_INFORMATION,
}
_CLASSES = {cls: message_class(name) for cls, (name, _) in _LAYOUTS.items()}


def render_protobuf(answer: a.Answer) -> bytes:
    """Return the answer's protobuf bytes.

    Raises:
        LocalProtocolError: A value does not fit its field, or the message is known only as text.
    """
    if isinstance(answer, a.HistoricalData):
        return render_bars(answer)
    cls = type(answer)
    if cls not in _LAYOUTS:
        raise LocalProtocolError(f"{cls.__name__} has no protobuf")
    message = _CLASSES[cls]()
    write(_LAYOUTS[cls][1], answer, message)
    return serialize(message)


def parse_protobuf_answer(cls: type[a.Answer], body: bytes) -> a.Answer:
    """Return the answer of this type that these bytes carry.

    Raises:
        RemoteProtocolError: They are not that message, or a field is malformed or missing.
    """
    if cls is a.HistoricalData:
        return parse_bars(body)
    return assemble(cls, read(_LAYOUTS[cls][1], parse_message(_CLASSES[cls], body)))
