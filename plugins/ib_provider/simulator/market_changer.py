# SPDX-License-Identifier: Apache-2.0
"""Carries out what a scenario does to the market's history."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import singledispatch
from typing import Any

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.faults.market_changes import (
    CloseEarly,
    CloseVenue,
    MarketChange,
    Relist,
    ReviseBars,
    Settle,
    SplitShares,
)
from ib_provider.simulator.market.alterations import Alterations, Revision
from ib_provider.simulator.market.hours import zone_of
from ib_provider.simulator.market.splits import Split

__all__ = ["change_market"]


def change_market(brokerage: Brokerage, change: MarketChange) -> None:
    """Make a change, and have everything forgotten that was computed before it."""
    if isinstance(change, Relist):
        brokerage.contracts.relist(change.con_id, change.new_con_id)
        return
    _make(change, brokerage.market.alterations)
    brokerage.market.altered()
    brokerage.floor.look_again()
    if isinstance(change, SplitShares):
        brokerage.splits.announce(_split_of(change))


@singledispatch
def _make(change: Any, alterations: Alterations) -> None:  # noqa: ARG001
    raise TypeError(f"not a change of the market: {change!r}")


@_make.register
def _split(change: SplitShares, alterations: Alterations) -> None:
    alterations.split(_split_of(change))


def _split_of(change: SplitShares) -> Split:
    return Split(symbol=change.symbol, session=change.session, ratio=change.ratio)


@_make.register
def _revise(change: ReviseBars, alterations: Alterations) -> None:
    revision = Revision(close=1 + change.percent / 100, volume=change.volume)
    alterations.revise(change.symbol, change.session, revision)


@_make.register
def _settle(change: Settle, alterations: Alterations) -> None:
    alterations.settle(change.symbol, change.session, 1 + change.percent / 100)


@_make.register
def _close(change: CloseVenue, alterations: Alterations) -> None:
    alterations.calendar.close(change.venue, change.session)
    alterations.noted()


@_make.register
def _close_early(change: CloseEarly, alterations: Alterations) -> None:
    at = time.fromisoformat(change.close)
    local = datetime.combine(change.session, at, tzinfo=zone_of(change.venue))
    alterations.calendar.close_early(change.venue, change.session, local.astimezone(UTC))
    alterations.noted()
