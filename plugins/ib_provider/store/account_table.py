# SPDX-License-Identifier: Apache-2.0
"""What is kept of an account at one instant: its values, its positions, its profit and loss.

Values are kept as IB's exact text beside the number it spells: money is not rounded, and a tag
whose value is no number, or not set, has none. NULL is "IB did not say"; zero is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.account import AccountBook, AccountValue, PnL, PortfolioItem
from ib_provider.store.live_table import LiveTable

__all__ = ["ACCOUNT_TABLES", "pnl_rows", "portfolio_rows", "value_rows"]

_TS: Final = pa.timestamp("us", tz="UTC")
_TAIL: Final = (("received_at", _TS), ("capture", pa.string()), ("seq", pa.int64()))

_VALUES: Final = pa.schema(
    [
        ("ts", _TS),
        ("tag", pa.string()),
        ("currency", pa.string()),
        ("value", pa.string()),
        ("amount", pa.float64()),
        *_TAIL,
    ]
)
_POSITIONS: Final = pa.schema(
    [
        ("ts", _TS),
        ("con_id", pa.int64()),
        ("sec_type", pa.string()),
        ("symbol", pa.string()),
        ("local_symbol", pa.string()),
        ("currency", pa.string()),
        ("quantity", pa.float64()),
        ("avg_cost", pa.float64()),
        ("market_price", pa.float64()),
        ("market_value", pa.float64()),
        ("unrealized_pnl", pa.float64()),
        ("realized_pnl", pa.float64()),
        *_TAIL,
    ]
)
_PNL: Final = pa.schema(
    [
        ("ts", _TS),
        ("daily", pa.float64()),
        ("unrealized", pa.float64()),
        ("realized", pa.float64()),
        *_TAIL,
    ]
)

#: What is kept → its table. A snapshot taken again under its name replaces itself.
ACCOUNT_TABLES: Final[Mapping[str, LiveTable]] = MappingProxyType(
    {
        "values": LiveTable(
            name="account_values", schema=_VALUES, key=("capture", "tag", "currency")
        ),
        "positions": LiveTable(
            name="account_positions", schema=_POSITIONS, key=("capture", "con_id", "local_symbol")
        ),
        "pnl": LiveTable(name="account_pnl", schema=_PNL, key=("capture",)),
    }
)


def value_rows(book: AccountBook, *, ts: datetime, snapshot: str) -> pa.Table:
    """Return the values of a book as rows."""

    def row(value: AccountValue) -> dict[str, Any]:
        amount = value.amount
        return {
            "tag": value.tag,
            "currency": value.currency,
            "value": value.value,
            "amount": None if amount is None else float(amount),
        }

    return _rows(_VALUES, [row(value) for value in book.values], ts, snapshot)


def portfolio_rows(items: Sequence[PortfolioItem], *, ts: datetime, snapshot: str) -> pa.Table:
    """Return a portfolio as rows."""

    def row(item: PortfolioItem) -> dict[str, Any]:
        contract = item.contract
        numbers = ("quantity", "avg_cost", "market_price", "market_value")
        return {
            "con_id": contract.con_id,
            "sec_type": str(contract.sec_type),
            "symbol": contract.symbol,
            "local_symbol": contract.local_symbol,
            "currency": contract.currency,
            **{
                name: _float(getattr(item, name))
                for name in (*numbers, "unrealized_pnl", "realized_pnl")
            },
        }

    return _rows(_POSITIONS, [row(item) for item in items], ts, snapshot)


def pnl_rows(pnl: PnL, *, ts: datetime, snapshot: str) -> pa.Table:
    """Return profit and loss as one row."""
    row = {name: _float(getattr(pnl, name)) for name in ("daily", "unrealized", "realized")}
    return _rows(_PNL, [row], ts, snapshot)


def _rows(
    schema: pa.Schema, rows: Sequence[Mapping[str, Any]], ts: datetime, snapshot: str
) -> pa.Table:
    whole = [
        {**row, "ts": ts, "received_at": ts, "capture": snapshot, "seq": number}
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(whole, schema=schema)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
