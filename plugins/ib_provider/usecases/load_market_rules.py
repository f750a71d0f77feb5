# SPDX-License-Identifier: Apache-2.0
"""Market rules that instruments name in, price ladders in the store out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument
from ib_provider.domain.price_ladder import PriceLadder
from ib_provider.errors import RequestFailed, RequestTimeout
from ib_provider.store.market_rule_store import MarketRuleStore

__all__ = ["load_market_rules"]

#: Exchanges change their ladders a few times a decade.
_MAX_AGE: Final = timedelta(days=7)


async def load_market_rules(
    client: IbClient,
    *,
    store: MarketRuleStore,
    instruments: Iterable[Instrument],
    max_age: timedelta = _MAX_AGE,
) -> dict[int, str]:
    """Ask for the ladders of the instruments that are not known or older than ``max_age``.

    Returns:
        Why a ladder could not be had, by rule id. An instrument without its ladder is still one.

    Raises:
        ConnectionLost: What was answered until then is kept.
    """
    now = datetime.now(UTC)
    wanted = {rule for item in instruments for rule in item.market_rule_ids}
    missing = sorted(wanted - set(store.get(since=now - max_age)))
    found: list[PriceLadder] = []
    failed: dict[int, str] = {}
    try:
        # One after another: IB's refusal of a rule does not say which rule it means.
        for rule_id in missing:
            try:
                found.append(await client.market_rule(rule_id))
            except (RequestFailed, RequestTimeout) as error:
                failed[rule_id] = str(error)
    finally:
        if found:
            store.upsert(found, seen_at=now)
    return failed
