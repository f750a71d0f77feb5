# SPDX-License-Identifier: Apache-2.0
"""The portfolios that the demo can show, each with an account that it makes sense for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["DEMO_PORTFOLIOS", "DemoPortfolio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPortfolio:
    """One demo.

    Attributes:
        name: A file's stem under ``include/portfolios``.
        universe: What is loaded for it, under ``include/universes``.
        limits: Under ``include/limits``.
        cash: Of the simulated account at its very first start, in dollars.
        positions: What it holds then, by symbol.
        with_bars: Whether thirteen years of daily bars are collected first.
        with_fractions: Whether the account may order parts of a stock.
    """

    name: str
    universe: str
    limits: str
    cash: int = 1_000_000
    positions: tuple[tuple[str, int], ...] = ()
    with_bars: bool = False
    with_fractions: bool = False

    @property
    def gateway_options(self) -> tuple[str, ...]:
        """Return what the simulated gateway is told of the account."""
        held = (f"--position={symbol}={shares}" for symbol, shares in self.positions)
        parts = ("--fractions",) if self.with_fractions else ()
        return (f"--cash={self.cash}", *held, *parts)


#: By name. Each begins with something to sell where its file has something to say about that.
DEMO_PORTFOLIOS: Final[Mapping[str, DemoPortfolio]] = MappingProxyType(
    {
        item.name: item
        for item in (
            DemoPortfolio(name="demo", universe="demo", limits="demo", with_bars=True),
            DemoPortfolio(
                name="long-short",
                universe="demo",
                limits="wide",
                positions=(("FB", 2000), ("IBM", 400), ("MSFT", 3000)),
            ),
            DemoPortfolio(
                name="currencies",
                universe="currencies",
                limits="wide",
                positions=(("IBM", 150), ("MSFT", 2500)),
            ),
            DemoPortfolio(name="futures", universe="futures", limits="wide"),
            DemoPortfolio(
                name="fractional", universe="demo", limits="wide", cash=10_000, with_fractions=True
            ),
        )
    }
)
