# SPDX-License-Identifier: Apache-2.0
"""Brackets as people write them, and every problem of them at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.bracket import Bracket
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


def test_portfolio_has_no_bracket_unless_it_is_written() -> None:
    """Absent, and the word ``none``, are the same."""
    for document in (_document(), _document(bracket="none", brackets={})):
        portfolio = parse_portfolio("demo.yaml", document)
        assert portfolio.bracket_of("AAPL.NASDAQ") is None


def test_bracket_is_of_all_but_those_that_have_their_own() -> None:
    """Another, or none; the instrument's id is the one that is stored."""
    portfolio = parse_portfolio(
        "demo.yaml",
        _document(
            bracket={"take_profit": 0.1, "stop_loss": 0.05, "stop_limit_bp": 100},
            brackets={"IBM.NYSE": "none", "AAPL.NASDAQ": {"take_profit": 0.2}},
        ),
    )
    assert portfolio.bracket_of("GOOG.NASDAQ") == Bracket(
        take_profit=Decimal("0.1"), stop_loss=Decimal("0.05"), stop_limit_bp=Decimal(100)
    )
    assert portfolio.bracket_of("IBM.NYSE") is None
    assert portfolio.bracket_of("AAPL.NASDAQ") == Bracket(take_profit=Decimal("0.2"))


@pytest.mark.parametrize(
    ("bracket", "said"),
    [
        ("wide", "bracket: text 'wide' where a mapping is expected"),
        ({}, "bracket.take_profit: missing: a bracket has it, or stop_loss, or both"),
        ({"stop_loss": 0.05}, "bracket.stop_limit_bp: missing"),
        ({"take_profit": 0.1, "stop_limit_bp": 5}, "bracket.stop_limit_bp: goes with stop_loss"),
        ({"take_profit": 0}, "bracket.take_profit: 0 is not above 0 and below 1"),
        ({"take_profit": 5}, "bracket.take_profit: 5 is not above 0 and below 1"),
        (
            {"stop_loss": 1, "stop_limit_bp": 0},
            "bracket.stop_loss: 1 is not above 0 and below 1",
        ),
        (
            {"stop_loss": 0.1, "stop_limit_bp": 1001},
            "bracket.stop_limit_bp: 1001 is not at least 0 and at most 1000",
        ),
        ({"take_profits": 0.1, "take_profit": 0.1}, "bracket.take_profits: unknown key"),
    ],
)
def test_bracket_that_makes_no_sense_is_told(bracket: Any, said: str) -> None:
    """With its key, and what would be allowed."""
    assert [problem for problem in _problems(bracket=bracket) if said in problem]


def test_every_problem_of_brackets_is_told_at_once() -> None:
    """Of several instruments, and that money and fractions have none."""
    problems = _problems(
        fractions=True,
        bracket={"take_profit": 0.1},
        brackets={
            "AAPL": {"take_profit": 0.1},
            "IBM.NYSE": {"take_profit": 2},
            "GOOG.NASDAQ": {"take_profit": 0.1},
        },
    )
    assert [problem for problem in problems if problem.startswith("brackets.AAPL: ")]
    assert "brackets.IBM.NYSE.take_profit: 2 is not above 0 and below 1" in problems
    assert "bracket: does not go with fractions" in problems
    assert "brackets.GOOG.NASDAQ: does not go with fractions" in problems


def test_currency_pair_has_no_bracket() -> None:
    """Money that is changed is no position."""
    problems = _problems(brackets={"EUR/USD.IDEALPRO": {"take_profit": 0.1}})
    assert problems == ["brackets.EUR/USD.IDEALPRO: a CASH has no bracket"]
