# SPDX-License-Identifier: Apache-2.0
"""How long it takes to decide a rebalance of 5,000 names, sealed and checked against its limits."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from benchmarks.row import Row
from ib_provider.domain.portfolio import Portfolio
from ib_provider.rebalance import Book, make_plan
from tests.support.books import AT, a_book, a_portfolio

__all__ = ["plan_5000"]

_NAMES: Final = 5000
_ROUNDS: Final = 7
#: What planning may take, in seconds.
_BOUND_S: Final = 0.2


def plan_5000() -> Iterator[Row]:
    """Yield the best of several rounds, of the processor's time: nothing in it waits."""
    portfolio, book = _situation()
    taken = []
    for _ in range(_ROUNDS):
        gc.collect()
        began = time.process_time()
        plan = make_plan(portfolio, book, key="bench", as_of=AT)
        taken.append(time.process_time() - began)
    if len(plan.legs) < _NAMES * 0.9:
        raise RuntimeError(f"only {len(plan.legs)} orders: that is not the plan to be measured")
    best = min(taken)
    yield Row(
        name="plan_5000",
        value=best,
        unit="s",
        peer="the bound",
        peer_value=_BOUND_S,
        ratio=_BOUND_S / best,
        goal=1.0,
    )


def _situation() -> tuple[Portfolio, Book]:
    """Return a book in which nearly every name trades, a third of them as sales."""
    names = [f"S{number}.NYSE" for number in range(_NAMES)]
    prices = {name: (f"{20 + n % 300}.01", f"{20 + n % 300}.03") for n, name in enumerate(names)}
    held = {name: str(10 + n % 50) for n, name in enumerate(names)}
    weights: dict[str, str | Decimal] = {
        name: Decimal(1) / Decimal(5200 if n % 3 else 7000) for n, name in enumerate(names)
    }
    book = a_book(held, cash="5000000", prices=prices)
    return replace(a_portfolio(weights, band="0", minimum="0"), unlisted="sweep"), book
