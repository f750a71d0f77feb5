# SPDX-License-Identifier: Apache-2.0
"""Legs that are due and have no market: they wait for it until an end, or are given up.

A halt, and a market that is closed, are as the portfolio's ``no_market`` has them. Whatever is
given up is kept with its reason, so that no later call sends it, and a later wave can go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import Book, market_stop
from ib_provider.usecases.leg_progress import LegProgress, read_progress, wave_at_work
from ib_provider.usecases.progress import Progress

__all__ = ["is_withheld", "withhold"]

#: Between two looks at a market that is halted, or closed for no known time.
_LOOK_AGAIN: Final = timedelta(seconds=15)


def is_withheld(plan: OrderPlan, leg: PlanLeg, book: Book) -> bool:
    """Return whether a leg is not sent now because nothing trades in it."""
    if plan.rules is None or plan.rules.no_market == "refuse":
        return False
    # An auction's order is sent before its market opens.
    return bool(market_stop(leg.instrument_id, book)) and leg.cut_off is None and not leg.is_exit


def withhold(
    ledger: Ledger,
    *,
    plan: OrderPlan,
    legs: Sequence[LegProgress],
    book: Book,
    tell: Progress,
) -> tuple[Sequence[LegProgress], datetime | None]:
    """Return the legs after those were given up that wait no more, and when to look again.

    Returns:
        None for the instant where nothing waits for a market.
    """
    now, looks, given_up = datetime.now(UTC), [], False
    wave = wave_at_work(legs)
    for item in legs:
        is_due = item.leg.wave == wave and item.next_attempt is not None
        if not is_due or not is_withheld(plan, item.leg, book):
            continue
        stop = market_stop(item.leg.instrument_id, book)
        until = _until(plan)
        if now < until:
            looks.append(min(until, now + _wait(item.leg, book)))
            tell(f"{item.leg.instrument_id}: {stop}, waiting until {until:%F %T} UTC at most")
            continue
        why = f"{stop}, given up"
        ledger.give_up(plan, item.index, traded=item.executed, why=why, at=now)
        tell(f"{item.leg.instrument_id}: {why}")
        given_up = True
    return (read_progress(ledger, plan) if given_up else legs), min(looks, default=None)


def _until(plan: OrderPlan) -> datetime:
    """Return until when a leg of a plan may wait for its market; skipping is not waiting."""
    rules = plan.rules
    if rules is None or rules.no_market != "wait" or rules.wait_s is None:
        return plan.as_of
    return plan.as_of + timedelta(seconds=float(rules.wait_s))


def _wait(leg: PlanLeg, book: Book) -> timedelta:
    spans = book.sessions.get(leg.instrument_id, ())
    if book.market_time is None or book.is_open(leg.instrument_id) is not False or not spans:
        return _LOOK_AGAIN
    return max(spans[0].begin - book.market_time, timedelta(seconds=1))
