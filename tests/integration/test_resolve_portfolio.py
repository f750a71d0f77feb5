# SPDX-License-Identifier: Apache-2.0
"""Targets from a file, from a query over a real store, and from another task's output."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ib_provider.config import Settings
from ib_provider.domain.account import TradingMode
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.portfolio import TargetKind
from ib_provider.errors import ConfigError
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.usecases.average_volumes import average_volumes
from ib_provider.usecases.read_yaml import read_limits
from ib_provider.usecases.resolve_portfolio import read_given, resolve_portfolio
from tests.support.bar_tables import daily_bars

ROOT = Path(__file__).parents[2]
NOW = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)
GIVEN = {
    "as_of": "2013-03-04T14:00:00+00:00",
    "targets": [{"instrument": "AAPL.NASDAQ", "weight": "0.1"}],
}
FILE = """
name: given
currency: USD
cash_buffer: 0.02
drift_band: 0.01
collar_bp: 30
unlisted: keep
min_order_value: 500
targets: given
max_age_hours: 2
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give an installation with the files that ship and one more portfolio."""
    include = tmp_path / "include"
    shutil.copytree(ROOT / "include", include)
    (include / "portfolios" / "given.yaml").write_text(FILE, encoding="utf-8")
    return Settings(home=tmp_path / "var", ledger_url="sqlite:///x", include=include)


def problems(settings: Settings, name: str, **more: Any) -> list[str]:
    """Return the problems of what must not be accepted."""
    with pytest.raises(ConfigError) as refused:
        resolve_portfolio(settings, name, now=NOW, **more)
    return list(refused.value.problems)


def test_given_targets_are_read_with_the_files_rules(settings: Settings) -> None:
    """An upstream task's decimals come as text, as JSON keeps them exactly."""
    portfolio = resolve_portfolio(settings, "given", targets=GIVEN, now=NOW)
    assert [target.amount for target in portfolio.targets] == [Decimal("0.1")]
    assert portfolio.as_of == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"as_of": "2013-03-04T12:59:59+00:00"}, "as_of: 2013-03-04 12:59:59+00:00 is 2:00:01 ago"),
        ({"as_of": "yesterday"}, "as_of: 'yesterday' is no time in ISO form"),
        ({"as_of": "2013-03-04T14:00:00"}, "as_of: 2013-03-04 14:00:00 has no time zone"),
        ({"as_of": 5}, "as_of: a number where a time is expected"),
        ({"as_of": "2013-03-04T16:00:00+00:00"}, "is in the future"),
        ({"extra": 1}, "extra: unknown key"),
        ({"targets": []}, "targets: an empty list"),
        ({"targets": "AAPL"}, "targets: text 'AAPL'"),
        (
            {"targets": [{"instrument": "AAPL.NASDAQ", "weight": "much"}]},
            "targets[0].weight: text 'much' where a number is expected",
        ),
        (
            {"targets": [{"instrument": "AAPL.NASDAQ", "weight": "NaN"}]},
            "targets[0].weight: NaN is not a number to work with",
        ),
    ],
)
def test_given_targets_that_are_stale_or_wrong_are_told(
    settings: Settings, changes: dict[str, Any], problem: str
) -> None:
    """A list that nobody dated, or that is old, is not traded on."""
    found = problems(settings, "given", targets=GIVEN | changes)
    assert any(problem in line for line in found), found


def test_targets_have_exactly_one_source(settings: Settings) -> None:
    """Given to a file that has its own, or missing where they were to be given."""
    assert problems(settings, "given") == ["targets: given, and no task gave any"]
    assert "targets: a task gave some" in problems(settings, "demo", targets=GIVEN)[0]
    assert problems(settings, "given", targets={"targets": []}) == ["as_of: missing"]


def test_given_targets_may_be_json_text() -> None:
    """What Airflow renders into a template is text."""
    assert read_given("x", '{"as_of": "t", "targets": []}') == {"as_of": "t", "targets": []}
    assert read_given("x", None) is None
    for text in ("no json", "[]"):
        with pytest.raises(ConfigError, match="targets: "):
            read_given("x", text)


@pytest.fixture
def market(settings: Settings) -> Settings:
    """Give the installation with 150 daily bars of four names, each rising at its own pace."""
    store = BarStore(settings.market)
    days = [date(2012, 8, 1) + timedelta(days=n) for n in range(150)]
    for pace, name in enumerate(("AAPL.NASDAQ", "GOOG.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ")):
        key = SeriesKey(instrument_id=name, spec=BarSpec())
        closes = [100.0 + n * pace for n in range(150)]
        publish(store, key, days, closes)
    rebuild_catalog(settings.market, ())
    return settings


def publish(store: BarStore, key: SeriesKey, days: list[date], closes: list[float]) -> None:
    """Store daily bars with these closes and a volume of a thousand a day, growing by one."""
    bars = daily_bars(days, replace={"close": dict(enumerate(closes))})
    staged = store.stage(
        "b", key, 1, bars, start=days[0], end=days[-1] + timedelta(days=1), fetched_at=NOW
    )
    store.publish(staged)


def test_query_over_the_store_brings_targets(market: Settings) -> None:
    """The three that rose most, as the query that ships finds them."""
    now = datetime(2012, 12, 29, tzinfo=UTC)
    portfolio = resolve_portfolio(market, "momentum", now=now)
    assert [(t.instrument_id, t.kind, t.amount) for t in portfolio.targets] == [
        (name, TargetKind.WEIGHT, Decimal("0.30"))
        for name in ("MSFT.NASDAQ", "IBM.NYSE", "GOOG.NASDAQ")
    ]
    assert portfolio.as_of == datetime(2012, 12, 28, 21, 0, tzinfo=UTC)
    assert "ago, more than 4 days" in problems(market, "momentum")[0]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT 'AAPL.NASDAQ' AS instrument, 0.1 AS weight", "as_of: a column with one time"),
        ("SELECT 1 WHERE false", "targets: the query found no rows"),
        ("SELEC", "Parser Error"),
        ("SELECT x FROM nowhere", "nowhere"),
        (
            "SELECT 'AAPL.NASDAQ' AS instrument, 'NaN'::DOUBLE AS weight, now() AS as_of",
            "targets[0].weight: nan is not a number to work with",
        ),
    ],
)
def test_query_that_brings_no_targets_is_told(market: Settings, query: str, problem: str) -> None:
    """A query without rows is no wish to sell everything."""
    (market.include / "queries" / "momentum.sql").write_text(query, encoding="utf-8")
    found = problems(market, "momentum")
    assert any(problem in line for line in found), found


def test_average_volume_is_of_the_last_twenty_sessions(market: Settings) -> None:
    """Of 1,000 to 1,149 a day the last twenty are 1,139.5 on average; old bars say nothing."""
    ids = ("AAPL.NASDAQ", "XYZ.NYSE")
    found = average_volumes(market.market, ids, on=date(2012, 12, 29))
    assert found == {"AAPL.NASDAQ": Decimal(1140)}
    assert average_volumes(market.market, ids, on=date(2013, 6, 1)) == {}


@pytest.mark.parametrize("name", ["demo", "long-short", "currencies", "futures", "fractional"])
def test_portfolio_that_ships_is_read(settings: Settings, name: str) -> None:
    """Each example is what its first lines say."""
    portfolio = resolve_portfolio(settings, name, now=NOW)
    assert portfolio.name == name
    assert portfolio.targets


def test_limits_that_ship_are_read(settings: Settings) -> None:
    """Both are of paper accounts, and differ in what may be traded."""
    narrow, wide = (read_limits(settings.include, name) for name in ("demo", "wide"))
    assert narrow.trading_mode is wide.trading_mode is TradingMode.PAPER
    assert set(narrow.sec_types) < set(wide.sec_types)
    assert replace(narrow, name="wide") != wide
