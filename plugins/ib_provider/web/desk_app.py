# SPDX-License-Identifier: Apache-2.0
"""The pages of the "IB desk" and their style sheet, for users who are logged in to Airflow.

Rules:
    - The dependency on a user is the application's, so no route can be without it. Airflow does
      not protect what a plugin mounts. A mounted folder of static files would escape it: hence a
      route for the style sheet.
    - No script, nothing from elsewhere: the policy allows our style sheet and nothing more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from ib_provider.config import load_settings
from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.errors import ConfigError
from ib_provider.pages.rebalance_page import rebalance_page
from ib_provider.pages.template import STYLE
from ib_provider.usecases.desk_view import desk_view
from ib_provider.usecases.rebalances_view import find_report, rebalances_view
from ib_provider.usecases.validation_view import series_findings, validation_view
from ib_provider.web.desk_page import desk_page, problem_page, rebalances_page
from ib_provider.web.validation_page import findings_page, validation_page

__all__ = ["desk_app"]

_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; frame-ancestors 'self'; "
            "base-uri 'none'; form-action 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",  # positions and an account
    }
)


def desk_app() -> FastAPI:
    """Return the application; it reads the settings anew at every request."""
    app = FastAPI(dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(ConfigError, _problem)
    app.get("/desk", response_class=HTMLResponse)(_desk)
    app.get("/rebalances", response_class=HTMLResponse)(_rebalances)
    app.get("/rebalance", response_class=HTMLResponse)(_rebalance)
    app.get("/validation", response_class=HTMLResponse)(_validation)
    app.get("/findings", response_class=HTMLResponse)(_findings)
    app.get("/desk.css")(_style)
    return app


def _desk() -> str:
    settings = load_settings()
    return desk_page(desk_view(settings), settings=settings, read_at=datetime.now(UTC))


def _rebalances() -> str:
    return rebalances_page(rebalances_view(load_settings()), read_at=datetime.now(UTC))


def _rebalance(plan: str) -> Response:
    found = find_report(load_settings(), plan)
    if found.error is not None:
        return _problem_page("The rebalance cannot be read.", found.error, status=500)
    if not found.rows:
        return _problem_page("There is no such rebalance.", f"plan {plan[:64]}", status=404)
    return HTMLResponse(rebalance_page(found.rows[0]))


def _validation() -> str:
    return validation_page(validation_view(load_settings()), read_at=datetime.now(UTC))


def _findings(instrument: str, bar: str, what: str, *, rth: bool) -> Response:
    try:
        spec = BarSpec(size=BarSize(bar), what=WhatToShow(what), rth=rth)
    except ValueError as error:
        return _problem_page("There is no such series.", str(error), status=404)
    found = series_findings(load_settings(), SeriesKey(instrument_id=instrument, spec=spec))
    return HTMLResponse(findings_page(found, read_at=datetime.now(UTC)))


def _style() -> Response:
    return Response(STYLE, media_type="text/css")


def _problem(_request: Request, error: Exception) -> Response:
    return _problem_page("The settings cannot be read.", str(error), status=500)


def _problem_page(title: str, text: str, *, status: int) -> Response:
    return HTMLResponse(problem_page(text, title=title), status_code=status)


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.update(_HEADERS)
    return response
