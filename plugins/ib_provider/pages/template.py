# SPDX-License-Identifier: Apache-2.0
"""The templates, and how values read in them. Every value is escaped; an undefined one is an error.

Rules:
    - A page is whole without a network: no script, no font, no address elsewhere.
    - A page of the desk names its style sheet; one that is a file carries it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["STYLE", "render"]

_HERE: Final = Path(__file__).parent

#: The style sheet of every page.
STYLE: Final = (_HERE / "static" / "desk.css").read_text("utf-8")

#: State of an order, or weight of a finding → how urgently somebody should look.
_TONES: Final = {
    "filled": "good",
    "working": "busy",
    "sent": "busy",
    "intended": "busy",
    "rejected": "bad",
    "unknown": "bad",
}
_UNKNOWN: Final = Markup('<span class="quiet">unknown</span>')


def render(template: str, *, is_file: bool = False, **values: object) -> str:
    """Return a page.

    Args:
        template: A file's name under ``templates``.
        is_file: The page carries its style sheet, and has no way to the desk's other pages.
        values: What the template names.
    """
    style = Markup(STYLE) if is_file else None  # noqa: S704  our own file
    return _PAGES.get_template(template).render(style=style, **values)


def _number(value: Decimal | None, places: int = 2) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _quantity(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _price(value: Decimal | None) -> str:
    """Return a price with the places it has, two at the least and four beyond small change."""
    if value is None:
        return ""
    exact = round(value, 4 if abs(value) >= 10 else 6).normalize()
    exponent = exact.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{exact:,.{places}f}"


def _points(value: Decimal | None) -> str:
    return "" if value is None else f"{value:+,.1f}"


def _money(value: Decimal | None) -> str:
    return _UNKNOWN if value is None else f"{value:+,.2f}"


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    if value < 1:
        return "< 1 s"
    if value < 60:
        return f"{value:.0f} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def _instant(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _tone(state: str) -> str:
    return _TONES.get(state, "quiet")


def _pages() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "count_of": _count,
        "instant": _instant,
        "money": _money,
        "number": _number,
        "points": _points,
        "price": _price,
        "quantity": _quantity,
        "seconds": _seconds,
        "tone": _tone,
    }
    return pages


_PAGES: Final = _pages()
