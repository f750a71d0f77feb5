# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from ib_provider.domain.leg_market import LegMarket
from ib_provider.rebalance.shortfall_picture import shortfall_picture
from tests.support.plans import a_leg
from tests.support.reports import a_leg_report, a_report, late_fill

_SVG = "{http://www.w3.org/2000/svg}"


def _bars(picture: str, part: str) -> list[tuple[float, float]]:
    """Return where the bars of a part begin and end, without the legend's square."""
    found = ET.fromstring(picture).findall(f"{_SVG}rect[@class='{part}']")
    return [
        (float(bar.attrib["x"]), float(bar.attrib["x"]) + float(bar.attrib["width"]))
        for bar in found
        if bar.find(f"{_SVG}title") is not None
    ]


def _axis(picture: str) -> float:
    (line,) = ET.fromstring(picture).findall(f"{_SVG}line[@class='axis']")
    return float(line.attrib["x1"])


def test_shortfall_picture_lays_the_parts_end_to_end_from_the_axis() -> None:
    """Delay 2.5, trading 20 and a fee of 1: widths as these, each where the last ended."""
    leg = a_leg(quantity="100")
    fill = late_fill("1.01", 1, quantity="100", price="430.25")
    picture = shortfall_picture(a_report(a_leg_report(leg, fill)))
    (delay,), (trading,), (fees,) = (_bars(picture, name) for name in ("delay", "trading", "fees"))
    assert delay[0] == _axis(picture)
    assert abs(trading[0] - delay[1]) < 0.2
    assert abs(fees[0] - trading[1]) < 0.2
    assert abs((trading[1] - trading[0]) / (delay[1] - delay[0]) - 8) < 0.1
    assert "+23.50 · +5.5 bp" in picture  # of 43,002.50


def test_shortfall_picture_of_a_gain_goes_left() -> None:
    """Bought below the arrival price: trading ends at the axis."""
    fill = late_fill("1.01", 1, quantity="100", price="429.95")
    picture = shortfall_picture(a_report(a_leg_report(a_leg(quantity="100"), fill)))
    ((left, right),) = _bars(picture, "trading")
    assert left < right
    assert abs(right - _axis(picture)) < 0.2


def test_shortfall_picture_says_what_is_not_known_first() -> None:
    """An order that was refused, of which nobody knows where the market went, is on top."""
    picture = shortfall_picture(a_report())
    assert picture.index("not known in full") < picture.index(" bp</text>")


def test_shortfall_picture_escapes_names_and_is_well_formed() -> None:
    """Whatever an instrument is called, also with a control character in it."""
    leg = replace(a_leg(), instrument_id='<script>"\x07&')
    picture = shortfall_picture(a_report(a_leg_report(leg, market=LegMarket())))
    ET.fromstring(picture)
    assert "<script>" not in picture


def test_shortfall_picture_of_no_order_says_so() -> None:
    """Not an empty frame."""
    report = replace(a_report(), legs=())
    assert "no order was planned" in shortfall_picture(report)


def test_shortfall_picture_of_many_orders_counts_those_it_leaves_out() -> None:
    """Sixty lines are the most."""
    legs = [
        a_leg_report(a_leg(f"ref-{n}", quantity="1"), late_fill(f"{n}.01", 1, quantity="1"))
        for n in range(65)
    ]
    picture = shortfall_picture(a_report(*legs))
    assert "5 more that cost less" in picture
    assert picture.count("BUY AAPL.NASDAQ") == 60


def test_shortfall_picture_inline_needs_no_namespace() -> None:
    """A page that names no address elsewhere can hold it."""
    assert "http" not in shortfall_picture(a_report(), inline=True)
    assert "http" in shortfall_picture(a_report())
