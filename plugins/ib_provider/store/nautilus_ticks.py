# SPDX-License-Identifier: Apache-2.0
"""Past trades and quotes in the columns that NautilusTrader's Parquet catalog reads.

Rules:
    - IB's times are whole seconds: ``ts_event`` and ``ts_init`` are that second, the order is IB's.
    - A trade's id is its session and place, ``20130301-17``. Who was the aggressor IB does not say.
    - Left out, and counted: trades that were not reported to the tape or have no size, and quotes
      without a price on a side. NautilusTrader has no form for them.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import ConfigError
from ib_provider.store.nautilus_columns import (
    RAW,
    NautilusFile,
    check_digits,
    misfits,
    nanoseconds,
    needed_digits,
    raw_decimals,
)

__all__ = ["NAUTILUS_QUOTE_SCHEMA", "NAUTILUS_TRADE_SCHEMA", "nautilus_ticks"]

_TIMES: Final = tuple(
    pa.field(name, pa.uint64(), nullable=False) for name in ("ts_event", "ts_init")
)

NAUTILUS_TRADE_SCHEMA: Final = pa.schema(
    [
        pa.field("price", RAW, nullable=False),
        pa.field("size", RAW, nullable=False),
        pa.field("aggressor_side", pa.uint8(), nullable=False),
        pa.field("trade_id", pa.string(), nullable=False),
        *_TIMES,
    ]
)
NAUTILUS_QUOTE_SCHEMA: Final = pa.schema(
    [
        *(
            pa.field(name, RAW, nullable=False)
            for name in ("bid_price", "ask_price", "bid_size", "ask_size")
        ),
        *_TIMES,
    ]
)
#: Kind → folder of a catalog, columns of prices, columns of sizes.
_KINDS: Final = {
    TickKind.TRADES: ("trade_tick", ("price",), ("size",)),
    TickKind.BID_ASK: ("quote_tick", ("bid", "ask"), ("bid_size", "ask_size")),
}


def nautilus_ticks(
    ticks: pa.Table,
    *,
    kind: TickKind,
    instrument_id: str,
    session: date,
    least_digits: int,
    digits: int | None = None,
) -> NautilusFile:
    """Return the ticks of a session as NautilusTrader reads them; there may be none left.

    Args:
        ticks: In the store's schema of the kind.
        least_digits: Decimals of the instrument's price step.
        digits: Decimals to round prices to; as many as they need where None.

    Raises:
        ConfigError: NautilusTrader has no such ticks, or more than 16 digits are asked for.
        StoreError: A value is beyond what NautilusTrader holds.
    """
    if kind not in _KINDS:
        raise ConfigError("export", [f"kind: NautilusTrader knows trades and bid_ask, not {kind}"])
    check_digits(digits)
    folder, price_names, size_names = _KINDS[kind]
    kept = ticks.filter(_has_form(ticks, kind)).combine_chunks()
    prices = [kept[name].to_numpy() for name in price_names]
    sizes = [kept[name].fill_null(0).to_numpy() for name in size_names]
    is_empty = not kept.num_rows
    needed = digits if digits is not None else least_digits
    if digits is None and not is_empty:
        needed = max(least_digits, needed_digits(*prices))
    size_digits = 0 if is_empty else needed_digits(*sizes)
    times = pa.array(nanoseconds(kept["ts"]).astype(np.uint64))
    columns = [
        *(raw_decimals(values, needed) for values in prices),
        *(raw_decimals(values, size_digits) for values in sizes),
        *(_trade_columns(kept, session) if kind is TickKind.TRADES else ()),
        times,
        times,
    ]
    is_trade = kind is TickKind.TRADES
    schema = NAUTILUS_TRADE_SCHEMA if is_trade else NAUTILUS_QUOTE_SCHEMA
    return NautilusFile(
        kind=folder,
        name=instrument_id,
        table=pa.Table.from_arrays(columns, schema=schema),
        metadata={
            "instrument_id": instrument_id,
            "price_precision": str(needed),
            "size_precision": str(size_digits),
        },
        rounded=sum(misfits(values, needed) for values in prices),
        left_out=ticks.num_rows - kept.num_rows,
    )


def _has_form(ticks: pa.Table, kind: TickKind) -> pa.ChunkedArray:
    """Return which ticks NautilusTrader can hold."""
    if kind is TickKind.TRADES:
        reported = pc.invert(pc.fill_null(ticks["unreported"], fill_value=False))
        sized = pc.greater(pc.fill_null(ticks["size"], 0.0), 0)
        return pc.and_(pc.and_(reported, sized), _is_price(ticks["price"]))
    return pc.and_(_is_price(ticks["bid"]), _is_price(ticks["ask"]))


def _is_price(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_finite(column), fill_value=False)


def _trade_columns(trades: pa.Table, session: date) -> tuple[pa.Array, pa.Array]:
    """Return that nobody is known as the aggressor, and the ids."""
    sides = pa.array(np.zeros(trades.num_rows, dtype=np.uint8))
    ids = [f"{session:%Y%m%d}-{seq}" for seq in trades["seq"].to_pylist()]
    return sides, pa.array(ids, pa.string())
