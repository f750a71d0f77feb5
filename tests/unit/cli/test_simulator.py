# SPDX-License-Identifier: Apache-2.0
"""The command line of the simulated gateway."""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.cli.simulator import add_arguments, options_of
from ib_provider.errors import ConfigError
from ib_provider.simulator import SimulatorOptions
from ib_provider.simulator.faults import actions as a
from ib_provider.simulator.limits.limits import Limits


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
        "--control=0", "--log-transcript=t.jsonl", "--max-messages=7", "--reject-excess",
        "--shared-rate",
        "--lines=9", "--max-clients=2", "--no-pacing", "--read-only", "--data=wheels",
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
        data=Path("wheels"),
        answer_delay_s=0.25,
        fill_delay_s=2.0,
        silent=True,
        control_port=0,
        transcript=Path("t.jsonl"),
        limits=Limits(
            max_messages=7,
            reject_excess=True,
            shared_rate=True,
            lines=9,
            max_clients=2,
            pacing=False,
            read_only=True,
        ),
    )


def test_scenario_sets_what_the_command_line_leaves_open(tmp_path: Path) -> None:
    """Who starts the gateway has the last word."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "options: {speed: 100, cash: 7, seed: 3}\nlimits: {lines: 5}\nfaults: [{do: drop}]\n"
    )
    options = _options(f"--scenario={path}", "--seed=4", "--read-only")
    assert (options.speed, options.cash, options.seed) == (100.0, Decimal(7), 4)
    assert options.limits == Limits(lines=5, read_only=True)
    assert [step.action for step in options.faults] == [a.Drop()]


@pytest.mark.parametrize(
    "text",
    ["options: {sped: 1}", "options: {cash: lots}", "limits: {lies: 1}", "options: {faults: []}"],
)
def test_scenario_with_an_impossible_option_is_refused(tmp_path: Path, text: str) -> None:
    """Before anything starts."""
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="mine"):
        _options(f"--scenario={path}")


def test_help_teaches_by_examples() -> None:
    """Each option of an example exists."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    text = parser.format_help()
    examples = [line.split() for line in text.splitlines() if "    ib-provider simulator" in line]
    assert len(examples) >= 6
    for words in examples:
        parser.parse_args([word for word in words[2:] if word != "&"])


@pytest.mark.parametrize("argument", ["--cash=lots", "--position=IBM", "--position==5"])
def test_text_that_is_no_amount_is_a_usage_error(argument: str) -> None:
    """Exit code 2, before anything starts."""
    with pytest.raises(SystemExit):
        _options(argument)
