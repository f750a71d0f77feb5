# SPDX-License-Identifier: Apache-2.0
"""A plan as a picture: how far each name is from its target, before and after. SVG, nothing else.

One line a name, widest drift first: a hollow mark where it is, a full one where it will be, the
target in the middle. The text is in the picture, so that it can be read aloud and searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.portfolio import OrderPlan, TargetKind
from ib_provider.rebalance.picture import PICTURE_WIDTH, frame, shortened, svg_text
from ib_provider.rebalance.plan_table import weight_after

__all__ = ["drift_picture"]

_LINE: Final = 22
_TOP: Final = 56
_BOTTOM: Final = 16
_NAMES: Final = 190
_NUMBERS: Final = 170

_BEFORE: Final = (
    '<circle class="before" cx="{x}" cy="{y}" r="4" fill="#ffffff" stroke="#b45309" '
    'stroke-width="1.5"/>'
)
_AFTER: Final = '<circle class="after" cx="{x}" cy="{y}" r="4" fill="#0f766e"/>'

#: More lines than this are no picture; the widest drifts are shown and the rest counted.
_MOST: Final = 60

#: Least half-width of the scale: below it everything is where it should be, and looks so.
_LEAST: Final = Decimal("0.005")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drift:
    name: str
    before: Decimal
    after: Decimal
    band: Decimal


def drift_picture(plan: OrderPlan, *, inline: bool = False) -> str:
    """Return the SVG of a plan's drifts, in fractions of its basis.

    Args:
        inline: It becomes part of an HTML page.
    """
    drifts = _drifts(plan)
    shown = drifts[:_MOST]
    reach = max([_LEAST, *(max(abs(d.before), abs(d.after)) for d in shown)])
    height = _TOP + _LINE * max(1, len(shown)) + _BOTTOM
    left = len(drifts) - len(shown)
    more = f", {left} more with less drift" if left else ""
    title = f"Drift from target: {plan.strategy} {plan.key}, {_orders(len(plan.entries))}{more}"
    middle = _x(Decimal(0), reach)
    parts = [
        (
            f'{_BEFORE.format(x=18, y=40)}<text x="28" y="44">before</text>'
            f'{_AFTER.format(x=88, y=40)}<text x="98" y="44">after</text>'
            f'<text x="{PICTURE_WIDTH - 12}" y="44" text-anchor="end">scale ±{reach:.2%}</text>'
        ),
        (
            f'<line class="axis" x1="{middle}" x2="{middle}" y1="{_TOP - 4}" '
            f'y2="{height - _BOTTOM}" stroke="#9aa5b1"/>'
        ),
        *(part for number, drift in enumerate(shown) for part in _mark(drift, number, reach)),
    ]
    if not shown:
        parts.append(f'<text x="12" y="{_TOP + 14}">no name has a weight to be off</text>')
    return frame(title, parts, height=height, inline=inline)


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"


def _drifts(plan: OrderPlan) -> Sequence[_Drift]:
    """Return the names that have a target, widest drift first, then by name."""
    found = []
    for row in plan.rows:
        after = weight_after(plan, row)
        is_moved = row.kind is not TargetKind.HOLD and row.price is not None
        if not is_moved or row.weight is None or after is None or "/" in row.instrument_id:
            continue
        band = plan.rules.band(row.target_weight) if plan.rules else Decimal(0)
        found.append(
            _Drift(
                name=row.instrument_id,
                before=row.weight - row.target_weight,
                after=after - row.target_weight,
                band=band if row.kind is TargetKind.WEIGHT else Decimal(0),
            )
        )
    return sorted(found, key=lambda d: (-max(abs(d.before), abs(d.after)), d.name))


def _mark(drift: _Drift, number: int, reach: Decimal) -> list[str]:
    y = _TOP + _LINE * number + _LINE // 2
    before, after = _x(drift.before, reach), _x(drift.after, reach)
    low = _x(-min(drift.band, reach), reach)
    high = _x(min(drift.band, reach), reach)
    told = f"{_percent(drift.before)} → {_percent(drift.after)}"
    return [
        f'<text x="12" y="{y + 4}">{svg_text(shortened(drift.name))}</text>',
        (
            f'<rect class="band" x="{low}" y="{y - 7}" width="{high - low:.1f}" height="14" '
            'fill="#e4e7eb"/>'
        ),
        (
            f'<line class="way" x1="{before}" x2="{after}" y1="{y}" y2="{y}" stroke="#b45309" '
            'opacity="0.5"/>'
        ),
        _BEFORE.format(x=before, y=y),
        _AFTER.format(x=after, y=y),
        f'<text x="{PICTURE_WIDTH - 12}" y="{y + 4}" text-anchor="end">{told}</text>',
    ]


def _percent(drift: Decimal) -> str:
    """Return a drift for reading; what rounds to nothing has no sign."""
    text = f"{drift:+.2%}"
    return "0.00%" if text in ("+0.00%", "-0.00%") else text


def _x(drift: Decimal, reach: Decimal) -> float:
    """Return where a drift stands, in the picture's units."""
    left, right = _NAMES, PICTURE_WIDTH - _NUMBERS
    return round(left + float((drift / reach + 1) / 2) * (right - left), 1)
