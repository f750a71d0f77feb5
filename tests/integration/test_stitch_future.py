# SPDX-License-Identifier: Apache-2.0
"""Continuous futures from contracts on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.roll_rule import RollRule
from ib_provider.errors import ConfigError
from ib_provider.store.bar_store import BarStore
from ib_provider.store.continuous_store import ContinuousStore
from ib_provider.symbology.sessions import sessions
from ib_provider.usecases.stitch_future import Adjustment, stitch_future
from tests.support.bar_tables import FETCHED_AT
from tests.support.instrument_values import AAPL

SPEC = BarSpec(rth=False)
DAYS = sessions("NYSE", date(2012, 1, 3), date(2012, 12, 31))
#: Each contract trades at the market's price plus a premium of its own: its cost of carry.
CHAIN = (("H", 0, 50, 0.0), ("M", 10, 110, 2.0), ("U", 60, 170, 5.0))


def instrument(name: str, last: int) -> Instrument:
    contract = replace(
        AAPL.contract, sec_type=SecType.FUT, primary_exchange="", exchange="NYSE", symbol="ZZ"
    )
    return replace(AAPL, instrument_id=f"ZZ{name}12.NYSE", contract=contract, expiry=DAYS[last])


def market(position: int) -> float:
    """Return the price without any premium on a session."""
    return 100.0 + position


@pytest.fixture
def store(tmp_path: Path) -> BarStore:
    bars = BarStore(tmp_path)
    for name, first, last, premium in CHAIN:
        positions = range(first, last + 1)
        price = [market(i) + premium for i in positions]
        table = pa.table(
            {
                "ts": pa.nulls(len(price), pa.timestamp("us", "UTC")),
                "session": [DAYS[i] for i in positions],
                "open": price,
                "high": [value + 1 for value in price],
                "low": [value - 1 for value in price],
                "close": price,
                "volume": [1000.0] * len(price),
                "wap": price,
                "bar_count": [1] * len(price),
            },
            schema=BAR_SCHEMA,
        )
        key = SeriesKey(instrument_id=f"ZZ{name}12.NYSE", spec=SPEC)
        bars.publish(
            bars.stage(
                "b", key, 1, table, start=DAYS[0], end=date(2013, 1, 1), fetched_at=FETCHED_AT
            )
        )
    return bars


def stitched(bars: BarStore, adjustment: Adjustment) -> pa.Table:
    report = stitch_future(
        bars=bars,
        continuous_id="ZZ.NYSE",
        contracts=[instrument(name, last) for name, _, last, _ in CHAIN],
        spec=SPEC,
        rule=RollRule(),
        adjustment=adjustment,
    )
    assert [roll.session for roll in report.rolls] == [DAYS[45], DAYS[105]]
    store = ContinuousStore(bars.root)
    assert store.rolls(report.key, report.variant) == report.rolls
    return store.read(report.key, report.variant)


def test_difference_takes_the_premiums_out_of_every_move(store: BarStore) -> None:
    """Adjusted by difference, the series moves as the market did, and ends at today's price."""
    table = stitched(store, Adjustment.DIFFERENCE)
    assert table["session"].to_pylist() == list(DAYS[:171])
    assert table["close"].to_pylist() == pytest.approx([market(i) + 5.0 for i in range(171)])
    assert table["high"].to_pylist() == pytest.approx([market(i) + 6.0 for i in range(171)])


def test_every_bar_says_its_contract_and_its_own_close(store: BarStore) -> None:
    """What was traded can be told from what was adjusted."""
    table = stitched(store, Adjustment.DIFFERENCE)
    ids = table["instrument_id"].to_pylist()
    assert (ids[44], ids[45], ids[104], ids[105]) == (
        "ZZH12.NYSE",
        "ZZM12.NYSE",
        "ZZM12.NYSE",
        "ZZU12.NYSE",
    )
    assert table["unadjusted_close"].to_pylist()[44:46] == [market(44), market(45) + 2.0]


def test_ratio_keeps_every_return_of_the_contract_held(store: BarStore) -> None:
    """Adjusted by ratio, a return over a roll is that of one contract over the same session."""
    closes = stitched(store, Adjustment.RATIO)["close"].to_pylist()
    assert closes[-1] == market(170) + 5.0
    assert closes[45] / closes[44] == pytest.approx((market(45) + 2.0) / (market(44) + 2.0))
    assert closes[44] / closes[43] == pytest.approx(market(44) / market(43))


def test_no_adjustment_leaves_the_jumps(store: BarStore) -> None:
    """The plain front contract, for whoever wants its prices."""
    table = stitched(store, Adjustment.NONE)
    assert table["close"] == table["unadjusted_close"]


def test_chain_without_bars_is_refused(tmp_path: Path) -> None:
    """An empty lake makes no empty series."""
    with pytest.raises(ConfigError, match="no contract has daily TRADES bars"):
        stitched(BarStore(tmp_path), Adjustment.RATIO)
