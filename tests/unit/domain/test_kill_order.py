# SPDX-License-Identifier: Apache-2.0
"""Which stops are in force: by account, and by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ib_provider.domain.kill_order import KillLevel, KillOrder, orders_in_force
from tests.support.books import AT


def a_stop(account: str = "*", *, until: datetime | None = None, at: datetime = AT) -> KillOrder:
    """Build a stop."""
    return KillOrder(
        level=KillLevel.NO_NEW_ORDERS, account=account, who="ann", why="why", at=at, until=until
    )


@pytest.mark.parametrize(
    ("stopped", "asked", "holds"),
    [("*", "DU1", True), ("DU1", "DU1", True), ("DU2", "DU1", False), ("DU2", "*", True)],
)
def test_stop_holds_for_its_account(stopped: str, asked: str, holds: bool) -> None:
    """A stop of all stops each; who asks for all sees each."""
    assert bool(orders_in_force([a_stop(stopped)], account=asked, now=AT)) == holds


def test_stop_ends_when_it_says_and_not_before() -> None:
    """The end itself is free again; without an end there is none."""
    stop = a_stop(until=AT + timedelta(seconds=1))
    assert orders_in_force([stop], account="DU1", now=AT) == (stop,)
    assert orders_in_force([stop], account="DU1", now=AT + timedelta(seconds=1)) == ()
    assert orders_in_force([a_stop()], account="DU1", now=AT + timedelta(days=9999))


def test_stop_of_a_clock_that_is_ahead_holds_at_once() -> None:
    """Another machine's clock must not keep a stop from holding."""
    assert orders_in_force([a_stop(at=AT + timedelta(hours=1))], account="DU1", now=AT)


def test_stop_reads_as_who_why_and_until_when() -> None:
    """The audit's words are in the refusal."""
    text = str(a_stop(until=AT + timedelta(hours=1)))
    assert text == (
        "no-new-orders by ann at 2013-03-04 15:00:00 UTC: why "
        "(until 2013-03-04 16:00:00 UTC, ledger)"
    )
    assert "until it is lifted" in str(a_stop())
