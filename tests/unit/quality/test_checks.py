# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.finding import Severity
from ib_provider.quality.checks import CHECKS

_BAR = {"open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 5.0}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"high": 8.0}, "high 8.0 < low 9.0, high 8.0 < open 10.0, high 8.0 < close 11.0"),
        ({"low": 10.5}, "open 10.0 < low 10.5"),
        ({"close": 8.5}, "close 8.5 < low 9.0"),
    ],
)
def test_ohlc_words_name_each_broken_relation(changed: dict[str, float], words: str) -> None:
    """A person reads which price is beyond which."""
    assert CHECKS["ohlc_consistent"].describe(_BAR | changed) == words


def test_nulls_words_name_each_missing_price() -> None:
    """A null and a NaN are both missing."""
    assert CHECKS["nulls"].describe(_BAR | {"open": None, "low": float("nan")}) == (
        "open, low missing"
    )


def test_checks_that_stop_data_are_those_that_falsify_it() -> None:
    """What may be true is told, an untraded bar noted; everything else stops publication."""
    weights = {check.name: check.severity for check in CHECKS.values()}
    for name in ("missing_sessions", "session_bars", "price_jumps", "stale_prices"):
        assert weights.pop(name) is Severity.WARNING
    assert weights.pop("zero_volume") is Severity.INFO
    assert set(weights.values()) == {Severity.CRITICAL}
