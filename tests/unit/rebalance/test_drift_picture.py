# SPDX-License-Identifier: Apache-2.0
"""The picture of drifts is well-formed, to scale, and readable without eyes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

from ib_provider.rebalance import make_plan
from ib_provider.rebalance.drift_picture import drift_picture
from tests.support.books import AT, a_book, a_portfolio

SVG = "{http://www.w3.org/2000/svg}"
PRICES = {"AAPL.NASDAQ": ("100", "100"), "IBM.NYSE": ("50", "50")}


def drawn(text: str) -> ET.Element:
    """Read a picture as XML does."""
    return ET.fromstring(text)


def test_picture_shows_each_name_before_and_after() -> None:
    """Apple is ten points over and comes home; the widest drift is the scale's end."""
    book = a_book({"AAPL.NASDAQ": "6000"}, cash="400000", prices=PRICES)
    portfolio = a_portfolio({"AAPL.NASDAQ": "0.5", "IBM.NYSE": "0.05"}, buffer="0")
    root = drawn(drift_picture(make_plan(portfolio, book, key="k", as_of=AT)))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "AAPL.NASDAQ" in texts
    assert "+10.00% → 0.00%" in texts
    assert "-5.00% → 0.00%" in texts
    assert texts.index("AAPL.NASDAQ") < texts.index("IBM.NYSE")
    marks = [c for c in root.iter(f"{SVG}circle") if c.get("cy") != "40"]
    before, after = (float(mark.get("cx") or 0) for mark in marks[:2])
    # The scale runs from 190 to 590; home is in its middle.
    assert (before, after) == (590.0, 390.0)


def test_picture_escapes_what_it_is_given() -> None:
    """A name of a portfolio cannot break the picture."""
    portfolio = replace(a_portfolio({"AAPL.NASDAQ": "0.5"}), name='<a & "b">')
    text = drift_picture(make_plan(portfolio, a_book(prices=PRICES), key="k", as_of=AT))
    title = drawn(text).find(f"{SVG}title")
    assert title is not None
    assert '<a & "b">' in (title.text or "")


def test_picture_of_nothing_says_so() -> None:
    """A plan without a weight is no empty picture."""
    plan = make_plan(a_portfolio({}), a_book(prices=PRICES), key="k", as_of=AT)
    assert "no name has a weight to be off" in drift_picture(plan)


def test_picture_of_many_names_shows_the_widest_and_counts_the_rest() -> None:
    """Five hundred lines are no picture."""
    names = {f"S{n}.NYSE": ("10", "10") for n in range(500)}
    weights: dict[str, str | Decimal] = dict.fromkeys(names, "0.001")
    plan = make_plan(a_portfolio(weights, band="0"), a_book(prices=names), key="k", as_of=AT)
    root = drawn(drift_picture(plan))
    assert len(list(root.iter(f"{SVG}rect"))) == 61
    assert "440 more with less drift" in (root.get("aria-label") or "")
