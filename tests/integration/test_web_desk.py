# SPDX-License-Identifier: Apache-2.0
"""The page as Airflow's own API server mounts it, with users who are logged in and who are not."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.desk_home import bar_file, fill_home

PAGES = ("/ib/desk", "/ib/rebalances", "/ib/validation")
SERIES = "/ib/findings?instrument=AAPL.NASDAQ&bar=1+day&what=TRADES&rth=1"
PATHS = (*PAGES, "/ib/desk.css", SERIES, "/ib/rebalance?plan=x")


@pytest.fixture(scope="module")
def api_server(airflow_db: None) -> Any:
    """Return Airflow's API server as it builds itself, plugins and login included."""
    from airflow.api_fastapi.app import create_app, purge_cached_app

    yield create_app(apps="core")
    purge_cached_app()


@pytest.fixture
async def stranger(api_server: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser that is not logged in."""
    transport = httpx.ASGITransport(app=api_server, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as browser:
        yield browser


@pytest.fixture
def token(api_server: Any) -> str:
    """Return what a login as a viewer gives."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username="viewer", role="VIEWER")
    issued: str = api_server.state.auth_manager.generate_jwt(user)
    return issued


@pytest.fixture
async def viewer(stranger: httpx.AsyncClient, token: str) -> httpx.AsyncClient:
    """Return a browser with the cookie of a login."""
    stranger.cookies.set("_token", token)
    return stranger


@pytest.mark.parametrize("path", PATHS)
async def test_desk_without_a_login_is_refused(stranger: httpx.AsyncClient, path: str) -> None:
    """Neither a page nor the style sheet is given to a stranger, nor to a forged token."""
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": "_token=nonsense"}):
        answer = await stranger.get(path, headers=headers)
        assert answer.status_code in (401, 403)
        assert "Rebalances" not in answer.text


@pytest.mark.parametrize(
    "path", ["/ib/docs", "/ib/redoc", "/ib/openapi.json", "/ib/static/desk.css"]
)
async def test_desk_describes_itself_to_nobody(viewer: httpx.AsyncClient, path: str) -> None:
    """There are pages, a style sheet, and no description of them."""
    assert (await viewer.get(path)).status_code == 404


async def test_desk_every_route_needs_a_user() -> None:
    """A route added later cannot forget it."""
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi.routing import APIRoute

    from ib_provider.web.desk_app import desk_app

    routes = desk_app().routes
    assert [getattr(route, "path", None) for route in routes] == [
        "/desk",
        "/rebalances",
        "/rebalance",
        "/validation",
        "/findings",
        "/desk.css",
    ]
    for route in routes:
        assert isinstance(route, APIRoute)
        assert [item.call for item in route.dependant.dependencies] == [get_user]


async def test_desk_with_a_login_shows_the_home(viewer: httpx.AsyncClient, state: Path) -> None:
    """The page and its style sheet, under a policy that forbids all else."""
    fill_home(state)
    page = await viewer.get("/ib/desk")
    assert page.status_code == 200, page.text
    assert "AAPL.NASDAQ" in page.text
    style = await viewer.get("/ib/desk.css")
    assert style.headers["content-type"].startswith("text/css")
    for answer in (page, style):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_desk_leads_to_every_page_that_it_names(
    viewer: httpx.AsyncClient, state: Path
) -> None:
    """Each address on a page is one, under the same policy, and none leads out of the desk."""
    fill_home(state)
    waiting, seen = ["/ib/desk"], set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        page = await viewer.get(path)
        assert page.status_code == 200, path
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for address in re.findall(r'(?:href|src)="([^"]*)"', page.text):
            assert re.match(r"[a-z]+(\.css|\?|$)", address), address
            link = f"/ib/{html.unescape(address)}"
            if link not in seen and link not in waiting:
                waiting.append(link)
    assert {path.partition("?")[0] for path in seen} == {
        "/ib/desk",
        "/ib/desk.css",
        "/ib/rebalances",
        "/ib/rebalance",
        "/ib/validation",
        "/ib/findings",
    }


@pytest.mark.parametrize("path", PAGES)
async def test_desk_pages_of_an_empty_home_make_nothing(
    viewer: httpx.AsyncClient, state: Path, path: str
) -> None:
    """Looking leaves the home as it is: not there."""
    assert (await viewer.get(path)).status_code == 200
    assert not state.exists()  # noqa: ASYNC240 # nothing else runs here


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ib/rebalance?plan=%3Cscript%3E", 404),
        ("/ib/rebalance", 422),
        ("/ib/findings?instrument=X&bar=%3Cb%3E&what=TRADES&rth=1", 404),
        ("/ib/findings?instrument=%3Cscript%3E&bar=1+day&what=TRADES&rth=1", 200),
    ],
)
async def test_desk_takes_nothing_from_an_address_for_markup(
    viewer: httpx.AsyncClient, state: Path, path: str, status: int
) -> None:
    """What is not there is named, as text."""
    fill_home(state)
    page = await viewer.get(path)
    assert page.status_code == status
    assert "<script>" not in page.text
    assert "<b>" not in page.text.replace("<b>&lt;", "")


async def test_desk_of_an_empty_home_says_what_to_do(
    viewer: httpx.AsyncClient, state: Path
) -> None:
    """And leaves the home as it is: not there."""
    assert "ib_bars" in (await viewer.get("/ib/desk")).text
    assert not state.exists()  # noqa: ASYNC240 # nothing else runs here


async def test_desk_of_a_damaged_home_shows_the_error(
    viewer: httpx.AsyncClient, state: Path
) -> None:
    """A page with the file's name, not a failure without words."""
    damaged = bar_file(fill_home(state))
    damaged.write_bytes(b"")
    page = await viewer.get("/ib/desk")
    assert page.status_code == 200
    assert damaged.name in page.text


async def test_desk_with_unusable_settings_shows_why(
    viewer: httpx.AsyncClient, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable that is wrong is on the page."""
    monkeypatch.setenv("IB_PROVIDER_LEDGER_URL", "nonsense")
    page = await viewer.get("/ib/desk")
    assert page.status_code == 500
    assert "IB_PROVIDER_LEDGER_URL" in page.text
    assert "content-security-policy" in page.headers


async def test_desk_is_in_the_ui_navigation(viewer: httpx.AsyncClient, token: str) -> None:
    """Airflow lists the page where its UI looks for it."""
    from airflow.plugins_manager import _get_ui_plugins

    views, _ = _get_ui_plugins()
    assert [(view["name"], view["href"], view["url_route"]) for view in views] == [
        ("IB desk", "ib/desk", "ib-desk")
    ]
