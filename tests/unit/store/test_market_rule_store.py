# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ib_provider.domain.price_ladder import PriceLadder, PriceStep
from ib_provider.store.market_rule_store import MarketRuleStore

NOW = datetime(2013, 3, 4, 15, tzinfo=UTC)
NICKELS = PriceLadder(
    rule_id=32,
    steps=(
        PriceStep(low_edge=Decimal(0), increment=Decimal("0.01")),
        PriceStep(low_edge=Decimal(3), increment=Decimal("0.05")),
    ),
)
SIXTY_FOURTHS = PriceLadder(
    rule_id=9003, steps=(PriceStep(low_edge=Decimal(0), increment=Decimal("0.015625")),)
)


def test_ladders_come_back_exactly(tmp_path: Path) -> None:
    """A 64th is not a rounded double."""
    store = MarketRuleStore(tmp_path)
    store.upsert([NICKELS, SIXTY_FOURTHS], seen_at=NOW)
    assert store.get() == {32: NICKELS, 9003: SIXTY_FOURTHS}


def test_ladders_are_known_by_age(tmp_path: Path) -> None:
    """What was confirmed before a moment is asked for again."""
    store = MarketRuleStore(tmp_path)
    store.upsert([NICKELS], seen_at=NOW)
    store.upsert([SIXTY_FOURTHS], seen_at=NOW + timedelta(days=3))
    assert set(store.get(since=NOW + timedelta(days=1))) == {9003}
    assert set(store.get()) == {32, 9003}


def test_get_before_the_first_load_is_empty(tmp_path: Path) -> None:
    """Reading writes nothing."""
    assert MarketRuleStore(tmp_path).get() == {}
    assert list(tmp_path.iterdir()) == []
