# SPDX-License-Identifier: Apache-2.0
"""The command line of the simulated gateway."""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.cli.simulator import add_arguments, options_of
from ib_provider.simulator import SimulatorOptions


def _options(*arguments: str) -> SimulatorOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return options_of(parser.parse_args(arguments))


def test_command_without_options_is_the_default_gateway() -> None:
    """The defaults are stated once."""
    assert _options() == SimulatorOptions()


def test_every_option_reaches_the_gateway() -> None:
    """Milliseconds and paths and repeated holdings."""
    options = _options(
        "--port=0", "--clock=2013-02-15T12:00:00-05:00", "--speed=60", "--state=s.json",
        "--journal=j.jsonl", "--position=IBM=10", "--position=FB=5", "--answer-delay=250",
        "--fill-delay=2", "--silent", "--max-server-version=200", "--cash=5000", "--seed=9",
    )  # fmt: skip
    assert options == SimulatorOptions(
        port=0,
        clock="2013-02-15T12:00:00-05:00",
        speed=60.0,
        cash=Decimal(5000),
        positions={"IBM": Decimal(10), "FB": Decimal(5)},
        state_file=Path("s.json"),
        journal=Path("j.jsonl"),
        max_server_version=200,
        seed=9,
        answer_delay_s=0.25,
        fill_delay_s=2.0,
        silent=True,
    )


@pytest.mark.parametrize("argument", ["--cash=lots", "--position=IBM", "--position==5"])
def test_text_that_is_no_amount_is_a_usage_error(argument: str) -> None:
    """Exit code 2, before anything starts."""
    with pytest.raises(SystemExit):
        _options(argument)
