# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.client.order_check import check_order
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, Side, TimeInForce
from ib_provider.errors import InvalidOrder, WrongAccount

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")
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
        ({"tif": TimeInForce.GTD}, "time in force"),
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
