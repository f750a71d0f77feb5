# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime

from ib_provider.client.tick_assembler import BidAskAssembler, MidpointAssembler, TradeAssembler
from ib_provider.domain.tick import BidAskTick, MidpointTick, TradeTick

SECOND = 1362409200
AT = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)


def trade(price: float, size: float, second: int = SECOND, exchange: str = "NYSE") -> tuple:  # type: ignore[type-arg]
    return (7, 1, second, price, size, exchange, "", False, False)


def test_equal_prints_of_one_second_have_different_names() -> None:
    """IB gives no id and stamps to the second: the how many-eth of its kind tells them apart."""
    ticks: list[TradeTick] = []
    assembler = TradeAssembler(ticks.append, con_id=8314)
    for message in (trade(10.5, 1), trade(10.5, 1), trade(10.5, 2), trade(10.5, 1, SECOND + 1)):
        assembler.take(99, message)
    assert [tick.ordinal for tick in ticks] == [0, 1, 0, 0]
    assert len({tick.trade_id for tick in ticks}) == 4
    assert ticks[0].trade_id == "1362409200-10.5-1-NYSE-0"
    assert (ticks[0].con_id, ticks[0].ts) == (8314, AT)


def test_name_does_not_depend_on_when_the_second_was_joined_by_other_prints() -> None:
    """Prints of another kind in between change nothing."""
    alone: list[TradeTick] = []
    among: list[TradeTick] = []
    one, other = TradeAssembler(alone.append, con_id=1), TradeAssembler(among.append, con_id=1)
    one.take(99, trade(10.5, 1))
    other.take(99, trade(11, 4))
    other.take(99, trade(10.5, 1))
    assert alone[0].trade_id == among[1].trade_id


def test_fractional_sizes_stay_fractions() -> None:
    """A size is not cut to a whole number: coins trade in parts."""
    ticks: list[TradeTick] = []
    TradeAssembler(ticks.append, con_id=1).take(99, trade(10.5, 0.00012))
    assert ticks[0].size == 0.00012


def test_empty_side_has_no_price() -> None:
    """Zero or -1 with nothing behind it is no bid; a price of zero with a size is one."""
    ticks: list[BidAskTick] = []
    assembler = BidAskAssembler(ticks.append, con_id=1)
    assembler.take(99, (7, 3, SECOND, 0.0, 10.5, 0.0, 3.0, False, False))
    assembler.take(99, (7, 3, SECOND, 0.0, -1.0, 5.0, 0.0, True, False))
    assert [(tick.bid, tick.ask) for tick in ticks] == [(None, 10.5), (0.0, None)]
    assert ticks[1].bid_past_low


def test_midpoint_keeps_its_second() -> None:
    """UTC, whatever the machine's zone."""
    ticks: list[MidpointTick] = []
    MidpointAssembler(ticks.append, con_id=1).take(99, (7, 4, SECOND, 10.25))
    assert (ticks[0].ts, ticks[0].price) == (AT, 10.25)
    assert ticks[0].received_ns > 0
