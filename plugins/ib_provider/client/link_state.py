# SPDX-License-Identifier: Apache-2.0
"""The state of the socket to a gateway, apart from what lies behind the gateway."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["LinkState"]


class LinkState(StrEnum):
    """How one client's one connection is. It only ever moves down this list."""

    NEW = "new"
    CONNECTING = "connecting"
    UP = "up"
    SILENT = "silent"  # a heartbeat is not answered yet; any byte makes it UP again
    DOWN = "down"
