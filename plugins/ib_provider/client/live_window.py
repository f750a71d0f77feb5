# SPDX-License-Identifier: Apache-2.0
"""How much of the past an updating answer is asked for.

IB refuses durations that do not fit a bar size. Source: TWS API, "Historical bar data":
smallest and largest bar of each unit: S 1 second to 1 minute, D 5 seconds to 1 hour, W 10 seconds
to 4 hours, M 30 seconds to 8 hours, Y 1 minute to 1 day.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from ib_provider.domain.bar import BarSize

__all__ = ["window_duration"]

_DAY_S: Final = 86_400
#: The longest range of one-second bars.
_MOST_SECONDS_OF_1S: Final = 2_000
_LEAST_S: Final = 60


def window_duration(size: BarSize, past: timedelta) -> str:
    """Return IB's duration that reaches back at least so far, and at least over one whole bar."""
    if not size.is_intraday:
        years = math.ceil(past / timedelta(days=360))
        return f"{max(1, years)} Y"
    length = size.length
    need = past + 2 * length
    if length <= timedelta(minutes=1):
        seconds = max(_LEAST_S, math.ceil(need.total_seconds()))
        if size is BarSize.SEC_1:
            return f"{min(seconds, _MOST_SECONDS_OF_1S)} S"
        if seconds <= _DAY_S:
            return f"{seconds} S"
    if length <= timedelta(hours=1):
        # IB's days are trading days, so these reach back further than asked.
        return f"{max(1, math.ceil(need / timedelta(days=1)))} D"
    if length <= timedelta(hours=4):
        return f"{max(1, math.ceil(need / timedelta(days=7)))} W"
    return f"{max(1, math.ceil(need / timedelta(days=28)))} M"
