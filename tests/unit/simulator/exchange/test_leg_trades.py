# SPDX-License-Identifier: Apache-2.0
"""Combinations and their legs, and the laws that a flow of orders in anything obeys."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.order import Side
from ib_provider.simulator.contracts import Listing, combine
from ib_provider.simulator.exchange.exchange import Placement
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import ComboLeg
from tests.support.simulator import Floor, terms

_START: Final = 500_000_000


def _find(floor: Floor, **said: Any) -> Listing:
    return floor.marketplace.contracts.find(Contract(**said))[0]


def _option(floor: Floor, strike: int, right: str = "C") -> Listing:
    return _find(
        floor,
        symbol="IBM",
        sec_type=SecType.OPT,
        exchange="SMART",
        last_trade_date="20130315",
        strike=Decimal(strike),
        right=right,
    )


def _future(floor: Floor, month: str) -> Listing:
    return _find(floor, symbol="ES", sec_type=SecType.FUT, exchange="CME", last_trade_date=month)


def _combination(floor: Floor, *legs: tuple[Listing, int, str]) -> Listing:
    made = combine(
        floor.marketplace.contracts,
        [
            ComboLeg(con_id=listing.contract.con_id, ratio=ratio, action=action)
            for listing, ratio, action in legs
        ],
    )
    assert not isinstance(made, Refusal)
    return made


def _traded(floor: Floor) -> list[Listing]:
    """Return one of each kind, and combinations of three kinds."""
    near, far, put = _option(floor, 205), _option(floor, 210), _option(floor, 200, "P")
    march, june = _future(floor, "201303"), _future(floor, "201306")
    shares = _find(floor, symbol="IBM", exchange="SMART", currency="USD")
    return [
        shares,
        near,
        march,
        _find(floor, symbol="EUR", sec_type=SecType.CASH, currency="USD"),
        _combination(floor, (near, 1, "BUY"), (far, 1, "SELL")),
        _combination(floor, (march, 1, "SELL"), (june, 2, "BUY")),
        _combination(floor, (shares, 100, "BUY"), (near, 1, "SELL"), (put, 1, "BUY")),
    ]


def test_price_of_a_combination_is_that_of_its_legs() -> None:
    """Bought at the asks of what is bought less the bids of what is sold."""
    floor = Floor()
    near, far = _option(floor, 205), _option(floor, 210)
    spread = _combination(floor, (near, 1, "BUY"), (far, 2, "SELL"))
    own, bought, sold = (
        floor.marketplace.quote(row.contract.con_id, floor.now) for row in (spread, near, far)
    )
    assert own is not None
    assert bought is not None
    assert sold is not None
    assert own.ask == pytest.approx((bought.ask or 0) - 2 * (sold.bid or 0))
    assert own.bid == pytest.approx((bought.bid or 0) - 2 * (sold.ask or 0))


def test_same_legs_are_the_same_combination() -> None:
    """In the same order: an id for each, the same after a restart."""
    first, second = Floor(), Floor()
    legs = [(_option(first, 205), 1, "BUY"), (_option(first, 210), 1, "SELL")]
    one, other = _combination(first, *legs), _combination(second, *legs)
    turned = _combination(second, *reversed(legs))
    assert one.contract.con_id == other.contract.con_id != turned.contract.con_id
    assert first.marketplace.listing(one.contract.con_id) == one


@st.composite
def _flows(draw: st.DrawFn) -> list[tuple[str, Any]]:
    order = st.tuples(
        st.integers(0, 6),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 40),
        st.sampled_from(["MKT", "LMT"]),
        st.integers(-3, 3),
        st.sampled_from(["DAY", "GTC", "IOC", "FOK"]),
    )
    steps = st.one_of(
        st.tuples(st.just("place"), order),
        st.tuples(st.just("cancel"), st.integers(1, 8)),
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 30, 3_600])),
    )
    return draw(st.lists(steps, min_size=4, max_size=14))


def _run(floor: Floor, flow: list[tuple[str, Any]]) -> None:
    traded, placed = _traded(floor), 0
    for what, value in [*flow, *[("wait", 1)] * 4]:
        if what == "wait":
            floor.wait(seconds=value)
        elif what == "cancel":
            floor.cancel(value)
        else:
            placed += 1
            which, action, quantity, kind, away, tif = value
            listing = traded[which]
            last = floor.marketplace.last(listing.contract.con_id, floor.now)
            step = listing.min_tick
            limit = (last // step + 10 * away) * step
            floor.exchange.place(
                Placement(
                    key=(1, placed),
                    listing=listing,
                    exchange="SMART",
                    terms=terms(action, quantity, kind, lmt_price=limit, tif=tif),
                ),
                floor.now,
            )


@settings(max_examples=30, deadline=None)
@given(flow=_flows())
def test_laws_hold_in_anything(flow: list[tuple[str, Any]]) -> None:
    """Cash and positions at their prices change by commissions alone; no order exceeds itself."""
    floor = Floor(cash=_START)
    _run(floor, flow)
    books: defaultdict[str, Decimal] = defaultdict(Decimal, {"USD": Decimal(_START)})
    held: defaultdict[int, Decimal] = defaultdict(Decimal)
    for trade in floor.book.trades():
        listing = floor.marketplace.listing(trade.con_id)
        if listing.legs:
            assert trade.commission == 0
            continue
        signed = trade.shares * trade.side.sign
        held[trade.con_id] += signed
        books["USD"] -= signed * trade.price * Decimal(listing.contract.multiplier or 1)
        books["USD"] -= trade.commission
        if listing.contract.sec_type is SecType.CASH:
            books[listing.contract.symbol] += signed
    for currency, amount in books.items():
        assert floor.account.cash(currency) == amount
    for con_id, quantity in held.items():
        assert floor.account.quantity(con_id) == quantity
    _check_orders(floor)


def test_every_kind_trades_in_such_a_flow() -> None:
    """Or the laws would hold for want of trades."""
    floor = Floor(cash=_START)
    flow = [("place", (which, "BUY", 3, "MKT", 0, "DAY")) for which in range(7)]
    _run(floor, flow)
    assert {floor.marketplace.listing(row.con_id).contract.sec_type for row in
            floor.book.trades()} == {"STK", "OPT", "FUT", "CASH", "BAG"}  # fmt: skip
    assert all(order.filled == 3 for order in floor.book.orders())


def _check_orders(floor: Floor) -> None:
    trades = floor.book.trades()
    for order in floor.book.orders():
        own = [row for row in trades if (row.perm_id, row.con_id) == (order.perm_id, order.con_id)]
        assert order.filled == sum((row.shares for row in own), Decimal(0)) <= order.quantity
        limit = order.terms.lmt_price or Decimal(0)
        for row in own if order.terms.order_type == "LMT" else ():
            assert row.price <= limit if order.side is Side.BUY else row.price >= limit
        legs = floor.marketplace.listing(order.con_id).legs
        for whole in own if legs else ():
            stem = whole.exec_id.rsplit(".", 2)[0] + "."
            parts = [row for row in trades if row.exec_id.startswith(stem) and row is not whole]
            assert [row.con_id for row in parts] == [leg.con_id for leg in legs]
            assert [row.shares for row in parts] == [whole.shares * leg.ratio for leg in legs]
            total = sum(
                (row.price * leg.weight for row, leg in zip(parts, legs, strict=True)), Decimal(0)
            )
            assert total == pytest.approx(whole.price, abs=Decimal("1e-6"))
