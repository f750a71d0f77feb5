# SPDX-License-Identifier: Apache-2.0
"""Styles as people write them, and every problem of them at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.execution_style import ExecutionStyle, StyleKind
from ib_provider.errors import ConfigError
from ib_provider.rebalance import parse_portfolio


def _document(**changes: Any) -> dict[str, Any]:
    return {
        "name": "demo",
        "currency": "USD",
        "targets": [{"instrument": "AAPL.NASDAQ", "weight": 0.5}],
        "cash_buffer": 0.02,
        "drift_band": 0.01,
        "collar_bp": 30,
        "unlisted": "keep",
        "min_order_value": 500,
    } | changes


def _problems(**changes: Any) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse_portfolio("demo.yaml", _document(**changes))
    return list(refused.value.problems)


def test_portfolio_without_a_style_has_marketable_limits() -> None:
    """No deadline, one order a leg: as before there were styles."""
    portfolio = parse_portfolio("demo.yaml", _document())
    assert portfolio.style == ExecutionStyle()
    assert portfolio.styles == ()


def test_style_is_a_word_or_a_mapping_and_an_instrument_may_have_its_own() -> None:
    """The instrument's id is the one that is stored, in whatever spelling it is written."""
    portfolio = parse_portfolio(
        "demo.yaml",
        _document(
            style="adaptive",
            styles={
                "AAPL.NASDAQ": {"kind": "vwap", "end": "15:30", "max_volume": 0.1, "work_s": 600}
            },
        ),
    )
    assert portfolio.style_of("IBM.NYSE") == ExecutionStyle(
        kind=StyleKind.ADAPTIVE, urgency="Normal"
    )
    assert portfolio.style_of("AAPL.NASDAQ") == ExecutionStyle(
        kind=StyleKind.VWAP, end="15:30", max_volume=Decimal("0.1"), work_s=Decimal(600)
    )


def test_chase_has_steps_without_being_told() -> None:
    """Five orders of fifteen seconds."""
    style = parse_portfolio("demo.yaml", _document(style="midprice_chase")).style
    assert (style.attempts, style.work_s) == (5, 15)


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        ("mco", "style.kind: 'mco' is none of limit, moc"),
        (5, "style: a number where a mapping is expected"),
        ({"kind": "moc", "attempts": 2}, "style.attempts: says nothing of moc"),
        ({"kind": "limit", "urgency": "Patient"}, "style.urgency: says nothing of limit"),
        ({"kind": "twap", "max_volume": 0.1}, "style.max_volume: says nothing of twap"),
        ({"kind": "limit", "attempts": 3}, "style.work_s: missing"),
        ({"kind": "limit", "attempts": 21, "work_s": 1}, "style.attempts: 21 is more than 20"),
        ({"kind": "midprice_chase", "attempts": 1}, "style.attempts: a chase has at least 2"),
        ({"kind": "twap", "start": "15:00", "end": "10:00"}, "style.end: 10:00 is not after"),
        ({"kind": "twap", "start": "25:00"}, "style.start: '25:00' does not match"),
        ({"kind": "adaptive", "urgency": "Soon"}, "style.urgency: 'Soon' is none of"),
        ({"kind": "vwap", "max_volume": 0.9}, "style.max_volume: 0.9 is not at least"),
        ({"kind": "limit", "work": 5}, "style.work: unknown key"),
        ({}, "style.kind: missing"),
    ],
    ids=str,
)
def test_style_that_cannot_be_is_told_with_its_key(style: object, problem: str) -> None:
    """Nothing is guessed, and nothing that says nothing is passed over."""
    assert any(text.startswith(problem) for text in _problems(style=style))


def test_every_style_that_does_not_go_with_its_instrument_is_told_at_once() -> None:
    """Futures have no auction here, fractions no algorithm, and a name one style."""
    found = _problems(
        targets=[
            {"instrument": "AAPL.NASDAQ", "weight": 0.5},
            {"instrument": "ESH13.CME", "contracts": 1},
        ],
        fractions=True,
        styles={"AAPL.NASDAQ": "twap", "ESH13.CME": "moc", "not an id": "limit"},
        no_market="wait",
    )
    assert [text.partition(":")[0] for text in found] == [
        "styles.not an id",
        "wait_s",
        "styles.AAPL.NASDAQ",
        "styles.ESH13.CME",
    ]
