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
from xml.sax.saxutils import escape

from ib_provider.domain.portfolio import OrderPlan, TargetKind
from ib_provider.rebalance.plan_table import weight_after

__all__ = ["drift_picture"]

_WIDTH: Final = 760
_LINE: Final = 22
_TOP: Final = 56
_BOTTOM: Final = 16
_NAMES: Final = 190
_NUMBERS: Final = 150

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


def drift_picture(plan: OrderPlan) -> str:
    """Return the SVG of a plan's drifts, in fractions of its basis."""
    drifts = _drifts(plan)
    shown = drifts[:_MOST]
    reach = max([_LEAST, *(max(abs(d.before), abs(d.after)) for d in shown)])
    height = _TOP + _LINE * max(1, len(shown)) + _BOTTOM
    left = len(drifts) - len(shown)
    more = f", {left} more with less drift" if left else ""
    title = f"Drift from target: {plan.strategy} {plan.key}, {len(plan.legs)} orders{more}"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'role="img" aria-label="{_text(title)}" font-family="system-ui, sans-serif" '
            'font-size="12" fill="#1f2933">'
        ),
        f"<title>{_text(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="14" font-weight="600">{_text(title)}</text>',
        (
            f'<circle cx="18" cy="40" r="4" fill="#ffffff" stroke="#b45309" stroke-width="1.5"/>'
            f'<text x="28" y="44">before</text>'
            f'<circle cx="88" cy="40" r="4" fill="#0f766e"/><text x="98" y="44">after</text>'
            f'<text x="{_WIDTH - 12}" y="44" text-anchor="end">scale ±{reach:.2%}</text>'
        ),
    ]
    bottom = height - _BOTTOM
    parts.append(
        f'<line x1="{_x(Decimal(0), reach)}" x2="{_x(Decimal(0), reach)}" y1="{_TOP - 4}" '
        f'y2="{bottom}" stroke="#9aa5b1"/>'
    )
    parts.extend(part for n, drift in enumerate(shown) for part in _mark(drift, n, reach))
    if not shown:
        parts.append(f'<text x="12" y="{_TOP + 14}">no name has a weight to be off</text>')
    return "\n".join([*parts, "</svg>", ""])


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
    told = f"{drift.before:+.2%} → {drift.after:+.2%}"
    return [
        f'<text x="12" y="{y + 4}">{_text(drift.name)}</text>',
        f'<rect x="{low}" y="{y - 7}" width="{high - low:.1f}" height="14" fill="#e4e7eb"/>',
        f'<line x1="{before}" x2="{after}" y1="{y}" y2="{y}" stroke="#b45309" opacity="0.5"/>',
        (
            f'<circle cx="{before}" cy="{y}" r="4" fill="#ffffff" stroke="#b45309" '
            'stroke-width="1.5"/>'
        ),
        f'<circle cx="{after}" cy="{y}" r="4" fill="#0f766e"/>',
        f'<text x="{_WIDTH - 12}" y="{y + 4}" text-anchor="end">{told}</text>',
    ]


def _x(drift: Decimal, reach: Decimal) -> float:
    """Return where a drift stands, in the picture's units."""
    left, right = _NAMES, _WIDTH - _NUMBERS
    return round(left + float((drift / reach + 1) / 2) * (right - left), 1)


def _text(text: str) -> str:
    return escape(text, {'"': "&quot;"})
