# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.contract import Contract
from ib_provider.simulator.limits.open_requests import KINDS, OpenRequests
from ib_provider.wire import messages as m

IBM = Contract(symbol="IBM", exchange="SMART", currency="USD")


def _bars(request_id: int, *, keep: bool = False) -> m.ReqHistoricalData:
    return m.ReqHistoricalData(
        request_id=request_id,
        contract=IBM,
        end="",
        duration="1 D",
        bar_size="1 min",
        what_to_show="TRADES",
        use_rth=True,
        keep_up_to_date=keep,
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_tables_name_messages_that_exist(kind: object) -> None:
    """A misspelt name would never match."""
    names = [kind.opened_by, kind.cancelled_by, *kind.ended_by]  # type: ignore[attr-defined]
    assert [name for name in names if name not in m.__all__] == []


def test_bars_are_open_until_their_end() -> None:
    """The end message closes them; streaming ones go on."""
    requests = OpenRequests()
    requests.asked(_bars(1))
    requests.asked(_bars(2, keep=True))
    for request_id in (1, 2):
        requests.answered(m.HistoricalDataEnd(request_id=request_id, start="", end=""))
    assert requests.ids("historical") == (2,)
    requests.asked(m.CancelHistoricalData(request_id=2))
    assert requests.count("historical") == 0


def test_head_timestamps_and_past_ticks_count_as_historical() -> None:
    """A head stays open until it is cancelled, ticks until they have come."""
    requests = OpenRequests()
    requests.asked(_bars(1))
    head = m.ReqHeadTimestamp(request_id=2, contract=IBM, what_to_show="TRADES", use_rth=True)
    requests.asked(head)
    requests.answered(m.HeadTimestamp(request_id=2, timestamp="20000301-14:30:00"))
    ticks = m.ReqHistoricalTicks(
        request_id=3,
        contract=IBM,
        start="20130301-15:00:00",
        end="",
        count=10,
        what_to_show="TRADES",
        use_rth=True,
    )
    requests.asked(ticks)
    assert requests.count("historical") == 3
    requests.answered(m.HistoricalTicksLast(request_id=3, ticks=()))
    assert requests.count("historical") == 2
    requests.asked(m.CancelHeadTimestamp(request_id=2))
    assert requests.count("historical") == 1
    assert requests.total() == 1


def test_error_closes_a_request_and_a_warning_does_not() -> None:
    """2174 comes before the bars; 162 instead of them."""
    requests = OpenRequests()
    requests.asked(_bars(1))
    requests.answered(m.ErrorMessage(request_id=1, code=2174, message=""))
    assert requests.is_open(_bars(1))
    requests.answered(m.ErrorMessage(request_id=1, code=162, message=""))
    assert not requests.is_open(_bars(1))


def test_snapshot_is_open_until_its_end() -> None:
    """It takes a line no longer than that."""
    requests = OpenRequests()
    requests.asked(m.ReqMktData(request_id=7, contract=IBM, snapshot=True))
    assert requests.count("lines") == 1
    requests.answered(m.TickSnapshotEnd(request_id=7))
    assert requests.count("lines") == 0
