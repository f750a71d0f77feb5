# SPDX-License-Identifier: Apache-2.0
"""Positions and their values, as clients we did not write decode them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.wire import answers as a
from ib_provider.wire.codec import render_answer
from tests.support.wire_peers import (
    AAPL,
    ACCOUNT,
    VERSIONS,
    assert_exact_at_every_version,
    ib_async_callbacks,
    ibapi_callbacks,
)


@pytest.mark.parametrize("version", VERSIONS)
def test_position_reaches_ibapi_at_every_version(version: int) -> None:
    """A short position and its cost."""
    answer = a.PositionAnswer(
        account=ACCOUNT, contract=AAPL, position=Decimal("-10.5"), avg_cost=Decimal("431.25")
    )
    ((name, arguments),) = ibapi_callbacks(version, render_answer(answer, version))
    assert (name, arguments[0], *arguments[2:]) == ("position", ACCOUNT, Decimal("-10.5"), 431.25)
    assert (arguments[1].conId, arguments[1].tradingClass) == (265598, "NMS")


PORTFOLIO = a.PortfolioValue(
    contract=AAPL,
    position=Decimal(10),
    market_price=Decimal("431.25"),
    market_value=Decimal("4312.5"),
    average_cost=Decimal(430),
    unrealized_pnl=Decimal("12.5"),
    realized_pnl=Decimal(0),
    account=ACCOUNT,
)


@pytest.mark.parametrize("version", VERSIONS)
def test_portfolio_value_reaches_ibapi_at_every_version(version: int) -> None:
    """The one message that carries the primary exchange in the exchange's place."""
    ((name, arguments),) = ibapi_callbacks(version, render_answer(PORTFOLIO, version))
    assert name == "updatePortfolio"
    assert arguments[1:] == (10, 431.25, 4312.5, 430.0, 12.5, 0.0, ACCOUNT)
    assert arguments[0].primaryExchange == "NASDAQ"


def test_account_answers_reach_ib_async() -> None:
    """Positions and portfolio, with exact counts."""
    ((name, arguments),) = ib_async_callbacks(178, render_answer(PORTFOLIO, 178))
    assert (name, arguments[1:]) == (
        "updatePortfolio",
        (10, 431.25, 4312.5, 430.0, 12.5, 0.0, ACCOUNT),
    )
    answer = a.PositionAnswer(
        account=ACCOUNT, contract=AAPL, position=Decimal(3), avg_cost=Decimal(1)
    )
    ((name, arguments),) = ib_async_callbacks(178, render_answer(answer, 178))
    assert (name, arguments[0], *arguments[2:]) == ("position", ACCOUNT, 3.0, 1.0)


@pytest.mark.parametrize("answer", [PORTFOLIO], ids=lambda answer: type(answer).__name__)
def test_long_answer_reaches_ibapi_at_every_single_version(answer: a.Answer) -> None:
    """Each gate between the oldest and the newest version opens where ibapi's does."""
    assert_exact_at_every_version(answer)
