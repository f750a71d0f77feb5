# SPDX-License-Identifier: Apache-2.0
"""Orders the simulated gateway refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.simulator.exchange.order_rules import order_refusal, with_defaults
from ib_provider.wire.messages import WireOrder
from tests.support.simulator import ACCOUNT, listing, terms


def _code(order: WireOrder, symbol: str = "AAPL") -> int | None:
    refusal = order_refusal(with_defaults(order, ACCOUNT), listing(symbol), ACCOUNT)
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
    ],
)
def test_simulated_type_is_taken(kind: str, more: dict[str, Any]) -> None:
    """Six types; the account and DAY are filled in."""
    assert _code(terms("BUY", 10, kind, **more)) is None


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (terms("BUY", 10, "PEG MID"), 321),
        (terms("SSHORT", 10), 321),
        (terms("BUY", 10, account="DU2"), 321),
        (terms("BUY", 10, tif="GTD"), 321),
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
        (terms("BUY", 10, oca_group="g"), 321),
        (terms("BUY", 10, parent_id=3), 321),
        (terms("BUY", 10, conditions_ignore_rth=True), 321),
    ],
    ids=str,
)
def test_order_with_a_mistake_has_its_code(order: WireOrder, code: int) -> None:
    """What means nothing, or is not simulated, is never traded as if it were absent."""
    assert _code(order) == code
