# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import argparse
from datetime import UTC, date, datetime

import pytest

from ib_provider.cli.series_arguments import (
    SessionRange,
    add_range_arguments,
    add_spec_arguments,
    wanted_range,
    wanted_specs,
)
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.errors import ConfigError

NOW = datetime(2013, 3, 4, 15, tzinfo=UTC)


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_range_arguments(parser)
    add_spec_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        (("--start", "2013-01-02"), date(2013, 1, 2), date(2013, 3, 5)),
        (("--start", "2013-01-02", "--end", "2013-02-01"), date(2013, 1, 2), date(2013, 2, 1)),
        (("--last", "5d"), date(2013, 2, 28), date(2013, 3, 5)),
        (("--last", "2 weeks", "--end", "2013-02-15"), date(2013, 2, 1), date(2013, 2, 15)),
        (("--last", "1Y", "--end", "2013-01-01"), date(2012, 1, 1), date(2013, 1, 1)),
    ],
)
def test_range_is_read_from_its_end(words: tuple[str, ...], start: date, end: date) -> None:
    """The last day is today where none was said; a span is never cut short."""
    assert wanted_range(parse(*words), now=NOW) == SessionRange(start=start, end=end)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--start", "2013-01-02", "--last", "5d"),
        ("--last", "0d"),
        ("--last", "-1d"),
        ("--last", "5"),
        ("--start", "2013-03-01", "--end", "2013-03-01"),
    ],
)
def test_range_that_is_none_is_refused(words: tuple[str, ...]) -> None:
    """A slip of the pen is not "everything"."""
    with pytest.raises(ConfigError):
        wanted_range(parse(*(f"{a}={b}" for a, b in zip(words[::2], words[1::2], strict=True))))


def test_specs_are_read_once_each_and_all_problems_told() -> None:
    """Several kinds at once; the daily one where none was said."""
    assert wanted_specs(parse()) == (BarSpec(),)
    words = ("--spec", "1-hour-mid", "--spec", "1-HOUR-MID", "--spec", "1-DAY-LAST", "--all-hours")
    hour = BarSpec(size=BarSize.HOUR_1, what=WhatToShow.MIDPOINT, rth=False)
    assert wanted_specs(parse(*words)) == (hour, BarSpec(rth=False))
    with pytest.raises(ConfigError) as caught:
        wanted_specs(parse("--spec", "7-DAY-LAST", "--spec", "1-DAY-LOST"))
    assert len(caught.value.problems) == 2
