# SPDX-License-Identifier: Apache-2.0
"""History that changes between two pulls: the traps that a client must see through."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ib_provider.simulator.faults.scenario import read_scenario
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.scenario_options import options_from
from tests.support.airflow_home import PROJECT
from tests.support.control import Control
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_stock, stock_client

AFTERNOON = "2013-03-04T15:55:00-05:00"
DAY_S = 86_400.0


@contextmanager
def _desk(**changes: Any) -> Iterator[tuple[StockClient, Control]]:
    options = quick_options(
        control_port=0, clock=AFTERNOON, speed=0.0, limits=Limits(pacing=False), **changes
    )
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port) as client,
        Control(gateway.control_port) as control,
    ):
        yield client, control


def _bars(client: StockClient, size: str = "1 day", duration: str = "5 D", **more: Any) -> Any:
    """Return the bars up to now of AAPL, by date; an error's code where there are none."""
    mark, contract = client.mark(), more.pop("contract", ibapi_stock(more.pop("symbol", "AAPL")))
    what = more.pop("what", "TRADES")
    client.ask.reqHistoricalData(1, contract, "", duration, size, what, 1, 1, False, [])
    client.wait(
        "historicalDataEnd" if not more.pop("fails", False) else "error",
        lambda got, *_: got == 1,
        since=mark,
    )
    failed = [call[2] for call in client.all("error", since=mark) if call[0] == 1]
    bars = {call[1].date: call[1] for call in client.all("historicalData", since=mark)}
    return bars or failed


def test_revised_session_is_another_in_every_size() -> None:
    """Close and volume change; hours still add up to the day; its neighbours stay."""
    with _desk() as (client, control):
        before = _bars(client)
        control.do("revise", symbol="AAPL", session="2013-03-01", percent=1.0, volume=0.5)
        after, hours = _bars(client), _bars(client, "1 hour", "2 D")
    assert after["20130301"].close == pytest.approx(before["20130301"].close * 1.01, abs=0.01)
    assert after["20130301"].volume * 2 == pytest.approx(int(before["20130301"].volume), abs=2)
    assert str(after["20130228"]) == str(before["20130228"])
    friday = [bar for stamp, bar in hours.items() if stamp.startswith("20130301")]
    assert friday[-1].close == after["20130301"].close
    assert sum(bar.volume for bar in friday) == after["20130301"].volume


def test_settlement_changes_the_day_and_nothing_inside_it() -> None:
    """A daily close that comes hours later; the last minute knows nothing of it."""
    with _desk() as (client, control):
        minutes = _bars(client, "1 min", "2 D")
        before = _bars(client)
        control.do("settle", symbol="AAPL", session="2013-03-01", percent=-0.1)
        assert {stamp: str(bar) for stamp, bar in _bars(client, "1 min", "2 D").items()} == {
            stamp: str(bar) for stamp, bar in minutes.items()
        }
        after = _bars(client)
    assert after["20130301"].close < before["20130301"].close
    assert after["20130301"].volume == before["20130301"].volume


def test_split_becomes_effective_between_two_pulls() -> None:
    """Said the day before, it changes nothing; on its day every earlier bar is divided."""
    with _desk() as (client, control):
        before = _bars(client)
        control.do("split", symbol="AAPL", session="2013-03-05", ratio=7)
        announced = _bars(client)
        control.do("advance", seconds=DAY_S)
        after = _bars(client)
        adjusted = _bars(client, what="ADJUSTED_LAST")
    assert list(map(str, announced.values())) == list(map(str, before.values()))
    for stamp in ("20130227", "20130228", "20130301"):
        assert after[stamp].close * 7 == pytest.approx(before[stamp].close)
        assert after[stamp].volume == before[stamp].volume * 7
        assert adjusted[stamp].close == after[stamp].close
    # no fall of six sevenths on the day of the split
    assert 0.9 < after["20130305"].close / after["20130304"].close < 1.1


def test_closed_session_has_no_bars_and_no_schedule() -> None:
    """Every calendar knows the session; the gateway has nothing of it, and less of a short one."""
    with _desk() as (client, control):
        control.do("close_venue", venue="NASDAQ", session="2013-03-05")
        control.do("close_early", venue="NASDAQ", session="2013-03-06", close="13:00")
        client.ask.reqContractDetails(9, ibapi_stock("AAPL"))
        told = client.wait("contractDetails")[1].liquidHours.split(";")
        assert told[1:3] == ["20130305:CLOSED", "20130306:0930-20130306:1300"]
        control.do("advance", seconds=3 * DAY_S)
        days = _bars(client)
        assert {"20130304", "20130306", "20130307"} <= set(days)
        assert "20130305" not in days
        minutes = [stamp for stamp in _bars(client, "1 min", "2 D") if stamp[:8] == "20130306"]
        assert (len(minutes), minutes[-1][9:14]) == (210, "12:59")
        client.ask.reqHistoricalData(
            2, ibapi_stock("AAPL"), "", "1 W", "1 day", "SCHEDULE", 1, 1, False, []
        )
        sessions = client.wait("historicalSchedule", lambda got, *_: got == 2)[4]
    ends = {row.refDate: row.endDateTime for row in sessions}
    assert "20130305" not in ends
    assert ends["20130306"] == "20130306-13:00:00"


def test_contract_with_another_id_is_found_by_its_symbol_only() -> None:
    """The old conId is error 200, the symbol leads to the new one."""
    with _desk() as (client, control):
        control.do("relist", con_id=265598, new_con_id=265599)
        client.ask.reqContractDetails(3, ibapi_stock("AAPL"))
        details = client.wait("contractDetails", lambda got, *_: got == 3)[1]
        assert details.contract.conId == 265599
        old = ibapi_stock("", conId=265598)
        assert _bars(client, contract=old, fails=True) == [200]
        assert "20130301" in _bars(client, contract=details.contract)


def test_option_that_has_expired_takes_its_history_with_it() -> None:
    """No data even for who asks for expired contracts by conId; a day after it was still there."""
    with _desk() as (client, control):
        wanted = ibapi_stock(
            "AAPL", secType="OPT", lastTradeDateOrContractMonth="20130316", strike=430, right="C"
        )
        client.ask.reqContractDetails(6, wanted)
        option = client.wait("contractDetails", lambda got, *_: got == 6)[1].contract
        option.includeExpired = True
        control.do("advance", seconds=12 * DAY_S)
        assert "20130315" in _bars(client, contract=option)
        control.do("advance", seconds=7 * DAY_S)
        assert _bars(client, contract=option, fails=True) == [162]
        option.includeExpired = False
        assert _bars(client, contract=option, fails=True) == [200]


def test_broken_farm_lies_as_it_is_told() -> None:
    """165, or an empty answer for days full of data, or no answer; then it is well again."""
    with _desk() as (client, control):
        control.do("farm", farm="ushmds", state="broken")
        assert _bars(client, fails=True) == [165]
        control.do("farm", farm="ushmds", state="broken", answers="empty")
        assert _bars(client, fails=True) == [162]
        control.do("farm", farm="ushmds", state="broken", answers="nothing")
        mark = client.mark()
        client.ask.reqHistoricalData(
            4, ibapi_stock("AAPL"), "", "5 D", "1 day", "TRADES", 1, 1, False, []
        )
        client.ask.reqCurrentTime()
        client.wait("currentTime", since=mark)
        assert [call for call in client.calls[mark:] if call[1][:1] == (4,)] == []
        control.do("farm", farm="ushmds", state="ok")
        assert "20130301" in _bars(client)


def test_bars_kept_up_to_date_stand_still_without_ib_and_end_with_lost_data() -> None:
    """Nothing while the farm is down; after 1101 the client has to ask again."""
    with _desk(update_every_s=0.02) as (client, control):
        ask = client.ask.reqHistoricalData
        ask(5, ibapi_stock("AAPL"), "", "1 D", "1 min", "TRADES", 1, 2, True, [])
        client.wait("historicalDataEnd", lambda got, *_: got == 5)
        control.do("advance", seconds=5)
        client.wait("historicalDataUpdate", lambda got, *_: got == 5)
        control.do("farm", farm="ushmds", state="broken")
        client.wait("error", lambda *call: call[2] == 2105)
        mark = client.mark()
        control.do("advance", seconds=60)
        control.do("connectivity", state="lost")
        control.do("connectivity", state="restored", data="lost")
        control.do("farm", farm="ushmds", state="ok")
        control.do("advance", seconds=60)
        client.wait("error", lambda *call: call[2] == 2106, since=mark)
        client.ask.cancelHistoricalData(5)
        client.wait("error", lambda *call: call[2] == 366, since=mark)
        assert client.all("historicalDataUpdate", since=mark) == []


def _all_that_comes(line: socket.socket) -> bytes:
    """Return what a connection sends until it falls silent."""
    got = b""
    try:
        while True:
            got += line.recv(65_536)
    except TimeoutError:
        return got


@pytest.mark.parametrize("seconds", [None, 0.3])
def test_half_a_message_then_silence(seconds: float | None) -> None:
    """The first half of a frame arrives; the rest never, or late with all that was due."""
    options = quick_options(control_port=0)
    with (
        gateway_in_thread(options) as gateway,
        RawClient(gateway.port) as raw,
        Control(gateway.control_port) as control,
    ):
        raw.read_until("4", "-1", "2158")
        control.do("half_message", kinds=["bars"], **({"seconds": seconds} if seconds else {}))
        contract = (8314, "IBM", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0)
        raw.send(20, 1, *contract, "", "1 day", "5 D", 1, "TRADES", 1, 0, "")
        raw.send(49, 1)
        if seconds:
            assert raw.read()[:2] == ["17", "1"]
            assert raw.read_until("49")
            return
        size = int.from_bytes(raw.socket.recv(4), "big")
        raw.socket.settimeout(0.5)
        assert 0 < len(_all_that_comes(raw.socket)) < size
        # the gateway and its other clients are well
        with RawClient(gateway.port, 901) as other:
            other.send(49, 1)
            assert other.read_until("49")


@pytest.mark.parametrize("name", ["changing-history", "lying-data-farm"])
def test_scenario_starts(name: str, tmp_path: Path) -> None:
    """The commented files say only what a gateway understands."""
    scenario = read_scenario(name, PROJECT / "include" / "scenarios")
    given = {"port": 0, "transcript": tmp_path / "said.jsonl"}
    with gateway_in_thread(options_from(scenario, given, {"pacing": False})) as gateway:
        assert gateway.port


def test_scenario_of_changing_history_changes_it() -> None:
    """Seven pulls of the same days: each sees what was done before it."""
    scenario = read_scenario("changing-history", PROJECT / "include" / "scenarios")
    options = options_from(scenario, {"port": 0}, {"pacing": False})
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as client:
        pulls = [_bars(client, duration="2 W") for _ in range(7)]
        assert _bars(client, contract=ibapi_stock("", conId=265598), fails=True) == [200]
    friday = [pull["20130301"].close for pull in pulls]
    assert friday[1] > friday[0]
    assert friday[2] < friday[1]
    assert friday[3] == friday[2]
    assert friday[4] * 7 == pytest.approx(friday[3])
    assert "20130306" not in pulls[5]
    assert "20130307" in pulls[5]
