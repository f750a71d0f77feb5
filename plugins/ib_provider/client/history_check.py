# SPDX-License-Identifier: Apache-2.0
"""What IB refuses of a historical request, refused before it is sent.

Sources: TWS API, "Historical Data Limitations", "Valid Duration String Units"; 321, 10339.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ib_provider.domain.bar import BarSpec, WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import LocalProtocolError

__all__ = ["MOST_TICKS", "check_bar_request", "check_tick_request"]

#: Ticks of one page; IB adds the rest of the last second.
MOST_TICKS: Final = 1000

_DURATION: Final = re.compile(r"([1-9]\d*) ([SDWMY])")
_MOST_SECONDS: Final = 86_400
_MOST_DAYS: Final = 365
#: Quoted by dealers, not traded on a tape.
_WITHOUT_TRADES: Final = (SecType.CASH, SecType.CFD, SecType.CMDTY)


def check_bar_request(
    contract: Contract, spec: BarSpec, *, end: datetime | None, duration: str
) -> None:
    """Return if IB may answer a request for bars.

    Raises:
        LocalProtocolError: It would refuse it whatever the market.
    """
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise LocalProtocolError(f"duration {duration!r} is not written like '1 Y' or '3600 S'")
    count, unit = int(match[1]), match[2]
    if (unit == "S" and count > _MOST_SECONDS) or (unit == "D" and count > _MOST_DAYS):
        raise LocalProtocolError(f"duration {duration!r}: a longer unit is needed")
    if spec.what is WhatToShow.SCHEDULE:
        raise LocalProtocolError("a schedule has sessions, not bars: ask for the schedule")
    if end is not None and spec.what is WhatToShow.ADJUSTED_LAST:
        raise LocalProtocolError("adjusted bars reach up to now: no end can be given")
    if end is not None and contract.sec_type is SecType.CONTFUT:
        raise LocalProtocolError("bars of a continuous future reach up to now: no end can be given")
    if contract.sec_type in _WITHOUT_TRADES and spec.what is WhatToShow.TRADES:
        raise LocalProtocolError(
            f"trades of {contract}: it has none; ask for MIDPOINT, BID, ASK or BID_ASK"
        )


def check_tick_request(
    contract: Contract, *, start: datetime | None, end: datetime | None, limit: int, trades: bool
) -> None:
    """Return if IB may answer a request for a page of ticks.

    Raises:
        LocalProtocolError: It would refuse it whatever the market.
    """
    if (start is None) == (end is None):
        raise LocalProtocolError("a page of ticks goes on from start, or back from end: say one")
    if not 1 <= limit <= MOST_TICKS:
        raise LocalProtocolError(f"a page has 1 to {MOST_TICKS} ticks, not {limit}")
    if trades and contract.sec_type in _WITHOUT_TRADES:
        raise LocalProtocolError(f"trades of {contract}: it has none; ask for bids and asks")
