# SPDX-License-Identifier: Apache-2.0
"""Targets as they are written: one unit each, told with their key where they are not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.portfolio import Target, TargetKind
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.rebalance.target_document import read_targets


def read(*rows: Any, allow_short: bool = False) -> tuple[tuple[Target, ...], list[str]]:
    """Return what rows say, and what is wrong with them."""
    problems: list[str] = []
    reader = DocumentReader({"targets": list(rows)}, at="", problems=problems)
    return read_targets(reader, allow_short=allow_short), problems


@pytest.mark.parametrize(
    ("unit", "kind", "amount"),
    [
        ({"weight": 0.25}, TargetKind.WEIGHT, "0.25"),
        ({"notional": 5000}, TargetKind.NOTIONAL, "5000"),
        ({"shares": 12.5}, TargetKind.QUANTITY, "12.5"),
        ({"hold": True}, TargetKind.HOLD, "0"),
        ({"close": True}, TargetKind.CLOSE, "0"),
        # A query's row has a column for each unit.
        ({"weight": 0.25, "shares": None, "hold": False}, TargetKind.WEIGHT, "0.25"),
        ({"weight": None, "close": True}, TargetKind.CLOSE, "0"),
    ],
)
def test_target_is_read_in_its_unit(unit: dict[str, Any], kind: TargetKind, amount: str) -> None:
    """Each unit stands for itself, and the others may be there without a value."""
    (found,), problems = read({"instrument": "AAPL.NASDAQ", **unit})
    assert (found.kind, found.amount, problems) == (kind, Decimal(amount), [])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({}, "targets[0].weight: missing"),
        ({"weight": 0.1, "shares": 5}, "targets[0].shares: beside weight: a target has one unit"),
        ({"hold": True, "close": True}, "targets[0].close: beside hold: a target has one unit"),
        ({"hold": False}, "targets[0].hold: only true says something"),
        ({"contracts": 1}, "targets[0].contracts: a STK is counted in shares"),
        ({"weight": -0.1}, "targets[0].weight: -0.1 is not at least 0 and at most 1"),
        ({"shares": -1}, "targets[0].shares: -1 is not at least 0"),
        ({"notional": float("nan")}, "targets[0].notional: nan is not a number to work with"),
    ],
)
def test_target_that_is_not_clear_is_told(row: dict[str, Any], problem: str) -> None:
    """What could mean two things is refused, with its key."""
    _, problems = read({"instrument": "AAPL.NASDAQ", **row})
    assert problems == [problem]


def test_future_is_counted_in_contracts_and_may_exceed_the_account() -> None:
    """Its weight is notional; its units are contracts."""
    rows = [{"instrument": "ESH13.CME", "weight": 1.5}, {"instrument": "NQH13.CME", "contracts": 2}]
    targets, problems = read(*rows)
    assert problems == []
    assert [target.amount for target in targets] == [Decimal("1.5"), Decimal(2)]
    _, problems = read({"instrument": "ESH13.CME", "shares": 2})
    assert problems == ["targets[0].shares: a FUT is counted in contracts"]


def test_shorts_count_off_the_sum_and_on_top_of_the_gross() -> None:
    """130 and -30 are one; 300 and -300 are six: that is per cent written as fractions."""
    long, short = "AAPL.NASDAQ", "IBM.NYSE"
    _, problems = read(
        {"instrument": long, "weight": 1.3}, {"instrument": short, "weight": -0.3}, allow_short=True
    )
    assert problems == []
    _, problems = read(
        {"instrument": long, "weight": 3}, {"instrument": short, "weight": -3}, allow_short=True
    )
    assert problems == ["targets: the weights come to 6 in all, more than 5"]
