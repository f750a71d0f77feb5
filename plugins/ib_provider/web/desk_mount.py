# SPDX-License-Identifier: Apache-2.0
"""The desk as Airflow mounts it: built when the first request comes.

Every Airflow process loads the plugin, the task's too; only the API server serves pages. So the
page and all that it needs are imported where somebody asks for it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["DeskMount"]


class DeskMount:
    """The desk as an ASGI application that costs nothing until it is asked."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await _application()(scope, receive, send)


@cache
def _application() -> ASGIApp:
    from ib_provider.web.desk_app import desk_app

    return desk_app()
