# SPDX-License-Identifier: Apache-2.0
"""The parts of an order that are spelled alike in placeOrder, openOrder and completedOrder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from ib_provider.wire.order_parts import SoftDollarTier
from ib_provider.wire.text.conditions import Conditions
from ib_provider.wire.text.kinds import COUNT, DECIMAL, DECIMAL_OR_MAX, FLAG, INT, INT_OR_MAX
from ib_provider.wire.text.layout import Cursor, Field, Row, Values, fields
from ib_provider.wire.text.sections import Blank, Get, Guarded, Pairs, When

__all__ = ["ALGO", "CONDITIONS", "HEDGE", "PEGGED_TO_BENCHMARK", "SCALE", "LegPrices", "tier"]


def _is_pegged_to_benchmark(get: Get) -> bool:
    return get("order.order_type") in {"PEG BENCH", "PEGBENCH"}


def _is_scaled(get: Get) -> bool:
    increment = get("order.scale_price_increment")
    return increment is not None and increment > 0


PEGGED_TO_BENCHMARK = When(
    _is_pegged_to_benchmark,
    (
        Field("order.reference_contract_id", INT),
        Field("order.pegged_change_amount_decrease", FLAG),
        *fields("order.pegged_change_amount order.reference_change_amount", DECIMAL),
        Field("order.reference_exchange_id"),
    ),
)
SCALE: tuple[Row, ...] = (
    *fields("order.scale_init_level_size order.scale_subs_level_size", INT_OR_MAX),
    Field("order.scale_price_increment", DECIMAL_OR_MAX),
    When(
        _is_scaled,
        (
            Field("order.scale_price_adjust_value", DECIMAL_OR_MAX),
            Field("order.scale_price_adjust_interval", INT_OR_MAX),
            Field("order.scale_profit_offset", DECIMAL_OR_MAX),
            Field("order.scale_auto_reset", FLAG),
            *fields("order.scale_init_position order.scale_init_fill_qty", INT_OR_MAX),
            Field("order.scale_random_percent", FLAG),
        ),
    ),
)
HEDGE = Guarded("order.hedge_type", (Field("order.hedge_param"),))
ALGO = Guarded("order.algo_strategy", (Pairs("order.algo_params"),))
CONDITIONS = Conditions(
    "order.conditions", ("order.conditions_ignore_rth", "order.conditions_cancel_order")
)


@dataclass(frozen=True, slots=True)
class LegPrices:
    """A count, then a price for each leg; prices that are all unset are none."""

    path: str

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the prices."""
        count = cursor.take(f"{self.path} count", COUNT)
        prices = tuple(cursor.take(self.path, DECIMAL) for _ in range(count))
        values[self.path] = prices if any(price is not None for price in prices) else ()

    def write(self, source: object, version: int) -> Iterable[str]:  # noqa: ARG002
        """Yield the count and the prices."""
        prices = attrgetter(self.path)(source)
        yield str(len(prices))
        yield from map(DECIMAL_OR_MAX.render, prices)


def tier(names: str) -> Blank:
    """Return the row of a soft-dollar tier: so many texts, all empty where there is none."""
    return Blank("order.soft_dollar_tier", SoftDollarTier(), fields(names))
