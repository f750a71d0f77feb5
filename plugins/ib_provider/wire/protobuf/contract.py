# SPDX-License-Identifier: Apache-2.0
"""A contract as protobuf, in requests and answers alike; its legs and its hedge."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from google.protobuf.message import Message

from ib_provider.wire.order_parts import ComboLeg, DeltaNeutral
from ib_provider.wire.protobuf.kinds import (
    BOOL,
    DOUBLE,
    INT,
    MULTIPLIER,
    SEC_TYPE,
    STRIKE,
    TEXT,
    ProtoKind,
)
from ib_provider.wire.protobuf.layout import Member, Nested, Repeated, members

__all__ = ["CONTRACT", "DELTA_NEUTRAL", "EXPIRED", "LEG", "LastTrade", "contract", "hedge", "legs"]

_DATE = "lastTradeDateOrContractMonth"
_EXEMPT = ProtoKind(int, int, -1)

LEG = (
    *members(INT, "con_id=conId ratio open_close=openClose short_sale_slot=shortSalesSlot"),
    *members(TEXT, "action exchange designated_location=designatedLocation"),
    Member("exempt_code", "exemptCode", _EXEMPT),
)
DELTA_NEUTRAL = (Member("con_id", "conId", INT), *members(DOUBLE, "delta price"))
EXPIRED = Member("include_expired", "contract.includeExpired", BOOL)


def contract(*, dated: bool = True) -> tuple[Member, ...]:
    """Return a contract's rows.

    Args:
        dated: Whether its date travels as it is; ``LastTrade`` writes it otherwise.
    """
    both = {"path": "contract.", "field": "contract."}
    return (
        *members(INT, "con_id=conId", **both),
        *members(SEC_TYPE, "sec_type=secType", **both),
        *members(STRIKE, "strike", **both),
        *members(MULTIPLIER, "multiplier", **both),
        *members(
            TEXT,
            "symbol right exchange primary_exchange=primaryExch currency"
            " local_symbol=localSymbol trading_class=tradingClass",
            **both,
        ),
        *(members(TEXT, f"last_trade_date={_DATE}", **both) if dated else ()),
    )


CONTRACT = contract()


def legs(path: str) -> tuple[Repeated]:
    """Return the row of a combination's legs."""
    return (Repeated(path, "contract.comboLegs", ComboLeg, LEG),)


def hedge(path: str) -> Nested:
    """Return the row of a hedge contract."""
    return Nested(path, "contract.deltaNeutralContract", DeltaNeutral, DELTA_NEUTRAL)


@dataclass(frozen=True, slots=True)
class LastTrade:
    """A date and, if there is one, a time and its zone, in one field; the date again in another."""

    time: str

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take date and time."""
        date, _, rest = getattr(message.contract, _DATE).partition(" ")  # type: ignore[attr-defined]
        values["contract.last_trade_date"] = date
        values[self.time] = rest.partition(" ")[0]

    def write(self, message: Message, source: object) -> None:
        """Set both fields."""
        date = attrgetter("contract.last_trade_date")(source)
        if date:
            time = getattr(source, self.time)
            zone = attrgetter("time_zone")(source)
            text = f"{date} {time} {zone}".strip() if time else date
            setattr(message.contract, _DATE, text)  # type: ignore[attr-defined]
            message.contract.lastTradeDate = date  # type: ignore[attr-defined]
