# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ib_provider.client.history_check import check_bar_request, check_tick_request
from ib_provider.domain.bar import BarSpec, WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import LocalProtocolError

NOW = datetime(2013, 3, 4, tzinfo=UTC)
STOCK = Contract(symbol="IBM")
PAIR = Contract(symbol="EUR", sec_type=SecType.CASH, currency="USD")
CONTINUOUS = Contract(symbol="ES", sec_type=SecType.CONTFUT)
TRADES, ADJUSTED = BarSpec(), BarSpec(what=WhatToShow.ADJUSTED_LAST)
MIDPOINT = BarSpec(what=WhatToShow.MIDPOINT)


@pytest.mark.parametrize(
    ("contract", "spec", "end", "duration"),
    [
        (STOCK, TRADES, NOW, "1 Y"),
        (STOCK, TRADES, None, "86400 S"),
        (STOCK, TRADES, NOW, "365 D"),
        (STOCK, ADJUSTED, None, "1 M"),
        (CONTINUOUS, TRADES, None, "1 M"),
        (PAIR, MIDPOINT, NOW, "3 W"),
    ],
)
def test_bar_request_that_ib_may_answer_passes(
    contract: Contract, spec: BarSpec, end: datetime | None, duration: str
) -> None:
    """The check refuses nothing that the gateway would answer."""
    check_bar_request(contract, spec, end=end, duration=duration)


@pytest.mark.parametrize(
    ("contract", "spec", "end", "duration", "reason"),
    [
        (STOCK, TRADES, NOW, "366 D", "longer unit"),
        (STOCK, TRADES, NOW, "86401 S", "longer unit"),
        (STOCK, TRADES, NOW, "0 D", "not written"),
        (STOCK, TRADES, NOW, "1Y", "not written"),
        (STOCK, ADJUSTED, NOW, "1 M", "no end"),
        (CONTINUOUS, TRADES, NOW, "1 M", "no end"),
        (PAIR, TRADES, NOW, "1 M", "MIDPOINT"),
    ],
)
def test_bar_request_that_ib_always_refuses_says_why(
    contract: Contract, spec: BarSpec, end: datetime | None, duration: str, reason: str
) -> None:
    """The message names what to change."""
    with pytest.raises(LocalProtocolError, match=reason):
        check_bar_request(contract, spec, end=end, duration=duration)


@pytest.mark.parametrize(
    ("contract", "start", "end", "limit"),
    [(STOCK, NOW, NOW, 1), (STOCK, None, None, 1), (STOCK, NOW, None, 0), (PAIR, NOW, None, 1)],
)
def test_tick_request_that_ib_always_refuses_is_refused(
    contract: Contract, start: datetime | None, end: datetime | None, limit: int
) -> None:
    """One direction, a page of a thousand at most, and no trades of a pair."""
    with pytest.raises(LocalProtocolError):
        check_tick_request(contract, start=start, end=end, limit=limit, trades=True)
    check_tick_request(STOCK, start=NOW, end=None, limit=1000, trades=True)
    check_tick_request(PAIR, start=None, end=NOW, limit=1, trades=False)
