# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from ib_provider.config import Settings
from ib_provider.usecases.desk_view import desk_view
from ib_provider.usecases.rebalances_view import rebalances_view
from ib_provider.web.desk_page import desk_page, problem_page, rebalances_page
from tests.support.desk_home import bar_file, fill_home, home_settings


def _page(settings: Settings) -> str:
    read_at = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)
    return desk_page(desk_view(settings), settings=settings, read_at=read_at)


def test_desk_page_of_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    """Which DAG to trigger, and no table."""
    page = _page(home_settings(tmp_path))
    for dag in ("ib_instruments", "ib_bars", "ib_rebalance"):
        assert dag in page
    assert "<table>" not in page
    assert 'class="error"' not in page


def test_desk_page_shows_series_findings_and_legs(tmp_path: Path) -> None:
    """Numbers as a person reads them."""
    page = _page(fill_home(tmp_path))
    for text in ("AAPL.NASDAQ", "APPLE INC", "2012-12-24", "2013-01-04", "<svg", "6 data, 5 empty"):
        assert text in page
    assert page.index("tuesday") < page.index("monday")
    for text in ("ohlc_consistent", "critical", "and 2 more", "BUY 100", "430.010", "-0.3", "1.05"):
        assert text in page


def test_desk_page_escapes_what_others_wrote(tmp_path: Path) -> None:
    """A finding's row is text, whatever it looks like."""
    page = _page(fill_home(tmp_path))
    assert "high &lt; low &lt;b&gt;" in page
    assert "low <b>" not in page
    assert "&lt;x&gt;" in problem_page("<x>", title="no")


def test_desk_page_shows_a_damaged_file_as_an_error(tmp_path: Path) -> None:
    """Not as a home without bars."""
    settings = fill_home(tmp_path)
    damaged = bar_file(settings)
    damaged.write_bytes(b"")
    page = _page(settings)
    assert 'class="error"' in page
    assert damaged.name in page
    assert "No bars yet" not in page


def test_desk_page_needs_nothing_that_its_policy_forbids(tmp_path: Path) -> None:
    """No script, no inline style, no address elsewhere."""
    page = _page(fill_home(tmp_path))
    assert re.findall(r"<script|style=|<style|https?://|\son\w+=", page) == []
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert {address.partition("?")[0] for address in addresses} == {
        "desk",
        "desk.css",
        "rebalance",
        "rebalances",
        "validation",
    }


def test_rebalances_page_lists_them_with_what_they_cost(tmp_path: Path) -> None:
    """One order filled, one never sent: the sum is not known, and each has its badge."""
    at = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)
    page = rebalances_page(rebalances_view(fill_home(tmp_path)), read_at=at)
    for text in ("1 filled", "1 not sent", "unknown", "rebalance?plan="):
        assert text in page, text
    empty = rebalances_page(rebalances_view(home_settings(tmp_path / "x")), read_at=at)
    assert "No plan yet" in empty
