# SPDX-License-Identifier: Apache-2.0
"""The only file of this folder that Airflow's plugin scan loads (see ``.airflowignore``)."""

from __future__ import annotations

from typing import Any, Final

from airflow.plugins_manager import AirflowPlugin

from ib_provider.web.desk_mount import DeskMount

__all__ = ["InteractiveBrokersPlugin"]

_APPS: Final[list[Any]] = [{"app": DeskMount(), "url_prefix": "/ib", "name": "IB desk"}]
#: Without a leading slash, so that it stays below the UI's own base path.
_VIEWS: Final[list[Any]] = [
    {"name": "IB desk", "href": "ib/desk", "destination": "nav", "url_route": "ib-desk"}
]


class InteractiveBrokersPlugin(AirflowPlugin):
    """Name the provider's part in Airflow's processes, and put its page into the UI."""

    name = "interactive_brokers"
    fastapi_apps = _APPS
    external_views = _VIEWS
