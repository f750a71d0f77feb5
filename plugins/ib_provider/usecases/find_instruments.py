# SPDX-License-Identifier: Apache-2.0
"""Instrument ids in, the store's instruments out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ib_provider.domain.contract import Instrument
from ib_provider.errors import ConfigError
from ib_provider.store.instrument_store import InstrumentStore

__all__ = ["find_instruments"]


def find_instruments(market: Path, ids: Sequence[str]) -> list[Instrument]:
    """Return the instruments of these ids from the store, in their order, each once.

    Raises:
        ConfigError: With every id that was never loaded.
    """
    known = InstrumentStore(market).get(ids)
    if unknown := [name for name in ids if name not in known]:
        lines = [f"{name}: not in the instrument store; load it first" for name in unknown]
        raise ConfigError("instruments", lines)
    return [known[name] for name in dict.fromkeys(ids)]
