# SPDX-License-Identifier: Apache-2.0
"""The contracts of a future, from the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.errors import ConfigError
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.find_instruments import find_instruments
from ib_provider.usecases.session_calendar import venue_of

__all__ = ["find_contracts"]


def find_contracts(
    market: Path, continuous_id: str, ids: Sequence[str] = ()
) -> tuple[Instrument, ...]:
    """Return the contracts of a future, the first to expire first.

    Args:
        continuous_id: Root and venue: ``ES.CME``.
        ids: Only these; by default every contract that the store knows.

    Raises:
        ConfigError: There is none, or one that was named is not of this future.
    """
    root, _, venue = continuous_id.rpartition(".")
    listed = find_instruments(market, ids) if ids else InstrumentStore(market).all()
    found = [
        item
        for item in listed
        if item.contract.sec_type is SecType.FUT
        and item.contract.symbol == root
        and venue_of(item) == venue
    ]
    strangers = sorted({item.instrument_id for item in listed} - {i.instrument_id for i in found})
    if ids and strangers:
        lines = [f"{name}: no future of {continuous_id}" for name in strangers]
        raise ConfigError("stitch", lines)
    if not found:
        raise ConfigError(
            "stitch", [f"{continuous_id}: the store knows no contract; load them first"]
        )
    return tuple(sorted(found, key=lambda item: str(item.expiry)))
