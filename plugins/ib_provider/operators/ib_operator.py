# SPDX-License-Identifier: Apache-2.0
"""What every operator here shares: a connection, and its hook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from airflow.sdk import BaseOperator

from ib_provider.hooks.ib import IbHook

__all__ = ["IbOperator"]


class IbOperator(BaseOperator):
    """An operator that works through one ``ib_gateway`` connection.

    Args:
        ib_conn_id: The connection (templated).
        kwargs: Airflow's own.
    """

    template_fields: Sequence[str] = ("ib_conn_id",)
    ui_color = "#f7e7e9"

    def __init__(self, *, ib_conn_id: str = IbHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ib_conn_id = ib_conn_id

    @cached_property
    def hook(self) -> IbHook:
        """Return the hook of the connection, once templates are rendered."""
        return IbHook(self.ib_conn_id)

    def tell(self, line: str) -> None:
        """Log one line of progress, with the mark by which a console finds it in the log."""
        self.log.info("▸ %s", line)
