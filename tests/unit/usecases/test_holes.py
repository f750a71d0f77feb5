# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ib_provider.usecases.holes import Holes

START = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def test_hole_reaches_from_the_last_value_to_the_next() -> None:
    """Told twice it is one; the first one begins with the window."""
    holes = Holes()
    holes.open(START)
    holes.see(at(2))
    holes.see(at(5))
    holes.open(START)
    holes.open(START)
    holes.see(at(9))
    assert holes.until(at(60)) == [(START, at(2)), (at(5), at(9))]


def test_hole_without_an_end_lasts_to_the_window_s() -> None:
    """Nothing came after the loss."""
    holes = Holes()
    holes.see(at(5))
    holes.open(START)
    holes.see(None)
    assert holes.until(at(60)) == [(at(5), at(60))]


def test_values_without_a_loss_leave_no_hole() -> None:
    """However far they are apart: a quiet market is no outage."""
    holes = Holes()
    holes.see(at(1))
    holes.see(at(50))
    assert holes.until(at(60)) == []
