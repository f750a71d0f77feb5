# SPDX-License-Identifier: Apache-2.0
"""Instruments as rows: one a contract, exactly reversible.

Decimals are kept as text: ``0.010`` is what IB said, and no fixed scale holds every tick size.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.contract import AssetClass, Contract, Instrument, SecType

__all__ = ["INSTRUMENT_SCHEMA", "instrument_rows", "instruments_in", "upgraded"]

INSTRUMENT_SCHEMA: Final = pa.schema(
    [
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("con_id", pa.int64(), nullable=False),
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("sec_type", pa.string(), nullable=False),
        pa.field("last_trade_date", pa.string(), nullable=False),
        pa.field("strike", pa.string()),
        pa.field("right", pa.string(), nullable=False),
        pa.field("exchange", pa.string(), nullable=False),
        pa.field("primary_exchange", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("local_symbol", pa.string(), nullable=False),
        pa.field("trading_class", pa.string(), nullable=False),
        pa.field("multiplier", pa.string(), nullable=False),
        pa.field("long_name", pa.string(), nullable=False),
        pa.field("time_zone", pa.string(), nullable=False),
        pa.field("min_tick", pa.string(), nullable=False),
        pa.field("price_magnifier", pa.int64(), nullable=False),
        pa.field("min_size", pa.string(), nullable=False),
        pa.field("size_increment", pa.string(), nullable=False),
        pa.field("valid_exchanges", pa.list_(pa.string()), nullable=False),
        pa.field("market_rule_ids", pa.list_(pa.int64()), nullable=False),
        pa.field("trading_hours", pa.string(), nullable=False),
        pa.field("liquid_hours", pa.string(), nullable=False),
        pa.field("industry", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("stock_type", pa.string(), nullable=False),
        pa.field("isin", pa.string(), nullable=False),
        pa.field("expiry", pa.date32()),
        pa.field("seen_at", pa.timestamp("us", tz="UTC"), nullable=False),
        # What the first release did not keep: absent from its files, see ``upgraded``.
        pa.field("expires_at", pa.timestamp("us", tz="UTC")),
        pa.field("contract_month", pa.string(), nullable=False),
        pa.field("lot_size", pa.string(), nullable=False),
        pa.field("under_con_id", pa.int64(), nullable=False),
        pa.field("under_symbol", pa.string(), nullable=False),
        pa.field("under_sec_type", pa.string(), nullable=False),
        pa.field("asset_class", pa.string(), nullable=False),
        pa.field("cusip", pa.string(), nullable=False),
        pa.field("figi", pa.string(), nullable=False),
        pa.field("details", pa.map_(pa.string(), pa.string()), nullable=False),
    ]
)

#: What an old file's rows hold in the columns it lacks. Loading an instrument again fills them.
_ABSENT: Final[dict[str, Any]] = {
    "expires_at": None,
    "lot_size": "1",
    "under_con_id": 0,
    "asset_class": AssetClass.UNKNOWN.value,
    "details": [],
}

_ADDED: Final = frozenset(INSTRUMENT_SCHEMA.names[INSTRUMENT_SCHEMA.names.index("expires_at") :])
_DECIMALS: Final = ("min_tick", "min_size", "size_increment", "lot_size")
_TEXTS: Final = (
    "long_name",
    "time_zone",
    "trading_hours",
    "liquid_hours",
    "industry",
    "category",
    "stock_type",
    "isin",
    "contract_month",
    "under_symbol",
    "under_sec_type",
    "cusip",
    "figi",
)
_CONTRACT_TEXTS: Final = (
    "symbol",
    "last_trade_date",
    "right",
    "multiplier",
    "exchange",
    "primary_exchange",
    "currency",
    "local_symbol",
    "trading_class",
)


def instrument_rows(instruments: Iterable[Instrument]) -> pa.Table:
    """Return the instruments in ``INSTRUMENT_SCHEMA``, one a row, in their order.

    Raises:
        ValueError: A ``seen_at`` has no zone.
    """
    return pa.Table.from_pylist([_row(item) for item in instruments], schema=INSTRUMENT_SCHEMA)


def instruments_in(table: pa.Table) -> tuple[Instrument, ...]:
    """Return the instruments of a table, the inverse of ``instrument_rows``."""
    return tuple(_instrument(row) for row in table.to_pylist())


def upgraded(table: pa.Table) -> pa.Table:
    """Return the table in ``INSTRUMENT_SCHEMA``, also where an older release wrote it.

    A table with any other difference is returned as it is: whoever reads it will refuse it.
    """
    present = set(table.schema.names)
    absent = [field for field in INSTRUMENT_SCHEMA if field.name not in present]
    if not absent or {field.name for field in absent} - _ADDED:
        return table
    for field in absent:
        value = _ABSENT.get(field.name, "")
        table = table.append_column(field, pa.array([value] * table.num_rows, type=field.type))
    return table.select(INSTRUMENT_SCHEMA.names)


def _row(instrument: Instrument) -> dict[str, Any]:
    if instrument.seen_at.tzinfo is None:
        raise ValueError(f"{instrument.instrument_id}: seen_at {instrument.seen_at} has no zone")
    contract = instrument.contract
    return {
        "instrument_id": instrument.instrument_id,
        "con_id": contract.con_id,
        "sec_type": contract.sec_type.value,
        "strike": None if contract.strike is None else str(contract.strike),
        "price_magnifier": instrument.price_magnifier,
        "valid_exchanges": list(instrument.valid_exchanges),
        "market_rule_ids": list(instrument.market_rule_ids),
        "expiry": instrument.expiry,
        "seen_at": instrument.seen_at,
        "expires_at": instrument.expires_at,
        "under_con_id": instrument.under_con_id,
        "asset_class": instrument.asset_class.value,
        "details": list(instrument.details),
        **{name: getattr(contract, name) for name in _CONTRACT_TEXTS},
        **{name: getattr(instrument, name) for name in _TEXTS},
        **{name: str(getattr(instrument, name)) for name in _DECIMALS},
    }


def _instrument(row: dict[str, Any]) -> Instrument:
    contract = Contract(
        con_id=row["con_id"],
        sec_type=SecType(row["sec_type"]),
        strike=None if row["strike"] is None else Decimal(row["strike"]),
        **{name: row[name] for name in _CONTRACT_TEXTS},
    )
    return Instrument(
        instrument_id=row["instrument_id"],
        contract=contract,
        price_magnifier=row["price_magnifier"],
        valid_exchanges=tuple(row["valid_exchanges"]),
        market_rule_ids=tuple(row["market_rule_ids"]),
        expiry=row["expiry"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
        under_con_id=row["under_con_id"],
        asset_class=AssetClass(row["asset_class"]),
        details=tuple(row["details"]),
        min_tick=Decimal(row["min_tick"]),
        min_size=Decimal(row["min_size"]),
        size_increment=Decimal(row["size_increment"]),
        lot_size=Decimal(row["lot_size"]),
        **{name: row[name] for name in _TEXTS},
    )
