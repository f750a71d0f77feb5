# SPDX-License-Identifier: Apache-2.0
"""A contract as text: twelve fields in a request, eleven in most answers; and its legs."""

from __future__ import annotations

from ib_provider.wire.order_parts import ComboLeg, DeltaNeutral
from ib_provider.wire.text.kinds import DECIMAL, INT, RIGHT, SEC_TYPE, STRIKE, TEXT, Kind
from ib_provider.wire.text.layout import Field, fields
from ib_provider.wire.text.sections import Many, Maybe, When

__all__ = [
    "ANSWER_CONTRACT",
    "DATA_LEGS",
    "DELTA_NEUTRAL",
    "LEG_ROWS",
    "ORDER_CONTRACT",
    "PORTFOLIO_CONTRACT",
    "REQUEST_CONTRACT",
    "delta_neutral",
]


def _rows(venues: str, right: Kind = TEXT) -> tuple[Field, ...]:
    return (
        Field("contract.con_id", INT),
        Field("contract.symbol"),
        Field("contract.sec_type", SEC_TYPE),
        Field("contract.last_trade_date"),
        Field("contract.strike", STRIKE),
        Field("contract.right", right),
        Field("contract.multiplier"),
        *fields(venues),
        *fields("contract.currency contract.local_symbol contract.trading_class"),
    )


REQUEST_CONTRACT = _rows("contract.exchange contract.primary_exchange")
ANSWER_CONTRACT = _rows("contract.exchange")
ORDER_CONTRACT = _rows("contract.exchange", RIGHT)
PORTFOLIO_CONTRACT = _rows("contract.primary_exchange")

_SHORT_LEG = (*fields("con_id ratio", INT), *fields("action exchange"))
LEG_ROWS = (
    *_SHORT_LEG,
    *fields("open_close short_sale_slot", INT),
    Field("designated_location"),
    Field("exempt_code", INT),
)
DATA_LEGS = When(
    lambda get: bool(get("contract.sec_type") == "BAG"), (Many("combo_legs", ComboLeg, _SHORT_LEG),)
)
"""The legs in a request for data: only of a combination, and only four fields each."""

DELTA_NEUTRAL = (Field("con_id", INT), *fields("delta price", DECIMAL))


def delta_neutral(path: str) -> Maybe:
    """Return the row of a hedge contract: a flag, then three fields."""
    return Maybe(path, DeltaNeutral, DELTA_NEUTRAL)
