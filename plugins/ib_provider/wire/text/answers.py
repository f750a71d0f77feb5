# SPDX-License-Identifier: Apache-2.0
"""The layout of every answer as text. Counts are exact: some clients unpack by position.

An answer is rendered by its type, and read by its number: the simulator only renders, the tests
read back what it rendered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ib_provider.errors import LocalProtocolError
from ib_provider.wire import answers as a
from ib_provider.wire.assembly import assemble
from ib_provider.wire.order_parts import SoftDollarTier
from ib_provider.wire.text.contract import ANSWER_CONTRACT, PORTFOLIO_CONTRACT
from ib_provider.wire.text.data_answers import DATA_ANSWERS
from ib_provider.wire.text.kinds import (
    DECIMAL,
    DECIMAL_OR_MAX,
    ESCAPED,
    FLAG,
    ID,
    INT,
    SEC_TYPE,
    STRIKE,
    Kind,
)
from ib_provider.wire.text.layout import Cursor, Field, Row, constant, fields, read, write
from ib_provider.wire.text.open_order import COMPLETED_ORDER_ROWS, OPEN_ORDER_ROWS
from ib_provider.wire.text.sections import Many

__all__ = ["parse_text_answer", "render_text"]

_REQUEST_ID = Field("request_id", ID)
_ACCOUNTS = Kind(lambda text: tuple(text.split(",")), ",".join)
_WORDS = Kind(lambda text: text == "true", lambda value: str(value).lower())
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
    *fields("perm_id client_id", INT),
    Field("liquidation", FLAG),
    *fields("cum_qty avg_price", DECIMAL),
    *fields("order_ref ev_rule"),
    Field("ev_multiplier", DECIMAL),
    Field("model_code"),
    Field("last_liquidity", INT),
    Field("pending_price_revision", FLAG, since=178),
    Field("submitter", since=198),
)

_COMMISSION = (
    _v(1),
    Field("exec_id"),
    Field("commission", DECIMAL),
    Field("currency"),
    Field("realized_pnl", _MAX),
    Field("bond_yield", _MAX),
    Field("yield_redemption_date"),
)

_PORTFOLIO = (
    _v(8),
    *PORTFOLIO_CONTRACT,
    *fields("position market_price market_value average_cost", DECIMAL),
    *fields("unrealized_pnl realized_pnl", DECIMAL),
    Field("account"),
)

_POSITION = (Field("account"), *ANSWER_CONTRACT, *fields("position avg_cost", DECIMAL))

_SCANNER_ROW = (
    Field("rank", INT),
    Field("contract.con_id", INT),
    Field("contract.symbol"),
    Field("contract.sec_type", SEC_TYPE),
    Field("contract.last_trade_date"),
    Field("contract.strike", STRIKE),
    *fields("contract.right contract.exchange contract.currency contract.local_symbol"),
    *fields("market_name contract.trading_class distance benchmark projection legs"),
)

_ACCOUNT: Mapping[type, tuple[Row, ...]] = {
    a.AccountValueAnswer: (_v(2), *fields("key value currency account")),
    a.PortfolioValue: _PORTFOLIO,
    a.AccountUpdateTime: (_v(1), Field("time")),
    a.AccountDownloadEnd: (_v(1), Field("account")),
    a.PositionAnswer: (_v(3), *_POSITION),
    a.PositionEnd: (_v(1),),
    a.PositionMulti: (_v(1), _REQUEST_ID, *_POSITION, Field("model_code")),
    a.PositionMultiEnd: (_v(1), _REQUEST_ID),
    a.AccountSummaryAnswer: (_v(1), _REQUEST_ID, *fields("account tag value currency")),
    a.AccountSummaryEnd: (_v(1), _REQUEST_ID),
    a.AccountUpdateMulti: (_v(1), _REQUEST_ID, *fields("account model_code key value currency")),
    a.AccountUpdateMultiEnd: (_v(1), _REQUEST_ID),
    a.PnlAnswer: (_REQUEST_ID, *fields("daily unrealized realized", _MAX)),
    a.PnlSingleAnswer: (
        _REQUEST_ID,
        Field("position", DECIMAL),
        *fields("daily unrealized realized value", _MAX),
    ),
    a.ReceiveFa: (_v(1), Field("fa_data_type", INT), Field("xml")),
    a.ReplaceFaEnd: (_REQUEST_ID, Field("text")),
}

_ORDERS: Mapping[type, tuple[Row, ...]] = {
    a.OrderStatusAnswer: _ORDER_STATUS,
    a.OpenOrder: OPEN_ORDER_ROWS,
    a.OpenOrderEnd: (_v(1),),
    a.ExecutionDetails: _EXECUTION,
    a.ExecutionDetailsEnd: (_v(1), _REQUEST_ID),
    a.CommissionReport: _COMMISSION,
    a.CompletedOrder: COMPLETED_ORDER_ROWS,
    a.CompletedOrdersEnd: (),
    a.OrderBound: fields("perm_id client_id order_id", INT),
}

_SESSION: Mapping[type, tuple[Row, ...]] = {
    a.ErrorMessage: _ERROR,
    a.NextValidId: (_v(1), Field("order_id", ID)),
    a.ManagedAccounts: (_v(1), Field("accounts", _ACCOUNTS)),
    a.CurrentTime: (_v(1), Field("seconds", INT)),
    a.CurrentTimeMillis: (Field("milliseconds", INT),),
    a.UserInfo: (_REQUEST_ID, Field("white_branding_id")),
    a.FamilyCodes: (Many("codes", a.FamilyCode, fields("account code")),),
    a.SoftDollarTiers: (
        _REQUEST_ID,
        Many("tiers", SoftDollarTier, fields("name value display_name")),
    ),
    a.VerifyMessageApi: (_v(1), Field("api_data")),
    a.VerifyCompleted: (_v(1), Field("successful", _WORDS), Field("error")),
    a.VerifyAndAuthMessageApi: (_v(1), *fields("api_data xyz_challenge")),
    a.VerifyAndAuthCompleted: (_v(1), Field("successful", _WORDS), Field("error")),
    a.DisplayGroupList: (_v(1), _REQUEST_ID, Field("groups")),
    a.DisplayGroupUpdated: (_v(1), _REQUEST_ID, Field("contract_info")),
}

_INFORMATION: Mapping[type, tuple[Row, ...]] = {
    a.NewsBulletin: (_v(1), *fields("message_id message_type", INT), *fields("message exchange")),
    a.NewsProviders: (Many("providers", a.NewsProvider, fields("code name")),),
    a.NewsArticle: (_REQUEST_ID, Field("article_type", INT), Field("text")),
    a.TickNews: (
        _REQUEST_ID,
        Field("time", INT),
        *fields("provider_code article_id headline extra_data"),
    ),
    a.HistoricalNews: (_REQUEST_ID, *fields("time provider_code article_id headline")),
    a.HistoricalNewsEnd: (_REQUEST_ID, Field("has_more", FLAG)),
    a.WshMetaData: (_REQUEST_ID, Field("data_json")),
    a.WshEventData: (_REQUEST_ID, Field("data_json")),
    a.FundamentalData: (_v(1), _REQUEST_ID, Field("data")),
    a.ScannerParameters: (_v(1), Field("xml")),
    a.ScannerData: (_v(3), _REQUEST_ID, Many("rows", a.ScannerRow, _SCANNER_ROW)),
}

_LAYOUTS: Mapping[type, tuple[Row, ...]] = {
    **DATA_ANSWERS,
    **_ACCOUNT,
    **_ORDERS,
    **_SESSION,
    **_INFORMATION,
}


def render_text(answer: object, version: int) -> list[str]:
    """Return the answer's fields after the id, without their terminators.

    Raises:
        LocalProtocolError: A value has no spelling: text with a NUL, a number that is not finite;
            or the message is known only as protobuf.
    """
    if type(answer) not in _LAYOUTS:
        raise LocalProtocolError(f"{type(answer).__name__} has no text")
    return write(_LAYOUTS[type(answer)], answer, version)


def parse_text_answer(cls: type[a.Answer], texts: Sequence[str], version: int) -> a.Answer:
    """Return the answer of this type that these fields spell.

    Raises:
        RemoteProtocolError: A field is missing, malformed or too many.
    """
    return assemble(cls, read(_LAYOUTS[cls], Cursor(texts, version)))
