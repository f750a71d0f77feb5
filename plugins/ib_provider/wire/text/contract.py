# SPDX-License-Identifier: Apache-2.0
"""A contract as text: twelve fields in a request, eleven in most answers."""

from __future__ import annotations

from ib_provider.wire.text.kinds import INT, RIGHT, SEC_TYPE, STRIKE, TEXT, Kind
from ib_provider.wire.text.layout import Field, fields

__all__ = ["ANSWER_CONTRACT", "ORDER_CONTRACT", "PORTFOLIO_CONTRACT", "REQUEST_CONTRACT"]


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
