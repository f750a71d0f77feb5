# SPDX-License-Identifier: Apache-2.0
"""Decide a rebalance once: the same key brings the same plan, whoever asks again."""

from __future__ import annotations

from datetime import UTC, datetime

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import TradingMode
from ib_provider.domain.limits_override import LimitsOverride
from ib_provider.domain.portfolio import Limits, OrderPlan, Portfolio
from ib_provider.errors import LedgerError, LimitBreached
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import check_limits, make_plan, valued_without
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.exits_at_work import exit_groups
from ib_provider.usecases.locked_legs import locked_legs
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.read_book import read_book
from ib_provider.usecases.read_history import read_history

__all__ = ["plan_rebalance"]


async def plan_rebalance(
    client: IbClient,
    *,
    ledger: Ledger,
    store: InstrumentStore,
    portfolio: Portfolio,
    limits: Limits,
    account: str,
    key: str,
    keep: bool = True,
    override: LimitsOverride | None = None,
    progress: Progress = silent,
) -> OrderPlan:
    """Return the plan of this rebalance, made now or found in the ledger.

    Args:
        key: What this rebalance is: a session date or an ad-hoc id. It never trades twice.
        keep: False for a dry run: the plan is shown and the key stays free.
        override: What of ``limits`` was loosened for this plan; kept with it.

    Raises:
        LimitBreached: The plan breaks a limit, or trades what is locked; it is not kept, so a
            mended one can take its key.
        LedgerError: The plan of this key was made under other limits than are asked for.
        WrongAccount: The gateway's login does not hold the account.
    """
    if (stored := ledger.find_plan(account, portfolio.name, key)) is not None:
        progress(f"plan {stored.plan_id[:12]} of {key}: made before, at {stored.as_of:%F %T} UTC")
        if keep and override is not None:
            _keep_override(ledger, stored, override)
        return stored
    book = await read_book(
        client,
        store=store,
        account=account,
        currency=portfolio.currency,
        ids=[target.instrument_id for target in portfolio.targets],
        with_volumes=limits.max_adv is not None or portfolio.max_participation is not None,
        with_sessions=portfolio.needs_sessions,
        progress=progress,
    )
    now = datetime.now(UTC)
    if portfolio.no_market == "wait":
        book = valued_without(book, ())
    plan = make_plan(portfolio, book, key=key, as_of=now)
    if portfolio.no_market == "skip":
        book = valued_without(book, [leg.instrument_id for leg in plan.legs])
    history = read_history(
        ledger, account=account, limits=limits, now=now, exits=exit_groups(ledger, account)
    )
    mode = TradingMode.of(account)
    breaches = [
        *check_limits(plan, book, limits, history=history, mode=mode, now=now),
        *locked_legs(ledger, plan, plan.legs),
    ]
    if breaches:
        raise LimitBreached(breaches)
    progress(f"plan {plan.plan_id[:12]} of {key}: {len(plan.entries)} orders")
    if not keep:
        return plan
    stored = ledger.save_plan(plan)
    if override is not None:
        _keep_override(ledger, stored, override)
    return stored


def _keep_override(ledger: Ledger, plan: OrderPlan, override: LimitsOverride) -> None:
    """Keep with the plan what was loosened for it.

    Raises:
        LedgerError: Other limits were loosened for it, or it was judged without.
    """
    kept = ledger.save_override(plan.plan_id, override)
    if kept.values != override.values:
        raise LedgerError(
            f"plan {plan.plan_id[:12]} of {plan.key} was made with {kept}; "
            "take a new key for other limits"
        )
