# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.limits.historical_pacing import HistoricalPacing, PacedRequest


def _asked(what: str, series: str = "IBM", weight: int = 1) -> PacedRequest:
    return PacedRequest(everything=(series, what), series=series, weight=weight)


def test_identical_request_within_15_seconds_is_refused() -> None:
    """At 14.9 seconds it is, at 15 no more."""
    pacing = HistoricalPacing()
    assert pacing.violation(_asked("1 D"), 0.0) is None
    assert "identical" in (pacing.violation(_asked("1 D"), 14.9) or "")
    assert pacing.violation(_asked("1 D"), 15.0) is None


def test_sixth_request_for_one_series_within_two_seconds_is_refused() -> None:
    """Another series is not counted with it."""
    pacing = HistoricalPacing()
    for number in range(5):
        assert pacing.violation(_asked(f"{number}"), number / 10) is None
    assert pacing.violation(_asked("other", series="MSFT"), 0.6) is None
    assert "within 2 seconds" in (pacing.violation(_asked("5"), 0.7) or "")
    assert pacing.violation(_asked("5"), 2.6) is None


def test_bid_ask_counts_twice() -> None:
    """The third within two seconds is the sixth."""
    pacing = HistoricalPacing()
    for number in range(2):
        assert pacing.violation(_asked(f"{number}", weight=2), 0.0) is None
    assert pacing.violation(_asked("2", weight=2), 0.0) is not None


def test_sixty_first_request_within_ten_minutes_is_refused() -> None:
    """And is taken once the first is ten minutes old."""
    pacing = HistoricalPacing()
    for number in range(60):
        assert pacing.violation(_asked("x", series=f"{number}"), float(number)) is None
    assert "10 minutes" in (pacing.violation(_asked("x", series="61"), 599.9) or "")
    assert pacing.violation(_asked("x", series="61"), 600.0) is None


def test_refused_request_counts_for_nothing() -> None:
    """Asking again and again does not make the wait longer."""
    pacing = HistoricalPacing()
    assert pacing.violation(_asked("x"), 0.0) is None
    for second in range(1, 15):
        assert pacing.violation(_asked("x"), float(second)) is not None
    assert pacing.violation(_asked("x"), 15.0) is None
