# SPDX-License-Identifier: Apache-2.0
"""The desk's own pages as HTML."""

from __future__ import annotations

from datetime import datetime

from ib_provider.config import Settings
from ib_provider.domain.rebalance_report import RebalanceReport
from ib_provider.pages.template import render
from ib_provider.usecases.desk_view import DeskView
from ib_provider.usecases.view_section import Section
from ib_provider.web.coverage_bar import HEIGHT, PITCH, columns, years_of

__all__ = ["desk_page", "problem_page", "rebalances_page"]


def desk_page(view: DeskView, *, settings: Settings, read_at: datetime) -> str:
    """Return the page; ``read_at`` in UTC."""
    return render(
        "desk.html",
        view=view,
        home=settings.home,
        read_at=read_at,
        years=years_of(view.series.rows),
        columns=columns,
        pitch=PITCH,
        height=HEIGHT,
    )


def rebalances_page(section: Section[RebalanceReport], *, read_at: datetime) -> str:
    """Return the list of rebalances; ``read_at`` in UTC."""
    return render("rebalances.html", section=section, read_at=read_at)


def problem_page(text: str, *, title: str) -> str:
    """Return a page that says why there is nothing to see."""
    return render("problem.html", text=text, title=title)
