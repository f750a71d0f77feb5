# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import yaml

from ib_provider.cli.demo_portfolio import DEMO_PORTFOLIOS, DemoPortfolio
from ib_provider.cli.simulator import add_arguments, options_of

INCLUDE = Path(__file__).parents[3] / "include"


@pytest.mark.parametrize("name", sorted(DEMO_PORTFOLIOS))
def test_demo_portfolio_names_files_that_ship(name: str) -> None:
    """And its universe holds everything that the portfolio asks for."""
    demo = DEMO_PORTFOLIOS[name]
    portfolio = yaml.safe_load((INCLUDE / "portfolios" / f"{name}.yaml").read_text("utf-8"))
    universe = yaml.safe_load((INCLUDE / "universes" / f"{demo.universe}.yaml").read_text("utf-8"))
    assert (INCLUDE / "limits" / f"{demo.limits}.yaml").is_file()
    wanted = {row["instrument"] for row in portfolio["targets"]}
    assert wanted <= set(universe["instruments"])


def test_every_portfolio_with_targets_of_its_own_has_a_demo() -> None:
    """One whose targets are as old as the simulated clock is refused, and has none."""
    shipped = {path.stem for path in (INCLUDE / "portfolios").glob("*.yaml")}
    assert shipped - {"momentum"} == set(DEMO_PORTFOLIOS)


def test_gateway_options_are_what_the_simulated_gateway_understands() -> None:
    """Its own command line reads them back."""
    demo = DemoPortfolio(
        name="x", universe="x", limits="x", cash=5000, positions=(("IBM", 7),), with_fractions=True
    )
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = options_of(parser.parse_args(list(demo.gateway_options)))
    assert options.cash == 5000
    assert dict(options.positions) == {"IBM": 7}
    assert options.trading.fractional_shares
