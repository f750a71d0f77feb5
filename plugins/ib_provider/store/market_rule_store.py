# SPDX-License-Identifier: Apache-2.0
"""Price ladders by IB's market rule id, in one Parquet file: a few dozen serve every contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.price_ladder import PriceLadder, PriceStep
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["MARKET_RULE_SCHEMA", "MarketRuleStore"]

MARKET_RULE_SCHEMA: Final = pa.schema(
    [
        pa.field("market_rule_id", pa.int64(), nullable=False),
        pa.field("low_edge", pa.string(), nullable=False),
        pa.field("increment", pa.string(), nullable=False),
        pa.field("seen_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)

_Known = dict[int, tuple[PriceLadder, datetime]]


@dataclass(frozen=True, slots=True)
class MarketRuleStore:
    """Price ladders under ``root``/ref.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / "market_rules.parquet"

    def upsert(self, ladders: Iterable[PriceLadder], *, seen_at: datetime) -> None:
        """Keep ladders, each over what was known of its rule.

        Raises:
            CorruptFile: The file is damaged; delete it and load the instruments again.
            WriteConflict: Another process is writing it.
        """
        lock = self.root / "locks" / "market-rules.lock"
        with holding(lock, subject="the market rules", wait_s=self.lock_wait_s):
            known = self._known()
            merged = known | {ladder.rule_id: (ladder, seen_at) for ladder in ladders}
            if merged != known or not self.path.exists():
                write_parquet(self.path, _table(merged))

    def get(self, *, since: datetime | None = None) -> dict[int, PriceLadder]:
        """Return the ladders by rule id.

        Args:
            since: Only those that IB has confirmed since then.

        Raises:
            CorruptFile: The file is damaged.
        """
        return {
            rule_id: ladder
            for rule_id, (ladder, seen_at) in self._known().items()
            if since is None or seen_at >= since
        }

    def _known(self) -> _Known:
        try:
            rows = read_parquet(self.path, MARKET_RULE_SCHEMA).to_pylist()
        except FileNotFoundError:
            return {}
        return {
            rule_id: _ladder(rule_id, list(group))
            for rule_id, group in groupby(rows, key=lambda row: int(row["market_rule_id"]))
        }


def _table(known: Mapping[int, tuple[PriceLadder, datetime]]) -> pa.Table:
    rows = [
        {
            "market_rule_id": rule_id,
            "low_edge": format(step.low_edge, "f"),
            "increment": format(step.increment, "f"),
            "seen_at": seen_at,
        }
        for rule_id, (ladder, seen_at) in sorted(known.items())
        for step in ladder.steps
    ]
    return pa.Table.from_pylist(rows, schema=MARKET_RULE_SCHEMA)


def _ladder(rule_id: int, rows: list[dict[str, Any]]) -> tuple[PriceLadder, datetime]:
    steps = tuple(
        PriceStep(low_edge=Decimal(row["low_edge"]), increment=Decimal(row["increment"]))
        for row in rows
    )
    return PriceLadder(rule_id=rule_id, steps=steps), rows[0]["seen_at"]
