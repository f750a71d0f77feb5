# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from ib_provider.domain.contract import Contract
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.limits.request_gate import Hold, RequestGate
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire import messages as m

IBM = Contract(symbol="IBM", exchange="SMART", currency="USD")


def _gate(limits: Limits | None = None) -> RequestGate:
    everywhere: list[RequestGate] = []
    gate = RequestGate(
        limits or Limits(), lambda kind: sum(one.open.count(kind) for one in everywhere)
    )
    everywhere.append(gate)
    return gate


def _code(verdict: object) -> int | None:
    return verdict.code if isinstance(verdict, Refusal) else None


def _bars(request_id: int, bar_size: str = "1 day", what: str = "TRADES") -> m.ReqHistoricalData:
    return m.ReqHistoricalData(
        request_id=request_id,
        contract=IBM,
        end=f"{request_id}",
        duration="1 D",
        bar_size=bar_size,
        what_to_show=what,
        use_rth=True,
    )


def _ticks(request_id: int) -> m.ReqTickByTickData:
    other = Contract(con_id=request_id)
    return m.ReqTickByTickData(request_id=request_id, contract=other, tick_type="Last")


def _head(request_id: int) -> m.ReqHeadTimestamp:
    # two seconds and a different contract apart, so that only the cap refuses
    other = Contract(con_id=request_id)
    return m.ReqHeadTimestamp(
        request_id=request_id, contract=other, what_to_show="TRADES", use_rth=True
    )


_KINDS: list[tuple[Any, int, int]] = [
    (_bars, 50, 322),
    (_head, 50, 322),
    (lambda number: m.ReqMktData(request_id=number, contract=IBM), 100, 101),
    (lambda number: m.ReqMktDepth(request_id=number, contract=IBM, rows=5), 3, 309),
    (_ticks, 5, 10190),
    (
        lambda number: m.ReqAccountSummary(request_id=number, group="All", tags="AccountType"),
        2,
        322,
    ),
]


@pytest.mark.parametrize(("request_of", "most", "code"), _KINDS, ids=lambda value: str(value)[:12])
def test_one_more_than_the_cap_is_refused(request_of: Any, most: int, code: int) -> None:
    """The cap itself is let through, and room is made by an end."""
    gate = _gate()
    verdicts = [gate.judge(request_of(number), 0.0) for number in range(most + 1)]
    assert verdicts[:most] == [None] * most
    assert _code(verdicts[most]) == code
    gate.open.answered(m.ErrorMessage(request_id=0, code=200, message=""))
    assert gate.judge(request_of(most), 0.0) is None


def test_second_use_of_an_id_is_left_to_the_desk() -> None:
    """It is not one request more."""
    gate = _gate(Limits(lines=1))
    request = m.ReqMktData(request_id=1, contract=IBM)
    assert gate.judge(request, 0.0) is None
    assert gate.judge(request, 0.0) is None


def test_zero_switches_a_cap_off() -> None:
    """Any number of depth requests."""
    gate = _gate(Limits(depth=0))
    for number in range(20):
        assert gate.judge(m.ReqMktDepth(request_id=number, contract=IBM, rows=5), 0.0) is None


def test_small_bars_are_paced_and_large_ones_are_not() -> None:
    """The sixth of 30 seconds within two seconds is 162; of a minute none is."""
    gate = _gate()
    assert [_code(gate.judge(_bars(n, "30 secs"), 0.0)) for n in range(6)] == [None] * 5 + [162]
    gate = _gate()
    assert [_code(gate.judge(_bars(n, "1 min"), 0.0)) for n in range(6)] == [None] * 6


def test_head_timestamps_are_always_paced() -> None:
    """The same question twice within 15 seconds."""
    gate = _gate()
    first, second = (
        m.ReqHeadTimestamp(request_id=n, contract=IBM, what_to_show="TRADES", use_rth=True)
        for n in (1, 2)
    )
    assert gate.judge(first, 0.0) is None
    assert _code(gate.judge(second, 1.0)) == 162
    assert gate.judge(second, 15.0) is None


def test_pacing_can_be_switched_off() -> None:
    """A test that downloads ticks by the minute wants none of it."""
    gate = _gate(Limits(pacing=False))
    assert all(gate.judge(_bars(n, "5 secs", "BID_ASK"), 0.0) is None for n in range(40))


def test_second_symbol_search_waits_a_second() -> None:
    """It is held, not refused."""
    gate = _gate()
    searches = [m.ReqMatchingSymbols(request_id=n, pattern="IB") for n in (1, 2)]
    assert gate.judge(searches[0], 5.0) is None
    assert gate.judge(searches[1], 5.25) == Hold(seconds=0.75)


def test_read_only_gate_refuses_orders_only() -> None:
    """Open orders are 321, bars are not."""
    gate = _gate(Limits(read_only=True))
    assert _code(gate.judge(m.ReqAllOpenOrders(), 0.0)) == 321
    assert gate.judge(_bars(1), 0.0) is None


def test_past_ticks_are_paced_as_short_bars_are() -> None:
    """The same page again within fifteen seconds is a violation."""
    gate = _gate()

    def ticks(number: int) -> m.ReqHistoricalTicks:
        return m.ReqHistoricalTicks(
            request_id=number,
            contract=IBM,
            start="20130301-15:00:00",
            end="",
            count=10,
            what_to_show="TRADES",
            use_rth=True,
        )

    assert gate.judge(ticks(1), 0.0) is None
    gate.open.answered(m.HistoricalTicksLast(request_id=1, ticks=()))
    assert _code(gate.judge(ticks(2), 1.0)) == 162
    assert gate.judge(ticks(3), 16.0) is None
