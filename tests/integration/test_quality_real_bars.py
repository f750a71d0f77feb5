# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.finding import Severity
from ib_provider.quality import judge, judge_all
from ib_provider.store import BarStore
from ib_provider.symbology.sessions import sessions
from tests.support.bar_tables import FETCHED_AT, series_key

_VENUES = {"AAPL": "NASDAQ", "GOOG": "NASDAQ", "IBM": "NYSE", "MSFT": "NASDAQ", "FB": "NASDAQ"}
_PRICES = ["open", "high", "low", "close", "volume"]


@pytest.fixture(scope="module")
def bars() -> dict[SeriesKey, pa.Table]:
    """Return thirteen years of real daily bars of five names."""
    source = Path(str(files("bokeh_sampledata") / "_data" / "stocks.csv.gz"))
    frame = pd.read_csv(source, parse_dates=["Date"]).rename(columns=str.lower)
    tables = {}
    for symbol, rows in frame.groupby("ticker"):
        count = len(rows)
        columns = {name: rows[name].to_numpy("float64") for name in _PRICES}
        tables[series_key(f"{symbol}.{_VENUES[str(symbol)]}")] = pa.table(
            {
                "ts": pa.nulls(count, pa.timestamp("us", "UTC")),
                "session": pa.array(rows["date"].dt.date, pa.date32()),
                **columns,
                "wap": pa.nulls(count, pa.float64()),
                "bar_count": pa.nulls(count, pa.int32()),
            }
        ).cast(BAR_SCHEMA)
    return tables


def _sessions(key: SeriesKey) -> tuple[date, ...]:
    venue = key.instrument_id.rpartition(".")[2]
    return sessions(venue, date(2000, 3, 1), date(2013, 3, 2))


def test_judge_real_bars_against_the_real_calendar_finds_their_jumps_and_no_more(
    bars: dict[SeriesKey, pa.Table],
) -> None:
    """All 12,154 bars are consistent, on sessions, and no session between them is missing.

    The file is not adjusted: three splits and the day on which Apple warned of its earnings, after
    which it lost half its worth, are shown, and stop nothing.
    """
    found = judge_all({key: (table, _sessions(key)) for key, table in bars.items()})
    assert sum(table.num_rows for table in bars.values()) == 12_154
    jumps = {
        (key.instrument_id, row[:10])
        for key, findings in found.items()
        for finding in findings
        for row in finding.rows
    }
    assert {finding.check for findings in found.values() for finding in findings} == {"price_jumps"}
    assert jumps == {
        ("AAPL.NASDAQ", "2000-06-21"),
        ("AAPL.NASDAQ", "2000-09-29"),
        ("AAPL.NASDAQ", "2005-02-28"),
        ("MSFT.NASDAQ", "2003-02-18"),
    }


def test_judge_then_keep_apart_or_publish(bars: dict[SeriesKey, pa.Table], tmp_path: Path) -> None:
    """One falsified high among 3,270 bars is found, and that series alone is not published."""
    store = BarStore(tmp_path)
    falsified = series_key("IBM.NYSE")
    for key, table in bars.items():
        answer = table
        if key == falsified:
            high = table["high"].to_pylist()
            high[1000] = 1.0
            answer = table.set_column(3, BAR_SCHEMA.field("high"), pa.array(high))
        first, last = table["session"][0].as_py(), table["session"][-1].as_py()
        store.stage(
            "run", key, 1, answer, start=first, end=last + timedelta(days=1), fetched_at=FETCHED_AT
        )
    for staged in store.staged("run"):
        found = judge(store.read_staged(staged), staged.key, expected=_sessions(staged.key))
        if any(finding.severity is Severity.CRITICAL for finding in found):
            store.quarantine(staged, found)
        else:
            store.publish(staged)
    assert set(store.keys()) == set(bars) - {falsified}
    reasons = list(tmp_path.glob("quarantine/**/*.findings.json"))
    assert len(reasons) == 1
    assert f"{bars[falsified]['session'][1000]} high 1.0 < low" in reasons[0].read_text()
