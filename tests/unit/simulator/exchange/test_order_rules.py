# SPDX-License-Identifier: Apache-2.0
"""Orders the simulated gateway refuses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.contract import SecType
from ib_provider.simulator.exchange.order_rules import OrderRules, with_defaults
from ib_provider.wire.messages import WireOrder
from tests.support.simulator import ACCOUNT, listing, terms

LAST = Decimal(400)


def _code(order: WireOrder, symbol: str = "AAPL", **rules: Any) -> int | None:
    found = listing(symbol)
    order = with_defaults(order, ACCOUNT, found, LAST)
    refusal = OrderRules(accounts=(ACCOUNT,), **rules).refusal(order, found, LAST)
    return refusal.code if refusal else None


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("MKT", {}),
        ("MKT", {"tif": ""}),
        ("LMT", {"lmt_price": Decimal("400.01")}),
        ("STP", {"aux_price": Decimal(400)}),
        ("STP LMT", {"aux_price": Decimal(400), "lmt_price": Decimal(399)}),
        ("MOC", {}),
        ("LOC", {"lmt_price": Decimal(400)}),
        ("MIT", {"aux_price": Decimal(400)}),
        ("LIT", {"aux_price": Decimal(400), "lmt_price": Decimal(401)}),
        ("MTL", {}),
        ("TRAIL", {"aux_price": Decimal(5)}),
        ("TRAIL", {"trailing_percent": Decimal("1.5")}),
        ("TRAIL LIMIT", {"aux_price": Decimal(5), "lmt_price_offset": Decimal("0.1")}),
        ("MIDPRICE", {}),
        ("REL", {"aux_price": Decimal("0.02"), "lmt_price": Decimal(450)}),
        ("MKT", {"tif": "OPG"}),
        ("LMT", {"lmt_price": Decimal(400), "tif": "OPG"}),
        ("LMT", {"lmt_price": Decimal(400), "tif": "GTD", "good_till_date": "20130305 12:00:00"}),
        ("MKT", {"algo_strategy": "Adaptive", "algo_params": (("adaptivePriority", "Normal"),)}),
        ("MKT", {"algo_strategy": "Twap"}),
        ("LMT", {"lmt_price": Decimal(400), "algo_strategy": "Vwap"}),
        ("MKT", {"oca_group": "one", "oca_type": 1}),
        ("MKT", {"parent_id": 3}),
    ],
)
def test_simulated_type_is_taken(kind: str, more: dict[str, Any]) -> None:
    """Each type with what it needs; the account and DAY are filled in."""
    assert _code(terms("BUY", 10, kind, **more)) is None


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (terms("BUY", 10, "FEELINGS"), 321),
        (terms("BUY", 10, "PEG MID"), 387),
        (terms("SSHORT", 10), 321),
        (terms("BUY", 10, account="DU2"), 321),
        (terms("BUY", 10, tif="GTD"), 343),
        (terms("BUY", 10, tif="GTD", good_till_date="tomorrow"), 343),
        (terms("BUY", 10, good_after_time="later"), 337),
        (terms("BUY", 10, tif="ALWAYS"), 321),
        (terms("BUY", 10, "MIDPRICE", tif="GTC"), 111),
        (terms("BUY", 10, "MOC", tif="OPG"), 111),
        (terms("BUY", 10, algo_strategy="Guess"), 438),
        (terms("BUY", 10, "MTL", algo_strategy="Twap"), 441),
        (terms("BUY", 10, algo_strategy="Twap", algo_params=(("speed", "1"),)), 442),
        (terms("BUY", 10, algo_strategy="Twap", algo_params=(("endTime", "x"),)), 440),
        (terms("BUY", 10, algo_strategy="Twap", tif="IOC"), 111),
        (terms("BUY", 10, cash_qty=Decimal(100)), 10244),
        (terms("BUY", 10, block_order=True), 117),
        (terms("BUY", 10, "TRAIL"), 321),
        (terms("BUY", 10, "MOC", tif="GTC"), 111),
        (terms("BUY", 0), 434),
        (terms("BUY", "NaN"), 434),
        (terms("BUY", "-5"), 434),
        (terms("BUY", "1.5"), 10243),
        (terms("BUY", 10, "LMT"), 321),
        (terms("BUY", 10, "LMT", lmt_price=Decimal("NaN")), 321),
        (terms("BUY", 10, "LMT", lmt_price=Decimal(0)), 321),
        (terms("BUY", 10, "LMT", lmt_price=Decimal("400.001")), 110),
        (terms("BUY", 10, "STP LMT", lmt_price=Decimal(400)), 321),
        (terms("BUY", 10, oca_group="g", oca_type=9), 321),
        (terms("BUY", 10, scale_price_increment=Decimal(1)), 321),
    ],
    ids=str,
)
def test_order_with_a_mistake_has_its_code(order: WireOrder, code: int) -> None:
    """What means nothing, or is not simulated, is never traded as if it were absent."""
    assert _code(order) == code


def test_parts_of_a_stock_are_for_accounts_that_may_order_them() -> None:
    """And of a stock alone: half a future is no order of anybody."""
    assert _code(terms("BUY", "1.5"), fractional_shares=True) is None
    stock = listing("AAPL")
    future = replace(stock, contract=replace(stock.contract, sec_type=SecType.FUT))
    order = with_defaults(terms("BUY", "1.5"), ACCOUNT, future, LAST)
    refusal = OrderRules(accounts=(ACCOUNT,), fractional_shares=True).refusal(order, future, LAST)
    assert refusal is not None
    assert refusal.code == 10243


def test_login_of_several_accounts_needs_one_named() -> None:
    """No default where there is a choice: 435."""
    found = listing("AAPL")
    order = with_defaults(terms("BUY", 1), "", found, LAST)
    refusal = OrderRules(accounts=("DU1", "DU2")).refusal(order, found, LAST)
    assert refusal is not None
    assert refusal.code == 435


def test_limit_beyond_the_precaution_is_refused_unless_overridden() -> None:
    """109, only where a person has set a bound."""
    order = terms("BUY", 10, "LMT", lmt_price=Decimal(441))
    assert _code(order) is None
    assert _code(order, precaution_percent=Decimal(10)) == 109
    order = replace(order, override_percentage_constraints=True)
    assert _code(order, precaution_percent=Decimal(10)) is None


def test_security_type_without_permission_is_refused() -> None:
    """203 for whatever the account may not trade."""
    assert _code(terms("BUY", 1), not_allowed=frozenset({"STK"})) == 203


def test_dead_exchange_takes_no_order() -> None:
    """116 by the route alone."""
    rules = OrderRules(accounts=(ACCOUNT,), dead_exchanges=frozenset({"ISLAND"}))
    refusal = rules.route_refusal("ISLAND")
    assert refusal is not None
    assert refusal.code == 116
    assert rules.route_refusal("SMART") is None
