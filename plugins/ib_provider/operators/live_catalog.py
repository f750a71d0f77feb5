# SPDX-License-Identifier: Apache-2.0
"""What operators that write live tables share: the instruments, and the views afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.config import Settings
    from ib_provider.domain.contract import Instrument

__all__ = ["known_instruments", "refresh_views"]


def known_instruments(settings: Settings, ids: Sequence[str]) -> list[Instrument]:
    """Return the instruments of these ids from the store, in their order.

    Raises:
        ConfigError: With every id that was never loaded.
    """
    from ib_provider.store.instrument_store import InstrumentStore

    known = InstrumentStore(settings.market).get(ids)
    if unknown := [name for name in ids if name not in known]:
        lines = [f"{name}: not in the instrument store; load it first" for name in unknown]
        raise ConfigError("instruments", lines)
    return [known[name] for name in dict.fromkeys(ids)]


def refresh_views(settings: Settings) -> None:
    """Make the catalog anew: a first file of a table gives its view rows."""
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.store.catalog import rebuild_catalog

    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        rebuild_catalog(settings.market, ledger.spans())
