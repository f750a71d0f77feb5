# SPDX-License-Identifier: Apache-2.0
"""How much of each instrument trades in a day, from the bars that were collected."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.store.bar_store import BarStore

__all__ = ["average_volumes"]

#: Sessions of the average, and how far back they may lie: older bars say nothing of today.
_SESSIONS: Final = 20
_OLDEST: Final = timedelta(days=45)


def average_volumes(market: Path, ids: Iterable[str], *, on: date) -> dict[str, Decimal]:
    """Return the average daily volume of the last 20 sessions before a date, in whole units.

    Args:
        market: The root of the Parquet tree.
        on: Bars of this day and later are not looked at.

    Returns:
        Only the instruments of which there are daily bars of the last 45 days with a volume.
    """
    store, found = BarStore(market), {}
    for instrument_id in ids:
        key = SeriesKey(instrument_id=instrument_id, spec=BarSpec())
        volumes = store.read(key, on - _OLDEST, on)["volume"][-_SESSIONS:]
        mean = pc.mean(volumes).as_py()
        if mean is not None and math.isfinite(mean) and mean > 0:
            found[instrument_id] = Decimal(str(round(mean)))
    return found
