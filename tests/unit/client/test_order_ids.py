# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.client.order_ids import OrderIds
from ib_provider.client.pending import REQUEST_ID_BASE
from ib_provider.domain.order import Order, OrderType, Side
from ib_provider.errors import ConnectionLost, InvalidOrder, LocalProtocolError


def order(ref: str) -> Order:
    return Order(
        side=Side.BUY,
        quantity=Decimal(1),
        order_type=OrderType.MARKET,
        account="DU1",
        order_ref=ref,
    )


def test_take_next_is_above_every_id_seen() -> None:
    """An id that an open order showed is not given out."""
    ids = OrderIds()
    ids.told(7)
    assert [ids.take_next(), ids.take_next()] == [7, 8]
    ids.see(40)
    assert ids.take_next() == 41
    assert ids.first_valid == 7


def test_take_next_before_the_gateway_gave_one_is_refused() -> None:
    """There is no order id without a session."""
    with pytest.raises(ConnectionLost):
        OrderIds().take_next()


def test_see_what_is_no_order_id_is_ignored() -> None:
    """Manual orders have negative ids, absent ones the largest."""
    ids = OrderIds()
    ids.told(3)
    for other in (-5, 0, REQUEST_ID_BASE, 2**31 - 1):
        ids.see(other)
    assert ids.take_next() == 3


def test_claim_gives_an_id_out_once() -> None:
    """An id that was reserved for one order is not another's."""
    ids = OrderIds()
    ids.told(1)
    assert ids.claim(5) == 5
    assert ids.take_next() == 6
    with pytest.raises(LocalProtocolError, match="reserved before"):
        ids.claim(5)


@pytest.mark.parametrize("order_id", [0, -1, REQUEST_ID_BASE])
def test_claim_what_is_no_order_id_is_refused(order_id: int) -> None:
    """Order ids and request ids never meet."""
    with pytest.raises(LocalProtocolError, match="no order id"):
        OrderIds().claim(order_id)


def test_refuse_repeat_of_a_ref_or_an_id_raises() -> None:
    """Neither an order_ref nor an order id is used twice."""
    ids = OrderIds()
    ids.refuse_repeat(1, order("a"))
    ids.mark_sent(1, order("a"))
    with pytest.raises(InvalidOrder, match="sent on this connection as order 1"):
        ids.refuse_repeat(2, order("a"))
    with pytest.raises(InvalidOrder, match="used for another"):
        ids.refuse_repeat(1, order("b"))
    ids.refuse_repeat(2, order("b"))
