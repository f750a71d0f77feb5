# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ib_provider.config import Settings
from ib_provider.domain.finding import Severity
from ib_provider.usecases.validation_view import series_findings, validation_view
from ib_provider.web.validation_page import findings_link, findings_page, validation_page
from tests.support.desk_home import KEY, a_finding, fill_home, home_settings, open_ledger

AT = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)


def _page(settings: Settings) -> str:
    return validation_page(validation_view(settings), read_at=AT)


def test_validation_page_shows_findings_by_severity_and_series(tmp_path: Path) -> None:
    """The gravest first, with what the check demands, linked to the series."""
    page = _page(fill_home(tmp_path))
    assert page.index(">critical<") < page.index(">warning<")
    for text in ("low &lt;= open, close &lt;= high", "ohlc_consistent", "and 2 more", "tuesday"):
        assert text in page, text
    assert (
        page.count("findings?instrument=AAPL.NASDAQ&amp;bar=1+day&amp;what=TRADES&amp;rth=1") >= 3
    )


def test_validation_page_of_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    """And shows no error."""
    page = _page(home_settings(tmp_path))
    assert "ib_bars" in page
    assert "Nothing waits" in page
    assert 'class="error"' not in page


def test_validation_page_escapes_what_others_wrote(tmp_path: Path) -> None:
    """A batch's name and a row are text."""
    settings = fill_home(tmp_path)
    with open_ledger(settings) as ledger:
        ledger.record_findings("<script>", [a_finding("sessions", Severity.INFO)])
    for page in (_page(settings), findings_page(series_findings(settings, KEY), read_at=AT)):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert "low <b>" not in page


def test_validation_page_needs_nothing_that_its_policy_forbids(tmp_path: Path) -> None:
    """No script, no inline style, no address elsewhere."""
    settings = fill_home(tmp_path)
    for page in (_page(settings), findings_page(series_findings(settings, KEY), read_at=AT)):
        assert re.findall(r"<script|style=|<style|https?://|\son\w+=", page) == []


def test_findings_page_names_every_row_and_the_query(tmp_path: Path) -> None:
    """What an analyst types to see all of the bars."""
    page = findings_page(series_findings(fill_home(tmp_path), KEY), read_at=AT)
    assert "high &lt; low &lt;b&gt;" in page
    assert "FROM bars_of(&#39;AAPL.NASDAQ&#39;)" in page


def test_findings_link_carries_any_id() -> None:
    """A pair's slash and a space are no address of their own."""
    link = findings_link(replace(KEY, instrument_id="EUR/USD.IDEALPRO&x=1"))
    assert link.startswith("findings?instrument=EUR%2FUSD.IDEALPRO%26x%3D1&")
