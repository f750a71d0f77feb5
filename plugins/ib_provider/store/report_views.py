# SPDX-License-Identifier: Apache-2.0
"""The catalog's views over what was reported: rebalances, and what validation found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from ib_provider.store.catalog_views import file_view, sql_type
from ib_provider.store.finding_store import FindingStore
from ib_provider.store.report_store import LEG_SCHEMA, REBALANCE_SCHEMA, ReportStore

__all__ = ["report_views"]


def report_views(root: Path) -> Iterator[str]:
    """Yield the views, having made the files that they look at: a later report is seen at once."""
    rebalances, legs = ReportStore(root).touch()
    yield _view("rebalance_reports", REBALANCE_SCHEMA, rebalances)
    yield _view("rebalance_legs", LEG_SCHEMA, legs)
    yield _view("findings", FindingStore.schema, FindingStore(root).touch(), files="")


def _view(name: str, schema: pa.Schema, path: Path, *, files: str = "*.parquet") -> str:
    columns = {field.name: (f'"{field.name}"', sql_type(field.type)) for field in schema}
    return file_view(name, columns, path, files=files)
