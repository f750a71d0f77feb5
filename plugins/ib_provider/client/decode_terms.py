# SPDX-License-Identifier: Apache-2.0
"""What an order says beside side, quantity and price, and a what-if, from IB's objects.

An order that comes back may be somebody else's: what of it has no value of ours is left out, and
never an error that would hide every other order.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import ibapi.order_condition as ib_conditions

from ib_provider.client.decode_number import exact, int_or_zero, number
from ib_provider.client.decode_time import parse_instant
from ib_provider.domain.order import OrderType
from ib_provider.domain.order_terms import (
    Algo,
    Condition,
    ExecutionCondition,
    MarginCondition,
    OcaType,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    TriggerMethod,
    VolumeCondition,
)
from ib_provider.domain.what_if import MarginChange, WhatIf

__all__ = ["decode_terms", "decode_what_if", "order_price"]

_TRAILING: Final = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})


def decode_terms(ib: Any, order_type: OrderType) -> dict[str, Any]:
    """Return the fields of an order that are not its identity, by name."""
    trails, auxiliary = order_type in _TRAILING, order_price(ib.auxPrice)
    relative = order_type is OrderType.RELATIVE
    return {
        "stop_price": None if trails or relative else auxiliary,
        "trail_amount": auxiliary if trails else None,
        "offset": auxiliary if relative else None,
        "trail_percent": order_price(ib.trailingPercent) if trails else None,
        "trail_stop_price": order_price(ib.trailStopPrice) if trails else None,
        "limit_offset": order_price(ib.lmtPriceOffset) if trails else None,
        "good_till": _instant(ib.goodTillDate),
        "good_after": _instant(ib.goodAfterTime),
        "oca_group": ib.ocaGroup or "",
        "oca_type": _oca_type(ib.ocaType) if ib.ocaGroup else None,
        "parent_id": int_or_zero(ib.parentId),
        "algo": _algo(ib),
        "conditions": _conditions(ib.conditions or ()),
        "conditions_cancel": bool(ib.conditionsCancelOrder),
        "conditions_outside_rth": bool(ib.conditionsIgnoreRth),
        "trigger": _trigger(ib.triggerMethod),
        "all_or_none": bool(ib.allOrNone),
        "hidden": bool(ib.hidden),
        "display_size": int_or_zero(ib.displaySize) or None,
        "min_quantity": int_or_zero(ib.minQty) or None,
    }


def decode_what_if(state: Any) -> WhatIf:
    """Return what ``openOrder`` says of an order that was only asked about."""

    def margin(name: str) -> MarginChange:
        return MarginChange(
            before=_amount(getattr(state, f"{name}Before")),
            change=_amount(getattr(state, f"{name}Change")),
            after=_amount(getattr(state, f"{name}After")),
        )

    return WhatIf(
        initial_margin=margin("initMargin"),
        maintenance_margin=margin("maintMargin"),
        equity_with_loan=margin("equityWithLoan"),
        commission=number(state.commissionAndFees),
        commission_low=number(state.minCommissionAndFees),
        commission_high=number(state.maxCommissionAndFees),
        commission_currency=state.commissionAndFeesCurrency or "",
        margin_currency=state.marginCurrency or "",
        warning=state.warningText or "",
        reject_reason=state.rejectReason or "",
    )


def order_price(value: float | None) -> Decimal | None:
    """Return an order's price; a text answer spells "none" 0.0 as well as "not set"."""
    found = number(value)
    return None if found is None or value is None or value == 0 else exact(value)


def _amount(text: object) -> Decimal | None:
    """Return an amount that IB writes as text; "1.797…E308" and the empty text are "not said"."""
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return None if not found.is_finite() or abs(found) > Decimal("1e300") else found


def _instant(text: str) -> datetime | None:
    with suppress(ValueError):
        return parse_instant(text)
    return None


def _oca_type(value: int) -> OcaType | None:
    with suppress(ValueError):
        return OcaType(value)
    return None


def _trigger(value: int) -> TriggerMethod:
    with suppress(ValueError):
        return TriggerMethod(value)
    return TriggerMethod.DEFAULT


def _algo(ib: Any) -> Algo | None:
    if not ib.algoStrategy:
        return None
    parameters = tuple((pair.tag, pair.value) for pair in ib.algoParams or ())
    return Algo(strategy=ib.algoStrategy, parameters=parameters)


def _price(ib: Any) -> Condition:
    return PriceCondition(
        con_id=ib.conId,
        exchange=ib.exchange,
        is_more=bool(ib.isMore),
        price=exact(ib.price),
        trigger=_trigger(ib.triggerMethod),
        is_and=ib.isConjunctionConnection,
    )


def _time(ib: Any) -> Condition:
    return TimeCondition(
        is_more=bool(ib.isMore), at=parse_instant(ib.time), is_and=ib.isConjunctionConnection
    )


def _margin(ib: Any) -> Condition:
    return MarginCondition(
        is_more=bool(ib.isMore), percent=int(ib.percent), is_and=ib.isConjunctionConnection
    )


def _volume(ib: Any) -> Condition:
    return VolumeCondition(
        con_id=ib.conId,
        exchange=ib.exchange,
        is_more=bool(ib.isMore),
        volume=int(ib.volume),
        is_and=ib.isConjunctionConnection,
    )


def _percent_change(ib: Any) -> Condition:
    return PercentChangeCondition(
        con_id=ib.conId,
        exchange=ib.exchange,
        is_more=bool(ib.isMore),
        percent=exact(ib.changePercent),
        is_and=ib.isConjunctionConnection,
    )


def _execution(ib: Any) -> Condition:
    return ExecutionCondition(
        symbol=ib.symbol,
        security_type=ib.secType,
        exchange=ib.exchange,
        is_and=ib.isConjunctionConnection,
    )


_DECODERS: Final[dict[int, Callable[[Any], Condition]]] = {
    ib_conditions.OrderCondition.Price: _price,
    ib_conditions.OrderCondition.Time: _time,
    ib_conditions.OrderCondition.Margin: _margin,
    ib_conditions.OrderCondition.Volume: _volume,
    ib_conditions.OrderCondition.PercentChange: _percent_change,
    ib_conditions.OrderCondition.Execution: _execution,
}


def _conditions(found: Any) -> tuple[Condition, ...]:
    decoded = []
    for ib in found:
        decode = _DECODERS.get(ib.condType)
        if decode is not None:
            with suppress(ValueError, TypeError):
                decoded.append(decode(ib))
    return tuple(decoded)
