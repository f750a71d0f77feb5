# SPDX-License-Identifier: Apache-2.0
"""The page "IB desk": one HTML page and its style sheet, for users who are logged in to Airflow.

Rules:
    - The dependency on a user is the application's, so no route can be without it. Airflow does
      not protect what a plugin mounts. A mounted folder of static files would escape it: hence a
      route for the style sheet.
    - No script, nothing from elsewhere: the policy allows our style sheet and nothing more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from ib_provider.config import load_settings
from ib_provider.errors import ConfigError
from ib_provider.usecases.desk_view import desk_view
from ib_provider.web.desk_page import desk_page, problem_page

__all__ = ["desk_app"]

_STYLE: Final = (Path(__file__).parent / "static" / "desk.css").read_text("utf-8")
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
    app.get("/desk.css")(_style)
    return app


def _desk() -> str:
    settings = load_settings()
    return desk_page(desk_view(settings), settings=settings, read_at=datetime.now(UTC))


def _style() -> Response:
    return Response(_STYLE, media_type="text/css")


def _problem(_request: Request, error: Exception) -> Response:
    return HTMLResponse(problem_page(str(error)), status_code=500)


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.update(_HEADERS)
    return response
