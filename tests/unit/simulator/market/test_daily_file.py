# SPDX-License-Identifier: Apache-2.0
"""The daily file: what the package holds, read without pandas."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from ib_provider.errors import ConfigError
from ib_provider.simulator.market import daily_file
from ib_provider.simulator.market.daily_file import TICKS, daily_file_path, read_daily_file


def test_file_holds_five_symbols_and_12154_bars() -> None:
    """Sizes and spans are those the project promises."""
    rows = read_daily_file(daily_file_path())
    sizes = {symbol: len(days) for symbol, days in rows.items()}
    assert sizes == {"AAPL": 3270, "FB": 196, "GOOG": 2148, "IBM": 3270, "MSFT": 3270}
    assert {days[-1].session for days in rows.values()} == {date(2013, 3, 1)}
    assert rows["FB"][0].session == date(2012, 5, 18)
    assert rows["AAPL"][-1].high / TICKS == 438.1799


def test_file_path_without_the_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is a setting to correct, not a traceback."""
    monkeypatch.setitem(sys.modules, "bokeh_sampledata", None)
    with pytest.raises(ConfigError, match="'simulator'"):
        daily_file.daily_file_path()
