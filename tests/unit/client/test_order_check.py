# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.client.order_check import check_order
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, Side, TimeInForce
from ib_provider.domain.order_terms import Algo, OcaType, PriceCondition, TimeCondition
from ib_provider.errors import InvalidOrder, WrongAccount

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")
LATER = datetime(2026, 12, 1, 20, tzinfo=UTC)
GOOD = Order(
    side=Side.BUY,
    quantity=Decimal(10),
    order_type=OrderType.LIMIT,
    account="DU1000001",
    order_ref="ref-1",
    limit_price=Decimal("430.47"),
)


def check(order: Order, *, contract: Contract = AAPL, order_id: int = 1) -> None:
    check_order(order_id, contract, order, managed_accounts=("DU1000001",))


@pytest.mark.parametrize(
    "order",
    [
        GOOD,
        replace(GOOD, order_type=OrderType.MARKET, limit_price=None),
        replace(GOOD, order_type=OrderType.STOP, limit_price=None, stop_price=Decimal(1)),
        replace(GOOD, order_type=OrderType.STOP_LIMIT, stop_price=Decimal(1)),
        replace(GOOD, order_type=OrderType.LIMIT_ON_CLOSE, quantity=Decimal("0.5")),
    ],
)
def test_check_order_that_is_whole_passes(order: Order) -> None:
    """Nothing stands against it."""
    check(order)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal(-1)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"quantity": Decimal("Infinity")}, "quantity"),
        ({"limit_price": None}, "needs a limit price"),
        ({"limit_price": Decimal("NaN")}, "limit price NaN"),
        ({"limit_price": Decimal(0)}, "limit price 0"),
        ({"limit_price": Decimal(-5)}, "limit price -5"),
        ({"limit_price": Decimal("Infinity")}, "limit price Infinity"),
        ({"order_type": OrderType.MARKET}, "takes no limit price"),
        ({"order_type": OrderType.STOP_LIMIT}, "needs a stop price"),
        ({"order_type": OrderType.OTHER}, "order type"),
        ({"tif": TimeInForce.OTHER}, "time in force"),
        ({"tif": TimeInForce.GTD}, "GTD and good_till belong together"),
        ({"good_till": LATER}, "GTD and good_till belong together"),
        ({"tif": TimeInForce.GTD, "good_till": LATER.replace(tzinfo=None)}, "names no zone"),
        ({"tif": TimeInForce.GTD, "good_till": LATER, "good_after": LATER}, "not after good_after"),
        ({"order_type": OrderType.LIMIT_ON_CLOSE, "tif": TimeInForce.GTC}, "for the day, not GTC"),
        ({"trail_amount": Decimal(1)}, "takes no trail amount"),
        ({"trail_stop_price": Decimal(1)}, "takes no trail stop price"),
        ({"offset": Decimal(1)}, "takes no offset"),
        ({"order_type": OrderType.TRAILING_STOP, "limit_price": None}, "and one only"),
        (
            {
                "order_type": OrderType.TRAILING_STOP,
                "limit_price": None,
                "trail_amount": Decimal(1),
                "trail_percent": Decimal(1),
            },
            "and one only",
        ),
        (
            {
                "order_type": OrderType.TRAILING_STOP,
                "limit_price": None,
                "trail_percent": Decimal(100),
            },
            "not below 100",
        ),
        (
            {
                "order_type": OrderType.TRAILING_STOP_LIMIT,
                "limit_price": None,
                "trail_amount": Decimal(1),
            },
            "needs a limit offset",
        ),
        ({"order_type": OrderType.RELATIVE}, "needs an offset"),
        ({"display_size": 11}, "display size 11"),
        ({"min_quantity": 0}, "minimum 0"),
        ({"min_quantity": 1, "all_or_none": True}, "contradict"),
        ({"oca_group": "g"}, "oca_group and oca_type"),
        ({"oca_type": OcaType.CANCEL_WITH_BLOCK}, "oca_group and oca_type"),
        ({"parent_id": 1}, "its own parent"),
        ({"parent_id": -4}, "no order id"),
        ({"algo": Algo(strategy="")}, "no name"),
        ({"algo": Algo(strategy="Twap"), "tif": TimeInForce.IOC}, "cannot work IOC"),
        ({"conditions_cancel": True}, "has none"),
        (
            {"conditions": (TimeCondition(is_more=True, at=LATER.replace(tzinfo=None)),)},
            "condition 1: .* no zone",
        ),
        (
            {
                "conditions": (
                    PriceCondition(con_id=1, exchange="SMART", is_more=True, price=Decimal("NaN")),
                )
            },
            "condition 1: price NaN",
        ),
        (
            {
                "conditions": (
                    PriceCondition(con_id=0, exchange="SMART", is_more=True, price=Decimal(1)),
                )
            },
            "condition 1: it names no contract",
        ),
        ({"account": ""}, "no account"),
        ({"order_ref": ""}, "no order_ref"),
        ({"order_ref": "réf"}, "ASCII"),
        ({"order_ref": "a\nb"}, "ASCII"),
    ],
)
def test_check_order_that_must_not_be_sent_is_refused(change: dict[str, Any], reason: str) -> None:
    """Each reason alone is enough."""
    with pytest.raises(InvalidOrder, match=reason):
        check(replace(GOOD, **change))


def test_check_order_names_every_reason_at_once() -> None:
    """Whoever mends it does so once."""
    bad = replace(GOOD, quantity=Decimal(0), limit_price=None, account="")
    with pytest.raises(InvalidOrder) as caught:
        check(bad, contract=Contract(), order_id=0)
    assert len(caught.value.problems) == 6


def test_check_order_of_an_account_not_held_is_refused() -> None:
    """An order goes to an account of this login or nowhere."""
    with pytest.raises(WrongAccount, match="U7654321"):
        check(replace(GOOD, account="U7654321"))
