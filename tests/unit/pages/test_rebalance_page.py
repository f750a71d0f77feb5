# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from ib_provider.domain.approval import Approval
from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.limits_override import LimitsOverride, LoosenedLimit
from ib_provider.domain.plan_preview import LegPreview, PlanPreview
from ib_provider.pages.rebalance_page import rebalance_page
from tests.support.plans import AT, a_leg
from tests.support.reports import GATEWAY_AT, a_gate_record, a_leg_report, a_report, late_fill

_VOID = {"meta", "link", "rect", "circle", "line"}


class _Balance(HTMLParser):
    """Fails on the first tag that closes another one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.seen.add(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag


def _tags(page: str) -> set[str]:
    parser = _Balance()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_rebalance_page_shows_orders_costs_and_reasons() -> None:
    """One order whole, one refused: numbers as a person reads them, and the broker's words."""
    page = rebalance_page(a_report())
    for text in ("1 of 2", "BUY 100", "430.25", "430.05", "+23.50", "rejected", "error 201:"):
        assert text in page, text
    assert "without 1 order of which it is not known" in page


def test_rebalance_page_shows_gates_and_approvals() -> None:
    """Who said yes and when, what broke at the first try, and that the second passed."""
    report = a_report()
    plan_id, legs = report.plan.plan_id, [row.leg for row in report.legs]
    word = Approval(plan_id=plan_id, is_approved=True, who="Ann", at=AT, via="ib_rebalance run")
    gates = (a_gate_record(plan_id, breach="max_orders"), a_gate_record(plan_id, *legs))
    page = rebalance_page(replace(report, approvals=(word,), gates=gates))
    for text in ("Ann", "approved", "ib_rebalance run", "max_orders", "allowed 1", "passed"):
        assert text in page, text
    assert f"stood at {GATEWAY_AT:%Y-%m-%d %H:%M:%S} when ours" in page


def test_rebalance_page_escapes_what_others_wrote() -> None:
    """The broker's, a person's, a file's: nothing of it becomes markup."""
    evil = "<script>alert(1)</script>"
    leg = replace(a_leg(), instrument_id=evil)
    rejected = a_leg_report(leg, state="rejected", message=evil, market=LegMarket(end_problem=evil))
    filled = a_leg_report(
        replace(a_leg("ref-2", quantity="100"), instrument_id=evil),
        late_fill(evil, 1),
        market=LegMarket(vwap_problem=evil),
    )
    report = a_report(rejected, filled)
    row = replace(report.plan.rows[0], instrument_id=evil, note=evil)
    plan = replace(report.plan, strategy=evil, key=evil, account=evil, rows=(row,))
    word = Approval(plan_id="x", is_approved=False, who=evil, at=AT, via=evil)
    gate = replace(a_gate_record("x", breach=evil), limits=evil)
    page = rebalance_page(replace(report, plan=plan, approvals=(word,), gates=(gate,)))
    assert "script" not in _tags(page)
    assert page.count("&lt;script&gt;") > 10


@pytest.mark.parametrize("is_file", [True, False])
def test_rebalance_page_is_whole_without_a_network(*, is_file: bool) -> None:
    """No script and no address elsewhere; a file carries its style, the desk's page has none."""
    page = rebalance_page(a_report(), is_file=is_file)
    assert re.findall(r"<script|style=|https?://|\son\w+=", page) == []
    assert ("<style>" in page) is is_file
    assert ('href="desk.css"' in page) is not is_file
    assert ('href="rebalances"' in page) is not is_file
    assert _tags(page) >= {"svg", "table"}


def test_rebalance_page_says_why_a_vwap_is_not_known() -> None:
    """In words, not as a number."""
    market = LegMarket(vwap_problem="nobody traded in it")
    leg = a_leg_report(a_leg(quantity="100"), late_fill("1.01", 1), market=market)
    page = rebalance_page(a_report(leg))
    assert "AAPL.NASDAQ (nobody traded in it)" in page
    assert "nan" not in page.lower()


def test_rebalance_page_of_a_plan_that_was_not_sent_lists_no_failures() -> None:
    """A dry run, or one that waits for its approval, has not failed to fill anything."""
    page = rebalance_page(a_report(a_leg_report(a_leg(), state="not sent")))
    assert "Not filled" not in page
    assert "not sent" in page


def test_rebalance_page_of_a_plan_without_orders() -> None:
    """Nothing to trade is a page too."""
    report = replace(a_report(), legs=())
    page = rebalance_page(report)
    assert "0 of 0" in page
    assert "What it cost" not in page


def test_rebalance_page_names_the_currency_of_foreign_fees() -> None:
    """Forty pounds are not forty dollars."""
    leg = a_leg_report(a_leg(quantity="100"), late_fill("1.01", 1))
    page = rebalance_page(a_report(replace(leg, commissions=(("GBP", Decimal(40)),))))
    assert "40.00 GBP" in page


def test_rebalance_page_shows_what_was_loosened_and_what_the_broker_foresaw() -> None:
    """Who took the word for it, and the margin that it would bind."""
    report = a_report()
    loosened = LimitsOverride(
        loosened=(LoosenedLimit(name="max_turnover", value=Decimal("1.5")),),
        who="Bo",
        why="<b>index day</b>",
        at=AT,
    )
    foreseen = LegPreview(
        order_ref="ibp-demo-AAPL-1",
        instrument_id="AAPL.NASDAQ",
        commission=Decimal("1.25"),
        commission_currency="USD",
        margin_before=Decimal(1000),
        margin_change=Decimal(500),
        equity_before=Decimal(10000),
        equity_change=Decimal(-1),
        warning="margin is high",
    )
    preview = PlanPreview(plan_id=report.plan.plan_id, at=AT, legs=(foreseen,))
    page = rebalance_page(replace(report, preview=preview, override=loosened))
    for text in ("max_turnover: 1.5", "by Bo", "&lt;b&gt;index day", "1,500.00", "9,999.00",
                 "15.0 %", "1.25 USD", "margin is high"):  # fmt: skip
        assert text in page, text
