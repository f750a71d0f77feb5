# SPDX-License-Identifier: Apache-2.0
"""A rebalance's shortfall as a picture: one line an order, its parts end to end. SVG, nothing else.

Right of the axis is what an order cost, left of it what it gained against the decision's prices.
The dearest comes first; an order whose shortfall is not known says so and has the parts that are.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ib_provider.domain.rebalance_report import LegReport, RebalanceReport
from ib_provider.rebalance.picture import PICTURE_WIDTH, frame, shortened, svg_text

__all__ = ["shortfall_picture"]

_LINE: Final = 24
_TOP: Final = 60
_BOTTOM: Final = 14
_NAMES: Final = 200
_NUMBERS: Final = 170
_MOST: Final = 60
_BAR: Final = 12

#: Part of the shortfall → its colour.
_PARTS: Final = {
    "delay": "#7c3aed",
    "trading": "#b45309",
    "opportunity": "#0369a1",
    "fees": "#64748b",
}
_ZERO: Final = Decimal(0)


def shortfall_picture(report: RebalanceReport, *, inline: bool = False) -> str:
    """Return the SVG of what each order cost, in the plan's currency.

    Args:
        inline: It becomes part of an HTML page.
    """
    legs = sorted(report.entries, key=_dearest_first)
    shown = legs[:_MOST]
    left = len(legs) - len(shown)
    more = f", {left} more that cost less" if left else ""
    title = f"Implementation shortfall in {report.plan.currency}{more}"
    low, high = _reach(shown)
    height = _TOP + _LINE * max(1, len(shown)) + _BOTTOM
    axis = _x(_ZERO, low, high)
    parts = [
        *_legend(),
        (
            f'<line class="axis" x1="{axis}" x2="{axis}" y1="{_TOP - 4}" y2="{height - _BOTTOM}" '
            'stroke="#9aa5b1"/>'
        ),
        *(part for number, leg in enumerate(shown) for part in _row(leg, number, low, high)),
    ]
    if not shown:
        parts.append(f'<text x="12" y="{_TOP + 14}">no order was planned</text>')
    return frame(title, parts, height=height, inline=inline)


def _dearest_first(leg: LegReport) -> tuple[bool, Decimal, str]:
    cost = leg.shortfall
    return cost is not None, -(cost or _ZERO), leg.leg.instrument_id


def _amounts(leg: LegReport) -> dict[str, Decimal]:
    """Return the parts that are known and not nothing."""
    costs = leg.costs
    told = {
        "delay": costs.delay,
        "trading": costs.trading,
        "opportunity": costs.opportunity,
        "fees": costs.fees,
    }
    return {name: amount for name, amount in told.items() if amount}


def _reach(legs: Sequence[LegReport]) -> tuple[Decimal, Decimal]:
    """Return how far left and right the longest bars go."""
    low, high = _ZERO, _ZERO
    for leg in legs:
        amounts = _amounts(leg).values()
        low = min(low, sum((a for a in amounts if a < 0), _ZERO))
        high = max(high, sum((a for a in amounts if a > 0), _ZERO))
    return (low, high) if high > low else (_ZERO, Decimal(1))


def _legend() -> list[str]:
    parts = []
    for number, (name, colour) in enumerate(_PARTS.items()):
        x = 12 + 96 * number
        parts.append(
            f'<rect class="{name}" x="{x}" y="36" width="10" height="10" fill="{colour}"/>'
            f'<text x="{x + 15}" y="45">{name}</text>'
        )
    parts.append(
        f'<text class="soft" x="{PICTURE_WIDTH - 12}" y="45" text-anchor="end">'
        "left of the line: gained</text>"
    )
    return parts


def _row(leg: LegReport, number: int, low: Decimal, high: Decimal) -> list[str]:
    y = _TOP + _LINE * number + _LINE // 2
    name = f"{leg.leg.side} {leg.leg.instrument_id}"
    parts = [f'<text x="12" y="{y + 4}">{svg_text(shortened(name))}</text>']
    ends = {True: _ZERO, False: _ZERO}
    for part, amount in _amounts(leg).items():
        begin = ends[amount > 0]
        ends[amount > 0] = end = begin + amount
        left, right = sorted((_x(begin, low, high), _x(end, low, high)))
        parts.append(
            f'<rect class="{part}" x="{left}" y="{y - _BAR // 2}" width="{right - left:.1f}" '
            f'height="{_BAR}" fill="{_PARTS[part]}"><title>{part} {amount:+,.2f}</title></rect>'
        )
    parts.append(
        f'<text x="{PICTURE_WIDTH - 12}" y="{y + 4}" text-anchor="end">{_told(leg)}</text>'
    )
    return parts


def _told(leg: LegReport) -> str:
    cost, basis_points = leg.shortfall, leg.costs.total_bp
    if cost is None:
        return "not known in full"
    return f"{cost:+,.2f}" + ("" if basis_points is None else f" · {basis_points:+,.1f} bp")


def _x(amount: Decimal, low: Decimal, high: Decimal) -> float:
    """Return where an amount stands, in the picture's units."""
    left, right = _NAMES, PICTURE_WIDTH - _NUMBERS
    return round(left + float((amount - low) / (high - low)) * (right - left), 1)
