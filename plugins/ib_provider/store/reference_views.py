# SPDX-License-Identifier: Apache-2.0
"""The catalog's views over reference data besides the instruments themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ib_provider.store.catalog_views import file_view
from ib_provider.store.chain_store import ChainStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.market_rule_store import MarketRuleStore
from ib_provider.store.roll_store import RollStore

__all__ = ["CHAINS", "CONID_HISTORY", "FUTURES_ROLLS", "MARKET_RULES", "reference_views"]

#: Column of the view → its expression over the files, its type.
CONID_HISTORY: Final = MappingProxyType(
    {
        "instrument_id": ("instrument_id", "VARCHAR"),
        "con_id": ("con_id", "BIGINT"),
        "is_continuous": ("is_continuous", "BOOLEAN"),
        "valid_from": ("valid_from", "TIMESTAMPTZ"),
        "valid_to": ("valid_to", "TIMESTAMPTZ"),
    }
)
MARKET_RULES: Final = MappingProxyType(
    {
        "market_rule_id": ("market_rule_id", "BIGINT"),
        "low_edge": ("CAST(low_edge AS DOUBLE)", "DOUBLE"),
        "increment": ('CAST("increment" AS DOUBLE)', "DOUBLE"),
        "seen_at": ("seen_at", "TIMESTAMPTZ"),
    }
)
CHAINS: Final = MappingProxyType(
    {
        "underlying_id": ("underlying_id", "VARCHAR"),
        "exchange": ("exchange", "VARCHAR"),
        "trading_class": ("trading_class", "VARCHAR"),
        "expiry": ("expiry", "DATE"),
        "strike": ("CAST(strike AS DOUBLE)", "DOUBLE"),
        "right": ('"right"', "VARCHAR"),
        "is_listed": ("con_id <> 0", "BOOLEAN"),
        "con_id": ("nullif(con_id, 0)", "BIGINT"),
        "instrument_id": ("nullif(instrument_id, '')", "VARCHAR"),
        "first_seen": ("first_seen", "TIMESTAMPTZ"),
        "last_seen": ("last_seen", "TIMESTAMPTZ"),
    }
)
FUTURES_ROLLS: Final = MappingProxyType(
    {
        "root_id": ("root_id", "VARCHAR"),
        "rule": ("rule", "VARCHAR"),
        "instrument_id": ("instrument_id", "VARCHAR"),
        "con_id": ("con_id", "BIGINT"),
        "expiry": ("expiry", "DATE"),
        "start_day": ("start_day", "DATE"),
        "end_day": ("end_day", "DATE"),
    }
)

#: One row an instrument, exchange and step. IB names one rule for each exchange, in order.
_TICK_LADDERS: Final = """
CREATE VIEW tick_ladders AS
SELECT listed.instrument_id, listed.exchange, rules.market_rule_id, rules.low_edge, rules.increment
FROM (
    SELECT instrument_id, unnest(valid_exchanges) AS exchange,
           unnest(market_rule_ids) AS market_rule_id
    FROM instruments WHERE len(valid_exchanges) = len(market_rule_ids)
) AS listed JOIN market_rules AS rules USING (market_rule_id)
"""


def reference_views(root: Path) -> tuple[str, ...]:
    """Return the views over reference data, having made the files that they look at.

    The view of the instruments must be there before these.

    Raises:
        CorruptFile: A file is damaged.
        WriteConflict: Another process is writing one.
    """
    rules = MarketRuleStore(root)
    rules.upsert((), seen_at=datetime.now(UTC))
    return (
        file_view("conid_history", CONID_HISTORY, InstrumentStore(root).history_path),
        file_view("market_rules", MARKET_RULES, rules.path),
        file_view("futures_rolls", FUTURES_ROLLS, RollStore(root).touch()),
        file_view("chains", CHAINS, ChainStore(root).touch(), files="*.parquet"),
        _TICK_LADDERS,
    )
