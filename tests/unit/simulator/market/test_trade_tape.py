# SPDX-License-Identifier: Apache-2.0
"""Recorded trades: as they were, and added up."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from ib_provider.simulator.market.second_path import Print
from ib_provider.simulator.market.session_path import Minutes
from ib_provider.simulator.market.trade_tape import TradeTape, minutes_of, read_trades

#: Chicago is five hours behind UTC in September.
BEGIN = int(datetime(2013, 9, 2, 22, tzinfo=UTC).timestamp())
RECORD = b"""DateTime,Price,Volume
2013-09-02 16:59:59.999,99.00,5
2013-09-02 17:00:02.083,100.25,8
2013-09-02 17:00:02.900,100.75,1
2013-09-02 17:00:03.000,100.50,2
2013-09-02 17:02:30.500,101.00,4
"""


def _tape() -> TradeTape:
    tape = read_trades(RECORD, 4).of_session(BEGIN, BEGIN + 3600)
    assert tape is not None
    return tape


def _row(rows: Minutes, place: int) -> list[int]:
    sides = (rows.open, rows.high, rows.low, rows.close, rows.volume)
    return [int(side[place]) for side in sides]


def test_trades_of_a_second_are_those_of_the_record() -> None:
    """Two trades at two prices stay two trades, in their order."""
    tape = _tape()
    assert tape.prints(2) == (Print(401, 8), Print(403, 1))
    assert tape.prints(4) == ()


def test_second_that_trades_is_the_bar_of_its_trades() -> None:
    """Open, high, low, close, volume."""
    assert _row(_tape().seconds, 2) == [401, 403, 401, 403, 9]


def test_silent_second_stands_where_the_last_trade_was() -> None:
    """But before the first trade of its minute, where that minute begins to trade."""
    seconds = _tape().seconds
    assert _row(seconds, 40) == [402, 402, 402, 402, 0]
    assert _row(seconds, 0) == [401, 401, 401, 401, 0]
    assert _row(seconds, 125) == [404, 404, 404, 404, 0]
    assert _row(seconds, 179) == [404, 404, 404, 404, 0]


def test_minutes_are_the_bars_of_their_trades() -> None:
    """A silent minute stands, and the last one ends with the last trade."""
    tape = _tape()
    minutes = minutes_of(tape.seconds)
    assert tape.minutes == len(minutes) == 3
    assert _row(minutes, 0) == [401, 403, 401, 402, 11]
    assert _row(minutes, 1) == [402, 402, 402, 402, 0]
    assert _row(minutes, 2) == [404, 404, 404, 404, 4]


def test_session_without_a_trade_has_no_tape() -> None:
    """What was not recorded is left to the generator."""
    assert read_trades(RECORD, 4).of_session(BEGIN + 600, BEGIN + 3600) is None


def test_no_volume_is_lost() -> None:
    """Seconds add up to the record."""
    tape = _tape()
    assert int(tape.seconds.volume.sum()) == int(np.sum(tape.size)) == 15
