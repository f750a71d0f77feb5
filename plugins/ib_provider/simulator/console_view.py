# SPDX-License-Identifier: Apache-2.0
"""A gateway's doings as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import Final

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ib_provider.simulator.activity import GatewayView

__all__ = ["render", "render_text"]

_REQUESTS: Final = 10
_ORDERS: Final = 14


def render(view: GatewayView) -> RenderableType:
    """Return what a person looks at: clients and requests, orders, fills."""
    clients = _table(
        "clients",
        ("id", "version", "requests", "answers", "open"),
        (
            (row.client_id, row.server_version, row.requests, row.answers, row.streams)
            for row in view.clients
        ),
    )
    requests = _table("requests", ("kind", "count"), view.requests[:_REQUESTS])
    orders = _table(
        "orders",
        ("client", "order", "what", "status", "filled", "note"),
        (
            (row.client_id, row.order_id, row.text, row.status, row.filled, row.note)
            for row in view.orders[:_ORDERS]
        ),
    )
    fills = _table(
        "fills",
        ("at", "client", "order", "what"),
        ((row.at, row.client_id, row.order_id, row.text) for row in view.fills),
    )
    faults = Text("faults: " + ("; ".join(view.faults) or "none"))
    head = Panel(Group(Text(view.title), Text(f"simulated clock {view.clock}"), faults))
    return Group(head, Columns([clients, requests]), orders, fills)


def render_text(view: GatewayView, width: int = 110) -> str:
    """Return the same as plain text, for files, pipes and tests."""
    console = Console(file=StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(render(view))
    return captured.get()


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    table = Table(title=title, title_justify="left", expand=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(value) for value in row))
    return table
