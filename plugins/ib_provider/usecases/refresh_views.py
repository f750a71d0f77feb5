# SPDX-License-Identifier: Apache-2.0
"""Make the catalog anew after something was written: a table's first file gives its view rows."""

from __future__ import annotations

from ib_provider.config import Settings
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.catalog import rebuild_catalog

__all__ = ["refresh_views"]


def refresh_views(settings: Settings) -> None:
    """Rebuild the catalog of an installation.

    Raises:
        CorruptFile: A file of the tree is cut short; the old catalog stays.
        LedgerUnavailable: The ledger, which knows the coverage, cannot be reached.
    """
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        rebuild_catalog(settings.market, ledger.spans())
