# SPDX-License-Identifier: Apache-2.0
"""The desk as HTML. Every value is escaped; an undefined one is an error."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ib_provider.config import Settings
from ib_provider.usecases.desk_view import DeskView
from ib_provider.web.coverage_bar import HEIGHT, PITCH, columns, years_of

__all__ = ["desk_page", "problem_page"]

#: State of an order → how urgently somebody should look.
_TONES: Final = {
    "filled": "good",
    "working": "busy",
    "sent": "busy",
    "intended": "busy",
    "rejected": "bad",
    "unknown": "bad",
}


def desk_page(view: DeskView, *, settings: Settings, read_at: datetime) -> str:
    """Return the page; ``read_at`` in UTC."""
    return _PAGES.get_template("desk.html").render(
        view=view,
        home=settings.home,
        read_at=read_at,
        years=years_of(view.series.rows),
        columns=columns,
        pitch=PITCH,
        height=HEIGHT,
    )


def problem_page(text: str) -> str:
    """Return a page that says why there is no desk."""
    return _PAGES.get_template("problem.html").render(text=text)


def _number(value: Decimal | None, places: int = 2) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _quantity(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _points(value: Decimal | None) -> str:
    return "" if value is None else f"{value:+.1f}"


def _tone(state: str) -> str:
    return _TONES.get(state, "quiet")


def _pages() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "number": _number,
        "points": _points,
        "quantity": _quantity,
        "tone": _tone,
    }
    return pages


_PAGES: Final = _pages()
